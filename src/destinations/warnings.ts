/** What is legal, allowed, and worth a word before it is sent: of a destination, and of any address. */
import { alternatives } from '../config/json.ts';
import { type UriParts, unescapePart } from './address/characters.ts';
import { dialledIn, MIN_PHONE_DIGITS } from './address/dial-string.ts';
import type { Phone } from './address/phone.ts';
import { mayBeSameNumber, newFormsOf } from './address/phone-writing.ts';
import { isIpv4Shaped } from './address/uri-scan.ts';
import { result, type StepResult, type TrunkFacts, type TrunkMatch } from './destination.ts';
import { addressFormWarning } from './providers.ts';

// The last step of a destination.

type Address = UriParts & { warnings: readonly string[] };

/** A destination with all its parts, so far as the warnings look at them. */
interface Whole<Legal extends Address> {
  phone: Phone | null;
  rule: string;
  address: Legal;
  judgement: { dialled: string; phone: Phone | null };
  headers: Record<string, string>;
}

interface Finished<Legal extends Address>
  extends Pick<Whole<Legal>, 'rule' | 'address' | 'headers'> {
  /** E.164, when the target is a phone number. */
  number: string | null;
}

/** Warns of the number, the address, its form for the provider, and a loop to ourselves. */
export function warnOfDestination<Legal extends Address>(
  { phone, rule, address, judgement, headers }: Whole<Legal>,
  { match, trunk }: { match: TrunkMatch; trunk: TrunkFacts | null },
): StepResult<Finished<Legal>> {
  const { dialled } = judgement;
  // Without its plus, the number inside an address is the policy's guess and no fact.
  const read = phone ?? (dialled.startsWith('+') ? judgement.phone : null);
  const number = read?.isPossible === true ? read.e164 : null;
  const provider = match.trunk.provider ?? trunk?.provider ?? null;
  // A template that leaves out the plus (`{digits}`) means to.
  const meant = phone === null || address.user === null ? null : warnOfMissingPlus(address.user);
  const warnings = [
    warnOfNumber(read, dialled),
    ...address.warnings.filter((warning) => warning !== meant),
    provider === null ? null : addressFormWarning(provider, address.uri),
    warnOfUnplaced(trunk),
    warnOfLoop(dialled, number ?? judgement.phone?.e164 ?? null, trunk),
  ];
  return result(
    { rule, address, headers, number },
    [],
    warnings.filter((warning) => warning !== null),
  );
}

/** What the config says of the call's own trunk, that it has no REFER among it, was not looked at. */
function warnOfUnplaced(trunk: TrunkFacts | null): string | null {
  if (trunk?.unplaced === undefined) return null;
  return `which trunk this call is on is not known (${trunk.unplaced.why}): --via is used instead`;
}

function warnOfNumber(phone: Phone | null, dialled: string): string | null {
  if (phone?.isInUse === true) return null;
  const number = phone?.isPossible === true ? phone.e164 : dialled;
  if (!/^\+\d+$/.test(number)) return null;
  // An address goes out as it is written: what its number became is for whoever wrote it.
  const found = newFormsOf(number);
  if (found !== null) {
    return `${number} is a number as it was before ${found.year}: it would be ${alternatives(found.forms)} now`;
  }
  return phone?.isPossible === true
    ? `${number} is not a number in use, as far as is known`
    : `${number} is not a possible phone number`;
}

/**
 * Warns of a target that is the called number, another number of our own, or the caller's: what
 * comes in there may be answered by the very agent that the caller is to be freed of.
 * @param e164 the phone number as the trunk would read it; null when there is none
 */
function warnOfLoop(dialled: string, e164: string | null, trunk: TrunkFacts | null): string | null {
  if (trunk === null) return null;
  const forms = [digitsOf(dialled), digitsOf(e164)].filter((form) => form !== '');
  const isTarget = (number: string | null) =>
    number !== null && forms.some((form) => mayBeSameNumber(`+${form}`, `+${digitsOf(number)}`));
  if (isTarget(trunk.trunkNumber)) {
    const whose =
      trunk.direction === 'outbound' ? 'our own number' : 'the number the caller called';
    return `${dialled} is ${whose}: it may come back to the same agent`;
  }
  const ours = trunk.ourNumbers?.find(({ number }) => isTarget(number));
  if (ours !== undefined) {
    return `${dialled} is a number of our own (inbound trunk ${ours.trunk}): it may come back to the same agent`;
  }
  if (isTarget(trunk.callerNumber)) return `${dialled} is the caller's own number`;
  return trunk.ourNumbersUnread === true && forms.some((form) => form.length >= MIN_PHONE_DIGITS)
    ? `whether ${dialled} is a number of our own, and comes back to an agent, was not checked: the list of trunks could not be read`
    : null;
}

/** Says whether an address dials a phone number, so that the numbers of our own matter for it. */
export function dialsNumber(referTo: string): boolean {
  return digitsOf(dialledIn(referTo)).length >= MIN_PHONE_DIGITS;
}

function digitsOf(number: string | null): string {
  return number?.replace(/[^\d]/g, '') ?? '';
}

// Addresses that are legal and still doubtful.

/** Numbers of PBXs have fewer digits than this, those of countries nearly always more. */
const MIN_PSTN_DIGITS = 8;

