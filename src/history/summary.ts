/**
 * What people ask of the whole record, and tell it: what a trunk makes of a REFER, whose transfers they
 * were, how they ended, and that one of which nobody knew is over.
 */
import { KnownError } from '../core/errors.ts';
import { mayBeSameNumber } from '../destinations/address/phone-writing.ts';
import { NO_REFER_CODES, POLICY_CODES } from '../transfer/explain/advice.ts';
import type { RecordedAttempt } from './attempts.ts';
import { writeEntry } from './entry.ts';
import { describeFsError, finishesInTime, TooSlowError } from './files.ts';
import { appendLine } from './lines.ts';
import { cleanerFor, maskNumbers } from './redact.ts';

/** What a trunk was last seen to do with a REFER. */
export interface ReferVerdict {
  verdict: 'honoured' | 'refused';
  /** When, ISO 8601, UTC. */
  at: string;
  /** The trunk's answer to the REFER; null where it took it, and LiveKit does not tell with which. */
  code: number | null;
}

/**
 * What the newest transfer that shows it says of a trunk: one whose target was called, or that the
 * trunk refused for good. One that it refused for its address, or once, says nothing of the next.
 * @param attempts in any order
 * @returns null where none shows it
 */
export function lastReferVerdict(
  attempts: readonly Pick<
    RecordedAttempt,
    'trunkId' | 'transferMethod' | 'outcome' | 'stage' | 'sip' | 'startedAt' | 'endedAt'
  >[],
  trunkId: string,
): ReferVerdict | null {
  let last: ReferVerdict | null = null;
  for (const attempt of attempts) {
    if (attempt.trunkId !== trunkId) continue;
    const seen = verdictOf(attempt);
    if (seen === null) continue;
    const at = attempt.endedAt ?? attempt.startedAt;
    if (last === null || Date.parse(at) >= Date.parse(last.at)) last = { ...seen, at };
  }
  return last;
}

function verdictOf({
  transferMethod,
  outcome,
  stage,
  sip,
}: Pick<RecordedAttempt, 'transferMethod' | 'outcome' | 'stage' | 'sip'>): Omit<
  ReferVerdict,
  'at'
> | null {
  // Whoever was dialled into the room was none of the trunk's doing.
  if (transferMethod === 'bridge') return null;
  // Whether the target took the call is another matter: the trunk called it.
  if (outcome === 'completed' || outcome === 'target-failed') {
    return { verdict: 'honoured', code: null };
  }
  const code = sip?.code ?? 0;
  const isForGood = NO_REFER_CODES.includes(code) || POLICY_CODES.includes(code);
  return outcome === 'refused' && stage === 'refer' && isForGood
    ? { verdict: 'refused', code }
    : null;
}

// Whose transfers.

/** A caller as somebody named one. */
export interface CallerFilter {
  text: string;
  /** The same in E.164; null when it is no number. */
  phoneNumber: string | null;
  /** Those who hide their number are meant. */
  hidden: boolean;
  /** Reads a number that was recorded as LiveKit had it: the country may be known since. */
  readNumber(raw: string): string | null;
}

/** What carriers write in the place of a number, and what people say. */
export const HIDDEN_WORDS = /^(anonymous|unknown|unavailable|restricted|private|hidden)$/i;

/**
 * Whether a transfer was one of this caller.
 * @returns null: it may be. Of a number that was recorded masked only its length and end are known
 */
export function isTransferOf(
  {
    phoneNumber,
    phoneNumberRaw,
    callerName,
  }: Pick<RecordedAttempt, 'phoneNumber' | 'phoneNumberRaw' | 'callerName'>,
  { text, phoneNumber: wanted, hidden, readNumber }: CallerFilter,
): boolean | null {
  if (hidden && phoneNumber === null && HIDDEN_WORDS.test(phoneNumberRaw ?? 'hidden')) return true;
  if (text === phoneNumberRaw || text === callerName) return true;
  // In the form of its country, too, with whatever stands between the digits.
  const masked = phoneNumber ?? phoneNumberRaw ?? '';
  if (masked.includes('*')) {
    const digitsOf = (number: string) => number.replace(/[^\d*]/g, '');
    const typed = phoneNumber === null ? text : (wanted ?? '');
    return digitsOf(masked) === digitsOf(maskNumbers(typed)) ? null : false;
  }
  const own = phoneNumber ?? (phoneNumberRaw === null ? null : readNumber(phoneNumberRaw));
  return wanted !== null && own !== null && mayBeSameNumber(own, wanted);
}

/** How often a trunk took a REFER, of those of which that is known. In the field names of the JSON output. */
export interface ReferCounts {
  /** It took the REFER. */
  honoured: number;
  /** It answered the REFER with a failure, for whatever reason. */
  refused: number;
  /** Nobody knows, and it counts as neither. */
  unknown: number;
}

/**
 * Counts what became of the REFERs on a trunk; what LiveKit turned away was none.
 * @param sinceMs only those sent then or later, ms since 1970
 */
