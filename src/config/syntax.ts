/** A config file that is not JSON or YAML at all. */

/** Where a text stops making sense, and why; lines and columns count from 1. */
export class SyntaxProblem extends Error {
  /** @param place null when the parser does not say */
  constructor(place: { line: number; column: number } | null, reason: string) {
    super(place === null ? reason : `line ${place.line}, column ${place.column}: ${reason}`);
    this.name = 'SyntaxProblem';
  }
}

/** Line and column, from 1, of an offset in a text. */
export function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