/** Headers that an address may not well choose for the request it leads to (RFC 3261 §19.1.5). */
const ROUTING = new Set(
  'accept accept-encoding accept-language allow call-id contact cseq from organization record-route route supported user-agent via'
    .concat(' refer-to referred-by to f t m v i')
    .split(' '),
);

/** Lists what is doubtful about a legal address, a sentence each. */
export function warnOfUri(parts: UriParts): string[] {
  if (parts.host === null) return [];
  return [
    ...userWarnings(parts),
    ...hostWarnings(parts.host),
    ...portWarnings(parts.port),
    ...tailWarnings(parts),
  ];
}

function userWarnings({ user, password }: UriParts): string[] {
  if (user === null) return ['the address has no user part: it names a host and no user'];
  const warnings: string[] = [];
  if (/^(?:sips?|tel)$/i.test(user) && password !== null) {
    warnings.push(`two schemes: "${user}:" inside a SIP address is read as a user with a password`);
  } else if (password !== null) {
    warnings.push(
      'the address carries a password, and every server on the route sees it (RFC 3261 §19.1.1)',
    );
  }
  if (user.startsWith('//')) {
    warnings.push('the user part starts with "//": a SIP address has no slashes');
  }
  if (/%[01][0-9A-F]|%7F/i.test(user)) {
    warnings.push('the user part holds an escaped control character');
  }
  const noPlus = warnOfMissingPlus(user);
  return noPlus === null ? warnings : [...warnings, noPlus];
}

/** Warns of a user part that is a phone number but for its plus; null where it is none. */
export function warnOfMissingPlus(user: string): string | null {
  const [number = ''] = unescapePart(user).split(';');
  const dialled = number.replace(/[-.() ]/g, '');
  if (!/^\d+$/.test(dialled) || dialled.length < MIN_PSTN_DIGITS) return null;
  return `"${dialled}" looks like a phone number without its +`;
}

function hostWarnings(host: string): string[] {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (isIpv4Shaped(name)) {
    const octets = name.split('.').map(Number);
    if (octets.some((octet) => octet > 255))
      return [`${host} is no IP address: a part is above 255`];
    if (name.split('.').some((octet) => /^0\d/.test(octet)))
      return [`${host} is doubtful: a part begins with 0, which some read as octal`];
    return isPrivateIpv4(octets)
      ? [`${host} is a private address: a provider cannot reach it`]
      : [];
  }
  if (name.startsWith('[')) {
    return isPrivateIpv6(name.slice(1, -1))
      ? [`${host} is a private address: a provider cannot reach it`]
      : [];
  }
  if (name === 'localhost' || name.endsWith('.localhost')) {
    return [`${host} is the machine that reads it: a provider cannot reach yours by it`];
  }
  if (name.endsWith('.local') || name.endsWith('.internal') || !name.includes('.')) {
    return [`${host} is a name of a local network: a provider cannot look it up`];
  }
  return [];
}

/** This host, private (RFC 1918), shared (RFC 6598), loopback, link-local. */
function isPrivateIpv4([a = 0, b = 0]: number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168)
  );
}

/** Loopback, unspecified, unique local (RFC 4193), link-local, and IPv4 inside IPv6. */
function isPrivateIpv6(address: string): boolean {
  const mapped = /^(?:0{0,4}:){1,5}(?:ffff:)?((?:\d{1,3}\.){3}\d{1,3})$/.exec(address)?.[1];
  if (mapped !== undefined) return isPrivateIpv4(mapped.split('.').map(Number));
  if (/^[0:]*:0{0,3}[01]?$/.test(address)) return true;
  return /^f[cd][0-9a-f]{2}:/.test(address) || /^fe[89ab][0-9a-f]:/.test(address);
}

function portWarnings(port: string | null): string[] {
  if (port === null || (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535))
    return [];
  return [`port ${port} does not exist: ports are 1 to 65535`];
}

function tailWarnings({ parameters, headers }: UriParts): string[] {
  const warnings: string[] = [];
  const pairs = parameters?.split(';').map((pair) => pair.split('=')) ?? [];
  const names = pairs.map(([name = '']) => unescapePart(name).toLowerCase());
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  // RFC 3261 §19.1.1: "any given parameter-name MUST NOT appear more than once".
  if (twice !== undefined) warnings.push(`the parameter "${twice}" is there twice`);
  const method = pairs.find((_, index) => names[index] === 'method')?.[1];
  if (method !== undefined && method.toUpperCase() !== 'INVITE') {
    warnings.push(
      `method=${method} asks the trunk for a ${method} instead of a call (RFC 3515 §2.1)`,
    );
  }
  // Only the names: hvalue may not hold a bare "&" either, so this split is the grammar's own.
  const headerNames =
    headers?.split('&').map((pair) => unescapePart(pair.split('=')[0] ?? '').toLowerCase()) ?? [];
  if (headerNames.includes('body'))
    warnings.push('the address carries a message body, which few trunks pass on');
  if (headerNames.includes('replaces')) {
    warnings.push(
      'Replaces in the address takes over a call of the target (RFC 3891): that is an attended transfer',
    );
  }
  const routing = headerNames.find((name) => ROUTING.has(name));
  if (routing !== undefined) {
    warnings.push(
      `the header ${routing} in the address is not for an address to choose, and a careful trunk ignores it (RFC 3261 §19.1.5)`,
    );
  }
  return warnings;
}
