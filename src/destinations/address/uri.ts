/**
 * Checks addresses before they go into a Refer-To: LiveKit writes them into the header as they
 * are, CR LF included, and checks nothing but the scheme.
 */
import { findInvisible, nameCharacter } from './characters-part.ts';
import { repairUri } from './uri-repair.ts';
import { scanSipUri } from './uri-scan.ts';
import { scanTelUri } from './uri-tel.ts';
import { warnOfUri } from './uri-warnings.ts';

/** Longer than any address anybody dials, short enough for one UDP packet. */
export const LONGEST_URI = 1024;

export type UriScheme = 'sip' | 'sips' | 'tel';

/** The parts of an address as they are typed, escapes and all. */
export interface UriParts {
  scheme: UriScheme;
  /** The scheme lower-cased, the rest as typed; of a tel URI the bare number. */
  uri: string;
  user: string | null;
  password: string | null;
  /** null for a tel URI. */
  host: string | null;
  port: string | null;
  /** From the first `;` after the host, without it. */
  parameters: string | null;
  /** From the `?`, without it. */
  headers: string | null;
}

export interface LegalUri extends UriParts {
  ok: true;
  warnings: string[];
}

export interface IllegalUri {
  ok: false;
  message: string;
  /** 1-based, of the character that is wrong. */
  position: number;
  /** A legal address that was probably meant. */
  repaired?: string;
}

/** What a scanner found wrong, and where (1-based). */
export interface UriFault {
  message: string;
  position: number;
}

/** Says whether a text means to be an address: it starts with `sip:`, `sips:` or `tel:`. */
export function hasUriScheme(text: string): boolean {
  return /^(?:sips?|tel):/i.test(text);
}

/**
 * Checks a sip, sips or tel address by RFC 3261 §25.1, RFC 5954 and RFC 3966, and by LiveKit's own
 * limits (no control characters, no parameters on tel). One pass, linear in the input.
 * @param text the address as typed
 * @returns its parts and warnings, or what is wrong, where, and a repaired form when there is one
 */
export function checkUri(text: string): LegalUri | IllegalUri {
  if (text.length > LONGEST_URI) {
    const message = `the address is longer than ${LONGEST_URI} characters`;
    return { ok: false, message, position: LONGEST_URI + 1 };
  }
  const invisible = findInvisible(text);
  if (invisible !== null) {
    const { name, position } = invisible;
    return { ok: false, message: `${name} at position ${position} of the address`, position };
  }
  const scanned = scanUri(text);
  if ('uri' in scanned) return { ok: true, ...scanned, warnings: warnOfUri(scanned) };
  const isLegal = (uri: string) => uri.length <= LONGEST_URI && 'uri' in scanUri(uri);
  const repaired = repairUri(text, isLegal);
  return { ok: false, ...scanned, ...(repaired === null ? {} : { repaired }) };
}

function scanUri(text: string): UriParts | UriFault {
  const scheme = /^(?:sips?|tel):/i.exec(text)?.[0];
  if (scheme === undefined) return missingScheme(text);
  return scheme.toLowerCase() === 'tel:' ? scanTelUri(text) : scanSipUri(text, scheme.length);
}

function missingScheme(text: string): UriFault {
  const first = text.codePointAt(0);
  const found = first === undefined ? 'nothing' : nameCharacter(first);
  return {
    message: `an address starts with sip:, sips: or tel:, not with ${found}`,
    position: 1,
  };
}
