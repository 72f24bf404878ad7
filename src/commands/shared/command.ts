/**
 * A command as data, and how it reaches the parser. A command's `command.ts` says what it takes;
 * its `run.ts` is loaded when a line asks for it.
 */
import { Argument, Command } from 'commander';
import { type ExitCode, UsageError } from '../../core/errors.ts';
import { type Context, type GLOBAL_FLAGS, type GlobalOptions, lineOf } from './context.ts';
import { type Exclusion, type Flag, optionOf, type ValuesOf } from './flags.ts';

/** A word without a flag. `<name>` must be there, `[name]` may, `[name...]` takes all the rest. */
interface Positional<Syntax extends string = string, Choice extends string = string> {
  readonly syntax: Syntax;
  readonly description?: string;
  readonly choices?: readonly Choice[];
}

type RequiredName<Syntax> = Syntax extends `<${infer Name}>` ? Name : never;
type RestName<Syntax> = Syntax extends `[${infer Name}...]` ? Name : never;
type OptionalName<Syntax> = Syntax extends `[${string}...]`
  ? never
  : Syntax extends `[${infer Name}]`
    ? Name
    : never;

type WordOf<Each> = Each extends { readonly choices: readonly (infer Choice)[] } ? Choice : string;

type PositionalValues<Positionals extends readonly Positional[]> = {
  [Each in Positionals[number] as RequiredName<Each['syntax']>]: WordOf<Each>;
} & {
  [Each in Positionals[number] as OptionalName<Each['syntax']>]?: WordOf<Each>;
} & {
  [Each in Positionals[number] as RestName<Each['syntax']>]: readonly string[];
};

interface CommandData<
  Flags extends readonly Flag[] = readonly Flag[],
  Positionals extends readonly Positional[] = readonly Positional[],
> {
  readonly name: string;
  readonly alias?: string;
  readonly description: string;
  readonly positionals?: Positionals;
  readonly flags?: Flags;
  /** Which of its flags contradict each other, or one of every command's. */
  readonly excludes?: readonly Exclusion[];
  /** What help says below the flags, before the examples. */
  readonly help?: string;
  /** Lines as they are typed, without the program's name. */
  readonly examples: readonly string[];
  /**
   * What `--fields` may name: below the empty word the fields of its usual records, below another word
   * those of what it prints where that stands on the line (`--dry-run`).
   */
  readonly fields?: RecordFields;
  /** Not in help, nor completed. */
  readonly hidden?: boolean;
}

export type RecordFields = Readonly<Record<string, readonly string[]>>;

/** Declares a command; the types of its options are read from this. */
export function defineCommand<
  const Flags extends readonly Flag[] = readonly [],
  const Positionals extends readonly Positional[] = readonly [],
>(data: CommandData<Flags, Positionals>): CommandData<Flags, Positionals> {
  return data;
}

type Simplified<Type> = { [Key in keyof Type]: Type[Key] };

/** What a run of the command is given. */
export type OptionsOf<Data> =
  Data extends CommandData<infer Flags, infer Positionals>
    ? Simplified<GlobalOptions & ValuesOf<Flags> & PositionalValues<Positionals>>
    : never;

/** A command of a line, with its options: ready to run. */
export interface Invocation {
  /** Its full name: `config check`. */
  command: string;
  options: GlobalOptions;
  /** Loads the command, and runs it. */
  run(context: Context): Promise<ExitCode>;
}

/** Called with what a line turns out to ask for. */
export type Emit = (invocation: Invocation) => void;

/** A command, or a group of them, as the parser gets it. */
export type CommandEntry = (parent: Command, emit: Emit) => void;

/** @param program the parser, for what speaks of commands itself: help and completion */
type Run<Options> = (options: Options, context: Context, program: Command) => Promise<ExitCode>;

/**
 * Registers a command.
 * @param load imports what runs it; only the command of the line is loaded
 * @param below commands of their own below it: `history close`
 */
export function register<
  const Flags extends readonly Flag[],
  const Positionals extends readonly Positional[],
>(
  data: CommandData<Flags, Positionals>,
  load: () => Promise<{ run: Run<OptionsOf<CommandData<Flags, Positionals>>> }>,
  below: readonly CommandEntry[] = [],
): CommandEntry {
  const { alias, description, positionals = [], flags = [], help = '', hidden } = data;
  return (parent, emit) => {
    const command = new Entry(data, parent).description(description);
    parent.addCommand(command, { hidden: hidden === true });
    if (alias !== undefined) command.alias(alias);
    command.pending = () => {
      for (const each of positionals) command.addArgument(argumentOf(each));
      for (const flag of flags) command.addOption(optionOf(flag));
      for (const entry of below) entry(command.helpCommand(false), emit);
      for (const each of command.commands) declared(each);
      command.addHelpText('after', help + examples(...data.examples)).action(() => {
        refuseFlagsOfParent(command);
        const options = optionsOf<OptionsOf<CommandData<Flags, Positionals>>>(command);
        emit({
          command: fullName(command),
          options,
          run: async (context) =>
            (await load()).run(options, { ...context, line: lineOf(command) }, rootOf(command)),
        });
      });
    };
  };
}

