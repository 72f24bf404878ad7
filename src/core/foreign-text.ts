/**
 * Names, numbers, rooms and headers come from strangers. Before any of them reaches a terminal, a
 * record or a report, what could move a cursor, ring a bell, break a line or turn text round is made visible.
 */

/**
 * C0 and C1 controls and DEL; the line separators; the characters that reorder or hide text
 * (bidirectional controls, zero-width characters, the byte order mark); halves of surrogate pairs.
 */
export const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/gu;

/**
 * Finds a character that must be made visible.
 * @returns its code point as `U+200D`, or null
 */
export function hiddenCharacter(text: string): string | null {
  const index = text.search(UNSAFE);
  if (index === -1) return null;
  return `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}`;
}

const SHORT: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeOne(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Makes foreign text safe to print on one line. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeOne);
}
