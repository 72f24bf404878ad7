/**
 * The record of transfers as the engine uses it. One that cannot be written never stands in the way
 * of a transfer; one that cannot be read does, since an earlier transfer may still come about.
 */
import { randomUUID } from 'node:crypto';
import { hidesNumber } from '../calls/call.ts';
import type { Settings } from '../config/settings.ts';
import type { Host } from '../core/host.ts';
import { INTERRUPTED_AFTER_SENDING, RINGING_STOPPED } from '../transfer/explain/advice.ts';
import { isOpen, type OpenTransfer } from '../transfer/outcome.ts';
import {
  type IntendedTransfer,
  NO_RECORD,
  type TransferEnding,
  type TransferRecord,
  UnreadableRecordError,
} from '../transfer/result.ts';
import {
  type OpenTransfers,
  ownTransfers,
  readOpenTransfers,
  readOtherTransfers,
  type Watcher,
} from './attempts.ts';
import { markMachine, type OutcomeEntry, type SentEntry, writeEntry } from './entry.ts';
import {
  describeFsError,
  finishesInTime,
  HISTORY_LIMITS,
  type HistoryLimits,
  historyFolder,
  TooSlowError,
} from './files.ts';
import { appendLine, rotate } from './lines.ts';
import { boundText, type Cleaner, cleanerFor, cleanIds } from './redact.ts';

function describeSent(
  { call, destination, method = 'refer', bridgeTrunkId = null, startedAt }: IntendedTransfer,
  id: string,
  { livekit, host }: RecordOptions,
  clean: Cleaner,
): SentEntry {
  const cleaned = (value: string | null) => (value === null ? null : clean(value));
  const { pid, machine } = host;
  return {
    type: 'sent',
    id,
    time: startedAt,
    callId: boundText(call.callId),
    phoneNumber: cleaned(call.phoneNumber),
    phoneNumberRaw: cleaned(call.phoneNumberRaw),
    callerName: hidesNumber(call) ? cleaned(call.name || null) : null,
    room: clean(call.room),
    identity: clean(call.identity),
    calledNumber: cleaned(call.calledNumber),
    direction: call.direction,
    trunkId: call.trunkId === null ? null : boundText(call.trunkId),
    provider: call.provider,
    host: cleaned(call.host),
    sipIds: cleanIds(call.sipIds, clean),
    to: clean(destination.department ?? destination.number ?? destination.input),
    referTo: clean(destination.referTo),
    transferMethod: method,
    bridgeTrunkId: bridgeTrunkId === null ? null : boundText(bridgeTrunkId),
    livekit: boundText(livekit),
    pid,
    machine: machine === null ? null : markMachine(machine),
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
    case 'cancelled':
      return { ...written, outcome: 'target-failed', ...LEFT, message: RINGING_STOPPED };
    case 'interrupted':
      return { ...written, outcome: 'unknown', ...LEFT, message: INTERRUPTED_AFTER_SENDING };
    case 'result': {
      const { outcome, caller, leg, stage, sip, evidence, exitCode, durationMs, message } =
        ending.result;
      const { transferId } = ending.result.livekit;
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
        transferId: transferId === null ? null : boundText(transferId),
      };
    }
  }
}

const NOTHING_SEEN = {
  ...{ interrupted: false, callerIs: null, leg: null, stage: null, sip: null, evidence: null },
  ...{ exitCode: null, durationMs: null, transferId: null },
} as const;

/** Somebody left while it was under way. */
const LEFT = { ...NOTHING_SEEN, interrupted: true } as const;

export interface RecordOptions {
  folder: string;
  /** Phone numbers are recorded with their last two digits only. */
  maskNumbers: boolean;
  /** Entries are kept for about this many days. */
  days: number;
  /** The host of the LiveKit project. */
  livekit: string;
  /** The process that sends, its machine and its clock. */
  host: Watcher;
  /** Called once when the record cannot be kept, in a sentence or two. */
  onTrouble(message: string): void;
  /** Whether whoever runs this can say that there may be open transfers (`--again`). */
  offersAgain: boolean;
  limits?: HistoryLimits;
}

