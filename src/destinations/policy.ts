/**
 * What the config forbids, judged on the address that would go out, whatever was typed: a number
 * inside `sip:…@trunk` counts as the number it is.
 */
import { writePath } from '../config/json.ts';
import type { RunConfig } from '../config/settings.ts';
import type { PolicyConfig, TransferConfig } from '../config/types.ts';
import { countryCodes } from '../config/values.ts';
import { PolicyError } from '../core/errors.ts';
import { type UriParts, unescapePart } from './address/characters.ts';
import {
  countriesWithEmergency,
  dialReadings,
  emergencyIn,
  isSosAddress,
} from './address/dial-string.ts';
import {
  costlyKind,
  type DialledNumbers,
  findDialledNumbers,
  phoneContextIn,
} from './address/numbers.ts';
import { callingCodeOf, type Phone } from './address/phone.ts';
import { bareHost, CountryNeededError, hostMatches, type Via } from './destination.ts';

interface JudgedAddress {
  /** The final Refer-To. */
  referTo: string;
  /** The department of the config that named it, or null when it was typed. */
  department: string | null;
  /** The country of numbers written without a plus, two letters. */
  country: string | null;
  /** The country of our own number on the call's trunk, which is where its network is. */
  trunkCountry?: string | null;
  /** The number, where it has been read already. */
  phone: Phone | null;
  /** What `--via` has put the host there by: the address is not the one that the config names. */
  via: Via['kind'] | null;
}

export interface PolicyJudgement {
  warnings: string[];
  /** The digits that the address dials, as `dialledIn` gives them. */
  dialled: string;
  /** The phone number in the address, as the trunk would most likely read it. */
  phone: Phone | null;
}

/**
 * Judges an address.
 * @throws PolicyError that names the line of the config
 */
export function judgePolicy(config: RunConfig, address: JudgedAddress): PolicyJudgement {
  const readings = dialReadings(address.referTo);
  const warnings = judgeReadings(readings, config, address);
  if (config.policy?.adHoc === false) judgeAdHoc(address);
  const numbers = numbersOf(address, readings, address.country);
  const read = [numbers];
  // The trunk reads digits without a plus as it always did, whatever country this run is given.
  if (config.fileCountry !== undefined) {
    read.push(numbersOf(address, readings, config.fileCountry));
  }
  for (const phone of read.flatMap(({ all }) => all)) judgePrice(phone, config.policy?.premium);
  if (address.department === null) {
    const clear = read.filter(({ likeliest }) => likeliest !== null);
    for (const each of clear.length === 0 ? [numbers] : clear) judgeCountry(config, each);
  }
  return { warnings, dialled: readings[0] ?? '', phone: numbers.likeliest };
}

function numbersOf(
  { referTo, phone }: JudgedAddress,
  readings: readonly string[],
  country: string | null,
): DialledNumbers {
  // A template of the config may put an outside line's 9 in front: the number is the one read.
  if (phone !== null) return { likeliest: phone, all: [phone], unreadable: null };
  return findDialledNumbers(readings, phoneContextIn(referTo), country);
}

function judgeAdHoc({ department, via }: JudgedAddress): void {
  if (department === null) {
    throw new PolicyError('only departments of the config may be a destination (policy.adHoc)', {
      hint: 'Give the address a department in the config, or set policy.adHoc to true.',
    });
  }
  if (via !== 'domain') return;
  throw new PolicyError('departments may be sent to hosts of the config alone (policy.adHoc)', {
    hint: 'Name a trunk of the config with --via, or set policy.adHoc to true.',
  });
}

/**
 * Refuses emergency numbers. The config alone may name such a user part, as an extension of a PBX;
 * behind a country code it is no extension, and on the trunk of a `--via` it may be none: refused
 * there too.
 * @returns warnings about one that is allowed
 * @throws PolicyError
 */
export function judgeEmergency(config: RunConfig, address: Omit<JudgedAddress, 'phone'>): string[] {
  return judgeReadings(dialReadings(address.referTo), config, address);
}

