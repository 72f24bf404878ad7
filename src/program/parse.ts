/** From the words of a command line to an invocation, or to what is wrong with it. */
import { type Command, CommanderError } from 'commander';
import { findCommand, fullName, helpText, type Invocation } from '../commands/shared/command.ts';
import { UsageError } from '../core/errors.ts';
import { version } from '../core/host.ts';
import { buildProgram, type TerminalInfo } from './program.ts';

/**
 * A line that asks for help gets help, whatever else is wrong with it, and even where an option
 * would take `--help` for its value.
 */
function helpWanted(program: Command, argv: readonly string[]): Command | null {
  const words = wordsBefore(argv);
  return words.includes('--help') || words.includes('-h') ? commandOf(program, words) : null;
}

function wordsBefore(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

/** The command that a line names, as far as it names one. */
function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) command = findCommand(command, word) ?? command;
  return command;
}

/** `lk-transfer config check`, as it is typed. */
function typed(command: Command): string {
  return `lk-transfer ${fullName(command)}`.trimEnd();
}

/** `transfer CALLER sales`: the most natural slip. */
function isTargetWithoutFlag({ code }: CommanderError, command: Command | null): boolean {
  return code === 'commander.excessArguments' && command?.name() === 'transfer';
}

function needsOneOf(command: Command): UsageError {
  const names = command.commands.map((each) => each.name()).join(', ');
  return new UsageError(`\`${command.name()}\` needs one of: ${names}.`);
}

/** What commander says about a line, without its prefix, and without the value of an unknown flag. */
function describeParseError(error: CommanderError): string {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/('--?[^'=\s]+)=[^']*'/g, "$1'");
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.)]$/.test(message) ? '' : '.'}`;
}

/**
 * Reads a command line.
 * @param argv the words behind the program's name
 * @throws UsageError for anything that is not a command with its flags
 */
export async function parseCommandLine(
  argv: readonly string[],
  terminal: TerminalInfo,
): Promise<Invocation | { text: string }> {
  let invocation: Invocation | null = null;
  const program = buildProgram(terminal, (found) => {
    invocation = found;
  });
  let reached: Command | null = null;
  program.hook('preSubcommand', (_program, command) => {
    reached = command;
  });
  const wanted = helpWanted(program, argv);
  if (wanted !== null) return { text: helpText(wanted) };
  try {
    await program.parseAsync(withCommand(program, argv, terminal), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.version') return { text: version };
    if (error.code === 'commander.help') {
      // `config` alone says too little to do anything; nothing at all asks for help.
      if (reached === null) return { text: helpText(program) };
      throw needsOneOf(reached);
    }
    throw new UsageError(describeParseError(error), {
      hint: `${isTargetWithoutFlag(error, reached) ? 'The destination goes behind --to. ' : ''}See \`${typed(commandOf(program, wordsBefore(argv)))} --help\`.`,
    });
  }
  return invocation ?? { text: helpText(program) };
}

/** On a terminal, a line without a command is a transfer whose caller and target are asked for. */
function withCommand(
  program: Command,
  argv: readonly string[],
  { interactive }: TerminalInfo,
): string[] {
  const asksForNothingElse =
    argv.every((word) => word.startsWith('-')) &&
    !argv.includes('-V') &&
    !argv.includes('--version');
  const bare = argv.length === 0 || (asksForNothingElse && argv.includes('--sandbox'));
  return interactive && bare && program.commands.length > 0 ? ['transfer', ...argv] : [...argv];
}
