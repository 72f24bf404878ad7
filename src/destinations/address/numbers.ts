/** Phone numbers that may be read in more than one way: those that an address dials, those of callers. */
import type { PremiumKind } from '../../config/types.ts';
import { DestinationError } from '../../core/errors.ts';
import { unescapePart } from './characters.ts';
import { MIN_PHONE_DIGITS } from './dial-string.ts';
import { describeNumber, type Phone, readOldForm, readPhone } from './phone.ts';
import { readDigits, type WrittenNumber } from './phone-writing.ts';

// The phone numbers that an address may dial. Without a plus the switch decides how to read its digits,
// and what comes in front of a number (an outside line's digit, a service code, another carrier) is
// taken off by whoever understands it: a policy that looks at the whole alone would let the number
// behind it pass.

/** No PBX has extensions of so many: it is a number, whatever comes before it. */
const MIN_UNREADABLE_DIGITS = 11;

/** The phone numbers of an address. */
export interface DialledNumbers {
  /** What the trunk would most likely read; null where no number can be made of it. */
  likeliest: Phone | null;
  /** Every one that it could read: where one of them is costly, that may be the one. */
  all: Phone[];
  /** So many digits, and nobody can tell where they lead. */
  unreadable: string | null;
}

/**
 * Finds the phone numbers that an address may dial.
 * @param readings of the address, as `dialReadings` gives them
 * @param context the calling code that the address brings along, with its plus
 * @param country the country that dials, two letters
 */
export function findDialledNumbers(
  readings: readonly string[],
  context: string | null,
  country: string | null,
): DialledNumbers {
  const [dialled = '', ...others] = readings;
  const numbers = numbersOf(dialled, context, country);
  if (others.length === 0) return numbers;
  const costly = others.flatMap((other) => readAsOneNumber(other, country)).filter(costlyKind);
  return { ...numbers, all: [...numbers.all, ...costly] };
}

function numbersOf(
  dialled: string,
  context: string | null,
  country: string | null,
): DialledNumbers {
  const digits = digitsOf(dialled);
  if (digits === '' || digits.length + (context?.length ?? 0) < MIN_PHONE_DIGITS) {
    return { likeliest: null, all: [], unreadable: null };
  }
  if (/^\+[1-9]/.test(dialled)) {
    const written = describeNumber(`+${digits}`);
    if (!/^\+1[01]/.test(dialled)) return { likeliest: written, all: [written], unreadable: null };
    // No number goes on so: the switch that takes off the 1 has a prefix for abroad before it.
    const { behind } = readDialString(digits, context, country);
    return { likeliest: written, all: [written, ...behind.filter(costlyKind)], unreadable: null };
  }
  const { direct, behind } = readDialString(dialled, context, country);
  // Without a plus the trunk decides how to read it: what is in use counts, the likeliest first.
  const likely = direct.filter((candidate) => candidate.isInUse || costlyKind(candidate));
  const international = withoutInternationalPrefix(digits);
  if (likely.length === 0 && international !== null) {
    likely.push(describeNumber(`+${international}`));
  }
  const isLong = digits.length >= (digits.startsWith('0') ? 9 : MIN_UNREADABLE_DIGITS);
  const possible = isLong ? direct.find(({ e164 }) => !/^\+1[01]/.test(e164)) : undefined;
  const likeliest = likely[0] ?? behind.find(({ isInUse }) => isInUse) ?? possible ?? null;
  return {
    likeliest,
    all: [...likely, ...behind.filter(costlyKind)],
    unreadable: likeliest === null && isLong ? dialled : null,
  };
}

/** The country code that a user part brings along: `;phone-context=+1` (RFC 3966 §5.1.5). */
export function phoneContextIn(uri: string): string | null {
  const context = /;phone-context=(\+[\d\-.()]{1,30})/i.exec(unescapePart(uri))?.[1];
  return context?.replace(/[-.()]/g, '') ?? null;
}

