/** The methods of LiveKit's API that a transfer needs, over one transport. */

import { setMaxListeners } from 'node:events';
import type { Credentials } from './credentials.ts';
import { readFailure } from './failures.ts';
import {
  type DialRequest,
  dialBody,
  dialtoneFields,
  type Participant,
  type Room,
  readParticipant,
  readParticipants,
  readRooms,
  readTrunks,
  type TransferRequest,
  type Trunk,
  wholeSeconds,
} from './messages.ts';
import { ReadPace } from './read-pace.ts';
import { type Dispatch, type DispatchRequest, type RpcRequest, readDispatches } from './rpc.ts';
import { serverUrl } from './server-route.ts';
import { type Grants, mintToken, roomTokens } from './tokens.ts';
import { GIVEN_UP, type HttpOutcome, type PostOptions, type Transport } from './transport.ts';
import { isNotFound, parseBody } from './twirp.ts';

/**
 * The reads, and what may be done twice, throw KnownError when LiveKit cannot be reached, does not
 * accept the key, or answers with anything but what was asked for; see failures.ts.
 */
export interface LiveKitClient {
  readonly host: string;
  readonly apiKey: string;
  /** @param names only these rooms; all when left out */
  listRooms(names?: string[]): Promise<Room[]>;
  /** Empty for a room that is gone: LiveKit answers so, and other deployments answer 404. */
  listParticipants(room: string): Promise<Participant[]>;
  /** @returns null when no such participant is there */
  getParticipant(room: string, identity: string): Promise<Participant | null>;
  listTrunks(direction: Trunk['direction']): Promise<Trunk[]>;
  /**
   * Asks LiveKit to transfer: one POST on a connection of its own, never repeated. Never throws;
   * the outcome is for the classifier.
   * @param onSent called when the request goes out: from there on it cannot be called back
   */
  transfer(request: TransferRequest, onSent?: () => void): Promise<HttpOutcome>;
  /**
   * Dials somebody into a room and waits for the answer: one POST on a connection of its own, never
   * repeated. Never throws; the outcome is for whoever dialled to read.
   * @param onSent called when the request goes out: from there on somebody may be ringing
   */
  createSipParticipant(request: DialRequest, onSent?: () => void): Promise<HttpOutcome>;
  /**
   * Takes a participant out of a room: a SIP party is hung up on, an agent is sent away. Repeated like
   * a read: twice removed is removed. That it succeeded proves nothing of the phone: with its SIP
   * service dead LiveKit answers so, too (server 1.13).
   * @returns false when no such participant was there, before any request of ours
   */
  removeParticipant(room: string, identity: string): Promise<boolean>;
  /**
   * Calls a method of a participant (RoomService.PerformRpc, servers since 1.9): one POST, never
   * repeated, since what it asks for may have been done. Never throws; see `readRpcAnswer`.
   */
  performRpc(request: RpcRequest): Promise<HttpOutcome>;
  /**
   * Asks LiveKit to send an agent into a room: one POST, never repeated. Never throws. A success does
   * not say that anybody serves that name.
   */
  createDispatch(request: DispatchRequest): Promise<HttpOutcome>;
  /** Those of a room, LiveKit's automatic one, which has no name, among them. */
  listDispatches(room: string): Promise<Dispatch[]>;
  /** Takes a dispatch back; an agent that came by it stays. @returns false when there was none */
  deleteDispatch(room: string, id: string): Promise<boolean>;
  /** Closes a room with everybody in it, or none. Repeated like a read. */
  deleteRoom(room: string): Promise<void>;
  /** How many requests were made, those that were repeated included. */
  requests(): number;
  /** How many reads it makes at a time, just now; whatever is asked for beyond it waits its turn. */
  readsAtATime(): number;
  /** How many times LiveKit asked for fewer requests (429), and reads waited. */
  rateLimits(): number;
  /** Ends the reads that are under way, and those that wait their turn. */
  close(): void;
}

