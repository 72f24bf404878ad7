/** The record of transfers as the engine writes it. It never stands in the way of a transfer. */
import { randomUUID } from 'node:crypto';
import type { Settings } from '../config/settings.ts';
import { KnownError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { INTERRUPTED_AFTER_SENDING } from '../transfer/explain/advice.ts';
import { isOpen, type OpenTransfer } from '../transfer/outcome.ts';
import {
  type IntendedTransfer,
  NO_RECORD,
  type TransferEnding,
  type TransferRecord,
} from '../transfer/record.ts';
import { type OpenTransfers, readOpenTransfers, readOtherTransfers } from './attempts.ts';
import { type OutcomeEntry, type SentEntry, writeEntry } from './entry.ts';
import {
  describeFsError,
  finishesInTime,
  HISTORY_LIMITS,
  type HistoryLimits,
  historyFolder,
  TooSlowError,
} from './files.ts';
import { appendLine } from './lines.ts';
import { boundText, hideSecrets, maskNumbersBetween } from './redact.ts';
import { rotate } from './rotate.ts';

// What is recorded of a transfer, before it and after it.

/** What all texts of one transfer go through. */
type Cleaner = (text: string) => string;

/**
 * Makes the cleaner for a transfer: no secrets, phone numbers masked if asked for, bounded. The ids
 * that the transfer is found by stay as they are, wherever they stand.
 */
function cleanerFor({ call }: IntendedTransfer, masked: boolean): Cleaner {
  const ids = [call.callId, ...(call.trunkId === null ? [] : [call.trunkId])];
  return (text) => {
    const open = hideSecrets(text);
    return boundText(masked ? maskNumbersBetween(open, ids) : open);
  };
}

/** @param livekit the host of the project */
function describeSent(
  { call, destination, startedAt }: IntendedTransfer,
  id: string,
  livekit: string,
  clean: Cleaner,
): SentEntry {
  const caller = call.phoneNumberRaw ?? (call.name || null);
  return {
    type: 'sent',
    id,
    time: startedAt,
    callId: boundText(call.callId),
    caller: caller === null ? null : clean(caller),
    room: clean(call.room),
    identity: clean(call.identity),
    direction: call.direction,
    trunkId: call.trunkId === null ? null : boundText(call.trunkId),
    provider: call.provider,
    to: clean(destination.department ?? destination.number ?? destination.input),
    referTo: clean(destination.referTo),
    livekit: boundText(livekit),
  };
}

/** @param time ISO 8601, UTC */
function describeOutcome(
  ending: TransferEnding,
  id: string,
  time: string,
  clean: Cleaner,
): OutcomeEntry {
  const written = { type: 'outcome', id, time } as const;
  switch (ending.kind) {
    case 'not-sent':
      return { ...written, outcome: 'not-sent', ...NOTHING_SEEN, message: clean(ending.reason) };
    case 'interrupted':
      return {
        ...written,
        outcome: 'unknown',
        ...NOTHING_SEEN,
        interrupted: true,
        message: INTERRUPTED_AFTER_SENDING,
      };
    case 'result': {
      const { outcome, caller, leg, stage, sip, evidence, exitCode, durationMs, message } =
        ending.result;
      return {
        ...written,
        outcome,
        interrupted: false,
        callerIs: caller,
        leg,
        stage,
        sip: sip === null ? null : { code: sip.code, reason: clean(sip.reason) },
        evidence,
        exitCode,
        durationMs,
        message: clean(message),
      };
    }
  }
}

const NOTHING_SEEN = {
  interrupted: false,
  callerIs: null,
  leg: null,
  stage: null,
  sip: null,
  evidence: null,
  exitCode: null,
  durationMs: null,
} as const;

export interface RecordOptions {
  folder: string;
  /** Phone numbers are recorded with their last two digits only. */
  maskNumbers: boolean;
  /** Entries are kept for about this many days. */
  days: number;
  /** The host of the LiveKit project. */
  livekit: string;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Called once when the record cannot be kept, in a sentence or two. */
  onTrouble(message: string): void;
  limits?: HistoryLimits;
}

/** Opens the record, to write to it; nothing is touched before the first transfer. */
export function openRecord(options: RecordOptions): TransferRecord {
  const { folder, days, livekit, now, limits = HISTORY_LIMITS } = options;
  const { attempt, inTime } = workWithinLimits(options);
  // A disk that is full by now must not make this run's own transfers look open to it.
  const settled = new Set<string>();
  return {
    begin: async (intended) => {
      const id = randomUUID();
      const clean = cleanerFor(intended, options.maskNumbers);
      const sent = describeSent(intended, id, livekit, clean);
      let written = false;
      let earlier: OpenTransfer[] = [];
      await inTime(async () => {
        let stillCurrent = true;
        await attempt(() => rotate(folder, { days, nowMs: now(), limits }));
        await attempt(async () => {
          stillCurrent = await appendLine(folder, writeEntry(sent), { durable: true });
          written = true;
        });
        await attempt(async () => {
          const onlyBefore = stillCurrent;
          earlier = await readOtherTransfers(folder, sent, { onlyBefore, settled });
        });
      });
      const end = async (ending: TransferEnding) => {
        const time = new Date(now()).toISOString();
        const ended = describeOutcome(ending, id, time, clean);
        if (!isOpen(ended.outcome)) settled.add(id);
        const outcome = writeEntry(ended);
        // What could not be written before may be possible now.
        const lines = written ? outcome : writeEntry(sent) + outcome;
        await inTime(() =>
          attempt(async () => {
            await appendLine(folder, lines, { durable: false });
          }),
        );
      };
      return { earlier, end };
    },
  };
}

/** The record of a run that keeps none: it still knows what others have left open. */
export function readOnlyRecord(folder: string): TransferRecord {
  return {
    begin: async ({ call }) => {
      const { byCall } = await readOpenTransfers(folder);
      return { earlier: byCall.get(boundText(call.callId)) ?? [], end: async () => {} };
    },
  };
}

/** Ways to work on the record that never throw and never last: the first failure is reported. */
function workWithinLimits({ folder, onTrouble }: RecordOptions) {
  let reported = false;
  const report = (error: unknown) => {
    if (reported) return;
    reported = true;
    onTrouble(
      `The record of transfers in ${folder} cannot be kept: ${describeFsError(error)}. The transfer goes on, and \`lk-transfer history\` may not know of it.`,
    );
  };
  return {
    attempt: (work: () => Promise<void>) => work().catch(report),
    inTime: async (work: () => Promise<void>) => {
      if (!(await finishesInTime(work()))) report(new TooSlowError());
    },
  };
}

// The record of transfers on this machine, as a run uses it.

export interface History {
  record: TransferRecord;
  /**
   * Transfers of a call of which nobody knows how they ended.
   * @param again go by what can be read: whoever asks knows that there may be more. undefined where
   *   nobody can say so
   * @throws KnownError `unreadable-record` when that is not known: nothing may be sent then
   */
  earlierOf(callId: string, again?: boolean): Promise<readonly OpenTransfer[]>;
}

/** Where the record lies, how it is kept, and who hears of trouble with it. */
interface RecordLocation {
  settings: Settings['history'];
  /** The host of the LiveKit project. */
  livekit: string;
  host: Pick<Host, 'env' | 'home' | 'platform' | 'now'>;
  onTrouble(message: string): void;
}

/** For runs that keep none and look at none. */
export const NO_HISTORY: History = { record: NO_RECORD, earlierOf: async () => [] };

/** Not read is never none: an earlier transfer may still take the caller. */
function unknownOpenTransfers(folder: string, cause: string, again: boolean | undefined) {
  const otherwise =
    again === undefined
      ? ''
      : ' Or ask who has the caller, and repeat it with --again (in a program: `again: true`).';
  return new KnownError(
    'unreadable-record',
    `The record of transfers could not be read (${cause}): whether an earlier transfer of this call may still come about is not known. Nothing was sent.`,
    { hint: `It lies in ${folder}: make it readable for this user.${otherwise}` },
  );
}

/**
 * Opens the record that a run writes to. Without one (`--no-history`, or the config says so) what
 * other runs wrote still counts.
 */
export function openHistory({ settings, livekit, host, onTrouble }: RecordLocation): History {
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
  let known: Promise<OpenTransfers> | undefined;
  return {
    record,
    earlierOf: async (callId, again) => {
      known ??= readOpenTransfers(folder);
      const { byCall, unread } = await known;
      const found = byCall.get(callId) ?? [];
      if (unread !== null && again !== true && found.length === 0) {
        throw unknownOpenTransfers(folder, unread, again);
      }
      return found;
    },
  };
}
