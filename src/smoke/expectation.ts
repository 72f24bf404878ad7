/** Whether a test found what it was to find. */
import type { SmokeResult } from './result.ts';

/** @returns null where nobody said what was to be found */
export function isMet({ expected, verdict }: SmokeResult): boolean | null {
  return expected === undefined ? null : verdict === expected;
}
