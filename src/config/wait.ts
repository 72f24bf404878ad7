/** How long to wait for a target: the range that LiveKit and HTTP clients leave. */
import { parseDuration } from '../core/duration.ts';
import { LONGEST_WAIT_MS, SHORTEST_WAIT_MS } from '../core/limits.ts';

/**
 * Reads a wait.
 * @param written `45s`, `2m`, or a whole number of seconds, as text or as a number
 * @returns milliseconds, or what is wrong with it
 */
export function readWait(
  written: string | number,
): { ok: true; ms: number } | { ok: false; problem: string } {
  const ms = parseDuration(String(written));
  if (ms === null) {
    return { ok: false, problem: 'expected a duration such as 45s or 2m, or whole seconds' };
  }
  if (ms < SHORTEST_WAIT_MS || ms > LONGEST_WAIT_MS) {
    return { ok: false, problem: 'expected a wait from 2s to 290s' };
  }
  return ms % 1000 === 0 ? { ok: true, ms } : { ok: false, problem: 'expected whole seconds' };
}
