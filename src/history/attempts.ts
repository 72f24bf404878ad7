/** The transfers of the record: the entries of each put together. */

import { KnownError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { LONGEST_TRANSFER_MS } from '../core/text.ts';
import { isOpen, type OpenTransfer, type UnderWay } from '../transfer/outcome.ts';
import {
  type ClosedEntry,
  type Entry,
  markMachine,
  type OutcomeEntry,
  readEntries,
  type SentEntry,
  withoutSettled,
} from './entry.ts';
import { DAY_MS, describeFsError, finishesInTime, TooSlowError } from './files.ts';
import { type OnUnreadable, readLines } from './lines.ts';

/** One transfer that was tried, in the field names of the JSON output. These names stay. */
export interface RecordedAttempt
  extends Omit<SentEntry, 'type' | 'time' | 'pid' | 'machine' | 'livekit'>,
    Omit<OutcomeEntry, 'type' | 'time' | 'id' | 'outcome' | 'callerIs'> {
  /** The host of the LiveKit project. */
  livekitHost: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** ISO 8601, UTC; null when no outcome was recorded. */
  endedAt: string | null;
  /** Where they were in the end; null when nobody looked. */
  caller: OutcomeEntry['callerIs'];
  /** null when it was sent, and its outcome never recorded. */
  outcome: OutcomeEntry['outcome'] | null;
  /** It may still happen: nobody knows how it ended, nor has said that it is over. */
  open: boolean;
  /** Who has said that it is over, why, and when (ISO 8601, UTC); null when nobody has. */
  closed: {
    /** By their own account. */
    by: string;
    /** How they know. */
    reason: string;
    /** ISO 8601, UTC. */
    at: string;
  } | null;
  /** The process that is still at it; null when none is, or nobody knows. */
  underWay: UnderWay | null;
}

// Whether a transfer without an outcome is under way. A record alone cannot tell one from a transfer
// whose process has died; and the number of a dead process may be another's by now.

/** What shows who is still at a transfer: this process, its machine and its clock. */
export type Watcher = Pick<Host, 'machine' | 'pid' | 'isRunning' | 'now'>;

/** Ids of the transfers that this very process is at: what else bears its number was another's. */
export const ownTransfers = new Set<string>();

/**
 * How long a transfer has been under way, if it still can be.
 * @returns ms; null when none takes so long, or a clock has jumped
 */
export function timeUnderWay(startedAt: string, nowMs: number): number | null {
  const ms = nowMs - Date.parse(startedAt);
  return ms >= 0 && ms <= LONGEST_TRANSFER_MS ? ms : null;
}

function underWayOf({ id, time, pid, machine }: SentEntry, watcher: Watcher): UnderWay | null {
  const forMs = timeUnderWay(time, watcher.now());
  // Process 0 would be whoever asks.
  if (forMs === null || !pid) return null;
  if (pid === watcher.pid) return ownTransfers.has(id) ? { pid, forMs } : null;
  const here = watcher.machine;
  const isHere = here !== null && machine === markMachine(here);
  return isHere && watcher.isRunning(pid) ? { pid, forMs } : null;
}

/**
 * Joins entries, whatever their order, into transfers in the order in which they were sent. An
 * outcome whose beginning is gone is left out; once it is known how one ended, that stands, and so
 * does the first word of somebody that one is over.
 */
export function recordAttempts(entries: Iterable<Entry>, watcher: Watcher): RecordedAttempt[] {
  const sent = new Map<string, SentEntry>();
  const outcomes = new Map<string, OutcomeEntry>();
  const closings = new Map<string, ClosedEntry>();
  for (const entry of entries) {
    if (entry.type === 'sent') {
      if (!sent.has(entry.id)) sent.set(entry.id, entry);
    } else if (entry.type === 'closed') {
      if (!closings.has(entry.id)) closings.set(entry.id, entry);
    } else if (isOpen(outcomes.get(entry.id)?.outcome ?? 'unknown')) {
      outcomes.set(entry.id, entry);
    }
  }
  return [...sent.values()].map((entry) => {
    const ended = outcomes.get(entry.id) ?? null;
    const underWay = ended === null ? underWayOf(entry, watcher) : null;
    return join(entry, ended, closings.get(entry.id), underWay);
  });
}

function join(
  sent: SentEntry,
  ended: OutcomeEntry | null,
  closed: ClosedEntry | undefined,
  underWay: UnderWay | null,
): RecordedAttempt {
  const {
    type: _type,
    time: startedAt,
    id,
    pid: _pid,
    machine: _machine,
    livekit,
    ...about
  } = sent;
  const outcome = ended?.outcome ?? null;
  return {
    id,
    startedAt,
    endedAt: ended?.time ?? null,
    ...about,
    livekitHost: livekit,
    outcome,
    caller: ended?.callerIs ?? null,
    leg: ended?.leg ?? null,
    stage: ended?.stage ?? null,
    sip: ended?.sip ?? null,
    evidence: ended?.evidence ?? null,
    interrupted: ended?.interrupted ?? false,
    durationMs: ended?.durationMs ?? null,
    exitCode: ended?.exitCode ?? null,
    message: ended?.message ?? '',
    transferId: ended?.transferId ?? null,
    open: !closed && (outcome === null || isOpen(outcome)),
    closed: closed ? { by: closed.by, reason: closed.reason, at: closed.time } : null,
    underWay,
  };
}

// The transfers that may still come about. A later transfer of the same call does not close an
// earlier one (LiveKit can credit the late success of the first to the second), nor does time: a
// call id is never used again, so what is left over of a call that has ended does no harm.

/** The open transfers of each call that has any, in the order in which they were sent. */
export function openTransfersByCall(
  attempts: readonly RecordedAttempt[],
): Map<string, OpenTransfer[]> {
  const byCall = new Map<string, OpenTransfer[]>();
  for (const { open, callId, ...attempt } of attempts) {
    if (!open) continue;
    const { startedAt, to, referTo, transferMethod, outcome, underWay } = attempt;
    const transfers = byCall.get(callId) ?? [];
    transfers.push({ startedAt, to, referTo, transferMethod, outcome, underWay });
    byCall.set(callId, transfers);
  }
  return byCall;
}

/**
 * Whom an open transfer may have moved: the caller of a bridge is in their room, and a look shows how they
 * fare.
 * @returns by call id, when the first REFER was sent, in ms since 1970
 */
export function openRefers(byCall: OpenTransfers['byCall']): Map<string, number> {
  const refers = new Map<string, number>();
  for (const [callId, open] of byCall) {
    const first = open.find(({ transferMethod }) => transferMethod === 'refer');
    if (first !== undefined) refers.set(callId, Date.parse(first.startedAt));
  }
  return refers;
}

/** All attempts but those that are certainly settled, of what can be read. */
async function readUnsettledAttempts(
  folder: string,
  watcher: Watcher,
  onUnreadable: OnUnreadable,
): Promise<RecordedAttempt[]> {
  const lines = await readLines(folder, onUnreadable);
  return recordAttempts(readEntries(withoutSettled(lines)), watcher);
}

export interface OpenTransfers {
  /** By call id, of what could be read. */
  byCall: ReadonlyMap<string, OpenTransfer[]>;
  /** Why there may be more: half a sentence. null when the whole record was read, or there is none. */
  unread: string | null;
}

/** The open transfers of the record. Never throws, and waits for a slow disk for two seconds. */
export async function readOpenTransfers(folder: string, watcher: Watcher): Promise<OpenTransfers> {
  let byCall: OpenTransfers['byCall'] = new Map();
  let cause: unknown;
  const read = async () => {
    const attempts = await readUnsettledAttempts(folder, watcher, (_file, error) => {
      cause ??= error;
    });
    byCall = openTransfersByCall(attempts);
  };
  const inTime = await finishesInTime(
    read().catch((error: unknown) => {
      cause ??= error;
    }),
  );
  if (!inTime) cause ??= new TooSlowError();
  return { byCall, unread: cause === undefined ? null : describeFsError(cause) };
}

/**
 * The open transfers of a call beside one's own.
 * @param onlyBefore those that stand before it: of two at the same time, exactly one sees the other
 * @param settled ids of transfers that are over, whatever the record says of them
 * @param onUnreadable told of every file that may hold more
 */
export async function readOtherTransfers(
  folder: string,
  own: { id: string; callId: string },
  { onlyBefore, settled }: { onlyBefore: boolean; settled: ReadonlySet<string> },
  watcher: Watcher,
  onUnreadable: OnUnreadable,
): Promise<OpenTransfer[]> {
  const attempts = await readUnsettledAttempts(folder, watcher, onUnreadable);
  const ownIndex = onlyBefore ? attempts.findIndex(({ id }) => id === own.id) : -1;
  const others =
    ownIndex === -1 ? attempts.filter(({ id }) => id !== own.id) : attempts.slice(0, ownIndex);
  const unsettled = others.filter(({ id }) => !settled.has(id));
  return openTransfersByCall(unsettled).get(own.callId) ?? [];
}

// What there is to list of the record, for people who ask for it.

/**
 * Every transfer of the record, in the order in which they were sent; none when there is no record.
 * @param choose leaves out the lines of those that are not wanted
 * @throws KnownError `unreadable-record` when any of it cannot be read: half a record would look
 *   like a whole one
 */
export async function readAttempts(
  folder: string,
  watcher: Watcher,
  choose: (lines: readonly string[]) => readonly string[] = (all) => all,
): Promise<RecordedAttempt[]> {
  const lines = await readLines(folder, (file, cause) => {
    throw new KnownError(
      'unreadable-record',
      `The record of transfers cannot be read: ${describeFsError(cause)}.`,
      { hint: `The record is in ${file}. Make it readable for this user, or move it away.`, cause },
    );
  });
  return recordAttempts(readEntries(choose(lines)), watcher);
}

/**
 * Leaves out what is older than the limit and not deleted yet. Counted from the newest transfer
 * when that is long ago: if it is the clock that has jumped, nothing is lost from sight.
 * @param nowMs wall clock, ms since 1970
 */
export function withinDays(
  attempts: readonly RecordedAttempt[],
  days: number,
  nowMs: number,
): RecordedAttempt[] {
  const times = attempts.map(({ startedAt }) => Date.parse(startedAt));
  const newest = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const oldest = Math.min(nowMs, newest) - days * DAY_MS;
  return attempts.filter((_, index) => (times[index] ?? 0) >= oldest);
}
