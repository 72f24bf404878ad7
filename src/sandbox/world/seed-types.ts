/**
 * What a sandbox is filled with: trunks, rooms, and who is in them, as data. Every fault that a
 * client has to withstand is a field here, so that a test can put it where it needs it.
 */
import type { GrantName, TwirpCode } from '../api/token.ts';

export interface Seed {
  trunks: readonly TrunkSeed[];
  rooms: readonly RoomSeed[];
  /** How ListRooms behaves; normally by default. */
  listing?: ReadBehaviour;
  /** How rooms are that a call makes on its way: those it dials from, and those it comes in to. */
  newRooms?: Omit<RoomSeed, 'name' | 'age' | 'participants' | 'vanished'>;
  /**
   * Every room that somebody is dialled from gets an agent, so many ms after it was made: an agent
   * without a name is sent into all of them (LiveKit's automatic dispatch).
   */
  agentInDialledRooms?: { afterMs: number };
  /** The agents that CreateDispatch can fetch, by name; nobody serves any other. */
  workers?: readonly WorkerSeed[];
  /**
   * Grants that the server does not give, whatever a token says: for clients that sign all of them
   * from key and secret, and are to meet a key that lacks some.
   */
  withheldGrants?: readonly GrantName[];
  /** What gets in the way of requests; `aim` of the sandbox puts others in their place. */
  faults?: readonly AimedFault[];
}

/** What gets in the way of some requests: LiveKit neither sees nor answers them. */
export interface AimedFault {
  /** Service and method, `RoomService/ListParticipants`; any by default. */
  method?: string;
  /** Only requests that name this room. */
  room?: string;
  /** From the n-th such request on; the first by default. */
  from?: number;
  /** So many of them; all by default. */
  times?: number;
  /** For so many ms from the first of them on; for good by default. */
  forMs?: number;
  /** Milliseconds before anything comes. */
  delayMs?: number;
  /** What comes; left out, it is LiveKit's own answer after all, only later. */
  answer?: FaultAnswer;
}

export type FaultAnswer =
  | 'reset'
  | 'silence'
  /** Text, unless the headers say otherwise; an empty body by default. */
  | { status: number; headers?: Readonly<Record<string, string>>; body?: string };

/** How reading fails or lags; normally when nothing is set. */
export interface ReadBehaviour {
  /** 503 `no response from servers`, as when the node that holds the room is gone. */
  unavailable?: 'always' | 'first-read' | 'after-transfer';
  /** Milliseconds before each answer. */
  delayMs?: number;
  /** Whoever reads it sees it, for good, as it was when a transfer was asked for. */
  stale?: 'after-transfer';
}

/**
 * How the answer to a transfer comes back, when it is not LiveKit's own as the sandbox's era words
 * it; it does not change what happens to the call.
 */
export type TransferAnswer =
  /** HTTP 200 whose status field says FAILED. */
  | 'failure-in-200'
  /** The request arrives, the transfer starts, and the connection is reset. */
  | 'connection-reset'
  /** The transfer starts, and not a byte ever comes back. */
  | 'silence'
  /** The transfer starts, and a proxy in front answers 502 with a page. */
  | 'bad-gateway-page'
  /** The same with 504. */
  | 'gateway-timeout-page'
  /** The same with 500, and the page says that it is JSON. */
  | 'error-page-as-json'
  /** HTTP 200 with a body that is no JSON. */
  | 'garbage'
  /** HTTP 200 with JSON that stops in the middle. */
  | 'truncated-json'
  /** HTTP 200 with a page that says that it is JSON. */
  | 'page-as-json'
  /** LiveKit's own answer, whatever it is, which says that it is a page. */
  | 'json-as-page'
  /** Headers and half of LiveKit's own answer, and then nothing more. */
  | 'silence-mid-body'
  /** The same, and then the connection is reset. */
  | 'reset-mid-body'
  /** HTTP 200 with more than anybody wants to read: 70 MB. */
  | 'huge-body'
  /** No REFER at all: the connection is reset before anything is done. */
  | 'reset-before-refer'
  /** No REFER at all: what stands in front of LiveKit says no, with this HTTP status and text. */
  | { turnsAway: number; text: string }
  /** No REFER at all: the SIP service fails with this. */
  | { fails: TwirpCode; message: string };

export interface RoomSeed {
  name: string;
  /** Age in seconds at the start of the sandbox; that of its oldest participant by default. */
  age?: number;
  recording?: boolean;
  participants: readonly ParticipantSeed[];
  /** Listed, though nobody can be found in it any more: it closed since. */
  vanished?: boolean;
  reading?: ReadBehaviour;
  transferAnswer?: TransferAnswer;
  /** Milliseconds between the end of a transfer and the answer to the client. */
  transferAnswerDelayMs?: number;
  /** Is deleted, with everybody in it, so many ms after a transfer was asked for. */
  closes?: { afterTransferMs: number };
}

