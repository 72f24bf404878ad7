/** What a switch would dial for an address, whatever it is dressed in. */
import { isInvisible } from './characters.ts';
import { unescapePart } from './uri-characters.ts';

/** What may follow the digits without making a name of them: any mark, or a pause (`p1`). */
const END = /^(?:[^A-Za-z0-9_]|[pwx]\d)/i;
/** An outside line's digit and the wait for its tone: `9,1900…`, `0w0900…`. */
const OUTSIDE_LINE_AND_PAUSE = /^[089][,pw]+(?=\+?\d)/i;

/**
 * Reads the digits that an address dials: `sip:%39-1-1;x=y@host` → `911`, `tel:+1 (900) …` →
 * `+1900…`, `sip:tel:+1…@host` → `+1…`. Takes illegal addresses too: what is forbidden is
 * forbidden in any spelling.
 * @returns digits with an optional plus (and `*`, `#`), or an empty string when there are none
 */
export function dialledIn(uri: string): string {
  let text = userOf(uri) ?? '';
  const pause = OUTSIDE_LINE_AND_PAUSE.exec(text)?.[0];
  if (pause !== undefined) text = `${text[0]}${text.slice(pause.length)}`;
  const dialled = /^[+0-9*#\-.() ]*/.exec(text)?.[0] ?? '';
  const rest = text.slice(dialled.length, dialled.length + 2);
  if (rest !== '' && !END.test(rest)) return '';
  return dialled.replace(/[-.() ]/g, '').replace(/^\++/, '+');
}

/** The user part as a lenient reader takes it: unescaped, without schemes or marks in front. */
function userOf(uri: string): string | null {
  let text = uri.trim();
  const scheme = /^(sips?|tel):/i.exec(text)?.[0] ?? '';
  text = text.slice(scheme.length);
  const at = text.lastIndexOf('@');
  if (at !== -1) text = text.slice(0, at);
  // A host that is a mere number is no host: somebody forgot the rest. An IP address is one.
  else if (scheme.toLowerCase() !== 'tel:' && !/^(?:[+\d]+|sos)(?:[;?:]|$)/i.test(text)) {
    return null;
  }
  return readable(unescapePart(text))
    .replace(/^(?:(?:sips?|tel):)+/i, '')
    .replace(/^[^A-Za-z0-9+*#]+/, '');
}

/** Escapes hold UTF-8: digits of other widths count as the digits they are, hidden characters not. */
function readable(bytes: string): string {
  if (!/[^ -~]/.test(bytes)) return bytes;
  const codes = Array.from(bytes, (byte) => byte.charCodeAt(0));
  const text = codes.every((code) => code < 256)
    ? new TextDecoder().decode(Uint8Array.from(codes))
    : bytes;
  return Array.from(text.normalize('NFKC'))
    .filter((character) => !isInvisible(character.charCodeAt(0)))
    .join('');
}

/** The country code that a user part brings along: `;phone-context=+1` (RFC 3966 §5.1.5). */
export function phoneContextIn(uri: string): string | null {
  const context = /;phone-context=(\+[\d\-.()]{1,30})/i.exec(unescapePart(uri))?.[1];
  return context?.replace(/[-.()]/g, '') ?? null;
}

/**
 * Says whether an address asks for emergency services by name: `sip:sos@…`, `urn:service:sos`
 * (RFC 5031).
 */
export function isSosAddress(uri: string): boolean {
  if (!/sos|%|[^ -~]/i.test(uri)) return false;
  const named = /^urn:service:sos(?:\.|$)/i;
  const user = userOf(uri) ?? '';
  return named.test(uri.trim()) || named.test(user) || /^sos(?:[.;:?]|$)/i.test(user);
}
