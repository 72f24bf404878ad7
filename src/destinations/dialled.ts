/** What a switch would dial for an address, whatever it is dressed in. */
import { unescapePart } from './uri-characters.ts';

/** What may follow the digits without making a name of them: any mark, or a pause (`p1`). */
const END = /^(?:[^A-Za-z0-9_]|[pwx]\d)/i;

/**
 * Reads the digits that an address dials: `sip:%39-1-1;x=y@host` → `911`, `tel:+1 (900) …` →
 * `+1900…`, `sip:tel:+1…@host` → `+1…`. Takes illegal addresses too: what is forbidden is
 * forbidden in any spelling.
 * @returns digits with an optional plus (and `*`, `#`), or an empty string when there are none
 */
export function dialledIn(uri: string): string {
  let text = uri.trim();
  const scheme = /^(sips?|tel):/i.exec(text)?.[0] ?? '';
  text = text.slice(scheme.length);
  const at = text.lastIndexOf('@');
  if (at !== -1) text = text.slice(0, at);
  // A host that is a mere number is no host: somebody forgot the rest. An IP address is one.
  else if (scheme.toLowerCase() !== 'tel:' && !/^[+\d]+(?:[;?:]|$)/.test(text)) return '';
  text = unescapePart(text).replace(/^(?:(?:sips?|tel):)+/i, '');
  const dialled = /^[+0-9*#\-.() ]*/.exec(text)?.[0] ?? '';
  const rest = text.slice(dialled.length, dialled.length + 2);
  if (rest !== '' && !END.test(rest)) return '';
  return dialled.replace(/[-.() ]/g, '');
}

/** The country code that a user part brings along: `;phone-context=+1` (RFC 3966 §5.1.5). */
export function phoneContextIn(uri: string): string | null {
  return /;phone-context=(\+\d{1,7})/i.exec(unescapePart(uri))?.[1] ?? null;
}

/** Says whether an address asks for emergency services by name: `sip:sos@…` (RFC 5031). */
export function isSosAddress(uri: string): boolean {
  return /^sips?:sos(?:\.[^@]*)?@/i.test(unescapePart(uri));
}
