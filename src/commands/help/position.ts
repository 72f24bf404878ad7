/** What a half-typed line wants next, and what a shell is told then. */
import type { Argument, Command, Option } from 'commander';
import { fieldsOf, type RecordFields } from '../shared/command.ts';
import { isRepeatable } from '../shared/flags.ts';

/** The words behind the program's name, as the program would get them. */
export interface TypedWords {
  /** Those before the one that is being typed. */
  before: readonly string[];
  /** The one that is being typed, up to the cursor; empty where a new one begins. */
  current: string;
}

export type Wanted =
  | { kind: 'commands'; commands: readonly CommandGrammar[] }
  | { kind: 'options'; options: readonly OptionGrammar[] }
  | {
      kind: 'value';
      value: ValueKind;
      /** What stands before the value in the same word: `--to=`, or nothing. */
      prefix: string;
      /** A word that begins with a dash would be read as a flag here. */
      dashesAreFlags: boolean;
    };

interface Position {
  wanted: Wanted;
  /** The flags given so far with their values, which may be the empty text. */
  given: ReadonlyMap<string, string>;
}

/** Follows a line to its end, and says what may come there. Whatever makes no sense is passed over. */
export function findPosition(program: CommandGrammar, { before, current }: TypedWords): Position {
  const path: CommandGrammar[] = [program];
  const given = new Map<string, string>();
  let awaiting: OptionGrammar | null = null;
  let operands = 0;
  let flagsAreOver = false;
  // The command's own first, then those of every command. Each command has its own --help.
  const optionsHere = () => uniqueOptions([...(path.at(-1)?.options ?? []), ...program.options]);
  const optionFor = (flag: string) => optionsHere().find(({ flags }) => flags.includes(flag));
  const remember = (option: OptionGrammar, value: string) => {
    for (const flag of option.flags) given.set(flag, value);
  };

  for (const word of before) {
    if (awaiting !== null) {
      remember(awaiting, word);
      awaiting = null;
    } else if (!flagsAreOver && word === '--') {
      flagsAreOver = true;
    } else if (!flagsAreOver && isFlag(word)) {
      const { flag, value } = splitFlag(word);
      const option = optionFor(flag);
      if (option === undefined) continue;
      if (option.value !== null && value === null) awaiting = option;
      else remember(option, value ?? '');
    } else {
      const next: CommandGrammar | undefined =
        operands === 0 ? findCommand(path.at(-1) ?? program, word) : undefined;
      if (next === undefined) operands += 1;
      else path.push(next);
      // Standard input: of several callers the records are others.
      if (word === '-') given.set(word, '');
    }
  }

  const here = path.at(-1) ?? program;
  /** What stands between commas is some of a few words: each ends what is typed already. */
  const spelledOut = (value: ValueKind, typed: string): ValueKind => {
    if (value.kind !== 'fields' && value.kind !== 'list') return value;
    const choices = value.kind === 'list' ? value.choices : fieldsFor(here, given);
    const head = typed.slice(0, typed.lastIndexOf(',') + 1);
    const taken = head.split(',').map((word) => word.trim());
    const left = choices.filter((choice) => !taken.includes(choice));
    return { kind: 'choices', choices: left.map((choice) => head + choice) };
  };
  const wanted = (): Wanted => {
    if (awaiting?.value) return wantedValue(spelledOut(awaiting.value, current), '', false);
    if (!flagsAreOver && current.startsWith('-')) {
      const { flag, value } = splitFlag(current);
      if (value === null) return { kind: 'options', options: optionsHere() };
      const taken = optionFor(flag)?.value ?? { kind: 'free' };
      return wantedValue(spelledOut(taken, value), `${flag}=`, false);
    }
    if (here.commands.length > 0 && operands === 0) {
      return { kind: 'commands', commands: here.commands };
    }
    return wantedValue(here.arguments[operands] ?? { kind: 'free' }, '', !flagsAreOver);
  };
  return { wanted: wanted(), given };
}

/** The fields of what the line prints, as far as it stands there. */
function fieldsFor(
  { fields }: CommandGrammar,
  given: ReadonlyMap<string, string>,
): readonly string[] {
  const word = Object.keys(fields).find((each) => each !== '' && given.has(each));
  return fields[word ?? ''] ?? [];
}

