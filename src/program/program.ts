/**
 * The parser, put together from the list of commands, and what it makes of a line. What each of them
 * takes stands in its folder.
 */
import { Command, CommanderError, Help, type Option } from 'commander';
import * as calls from '../commands/calls/command.ts';
import * as config from '../commands/config/command.ts';
import * as destinations from '../commands/destinations/command.ts';
import * as help from '../commands/help/command.ts';
import { closeCommand, historyCommand, ticketCommand } from '../commands/history/command.ts';
import {
  type CommandEntry,
  declared,
  type Emit,
  examples,
  exclusionsOf,
  findCommand,
  helpText,
  type Invocation,
  needsOneOf,
  register,
  registerGroup,
  typedLine,
} from '../commands/shared/command.ts';
import {
  asksForDesk,
  GLOBAL_EXCLUSIONS,
  GLOBAL_FLAGS,
  globalFlagsInShort,
} from '../commands/shared/context.ts';
import { contradictionIn, type GivenFlag, optionOf } from '../commands/shared/flags.ts';
import { smokeCommand } from '../commands/smoke/command.ts';
import { transferCommand } from '../commands/transfer/command.ts';
import { UsageError } from '../core/errors.ts';
import { version } from '../core/package.ts';

const GLOBAL_HEADING = 'Options of every command:';

/** One of the views of a config, which share a file. */
const fromConfig =
  <Name extends keyof typeof import('../commands/config/run.ts')>(name: Name) =>
  async () => ({ run: (await import('../commands/config/run.ts'))[name] });

/** Every command, in the order of help. What runs one is loaded when a line asks for it. */
const COMMANDS: readonly CommandEntry[] = [
  register(calls.roomsCommand, () => import('../commands/calls/rooms.ts')),
  register(calls.callsCommand, () => import('../commands/calls/run.ts')),
  register(help.deskCommand, () => import('../commands/desk/run.ts')),
  register(
    destinations.departmentsCommand,
    () => import('../commands/destinations/departments.ts'),
  ),
  register(destinations.trunksCommand, () => import('../commands/destinations/trunks.ts')),
  register(destinations.resolveCommand, () => import('../commands/destinations/resolve.ts')),
  register(transferCommand, () => import('../commands/transfer/run.ts')),
  register(calls.hangupCommand, () => import('../commands/calls/hangup.ts')),
  register(calls.rescueCommand, () => import('../commands/calls/rescue.ts')),
  register(historyCommand, () => import('../commands/history/run.ts'), [
    register(closeCommand, () => import('../commands/history/close.ts')),
  ]),
  register(ticketCommand, () => import('../commands/history/ticket.ts')),
  register(smokeCommand, () => import('../commands/smoke/run.ts')),
  register(help.doctorCommand, () => import('../commands/doctor/run.ts')),
  registerGroup(config.configCommand, '<init|show|check|schema|path>', [
    register(config.initCommand, () => import('../commands/config/init.ts')),
    register(config.showCommand, fromConfig('showSettings')),
    register(config.checkCommand, fromConfig('showCheck')),
    register(config.configSchemaCommand, fromConfig('showSchema')),
    register(config.pathCommand, fromConfig('showPath')),
  ]),
  register(help.outputSchemaCommand, fromConfig('showSchemas')),
  register(help.sandboxCommand, async () => ({
    run: (await import('../commands/help/run.ts')).runSandbox,
  })),
  register(help.completionCommand, async () => ({
    run: (await import('../commands/help/complete.ts')).printScript,
  })),
  register(help.completeCommand, () => import('../commands/help/complete.ts')),
  register(help.helpCommand, () => import('../commands/help/run.ts')),
];

/** The examples of the whole program. */
export const FIRST_LINES = [
  'calls --sandbox',
  'transfer SCL_noAgent00001 --to sales --sandbox',
  'calls --stuck --json',
] as const;

export interface TerminalInfo {
  /** All three streams are a terminal: a line without a command may lead to questions. */
  interactive: boolean;
  /** Width of the terminal, for help. */
  columns: number | undefined;
}

/**
 * Builds the parser.
 * @param emit called with what a line turns out to ask for
 */
