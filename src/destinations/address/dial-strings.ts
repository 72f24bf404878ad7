/**
 * How a switch may read digits that carry no plus. What comes in front of a number, an outside
 * line's digit, a service code, another carrier, is taken off by whoever understands it: a policy
 * that looks at the whole alone would let the number behind it pass.
 */
import { FEWEST_DIGITS } from './dial-string.ts';
import { type Phone, readPhone } from './phone.ts';

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

export interface NumberReadings {
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
    readPhone(`+${abroad(digits) ?? digits}`, null),
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
export function readInOne(dialled: string, country: string | null): Phone[] {
  const digits = digitsOf(dialled);
  if (digits.length < FEWEST_DIGITS || dialled.length > LONGEST) return [];
  return present([
    readPhone(dialled.startsWith('+') ? `+${digits}` : digits, country),
    /^1\d{10}$/.test(digits) ? readPhone(`+${digits}`, null) : null,
  ]);
}

/** What stands behind a prefix for abroad, or null. */
export function abroad(digits: string): string | null {
  return ABROAD.exec(digits)?.[1] ?? null;
}

function readAbroad(digits: string): Phone | null {
  const international = abroad(digits);
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
