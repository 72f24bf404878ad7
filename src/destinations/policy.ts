/**
 * What the config forbids, judged on the address that would go out, whatever was typed: a number
 * inside `sip:…@trunk` counts as the number it is.
 */
import type { RunConfig } from '../config/settings.ts';
import type { TransferConfig } from '../config/types.ts';
import { countryCodes } from '../config/values.ts';
import { PolicyError } from '../core/errors.ts';
import { type UriParts, unescapePart } from './address/characters.ts';
import {
  behindInternationalPrefix,
  dialReadings,
  FEWEST_DIGITS,
  isSosAddress,
  phoneContextIn,
  readAsOneNumber,
  readDialString,
} from './address/dial-string.ts';
import { countriesWithEmergency, emergencyIn } from './address/emergency.ts';
import { callingCodeOf, describeDialled, type Phone } from './address/phone.ts';
import { bareHost, hostMatches, type Via } from './trunks.ts';

interface Judged {
  /** The final Refer-To. */
  referTo: string;
  /** The department of the config that named it, or null when it was typed. */
  department: string | null;
  /** The country of numbers written without a plus, two letters. */
  country: string | null;
  /** The number, where it has been read already. */
  phone: Phone | null;
  /** What `--via` has put the host there by: the address is not the one that the config names. */
  via: Via['kind'] | null;
}

/** No PBX has extensions of so many: it is a number, whatever comes before it. */
const FEWEST_UNREADABLE = 11;

interface Judgement {
  warnings: string[];
  /** The phone number in the address, as the trunk would most likely read it. */
  phone: Phone | null;
}

/**
 * Judges an address.
 * @throws PolicyError that names the line of the config
 */
export function judgePolicy(config: RunConfig, judged: Judged): Judgement {
  const warnings = judgeEmergency(config, judged);
  if (config.policy?.adHoc === false) judgeAdHoc(judged);
  const numbers = phonesIn(judged);
  const read = [numbers, ...phonesOfTheFile(config, judged)];
  if (config.policy?.premium !== true) for (const { all } of read) all.forEach(judgePrice);
  if (judged.department === null) {
    const clear = read.filter(({ likeliest }) => likeliest !== null);
    for (const each of clear.length === 0 ? [numbers] : clear) judgeCountry(config, each);
  }
  return { warnings, phone: numbers.likeliest };
}

/** The trunk goes on reading digits without a plus as it did, whatever country this run is given. */
function phonesOfTheFile({ fileCountry }: RunConfig, judged: Judged): Numbers[] {
  return fileCountry === undefined ? [] : [phonesIn({ ...judged, country: fileCountry })];
}

