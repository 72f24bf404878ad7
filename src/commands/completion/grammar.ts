/**
 * Tells completion what the parser takes, from the parser itself: a command or flag that is added
 * there is completed from then on.
 */
import type { Argument, Command, Option } from 'commander';
import { fieldsOf, type RecordFields } from '../shared/command.ts';
import { isRepeatable } from '../shared/flags.ts';

/** The placeholders of help (`--to <destination>`) say what a value is. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  file: { kind: 'files' },
  destination: { kind: 'destinations' },
  trunk: { kind: 'trunks' },
  topic: { kind: 'topics' },
  caller: { kind: 'calls' },
  names: { kind: 'fields' },
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
