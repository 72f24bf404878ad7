/**
 * When the next target may be tried. Only after an answer that settles that this one did not take
 * the call, with the caller seen on the line; never after anything unknown.
 */
import { type Call, callIdOf, readCall, roomOf } from '../calls/call.ts';
import type { TransferResult } from './result.ts';
import type { Sighting } from './verify.ts';

/** Refusals of the REFER that are about this address, and not about transfers or this call. */
const ABOUT_THE_ADDRESS: readonly number[] = [400, 404, 410, 414, 416, 484, 485, 604];

/** Whether the result leaves room for another target. */
function allowsAnother({ outcome, sip, caller }: TransferResult): boolean {
  if (caller !== 'on-the-line') return false;
  if (outcome === 'target-failed') return true;
  return outcome === 'refused' && sip !== null && ABOUT_THE_ADDRESS.includes(sip.code);
}

/**
 * The call as it was last seen, if it may be sent to the next target.
 * @param nowMs wall clock, ms since 1970
 * @returns null when there must be no further attempt
 */
export function callForFallback(
  result: TransferResult,
  { room }: Sighting,
  nowMs: number,
): Call | null {
  if (!allowsAnother(result)) return null;
  const { call } = result;
  const participant = room?.find((each) => callIdOf(each) === call.callId);
  const seen = participant === undefined ? null : readCall(participant, roomOf(call), nowMs);
  if (seen?.status !== 'active') return null;
  return { ...seen, condition: call.condition, stuck: call.stuck, agent: call.agent };
}