/** Opens the record, to write to it; nothing is touched before the first transfer. */
export function openRecord(options: RecordOptions): TransferRecord {
  const { folder, days, host, offersAgain, limits = HISTORY_LIMITS } = options;
  const report = reportOnce(options);
  // A disk that is full by now must not make this run's own transfers look open to it.
  const settled = new Set<string>();
  return {
    trace: 'recorded',
    begin: async (intended) => {
      const id = randomUUID();
      const clean = cleanerFor(intended.call, options.maskNumbers);
      const sent = describeSent(intended, id, options, clean);
      ownTransfers.add(id);
      let written = false;
      let unwritten: unknown;
      let unread: unknown;
      let earlier: OpenTransfer[] = [];
      const write = async () => {
        await rotate(folder, { days, nowMs: host.now(), limits }).catch((error: unknown) => {
          unwritten = error;
        });
        const stillCurrent = await appendLine(folder, writeEntry(sent), { durable: true });
        written = true;
        return stillCurrent;
      };
      // Each has its own time: a disk that is slow to write may be read all the same.
      let onlyBefore = true;
      const writing = write().then(
        (stillCurrent) => {
          onlyBefore = stillCurrent;
        },
        (error: unknown) => {
          unwritten ??= error;
        },
      );
      if (!(await finishesInTime(writing))) unwritten ??= new TooSlowError();
      const others = { onlyBefore, settled };
      const reading = readOtherTransfers(folder, sent, others, host, (_file, error) => {
        unread ??= error;
      }).then(
        (found) => {
          earlier = found;
        },
        (error: unknown) => {
          unread ??= error;
        },
      );
      if (!(await finishesInTime(reading))) unread ??= new TooSlowError();
      const refusal =
        unread === undefined || intended.again
          ? null
          : new UnreadableRecordError(folder, describeFsError(unread), offersAgain);
      // Where nothing is sent, there is nothing to be missed in the record.
      const tell = (error: unknown) => {
        if (refusal === null) report(error);
      };
      if (unwritten !== undefined) tell(unwritten);

      const end = async (ending: TransferEnding) => {
        const time = new Date(host.now()).toISOString();
        const ended = describeOutcome(ending, id, time, clean);
        if (!isOpen(ended.outcome)) settled.add(id);
        const outcome = writeEntry(ended);
        // What could not be written before may be possible now.
        const lines = written ? outcome : writeEntry(sent) + outcome;
        const append = appendLine(folder, lines, { durable: false });
        const endInTime = await finishesInTime(append.then(() => {}, tell));
        if (!endInTime) tell(new TooSlowError());
        ownTransfers.delete(id);
      };
      return { earlier, refusal, end };
    },
  };
}

/** The record of a run that keeps none: it still knows what others have left open. */
export function readOnlyRecord(
  folder: string,
  host: Watcher,
  offersAgain: boolean,
): TransferRecord {
  return {
    trace: 'unrecorded',
    begin: async ({ call, again }) => {
      const { byCall, unread } = await readOpenTransfers(folder, host);
      const refusal =
        unread === null || again ? null : new UnreadableRecordError(folder, unread, offersAgain);
      return { earlier: byCall.get(boundText(call.callId)) ?? [], refusal, end: async () => {} };
    },
  };
}

/** Tells of the first failure to write, and of no more. */
function reportOnce({ folder, onTrouble }: RecordOptions): (error: unknown) => void {
  let reported = false;
  return (error) => {
    if (reported) return;
    reported = true;
    onTrouble(
      `The record of transfers in ${folder} cannot be kept: ${describeFsError(error)}. The transfer continues, and \`lk-transfer history\` may not have it.`,
    );
  };
}

// The record of transfers on this machine, as a run uses it.

export interface History {
  record: TransferRecord;
  /**
   * Transfers of a call of which nobody knows how they ended.
   * @param again go by what can be read: whoever asks knows that there may be more
   * @throws UnreadableRecordError when that is not known: nothing may be sent then
   */
  earlierOf(callId: string, again?: boolean): Promise<readonly OpenTransfer[]>;
}

/** Where the record lies, how it is kept, and who hears of trouble with it. */
interface RecordLocation {
  settings: Settings['history'];
  /** The host of the LiveKit project. */
  livekit: string;
  host: Pick<Host, 'env' | 'home' | 'platform'> & Watcher;
  onTrouble(message: string): void;
  /** Whether whoever runs this can say that there may be open transfers (`--again`). */
  offersAgain: boolean;
}

/** For runs that keep none and look at none. */
export const NO_HISTORY: History = { record: NO_RECORD, earlierOf: async () => [] };

/**
 * Opens the record that a run writes to. Without one (`--no-history`, or the config says so) what
 * other runs wrote still counts.
 */
export function openHistory(location: RecordLocation): History {
  const { settings, livekit, host, onTrouble, offersAgain } = location;
  const folder = historyFolder(host);
  const { enabled, maskNumbers, days } = settings;
  const record = enabled.value
    ? openRecord({
        ...{ folder, livekit, host, onTrouble, offersAgain },
        ...{ maskNumbers: maskNumbers.value, days: days.value },
      })
    : readOnlyRecord(folder, host, offersAgain);
  let known: Promise<OpenTransfers> | undefined;
  return {
    record,
    earlierOf: async (callId, again) => {
      known ??= readOpenTransfers(folder, host);
      const { byCall, unread } = await known;
      const found = byCall.get(callId) ?? [];
      if (unread !== null && again !== true && found.length === 0) {
        throw new UnreadableRecordError(folder, unread, offersAgain);
      }
      return found;
    },
  };
}
