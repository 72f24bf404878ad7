/**
 * Tells completion what the parser takes, from the parser itself: a command or flag that is added
 * there is completed from then on.
 */
import type { Argument, Command, Option } from 'commander';
import type { CommandGrammar, OptionGrammar, ValueKind } from './grammar-part.ts';

/** The placeholders of help (`--to <destination>`) say what a value is. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  file: { kind: 'files' },
  destination: { kind: 'destinations' },
  trunk: { kind: 'trunks' },
  'trunk-id': { kind: 'trunk-ids' },
  topic: { kind: 'topics' },
};

function valueKind(placeholder: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return { kind: 'choices', choices };
  return KINDS[placeholder] ?? { kind: 'free' };
}

function describeOption(option: Option): OptionGrammar {
  const placeholder = /[<[](.+?)[\]>]/.exec(option.flags)?.[1];
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    value: placeholder === undefined ? null : valueKind(placeholder, option.argChoices),
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
  };
}
