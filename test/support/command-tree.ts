import { type Command, Help } from 'commander';
import { allDeclared, helpText } from '../../src/commands/shared/command.ts';
import { buildProgram } from '../../src/program/program.ts';

/** Every command, the program itself first, with its help. */
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
