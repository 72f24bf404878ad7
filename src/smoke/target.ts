/** The call at the target, where the target is a number of our own: proof, and ours to end. */
import type { Call } from '../calls/call.ts';
import type { ArrivalWatch } from './arrivals.ts';
import type { TargetArrival } from './finding.ts';
import { type Lab, pause } from './lab.ts';
import { LOOK_EVERY_MS } from './loop.ts';

/** How long the call may take to arrive where nothing else tells, in ms. */
const PROVES_WITHIN_MS = 10_000;
/** Where the target is known to have answered, its call is there already. */
const LISTED_WITHIN_MS = 2_000;

export interface TargetSighting {
  arrival: TargetArrival;
  call: Call | null;
}

/**
 * Looks for the call at the target. Of several that it may be, none is taken for it: another test of
 * the same target, or somebody who rings it from the same number, brings in one that looks like ours.
 * @param callers numbers that it may show: the transferred party's, or ours
 * @param isInDoubt nothing else tells whether the target answered
 */
export async function lookAtTarget(
  lab: Lab,
  watch: ArrivalWatch,
  callers: readonly string[],
  isInDoubt: boolean,
): Promise<TargetSighting> {
  const looks = (isInDoubt ? PROVES_WITHIN_MS : LISTED_WITHIN_MS) / LOOK_EVERY_MS;
  let seen: Call | null = null;
  for (let look = 1; ; look += 1) {
    const { ours } = await watch.look(callers);
    if (ours.length > 1) return { arrival: 'several', call: null };
    seen = ours[0] ?? seen;
    if (seen?.transferable) return { arrival: 'answered', call: seen };
    if (look >= looks) return { arrival: seen === null ? 'none' : 'ringing', call: seen };
    await pause(lab, LOOK_EVERY_MS);
  }
}
