/** Texts in double quotes, as JSON and YAML both read them. */

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
