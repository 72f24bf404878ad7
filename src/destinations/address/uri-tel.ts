/** tel addresses, as far as LiveKit carries them: `tel:+15105550100`. */

import { faultAt } from './characters.ts';
import type { UriFault, UriParts } from './uri.ts';

const SCHEME_LENGTH = 'tel:'.length;
/** RFC 3966 §3, visual-separator, and the blanks that people put between the groups. */
const SEPARATORS = '-.() ';
/** E.164 §6: fifteen digits at most, the country code among them. */
const MOST_DIGITS = 15;

/**
 * Takes a tel address apart. Separators are dropped; parameters are refused, since LiveKit writes
 * a tel URI without `<>`, where they would become parameters of the Refer-To header itself.
 * @param text starts with `tel:` in any case
 */
export function scanTelUri(text: string): UriParts | UriFault {
  let digits = '';
  let plus = false;
  for (let index = SCHEME_LENGTH; index < text.length; index++) {
    const character = text[index] ?? '';
    const position = index + 1;
    if (SEPARATORS.includes(character)) continue;
    if (character === '+' && !plus && digits === '') plus = true;
    else if (character === ';') {
      return {
        message: `";" at position ${position}: a tel: address cannot carry parameters here`,
        position,
      };
    } else if (character < '0' || character > '9') return faultAt(text, index, 'a tel: number');
    else if (!plus) {
      return {
        message: `a tel: address needs the + and the country code, at position ${position}`,
        position,
      };
    } else digits += character;
    if (digits.length > MOST_DIGITS) {
      return { message: `more than ${MOST_DIGITS} digits, at position ${position}`, position };
    }
  }
  if (digits.length < 2) {
    const position = text.length + 1;
    return { message: `a tel: address needs + and 2 to ${MOST_DIGITS} digits`, position };
  }
  const user = `+${digits}`;
  const uri = `tel:${user}`;
  return {
    scheme: 'tel',
    uri,
    user,
    password: null,
    host: null,
    port: null,
    parameters: null,
    headers: null,
  };
}