function judgeAdHoc({ department, via }: Judged): void {
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
 * @throws PolicyError
 */
export function judgeEmergency(config: RunConfig, judged: Omit<Judged, 'phone'>): string[] {
  const { referTo, department, country, via } = judged;
  const readings = dialReadings(referTo);
  const countries = emergencyCountries(config, country);
  const [numbered] = readings.flatMap((dialled) => emergencyIn(dialled, countries) ?? []);
  const sos = isSosAddress(referTo) ? { number: 'sos', behindCountryCode: false } : null;
  const found = sos ?? numbered;
  if (found === undefined) {
    if (country !== null || department !== null) return [];
    const elsewhere = readings.find((dialled) => countriesWithEmergency(dialled).length > 0);
    if (elsewhere === undefined) return [];
    const where = countriesWithEmergency(elsewhere).join(', ');
    return [`${elsewhere} is an emergency number in ${where}: set "defaultCountry" in the config`];
  }
  const isOwn = department !== null && via === null && !referTo.startsWith('tel:');
  if (isOwn && !found.behindCountryCode) {
    return [
      `${found.number} is an emergency number; it is allowed as an extension of your own, since the config names it (departments.${department})`,
    ];
  }
  throw new PolicyError(
    `${found.number} is an emergency number: callers are never transferred there`,
    {
      hint:
        department !== null && via !== null
          ? 'Where it is an extension of your PBX, leave out --via: only the address that the config itself names may be one.'
          : 'Tell the caller to hang up and dial it. Where it is an extension of your PBX, give it a department in the config.',
    },
  );
}

/** The countries whose own emergency numbers count: the number's, the run's and the file's. */
export function emergencyCountries(
  { defaultCountry, fileCountry }: RunConfig,
  country: string | null,
): (string | undefined)[] {
  return [country ?? undefined, defaultCountry, fileCountry].map((each) => each?.toUpperCase());
}

/** The phone numbers of an address. */
interface Numbers {
  /** What the trunk would most likely read; null where no number can be made of it. */
  likeliest: Phone | null;
  /** Every one that it could read: where one of them is dear, that may be the one. */
  all: Phone[];
  /** So many digits, and nobody can tell where they lead. */
  unreadable: string | null;
}

function phonesIn(judged: Judged): Numbers {
  const { referTo, country, phone } = judged;
  // A template of the config may put an outside line's 9 in front: the number is the one read.
  if (phone !== null) return { likeliest: phone, all: [phone], unreadable: null };
  const [dialled = '', ...others] = dialReadings(referTo);
  const numbers = phonesOf(dialled, judged);
  const dear = others.flatMap((other) => readAsOneNumber(other, country)).filter(whyDear);
  return { ...numbers, all: [...numbers.all, ...dear] };
}

function phonesOf(dialled: string, { referTo, country }: Judged): Numbers {
  const digits = dialled.replace(/[^\d]/g, '');
  const context = phoneContextIn(referTo);
  if (digits === '' || digits.length + (context?.length ?? 0) < FEWEST_DIGITS) {
    return { likeliest: null, all: [], unreadable: null };
  }
  if (/^\+[1-9]/.test(dialled)) {
    const stated = describeDialled(`+${digits}`);
    if (!/^\+1[01]/.test(dialled)) return { likeliest: stated, all: [stated], unreadable: null };
    // No number goes on so: the switch that takes off the 1 has a prefix for abroad before it.
    const { behind } = readDialString(digits, context, country);
    return { likeliest: stated, all: [stated, ...behind.filter(whyDear)], unreadable: null };
  }
  const { direct, behind } = readDialString(dialled, context, country);
  // Without a plus the trunk decides how to read it: what is in use counts, the likeliest first.
  const likely = direct.filter((candidate) => candidate.isInUse || whyDear(candidate));
  const international = behindInternationalPrefix(digits);
  if (likely.length === 0 && international !== null) {
    likely.push(describeDialled(`+${international}`));
  }
  const isLong = digits.length >= (digits.startsWith('0') ? 9 : FEWEST_UNREADABLE);
  const possible = isLong ? direct.find(({ e164 }) => !/^\+1[01]/.test(e164)) : undefined;
  const likeliest = likely[0] ?? behind.find(({ isInUse }) => isInUse) ?? possible ?? null;
  return {
    likeliest,
    all: [...likely, ...behind.filter(whyDear)],
    unreadable: likeliest === null && isLong ? dialled : null,
  };
}

/** Beginnings that cost as much whether or not the number behind them is known to be in use. */
const DEAR_BEGINNINGS: [RegExp, string][] = [
  [/^\+1900/, 'a premium-rate number'],
  [/^\+4470/, 'a personal number'],
  [/^\+449/, 'a premium-rate number'],
  [/^\+979/, 'an international premium-rate number'],
  [/^\+(?:870|881)/, 'a satellite number'],
  [/^\+(?:878|882|883|888)/, 'a global network number'],
  [/^\+808/, 'an international shared-cost number'],
];

/** Says what makes a number dear, or null. */
function whyDear({ e164, type }: Phone): string | null {
  switch (type) {
    case 'PREMIUM_RATE':
      return 'a premium-rate number';
    case 'SHARED_COST':
      return 'a shared-cost number';
    case 'PERSONAL_NUMBER':
      return 'a personal number';
    default:
      return DEAR_BEGINNINGS.find(([beginning]) => beginning.test(e164))?.[1] ?? null;
  }
}

function judgePrice(phone: Phone): void {
  const kind = whyDear(phone);
  if (kind === null) return;
  throw new PolicyError(`${phone.e164} is ${kind}, and those are refused (policy.premium)`, {
    hint: 'If it is meant to be a destination, set policy.premium to true in the config.',
  });
}

function judgeCountry(config: RunConfig, { likeliest: phone, unreadable }: Numbers): void {
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
      `nobody can tell which country ${unreadable} is in, and typed numbers are limited to ${rule}`,
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
      ? `a Route in the address leads around the allowed domains (policy.domains)`
      : `${stranger} is not among the allowed SIP domains: ${allowed} (policy.domains)`,
    { hint: 'If calls are meant to go there, add the domain to policy.domains in the config.' },
  );
}