export function countRefers(
  attempts: readonly Pick<
    RecordedAttempt,
    'trunkId' | 'transferMethod' | 'outcome' | 'stage' | 'sip' | 'startedAt'
  >[],
  trunkId: string,
  sinceMs: number,
): ReferCounts {
  const counts: ReferCounts = { honoured: 0, refused: 0, unknown: 0 };
  for (const attempt of attempts) {
    const { outcome, stage, startedAt } = attempt;
    if (attempt.trunkId !== trunkId || Date.parse(startedAt) < sinceMs) continue;
    if (outcome === 'not-sent' || attempt.transferMethod === 'bridge') continue;
    if (outcome === 'refused' && stage === 'refer') counts.refused += 1;
    else counts[verdictOf(attempt)?.verdict ?? 'unknown'] += 1;
  }
  return counts;
}

// How many transfers ended in which way.

/** How often transfers ended in which way: the seven add up to `transfers`. */
interface OutcomeCounts {
  /** How many in all. */
  transfers: number;
  /** The target answered. */
  completed: number;
  /** The target was dialled into the caller's room, and answered. */
  bridged: number;
  /** The call is over, and nothing shows whether the target answered. */
  ended: number;
  /** The trunk answered the REFER with a failure, or it failed. */
  refused: number;
  /** The trunk took the REFER, and the target did not take the call. */
  failed: number;
  /** LiveKit turned them away. */
  notSent: number;
  /** Nobody knows: unknown, unconfirmed, or never recorded. */
  unknown: number;
}

/** One line of a summary, in the field names of the JSON output. These names stay. */
export interface SummaryRow extends OutcomeCounts {
  /** What the line counts. */
  by: 'all' | 'department' | 'trunk';
  /** The department, else the number or the text that was typed; the trunk's id; null: none is known. */
  name: string | null;
  /** From the request to the outcome, of those whose outcome is known, in ms; null: there are none. */
  medianMs: number | null;
}

const COUNTED_AS: Readonly<
  Record<NonNullable<RecordedAttempt['outcome']>, Exclude<keyof OutcomeCounts, 'transfers'>>
> = {
  completed: 'completed',
  bridged: 'bridged',
  ended: 'ended',
  refused: 'refused',
  'target-failed': 'failed',
  'not-sent': 'notSent',
  unknown: 'unknown',
  unconfirmed: 'unknown',
};

type Counted = Pick<RecordedAttempt, 'to' | 'trunkId' | 'outcome' | 'durationMs'>;

/** Counts them all, then by department and by trunk, those with the most transfers first. */
export function summarizeAttempts(attempts: readonly Counted[]): SummaryRow[] {
  return [
    countRow('all', null, attempts),
    ...rowsBy('department', attempts, ({ to }) => to || null),
    ...rowsBy('trunk', attempts, ({ trunkId }) => trunkId),
  ];
}

function rowsBy(
  by: SummaryRow['by'],
  attempts: readonly Counted[],
  nameOf: (attempt: Counted) => string | null,
): SummaryRow[] {
  const groups = new Map<string | null, Counted[]>();
  for (const attempt of attempts) {
    const name = nameOf(attempt);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [attempt]);
    else group.push(attempt);
  }
  const rows = [...groups].map(([name, group]) => countRow(by, name, group));
  return rows.sort(
    (a, b) => b.transfers - a.transfers || ((a.name ?? '') < (b.name ?? '') ? -1 : 1),
  );
}

function countRow(
  by: SummaryRow['by'],
  name: string | null,
  attempts: readonly Counted[],
): SummaryRow {
  const count = {
    ...{ completed: 0, bridged: 0, ended: 0, refused: 0, failed: 0, notSent: 0, unknown: 0 },
  };
  const times: number[] = [];
  for (const { outcome, durationMs } of attempts) {
    const counted = outcome === null ? 'unknown' : COUNTED_AS[outcome];
    count[counted] += 1;
    // What was never asked for took no time, and how long an unknown one takes nobody knows.
    if (durationMs === null || counted === 'unknown' || counted === 'notSent') continue;
    times.push(durationMs);
  }
  return { by, name, transfers: attempts.length, ...count, medianMs: medianOf(times) };
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper;
  return Math.round((lower + upper) / 2);
}

// Closing open transfers.

/** What somebody says of open transfers: who they are, why these are over, and when they say so. */
export interface Closing {
  by: string;
  reason: string;
  /** ms since 1970. */
  atMs: number;
  /** Of phone numbers in it only the last two digits are recorded. */
  maskNumbers: boolean;
}

/**
 * Adds to the record that transfers are over, in one write, beside whoever else writes. Nothing that
 * stands there is touched.
 * @throws KnownError `unwritten-record`: then none of them may be taken for closed
 */
export async function closeAttempts(
  folder: string,
  attempts: readonly Pick<RecordedAttempt, 'id' | 'callId' | 'trunkId'>[],
  { by, reason, atMs, maskNumbers }: Closing,
): Promise<void> {
  const time = new Date(atMs).toISOString();
  const lines = attempts.map((attempt) => {
    const clean = cleanerFor(attempt, maskNumbers);
    const { id } = attempt;
    return writeEntry({ type: 'closed', id, time, by: clean(by), reason: clean(reason) });
  });
  const write = appendLine(folder, lines.join(''), { durable: true }).then(() => {});
  try {
    if (!(await finishesInTime(write))) throw new TooSlowError();
  } catch (cause) {
    throw new KnownError(
      'unwritten-record',
      `The record of transfers could not be written: ${describeFsError(cause)}.`,
      {
        hint: `It lies in ${folder}. See with \`lk-transfer history --open\` what is open.`,
        cause,
      },
    );
  }
}
