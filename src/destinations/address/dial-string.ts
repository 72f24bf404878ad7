/** The digits that a switch would dial for an address, however they are written. */
import { isInvisible, unescapePart } from './characters.ts';
import { SEPARATORS } from './phone-writing.ts';

/** Digits from here on are a phone number; fewer are an extension, or what is dialled before one. */
export const MIN_PHONE_DIGITS = 7;

/** Digits, and what people write between them: the same marks as in a number that is typed. */
const DIGITS = new RegExp(`[+0-9*#${SEPARATORS}]+`, 'y');
const SEPARATOR = new RegExp(`[${SEPARATORS}]`, 'g');
/** A pause, or the `x` before an extension; letters that go on make a name of it (`911police`). */
const DIALS_ON = /[,pwx]+(?![a-z_])/iy;
/** What is dialled before a number: an outside line, a service code, a carrier (`1010288`). */
const BEFORE_NUMBER = /^(?:\d{1,2}|[*#]+\d{1,3}[*#]*|101\d{4})$/;

/**
 * Reads the digits that an address dials: `sip:%39-1-1;x=y@host` → `911`, `tel:+1 (900) …` →
 * `+1900…`, `sip:tel:+1…@host` → `+1…`, `sip:9,1900…@host` → `1900…`. Takes illegal addresses too:
 * what is forbidden is forbidden in any spelling.
 * @returns digits with an optional plus (and `*`, `#`), or an empty string when there are none
 */
export function dialledIn(uri: string): string {
  return dialReadings(uri)[0] ?? '';
}

/**
 * Lists every way to read what an address dials, the likeliest first. Pauses are what makes the
 * difference: what follows one may be dialled by itself (`9,112`), or with all before it (`9,1,1`).
 */
export function dialReadings(uri: string): string[] {
  const parts = partsOf(userOf(uri) ?? '');
  if (parts.length < 2) return [parts[0] ?? ''];
  const all = parts.join('');
  const start = parts.findIndex((part) => !BEFORE_NUMBER.test(part));
  const rest = parts.slice(start === -1 ? parts.length - 1 : start);
  const number = rest.find(isNumber) ?? (all.startsWith('+') ? all : rest[0]);
  return [...new Set([number ?? '', ...parts, rest.join(''), all])];
}

/** The digits between pauses. What comes after a number is for whoever answers. */
function partsOf(user: string): string[] {
  const parts: string[] = [];
  let index = 0;
  for (let run = take(DIGITS, user, index); run !== ''; run = take(DIGITS, user, index)) {
    index += run.length;
    const pause = take(DIALS_ON, user, index);
    if (pause === '' && /[a-z_]/i.test(user.charAt(index))) break;
    const part = run.replace(SEPARATOR, '').replace(/^\++/, '+');
    if (part !== '') parts.push(part);
    if (pause === '' || /x/i.test(pause) || (isNumber(part) && !BEFORE_NUMBER.test(part))) break;
    index += pause.length;
  }
  return parts;
}

function take(sticky: RegExp, text: string, index: number): string {
  sticky.lastIndex = index;
  return sticky.exec(text)?.[0] ?? '';
}

function isNumber(part: string): boolean {
  return part.replace(/[^\d]/g, '').length >= MIN_PHONE_DIGITS;
}

/** The user part as a lenient reader takes it: unescaped, without schemes or marks in front. */
function userOf(uri: string): string | null {
  let text = uri.trim();
  const scheme = /^(sips?|tel):/i.exec(text)?.[0] ?? '';
  text = text.slice(scheme.length);
  const at = text.lastIndexOf('@');
  if (at !== -1) text = text.slice(0, at);
  // A host that is a mere number is no host: somebody forgot the rest. An IP address is one.
  else if (scheme.toLowerCase() !== 'tel:' && !/^(?:[+\d]+|sos)(?:[;?:]|$)/i.test(text)) {
    return null;
  }
  return readable(unescapePart(text))
    .replace(/^(?:(?:sips?|tel):)+/i, '')
    .replace(/^[^A-Za-z0-9+*#]+/, '');
}

/** Escapes hold UTF-8: digits of other widths count as the digits they are, hidden characters not. */
function readable(bytes: string): string {
  if (!/[^ -~]/.test(bytes)) return bytes;
  const codes = Array.from(bytes, (byte) => byte.charCodeAt(0));
  const text = codes.every((code) => code < 256)
    ? new TextDecoder().decode(Uint8Array.from(codes))
    : bytes;
  return Array.from(text.normalize('NFKC'))
    .filter((character) => !isInvisible(character.charCodeAt(0)))
    .join('');
}

/**
 * Says whether an address asks for emergency services by name: `sip:sos@…`, `urn:service:sos`
 * (RFC 5031).
 */
export function isSosAddress(uri: string): boolean {
  if (!/sos|%|[^ -~]/i.test(uri)) return false;
  const named = /^urn:service:sos(?:\.|$)/i;
  const user = userOf(uri) ?? '';
  return named.test(uri.trim()) || named.test(user) || /^sos(?:[.;:?]|$)/i.test(user);
}
