/** What comes back from LiveKit: JSON, Twirp's errors, and the answers of those in a room. */
import type { HttpAnswer, HttpOutcome } from './transport.ts';

// Reading foreign JSON without trusting it: a field is there with the right type, or it is absent.
// Proto3 JSON comes in snake_case from LiveKit and in camelCase from others; both are read.

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of the first of these names that is there. */
function pick(object: JsonObject, snake: string): unknown {
  if (Object.hasOwn(object, snake)) return object[snake];
  const camel = inCamelCase(snake);
  return Object.hasOwn(object, camel) ? object[camel] : undefined;
}

/** Of the few names that are ever asked for. */
const CAMEL_CASE = new Map<string, string>();

function inCamelCase(snake: string): string {
  let camel = CAMEL_CASE.get(snake);
  if (camel === undefined) {
    camel = snake.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    CAMEL_CASE.set(snake, camel);
  }
  return camel;
}

/** A text field; empty when absent, as in proto3. */
export function readText(object: JsonObject, snake: string): string {
  const value = pick(object, snake);
  return typeof value === 'string' ? value : '';
}

/** A whole number, which proto3 JSON writes as a number (int32) or as text (int64); 0 when absent. */
export function readNumber(object: JsonObject, snake: string): number {
  const value = pick(object, snake);
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}

export function readFlag(object: JsonObject, snake: string): boolean {
  return pick(object, snake) === true;
}

export function readList(object: JsonObject, snake: string): unknown[] {
  const value = pick(object, snake);
  return Array.isArray(value) ? value : [];
}

export function readObject(object: JsonObject, snake: string): JsonObject | null {
  const value = pick(object, snake);
  return isObject(value) ? value : null;
}

/** A map of texts (attributes, Twirp's meta); entries that are not text are left out. */
export function readTextMap(object: JsonObject, snake: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const [key, value] of Object.entries(readObject(object, snake) ?? {})) {
    if (typeof value === 'string') map.set(key, value);
  }
  return map;
}

/** Parses text as JSON, with or without a byte order mark (RFC 8259 §8.1); undefined when it is none. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

// Twirp's error object, `{"code","msg","meta"}`, which LiveKit answers with whatever the encoding.

export interface TwirpError {
  code: string;
  /** The message without the prefix that servers behind the server put in front. */
  message: string;
  meta: Record<string, string>;
}

/** More than LiveKit ever says; what a server says beyond it is cut off. */
const LONGEST_TEXT = 1000;
const LONGEST_META = 8000;
const MOST_META = 50;

/** What a transfer is judged by: kept however much else there is. */
const SIP_META = [
  'sip_status_code',
  'sip_status',
  'error_details',
  'sip_transfer_reason',
  'sip_transfer_id',
];

/** Messages that come from behind LiveKit's API server carry this in front, saying nothing. */
const RELAY_PREFIX = 'twirp error unknown: ';

export function stripRelayPrefix(message: string): string {
  let stripped = message;
  while (stripped.startsWith(RELAY_PREFIX)) stripped = stripped.slice(RELAY_PREFIX.length);
  return stripped;
}

