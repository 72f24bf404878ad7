/** The methods of LiveKit's API that a transfer needs, over one transport. */

import { setMaxListeners } from 'node:events';
import { version } from '../core/host.ts';
import type { Credentials } from './credentials.ts';
import { readFailure } from './failures.ts';
import {
  type DialRequest,
  dialBody,
  type Participant,
  type Room,
  readParticipant,
  readParticipants,
  readRooms,
  readTrunks,
  type Trunk,
  wholeSeconds,
} from './messages.ts';
import { ReadPace } from './read-pace.ts';
import { chooseProxy, serverUrl } from './server-route.ts';
import { type Grants, mintToken, roomTokens } from './tokens.ts';
import { createTransport, GIVEN_UP, type HttpOutcome, type Transport } from './transport.ts';
import { isNotFound, parseBody } from './twirp.ts';

/** What goes out with a transfer, in our words. */
export interface TransferRequest {
  roomName: string;
  identity: string;
  /** The Refer-To. */
  transferTo: string;
  /** How long LiveKit waits for the target's answer, in ms; whole seconds on the wire. */
  waitMs: number;
  /** The ringing that the caller hears meanwhile; null: the room. Older servers know one alone. */
  dialtone: 'auto' | 'us' | 'uk' | 'jp' | 'au' | 'etsi' | null;
  headers: Record<string, string>;
  /** Gives it up for as long as it has not gone out. */
  abortUnsent?: AbortSignal | undefined;
}

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
   */
  createSipParticipant(request: DialRequest): Promise<HttpOutcome>;
  /** Hangs up on a participant, or on nobody. Repeated like a read: twice removed is removed. */
  removeParticipant(room: string, identity: string): Promise<void>;
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
      const outcome = await ask('RoomService/ListParticipants', { room }, () =>
        mintRoomToken(room),
      );
      if (isNotFound(outcome)) return [];
      return unwrap(outcome, `the participants of room ${room}`, readParticipants);
    },

    async getParticipant(room, identity) {
      const body = { room, identity };
      const outcome = await ask('RoomService/GetParticipant', body, () => mintRoomToken(room));
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
      return post(
        '/twirp/livekit.SIP/TransferSIPParticipant',
        {
          room_name: request.roomName,
          participant_identity: request.identity,
          transfer_to: request.transferTo,
          ringing_timeout: wholeSeconds(request.waitMs),
          // The tones came with protocol 1.54; servers before pass over a field they do not know.
          dialtone: `SIP_DIALTONE_${(request.dialtone ?? 'disabled').toUpperCase()}`,
          play_dialtone: request.dialtone !== null,
          headers: request.headers,
        },
        {
          token,
          timeoutMs: request.waitMs + CALL_SLACK_MS,
          // As long as a read waits: without a connection there is no transfer to wait for.
          connectTimeoutMs: timeoutMs,
          ownConnection: true,
          abortUnsent: request.abortUnsent,
          ...(onSent && { onSent }),
        },
      );
    },

    async createSipParticipant(request) {
      return post('/twirp/livekit.SIP/CreateSIPParticipant', dialBody(request), {
        token: await mint({ sip: { call: true } }),
        timeoutMs: request.ringingMs + CALL_SLACK_MS,
        connectTimeoutMs: timeoutMs,
        ownConnection: true,
      });
    },

    async removeParticipant(room, identity) {
      const body = { room, identity };
      const outcome = await ask('RoomService/RemoveParticipant', body, () => mintRoomToken(room));
      if (!isNotFound(outcome)) unwrap(outcome, `the removal of ${identity}`, () => true);
    },

    async deleteRoom(room) {
      const outcome = await ask('RoomService/DeleteRoom', { room }, () =>
        mint({ video: { roomCreate: true } }),
      );
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

// A client for one LiveKit project.

/** For each read; a transfer waits its own wait. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** As much of the process as a client needs. No type of Node's: users of the library may have none. */
interface ConnectHost {
  nodeVersion: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

interface ConnectOptions {
  /** For each read, in ms; 10 s by default. */
  timeoutMs?: number | undefined;
  /** Aborted when somebody wants to leave. */
  signal?: AbortSignal;
}

/**
 * Makes the client; nothing is asked of the server yet.
 * @throws KnownError `wrong-url`; UsageError when SSL_CERT_FILE or HTTPS_PROXY name nothing usable
 */
export async function connectTo(
  credentials: Credentials,
  host: ConnectHost,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ConnectOptions = {},
): Promise<LiveKitClient> {
  const userAgent = `lk-transfer/${version} node/${host.nodeVersion}`;
  const server = serverUrl(credentials.url);
  const { proxy } = chooseProxy(server, host.env);
  const secure = server.startsWith('https:') || proxy?.url.protocol === 'https:';
  const ownTrust = secure && host.env.SSL_CERT_FILE !== undefined;
  // Loaded here: few name certificates of their own.
  const trusted = ownTrust ? await (await import('./reachability.ts')).readTrust(host) : undefined;
  const options = { signal, secureContext: trusted, proxy };
  const transport = await createTransport(server, userAgent, options);
  const { sleep } = host;
  return createClient({ credentials, transport, timeoutMs, sleep, ...(signal && { signal }) });
}