// The readings of digits that carry no plus.

/** `*67`, `#31#`, `**21*`: hide the caller, forward the call (GSM 02.30, NANPA vertical codes). */
const SERVICE_CODE = /^[*#]+\d{2}(?:\d?[*#]+|(?=\+?\d{7}))/;
/** 101XXXX: by another carrier (North America). */
const CARRIER = /^101\d{4}(?=\d{7})/;
/** An outside line; or the 1 of a North American number, where none goes on with 0 or 1. */
const LINE_DIGIT = /^(?:[089]|1(?=[01]))/;
/** What people dial before a country code; 0 in front is an outside line again. */
const INTERNATIONAL = /^0*(?:00|011)([1-9]\d+)$/;
/** Longer than anything a switch takes: no need to look for a number in it. */
const MAX_DIAL_STRING = 40;

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
  if (dialled.length > MAX_DIAL_STRING) return { direct: [], behind: [] };
  const whole = digitsOf(dialled);
  const afterCode = digitsOf(dialled.replace(SERVICE_CODE, ''));
  const starts = afterCode === whole ? [whole] : [afterCode, whole];
  const direct = starts.flatMap((digits) => [
    ...(context === null ? [] : [readPhone(context + digits, null)]),
    country === null ? null : readPhone(digits, country),
    readPhone(`+${withoutInternationalPrefix(digits) ?? digits}`, null),
  ]);
  const behind = withoutLinePrefixes(starts).flatMap((digits) => {
    const international = withoutInternationalPrefix(digits);
    return [
      country === null ? null : readPhone(digits, country),
      /^1\d{10}$/.test(digits) ? readPhone(`+${digits}`, null) : null,
      international === null ? null : readPhone(`+${international}`, null),
    ];
  });
  return { direct: withoutNulls(direct), behind: withoutNulls(behind) };
}

/**
 * Reads digits that are dialled with pauses between them as one number. That they are one is a
 * guess, so it has to be a whole one: as the country dials it, with its plus, or with a 1.
 */
export function readAsOneNumber(dialled: string, country: string | null): Phone[] {
  const digits = digitsOf(dialled);
  if (digits.length < MIN_PHONE_DIGITS || dialled.length > MAX_DIAL_STRING) return [];
  return withoutNulls([
    readPhone(dialled.startsWith('+') ? `+${digits}` : digits, country),
    /^1\d{10}$/.test(digits) ? readPhone(`+${digits}`, null) : null,
  ]);
}

/** `0049301234` → `49301234`; null where the digits do not begin with a prefix for abroad. */
function withoutInternationalPrefix(digits: string): string | null {
  return INTERNATIONAL.exec(digits)?.[1] ?? null;
}

/** `9` and `1010288` and `0` in front of a number taken off, in the orders they are dialled in. */
function withoutLinePrefixes(starts: readonly string[]): string[] {
  const readings = new Set(starts);
  for (const prefix of [LINE_DIGIT, CARRIER, LINE_DIGIT]) {
    for (const digits of [...readings]) readings.add(digits.replace(prefix, ''));
  }
  for (const start of starts) readings.delete(start);
  return [...readings];
}

function digitsOf(dialled: string): string {
  return dialled.replace(/[^\d]/g, '');
}

function withoutNulls(phones: readonly (Phone | null)[]): Phone[] {
  return phones.filter((phone) => phone !== null);
}

// Numbers that cost more than a call.

interface Costly {
  kind: PremiumKind;
  /** `a premium-rate number`. */
  name: string;
}

const PREMIUM_RATE: Costly = { kind: 'premium-rate', name: 'a premium-rate number' };
const SHARED_COST: Costly = { kind: 'shared-cost', name: 'a shared-cost number' };
const PERSONAL: Costly = { kind: 'personal', name: 'a personal number' };

