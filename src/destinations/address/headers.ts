/** SIP headers: those that may go out with a REFER, and those inside a Refer-To. */
import { belongsToRefer, isHeaderName, LONGEST_HEADER_VALUE } from '../../config/values.ts';
import { DestinationError } from '../../core/errors.ts';
import { escapeFor, findInvisible, LITERAL } from './characters.ts';

/**
 * Checks a header for the REFER.
 * @throws DestinationError when the name is no token, LiveKit refuses it, or the value cannot be sent
 */
export function checkReferHeader(name: string, value: string): void {
  const hidden = findInvisible(name);
  if (hidden !== null) {
    throw new DestinationError(`${hidden.name} at position ${hidden.position} of a header's name`);
  }
  if (!isHeaderName(name)) {
    throw new DestinationError(
      name === ''
        ? 'a header has no name'
        : `"${name.slice(0, 60)}" is not the name of a SIP header`,
      { hint: 'Write it as "X-Reason: billing".' },
    );
  }
  if (belongsToRefer(name)) {
    throw new DestinationError(`the header ${name} belongs to the REFER itself and cannot be set`, {
      hint: 'Referred-By, Diversion, User-to-User, P-Asserted-Identity and X-… headers can be.',
    });
  }
  const wrong = findInvisible(value);
  if (wrong !== null) {
    throw new DestinationError(
      `${wrong.name} at position ${wrong.position} of the header ${name}`,
      {
        hint: 'A header is one line of visible characters.',
      },
    );
  }
  if (new TextEncoder().encode(value).length > LONGEST_HEADER_VALUE) {
    throw new DestinationError(`the header ${name} is longer than ${LONGEST_HEADER_VALUE} bytes`);
  }
}

/**
 * Reads a header as it is typed.
 * @param text `Name: value`
 * @throws DestinationError when there is no colon, or the header may not be sent
 */
export function parseReferHeader(text: string): { name: string; value: string } {
  const colon = text.indexOf(':');
  if (colon === -1) {
    throw new DestinationError('a header is written as "Name: value", and there is no ":"', {
      hint: 'For instance --header "Referred-By: <sip:agent@example.com>".',
    });
  }
  const name = trimBlanks(text.slice(0, colon));
  const value = trimBlanks(text.slice(colon + 1));
  checkReferHeader(name, value);
  return { name, value };
}

/** Blanks and tabs only: a line end is nothing to pass over (RFC 3261 §7.3.1). */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && ' \t'.includes(text[from] ?? '')) from++;
  // By hand: a regex for the end would begin anew at every blank of a long value.
  while (to > from && ' \t'.includes(text[to - 1] ?? '')) to--;
  return text.slice(from, to);
}

/**
 * Puts one set of headers over another; a name is the same in any case, and keeps the spelling of
 * the one that wins.
 */
export function mergeHeaders(
  below: Readonly<Record<string, string>>,
  above: Readonly<Record<string, string>>,
): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const entry of [...Object.entries(below), ...Object.entries(above)]) {
    merged.set(entry[0].toLowerCase(), entry);
  }
  return Object.fromEntries(merged.values());
}

/**
 * Writes headers into a SIP address, for the provider to hand to the target:
 * `sip:100@pbx?User-to-User=a%3Bencoding%3Dhex` (RFC 3261 §19.1.1, hname and hvalue).
 * @param uri a legal sip or sips address; headers it has already are kept
 */
export function addUriHeaders(uri: string, headers: Readonly<Record<string, string>>): string {
  const written = Object.entries(headers).map(
    // Stricter than hnv-unreserved asks: "?", ":" and "/" inside a value confuse lesser parsers.
    ([name, value]) => `${escapeFor(LITERAL, name)}=${escapeFor(LITERAL, value)}`,
  );
  if (written.length === 0) return uri;
  return `${uri}${uri.includes('?', uri.indexOf('@') + 1) ? '&' : '?'}${written.join('&')}`;
}
