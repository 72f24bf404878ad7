/** What can be offered at a position, before any shell has its way of writing it. */
import type { TransferConfig } from '../../config/types.ts';
import { listDepartments } from '../../destinations/reading.ts';
import { HELP_TOPICS } from '../help/command.ts';
import type { CommandGrammar, TypedWords, ValueKind, Wanted } from './position.ts';

export interface Candidate {
  /** The whole word, unquoted. */
  word: string;
  /** For people; empty where there is nothing to say. */
  description: string;
}

/** What a shell is told. */
export interface Answer {
  /** The shell completes names of files by itself. */
  files: boolean;
  candidates: readonly Candidate[];
  /** What stands before the value in every candidate's word: `--to=`, or nothing. */
  prefix: string;
}

const NOTHING: Answer = { files: false, candidates: [], prefix: '' };

/** Whether the config has a part in what can be offered. */
export function needsConfig(wanted: Wanted): boolean {
  return wanted.kind === 'value' && /^(destinations|trunks|calls)$/.test(wanted.value.kind);
}

/**
 * Lists what can be offered.
 * @param calls that are up, where they were asked for
 * @param isSafe whether a text of the config can be shown and typed: no control characters in it
 */
export function listCandidates(
  wanted: Wanted,
  program: CommandGrammar,
  config: TransferConfig,
  isSafe: (text: string) => boolean,
  calls: readonly Candidate[] = [],
): Answer {
  switch (wanted.kind) {
    case 'commands':
      return {
        ...NOTHING,
        candidates: wanted.commands.map(({ name, description }) => ({ word: name, description })),
      };
    case 'options':
      return {
        ...NOTHING,
        candidates: wanted.options.map(({ flags, description }) => ({
          // The long writing says what it does, in a script and in a shell's history.
          word: flags.at(-1) ?? '',
          description,
        })),
      };
    case 'value': {
      const { value, prefix, dashesAreFlags } = wanted;
      if (value.kind === 'files') return { files: true, candidates: [], prefix };
      const candidates = listValues(value, program, config, calls)
        .filter(({ word }) => isSafe(word) && !(dashesAreFlags && word.startsWith('-')))
        .map(({ word, description }) => ({
          word: `${prefix}${word}`,
          description: isSafe(description) ? description : '',
        }));
      return { files: false, candidates, prefix };
    }
  }
}

function listValues(
  value: ValueKind,
  program: CommandGrammar,
  config: TransferConfig,
  calls: readonly Candidate[],
): readonly Candidate[] {
  const plain = (words: readonly string[]) => words.map((word) => ({ word, description: '' }));
  switch (value.kind) {
    case 'choices':
      return plain(value.choices);
    case 'destinations':
      return listDepartments(config).flatMap(({ name, to, aliases = [], description }) => [
        { word: name, description: description ?? to },
        ...aliases.map((word) => ({ word, description: `is ${name}` })),
      ]);
    case 'trunks':
      return plain(Object.keys(config.trunks ?? {}));
    case 'topics':
      return [
        ...program.commands.map(({ name, description }) => ({ word: name, description })),
        ...HELP_TOPICS.map((word) => ({ word, description: 'help topic' })),
      ];
    case 'calls':
      return calls;
    case 'files':
    case 'fields':
    case 'list':
    case 'free':
      return [];
  }
}

// What the four shells have in common: each asks in its own way and wants to be answered in it.

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