interface ClientOptions {
  credentials: Credentials;
  transport: Transport;
  /** For each read, for the connection of a transfer, and for pauses that LiveKit asks for, in ms. */
  timeoutMs: number;
  /** Aborted when somebody wants to leave: ends pauses; the transport ends requests. */
  signal?: AbortSignal;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const MAX_RETRIES = 2;
const FIRST_BACKOFF_MS = 150;
/** The client waits this much longer than LiveKit does, so that LiveKit's verdict comes first. */
const CALL_SLACK_MS = 15_000;

/** Restarting, or a connection that broke: worth asking again, when asking changes nothing. */
function isPassing(outcome: HttpOutcome): boolean {
  if (outcome.kind === 'answer') return [500, 502, 503, 504].includes(outcome.httpStatus);
  return ['ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ETIMEDOUT', 'PROXY_FAILED'].includes(outcome.code);
}

export function createClient(options: ClientOptions): LiveKitClient {
  const { credentials, transport, timeoutMs, signal, sleep } = options;
  const where = { host: transport.host, apiKey: credentials.apiKey };
  const server = serverUrl(credentials.url);

  const closing = new AbortController();
  const ending = AbortSignal.any(
    signal === undefined ? [closing.signal] : [signal, closing.signal],
  );
  // Every read may listen to it at once: that is no leak.
  setMaxListeners(0, ending);

  let made = 0;
  const post: Transport['post'] = (path, body, postOptions) => {
    made += 1;
    return transport.post(path, body, postOptions);
  };
  const pace = new ReadPace({
    patienceMs: timeoutMs,
    sleep: (ms) => sleep(ms, ending),
    elapsed: () => performance.now(),
    stopped: () => ending.aborted,
  });
  const mintRoomToken = roomTokens(credentials);
  const mint = (grants: Grants) => mintToken(credentials, grants);

  /** A server that hangs up on us may be one that wants TLS: the first read that fails finds out. */
  let verdict: Promise<HttpOutcome> | undefined;
  async function explained(outcome: HttpOutcome): Promise<HttpOutcome> {
    const isClear = outcome.kind === 'answer' && outcome.httpStatus !== 400;
    if (isClear || server.startsWith('https:')) return outcome;
    // Loaded here: all that goes well needs none of it.
    verdict ??= import('./reachability.ts').then(({ nameTlsPort }) =>
      nameTlsPort(outcome, server, { timeoutMs, signal: ending, proxy: transport.proxy }),
    );
    const named = await verdict;
    return named.kind === 'failure' && named.code === 'TLS_PORT' ? named : outcome;
  }

  /** A read, or what may be done twice: retried at most twice. */
  async function ask(method: string, body: unknown, getToken: () => Promise<string>) {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await pace.read(async () => {
        // When it goes out: a laptop that slept since would show a token that is over.
        const token = await getToken();
        return ending.aborted
          ? GIVEN_UP
          : post(`/twirp/livekit.${method}`, body, { token, timeoutMs });
      });
      if (!isPassing(outcome) || attempt >= MAX_RETRIES || ending.aborted)
        return explained(outcome);
      await sleep(FIRST_BACKOFF_MS * 2 ** attempt, ending);
    }
  }

  const askOfRoom = (method: string, body: { room: string; identity?: string }) =>
    ask(method, body, () => mintRoomToken(body.room));

  /** What must not happen twice: one POST on a connection of its own. */
  function postOnce(method: string, body: unknown, options: PostOptions): Promise<HttpOutcome> {
    // As long as a read waits: without a connection there is nothing to wait for.
    const own = { connectTimeoutMs: timeoutMs, ownConnection: true };
    return post(`/twirp/livekit.${method}`, body, { ...options, ...own });
  }

  function unwrap<T>(outcome: HttpOutcome, what: string, read: (body: unknown) => T | null): T {
    if (outcome.kind === 'answer' && outcome.httpStatus === 200) {
      const value = read(parseBody(outcome.body));
      if (value !== null) return value;
    }
    throw readFailure(outcome, { ...where, what });
  }

