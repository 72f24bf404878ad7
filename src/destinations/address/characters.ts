/**
 * What addresses are made of: their parts, the characters that may stand in each, escapes, and the
 * characters that nobody sees.
 */

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

// Which characters may stand in which part (RFC 3261 §25.1).

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
/** The characters of a host name or an IPv4 address. */
export const HOST = setOf('the host', `${ALPHANUM}-.`);
/** What a value from elsewhere may keep when it is put into a user part. */
export const LITERAL = setOf('a value', `${UNRESERVED}+`);

/** What a scanner found wrong, and where (1-based). */
export interface UriFault {
  message: string;
  position: number;
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

// Escapes: `%` and two hex digits.

const PERCENT = 37;

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/** Says whether the text has a whole escape, `%` and two hex digits, at an index. */
function isEscapeAt(text: string, index: number): boolean {
  return (
    text.charCodeAt(index) === PERCENT &&
    isHex(text.charCodeAt(index + 1)) &&
    isHex(text.charCodeAt(index + 2))
  );
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

const ESCAPE_OF_BYTE = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);
// Not encodeURIComponent: that one throws on half a surrogate pair.
const utf8 = new TextEncoder();

function percentEncode(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 128) return ESCAPE_OF_BYTE[code] ?? '';
  return Array.from(utf8.encode(character), (byte) => ESCAPE_OF_BYTE[byte]).join('');
}

/** Reads the escapes of an address part, byte by byte; a broken escape stays as it is. */
export function unescapePart(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

// Characters that nobody sees: found, and named so that a message can speak of them.

const CHARACTER_NAMES: Record<number, string> = {
  0: 'NUL',
  9: 'TAB',
  10: 'LF (line feed)',
  13: 'CR (carriage return)',
  27: 'ESC',
  127: 'DEL',
  173: 'a soft hyphen',
  8232: 'a line separator',
  8233: 'a paragraph separator',
  160: 'a no-break space',
  8199: 'a figure space',
  8239: 'a narrow no-break space',
  65279: 'a byte order mark',
};

/**
 * C0 and C1 controls, and the format characters that hide in copied text: zero-width ones, those
 * that turn the writing direction (a file manager's classic disguise), line separators.
 */
export function isInvisible(code: number): boolean {
  if (code < 32) return true;
  if (code < 127) return false;
  return (
    code <= 159 ||
    code === 173 ||
    code === 1564 ||
    code === 6158 ||
    (code >= 8203 && code <= 8207) ||
    (code >= 8232 && code <= 8238) ||
    (code >= 8288 && code <= 8303) ||
    code === 65279
  );
}

interface InvisibleCharacter {
  /** `ESC`, `LF (line feed)`, `the control character U+0001`. */
  name: string;
  /** 1-based. */
  position: number;
}

/**
 * Finds the first control or invisible character of a text.
 * @returns its name and position, or null
 */
export function findInvisible(text: string): InvisibleCharacter | null {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (isInvisible(code)) return { name: nameCharacter(code), position: index + 1 };
  }
  return null;
}

/** Counts the control and invisible characters of a text. */
export function countInvisible(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    if (isInvisible(text.charCodeAt(index))) count += 1;
  }
  return count;
}

/**
 * Names a character for a message: in quotes when it can be seen, by name when it cannot.
 * @param code its code point
 */
export function nameCharacter(code: number): string {
  const name = CHARACTER_NAMES[code];
  if (name !== undefined) return name;
  if (code === 32) return 'a blank';
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (code < 32 || (code >= 127 && code <= 159)) return `the control character ${point}`;
  if (isInvisible(code)) return `the invisible character ${point}`;
  // A lone half of a surrogate pair is no character at all, and not printable as one.
  if (code >= 0xd800 && code <= 0xdfff) return `half of a character (${point})`;
  const shown = String.fromCodePoint(code);
  return code > 126 ? `"${shown}" (${point})` : `"${shown}"`;
}
