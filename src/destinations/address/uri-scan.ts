/** SIP and SIPS addresses: `sip:[user[:password]@]host[:port]*(;parameter)[?headers]`. */

import {
  type CharacterSet,
  faultAt,
  findFault,
  HEADER,
  PARAMETER,
  PASSWORD,
  USER,
} from './characters.ts';
import type { UriFault, UriParts, UriScheme } from './uri.ts';
import { hostFault } from './uri-host.ts';

/**
 * Takes a sip or sips address apart.
 * @param schemeLength with the colon
 */
export function scanSipUri(text: string, schemeLength: number): UriParts | UriFault {
  const scheme = text.slice(0, schemeLength - 1).toLowerCase() as UriScheme;
  // Neither parameters nor headers may hold a bare "@", so the first one ends the user part.
  const at = text.indexOf('@', schemeLength);
  let user: string | null = null;
  let password: string | null = null;
  const second = at === -1 ? -1 : text.indexOf('@', at + 1);
  if (second !== -1) {
    const message = `a second "@" at position ${second + 1}: an address has one`;
    return { message, position: second + 1 };
  }
  if (at !== -1) {
    const colon = text.indexOf(':', schemeLength);
    const userEnd = colon === -1 || colon > at ? at : colon;
    if (userEnd === schemeLength) {
      return { message: `no user part before position ${userEnd + 1}`, position: userEnd + 1 };
    }
    const fault =
      findFault(text, schemeLength, userEnd, USER) ??
      (userEnd < at ? findFault(text, userEnd + 1, at, PASSWORD) : null);
    if (fault !== null) return fault;
    user = text.slice(schemeLength, userEnd);
    password = userEnd < at ? text.slice(userEnd + 1, at) : null;
  }

  const hostStart = at === -1 ? schemeLength : at + 1;
  const hostEnd = endOfHost(text, hostStart);
  const fault = hostFault(text, hostStart, hostEnd);
  if (fault !== null) return fault;

  let index = hostEnd;
  let port: string | null = null;
  if (text[index] === ':') {
    const end = endOfDigits(text, index + 1);
    if (end === index + 1) {
      const found = text[end] === undefined ? 'nothing' : faultName(text, end);
      return { message: `a port number is missing after the ":" (${found})`, position: index + 1 };
    }
    port = text.slice(index + 1, end);
    index = end;
  }

  let parameters: string | null = null;
  if (text[index] === ';') {
    const end = indexOrEnd(text, '?', index);
    const wrong = pairsFault(text, index + 1, end, ';', PARAMETER, false);
    if (wrong !== null) return wrong;
    parameters = text.slice(index + 1, end);
    index = end;
  }

  let headers: string | null = null;
  if (text[index] === '?') {
    const wrong = pairsFault(text, index + 1, text.length, '&', HEADER, true);
    if (wrong !== null) return wrong;
    headers = text.slice(index + 1);
    index = text.length;
  }
  if (index < text.length) return faultAt(text, index, port === null ? 'the host' : 'the port');

  const host = text.slice(hostStart, hostEnd);
  const uri = `${scheme}:${text.slice(schemeLength)}`;
  return { scheme, uri, user, password, host, port, parameters, headers };
}

function endOfHost(text: string, start: number): number {
  if (text[start] === '[') {
    const close = text.indexOf(']', start);
    if (close !== -1) return close + 1;
  }
  let index = start;
  while (index < text.length && !':;?'.includes(text[index] ?? '')) index++;
  return index;
}

function endOfDigits(text: string, start: number): number {
  let index = start;
  while (index < text.length && (text[index] ?? '') >= '0' && (text[index] ?? '') <= '9') index++;
  return index;
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}

function faultName(text: string, index: number): string {
  return faultAt(text, index, 'the port').message;
}

/**
 * Walks over `name[=value]` pairs. A parameter may stand without a value (`;lr`) but not with an
 * empty one; a header needs its "=" and may be empty (RFC 3261 §25.1, uri-parameter, header).
 */
function pairsFault(
  text: string,
  from: number,
  to: number,
  separator: string,
  set: CharacterSet,
  isHeader: boolean,
): UriFault | null {
  for (let start = from; start <= to; ) {
    const end = Math.min(indexOrEnd(text, separator, start), to);
    // Looked for inside the pair only: to the end of the text each time would be quadratic.
    const equals = text.slice(start, end).indexOf('=');
    const nameEnd = equals === -1 ? end : start + equals;
    if (nameEnd === start) {
      return { message: `${set.name} has no name at position ${start + 1}`, position: start + 1 };
    }
    const fault = findFault(text, start, nameEnd, set);
    if (fault !== null) return fault;
    if (nameEnd < end) {
      const wrong = findFault(text, nameEnd + 1, end, set);
      if (wrong !== null) return wrong;
    }
    if (isHeader ? nameEnd === end : nameEnd + 1 === end) {
      const lacks = isHeader ? 'has no "="' : 'has an empty value';
      return { message: `${set.name} ${lacks} at position ${end + 1}`, position: end + 1 };
    }
    start = end + 1;
  }
  return null;
}
