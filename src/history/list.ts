/** What there is to list of the record, for people who ask for it. */
import { KnownError } from '../core/errors.ts';
import { type RecordedAttempt, recordAttempts } from './attempts.ts';
import { readEntries } from './entry.ts';
import { DAY_MS } from './limits.ts';
import { readLines } from './lines.ts';
import { describeTrouble } from './trouble.ts';

/**
 * Every transfer of the record, in the order in which they were sent; none when there is no record.
 * @throws KnownError `unreadable-record` when any of it cannot be read: half a record would look
 *   like a whole one
 */
export async function readAttempts(folder: string): Promise<RecordedAttempt[]> {
  const lines = await readLines(folder, (file, cause) => {
    throw new KnownError(
      'unreadable-record',
      `The record of transfers cannot be read: ${describeTrouble(cause)}.`,
      { hint: `It lies in ${file}. Make it readable for this user, or move it away.`, cause },
    );
  });
  return recordAttempts(readEntries(lines));
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
