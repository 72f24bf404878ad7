/** Results of tests that never came about: they stand among the others, so that none is missing. */
import type { KnownError } from '../../core/errors.ts';
import type { SmokeTest } from '../../smoke/plan.ts';
import type { SmokeResult } from '../../smoke/result.ts';
import type { Unfinished } from '../../smoke/run.ts';
import type { Unrunnable } from './plan.ts';

const NOTHING_DONE: Unfinished = { dial: null, leftBehind: [], durationMs: 0 };

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
    ...NOTHING_DONE,
    ...(entry.expect !== undefined && { expected: entry.expect }),
  });
}

/** The line of a test that LiveKit did not let us finish: what it made may be there still. */
export function resultOfFailed(
  test: SmokeTest,
  error: KnownError,
  startedAt: string,
  unfinished: Unfinished = NOTHING_DONE,
): SmokeResult {
  const trunk = test.tested ?? test.trunk;
  return unrun(error, startedAt, {
    trunk: {
      id: trunk?.id ?? test.call?.trunkId ?? null,
      name: trunk?.name ?? null,
      host: trunk?.host ?? null,
      provider: trunk?.provider ?? null,
    },
    method: test.method,
    ...unfinished,
    ...(test.expected !== null && { expected: test.expected }),
  });
}

function unrun(
  { message, hint, exitCode }: KnownError,
  startedAt: string,
  about: Pick<SmokeResult, 'trunk' | 'method' | 'expected' | keyof Unfinished>,
): SmokeResult {
  return {
    ...about,
    direction: null,
    verdict: 'call-failed',
    refer: null,
    notify: null,
    answered: null,
    proof: null,
    use: null,
    message,
    hint: hint ?? null,
    transfer: null,
    agent: null,
    ticket: [],
    startedAt,
    exitCode,
  };
}