/** Twirp's meta is text to text; a number or a flag among it is kept as text. */
function readMeta(body: JsonObject): Record<string, string> {
  const all = readObject(body, 'meta') ?? {};
  const kept = new Set([...SIP_META, ...Object.keys(all)].slice(0, MOST_META + SIP_META.length));
  const meta = Object.entries(all).filter(
    ([key, value]) => kept.has(key) && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(
    meta.map(([key, value]) => [key, String(value).slice(0, LONGEST_META)]),
  );
}

/**
 * Reads a Twirp error out of an answer.
 * The content type is not asked: proxies rewrite it, and an object with `code` and `msg` is plain.
 * @returns null when the body is something else (LiveKit's own 401 and 404 texts, a proxy's page)
 */
export function readTwirpError(answer: HttpAnswer): TwirpError | null {
  const body = parseBody(answer.body);
  if (!isObject(body)) return null;
  const code = readText(body, 'code');
  if (code === '') return null;
  return {
    code: code.slice(0, LONGEST_TEXT),
    message: stripRelayPrefix(readText(body, 'msg')).slice(0, LONGEST_TEXT),
    meta: readMeta(body),
  };
}

/** LiveKit's own word for a room or a participant that is not there. */
export function isNotFound(outcome: HttpOutcome): boolean {
  return (
    outcome.kind === 'answer' &&
    outcome.httpStatus === 404 &&
    readTwirpError(outcome)?.code === 'not_found'
  );
}

// What is asked of those in a room through the server, and what they answer: a method of theirs called,
// an agent sent for.

/** A call of a method that a participant has registered (RoomService.PerformRpc). */
export interface RpcRequest {
  room: string;
  identity: string;
  method: string;
  payload: string;
  /** How long the participant may take to answer, in ms. */
  timeoutMs: number;
  /** Gives it up for as long as it has not gone out. */
  abortUnsent?: AbortSignal | undefined;
}

/** An agent to be sent into a room (AgentDispatchService.CreateDispatch). */
export interface DispatchRequest {
  /** Made by LiveKit when it is not there: read it just before. */
  room: string;
  agentName: string;
  /** What the agent's job gets to read. */
  metadata: string;
}

/** One that was made, as LiveKit lists it. What its jobs do is left out: the list of them lags. */
export interface Dispatch {
  id: string;
  metadata: string;
}

/** @returns null when the answer is no list of dispatches */
export function readDispatches(body: unknown): Dispatch[] | null {
  if (!isObject(body)) return null;
  return readList(body, 'agent_dispatches')
    .filter(isObject)
    .map((each) => ({ id: readText(each, 'id'), metadata: readText(each, 'metadata') }));
}

/** What came of asking for an agent. */
export type DispatchAnswer =
  | { kind: 'made'; id: string }
  /** It is certain that none was sent for. */
  | { kind: 'refused'; message: string /** The key may not do it. */; isDenial: boolean }
  /** One may have been sent for, and nothing tells. */
  | { kind: 'unclear'; message: string };

/** Statuses with which LiveKit, or what stands in its place, has done nothing. */
const REFUSALS: readonly number[] = [400, 401, 403, 404, 405, 409, 412, 429, 501];

/** Reads LiveKit's answer to CreateDispatch. */
export function readDispatchAnswer(outcome: HttpOutcome): DispatchAnswer {
  if (outcome.kind === 'failure') {
    const { message } = outcome;
    if (outcome.mayHaveBeenSent) return { kind: 'unclear', message };
    return { kind: 'refused', message, isDenial: false };
  }
  const { httpStatus } = outcome;
  const error = readTwirpError(outcome);
  const body = parseBody(outcome.body);
  const id = error === null && isObject(body) ? readText(body, 'id') : '';
  if (httpStatus === 200 && id !== '') return { kind: 'made', id };
  const message = `HTTP ${httpStatus}${error === null ? '' : `, ${error.code}: ${error.message}`}`;
  if (!REFUSALS.includes(httpStatus)) return { kind: 'unclear', message };
  return { kind: 'refused', message, isDenial: httpStatus === 401 || httpStatus === 403 };
}

/** What came of a call of a participant's method. */
export type RpcAnswer =
  | { kind: 'answered'; payload: string }
  /** The participant is there, and has no such method: it was not carried out. */
  | { kind: 'no-method' }
  /** No such participant (`nobody`), or no SIP service behind it that LiveKit hears. */
  | { kind: 'absent'; nobody: boolean }
  /** The participant was asked and has not answered: what it did is not known. */
  | { kind: 'silent' }
  /** The server knows no such call, or the key may not make it, or it never got there. */
  | { kind: 'impossible'; message: string }
  /** It may have been carried out, and nothing tells. */
  | { kind: 'unknown'; message: string };

/** LiveKit's own codes (livekit/protocol rpc): 1400 no such method, 1401 no such participant. */
const RPC_ERROR = /RpcError (\d{4})/;

/** Reads LiveKit's answer to PerformRpc, as captured from server 1.13.11. */
export function readRpcAnswer(outcome: HttpOutcome): RpcAnswer {
  if (outcome.kind === 'failure') {
    const { message } = outcome;
    return outcome.mayHaveBeenSent ? { kind: 'unknown', message } : { kind: 'impossible', message };
  }
  const error = readTwirpError(outcome);
  if (error !== null) return readRpcError(error, outcome.httpStatus);
  const body = parseBody(outcome.body);
  if (outcome.httpStatus === 200 && isObject(body)) {
    return { kind: 'answered', payload: readText(body, 'payload') };
  }
  const message = outcome.body.slice(0, 200);
  // A server that does not know the call answers with a page of its own.
  const unknown = outcome.httpStatus === 404 || outcome.httpStatus === 405;
  return unknown ? { kind: 'impossible', message } : { kind: 'unknown', message };
}

function readRpcError({ code, message }: TwirpError, httpStatus: number): RpcAnswer {
  const rpc = RPC_ERROR.exec(message)?.[1];
  if (rpc === '1400') return { kind: 'no-method' };
  if (rpc === '1401') return { kind: 'absent', nobody: true };
  // 1501: the connection to it is gone; 1502: it did not answer in time.
  if (rpc !== undefined) return { kind: 'silent' };
  if (code === 'unavailable' && message.includes('no response from servers')) {
    return { kind: 'absent', nobody: false };
  }
  const refused = [401, 403, 404, 501].includes(httpStatus);
  return refused ? { kind: 'impossible', message } : { kind: 'unknown', message };
}
