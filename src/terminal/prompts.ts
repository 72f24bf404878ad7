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
 * A line of text.
 * @param message safe to print
 * @param refuse says, safe to print, what is wrong with the text, which can then be mended
 * @returns the text without blanks around it; empty when only Enter was pressed and that will do
 * @throws PromptAborted on Ctrl-C
 */
export async function askText(
  host: Host,
  message: string,
  signal: AbortSignal,
  refuse: (text: string) => string | null,
): Promise<string> {
  const validate = (typed: string): true | string => refuse(typed.trim()) ?? true;
  const typed = await ask<string>(host, { type: 'input', message, validate }, signal);
  return typed.trim();
}

/**
 * A choice from a list that what is typed narrows down.
 * @param choices with names that are safe to print; a choice fits when its name has the typed text
 *   in it, in any case, and comes first when its name begins with it
 * @param typing.asChoice makes a choice of the typed text itself; left out, only the list counts
 * @param typing.refuse says, safe to print, what is wrong with a choice, which is then asked anew
 * @throws PromptAborted on Ctrl-C
 */
export function choose<Value>(
  host: Host,
  message: string,
  choices: readonly Choice<Value>[],
  signal: AbortSignal,
  typing: {
    asChoice?: (text: string) => Choice<Value>;
    refuse?: (value: Value) => string | null;
  } = {},
): Promise<Value> {
  const { asChoice, refuse } = typing;
  const source = (typed: string | undefined): readonly Choice<Value>[] => {
    const text = typed?.trim() ?? '';
    const wanted = text.toLowerCase();
    const begins = ({ name }: Choice<Value>) => name.toLowerCase().startsWith(wanted);
    const fitting = choices
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .sort((a, b) => Number(begins(b)) - Number(begins(a)));
    return text === '' || asChoice === undefined ? fitting : [...fitting, asChoice(text)];
  };
  const validate = (value: Value): true | string => refuse?.(value) ?? true;
  return ask(host, { type: 'search', message, source, validate, pageSize: 12 }, signal);
}
