/** What whoever places a call hears of it. */
import type { Party } from '../provider/lines.ts';
import type { SipStatus } from '../provider/sip-status.ts';

/** One of `answered` and `refused` is told, once, unless the caller hangs up before. */
export interface CallEvents {
  ringing(): void;
  /** @param callee the leg that LiveKit has at the other end, when the number is one of ours */
  answered(callee: Party): void;
  refused(status: SipStatus): void;
}
