/** What a wrong address was probably meant to be. */
import { escapeFor, PASSWORD, USER } from './characters.ts';

/**
 * Repairs the mistakes that people make with addresses: angle brackets, blanks, a missing scheme,
 * unescaped characters in the user part, a colon without a port, an empty part of the host, letters
 * beyond ASCII in a host name.
 * @param isLegal the judge of the result: nothing illegal is ever suggested
 * @returns a legal address, or null
 */
export function repairUri(text: string, isLegal: (uri: string) => boolean): string | null {
  const bare = stripBrackets(text.trim()).trim();
  const scheme = /^(sips?|tel):/i.exec(bare)?.[0] ?? '';
  const rest = bare.slice(scheme.length);
  const repaired =
    scheme.toLowerCase() === 'tel:'
      ? `tel:${repairTel(rest)}`
      : repairSip(scheme.toLowerCase(), rest);
  return repaired !== null && repaired !== text && isLegal(repaired) ? repaired : null;
}

/** `"Sales" <sip:sales@example.com>;tag=1` and `<sip:…>` → what stands between the brackets. */
function stripBrackets(text: string): string {
  const open = text.indexOf('<');
  const close = text.indexOf('>', open);
  return open !== -1 && close !== -1 ? text.slice(open + 1, close) : text;
}

/** Only from the first parameter on: digits are never made up. */
function repairTel(rest: string): string {
  const semicolon = rest.indexOf(';');
  return semicolon === -1 ? rest : rest.slice(0, semicolon);
}

function repairSip(scheme: string, rest: string): string | null {
  const at = rest.lastIndexOf('@');
  if (scheme === '' && at === -1) return null;
  const prefix = scheme === '' ? 'sip:' : scheme;
  const hostPart = repairHostPart(rest.slice(at + 1));
  if (at === -1) return `${prefix}${hostPart}`;
  const userPart = rest.slice(0, at);
  if (userPart === '') return `${prefix}${hostPart}`;
  const colon = userPart.indexOf(':');
  const user = escapeFor(USER, colon === -1 ? userPart : userPart.slice(0, colon), true);
  const password = colon === -1 ? '' : `:${escapeFor(PASSWORD, userPart.slice(colon + 1), true)}`;
  return `${prefix}${user}${password}@${hostPart}`;
}

function repairHostPart(hostPart: string): string {
  const tight = hostPart.replace(/[ \t]+/g, '');
  const end = tight.search(/[;?]/);
  const hostPort = (end === -1 ? tight : tight.slice(0, end)).replace(/:$/, '');
  const tail = (end === -1 ? '' : tight.slice(end)).replace(/;+(?=[;?]|$)/g, '');
  return asciiHost(bracketIpv6(hostPort)) + tail;
}

/** `2001:db8::10` → `[2001:db8::10]`; whether it is one, the judge says. */
function bracketIpv6(host: string): string {
  return /^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$/.test(host) ? `[${host}]` : host;
}

function asciiHost(host: string): string {
  if (!/[^ -~]/.test(host)) return host;
  try {
    return new URL(`http://${host}`).host;
  } catch {
    return host;
  }
}