  return {
    ...where,

    async listRooms(names) {
      const outcome = await ask('RoomService/ListRooms', names === undefined ? {} : { names }, () =>
        mint({ video: { roomList: true } }),
      );
      return unwrap(outcome, 'the list of rooms', readRooms);
    },

    async listParticipants(room) {
      const outcome = await askOfRoom('RoomService/ListParticipants', { room });
      if (isNotFound(outcome)) return [];
      return unwrap(outcome, `the participants of room ${room}`, readParticipants);
    },

    async getParticipant(room, identity) {
      const outcome = await askOfRoom('RoomService/GetParticipant', { room, identity });
      if (isNotFound(outcome)) return null;
      return unwrap(outcome, `participant ${identity}`, readParticipant);
    },

    async listTrunks(direction) {
      const method = direction === 'inbound' ? 'ListSIPInboundTrunk' : 'ListSIPOutboundTrunk';
      const outcome = await ask(`SIP/${method}`, {}, () => mint({ sip: { admin: true } }));
      return unwrap(outcome, `the list of ${direction} trunks`, (body) =>
        readTrunks(body, direction),
      );
    },

    async transfer(request, onSent) {
      const token = await mint({
        video: { roomAdmin: true, room: request.roomName },
        sip: { call: true },
      });
      return postOnce(
        'SIP/TransferSIPParticipant',
        {
          room_name: request.roomName,
          participant_identity: request.identity,
          transfer_to: request.transferTo,
          ringing_timeout: wholeSeconds(request.waitMs),
          ...dialtoneFields(request.dialtone),
          headers: request.headers,
        },
        {
          token,
          timeoutMs: request.waitMs + CALL_SLACK_MS,
          abortUnsent: request.abortUnsent,
          ...(onSent && { onSent }),
        },
      );
    },

    async createSipParticipant(request, onSent) {
      return postOnce('SIP/CreateSIPParticipant', dialBody(request), {
        token: await mint({ sip: { call: true } }),
        timeoutMs: request.ringingMs + CALL_SLACK_MS,
        ...(onSent && { onSent }),
      });
    },

    async removeParticipant(room, identity) {
      let asked = 0;
      const outcome = await ask('RoomService/RemoveParticipant', { room, identity }, () => {
        asked += 1;
        return mintRoomToken(room);
      });
      // The request before it, to which no clear answer came, may have been what removed them.
      if (isNotFound(outcome)) return asked > 1;
      return unwrap(outcome, `the removal of ${identity}`, () => true);
    },

    async performRpc({ room, identity, method, payload, timeoutMs: longestMs }) {
      const body = {
        room,
        destination_identity: identity,
        method,
        payload,
        response_timeout_ms: longestMs,
      };
      return postOnce('RoomService/PerformRpc', body, {
        token: await mintRoomToken(room),
        timeoutMs: longestMs + CALL_SLACK_MS,
      });
    },

    async createDispatch({ room, agentName, metadata }) {
      const body = { room, agent_name: agentName, metadata };
      return postOnce('AgentDispatchService/CreateDispatch', body, {
        token: await mintRoomToken(room),
        timeoutMs,
      });
    },

    async listDispatches(room) {
      const outcome = await askOfRoom('AgentDispatchService/ListDispatch', { room });
      return unwrap(outcome, `the dispatches of room ${room}`, readDispatches);
    },

    async deleteDispatch(room, id) {
      const body = { room, dispatch_id: id };
      const outcome = await askOfRoom('AgentDispatchService/DeleteDispatch', body);
      return !isNotFound(outcome) && unwrap(outcome, `the removal of dispatch ${id}`, () => true);
    },

    async deleteRoom(room) {
      const token = () => mint({ video: { roomCreate: true } });
      const outcome = await ask('RoomService/DeleteRoom', { room }, token);
      if (!isNotFound(outcome)) unwrap(outcome, `the removal of room ${room}`, () => true);
    },

    requests: () => made,
    readsAtATime: () => pace.atATime,
    rateLimits: () => pace.pauses,
    close: () => {
      closing.abort();
      transport.close();
    },
  };
}
