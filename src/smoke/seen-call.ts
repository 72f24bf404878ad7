/** The call that a test is about, as far as it was seen. */
import type { Call } from '../calls/call.ts';
import type { SmokeRun } from './run.ts';

type Seen = Pick<SmokeRun, 'leg' | 'test'>;

/**
 * The leg as it was read before the REFER; one that somebody else made, and that hung up before that,
 * as it was when it was chosen.
 */
export function seenCall({ leg, test }: Seen): Call | null {
  return leg?.call ?? test.call;
}

/** Which way it went, or was to go. */
export function directionOf(run: Seen): Call['direction'] {
  return (seenCall(run) ?? run.test.foreseen.call).direction;
}
