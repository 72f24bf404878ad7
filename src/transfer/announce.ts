/**
 * What is said to a caller before they are moved: by an agent in their room that has registered two
 * methods, called through LiveKit's server. Both halves of it: who asks, and who is asked. Never prints.
 *
 * `lk-transfer.ready` gets `{"version":1}`; any answer says that the agent can announce, but for one
 * with `ready` false, and then `reason` says why not. `lk-transfer.announce` gets `version`, `text`,
 * `department`, `room`, `identity` and `callId`; it answers once all is said, with `interrupted`:
 * whether the caller spoke meanwhile; or with `refused`, a reason why nothing was said.
 */
import type { Call } from '../calls/call.ts';
import { agentsAmong, type IsAgentIdentity } from '../calls/condition.ts';
import { LONGEST_ANNOUNCEMENT } from '../config/words.ts';
import { isKnownError } from '../core/errors.ts';
import { hiddenCharacter } from '../core/text.ts';
import type { Destination } from '../destinations/destination.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Participant } from '../livekit/messages.ts';
import type { HttpOutcome } from '../livekit/transport.ts';
import { isObject, parseBody, readRpcAnswer, readTwirpError } from '../livekit/twirp.ts';
import { quoteForeignText } from './explain/not-sent.ts';

const READY_METHOD = 'lk-transfer.ready';
const ANNOUNCE_METHOD = 'lk-transfer.announce';
/** Of what both methods get and answer. */
const VERSION = 1;

/** How long an agent may take to say that it is there, and to have said everything, in ms. */
const READY_MS = 1_000;
const ANNOUNCE_MS = 30_000;
/** In a room with more agents than these, nobody asks them all. */
const MOST_ASKED = 4;

/** What is to be announced, and by whom, as it is shown before anything is sent. */
export interface AnnouncementPlan {
  /** As it will be said; null where there is only a sound file. */
  text: string | null;
  /** `unasked`: nobody has been asked yet; that is done just before. */
  by: 'agent' | 'file' | 'nobody' | 'unasked';
  /** The identity of the agent that says it. */
  agent: string | null;
  /** The sound file, as it was named, for where no agent says it. */
  file: string | null;
  /** Why no agent says it: clauses. */
  reason: string | null;
  /** Without it nothing is sent. */
  required: boolean;
}

/** What became of an announcement, in the field names of the JSON output. These names stay. */
export interface Announcement extends Pick<AnnouncementPlan, 'text' | 'agent' | 'file'> {
  /**
   * `said`: to its end. `interrupted`: the caller spoke. `not-said`: the caller heard nothing of it.
   * `unknown`: they may have.
   */
  outcome: 'said' | 'interrupted' | 'not-said' | 'unknown';
  /** Who said it; null: nobody. */
  by: 'agent' | 'file' | null;
  /** Why, for what is neither said nor interrupted: clauses. */
  reason: string | null;
}

const LONGEST_NAME = 60;

/** The destination by the name that callers know it by; never a number or an address. */
export function spokenName({ department, kind }: Pick<Destination, 'department' | 'kind'>): string {
  if (department !== null) return department.trim().slice(0, LONGEST_NAME).trimEnd();
  if (kind === 'number') return 'that number';
  return kind === 'extension' ? 'that extension' : 'that address';
}

/** Fills `{department}` in. */
export function fillAnnouncement(
  text: string,
  destination: Pick<Destination, 'department' | 'kind'>,
): string {
  return text.replaceAll('{department}', () => spokenName(destination)).trim();
}

/** @returns what is wrong with an announcement, as half a sentence; null where nothing is */
export function announcementProblem(text: string): string | null {
  if (text.trim() === '') return 'is empty';
  const hidden = hiddenCharacter(text);
  if (hidden !== null) return `is not one line of plain text: it has ${hidden} in it`;
  const { length } = text;
  if (length <= LONGEST_ANNOUNCEMENT) return null;
  return `has ${length} characters; ${LONGEST_ANNOUNCEMENT} are the most`;
}

/** Who can say it: an agent of the room; or why nobody can, in clauses. */
export type Announcer = { identity: string } | { reason: string };

