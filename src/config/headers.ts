/** SIP headers that may go out with a REFER. */
import { hiddenCharacter } from '../core/foreign-text.ts';
import { forbiddenCharacter, quoted } from './text.ts';

/** RFC 3261 §25.1, token. */
const TOKEN = /^[A-Za-z0-9.!%*_+`'~-]+$/;
const LONGEST_NAME = 255;
/** In bytes of UTF-8. */
export const LONGEST_HEADER_VALUE = 1024;
export const TOO_LONG = `expected at most ${LONGEST_HEADER_VALUE} bytes`;

/**
 * Headers that belong to the REFER itself: LiveKit's SIP service refuses these, except Route, To and
 * Via, which it lets through and which would break the request or send it elsewhere. The single
 * letters are the compact forms (RFC 3261 §7.3.3).
 */
const REFUSED_FAMILIES = ['accept', 'allow', 'content-'];
const REFUSED = new Set(
  'call-id contact cseq event expires from max-forwards record-route refer-to reply-to route to via'
    .concat(' c e f i k l m o r t u v')
    .split(' '),
);

/** Whether this can be the name of a header at all. */
export function isHeaderName(name: string): boolean {
  return TOKEN.test(name) && name.length <= LONGEST_NAME;
}

/** Whether the REFER sets this header itself, so that nobody else may. */
export function belongsToRefer(name: string): boolean {
  const lower = name.toLowerCase();
  return REFUSED.has(lower) || REFUSED_FAMILIES.some((start) => lower.startsWith(start));
}

/** Says what is wrong with the name of a header, or null. */
export function headerNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) {
    return "expected the name of a SIP header: letters, digits and - . ! % * _ + ` ' ~";
  }
  if (name.length > LONGEST_NAME) return `expected at most ${LONGEST_NAME} characters`;
  if (belongsToRefer(name)) {
    return `${quoted(name)} belongs to the REFER itself and cannot be set`;
  }
  return null;
}

/** Says what is wrong with the value of a header, or null. */
export function headerValueProblem(value: string): string | null {
  const character = forbiddenCharacter(value);
  if (character !== null) return `contains a control character (${character})`;
  const hidden = hiddenCharacter(value);
  if (hidden !== null) return `contains a character that nobody sees (${hidden})`;
  return new TextEncoder().encode(value).length > LONGEST_HEADER_VALUE ? TOO_LONG : null;
}
