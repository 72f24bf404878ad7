/**
 * The types that say what became of a transfer. Success is never claimed without proof, and failure
 * never when it may have happened.
 */
import type { ExitCode } from '../core/errors.ts';

export type Outcome =
  /** The target answered: a person, a voicemail or a menu. */
  | 'completed'
  /** The target was dialled into the caller's room, and has answered: the two talk there. */
  | 'bridged'
  /** The call is over, and nothing shows whether the target answered. */
  | 'ended'
  /** LiveKit reports success, and the caller is still in the room. */
  | 'unconfirmed'
  /** The trunk answered the REFER with a failure; with no stage, it or the target did: it failed. */
  | 'refused'
  /** The trunk accepted the REFER, or the INVITE of a bridge went out, and the target did not take the call. */
  | 'target-failed'
  /** LiveKit rejected the request before any REFER, or any INVITE. */
  | 'not-sent'
  /** No clear answer came: the target may be ringing, or talking. */
  | 'unknown';

/** Nobody knows how it ended: it may still come about. */
export function isOpen(outcome: Outcome): boolean {
  return outcome === 'unknown' || outcome === 'unconfirmed';
}

/** By a REFER, which the trunk carries out, or by dialling the target into the caller's room. */
export type StepMethod = 'refer' | 'bridge';

/**
 * Who answered: LiveKit's API, the trunk to the REFER, the trunk's NOTIFY, the target's side to the
 * INVITE of a bridge, or nobody. Where LiveKit was never asked there is none.
 */
export type Stage = 'api' | 'refer' | 'notify' | 'invite' | 'transport';

/** What proves that the target answered. */
export type Evidence =
  /** The server states that it did. */
  | 'reason'
  /** The caller stayed for the second that LiveKit waits after NOTIFY 200, and then left. */
  | 'lingered'
  /** The caller left at once, on a trunk that is known to hang up first. */
  | 'trunk'
  /** Both are in the room, and LiveKit has said that the target answered, or shows it. */
  | 'in-room';

/** Where the caller's leg was when LiveKit was last asked. */
export type Leg = 'listed' | 'gone' | 'unread';

/** Where the caller is, as far as that can be said. */
export type CallerLocation = 'left' | 'on-the-line' | 'with-target' | 'unknown';

/** SIP's own answer. */
export interface SipStatus {
  /** `486`. */
  code: number;
  /** `Busy Here`; foreign text, and may be empty. */
  reason: string;
}

/** What a trunk answered to a request: a REFER, or an INVITE. */
export interface TrunkAnswer {
  /** It took the request. */
  accepted: boolean;
  /** Of SIP: `405`; null: LiveKit did not tell it. */
  code: number | null;
  /** Of SIP: `Method Not Allowed`; null: there is none. */
  reason: string | null;
}

/** LiveKit's answer, kept for debugging. */
export interface LiveKitAnswer {
  /** null: there was no answer. */
  httpStatus: number | null;
  /** Of Twirp: `deadline_exceeded`. */
  code: string | null;
  /** In LiveKit’s own words; may be empty. */
  message: string;
  /** LiveKit’s id of the transfer, where it gives one. */
  transferId: string | null;
  /** `STR_…` of newer servers. */
  reason: string | null;
  /** More of a failure, as LiveKit has it. */
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

/**
 * Where the caller of a bridge is: always in the room, or gone, since it moves nobody.
 * @param isWithTarget the target has answered, and both were seen in the room
 * @param open an earlier REFER for the same call may have moved them
 */
export function bridgedCallerLocation(
  leg: Leg,
  isWithTarget: boolean,
  open: boolean,
): CallerLocation {
  if (leg === 'gone') return 'left';
  if (leg === 'listed' && isWithTarget) return 'with-target';
  return leg === 'unread' || open ? 'unknown' : 'on-the-line';
}

/** Why a dialled call did not come about. */
export type DialCause =
  | 'busy'
  | 'no-answer'
  | 'unavailable'
  | 'declined'
  | 'wrong-number'
  | 'forbidden'
  | 'password-missing'
  | 'password-refused'
  | 'trunk-missing'
  | 'no-numbers'
  | 'no-sip-service'
  /** Not a word to the INVITE came from the trunk's address. */
  | 'address-silent'
  /** No connection to it came about. */
  | 'no-connection'
  /** It is a name that leads nowhere. */
  | 'address-unknown'
  /** LiveKit gave up without the trunk's answer, though there may have been one. */
  | 'answer-lost'
  /** The trunk answered the INVITE with another failure. */
  | 'refused'
  /** The API key may not dial. */
  | 'permission'
  | 'credentials'
  /** Something in LiveKit's place turned the request away. */
  | 'intercepted'
  /** LiveKit was never reached. */
  | 'unreachable'
  /** No answer came, and it may have been dialled. */
  | 'lost'
  /** LiveKit turned the request away with words that are not listed. */
  | 'unlisted';

/** What became of the dial of a bridge, beside what the dial itself says (bridge/dial-outcome.ts). */
export type BridgeCause =
  | DialCause
  /** It is there. */
  | 'none'
  /** The caller hung up before the two were connected. */
  | 'caller-left'
  /** The target answered, and was gone before the two were connected. */
  | 'target-left'
  /** It was to be hung up on, and could not be seen to be gone. */
  | 'still-there'
  /** LiveKit says that the target answered, and who is in the room could not be read. */
  | 'room-unread';

/** The process that bridged the two; or an agent, whose process that is, which stays in the room. */
type WatchedBy = 'this-process' | 'agent';

/** What there is of the target's leg, in the field names of the JSON output. These names stay. */
export interface Bridge {
  /** The caller’s, by its name. */
  room: string;
  /** The identity of the target's leg in the room. */
  identity: string;
  /** LiveKit's id of the target's leg, `SCL_…`; null: it is not known. */
  callId: string | null;
  /** The number or user that was dialled. */
  number: string;
  /** The outbound trunk. */
  trunkId: string;
  /** Since when the two talk, ISO 8601, UTC; null: they do not. */
  since: string | null;
  /** When LiveKit hangs up on the target by itself, ISO 8601, UTC; null where it was not dialled. */
  endsAt: string | null;
  /** Who hangs up on the one when the other has left; null: nobody, or there is nobody to hang up on. */
  watchedBy: WatchedBy | null;
  /** Agents that were sent away, by an earlier target of the same run as well. */
  removedAgents: readonly string[];
  /** Agents that could not be sent away, or that serve another caller in the room as well. */
  stayingAgents: readonly string[];
  /** Identities of everybody in the room, last; null: it could not be read. */
  present: readonly string[] | null;
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
  /** Another target rings or talks in the caller's room already. */
  | 'target-in-room'
  | 'is-target'
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
  /** Of a bridge: what became of the dial. */
  dial?: BridgeCause | undefined;
}

/** A transfer of a call that may still come about: nobody knows how it ended. */
export interface OpenTransfer {
  /** When it was sent, ISO 8601, UTC. */
  startedAt: string;
  /** Where to, as people know it (a department, a number, or what was typed). */
  to: string;
  /** What went out. */
  referTo: string;
  /** A REFER may have moved the caller; a bridge leaves them in their room. */
  transferMethod: StepMethod;
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
