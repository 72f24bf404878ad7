/** Addresses that are legal and still doubtful. */
import { type UriParts, unescapePart } from './characters.ts';
import { isIpv4Shaped } from './uri-scan.ts';

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
  if (user === null) return ['the address has no user part: it names a host, and nobody there'];
  const warnings: string[] = [];
  if (/^(?:sips?|tel)$/i.test(user) && password !== null) {
    warnings.push(`two schemes: "${user}:" inside a SIP address is read as a user with a password`);
  } else if (password !== null) {
    warnings.push('the address carries a password, and the whole route sees it (RFC 3261 §19.1.1)');
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
