/**
 * Takes addresses apart, or says what is wrong with them and where: sip and sips by RFC 3261 §25.1,
 * `sip:[user[:password]@]host[:port]*(;parameter)[?headers]`, and tel by RFC 3966.
 */
import {
  type CharacterSet,
  faultAt,
  findFault,
  HEADER,
  HOST,
  PARAMETER,
  PASSWORD,
  type UriFault,
  type UriParts,
  type UriScheme,
  USER,
} from './characters.ts';

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
      const found = end === text.length ? 'nothing' : faultAt(text, end, 'the port').message;
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

// tel addresses, as far as LiveKit carries them: `tel:+15105550100`.

const TEL_SCHEME_LENGTH = 'tel:'.length;
/** RFC 3966 §3, visual-separator, and the blanks that people put between the groups. */
const TEL_SEPARATORS = '-.() ';
/** E.164 §6: fifteen digits at most, the country code among them. */
const MAX_TEL_DIGITS = 15;

/**
 * Takes a tel address apart. Separators are dropped; parameters are refused, since LiveKit writes
 * a tel URI without `<>`, where they would become parameters of the Refer-To header itself.
 * @param text starts with `tel:` in any case
 */
export function scanTelUri(text: string): UriParts | UriFault {
  let digits = '';
  let plus = false;
  for (let index = TEL_SCHEME_LENGTH; index < text.length; index++) {
    const character = text[index] ?? '';
    const position = index + 1;
    if (TEL_SEPARATORS.includes(character)) continue;
    if (character === '+' && !plus && digits === '') plus = true;
    else if (character === ';') {
      return {
        message: `";" at position ${position}: a tel: address cannot carry parameters here`,
        position,
      };
    } else if (character < '0' || character > '9') return faultAt(text, index, 'a tel: number');
    else if (!plus) {
      return {
        message: `a tel: address needs the + and the country code, at position ${position}`,
        position,
      };
    } else digits += character;
    if (digits.length > MAX_TEL_DIGITS) {
      return { message: `more than ${MAX_TEL_DIGITS} digits, at position ${position}`, position };
    }
  }
  if (digits.length < 2) {
    const position = text.length + 1;
    return { message: `a tel: address needs + and 2 to ${MAX_TEL_DIGITS} digits`, position };
  }
  const user = `+${digits}`;
  const uri = `tel:${user}`;
  return {
    scheme: 'tel',
    uri,
    user,
    password: null,
    host: null,
    port: null,
    parameters: null,
    headers: null,
  };
}

// Hosts: names, IPv4 and IPv6 (RFC 3261 §25.1, the IPv6 grammar as RFC 5954 corrects it).

/**
 * Checks the host between two indexes of an address.
 * @returns what is wrong with it, or null
 */
function hostFault(text: string, from: number, to: number): UriFault | null {
  if (from === to) return { message: `no host at position ${from + 1}`, position: from + 1 };
  if (text[from] === '[') return ipv6Fault(text, from, to);
  // The first character that no host has, before anything said of labels.
  for (let index = from; index < to; index++) {
    if (HOST.allowed[text.charCodeAt(index)] !== true) return faultAt(text, index, HOST.name);
  }
  const host = text.slice(from, to);
  if (isIpv4Shaped(host)) return null;
  let start = from;
  // One final dot is legal: hostname = *( domainlabel "." ) toplabel [ "." ]
  const labels = (host.length > 1 && host.endsWith('.') ? host.slice(0, -1) : host).split('.');
  for (const [index, label] of labels.entries()) {
    const fault = labelFault(label, start, index === labels.length - 1);
    if (fault !== null) return fault;
    start += label.length + 1;
  }
  return null;
}

function labelFault(label: string, start: number, isTop: boolean): UriFault | null {
  const position = start + 1;
  if (label === '')
    return {
      message: `two dots, or a dot at an end, at position ${position} of the host`,
      position,
    };
  if (label.startsWith('-'))
    return { message: `"-" at position ${position} cannot begin a part of the host`, position };
  if (label.endsWith('-')) {
    const end = start + label.length;
    return { message: `"-" at position ${end} cannot end a part of the host`, position: end };
  }
  // toplabel = ALPHA / ALPHA *( alphanum / "-" ) alphanum
  if (isTop && !/^[A-Za-z]/.test(label)) {
    const message = `the last part of the host, at position ${position}, must begin with a letter (or the host be an IP address)`;
    return { message, position };
  }
  return null;
}

/** IPv4address = 1*3DIGIT "." 1*3DIGIT "." 1*3DIGIT "." 1*3DIGIT: the grammar knows no 255. */
export function isIpv4Shaped(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}

function ipv6Fault(text: string, from: number, to: number): UriFault | null {
  if (text[to - 1] !== ']')
    return { message: `"[" at position ${from + 1} is not closed`, position: from + 1 };
  for (let index = from + 1; index < to - 1; index++) {
    if (!/[0-9A-Fa-f:.]/.test(text[index] ?? '')) return faultAt(text, index, 'an IPv6 address');
  }
  if (isIpv6(text.slice(from + 1, to - 1))) return null;
  const message = `the IPv6 address at position ${from + 2} does not have eight groups (or one "::")`;
  return { message, position: from + 2 };
}

/** Says whether a text is an IPv6 address, without its brackets (RFC 5954 §4.1). */
export function isIpv6(address: string): boolean {
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = groups.at(-1)?.at(-1);
  // The last 32 bits may be written as IPv4, where there is something to be last.
  const hasIpv4 = last?.includes('.') === true;
  const hex = hasIpv4 ? all.slice(0, -1) : all;
  if (!hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  if (hasIpv4 && !isIpv4(last ?? '')) return false;
  const size = hex.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? size <= 7 : size === 8;
}

function isIpv4(address: string): boolean {
  return isIpv4Shaped(address) && address.split('.').every((octet) => Number(octet) <= 255);
}
