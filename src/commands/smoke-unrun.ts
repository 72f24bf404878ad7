/** Results of tests that never came about: they stand among the others, so that none is missing. */
import type { KnownError } from '../errors.ts';
import type { SmokeTest } from '../smoke/plan.ts';
import type { SmokeResult } from '../smoke/result.ts';
import type { Unrunnable } from './smoke-tests.ts';

/** The line of a test that could not be run: nothing is known of its trunk. */
export function resultOfUnrun({ entry, error }: Unrunnable, startedAt: string): SmokeResult {
  const isId = entry.trunk.startsWith('ST_');
  return unrun(error, startedAt, {
    trunk: {
      id: isId ? entry.trunk : null,
      name: isId ? null : entry.trunk,
      host: null,
      provider: null,
    },
    method: entry.loop === undefined ? 'outbound' : 'loop',
    ...(entry.expect !== undefined && { expected: entry.expect }),
  });
}

/** The line of a test that LiveKit did not let us finish. */
export function resultOfFailed(test: SmokeTest, error: KnownError, startedAt: string): SmokeResult {
  const trunk = test.tested ?? test.trunk;
  return unrun(error, startedAt, {
    trunk: {
      id: trunk?.id ?? null,
      name: trunk?.name ?? null,
      host: trunk?.host ?? null,
      provider: trunk?.provider ?? null,
    },
    method: test.method,
    ...(test.expected !== null && { expected: test.expected }),
  });
}

function unrun(
  { message, hint, exitCode }: KnownError,
  startedAt: string,
  about: Pick<SmokeResult, 'trunk' | 'method' | 'expected'>,
): SmokeResult {
  return {
    ...about,
    direction: null,
    verdict: 'call-failed',
    refer: null,
    notify: null,
    dial: null,
    answered: null,
    proof: null,
    use: null,
    message,
    hint: hint ?? null,
    durationMs: 0,
    transfer: null,
    agent: null,
    leftBehind: [],
    ticket: [],
    startedAt,
    exitCode,
  };
}