function judgeReadings(
  readings: readonly string[],
  config: RunConfig,
  { referTo, department, country, trunkCountry, via }: Omit<JudgedAddress, 'phone'>,
): string[] {
  const isTel = /^tel:/i.test(referTo);
  const known = emergencyCountries(config, country, trunkCountry);
  // The config's own departments are extensions of its PBX, whichever country that is in.
  const countries = isTel || (known.length === 0 && department === null) ? 'any' : known;
  const [numbered] = readings.flatMap((dialled) => emergencyIn(dialled, countries) ?? []);
  const sos = isSosAddress(referTo) ? { number: 'sos', behindCountryCode: false } : null;
  const found = sos ?? numbered;
  if (found === undefined) return [];
  const { number, behindCountryCode } = found;
  const isOwn = department !== null && via === null && !isTel;
  if (isOwn && !behindCountryCode) {
    return [
      `${number} is an emergency number; it is allowed as an extension of your own, since the config names it (${writePath(['departments', department])})`,
    ];
  }
  const isForeign = emergencyIn(number, known) === null && number !== 'sos';
  const isCountryUnknown = known.length === 0 && !isTel && !behindCountryCode;
  const EmergencyError = isForeign && isCountryUnknown ? CountryNeededError : PolicyError;
  throw new EmergencyError(
    `${number} is an emergency number${isForeign ? whereIs(number) : ''}: callers are never transferred there`,
    {
      hint: hintOf({
        isViaGiven: department !== null && via !== null,
        isForeign,
        isCountryUnknown,
      }),
    },
  );
}

/** Names a few of the countries where a number that is not one everywhere is an emergency number. */
function whereIs(number: string): string {
  const countries = countriesWithEmergency(number);
  const more = countries.length - MOST_COUNTRIES;
  const named = countries.slice(0, MOST_COUNTRIES).join(', ');
  return more > 0 ? ` in ${named} and ${more} more countries` : ` in ${named}`;
}

const MOST_COUNTRIES = 4;

function hintOf(reason: {
  isViaGiven: boolean;
  /** It is one of some country, and not of those that are known to dial. */
  isForeign: boolean;
  isCountryUnknown: boolean;
}): string {
  if (reason.isViaGiven) {
    return 'If it is an extension of your PBX, leave out --via: only the address that the config itself names may be one.';
  }
  const own = 'If it is an extension of your PBX, give it a department in the config.';
  if (reason.isCountryUnknown && reason.isForeign) {
    return `Which country dials is not known, so those of every country are refused: set "defaultCountry" in the config. ${own}`;
  }
  return reason.isForeign
    ? `As a phone number, those of every country are refused. ${own}`
    : `Tell the caller to hang up and dial it. ${own}`;
}

/** The countries that may be the one that dials: the number's, the trunk's, the run's and the file's. */
export function emergencyCountries(
  { defaultCountry, fileCountry }: RunConfig,
  country: string | null,
  trunkCountry: string | null = null,
): string[] {
  const countries = [country, trunkCountry, defaultCountry, fileCountry];
  const known = countries.map((each) => each?.toUpperCase());
  return known.filter((each) => each !== undefined);
}

function judgePrice(phone: Phone, premium: PolicyConfig['premium'] = false): void {
  const costly = costlyKind(phone);
  if (costly === null || premium === true) return;
  const { kind, name } = costly;
  if (premium !== false && premium.includes(kind)) return;
  throw new PolicyError(`${phone.e164} is ${name}, and those are refused (policy.premium)`, {
    hint:
      premium === false
        ? `If it is meant to be a destination, set policy.premium to ["${kind}"] in the config.`
        : `If it is meant to be a destination, add "${kind}" to policy.premium in the config.`,
  });
}

