/**
 * Twirp over HTTP as LiveKit serves it (specification v7, and Twirp's generated Go servers): the
 * token first, then the service, the HTTP method, the Twirp method, the content type, the body.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Time } from '../world/clock.ts';
import type { AimedFaults } from './fault-injection.ts';
import type { Encoding, Method, Methods, ReadRequest } from './method.ts';
import { writeError, writeNotFound, writeReply, writeText } from './method.ts';
import { ApiError, type GrantName, type KeyPair, readToken, withhold } from './token.ts';

const PREFIX = '/twirp/livekit.';

/** Methods that change nothing; all others may. */
const READS = /^\w+\/(?:List|Get)[A-Z]/;

/** A sandbox that is polled for days must not grow for days: beyond this the older half goes. */
const MOST_RECORDED = 100_000;

export interface TwirpServer {
  keys: KeyPair;
  time: Time;
  /** Grants that count for nobody, whatever a token says. */
  withheld: readonly GrantName[];
  methods: Methods;
  /** In front of the message of every error that comes from behind the API server. */
  wrapper: string;
  /** What gets in the way of requests. */
  faults: AimedFaults;
  /** Every Twirp request, added as soon as it arrives. */
  requests: RecordedRequest[];
}

/** One request to the sandbox's Twirp API, for tests to read. */
export interface RecordedRequest {
  /** When it arrived, ISO 8601. */
  time: string;
  /** Service and method, `SIP/TransferSIPParticipant`. */
  method: string;
  /** Whether a method like this changes anything on the server. */
  mutating: boolean;
  /**
   * The decoded request with proto field names, unset fields left out and unknown ones as they came;
   * null when undecodable.
   */
  body: unknown;
  /** The HTTP status of the answer; 0 while there is none. */
  status: number;
}

/** Says whether a path is one of Twirp's, known or not. */
export function isTwirpPath(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** Answers one Twirp request, and records it. */
export async function answerTwirp(
  server: TwirpServer,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const record = recordArrival(path);
  keep(server.requests, record);
  await respond(server, path, request, response, record);
  if (response.headersSent) record.status = response.statusCode;
}

function keep(requests: RecordedRequest[], record: RecordedRequest): void {
  if (requests.length >= MOST_RECORDED) requests.splice(0, MOST_RECORDED / 2);
  requests.push(record);
}

/** The one method of a participant that is known to change nothing. */
function asksForHeaders(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    'method' in body &&
    body.method === 'lk.sip.GetRemoteHeaders'
  );
}

function recordArrival(path: string): RecordedRequest {
  const method = path.slice(PREFIX.length);
  const time = new Date().toISOString();
  return { time, method, mutating: !READS.test(method), body: null, status: 0 };
}

async function respond(
  { keys, time, withheld, methods, wrapper, faults }: TwirpServer,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  record: RecordedRequest,
): Promise<void> {
  const bytes = await readBody(request);
  const token = readToken(request.headers.authorization, keys, Date.now() / 1000);
  if (token.kind === 'rejected') return writeText(response, 401, token.message);
  if (!isOfServedService(methods, record.method)) return writeNotFound(response);
  try {
    const method = route(methods, path, request);
    const encoding = encodingOf(request, path);
    const read = decode(method, bytes, encoding);
    record.body = read.body;
    if (asksForHeaders(read.body)) record.mutating = false;
    const grants = token.kind === 'valid' ? withhold(token.grants, withheld) : undefined;
    const reply = await time.during(
      async () => (await faults.insteadOf(record.method, read.body)) ?? (await read.answer(grants)),
    );
    writeReply(response, reply, encoding);
  } catch (error) {
    writeError(response, error instanceof ApiError ? error : panic(error), wrapper);
  }
}

/** Reads a body by its events, which costs half of what iterating over the stream does. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('The client went away'));
    });
  });
}

/** LiveKit mounts one handler for each service, so an unknown service is no Twirp path at all. */
function isOfServedService(methods: Methods, method: string): boolean {
  const service = method.slice(0, method.indexOf('/') + 1);
  return service !== '' && Object.keys(methods).some((name) => name.startsWith(service));
}

function route(methods: Methods, path: string, request: IncomingMessage): Method {
  if (request.method !== 'POST') {
    const message = `unsupported method ${JSON.stringify(request.method)} (only POST is allowed)`;
    throw badRoute(message, path, request);
  }
  const name = path.slice(PREFIX.length);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) throw badRoute(`no handler for path ${JSON.stringify(path)}`, path, request);
  return method;
}

function encodingOf(request: IncomingMessage, path: string): Encoding {
  const header = request.headers['content-type'] ?? '';
  const type = header.split(';', 1)[0]?.trim().toLowerCase();
  switch (type) {
    case 'application/json':
      return 'json';
    case 'application/protobuf':
      return 'protobuf';
    default:
      throw badRoute(`unexpected Content-Type: ${JSON.stringify(header)}`, path, request);
  }
}

function decode(method: Method, bytes: Buffer, encoding: Encoding): ReadRequest {
  try {
    return method.read(bytes, encoding);
  } catch {
    throw new ApiError('malformed', `the ${encoding} request could not be decoded`);
  }
}

function badRoute(message: string, path: string, { method }: IncomingMessage): ApiError {
  return new ApiError('bad_route', message, { twirp_invalid_route: `${method} ${path}` });
}

/** A bug of the sandbox, answered as Twirp answers a panic. */
function panic(error: unknown): ApiError {
  return new ApiError('internal', 'Internal service panic', { cause: String(error) });
}
