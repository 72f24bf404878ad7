/** From the words of a command line to an invocation, or to what is wrong with it. */
import { type Command, CommanderError, type Option } from 'commander';
import {
  declared,
  exclusionsOf,
  findCommand,
  fullName,
  helpText,
  type Invocation,
} from '../commands/shared/command.ts';
import { GLOBAL_EXCLUSIONS } from '../commands/shared/context.ts';
import { isRepeatable } from '../commands/shared/flags.ts';
import { UsageError } from '../core/errors.ts';
import { version } from '../core/host.ts';
import { buildProgram, type TerminalInfo } from './program.ts';

// A line is looked at once before commander reads it, which would take a flag for the value of the
// one before it, call `--json=true` an unknown option, and let the last of two flags win in silence.

interface Line {
  /** The command that it names, as far as it names one. */
  command: Command;
  /** Its flags, in their order. */
  given: readonly Given[];
  /** What is wrong with them, if anything. */
  problem: UsageError | null;
  /** It asks for help. */
  help: boolean;
}

interface Given {
  option: Option;
  /** Without what stands behind it: `--to`. */
  flag: string;
  /** null: it takes none. */
  value: string | null;
}

/**
 * A single dash is a value, standard input, and so is a negative number. Short flags may stand in one
 * word (`-qy`).
 */
function looksLikeFlag(word: string, known: (flag: string) => Option | undefined): boolean {
  return word.startsWith('--') || (/^-./.test(word) && known(word.slice(0, 2)) !== undefined);
}

/** `--to` of `--to=sales`: a value is never repeated in an error, since it may be a secret. */
function flagIn(word: string): string {
  return word.split('=', 1)[0] ?? word;
}

/** The options that stand for something on a line of this command. */
function optionsOf(command: Command): readonly Option[] {
  const own = declared(command).options;
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

function readLine(program: Command, argv: readonly string[]): Line {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const given: Given[] = [];
  let command = program;
  let problem: UsageError | null = null;
  let operands = 0;
  const known = (flag: string) =>
    optionsOf(command).find(({ short, long }) => flag === short || flag === long);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      const next = operands === 0 ? findCommand(command, word) : null;
      if (next === null) operands += 1;
      else command = next;
      continue;
    }
    const flag = flagIn(word);
    const option = known(flag);
    if (option === undefined) continue;
    const joined = word === flag ? null : word.slice(flag.length + 1);
    if (!option.required) {
      if (joined !== null) problem ??= takesNoValue(flag);
      given.push({ option, flag, value: null });
      continue;
    }
    // Behind the last word there is `--`, or nothing.
    const next = argv[index + 1];
    // What is only there to be refused says why by itself.
    if (joined === null && !option.hidden && (next === undefined || looksLikeFlag(next, known))) {
      problem ??= needsValue(flag, next, command);
      continue;
    }
    given.push({ option, flag, value: joined ?? next ?? '' });
    if (joined === null) index += 1;
  }
  const help = words.includes('--help') || words.includes('-h');
  return { command, given, problem: problem ?? contradictionIn(command, given), help };
}

function takesNoValue(flag: string): UsageError {
  return new UsageError(`${flag} takes no value.`, {
    hint: `Leave out the equals sign and what stands behind it: ${flag}`,
  });
}

function needsValue(flag: string, next: string | undefined, command: Command): UsageError {
  const found =
    next === undefined
      ? ''
      : `Behind it stands ${flagIn(next)}; a value that begins with a dash is joined to its flag: ${flag}=VALUE. `;
  return new UsageError(`${flag} needs a value.`, {
    hint: `${found}See \`${typed(command)} --help\`.`,
  });
}

/** Flags of which one takes back, or leaves in doubt, what another says. */
function contradictionIn(command: Command, given: readonly Given[]): UsageError | null {
  for (const [index, { option, flag, value }] of given.entries()) {
    for (const other of given.slice(0, index)) {
      if (other.option.attributeName() !== option.attributeName()) continue;
      if (other.option.negate !== option.negate) {
        return doNotGoTogether(other.flag, flag, 'One takes back what the other says.');
      }
      if (other.value !== value && !isRepeatable(option)) {
        return new UsageError(`${flag} stands there twice, written differently.`, {
          hint: 'Leave out one of them.',
        });
      }
    }
  }
  const flags = given.map(({ option }) => option.long ?? option.flags);
  for (const { oneOf, why } of [...GLOBAL_EXCLUSIONS, ...exclusionsOf(command)]) {
    const [first, second] = oneOf.flatMap((together) =>
      together.filter((each) => flags.includes(each)).slice(0, 1),
    );
    if (first !== undefined && second !== undefined) return doNotGoTogether(first, second, why);
  }
  return null;
}

function doNotGoTogether(first: string, second: string, why: string): UsageError {
  return new UsageError(`${first} does not go with ${second}.`, { hint: why });
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
  const line = readLine(program, argv);
  // Whoever asks for help gets it, whatever else is wrong with the line.
  if (line.help) return { text: helpText(line.command) };
  if (line.problem !== null) throw line.problem;
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
      hint: `${isTargetWithoutFlag(error, reached) ? 'The destination goes behind --to. ' : ''}See \`${typed(line.command)} --help\`.`,
    });
  }
  return invocation ?? { text: helpText(program) };
}

/** Flags with which nobody is to be asked, or shown, anything. */
const NOT_FOR_PEOPLE = ['--json', '--no-input', '-q', '--quiet', '-V', '--version'];

/** On a terminal, a line without a command opens the desk. */
function withCommand(
  program: Command,
  argv: readonly string[],
  { interactive }: TerminalInfo,
): string[] {
  const asksForNothingElse = argv.every(
    (word) => word.startsWith('-') && !NOT_FOR_PEOPLE.includes(word),
  );
  const bare = argv.length === 0 || (asksForNothingElse && argv.includes('--sandbox'));
  return interactive && bare && program.commands.length > 0 ? ['desk', ...argv] : [...argv];
}
