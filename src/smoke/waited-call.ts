/** A call that somebody makes while we wait: “ring it now”. */
import type { Call } from '../calls/call.ts';
import { scanCalls } from '../calls/scan.ts';
import type { Trouble } from './finding.ts';
import { type Lab, pause } from './lab.ts';
import { isSameNumber } from './phone-match.ts';

const LOOK_EVERY_MS = 1_000;

export type WaitedCall = { call: Call; trouble: null } | { call: null; trouble: Trouble };

/**
 * Waits for the next call to a number, until it is answered in LiveKit.
 * @param number one of ours
 * @throws InterruptedError, and whatever the scan throws
 */
export async function waitForCall(lab: Lab, number: string): Promise<WaitedCall> {
  const { client, isAgent, clock, tell, callWithinMs } = lab;
  const options = { isAgent, now: clock.now };
  const callsThere = async () =>
    (await scanCalls(client, options)).calls.filter(
      ({ direction, calledNumber }) =>
        direction === 'inbound' && isSameNumber(calledNumber, number),
    );
  const before = new Set((await callsThere()).map(({ callId }) => callId));
  const seconds = Math.round(callWithinMs / 1000);
  tell({ step: 'waiting-for-call', number, message: `Ring ${number} now, within ${seconds} s.` });
  let told = false;
  for (let look = 0; look * LOOK_EVERY_MS < callWithinMs; look += 1) {
    await pause(lab, LOOK_EVERY_MS);
    const arrived = (await callsThere()).filter(({ callId }) => !before.has(callId));
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
  return { call: null, trouble: { kind: told ? 'arrival-unanswered' : 'no-call' } };
}