function judgeCountry(config: RunConfig, { likeliest: phone, unreadable }: DialledNumbers): void {
  const { policy, defaultCountry, fileCountry = defaultCountry } = config;
  const listed = policy?.countries ?? (fileCountry === undefined ? null : [fileCountry]);
  if (listed === null || (phone === null && unreadable === null)) return;
  const allowed = listed.map((country) => country.toUpperCase());
  if (phone !== null && isAllowed(phone, allowed)) return;
  const rule =
    policy?.countries === undefined
      ? `the default country, ${allowed.join(', ')} (policy.countries is not set)`
      : `${allowed.join(', ')} (policy.countries)`;
  if (phone === null) {
    throw new PolicyError(
      `it is not known which country ${unreadable} is in, and typed numbers are limited to ${rule}`,
      { hint: 'Write it with + and the country code, or give the address a department.' },
    );
  }
  const code =
    phone.callingCode === '' ? 'no known country' : `the calling code +${phone.callingCode}`;
  const where = phone.country ?? code;
  throw new PolicyError(
    `${phone.e164} belongs to ${where}, and typed numbers are limited to ${rule}`,
    {
      hint: canBeAllowed(phone)
        ? 'Add the country to policy.countries in the config, or give the number a department.'
        : 'No country has that code, so policy.countries cannot list it: give the number a department.',
    },
  );
}

/** +800, +870 and their like belong to no country. */
function canBeAllowed(phone: Phone): boolean {
  return isAllowed(phone, countryCodes());
}

/** A freephone number, and one not in use, belong to every country that shares the calling code. */
function isAllowed(phone: Phone, allowed: readonly string[]): boolean {
  if (phone.country !== null && allowed.includes(phone.country)) return true;
  if (phone.country !== null && phone.type !== 'TOLL_FREE') return false;
  return allowed.some((country) => callingCodeOf(country) === phone.callingCode);
}

// Which SIP domains a call may be sent to, where the config lists them.

/** Where a request to the address would go: its host, or what stands in front of that. */
function hostsOf({ host, parameters }: UriParts): string[] {
  // RFC 3261 §19.1.1: maddr overrides the host for the way that the request takes. An escaped
  // letter is the letter (§19.1.4), and of two maddr nobody knows which one counts.
  const maddrs = (parameters?.split(';') ?? [])
    .map((parameter) => /^maddr=(.*)$/is.exec(unescapePart(parameter))?.[1])
    .filter((value) => value !== undefined);
  return host === null ? maddrs : [host, ...maddrs];
}

/** A Route header inside the address sends the request by way of anybody (RFC 3261 §19.1.5). */
function namesRoute({ headers }: UriParts): boolean {
  return headers?.split('&').some((header) => /^route(?:=|$)/i.test(unescapePart(header))) === true;
}

/**
 * Judges the domain of an address, whoever named it. A tel: address has none: the trunk dials it.
 * @throws PolicyError that names the line of the config
 */
export function judgeDomain({ policy }: TransferConfig, uri: UriParts): void {
  if (policy?.domains === undefined || uri.host === null) return;
  const { domains } = policy;
  const hosts = hostsOf(uri).map(bareHost);
  const stranger = hosts.find((host) => !domains.some((domain) => hostMatches(domain, host)));
  if (stranger === undefined && !namesRoute(uri)) return;
  const allowed =
    domains.length === 0 ? 'none is allowed' : `only ${domains.join(', ')} may be called`;
  throw new PolicyError(
    stranger === undefined
      ? `a Route in the address bypasses the allowed domains (policy.domains)`
      : `${stranger} is not among the allowed SIP domains: ${allowed} (policy.domains)`,
    { hint: 'If calls are meant to go there, add the domain to policy.domains in the config.' },
  );
}

/**
 * Judges what an outbound trunk dials: it goes to the host of that trunk, whichever the config names.
 * @param isOwn the two are the same: then a department may be an extension that is an emergency number
 *   elsewhere; a public trunk would dial it
 * @throws PolicyError
 */
export function judgeDialled(
  config: RunConfig,
  uri: UriParts,
  { isOwn, ...address }: Omit<JudgedAddress, 'phone' | 'via'> & { isOwn: boolean },
): void {
  judgeDomain(config, uri);
  // As with `--via`: the address is not the one that the config names.
  if (!isOwn) judgeEmergency(config, { ...address, via: 'domain' });
}
