/** Hosts: names, IPv4 and IPv6 (RFC 3261 §25.1, the IPv6 grammar as RFC 5954 corrects it). */

import { faultAt } from './characters.ts';
import type { UriFault } from './uri.ts';

const HOST = 'the host';

/**
 * Checks the host between two indexes of an address.
 * @returns what is wrong with it, or null
 */
export function hostFault(text: string, from: number, to: number): UriFault | null {
  if (from === to) return { message: `no host at position ${from + 1}`, position: from + 1 };
  if (text[from] === '[') return ipv6Fault(text, from, to);
  // The first character that no host has, before anything said of labels.
  for (let index = from; index < to; index++) {
    if (!/[A-Za-z0-9.-]/.test(text[index] ?? '')) return faultAt(text, index, HOST);
  }
  const host = text.slice(from, to);
  if (isIpv4Shaped(host)) return null;
  let start = from;
  // One final dot is legal: hostname = *( domainlabel "." ) toplabel [ "." ]
  const labels = (host.length > 1 && host.endsWith('.') ? host.slice(0, -1) : host).split('.');
  for (const [index, label] of labels.entries()) {
    const fault = labelFault(label, start, index === labels.length - 1);
    if (fault !== null) return fault;
    start += label.length + 1;
  }
  return null;
}

function labelFault(label: string, start: number, isTop: boolean): UriFault | null {
  const position = start + 1;
  if (label === '')
    return {
      message: `two dots, or a dot at an end, at position ${position} of the host`,
      position,
    };
  if (label.startsWith('-'))
    return { message: `"-" at position ${position} cannot begin a part of the host`, position };
  if (label.endsWith('-')) {
    const end = start + label.length;
    return { message: `"-" at position ${end} cannot end a part of the host`, position: end };
  }
  // toplabel = ALPHA / ALPHA *( alphanum / "-" ) alphanum
  if (isTop && !/^[A-Za-z]/.test(label)) {
    const message = `the last part of the host, at position ${position}, must begin with a letter (or the host be an IP address)`;
    return { message, position };
  }
  return null;
}

/** IPv4address = 1*3DIGIT "." 1*3DIGIT "." 1*3DIGIT "." 1*3DIGIT: the grammar knows no 255. */
export function isIpv4Shaped(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}

function ipv6Fault(text: string, from: number, to: number): UriFault | null {
  if (text[to - 1] !== ']')
    return { message: `"[" at position ${from + 1} is not closed`, position: from + 1 };
  for (let index = from + 1; index < to - 1; index++) {
    if (!/[0-9A-Fa-f:.]/.test(text[index] ?? '')) return faultAt(text, index, 'an IPv6 address');
  }
  if (isIpv6(text.slice(from + 1, to - 1))) return null;
  const message = `the IPv6 address at position ${from + 2} does not have eight groups (or one "::")`;
  return { message, position: from + 2 };
}

/** Says whether a text is an IPv6 address, without its brackets (RFC 5954 §4.1). */
export function isIpv6(address: string): boolean {
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = groups.at(-1)?.at(-1);
  // The last 32 bits may be written as IPv4, where there is something to be last.
  const hasIpv4 = last?.includes('.') === true;
  const hex = hasIpv4 ? all.slice(0, -1) : all;
  if (!hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  if (hasIpv4 && !isIpv4(last ?? '')) return false;
  const size = hex.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? size <= 7 : size === 8;
}

function isIpv4(address: string): boolean {
  return isIpv4Shaped(address) && address.split('.').every((octet) => Number(octet) <= 255);
}
