/**
 * A half-typed line of bash, taken apart without expanding anything. bash's own COMP_WORDS is no
 * help: it breaks words at `=` and `:`, and leaves the quotes in.
 */

/** The quote that is still open at the cursor. */
export type OpenQuote = "'" | '"' | null;

export interface BashWord {
  /** As typed, quotes and backslashes included. */
  raw: string;
  /** What the program would get, but for what bash would have expanded. */
  value: string;
  open: OpenQuote;
}

/** Takes a line apart; the last word is the one at the cursor, empty where a new one begins. */
export function splitBashLine(line: string): BashWord[] {
  const words: BashWord[] = [];
  let word: BashWord | null = null;
  const current = (): BashWord => {
    word ??= { raw: '', value: '', open: null };
    return word;
  };
  const characters = [...line];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const open: OpenQuote = word === null ? null : (word as BashWord).open;
    if (open === null && /[ \t\n]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    const here = current();
    here.raw += character;
    if (character === open) here.open = null;
    else if (open === null && (character === "'" || character === '"')) here.open = character;
    else if (character === '\\' && open !== "'") {
      const next = characters[index + 1];
      // Within double quotes a backslash stands for itself, save before these.
      const escapes = open === null || (next !== undefined && /["\\$`\n]/.test(next));
      if (!escapes) here.value += character;
      else if (next !== undefined) {
        index += 1;
        here.raw += next;
        // A backslash at the end of a line joins two lines.
        if (next !== '\n') here.value += next;
      }
    } else here.value += character;
  }
  words.push(current());
  return words;
}
