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
