/** Characters that nobody sees: found, and named so that a message can speak of them. */

const NAMES: Record<number, string> = {
  0: 'NUL',
  9: 'TAB',
  10: 'LF (line feed)',
  13: 'CR (carriage return)',
  27: 'ESC',
  127: 'DEL',
  173: 'a soft hyphen',
  8232: 'a line separator',
  8233: 'a paragraph separator',
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

export interface InvisibleCharacter {
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
  const name = NAMES[code];
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