export type ParticipantSeed = CallerSeed | AgentSeed | WebSeed;

export interface CallerSeed {
  kind: 'caller';
  callId: string;
  /** Id of the trunk that the call came or went over; its direction is the call's. */
  trunk: string;
  /** The other party, E.164. */
  number: string;
  /** The dispatch rule hides numbers: no number attributes, a hash for identity. */
  hidden?: boolean;
  /** `active` by default. */
  status?: SeedCallStatus;
  /** Was asked for a PIN before they came into the room, and entered it. */
  pinEntered?: boolean;
  /** Seconds without audio after which LiveKit ends the call; its trunk's by default. */
  mediaTimeoutS?: number;
  /** Seconds in the room at the start of the sandbox. */
  age: number;
  /** Instead of the usual `Phone +…`. */
  name?: string;
  /** Instead of the usual `sip_+…`. */
  identity?: string;
  metadata?: string;
  /** More attributes, or others. */
  attributes?: Readonly<Record<string, string>>;
  /**
   * Hangs up by itself: so many ms after something; or when the participant is read by itself for
   * the first or the second time. A transfer reads it, too.
   */
  leaves?: Leaving | 'at-first-read' | 'at-second-read';
  /** Is back under another identity so many ms after a transfer was asked for: the same call. */
  rejoins?: { as: string; afterTransferMs: number };
  /**
   * The SIP service that holds the call is gone: LiveKit takes the caller off its list all the same,
   * or keeps them on it, and says 200; the phone is told nothing either way.
   */
  sipService?: 'dead' | 'dead-and-listed';
}

/** When somebody leaves by themselves: so many ms after any of these. */
export interface Leaving {
  /** The start of the sandbox, or they came in. */
  afterMs?: number;
  /** A transfer was asked for: of this call, or for an agent of any in its room. */
  afterTransferMs?: number;
  /** Somebody else was dialled into the room, and rings. */
  afterDialMs?: number;
  /** Whoever was dialled into the room has answered. */
  afterAnswerMs?: number;
}

export type SeedCallStatus = 'dialing' | 'ringing' | 'automation' | 'active' | 'hangup';

export interface AgentSeed {
  kind: 'agent';
  identity: string;
  /** `lk.agent.state`; custom agents never set it. */
  state?: 'initializing' | 'idle' | 'listening' | 'thinking' | 'speaking';
  audio: 'published' | 'muted' | 'none';
  age: number;
  attributes?: Readonly<Record<string, string>>;
  /** With `none`: publishes audio after all, so many ms after the start, or after it came in. */
  publishesAfterMs?: number;
  leaves?: Leaving;
  /** Is back under another identity so many ms after it left or was removed, once. */
  returns?: { as: string; afterMs: number };
  /** How it answers PerformRpc; it has no methods by default. */
  rpc?: RpcBehaviour;
}

/** An agent's process hangs, or was just killed; or the methods it has, by name. */
export type RpcBehaviour = 'hung' | Readonly<Record<string, RpcHandler>>;

interface RpcHandler {
  /** What it answers. */
  payload: string;
  /** How long it takes to, in ms; at once by default. */
  afterMs?: number;
}

/** A worker that has registered under a name, and the agent that it sends. */
export interface WorkerSeed extends Omit<AgentSeed, 'kind' | 'identity' | 'age'> {
  agentName: string;
  /** From CreateDispatch until the agent is in the room, in ms; 300 by default. */
  joinsAfterMs?: number;
}

/** Somebody in a browser. */
export interface WebSeed {
  kind: 'web';
  identity: string;
  name?: string;
  audio: 'published' | 'muted' | 'none';
  age: number;
}

// Trunks as data: how they take a REFER, a call dialled over them, and a call that comes in.

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
  /** Whoever is dialled hangs up so many ms after the answer, or as soon as no agent is there. */
  calleeHangsUpAfterMs?: number | 'agents-left';
  /** Whoever is dialled answers, and sends no audio: LiveKit ends the leg when that has lasted. */
  calleeIsSilent?: boolean;
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
  /** 202, NOTIFY 100, and the end of its reports: nobody is notified of how it ended. */
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
  /** Nothing listens at its address (TCP), or nobody knows where its host is. */
  | 'connection-refused'
  | 'unknown-host'
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
interface Dispatch {
  /** The room that all its calls come to; one for each of them by default. */
  room?: string;
  /**
   * From the arrival until the rule's agent publishes audio, which is what answers the call, in ms;
   * 500 by default. Null: no agent comes, and the call rings on.
   */
  agentAfterMs?: number | null;
}
