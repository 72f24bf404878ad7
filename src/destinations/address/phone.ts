/** Phone numbers: any usual writing in, E.164 out, and what is wrong when there is none. */
import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  ParseError,
  type PhoneNumber,
  parsePhoneNumberWithError,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import { alternatives } from '../../config/json.ts';
import { DestinationError } from '../../core/errors.ts';
import { newFormsOf, readDigits, type WrittenNumber } from './phone-writing.ts';

/** Some countries' whole numbers have no more digits, and so have nearly all short codes. */
const MAX_SHORT_CODE_DIGITS = 6;

/** What kind of number it is, in the library's own words. */
export type PhoneType =
  | 'PREMIUM_RATE'
  | 'TOLL_FREE'
  | 'SHARED_COST'
  | 'VOIP'
  | 'PERSONAL_NUMBER'
  | 'PAGER'
  | 'UAN'
  | 'VOICEMAIL'
  | 'FIXED_LINE_OR_MOBILE'
  | 'FIXED_LINE'
  | 'MOBILE';

export interface Phone {
  /** `+15105550100`. */
  e164: string;
  /** Two letters; null for numbers of no country, and for those that are not in use. */
  country: string | null;
  callingCode: string;
  type: PhoneType | null;
  /** false: of no length that numbers of its country have. */
  isPossible: boolean;
  /** false: of a possible length, perhaps, but not a number in use as far as is known. */
  isInUse: boolean;
  /** The form in which it was written, where its country has changed it since: `+5215512345678`. */
  formerly?: string;
}

/**
 * Reads a phone number.
 * @param text as typed: `+1 (510) 555-0100`, `011 49 30 123456`, `(510) 555-0100`
 * @param defaultCountry for numbers without a plus, and for how that country dials abroad; null: none
 * @throws DestinationError that says what is wrong with it, and the form that would do
 */
export function parsePhone(text: string, defaultCountry: string | null = null): Phone {
  return parseWrittenNumber(readDigits(text), defaultCountry);
}

/**
 * Reads a phone number whose digits are read already.
 * @param defaultCountry for numbers without a plus, and for how that country dials abroad
 * @throws DestinationError as `parsePhone` does
 */
export function parseWrittenNumber(
  { text, hasPlus, digits }: WrittenNumber,
  defaultCountry: string | null,
): Phone {
  const country = defaultCountry === null ? null : checkCountry(defaultCountry);
  if (!hasPlus && country === null) throw countryNeeded(digits);
  if (!hasPlus && country !== null) refuseForeignPrefix(digits, country);
  const number = parse(hasPlus ? `+${digits}` : digits, hasPlus ? null : country);
  const phone = number === null ? null : describe(number);
  const old = phone?.isInUse ? null : readOldForm(hasPlus ? `+${digits}` : digits, country);
  const renumbered = old === null ? null : readRenumbered(text, old);
  if (renumbered !== null) return renumbered;
  if (number !== null && phone?.isPossible) {
    if (!hasPlus && country !== null && !phone.isInUse) {
      refuseShortCode(text, digits, number, country);
    }
    return phone;
  }
  throw impossible(text, hasPlus ? `+${digits}` : digits, hasPlus ? null : country);
}

/**
 * Reads a number of an old form as what it became.
 * @returns null where it has no such form, or none that is in use
 * @throws DestinationError where it may have become one of several: a guess would call a stranger
 */
function readRenumbered(text: string, e164: string): Phone | null {
  const found = newFormsOf(e164);
  if (found === null) return null;
  const inUse = found.forms.map(describeNumber).filter((phone) => phone.isInUse);
  const [only, ...others] = inUse;
  if (only === undefined) return null;
  if (others.length === 0) return { ...only, formerly: e164 };
  throw new DestinationError(
    `"${text}" is a number as it was before ${found.year}, and has two more digits since`,
    { hint: `Write ${alternatives(inUse.map((phone) => phone.e164))}, whichever is right.` },
  );
}

/** Says that a number was written in a form which went out of use; an empty list where it was not. */
export function warnOfOldForm({ e164, formerly }: Phone): string[] {
  if (formerly === undefined) return [];
  return [`${formerly} is the old form of the number: it is ${e164} now, and that is dialled`];
}

/**
 * Reads digits that are already in an address.
 * @param digits `+` and digits, or digits as a country dials them
 * @returns null when they are no possible number
 */
export function readPhone(digits: string, country: string | null): Phone | null {
  const known = country !== null && isSupportedCountry(country) ? country : null;
  const number = parse(digits, known);
  const phone = number === null ? null : describe(number);
  return phone?.isPossible ? phone : null;
}

/**
 * Reads an international number that somebody will dial whatever we think of it: what the tables
 * hold for impossible is still described as far as it goes.
 * @param e164 a plus and digits
 */
export function describeNumber(e164: string): Phone {
  const number = parse(e164, null);
  if (number !== null) return describe(number);
  return { e164, country: null, callingCode: '', type: null, isPossible: false, isInUse: false };
}

/** The country of a number: two letters, null where it has none. @param e164 a plus and digits */
export function countryOf(e164: string): string | null {
  return parse(e164, null)?.country ?? null;
}

/**
 * Reads a number whose form went out of use.
 * @param country for one without a plus, which is no such number where all its digits may as well be
 *   one of another country: 1 551 234 5678 in Mexico
 * @returns E.164 in the old form, or null when it has none
 */
