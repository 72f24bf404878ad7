/** Whether a test found what it was to find. */
import type { SmokeResult } from './result.ts';

/**
 * A test that could not be made for want of rights, or of a trunk, is told as `call-failed` and has
 * found nothing: only its exit code shows that no expectation was met.
 * @returns null where nobody said what was to be found
 */
export function isMet({ expected, verdict, exitCode }: SmokeResult): boolean | null {
  return expected === undefined ? null : verdict === expected && exitCode === 0;
}
