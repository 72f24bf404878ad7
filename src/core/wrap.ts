/** Sentences broken between words: a terminal by itself breaks them anywhere. */

/**
 * Breaks a text into lines that fit, where it has blanks; a longer word (an id, an address) stays
 * whole, so that it can be copied.
 * @param columns width of the terminal; undefined leaves the text as it is
 */
export function wrapWords(text: string, columns: number | undefined): string[] {
  if (columns === undefined || text.length <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
