/** A call that somebody makes while we wait: “ring it now”. */
import type { Call } from '../calls/call.ts';
import { isArrivalAt } from './arrivals-part.ts';
import { watchCalls } from './call-watch.ts';
import { type Lab, pause } from './environment.ts';
import type { Trouble } from './finding.ts';
import { nameRooms } from './trouble-words.ts';

const LOOK_EVERY_MS = 1_000;

export type WaitedCall = { call: Call; trouble: null } | { call: null; trouble: Trouble };

/**
 * Waits for the next call to a number, until it is answered in LiveKit.
 * @param number one of ours
 * @throws InterruptedError, and whatever the scan throws
 */
export async function waitForCall(lab: Lab, number: string): Promise<WaitedCall> {
  const { client, isAgent, clock, tell, callWithinMs } = lab;
  // The first call that is found is transferred: each look has to see all that there are.
  const watch = await watchCalls(client, { isAgent, now: clock.now, fullLookEvery: 1 });
  const seconds = Math.round(callWithinMs / 1000);
  tell({
    step: 'waiting-for-call',
    number,
    message: `Ring ${number} now, within ${seconds} s.${sayBlind(watch.blindRooms)}`,
  });
  let unread: readonly string[] = watch.blindRooms;
  let told = false;
  for (let look = 0; look * LOOK_EVERY_MS < callWithinMs; look += 1) {
    await pause(lab, LOOK_EVERY_MS);
    const seen = await watch.look();
    const arrived = seen.calls.filter(isArrivalAt(number));
    const undated = seen.undated.filter(isArrivalAt(number)).map(({ room }) => room);
    unread = [...new Set([...seen.unread, ...undated])];
    const [call, second] = arrived;
    if (second !== undefined) {
      return { call: null, trouble: { kind: 'several-arrivals', count: arrived.length } };
    }
    if (call !== undefined && !told) {
      const { callId, room, status } = call;
      tell({ step: 'arrived', message: `A call came in at ${number}.`, callId, room, status });
      told = true;
    }
    if (call?.transferable) return { call, trouble: null };
  }
  if (told) return { call: null, trouble: { kind: 'arrival-unanswered' } };
  if (unread.length > 0) return { call: null, trouble: { kind: 'arrival-unread', rooms: unread } };
  return { call: null, trouble: { kind: 'no-call' } };
}

/** A customer may be on the line in a room that cannot be read: nobody there is ever transferred. */
function sayBlind(rooms: readonly string[]): string {
  return rooms.length === 0
    ? ''
    : ` LiveKit does not show who is in ${nameRooms(rooms)}: a call there is left alone.`;
}
