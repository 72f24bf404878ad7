/** The character sets of RFC 3261 §25.1 and the walk over one part of an address. */
import { nameCharacter } from './characters-part.ts';
import type { UriFault } from './uri.ts';

const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const UNRESERVED = `${ALPHANUM}-_.!~*'()`;

/** A set of allowed characters, by code, and what it is called in a message. */
export interface CharacterSet {
  name: string;
  allowed: readonly boolean[];
}

function setOf(name: string, characters: string): CharacterSet {
  const allowed = new Array<boolean>(128).fill(false);
  for (const character of characters) allowed[character.charCodeAt(0)] = true;
  return { name, allowed };
}

/** user = 1*( unreserved / escaped / user-unreserved ) */
export const USER = setOf('the user part', `${UNRESERVED}&=+$,;?/`);
/** password = *( unreserved / escaped / "&" / "=" / "+" / "$" / "," ) */
export const PASSWORD = setOf('the password', `${UNRESERVED}&=+$,`);
/** paramchar = param-unreserved / unreserved / escaped */
export const PARAMETER = setOf('a parameter', `${UNRESERVED}[]/:&+$`);
/** hname, hvalue = ( hnv-unreserved / unreserved / escaped ) */
export const HEADER = setOf('a header in the address', `${UNRESERVED}[]/?:+$`);
/** What a value from elsewhere may keep when it is put into a user part. */
export const LITERAL = setOf('a value', `${UNRESERVED}+`);

const PERCENT = 37;

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/** Says whether the text has a whole escape, `%` and two hex digits, at an index. */
export function isEscapeAt(text: string, index: number): boolean {
  return (
    text.charCodeAt(index) === PERCENT &&
    isHex(text.charCodeAt(index + 1)) &&
    isHex(text.charCodeAt(index + 2))
  );
}

/**
 * Walks over a part of an address.
 * @returns the fault at the first character that may not stand there, or null
 */
export function findFault(
  text: string,
  from: number,
  to: number,
  set: CharacterSet,
): UriFault | null {
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (set.allowed[code] === true) continue;
    if (code === PERCENT) {
      if (index + 2 < to && isEscapeAt(text, index)) {
        index += 2;
        continue;
      }
      const message = `"%" without two hex digits after it at position ${index + 1}, in ${set.name}`;
      return { message, position: index + 1 };
    }
    return faultAt(text, index, set.name);
  }
  return null;
}

/** The fault of a character that may not stand where it stands. */
export function faultAt(text: string, index: number, where: string): UriFault {
  const code = text.codePointAt(index);
  const position = index + 1;
  if (code === undefined) return { message: `the address ends in ${where}`, position };
  return {
    message: `${nameCharacter(code)} at position ${position} cannot stand in ${where}`,
    position,
  };
}

/**
 * Escapes what a set does not allow, as `%HH` of its UTF-8 bytes.
 * @param keepEscapes true: whole escapes that are there already stay as they are
 */
export function escapeFor(set: CharacterSet, text: string, keepEscapes = false): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (set.allowed[code] === true || (keepEscapes && isEscapeAt(text, index))) {
      escaped += text[index];
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(index) ?? code);
    escaped += percentEncode(character);
    index += character.length - 1;
  }
  return escaped;
}

/** `%HH` of every byte. */
const ESCAPES = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);
// Not encodeURIComponent: that one throws on half a surrogate pair.
const utf8 = new TextEncoder();

function percentEncode(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 128) return ESCAPES[code] ?? '';
  return Array.from(utf8.encode(character), (byte) => ESCAPES[byte]).join('');
}

/** Reads the escapes of an address part, byte by byte; a broken escape stays as it is. */
export function unescapePart(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
