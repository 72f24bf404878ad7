/** Trunks as data: how they take a REFER, a call dialled over them, and a call that comes in. */

export interface TrunkSeed {
  id: string;
  name: string;
  direction: 'inbound' | 'outbound';
  /** Our number on it, E.164; without one nothing can be dialled over it. */
  number?: string;
  /** What its calls carry as `sip.hostname`, and an outbound trunk as its address. */
  hostname: string;
  behaviour: TrunkBehaviour;
  /** From the REFER to the target's answer, in ms; 1,500 by default. */
  answersAfterMs?: number;
  /** Whose number a target sees that is one of ours: the transferred party's by default. */
  transferCallerId?: 'transferee' | 'transferor';
  /** Provider attributes of its calls, `sip.twilio.callSid` and the like. */
  attributes?: Readonly<Record<string, string>>;
  /** LiveKit ends its calls after so many seconds without audio; 15, and not listed, by default. */
  mediaTimeoutS?: number;
  /** What becomes of a call dialled over it; the number dialled decides by default. */
  dial?: DialBehaviour;
  /** From the INVITE to the answer of whoever is dialled, in ms; 700 by default. */
  calleeAnswersAfterMs?: number;
  /** Whoever is dialled hangs up so many ms after the answer. */
  calleeHangsUpAfterMs?: number;
  /** A call to one of our own numbers never comes back in to us: the provider connects it itself. */
  connectsInternally?: boolean;
  /** What a call that comes in meets; a room of its own with an agent by default. */
  dispatch?: Dispatch | 'rejected' | 'dropped';
}

/** How a trunk takes a REFER. */
export type TrunkBehaviour =
  /** 202, NOTIFY 100, then what the target did. */
  | 'honours-refer'
  /** 202, and not a word after it. */
  | 'never-notifies'
  /** Not even an answer to the REFER. */
  | 'never-answers'
  /** 202, then BYE without a final NOTIFY: LiveKit says 200 and the leg is gone. */
  | 'hangs-up-before-notify'
  /** As `honours-refer`, and a BYE of its own right behind NOTIFY 200. */
  | 'hangs-up-after-notify'
  /** 202, then hold: no audio, so that LiveKit's media time-out ends the leg, with a 200. */
  | 'holds-without-audio'
  /** 202, NOTIFY 100, and the end of its reports: how it ended is told to nobody. */
  | 'stops-reporting'
  /** Refuses the REFER with this status. */
  | { refuses: number; phrase?: string }
  /** 202, then this final NOTIFY whatever the target did (202 and 204 prove nothing). */
  | { notifies: number; phrase?: string };

/** What becomes of a call dialled over a trunk, whoever is dialled. */
export type DialBehaviour =
  /** No answer to the INVITE: it is given up when the ringing time-out has passed. */
  | 'never-answers'
  /** It asks for a password, and LiveKit has none. */
  | 'wants-password'
  /** It asks for a password, and refuses the one that LiveKit has. */
  | 'refuses-password'
  /** No SIP service is there to place the call. */
  | 'no-service'
  /** There is a SIP service, and it takes no more calls. */
  | 'cpu-exhausted'
  /** It answers the INVITE with this status. */
  | { refuses: number; phrase?: string };

/**
 * What the dispatch rule makes of a call that comes in. Without a rule that fits, LiveKit answers
 * 404 (`rejected`) or nothing at all (`dropped`).
 */
export interface Dispatch {
  /** The room that all its calls come to; one for each of them by default. */
  room?: string;
  /**
   * From the arrival until the rule's agent publishes audio, which is what answers the call, in ms;
   * 500 by default. Null: no agent comes, and the call rings on.
   */
  agentAfterMs?: number | null;
}
