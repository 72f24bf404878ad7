/** `help`: the help of a command, or a topic. */
import { type Command, Help } from 'commander';
import { type ExitCode, UsageError } from '../../core/errors.ts';
import { declared, findCommand, fullName, helpText } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { HELP_TOPICS, type HelpOptions } from './command.ts';

/** The command that words name, one below the other; null where they name none. */
function commandOf(program: Command, words: readonly string[]): Command | null {
  return words.reduce<Command | null>(
    (command, word) => (command === null ? null : findCommand(command, word)),
    program,
  );
}

/** @param columns width of the terminal; undefined where there is none */
async function helpOn(
  words: readonly string[],
  program: Command,
  columns: number | undefined,
): Promise<string> {
  const topic = HELP_TOPICS.find((name) => name === words[0] && words.length === 1);
  if (topic !== undefined) return (await import('./topics.ts')).helpTopics[topic](columns);
  const command = commandOf(program, words);
  if (command !== null) return helpText(command);
  throw new UsageError(`There is no help on “${words.join(' ')}”.`, {
    hint: `Topics: ${HELP_TOPICS.join(', ')}. Commands: ${new Help()
      .visibleCommands(program)
      .flatMap((each) => [each, ...declared(each).commands])
      .map(fullName)
      .join(', ')}.`,
  });
}

/**
 * @param program the parser, which knows every command
 * @returns 0
 * @throws UsageError when there is no help on that
 */
export async function run(
  { topic }: HelpOptions,
  { host, output }: Context,
  program: Command,
): Promise<ExitCode> {
  output.checkFields([]);
  output.line(await helpOn(topic, program, host.stdout.columns));
  return 0;
}
