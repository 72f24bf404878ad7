/** Which SIP domains a call may be sent to, where the config lists them. */
import type { TransferConfig } from '../config/types.ts';
import { PolicyError } from '../core/errors.ts';
import { unescapePart } from './address/characters.ts';
import type { UriParts } from './address/uri.ts';
import { bareHost, hostMatches } from './trunks.ts';

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
