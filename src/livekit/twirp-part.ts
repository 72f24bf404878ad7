/** Twirp's error object, `{"code","msg","meta"}`, which LiveKit answers with whatever the encoding. */

import type { HttpAnswer } from './transport.ts';
import { isObject, type JsonObject, parseJson, readObject, readText } from './twirp.ts';

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
const SIP_META = ['sip_status_code', 'sip_status', 'error_details'];

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
  const body = parseJson(answer.body);
  if (!isObject(body)) return null;
  const code = readText(body, 'code');
  if (code === '') return null;
  return {
    code: code.slice(0, LONGEST_TEXT),
    message: stripRelayPrefix(readText(body, 'msg')).slice(0, LONGEST_TEXT),
    meta: readMeta(body),
  };
}
