/** Pieces of a config: what a text may hold, how names, texts and paths are written, shapes. */

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

/** The path of a key: `departments.sales.to`, `agents[0]`, `trunks["sip.example.com"].dial`. */
export function writePath(path: readonly PropertyKey[]): string {
  let written = '';
  for (const key of path) {
    if (typeof key === 'number') written += `[${key}]`;
    else if (/^[\w$-]{1,60}$/.test(String(key))) written += `${written && '.'}${String(key)}`;
    else written += `[${quoteName(String(key))}]`;
  }
  return written;
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

// Values of any shape, not checked yet.

/** Objects as JSON and YAML write them; dates and bytes, which YAML knows too, are not. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The names of departments and trunks, whatever the shape of the rest. */
export function namesIn(config: unknown): [section: string, name: string][] {
  return ['departments', 'trunks'].flatMap((section) => {
    const names = isRecord(config) ? config[section] : undefined;
    return isRecord(names)
      ? Object.keys(names).map((name): [string, string] => [section, name])
      : [];
  });
}

/** Whether any such name is what a number looks like once YAML has read it as one. */
export function hasNumberNames(config: unknown): boolean {
  return namesIn(config).some(([, name]) => String(Number(name)) === name);
}