/** Beginnings that cost as much whether or not the number behind them is known to be in use. */
const COSTLY_BEGINNINGS: [RegExp, Costly][] = [
  [/^\+1900/, PREMIUM_RATE],
  [/^\+4470/, PERSONAL],
  [/^\+449/, PREMIUM_RATE],
  [/^\+979/, { kind: 'premium-rate', name: 'an international premium-rate number' }],
  [/^\+(?:870|881)/, { kind: 'satellite', name: 'a satellite number' }],
  [/^\+(?:878|882|883|888)/, { kind: 'global-network', name: 'a global network number' }],
  [/^\+808/, { kind: 'shared-cost', name: 'an international shared-cost number' }],
];

/** Says which costly kind of number it is, or null. */
export function costlyKind({ e164, type }: Phone): Costly | null {
  switch (type) {
    case 'PREMIUM_RATE':
      return PREMIUM_RATE;
    case 'SHARED_COST':
      return SHARED_COST;
    case 'PERSONAL_NUMBER':
      return PERSONAL;
    default:
      return COSTLY_BEGINNINGS.find(([beginning]) => beginning.test(e164))?.[1] ?? null;
  }
}

// The numbers of callers: as people write them to name one, and as carriers do.

/**
 * Reads the number of a caller, to be compared with those of calls: any writing will do, and
 * nothing is refused for not being in use.
 * @returns E.164, or null when it is no number
 */
export function readCallerNumber(text: string, defaultCountry: string | null): string | null {
  let written: WrittenNumber;
  try {
    written = readDigits(text.trim());
  } catch (error) {
    if (error instanceof DestinationError) return null;
    throw error;
  }
  const { hasPlus, digits } = written;
  const plain = `+${digits}`;
  if (hasPlus) return readPhone(plain, null)?.e164 ?? plain;
  const abroad = readAbroad(digits);
  if (defaultCountry !== null) {
    const country = defaultCountry.toUpperCase();
    const found = (readPhone(digits, country) ?? abroad)?.e164;
    return found ?? readOldForm(digits, country) ?? readOldForm(withPlus(digits), null);
  }
  // Ten digits may be a number of this country, or of another with a short one.
  const worldwide = readPhone(plain, null);
  return (worldwide?.isInUse ? worldwide : abroad)?.e164 ?? readOldForm(withPlus(digits), null);
}

/** Carriers write 00 before a country's code in every country, whatever is dialled there. */
function readAbroad(digits: string): Phone | null {
  return digits.startsWith('00') ? readPhone(withPlus(digits), null) : null;
}

function withPlus(digits: string): string {
  return `+${digits.replace(/^00/, '')}`;
}

/** Shorter ones are not told from those of the country they come from. */
const FEWEST_WORLDWIDE_DIGITS = 11;

/**
 * Reads what a carrier wrote without a plus. What may be a number of this country and one of another
 * as well is neither: a guess would send its caller's number to a stranger.
 * @param digits nothing but digits
 * @returns E.164, or null when it is none, or more than one
 */
export function readCarrierNumber(digits: string, defaultCountry: string | null): string | null {
  const country = defaultCountry?.toUpperCase() ?? null;
  const national = country === null ? null : readPhone(digits, country);
  const abroad = readAbroad(digits);
  const worldwide = digits.length < FEWEST_WORLDWIDE_DIGITS ? null : readPhone(`+${digits}`, null);
  const found = [national, abroad, worldwide].filter((each) => each !== null);
  const inUse = new Set(found.filter((each) => each.isInUse).map(({ e164 }) => e164));
  if (inUse.size === 0) {
    const likely = (national ?? abroad)?.e164 ?? readOldForm(digits, country);
    if (likely !== null || digits.length < FEWEST_WORLDWIDE_DIGITS) return likely;
    return readOldForm(withPlus(digits), null);
  }
  const [only] = inUse;
  return inUse.size === 1 ? (only ?? null) : null;
}
