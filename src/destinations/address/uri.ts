/**
 * Checks addresses before they go into a Refer-To: LiveKit writes them into the header as they
 * are, CR LF included, and checks nothing but the scheme.
 */

import { belongsToRefer, isHeaderName, LONGEST_HEADER_VALUE } from '../../config/values.ts';
import { DestinationError } from '../../core/errors.ts';
import { warnOfUri } from '../warnings.ts';
import {
  escapeFor,
  findInvisible,
  LITERAL,
  nameCharacter,
  PASSWORD,
  type UriFault,
  type UriParts,
  USER,
} from './characters.ts';
import { MIN_PHONE_DIGITS } from './dial-string.ts';
import { scanSipUri, scanTelUri } from './uri-scan.ts';

/** Longer than any address anybody dials, short enough for one UDP packet. */
export const MAX_URI_LENGTH = 1024;

export interface LegalUri extends UriParts {
  ok: true;
  warnings: string[];
}

export interface IllegalUri {
  ok: false;
  message: string;
  /** 1-based, of the character that is wrong. */
  position: number;
  /** A legal address that was probably meant. */
  repaired?: string;
}

/** Says whether a text means to be an address: it starts with `sip:`, `sips:` or `tel:`. */
export function hasUriScheme(text: string): boolean {
  return /^(?:sips?|tel):/i.test(text);
}

/**
 * Checks a sip, sips or tel address by RFC 3261 §25.1, RFC 5954 and RFC 3966, and by LiveKit's own
 * limits (no control characters, no parameters on tel). One pass, linear in the input.
 * @param text the address as typed
 * @returns its parts and warnings, or what is wrong, where, and a repaired form when there is one
 */
export function checkUri(text: string): LegalUri | IllegalUri {
  if (text.length > MAX_URI_LENGTH) {
    const message = `the address is longer than ${MAX_URI_LENGTH} characters`;
    return { ok: false, message, position: MAX_URI_LENGTH + 1 };
  }
  const invisible = findInvisible(text);
  if (invisible !== null) {
    const { name, position } = invisible;
    return { ok: false, message: `${name} at position ${position} of the address`, position };
  }
  const scanned = scanUri(text);
  if ('uri' in scanned) return { ok: true, ...scanned, warnings: warnOfUri(scanned) };
  const isLegal = (uri: string) => uri.length <= MAX_URI_LENGTH && 'uri' in scanUri(uri);
  const repaired = repairUri(text, isLegal);
  return { ok: false, ...scanned, ...(repaired === null ? {} : { repaired }) };
}

/**
 * Reads an address that has to be legal.
 * @param rule what it was made by: `as typed`, or a path of the config
 * @throws DestinationError with the repaired form, when there is one
 */
export function requireLegalUri(uri: string, rule: string): LegalUri {
  const check = checkUri(uri);
  if (check.ok) return check;
  const what = rule === 'as typed' ? 'not a legal address' : `${rule} gives no legal address`;
  throw new DestinationError(`${what}: ${check.message}`, {
    hint: check.repaired === undefined ? undefined : `Write ${check.repaired}`,
  });
}

function scanUri(text: string): UriParts | UriFault {
  const scheme = /^(?:sips?|tel):/i.exec(text)?.[0];
  if (scheme === undefined) return missingScheme(text);
  return scheme.toLowerCase() === 'tel:' ? scanTelUri(text) : scanSipUri(text, scheme.length);
}

function missingScheme(text: string): UriFault {
  const first = text.codePointAt(0);
  const found = first === undefined ? 'nothing' : nameCharacter(first);
  return {
    message: `an address starts with sip:, sips: or tel:, not with ${found}`,
    position: 1,
  };
}

// What a wrong address was probably meant to be.

/**
 * Repairs the mistakes that people make with addresses: brackets, quotes, blanks, a missing scheme,
 * unescaped characters in the user part, a colon without a port, an empty part of the host, letters
 * beyond ASCII in a host name.
 * @param isLegal checks the result: nothing illegal is ever suggested
 * @returns a legal address, or null
 */
