/** The call at the target, where the target is a number of our own: proof, and ours to end. */
import type { Call } from '../calls/call.ts';
import { LOOK_EVERY_MS } from './arrivals.ts';
import type { ArrivalWatch } from './arrivals-part.ts';
import { type Lab, pause } from './environment.ts';
import type { TargetArrival } from './finding.ts';
import { nameRooms } from './trouble-words.ts';

/** How long the call may take to arrive where nothing else tells, in ms. */
const PROVES_WITHIN_MS = 10_000;
/** Where the target is known to have answered, its call is there already. */
const LISTED_WITHIN_MS = 2_000;

export interface TargetSighting {
  /** null: none was found, and one may be where nobody could look. */
  arrival: TargetArrival | null;
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
    const { ours, unread } = await watch.look(callers);
    if (ours.length > 1) return { arrival: 'several', call: null };
    seen = ours[0] ?? seen;
    if (seen?.transferable) return { arrival: 'answered', call: seen };
    if (look >= looks && seen !== null) return { arrival: 'ringing', call: seen };
    if (look >= looks) return { arrival: noneUnlessHidden(lab, unread, isInDoubt), call: null };
    await pause(lab, LOOK_EVERY_MS);
  }
}

/** That none was found proves something only where everything could be read. */
function noneUnlessHidden(
  { tell }: Lab,
  unread: readonly string[],
  isInDoubt: boolean,
): TargetArrival | null {
  if (unread.length === 0) return 'none';
  if (isInDoubt) {
    tell({
      step: 'looking-at-target',
      message: `No call was found there, which proves nothing: LiveKit does not show who is in ${nameRooms(unread)}.`,
    });
  }
  return null;
}
