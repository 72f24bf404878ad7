/** What was seen during one test, before anybody has judged it. */
import type { TransferResult } from '../transfer/result.ts';
import type { DialOutcome } from './dial-outcome.ts';

/** Why it never came to a REFER. */
export type Trouble =
  /** The test call was not answered. */
  | { kind: 'dial'; dial: Extract<DialOutcome, { ok: false }> }
  /** We dialled our own number, somebody answered, and no call came in to LiveKit. */
  | { kind: 'no-arrival' }
  /** A call came in there, but not from our number: it may be a customer's. */
  | { kind: 'foreign-arrival'; from: string }
  /** More than one call came in that may be ours. */
  | { kind: 'several-arrivals'; count: number }
  /** The call came in, and nobody in its room answered it. */
  | { kind: 'arrival-unanswered' }
  /** None was found, and LiveKit did not show who is in these rooms. */
  | { kind: 'arrival-unread'; rooms: readonly string[] }
  /** Nobody called the number within the time. */
  | { kind: 'no-call' }
  /** The leg was gone, or not answered any more, when it was to be transferred. */
  | { kind: 'leg-dropped' };

/** The call at the target, where the target is a number of our own. Of several none is proof. */
export type TargetArrival = 'answered' | 'ringing' | 'none' | 'several';

export interface Finding {
  /** null when it came to a transfer. */
  trouble: Trouble | null;
  transfer: TransferResult | null;
  /** How long LiveKit waited for the target's answer, at the most, in ms. */
  waitMs: number;
  /** null when nobody looked: the target is none of our numbers, or nothing was in doubt. */
  arrival: TargetArrival | null;
  /** What whoever watched the target says; null when nobody was asked. */
  operator: boolean | null;
}
