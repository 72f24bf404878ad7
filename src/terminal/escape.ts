/** Foreign text on a terminal, and in JSON, where the same characters are written another way. */
import { escapeText, UNSAFE } from '../core/foreign-text.ts';

export { escapeText };

/** Like escapeText, but line ends of our own stay: for messages of several lines. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

/** The same characters inside a JSON text, where only `\uXXXX` is allowed. */
export function escapeJsonText(json: string): string {
  return json.replace(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
