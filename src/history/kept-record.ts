/** The record of transfers on this machine, as a run uses it. */
import type { Settings } from '../config/settings.ts';
import type { Host } from '../core/host.ts';
import { NO_RECORD, type OpenTransfer, type TransferRecord } from '../transfer/record.ts';
import { historyFolder } from './folder.ts';
import { readOpenTransfers } from './open-transfers.ts';
import { openRecord, readOnlyRecord } from './record.ts';
export interface KeptRecord {
  record: TransferRecord;
  /** Transfers of a call of which nobody knows how they ended. */
  earlierOf(callId: string): Promise<readonly OpenTransfer[]>;
}

/** Where the record lies, how it is kept, and who hears of trouble with it. */
export interface RecordPlace {
  settings: Settings['history'];
  /** The host of the LiveKit project. */
  livekit: string;
  host: Pick<Host, 'env' | 'home' | 'platform' | 'now'>;
  onTrouble(message: string): void;
}

/** For runs that keep none and look at none. */
export const NOTHING_KEPT: KeptRecord = { record: NO_RECORD, earlierOf: async () => [] };

/**
 * Opens the record that a run writes to. Without one (`--no-history`, or the config says so) what
 * other runs wrote still counts.
 */
export function openKeptRecord({ settings, livekit, host, onTrouble }: RecordPlace): KeptRecord {
  const folder = historyFolder(host);
  const { enabled, maskNumbers, days } = settings;
  const record = enabled.value
    ? openRecord({
        folder,
        maskNumbers: maskNumbers.value,
        days: days.value,
        livekit,
        now: host.now,
        onTrouble,
      })
    : readOnlyRecord(folder);
  let known: Promise<Map<string, OpenTransfer[]>> | undefined;
  return {
    record,
    earlierOf: async (callId) => {
      known ??= readOpenTransfers(folder);
      return (await known).get(callId) ?? [];
    },
  };
}
