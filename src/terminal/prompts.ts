/** Questions, asked on stderr and only where somebody is there to answer. */
import type { Host } from '../host.ts';

/** The prompt was left with Ctrl-C, or its input ended. */
export class PromptAborted extends Error {
  override name = 'PromptAborted';
}

export interface Choice<Value> {
  name: string;
  value: Value;
  description?: string;
}

async function ask<Answer>(
  host: Host,
  question: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Answer> {
  const { default: inquirer } = await import('inquirer');
  const prompt = inquirer.createPromptModule({
    input: host.stdin.raw as NodeJS.ReadStream,
    // inquirer draws on stdout unless told otherwise; stdout is for results.
    output: host.stderr.raw as NodeJS.WriteStream,
    signal,
  });
  try {
    const answers = await prompt<{ answer: Answer }>([{ name: 'answer', ...question } as never]);
    return answers.answer;
  } catch (error) {
    if (error instanceof Error && /Prompt|Abort/.test(error.name)) throw new PromptAborted();
    throw error;
  }
}

/**
 * A yes-or-no question whose default is No.
 * @param message safe to print
 * @param signal takes the question back
 * @throws PromptAborted on Ctrl-C, or when it is taken back
 */
export function confirm(host: Host, message: string, signal: AbortSignal): Promise<boolean> {
  return ask(host, { type: 'confirm', message, default: false }, signal);
}

/**
 * A choice from a list.
 * @param choices with names that are safe to print
 * @throws PromptAborted on Ctrl-C
 */
export function choose<Value>(
  host: Host,
  message: string,
  choices: readonly Choice<Value>[],
  signal: AbortSignal,
): Promise<Value> {
  return ask(host, { type: 'select', message, choices, pageSize: 12, loop: false }, signal);
}

/** A line of text. @throws PromptAborted on Ctrl-C */
export function askText(host: Host, message: string, signal: AbortSignal): Promise<string> {
  return ask(host, { type: 'input', message, required: true }, signal);
}
