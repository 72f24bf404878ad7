/** What must fit together within the smoke tests of a config. */
import type { ConfigProblem } from '../core/errors.ts';
import { isRecord } from './check.ts';
import { writePath } from './problems.ts';

/** A test dials a test number or a number of our own, never both. What has a wrong shape is passed over. */
export function smokeProblems(tests: unknown): ConfigProblem[] {
  if (!Array.isArray(tests)) return [];
  return tests.flatMap((test: unknown, index) => {
    if (!isRecord(test)) return [];
    if ((test.dial === undefined) !== (test.loop === undefined)) return [];
    const message =
      test.dial === undefined
        ? 'needs "dial" (a test number) or "loop" (a number of our own)'
        : 'has "dial" and "loop"; expected one of them';
    return [{ path: writePath(['smoke', index]), message }];
  });
}
