/** Questions, asked on stderr and only where somebody is there to answer. */
import type { ReadStream } from 'node:tty';
import type { Host } from '../core/host.ts';
import type { SearchQuestion } from './search-prompt.ts';

// Keys that were pressed before a question stood there. They wait in the terminal, and would answer
// whatever is asked next; a consent must be to what was read.

/** What waits is there at once; over a slow line some of it is still under way, in ms. */
const SETTLE_MS = 60;

const CTRL_C = '\u0003';

/**
 * Throws away what was typed up to now.
 * @returns `interrupted` when a Ctrl-C was among it
 */
async function dropTypedAhead({ stdin, sleep }: Host): Promise<'dropped' | 'interrupted'> {
  const input = stdin.raw as ReadStream;
  let interrupted = false;
  const drop = (chunk: Buffer | string) => {
    interrupted ||= chunk.toString().includes(CTRL_C);
  };
  // In raw mode, since otherwise a line without its Enter would stay behind in the terminal.
  input.setRawMode?.(true);
  input.on('data', drop);
  await sleep(SETTLE_MS);
  input.off('data', drop);
  input.pause();
  input.setRawMode?.(false);
  return interrupted ? 'interrupted' : 'dropped';
}

/** The prompt was left with Ctrl-C, or its input ended. */
export class PromptAborted extends Error {
  override name = 'PromptAborted';
}

/** inquirer draws on stdout unless told otherwise; stdout is for results. */
function streamsOf(host: Host, signal: AbortSignal) {
  return {
    input: host.stdin.raw as NodeJS.ReadStream,
    output: host.stderr.raw as NodeJS.WriteStream,
    signal,
  };
}

/** Asks, unless the question is taken back already: inquirer would leave the terminal open then. */
async function orAborted<Answer>(
  signal: AbortSignal,
  asks: () => Promise<Answer>,
): Promise<Answer> {
  if (signal.aborted) throw new PromptAborted();
  try {
    return await asks();
  } catch (error) {
    if (error instanceof Error && /Prompt|Abort/.test(error.name)) throw new PromptAborted();
    throw error;
  }
}

async function ask<Answer>(
  host: Host,
  question: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Answer> {
  const { default: inquirer } = await import('inquirer');
  const prompt = inquirer.createPromptModule(streamsOf(host, signal));
  const asks = () => prompt<{ answer: Answer }>([{ name: 'answer', ...question } as never]);
  return (await orAborted(signal, asks)).answer;
}

/**
 * A yes-or-no question whose default is No. What was typed before it could be seen does not answer
 * it.
 * @param message safe to print
 * @param signal takes the question back
 * @throws PromptAborted on Ctrl-C, or when it is taken back
 */
export async function confirm(host: Host, message: string, signal: AbortSignal): Promise<boolean> {
  if ((await dropTypedAhead(host)) === 'interrupted') throw new PromptAborted();
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
 * @throws PromptAborted on Ctrl-C
 */
export async function choose<Value>(
  host: Host,
  question: SearchQuestion<Value>,
  signal: AbortSignal,
): Promise<Value> {
  const { askSearch } = await import('./search-prompt.ts');
  return orAborted(signal, () => askSearch(question, streamsOf(host, signal)));
}