/**
 * Asks the agents in the room of a call whether they can announce, all at once: the one that is known
 * to serve the caller is taken first. Nothing is heard of it. Never throws.
 */
export async function findAnnouncer(
  client: LiveKitClient,
  call: Call,
  isAgent: IsAgentIdentity,
): Promise<Announcer> {
  let participants: Participant[];
  try {
    participants = await client.listParticipants(call.room);
  } catch (error) {
    if (!isKnownError(error)) throw error;
    return { reason: `who is in the room could not be read${because(error.message)}` };
  }
  const agents = agentsAmong(participants, isAgent)
    .filter(({ state }) => state !== 'DISCONNECTED')
    .map(({ identity }) => identity)
    .sort((a, b) => Number(b === call.agent?.identity) - Number(a === call.agent?.identity))
    .slice(0, MOST_ASKED);
  if (agents.length === 0) return { reason: 'no agent is in the room' };
  const obstacles = await Promise.all(agents.map((identity) => askReady(client, call, identity)));
  const ready = agents.find((_, index) => obstacles[index] === null);
  if (ready !== undefined) return { identity: ready };
  return { reason: [...new Set(obstacles)].join('; ') };
}

/** @returns why this agent cannot announce; null where it can */
async function askReady(
  client: LiveKitClient,
  { room }: Call,
  identity: string,
): Promise<string | null> {
  const outcome = await client.performRpc({
    ...{ room, identity, method: READY_METHOD, timeoutMs: READY_MS },
    payload: JSON.stringify({ version: VERSION }),
  });
  const answer = readRpcAnswer(outcome);
  if (answer.kind === 'answered') {
    const { ready, reason } = readPayload(answer.payload);
    return ready === false ? `${quoteForeignText(identity)} is not ready${because(reason)}` : null;
  }
  return obstacleOf(outcome, identity);
}

/**
 * Has an agent announce, once: never repeated. Never throws.
 * @param text as it is to be said
 * @returns `not-said` only where it is certain that the caller heard nothing of it
 */
export async function announceBy(
  client: LiveKitClient,
  { room, identity: caller, callId }: Call,
  agent: string,
  text: string,
  department: string | null,
): Promise<Announcement> {
  const request = { version: VERSION, text, department, room, identity: caller, callId };
  const outcome = await client.performRpc({
    ...{ room, identity: agent, method: ANNOUNCE_METHOD, timeoutMs: ANNOUNCE_MS },
    payload: JSON.stringify(request),
  });
  const told = (outcome: Announcement['outcome'], reason: string | null): Announcement => ({
    ...{ text, outcome, by: outcome === 'not-said' ? null : 'agent', agent, file: null, reason },
  });
  const answer = readRpcAnswer(outcome);
  const name = quoteForeignText(agent);
  switch (answer.kind) {
    case 'answered': {
      const { interrupted, refused } = readPayload(answer.payload);
      if (typeof interrupted === 'boolean') return told(interrupted ? 'interrupted' : 'said', null);
      const no = `${name} refused${because(refused)}`;
      if (typeof refused === 'string') return told('not-said', no);
      return told('unknown', `${name} does not say whether it was spoken`);
    }
    case 'silent':
    case 'unknown':
      return told('unknown', obstacleOf(outcome, agent));
    default:
      return told('not-said', obstacleOf(outcome, agent));
  }
}

/** Why a method of an agent was not carried out, or why that is not known. */
function obstacleOf(outcome: HttpOutcome, identity: string): string {
  const answer = readRpcAnswer(outcome);
  const name = quoteForeignText(identity);
  if (answer.kind === 'no-method') return `${name} takes no announcements`;
  const isGone = answer.kind === 'absent' || twirpErrorOf(outcome)?.code === 'not_found';
  if (isGone) return `${name} is no longer there`;
  if (answer.kind === 'silent') {
    const error = twirpErrorOf(outcome)?.message ?? '';
    // 1501 to 1503: it did not hear of it, or not answer in time, or left meanwhile.
    const isSilent = /RpcError 150[1-3]/.test(error);
    return isSilent
      ? `${name} does not answer, and may have stopped working`
      : `${name} could not do it${because(error)}`;
  }
  const said = 'message' in answer ? because(answer.message) : '';
  if (outcome.kind === 'answer' && [401, 403].includes(outcome.httpStatus)) {
    return `the key may not ask an agent: that needs roomAdmin${said}`;
  }
  if (answer.kind === 'impossible' && outcome.kind === 'answer') {
    return 'this LiveKit server cannot ask an agent: servers since 1.9.2 can';
  }
  return `LiveKit gives no clear answer about ${name}${said}`;
}