export function readOldForm(digits: string, country: string | null): string | null {
  const known = country !== null && isSupportedCountry(country) ? country : null;
  const number = parse(digits, known)?.number ?? null;
  if (number === null || newFormsOf(number) === null) return null;
  return !digits.startsWith('+') && describeNumber(`+${digits}`).isInUse ? null : number;
}

/** The calling code of a country, without a plus; null for no such country. */
export function callingCodeOf(country: string): string | null {
  return isSupportedCountry(country) ? getCountryCallingCode(country) : null;
}

function describe(number: PhoneNumber): Phone {
  const type = number.getType() ?? null;
  return {
    e164: number.number,
    country: number.country ?? null,
    callingCode: number.countryCallingCode,
    type,
    isPossible: type !== null || number.isPossible(),
    isInUse: type !== null || number.isValid(),
  };
}

/** Numbers that were read: one address leads to the same ones again and again, and so does a watch. */
const parsed = new Map<string, PhoneNumber | null>();
const MOST_PARSED = 1000;
/** What is longer is no number, and not worth its place. */
const LONGEST_PARSED = 40;

function parse(digits: string, country: CountryCode | null): PhoneNumber | null {
  if (digits.length > LONGEST_PARSED) return parseAnew(digits, country);
  const key = `${country} ${digits}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const number = parseAnew(digits, country);
  if (parsed.size === MOST_PARSED) parsed.clear();
  parsed.set(key, number);
  return number;
}

function parseAnew(digits: string, country: CountryCode | null): PhoneNumber | null {
  try {
    return parsePhoneNumberWithError(digits, {
      extract: false,
      ...(country === null ? {} : { defaultCountry: country }),
    });
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

function checkCountry(country: string): CountryCode {
  const upper = country.toUpperCase();
  if (isSupportedCountry(upper)) return upper;
  throw new DestinationError(`there is no country "${country}" (defaultCountry)`, {
    hint: 'Give two letters, as in "US", "DE" or "GB".',
  });
}

function countryNeeded(digits: string): DestinationError {
  const abroad = /^(?:00|011)([1-9]\d{5,})$/.exec(digits)?.[1];
  const repaired = [abroad, digits]
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => readPhone(`+${candidate}`, null))
    .find((phone) => phone?.isInUse);
  const guess = repaired ? `, for instance ${repaired.e164}` : ', for instance +15105550100';
  return new DestinationError('the number has no country code, and no default country is set', {
    hint: `Write it with + and the country code${guess}; or set "defaultCountry" in the config.`,
  });
}

/**
 * `00…` typed where abroad is dialled with 011 would be read as a national number that begins
 * with 00, and there are none: somebody dialled as they do at home.
 */
function refuseForeignPrefix(digits: string, country: CountryCode): void {
  if (!digits.startsWith('00') || hasInternationalPrefix(digits, country)) return;
  const prefix = internationalPrefix(country);
  const repaired = `+${digits.replace(/^0+/, '')}`;
  const dials = prefix !== null && /^\d+$/.test(prefix) ? ` (it dials ${prefix})` : '';
  throw new DestinationError(`00 is not how ${country} dials abroad${dials}`, {
    hint: `Write ${readPhone(repaired, null) ? repaired : 'the number with + and its country code'}.`,
  });
}

/**
 * `116 117` has a length that German numbers may have, and is a service of its own: with the country
 * code in front it would be another number, or nobody's.
 */
function refuseShortCode(
  text: string,
  digits: string,
  number: PhoneNumber,
  country: CountryCode,
): void {
  if (
    number.nationalNumber.length > MAX_SHORT_CODE_DIGITS ||
    hasInternationalPrefix(digits, country)
  )
    return;
  throw new DestinationError(
    `"${text}" is not a number in use, as far as is known. It may be a short code: those have no country code`,
    {
      hint: `Write extension:${digits} to send the digits as they are, or ${number.number} if it is a full number.`,
    },
  );
}

/** Says whether digits begin with what the country dials before a country code. */
function hasInternationalPrefix(digits: string, country: CountryCode): boolean {
  const prefix = internationalPrefix(country);
  return prefix !== null && new RegExp(`^(?:${prefix})`).test(digits);
}

/** The library has the method; its types leave it out. */
function internationalPrefix(country: CountryCode): string | null {
  const plan = new Metadata();
  plan.selectNumberingPlan(country);
  const { IDDPrefix } = plan as Metadata & { IDDPrefix?: () => string | undefined };
  return IDDPrefix?.call(plan) ?? null;
}

function impossible(text: string, digits: string, country: CountryCode | null): DestinationError {
  const options = country === null ? {} : { defaultCountry: country };
  const where = country === null ? '' : ` for ${country} (+${getCountryCallingCode(country)})`;
  const hint = 'Write it with + and the country code, for instance +15105550100.';
  switch (validatePhoneNumberLength(digits, options)) {
    case 'INVALID_COUNTRY':
      return new DestinationError(`"${text}" begins with a country code that does not exist`, {
        hint,
      });
    case 'TOO_SHORT':
      return new DestinationError(`"${text}" is too short to be a phone number${where}`, {
        hint: digits.startsWith('+') ? hint : `${hint} For an extension: extension:${digits}`,
      });
    case 'TOO_LONG':
      return new DestinationError(`"${text}" is too long to be a phone number${where}`, { hint });
    case 'INVALID_LENGTH':
      return new DestinationError(
        `"${text}" has a number of digits that no phone number${where} has`,
        { hint },
      );
    default:
      return new DestinationError(`"${text}" is not a phone number${where}`, { hint });
  }
}
