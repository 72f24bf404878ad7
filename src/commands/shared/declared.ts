/**
 * When commands get their flags: once a line, or a help text, comes to them. To declare them all is
 * a good part of what it takes to start.
 */
import type { Command } from 'commander';

export type Declare = (command: Command) => void;

const pending = new WeakMap<Command, Declare>();

/** @param declare gives a command its flags, and its own commands; called once, or never */
export function declareLater(command: Command, declare: Declare): Command {
  pending.set(command, declare);
  return command;
}

/** The command with its flags and its own commands. */
export function declared(command: Command): Command {
  const declare = pending.get(command);
  pending.delete(command);
  declare?.(command);
  return command;
}

/** The same, down to the last command below it. */
export function allDeclared(command: Command): Command {
  for (const each of declared(command).commands) allDeclared(each);
  return command;
}