function repairUri(text: string, isLegal: (uri: string) => boolean): string | null {
  const bare = stripBrackets(text.trim().replace(DISPLAY_NAME, ''))
    .trim()
    .replace(/^["'“”‘’]+|["'“”‘’]+$/g, '')
    .trim();
  const [written = '', name] = /^(sips?|tel)\s*:\s*/i.exec(bare) ?? [];
  const scheme = name === undefined ? '' : `${name.toLowerCase()}:`;
  const rest = bare.slice(written.length);
  const repaired = scheme === 'tel:' ? `tel:${repairTel(rest)}` : repairSip(scheme, rest);
  return repaired !== null && repaired !== text && isLegal(repaired) ? repaired : null;
}

/** `"Sales" ` before an address, with brackets round it or without. */
const DISPLAY_NAME = /^(?:"[^"]*"|“[^”]*”|'[^']*'|‘[^’]*’)(?:\s*(?=<)|\s+(?=\S))/;

/** `"Sales" <sip:sales@example.com>;tag=1` and `<sip:…>` → what stands between the brackets. */
function stripBrackets(text: string): string {
  const open = text.indexOf('<');
  const close = text.indexOf('>', open);
  return open !== -1 && close !== -1 ? text.slice(open + 1, close) : text;
}

/** Only from the first parameter on: digits are never made up. */
function repairTel(rest: string): string {
  const semicolon = rest.indexOf(';');
  return semicolon === -1 ? rest : rest.slice(0, semicolon);
}

function repairSip(scheme: string, rest: string): string | null {
  const at = rest.lastIndexOf('@');
  if (scheme === '' && at === -1) return null;
  const prefix = scheme === '' ? 'sip:' : scheme;
  const hostPart = repairHostPart(rest.slice(at + 1));
  if (hostPart === null) return null;
  const typed = rest.slice(0, Math.max(at, 0)).trim();
  if (typed === '') return `${prefix}${hostPart}`;
  // Without `sip:` before it, what ends in a colon is another scheme, and so are two slashes.
  if (scheme === '' && /:|^\/\//.test(typed)) return null;
  const userPart = dropSeparators(typed);
  // Legal once escaped, and nobody's name: there is something else before the address, or two.
  if (/[\s"“”‘’]|:.*:|@.*[,;]|[,;].*@/.test(userPart)) return null;
  const colon = userPart.indexOf(':');
  const user = escapeFor(USER, colon === -1 ? userPart : userPart.slice(0, colon), true);
  const password = colon === -1 ? '' : `:${escapeFor(PASSWORD, userPart.slice(colon + 1), true)}`;
  return `${prefix}${user}${password}@${hostPart}`;
}

/** `+52 1 55 1234-5678` → `+5215512345678`; `(0)` is dialled at home and not from abroad: it stays. */
function dropSeparators(user: string): string {
  const isNumber = /^\+?[\d\s().\-‐-―−]+$/.test(user) && !/\(\s*0\s*\)/.test(user);
  const digits = user.replace(/[^\d+]/g, '');
  return /\s/.test(user) && isNumber && digits.length >= MIN_PHONE_DIGITS ? digits : user;
}

/** @returns null where a blank stands between two words: one of them is not the host's */
function repairHostPart(hostPart: string): string | null {
  if (/[\w\]][ \t]+[\w[]/.test(hostPart.trim())) return null;
  const tight = hostPart.replace(/[ \t]+/g, '');
  const end = tight.search(/[;?]/);
  const hostPort = (end === -1 ? tight : tight.slice(0, end)).replace(/:$/, '');
  const tail = (end === -1 ? '' : tight.slice(end)).replace(/;+(?=[;?]|$)/g, '');
  return asciiHost(bracketIpv6(hostPort)) + tail;
}

/** `2001:db8::10` → `[2001:db8::10]`; whether it is one, the check says. */
function bracketIpv6(host: string): string {
  return /^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$/.test(host) ? `[${host}]` : host;
}

function asciiHost(host: string): string {
  if (!/[^ -~]/.test(host)) return host;
  try {
    return new URL(`http://${host}`).host;
  } catch {
    return host;
  }
}

// SIP headers: those that may go out with a REFER, and those inside a Refer-To.

/**
 * Checks a header for the REFER.
 * @throws DestinationError when the name is no token, LiveKit refuses it, or the value cannot be sent
 */
export function checkReferHeader(name: string, value: string): void {
  const hidden = findInvisible(name);
  if (hidden !== null) {
    throw new DestinationError(`${hidden.name} at position ${hidden.position} of a header's name`);
  }
  if (!isHeaderName(name)) {
    throw new DestinationError(
      name === ''
        ? 'a header has no name'
        : `"${name.slice(0, 60)}" is not the name of a SIP header`,
      { hint: 'Write it as "X-Reason: billing".' },
    );
  }
  if (belongsToRefer(name)) {
    throw new DestinationError(`the header ${name} belongs to the REFER itself and cannot be set`, {
      hint: 'Referred-By, Diversion, User-to-User, P-Asserted-Identity and X-… headers can be.',
    });
  }
  const wrong = findInvisible(value);
  if (wrong !== null) {
    throw new DestinationError(
      `${wrong.name} at position ${wrong.position} of the header ${name}`,
      {
        hint: 'A header is one line of visible characters.',
      },
    );
  }
  if (new TextEncoder().encode(value).length > LONGEST_HEADER_VALUE) {
    throw new DestinationError(`the header ${name} is longer than ${LONGEST_HEADER_VALUE} bytes`);
  }
}

/**
 * Reads a header as it is typed.
 * @param text `Name: value`
 * @throws DestinationError when there is no colon, or the header may not be sent
 */
export function parseReferHeader(text: string): { name: string; value: string } {
  const colon = text.indexOf(':');
  if (colon === -1) {
    throw new DestinationError('a header is written as "Name: value", and there is no ":"', {
      hint: 'For instance --header "Referred-By: <sip:agent@example.com>".',
    });
  }
  const name = trimBlanks(text.slice(0, colon));
  const value = trimBlanks(text.slice(colon + 1));
  checkReferHeader(name, value);
  return { name, value };
}

/** Blanks and tabs only: a line end is nothing to pass over (RFC 3261 §7.3.1). */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && ' \t'.includes(text[from] ?? '')) from++;
  // By hand: a regex for the end would begin anew at every blank of a long value.
  while (to > from && ' \t'.includes(text[to - 1] ?? '')) to--;
  return text.slice(from, to);
}

/**
 * Puts one set of headers over another; a name is the same in any case, and keeps the spelling of
 * the one that wins.
 */
export function mergeHeaders(
  below: Readonly<Record<string, string>>,
  above: Readonly<Record<string, string>>,
): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const entry of [...Object.entries(below), ...Object.entries(above)]) {
    merged.set(entry[0].toLowerCase(), entry);
  }
  return Object.fromEntries(merged.values());
}

/**
 * Writes headers into a SIP address, for the provider to hand to the target:
 * `sip:100@pbx?User-to-User=a%3Bencoding%3Dhex` (RFC 3261 §19.1.1, hname and hvalue).
 * @param uri a legal sip or sips address; headers it has already are kept
 */
export function addUriHeaders(uri: string, headers: Readonly<Record<string, string>>): string {
  const written = Object.entries(headers).map(
    // Stricter than hnv-unreserved asks: "?", ":" and "/" inside a value confuse lesser parsers.
    ([name, value]) => `${escapeFor(LITERAL, name)}=${escapeFor(LITERAL, value)}`,
  );
  if (written.length === 0) return uri;
  return `${uri}${uri.includes('?', uri.indexOf('@') + 1) ? '&' : '?'}${written.join('&')}`;
}