/** Registers a command that only holds others. @param usage what stands behind its name */
export function registerGroup(
  data: CommandData,
  usage: string,
  entries: readonly CommandEntry[],
): CommandEntry {
  const { description, examples: lines } = data;
  return (parent, emit) => {
    const group = new Entry(data, parent).description(description).usage(usage).helpCommand(false);
    parent.addCommand(group);
    group.pending = () => {
      for (const entry of entries) entry(group, emit);
      for (const command of group.commands) declared(command);
      group.addHelpText('after', examples(...lines));
    };
  };
}

/** What a flag of the command above would say is nothing that this one does. */
function refuseFlagsOfParent(command: Command): void {
  const { parent } = command;
  if (parent === null || parent.parent === null) return;
  const given = parent.options.find(
    (option) => parent.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  throw new UsageError(
    `${given.long} is for \`${fullName(parent)}\`, not for \`${fullName(command)}\`.`,
    { hint: `See \`lk-transfer ${fullName(command)} --help\`.` },
  );
}

/** The fields of what a command prints; none where it prints no records. */
export function fieldsOf(command: Command): RecordFields {
  return dataOf(command)?.fields ?? {};
}

/** What help says of a command below its flags, and its examples. */
export function belowFlags(command: Command): Required<Pick<CommandData, 'help' | 'examples'>> {
  const { help = '', examples: lines = [] } = dataOf(command) ?? {};
  return { help, examples: lines };
}

/** `lk-transfer config check`, as it is typed. */
export function typedLine(command: Command): string {
  return `lk-transfer ${fullName(command)}`.trimEnd();
}

/** What is wrong with a word that only stands before others. */
export function needsOneOf(command: Command): UsageError {
  const names = command.commands.map((each) => each.name()).join(', ');
  return new UsageError(`\`${command.name()}\` needs one of: ${names}.`);
}

/** Which flags of a command contradict each other, beside those of every command. */
export function exclusionsOf(command: Command): readonly Exclusion[] {
  return dataOf(command)?.excludes ?? [];
}

function argumentOf({ syntax, description, choices }: Positional): Argument {
  const argument = new Argument(syntax, description);
  return choices === undefined ? argument : argument.choices(choices);
}

/** `config check`, as it is typed behind the program's name. */
export function fullName(command: Command): string {
  const { parent } = command;
  if (parent === null) return '';
  return parent.parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

function globalOptions(given: ValuesOf<typeof GLOBAL_FLAGS>): GlobalOptions {
  const { json, quiet, input, debug, sandbox, color, timeout } = given;
  const { fields, config, credentials, project, url, apiKey, apiSecretFile } = given;
  return {
    json: json === true,
    quiet: quiet === true,
    input: input !== false,
    debug: debug === true,
    sandbox: sandbox === true,
    ...(color !== undefined && { color }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(fields !== undefined && { fields }),
    ...(config !== undefined && { config }),
    ...(credentials !== undefined && { credentials }),
    ...(project !== undefined && { project }),
    ...(url !== undefined && { url }),
    ...(apiKey !== undefined && { apiKey }),
    ...(apiSecretFile !== undefined && { apiSecretFile }),
  };
}

/** What commander has read. Its names and types are those of the declaration that it was given. */
function optionsOf<Options>(command: Command): Options & GlobalOptions {
  const own = Object.fromEntries([
    ...Object.entries(command.opts()).filter(
      // What a --no-x flag is without being given is nobody's choice, and would hide the config.
      ([name, given]) => given !== undefined && command.getOptionValueSource(name) !== 'default',
    ),
    ...command.registeredArguments
      .map((argument, index) => [argument.name(), command.processedArgs[index]])
      .filter(([, word]) => word !== undefined),
  ]);
  return { ...own, ...globalOptions(command.optsWithGlobals()) } as Options & GlobalOptions;
}

// The end of every help text.

/** The examples of a help text, and what stands below them. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ lk-transfer ${line}`).join('\n')}\n\nExit codes: \`lk-transfer help exit-codes\``;
}

/** The help of one command, as text. */
export function helpText(command: Command): string {
  let written = '';
  const write = (part: string) => {
    written += part;
  };
  command.configureOutput({ writeOut: write, writeErr: write });
  allDeclared(command).outputHelp();
  return written.trimEnd();
}

/** A command below another, by its name or alias. */
export function findCommand(parent: Command, name: string): Command | null {
  return (
    declared(parent).commands.find(
      (command) => command.name() === name || command.aliases().includes(name),
    ) ?? null
  );
}

// When commands get their flags: once a line, or a help text, comes to them. To declare them all is
// a good part of what it takes to start.

/** A command that knows how it was declared. */
class Entry extends Command {
  readonly data: CommandData;
  pending: (() => void) | null = null;
  constructor(data: CommandData, parent: Command) {
    super(data.name);
    this.data = data;
    this.copyInheritedSettings(parent);
  }
}

const dataOf = (command: Command) => (command instanceof Entry ? command.data : undefined);

/** The command with its flags and its own commands. */
export function declared(command: Command): Command {
  if (!(command instanceof Entry)) return command;
  const { pending } = command;
  command.pending = null;
  pending?.();
  return command;
}

/** The same, down to the last command below it. */
export function allDeclared(command: Command): Command {
  for (const each of declared(command).commands) allDeclared(each);
  return command;
}
