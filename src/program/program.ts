/** The parser, put together from the list of commands. What each of them takes stands in its folder. */
import { Command, Help } from 'commander';
import {
  callsCommand,
  hangupCommand,
  rescueCommand,
  roomsCommand,
} from '../commands/calls/command.ts';
import * as config from '../commands/config/command.ts';
import { deskCommand } from '../commands/desk/command.ts';
import {
  departmentsCommand,
  resolveCommand,
  trunksCommand,
} from '../commands/destinations/command.ts';
import {
  completeCommand,
  completionCommand,
  doctorCommand,
  HELP_TOPICS,
  helpCommand,
  sandboxCommand,
} from '../commands/help/command.ts';
import { closeCommand, historyCommand, ticketCommand } from '../commands/history/command.ts';
import {
  allDeclared,
  type CommandEntry,
  declared,
  type Emit,
  examples,
  helpText,
  register,
  registerGroup,
} from '../commands/shared/command.ts';
import { GLOBAL_FLAGS } from '../commands/shared/context.ts';
import { optionOf } from '../commands/shared/flags.ts';
import { smokeCommand } from '../commands/smoke/command.ts';
import { transferCommand } from '../commands/transfer/command.ts';
import { version } from '../core/host.ts';

const GLOBAL_HEADING = 'Options of every command:';

/** Every command, in the order of help. What runs one is loaded when a line asks for it. */
const COMMANDS: readonly CommandEntry[] = [
  register(roomsCommand, () => import('../commands/calls/rooms.ts')),
  register(callsCommand, () => import('../commands/calls/run.ts')),
  register(deskCommand, () => import('../commands/desk/run.ts')),
  register(departmentsCommand, () => import('../commands/destinations/departments.ts')),
  register(trunksCommand, () => import('../commands/destinations/trunks.ts')),
  register(resolveCommand, () => import('../commands/destinations/resolve.ts')),
  register(transferCommand, () => import('../commands/transfer/run.ts')),
  register(hangupCommand, () => import('../commands/calls/hangup.ts')),
  register(rescueCommand, () => import('../commands/calls/rescue.ts')),
  register(historyCommand, () => import('../commands/history/run.ts'), [
    register(closeCommand, () => import('../commands/history/close.ts')),
  ]),
  register(ticketCommand, () => import('../commands/history/ticket.ts')),
  register(smokeCommand, () => import('../commands/smoke/run.ts')),
  register(doctorCommand, () => import('../commands/doctor/run.ts')),
  registerGroup(config.configCommand, '<init|show|check|schema|path>', [
    register(config.initCommand, () => import('../commands/config/init.ts')),
    register(config.showCommand, async () => ({
      run: (await import('../commands/config/run.ts')).showSettings,
    })),
    register(config.checkCommand, async () => ({
      run: (await import('../commands/config/run.ts')).showCheck,
    })),
    register(config.schemaCommand, async () => ({
      run: (await import('../commands/config/run.ts')).showSchema,
    })),
    register(config.pathCommand, async () => ({
      run: (await import('../commands/config/run.ts')).showPath,
    })),
  ]),
  register(sandboxCommand, () => import('../commands/help/sandbox.ts')),
  register(completionCommand, async () => ({
    run: (await import('../commands/help/complete.ts')).printScript,
  })),
  register(completeCommand, () => import('../commands/help/complete.ts')),
  register(helpCommand, () => import('../commands/help/help.ts')),
];

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
      // Each page is whole: the flags of every command stand on it as well.
      showGlobalOptions: true,
      // Those of every command, and not those of the one above: `history close` has none of `history`.
      visibleGlobalOptions: ({ parent }) =>
        parent === null ? [] : program.options.filter(({ hidden }) => !hidden),
      formatItemList(heading, items, helper) {
        const ours = heading === 'Global Options:' ? GLOBAL_HEADING : heading;
        return Help.prototype.formatItemList.call(this, ours, items, helper);
      },
    });

  program
    .description('Cold transfers for callers on LiveKit telephony')
    .usage('[command] [options]')
    .addHelpText(
      'after',
      examples(
        'calls --sandbox',
        'transfer SCL_noAgent00001 --to sales --sandbox',
        'calls --stuck --json',
      ) +
        '\nOn a terminal, `lk-transfer` alone opens the desk: a live list to act on.' +
        `\nMore: \`lk-transfer help TOPIC\`, with a TOPIC of these:\n  ${HELP_TOPICS.join(', ')}`,
    )
    .optionsGroup(GLOBAL_HEADING);
  for (const flag of GLOBAL_FLAGS) program.addOption(optionOf(flag));
  program.version(version, '-V, --version', 'show the version');
  for (const register of COMMANDS) register(program, emit);
  program.hook('preSubcommand', (_program, command) => void declared(command));
  return program;
}

/** Exposed so that a test can look at every command's help. */
export function commandTree(): { name: string; description: string; help: string }[] {
  const program = allDeclared(buildProgram({ columns: undefined }, () => {}));
  const all = (parent: Command): Command[] =>
    parent.commands.flatMap((command) => [command, ...all(command)]);
  return [program, ...all(program)].map((command) => ({
    name: command.name(),
    description: new Help().commandDescription(command),
    help: helpText(command),
  }));
}
