/**
 * What a sandbox is filled with: trunks, rooms, and who is in them, as data. Every trouble that a
 * client has to withstand is a field here, so that a test can put it where it needs it.
 */
import type { GrantName } from '../api/token.ts';
import type { TwirpCode } from '../api/twirp-error.ts';
import type { TrunkSeed } from './trunk-seed.ts';

export type * from './trunk-seed.ts';

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
  /**
   * Grants that the server does not give, whatever a token says: for clients that sign all of them
   * from key and secret, and are to meet a key that lacks some.
   */
  withheldGrants?: readonly GrantName[];
}

/** How reading fails or lags; normally when nothing is set. */
export interface ReadBehaviour {
  /** 503 `no response from servers`, as when the node that holds the room is gone. */
  unavailable?: 'always' | 'first-read' | 'after-transfer';
  /** Milliseconds before each answer. */
  delayMs?: number;
  /** Whoever reads it sees it, for good, as it was when a transfer was asked for. */
  stale?: 'after-transfer';
}

/** How the answer to a transfer comes back; it does not change what happens to the call. */
export type TransferAnswer =
  /** As captured in August 2026. */
  | 'august-2026'
  /**
   * `{}` for a success, as servers answered before there were fields; failures under 500 and 503
   * mostly, as before November 2025, with texts like `sip status 491: 491`.
   */
  | 'older-server'
  /** Reasons stated: SIPTransferError beside errors, `aborted` for a call that ended, COMPLETED. */
  | 'newer-server'
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
  status?: CallStatus;
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
   * Hangs up by itself: so many ms after the start, or after a transfer was asked for; or when
   * somebody looks at the call for the first or the second time. A transfer is a look, too.
   */
  leaves?: { afterMs: number } | { afterTransferMs: number } | 'at-first-look' | 'at-second-look';
  /** Is back under another identity so many ms after a transfer was asked for: the same call. */
  rejoins?: { as: string; afterTransferMs: number };
}

export type CallStatus = 'dialing' | 'ringing' | 'automation' | 'active';

export interface AgentSeed {
  kind: 'agent';
  identity: string;
  /** `lk.agent.state`; custom agents never set it. */
  state?: 'initializing' | 'idle' | 'listening' | 'thinking' | 'speaking';
  audio: 'published' | 'muted' | 'none';
  age: number;
  attributes?: Readonly<Record<string, string>>;
}

/** Somebody in a browser. */
export interface WebSeed {
  kind: 'web';
  identity: string;
  name?: string;
  audio: 'published' | 'muted' | 'none';
  age: number;
}
