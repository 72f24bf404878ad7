/** What a switch would dial for an address, whatever it is dressed in. */
import { isInvisible, unescapePart } from './characters.ts';
import { type Phone, readPhone } from './phone.ts';
import { SEPARATORS } from './phone-writing.ts';

/** Digits from here on are a phone number; fewer are an extension, or what is dialled before one. */
export const FEWEST_DIGITS = 7;

/** Digits, and what people write between them: the same marks as in a number that is typed. */
const DIGITS = new RegExp(`[+0-9*#${SEPARATORS}]+`, 'y');
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
    const part = run.replace(NO_DIGIT, '').replace(/^\++/, '+');
    if (part !== '') parts.push(part);
    if (pause === '' || /x/i.test(pause) || (isNumber(part) && !BEFORE_NUMBER.test(part))) break;
    index += pause.length;
  }
  return parts;
}

const NO_DIGIT = new RegExp(`[${SEPARATORS}]`, 'g');

function take(sticky: RegExp, text: string, index: number): string {
  sticky.lastIndex = index;
  return sticky.exec(text)?.[0] ?? '';
}

function isNumber(part: string): boolean {
  return part.replace(/[^\d]/g, '').length >= FEWEST_DIGITS;
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

/** The country code that a user part brings along: `;phone-context=+1` (RFC 3966 §5.1.5). */
export function phoneContextIn(uri: string): string | null {
  const context = /;phone-context=(\+[\d\-.()]{1,30})/i.exec(unescapePart(uri))?.[1];
  return context?.replace(/[-.()]/g, '') ?? null;
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

// How a switch may read digits that carry no plus. What comes in front of a number, an outside
// line's digit, a service code, another carrier, is taken off by whoever understands it: a policy
// that looks at the whole alone would let the number behind it pass.

/** `*67`, `#31#`, `**21*`: hide the caller, forward the call (GSM 02.30, NANPA vertical codes). */
const SERVICE_CODE = /^[*#]+\d{2}(?:\d?[*#]+|(?=\+?\d{7}))/;
/** 101XXXX: by another carrier (North America). */
const CARRIER = /^101\d{4}(?=\d{7})/;
/** An outside line; or the 1 of a North American number, where none goes on with 0 or 1. */
const LINE_DIGIT = /^(?:[089]|1(?=[01]))/;
/** What people dial before a country code; 0 in front is an outside line again. */
const ABROAD = /^0*(?:00|011)([1-9]\d+)$/;
/** Longer than anything a switch takes: no need to look for a number in it. */
const LONGEST = 40;

interface NumberReadings {
  /** As the digits stand, the likeliest first. */
  direct: Phone[];
  /** Behind an outside line, a service code or a carrier. */
  behind: Phone[];
}

/**
 * Reads the phone numbers that digits without a country code may be.
 * @param dialled as `dialledIn` gives it
 * @param context the calling code that the address brings along, with its plus
 * @param country the country that dials, two letters
 */
export function readDialString(
  dialled: string,
  context: string | null,
  country: string | null,
): NumberReadings {
  if (dialled.length > LONGEST) return { direct: [], behind: [] };
  const whole = digitsOf(dialled);
  const afterCode = digitsOf(dialled.replace(SERVICE_CODE, ''));
  const starts = afterCode === whole ? [whole] : [afterCode, whole];
  const direct = starts.flatMap((digits) => [
    ...(context === null ? [] : [readPhone(context + digits, null)]),
    country === null ? null : readPhone(digits, country),
    readPhone(`+${behindInternationalPrefix(digits) ?? digits}`, null),
  ]);
  const behind = strippedOf(starts).flatMap((digits) => [
    country === null ? null : readPhone(digits, country),
    /^1\d{10}$/.test(digits) ? readPhone(`+${digits}`, null) : null,
    readAbroad(digits),
  ]);
  return { direct: present(direct), behind: present(behind) };
}

/**
 * Reads digits that are dialled with pauses between them as one number. That they are one is a
 * guess, so it has to be a whole one: as the country dials it, with its plus, or with a 1.
 */
export function readAsOneNumber(dialled: string, country: string | null): Phone[] {
  const digits = digitsOf(dialled);
  if (digits.length < FEWEST_DIGITS || dialled.length > LONGEST) return [];
  return present([
    readPhone(dialled.startsWith('+') ? `+${digits}` : digits, country),
    /^1\d{10}$/.test(digits) ? readPhone(`+${digits}`, null) : null,
  ]);
}

/** What stands behind a prefix for abroad, or null. */
export function behindInternationalPrefix(digits: string): string | null {
  return ABROAD.exec(digits)?.[1] ?? null;
}

function readAbroad(digits: string): Phone | null {
  const international = behindInternationalPrefix(digits);
  return international === null ? null : readPhone(`+${international}`, null);
}

/** `9` and `1010288` and `0` in front of a number, in the orders in which they are dialled. */
function strippedOf(starts: readonly string[]): string[] {
  const lines = new Set(starts);
  for (const prefix of [LINE_DIGIT, CARRIER, LINE_DIGIT]) {
    for (const digits of [...lines]) lines.add(digits.replace(prefix, ''));
  }
  for (const start of starts) lines.delete(start);
  return [...lines];
}

function digitsOf(dialled: string): string {
  return dialled.replace(/[^\d]/g, '');
}

function present(phones: readonly (Phone | null)[]): Phone[] {
  return phones.filter((phone) => phone !== null);
}
