/**
 * The types that say what became of a transfer. Success is never claimed without proof, and failure
 * never when it may have happened.
 */
import type { ExitCode } from '../core/errors.ts';

export type Outcome =
  /** The target answered: a person, a voicemail or a menu. */
  | 'completed'
  /** The call is over, and nothing shows whether the target answered. */
  | 'ended'
  /** LiveKit reports success, and the leg is still in the room. */
  | 'unconfirmed'
  /** The trunk answered the REFER with a failure; with no stage, it or the target did: it failed. */
  | 'refused'
  /** The trunk accepted the REFER, and the target did not take the call. */
  | 'target-failed'
  /** LiveKit rejected the request before any REFER. */
  | 'not-sent'
  /** No clear answer came: the target may be ringing, or talking. */
  | 'unknown';

/** Nobody knows how it ended: it may still come about. */
export function isOpen(outcome: Outcome): boolean {
  return outcome === 'unknown' || outcome === 'unconfirmed';
}

/**
 * Who answered: LiveKit's API, the trunk to the REFER, the trunk's NOTIFY, or nobody. Where LiveKit was
 * never asked there is none.
 */
export type Stage = 'api' | 'refer' | 'notify' | 'transport';

/** What proves that the target answered. */
export type Evidence =
  /** The server states that it did. */
  | 'reason'
  /** The leg stayed for the second that LiveKit waits after NOTIFY 200, and then left. */
  | 'lingered'
  /** The leg left at once, on a trunk that is known to hang up first. */
  | 'trunk';

/** Where the caller's leg was when LiveKit was last asked. */
export type Leg = 'listed' | 'gone' | 'unread';

/** Where the caller is, as far as that can be said. */
export type CallerLocation = 'left' | 'on-the-line' | 'unknown';

/** SIP's own answer. */
export interface SipStatus {
  code: number;
  reason: string;
}

/** LiveKit's answer, kept for debugging. */
export interface LiveKitAnswer {
  httpStatus: number | null;
  code: string | null;
  message: string;
  transferId: string | null;
  /** `STR_…` of newer servers. */
  reason: string | null;
  meta: Record<string, string>;
  /** Where something in LiveKit's place redirects to, without what may be secret in it. */
  redirectsTo: string | null;
}

/** What there is of an answer when LiveKit gave none. */
export const NO_ANSWER: LiveKitAnswer = {
  httpStatus: null,
  code: null,
  message: '',
  transferId: null,
  reason: null,
  meta: {},
  redirectsTo: null,
};

/**
 * Where the caller is. A leg that is listed after an unknown outcome proves nothing: on a real
 * system the target answered later and the leg stayed listed.
 * @param open an earlier transfer of the same call may still come about, or have come about already
 */
export function callerLocation(outcome: Outcome, leg: Leg, open: boolean): CallerLocation {
  if (leg === 'gone') return 'left';
  const nothingHappened =
    outcome === 'refused' || outcome === 'target-failed' || outcome === 'not-sent';
  return leg === 'listed' && nothingHappened && !open ? 'on-the-line' : 'unknown';
}

/** Failures that have a sentence of their own. */
export type Cause =
  | 'sip'
  | 'stated-reason'
  | 'credentials'
  | 'permission'
  | 'bad-address'
  | 'bad-header'
  | 'caller-gone'
  | 'not-sip'
  | 'no-sip-service'
  | 'not-answered-yet'
  | 'hanging-up'
  | 'status-unknown'
  | 'no-call-id'
  | 'already-transferring'
  | 'open-transfer'
  | 'livekit-number'
  | 'wrong-url'
  /** Something in LiveKit's place sent the request elsewhere, or kept it. */
  | 'redirected'
  | 'intercepted'
  | 'rejected'
  | 'no-verdict-in-time'
  | 'refer-unanswered'
  /** LiveKit did not get the trunk's final answer to the REFER, though there may have been one. */
  | 'refer-answer-lost'
  | 'call-ended'
  | 'reports-stopped'
  | 'cancelled'
  | 'service-stopping'
  | 'unreachable'
  | 'connection-lost'
  | 'unlisted'
  | 'none';

/** What LiveKit's answer says by itself, before it was read where the caller is. */
export interface Classification {
  /**
   * `accepted`: LiveKit says 200 and nothing more. Whether that was the target's answer or the end
   * of the call only the leg can tell.
   */
  outcome: Outcome | 'accepted';
  stage: Stage | null;
  sip: SipStatus | null;
  livekit: LiveKitAnswer;
  /** Which failure of those that are told apart, for the sentence about it. */
  cause: Cause;
  exitCode: ExitCode;
}

/** A transfer of a call that may still come about: nobody knows how it ended. */
export interface OpenTransfer {
  /** When it was sent, ISO 8601, UTC. */
  startedAt: string;
  /** Where to, as people know it (a department, a number, or what was typed). */
  to: string;
  referTo: string;
  /** `unknown` or `unconfirmed`; null when it was sent and no outcome was ever recorded. */
  outcome: Outcome | null;
  /** Who is still at it, when the record was read; null when nobody is, or nobody knows. */
  underWay: UnderWay | null;
}

/** A transfer that its process is still carrying out, as far as this machine shows. */
export interface UnderWay {
  /** The number of the process on this machine. */
  pid: number;
  /** How long ago it was sent, in ms. */
  forMs: number;
}
