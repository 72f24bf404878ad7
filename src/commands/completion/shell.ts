/** What the four shells have in common: each asks in its own way and wants to be answered in it. */
import type { Answer, Candidate } from './candidates.ts';
import type { TypedWords } from './position.ts';

/** A shell's question, understood. */
export interface Question {
  words: TypedWords;
  /** The answer in the form that the shell's script reads, without the last line end. */
  write(answer: Answer): string;
}

export interface Shell {
  /** What `completion` prints: it asks this program at every Tab, and knows nothing itself. */
  script: string;
  /** @param request the words with which the script calls `complete SHELL --` */
  read(request: readonly string[]): Question;
}

/** The first line of an answer, for scripts that read lines. */
export function heading({ files }: Answer): string {
  return files ? 'files' : 'words';
}

/**
 * The candidates that begin with what was typed; if none does, those that do so in other capitals,
 * since names of departments are found in any.
 */
export function startingWith(candidates: readonly Candidate[], typed: string): Candidate[] {
  const exact = candidates.filter(({ word }) => word.startsWith(typed));
  if (exact.length > 0) return exact;
  const folded = typed.toLowerCase();
  return candidates.filter(({ word }) => word.toLowerCase().startsWith(folded));
}
