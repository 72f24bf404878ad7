/** What a text in a config may hold, and how a piece of one is shown. */

/** Control characters of both sets, line separators, and halves of surrogate pairs. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Finds a character that must never reach a SIP header or a terminal.
 * @returns its code point as `U+000A`, or null
 */
export function forbiddenCharacter(text: string): string | null {
  const found = FORBIDDEN.exec(text)?.[0].codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A name in quotes, shortened, with its control characters written out. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 59)}…` : name);
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}

// Texts in double quotes, as JSON and YAML both read them.

/**
 * Everything that has no form of its own on a screen: controls, characters that hide or reorder
 * text, those that nobody has assigned (YAML refuses some of these), and line separators.
 */
const INVISIBLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Writes a text as JSON, with all that cannot be seen as `\uXXXX`. */
export function quoteText(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

/** The same for a whole JSON document, whose own line ends stay. */
export function escapeInvisible(json: string): string {
  return json.replace(INVISIBLE, (found) =>
    found === '\n'
      ? found
      : // Two units for what lies beyond the first plane: that is how JSON writes it.
        found
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

// The two kinds of text that a config file is.

export type ConfigFormat = 'json' | 'yaml';

/**
 * Tells the format of a config file by its name, which has to end as the reader wants it.
 * @returns null for a file that is no config
 */
export function formatOf(file: string): ConfigFormat | null {
  if (file.endsWith('.json')) return 'json';
  return /\.ya?ml$/.test(file) ? 'yaml' : null;
}

/** Objects as JSON and YAML write them; dates and bytes, which YAML knows too, are not. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
