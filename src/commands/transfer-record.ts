/** The record of transfers as a run uses it. */
import { historyFolder } from '../history/folder.ts';
import { readOpenTransfers } from '../history/open-transfers.ts';
import { openRecord as open, readOnlyRecord } from '../history/record.ts';
import { NO_RECORD, type OpenTransfer, type TransferRecord } from '../transfer/record.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

export interface SessionRecord {
  record: TransferRecord;
  /** Transfers of a call of which nobody knows how they ended. */
  earlierOf(callId: string): Promise<readonly OpenTransfer[]>;
}

/**
 * Opens the record that a run writes to. Without one (`--no-history`, or the config says so) what
 * other runs wrote still counts; calls inside this program are nobody's history.
 */
export function openRecord(
  { settings, client, sandbox }: Session,
  { host, output }: Context,
): SessionRecord {
  if (sandbox) return { record: NO_RECORD, earlierOf: async () => [] };
  const folder = historyFolder(host);
  const { enabled, maskNumbers, days } = settings.history;
  const record = enabled.value
    ? open({
        folder,
        maskNumbers: maskNumbers.value,
        days: days.value,
        livekit: client.host,
        now: host.now,
        onTrouble: (message) => output.warn(message),
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