export function buildProgram({ columns }: Pick<TerminalInfo, 'columns'>, emit: Emit): Command {
  const program = new Command('lk-transfer');
  const helpWidth = columns ?? 80;
  // Every command below inherits these.
  program
    .exitOverride()
    .configureOutput({
      // Errors are told by whoever catches them, help by whoever prints text.
      writeOut: () => {},
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => helpWidth,
    })
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .configureHelp({
      // Narrow descriptions beat lines that the terminal breaks anywhere.
      minWidthToWrap: 16,
      // Its arguments and flags stand on its own page.
      subcommandTerm: (command) => command.name(),
      // Each page is whole: the flags of every command stand on it as well, in short.
      showGlobalOptions: true,
      // Those of every command, and not those of the one above: `history close` has none of `history`.
      visibleGlobalOptions: ({ parent }) =>
        parent === null ? [] : program.options.filter(({ hidden }) => !hidden),
      formatItemList(heading, items, helper) {
        if (heading === 'Global Options:') {
          return items.length === 0 ? [] : [GLOBAL_HEADING, ...globalFlagsInShort(helpWidth), ''];
        }
        return Help.prototype.formatItemList.call(this, heading, items, helper);
      },
    });

  program
    .description('Cold transfers for callers on LiveKit telephony')
    .usage('[command] [options]')
    .addHelpText(
      'after',
      examples(...FIRST_LINES) +
        '\nOn a terminal, `lk-transfer` alone opens the desk: a live list to act on.' +
        `\nMore: \`lk-transfer help TOPIC\`, with a TOPIC of these:\n  ${help.HELP_TOPICS.join(', ')}`,
    )
    .optionsGroup(GLOBAL_HEADING);
  for (const flag of GLOBAL_FLAGS) program.addOption(optionOf(flag));
  program.version(version, '-V, --version', 'show the version');
  for (const register of COMMANDS) register(program, emit);
  program.hook('preSubcommand', (_program, command) => void declared(command));
  return program;
}

// From the words of a command line to an invocation, or to what is wrong with it.
//
// A line is looked at once before commander reads it, which would take a flag for the value of the
// one before it, call `--json=true` an unknown option, and let the last of two flags win in silence.

interface Line {
  /** The command that it names, as far as it names one. */
  command: Command;
  /** Its flags, in their order. */
  given: readonly GivenFlag[];
  /** What is wrong with them, if anything. */
  problem: UsageError | null;
  /** It asks for help. */
  help: boolean;
  /** It says nothing but flags. */
  isBare: boolean;
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
  const given: GivenFlag[] = [];
  let command = program;
  let problem: UsageError | null = null;
  let operands = 0;
  let flags = optionsOf(command);
  const known = (flag: string) => flags.find(({ short, long }) => flag === short || flag === long);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      const next = operands === 0 ? findCommand(command, word) : null;
      if (next === null) operands += 1;
      else [command, flags] = [next, optionsOf(next)];
      continue;
    }
    const flag = flagIn(word);
    const option = known(flag);
    if (option === undefined) continue;
    const joined = word === flag ? null : word.slice(flag.length + 1);
    if (!option.required) {
      if (joined !== null) {
        const hint = `Leave out the equals sign and the value: ${flag}`;
        problem ??= new UsageError(`${flag} takes no value.`, { hint });
      }
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
  return {
    command,
    given,
    problem: problem ?? contradictionIn(given, [...GLOBAL_EXCLUSIONS, ...exclusionsOf(command)]),
    help: words.includes('--help') || words.includes('-h'),
    isBare: command === program && operands === 0 && end === -1,
  };
}

function needsValue(flag: string, next: string | undefined, command: Command): UsageError {
  const found =
    next === undefined
      ? ''
      : `${flagIn(next)} follows it. Write a value that begins with a dash as ${flag}=VALUE. `;
  return new UsageError(`${flag} needs a value.`, {
    hint: `${found}See \`${typedLine(command)} --help\`.`,
  });
}

/** `transfer CALLER sales`: the most natural slip. */
function isTargetWithoutFlag({ code }: CommanderError, command: Command | null): boolean {
  return code === 'commander.excessArguments' && command?.name() === 'transfer';
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
  const flags = line.given.map(({ option }) => option.long ?? option.flags);
  try {
    // On a terminal, a line without a command opens the desk.
    const opensDesk = terminal.interactive && line.isBare && asksForDesk(flags);
    await program.parseAsync(opensDesk ? ['desk', ...argv] : argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.version') return { text: version };
    if (error.code === 'commander.help') {
      // `config` alone says too little to do anything; nothing at all asks for help, which is no JSON.
      if (reached !== null) throw needsOneOf(reached);
      if (!flags.includes('--json')) return { text: helpText(program) };
      throw new UsageError('A command is missing.', { hint: 'See `lk-transfer --help`.' });
    }
    throw new UsageError(describeParseError(error), {
      hint: `${isTargetWithoutFlag(error, reached) ? 'The destination belongs after --to. ' : ''}See \`${typedLine(line.command)} --help\`.`,
    });
  }
  return invocation ?? { text: helpText(program) };
}
