/**
 * The parser, put together. Parsing ends here: a line becomes an invocation, which is data, and no
 * command knows of the parser. The commands and their flags stand in program/.
 */
import { Command, Help } from 'commander';
import { declareOthers } from '../commands/completion/command.ts';
import { declareConfig } from '../commands/config/command.ts';
import { HELP_TOPICS } from '../commands/help/topics.ts';
import { declareLists } from '../commands/lists.ts';
import {
  addGlobalOptions,
  allDeclared,
  type Declare,
  declared,
  declareLater,
  examples,
} from '../commands/shared/flags.ts';
import type { Invocation } from '../commands/shared/invocation.ts';
import { declareTests } from '../commands/smoke/command.ts';
import { declareTransfer } from '../commands/transfer/command.ts';
import { UsageError } from '../core/errors.ts';

export type { Invocation } from '../commands/shared/invocation.ts';

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
export function buildProgram(
  terminal: TerminalInfo,
  emit: (invocation: Invocation) => void,
): Command {
  const program = new Command('lk-transfer');
  const helpWidth = terminal.columns ?? 80;
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
    // Narrow descriptions beat lines that the terminal breaks anywhere.
    .configureHelp({ minWidthToWrap: 16 });

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
        '\nOn a terminal, `lk-transfer` alone lets you pick a call and a destination.' +
        '\nMore: `lk-transfer help TOPIC`: environment, exit-codes, cold-or-warm, providers',
    );
  addGlobalOptions(program);
  const add = (name: string, description: string, declare: Declare) =>
    declareLater(program.command(name).description(description), declare);
  const declaring = { program, add, emit };
  declareLists(declaring);
  declareTransfer(declaring);
  declareTests(declaring);
  declareConfig(declaring);
  declareOthers(declaring);

  add('help', 'show help on a command or topic', (own) =>
    own
      .argument('[topic]', `a command, or one of: ${HELP_TOPICS.join(', ')}`)
      .addHelpText('after', examples('help exit-codes', 'help transfer'))
      .action((topic: string | undefined) => emit(helpOn(program, topic))),
  );
  program.hook('preSubcommand', (_program, command) => void declared(command));

  return program;
}

/** The help of one command, as text. */
export function helpText(command: Command): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  command.configureOutput({ writeOut: write, writeErr: write });
  allDeclared(command).outputHelp();
  return text.trimEnd();
}

function helpOn(program: Command, topic: string | undefined): Invocation {
  if (topic === undefined) return { command: 'text', text: helpText(program) };
  const known = HELP_TOPICS.find((name) => name === topic);
  if (known !== undefined) return { command: 'topic', topic: known };
  const command = findCommand(program, topic);
  if (command !== null) return { command: 'text', text: helpText(command) };
  throw new UsageError(`There is no help on “${topic}”.`, {
    hint: `Topics: ${HELP_TOPICS.join(', ')}. Commands: ${new Help()
      .visibleCommands(program)
      .map((each) => each.name())
      .join(', ')}.`,
  });
}

/** A command below another, by its name or alias. */
export function findCommand(parent: Command, name: string): Command | null {
  return (
    declared(parent).commands.find(
      (command) => command.name() === name || command.aliases().includes(name),
    ) ?? null
  );
}

/** Exposed so that a test can look at every command's help. */
export function commandTree(): { name: string; description: string; help: string }[] {
  const program = allDeclared(buildProgram({ interactive: false, columns: undefined }, () => {}));
  const all = (parent: Command): Command[] =>
    parent.commands.flatMap((command) => [command, ...all(command)]);
  return [program, ...all(program)].map((command) => ({
    name: command.name(),
    description: new Help().commandDescription(command),
    help: helpText(command),
  }));
}
