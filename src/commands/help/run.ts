/** `help`: the help of a command, or a topic. */
import { type Command, Help } from 'commander';
import { type ExitCode, UsageError } from '../../core/errors.ts';
import { findCommand, helpText } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { HELP_TOPICS, type HelpOptions } from './command.ts';

async function helpOn(topic: string | undefined, program: Command): Promise<string> {
  if (topic === undefined) return helpText(program);
  const known = HELP_TOPICS.find((name) => name === topic);
  if (known !== undefined) return (await import('./topics.ts')).helpTopics[known]();
  const command = findCommand(program, topic);
  if (command !== null) return helpText(command);
  throw new UsageError(`There is no help on “${topic}”.`, {
    hint: `Topics: ${HELP_TOPICS.join(', ')}. Commands: ${new Help()
      .visibleCommands(program)
      .map((each) => each.name())
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
  { output }: Context,
  program: Command,
): Promise<ExitCode> {
  output.checkFields([]);
  output.line(await helpOn(topic, program));
  return 0;
}
