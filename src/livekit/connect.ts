/**
 * The client for one LiveKit project: the methods of its API that a transfer needs over one transport,
 * and how a run of this program, or a user of the library, comes by it.
 */
import { setMaxListeners } from 'node:events';
import { version } from '../core/package.ts';
import { type Grants, type LiveKitClient, mintToken, roomTokens } from './client.ts';
import type { Credentials } from './credentials.ts';
import { readFailure } from './failures.ts';
import {
  dialBody,
  dialtoneFields,
  readParticipant,
  readParticipants,
  readRooms,
  readTrunks,
  wholeSeconds,
} from './messages.ts';
import { ReadPace } from './read-pace.ts';
import { chooseProxy, serverUrl } from './server-route.ts';
import {
  createTransport,
  GIVEN_UP,
  type HttpOutcome,
  type PostOptions,
  type Transport,
} from './transport.ts';
import { isNotFound, parseBody, readDispatches } from './twirp.ts';

interface ClientOptions {
  credentials: Credentials;
  transport: Transport;
  /** For each read, for the connection of a transfer, and for pauses that LiveKit asks for, in ms. */
  timeoutMs: number;
  /** Aborted when somebody wants to leave: ends pauses; the transport ends requests. */
  signal?: AbortSignal;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
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
  const { credentials, transport, timeoutMs, signal, sleep, elapsed } = options;
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
    elapsed,
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
        abortUnsent: request.abortUnsent,
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

    async performRpc(request, onSent) {
      const { room, method, payload, timeoutMs: longestMs, abortUnsent } = request;
      const body = {
        ...{ room, destination_identity: request.identity, method, payload },
        response_timeout_ms: longestMs,
      };
      return postOnce('RoomService/PerformRpc', body, {
        token: await mintRoomToken(room),
        timeoutMs: longestMs + CALL_SLACK_MS,
        abortUnsent,
        ...(onSent && { onSent }),
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
      const outcome = await ask('AgentDispatchService/ListDispatch', { room }, () =>
        mintRoomToken(room),
      );
      return unwrap(outcome, `the dispatches of room ${room}`, readDispatches);
    },

    async deleteDispatch(room, id) {
      const body = { room, dispatch_id: id };
      const outcome = await ask('AgentDispatchService/DeleteDispatch', body, () =>
        mintRoomToken(room),
      );
      return !isNotFound(outcome) && unwrap(outcome, `the removal of dispatch ${id}`, () => true);
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

// As a run of this program or a user of the library has it.

/** For each read; a transfer waits its own wait. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** As much of the process as a client needs. No type of Node's: users of the library may have none. */
interface ConnectHost {
  nodeVersion: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
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
  const { sleep, elapsed } = host;
  const clock = { sleep, elapsed };
  return createClient({ credentials, transport, timeoutMs, ...clock, ...(signal && { signal }) });
}