function twirpErrorOf(outcome: HttpOutcome) {
  return outcome.kind === 'answer' ? readTwirpError(outcome) : null;
}

/** What stands in an answer; nothing where it is no JSON object. What agents write is foreign text. */
function readPayload(payload: string): Record<string, unknown> {
  const value = parseBody(payload);
  return isObject(value) ? value : {};
}

function because(reason: unknown): string {
  const text = typeof reason === 'string' ? quoteForeignText(reason.slice(0, 1000)) : '';
  return text === '' ? '' : ` (${text})`;
}

// The other half, in the agent's process.

/** As much of a room of `@livekit/rtc-node` as it takes. */
export interface AnnouncerRoom {
  readonly localParticipant?:
    | {
        registerRpcMethod(
          method: string,
          handler: (call: { callerIdentity: string; payload: string }) => Promise<string>,
        ): void;
        unregisterRpcMethod(method: string): void;
      }
    | undefined;
  readonly remoteParticipants?: { has(identity: string): boolean };
}

/** What an agent is asked to say, and whom it is about. */
export interface AnnouncementRequest {
  text: string;
  /** Where the caller goes, as people know it; null where it is no department. */
  department: string | null;
  /** The caller, as a participant of the room. */
  identity: string;
  callId: string;
}

/**
 * Has an agent announce transfers that `lk-transfer` is about to make. LiveKit's server is heard, and
 * no participant: whoever is in a room may call a method, and would have the agent say anything. One
 * announcement at a time; what `say` throws becomes an RpcError, as with any handler.
 * @param room connected
 * @param say says the text to its end; answers whether the caller interrupted it
 * @returns takes both methods back
 * @throws Error when the room is not connected
 */
export function registerAnnouncer(
  room: AnnouncerRoom,
  say: (text: string, about: AnnouncementRequest) => boolean | Promise<boolean>,
): () => void {
  const { localParticipant } = room;
  if (localParticipant === undefined) {
    throw new Error('registerAnnouncer takes a room that is connected.');
  }
  let busy = false;
  const refusalOf = (caller: string) => {
    if (room.remoteParticipants?.has(caller)) return 'only the server may ask';
    return busy ? 'another announcement is being said' : null;
  };
  localParticipant.registerRpcMethod(READY_METHOD, async ({ callerIdentity }) => {
    const reason = refusalOf(callerIdentity);
    return JSON.stringify({ version: VERSION, ready: reason === null, reason });
  });
  localParticipant.registerRpcMethod(ANNOUNCE_METHOD, async ({ callerIdentity, payload }) => {
    const request = readRequest(payload);
    const refused = refusalOf(callerIdentity) ?? (typeof request === 'string' ? request : null);
    if (refused !== null || typeof request === 'string') return JSON.stringify({ refused });
    busy = true;
    try {
      const interrupted = await say(request.text, request);
      return JSON.stringify({ version: VERSION, interrupted });
    } finally {
      busy = false;
    }
  });
  return () => {
    localParticipant.unregisterRpcMethod(READY_METHOD);
    localParticipant.unregisterRpcMethod(ANNOUNCE_METHOD);
  };
}

/** @returns what is wrong with it, as a clause, where it cannot be said */
function readRequest(payload: string): AnnouncementRequest | string {
  const { text, department, identity, callId } = readPayload(payload);
  if (typeof text !== 'string') return 'the request has no text';
  const problem = announcementProblem(text);
  if (problem !== null) return `the text ${problem}`;
  const asText = (value: unknown) => (typeof value === 'string' ? value : '');
  const who = { identity: asText(identity), callId: asText(callId) };
  return { text, department: asText(department) || null, ...who };
}