function wantedValue(value: ValueKind, prefix: string, dashesAreFlags: boolean): Wanted {
  return { kind: 'value', value, prefix, dashesAreFlags };
}

function findCommand(parent: CommandGrammar, word: string): CommandGrammar | undefined {
  return parent.commands.find(({ name, aliases }) => name === word || aliases.includes(word));
}

/** A single dash is a value: standard input. */
function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

function splitFlag(word: string): { flag: string; value: string | null } {
  const end = word.indexOf('=');
  if (end === -1 || !word.startsWith('--')) return { flag: word, value: null };
  return { flag: word.slice(0, end), value: word.slice(end + 1) };
}

function uniqueOptions(options: readonly OptionGrammar[]): OptionGrammar[] {
  return [...new Map(options.map((option) => [option.flags.at(-1), option])).values()];
}

// What the parser takes, told by the parser itself: a command or flag that is added there is
// completed from then on.

/** The placeholders of help (`--to <destination>`) say what a value is. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  file: { kind: 'files' },
  destination: { kind: 'destinations' },
  trunk: { kind: 'trunks' },
  topic: { kind: 'topics' },
  caller: { kind: 'calls' },
  names: { kind: 'fields' },
  schema: { kind: 'schemas' },
};

function valueKind(
  placeholder: string,
  choices: readonly string[] | undefined,
  several = false,
): ValueKind {
  if (choices !== undefined) return { kind: several ? 'list' : 'choices', choices };
  return KINDS[placeholder] ?? { kind: 'free' };
}

function describeOption(option: Option): OptionGrammar {
  const placeholder = /[<[](.+?)[\]>]/.exec(option.flags)?.[1];
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    value:
      placeholder === undefined
        ? null
        : valueKind(placeholder, option.argChoices, isRepeatable(option)),
  };
}

function describeArgument(argument: Argument): ValueKind {
  return valueKind(argument.name(), argument.argChoices);
}

/** Describes a command and all below it; what help hides is left out. */
export function describeGrammar(command: Command): CommandGrammar {
  const help = command.createHelp();
  return {
    name: command.name(),
    aliases: command.aliases(),
    description: command.description(),
    commands: help.visibleCommands(command).map(describeGrammar),
    options: help.visibleOptions(command).map(describeOption),
    arguments: command.registeredArguments.map(describeArgument),
    fields: fieldsOf(command),
  };
}

// The command line as data: what may stand where, of which the parser is the source.

/** What stands in the place of a value. */
export type ValueKind =
  | { kind: 'choices'; choices: readonly string[] }
  /** Some of them, with commas between. */
  | { kind: 'list'; choices: readonly string[] }
  /** Fields of what the command prints, with commas between. */
  | { kind: 'fields' }
  /** Calls that are up, where the config has them asked for. */
  | { kind: 'calls' }
  | { kind: 'files' }
  /** Departments and their aliases; everything else that may stand there is the user's to type. */
  | { kind: 'destinations' }
  /** Trunks of the config, by any of the keys it has for them. */
  | { kind: 'trunks' }
  /** Commands and topics that there is help on. */
  | { kind: 'topics' }
  /** Names of JSON Schemas. */
  | { kind: 'schemas' }
  /** Something nobody can guess: a number, a room, a time. */
  | { kind: 'free' };

export interface OptionGrammar {
  /** Every writing of it, short ones first: `-q`, `--quiet`. */
  flags: readonly string[];
  description: string;
  /** null: it takes no value. */
  value: ValueKind | null;
}

export interface CommandGrammar {
  name: string;
  aliases: readonly string[];
  description: string;
  commands: readonly CommandGrammar[];
  /** Its own; those of the commands above it hold too. */
  options: readonly OptionGrammar[];
  /** What its arguments are, in their order. */
  arguments: readonly ValueKind[];
  /** The fields of its records, below the word with which it prints those. */
  fields: RecordFields;
}

// What can be offered there, and how a shell asks: each has its own way and wants to be answered in it.

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
