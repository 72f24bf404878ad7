/** Questions, asked on stderr and only where somebody is there to answer. */
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import type { Host, OutputStream } from '../core/host.ts';
import type { SearchQuestion } from './search.ts';

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

// A prompt that is stopped (Ctrl-Z) and goes on (fg). Node's readline gives the terminal back and
// stops; afterwards it leaves its input paused, and inquirer does not know that its picture is gone.

/** A step of the cursor and nothing else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject.
const STEPS = /^(?:\u001b\[\d*[A-DG])+$/;
/** How a picture takes away the one before it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject.
const ERASURE = /^(?:\u001b\[\d*[ABGK])+/;
/** To the beginning of the line, with everything from there on cleared. */
const CLEAR_BELOW = '\r\u001b[J';

/** A terminal that can show once more what was drawn on it last. */
function redrawable(terminal: OutputStream): {
  output: NodeJS.WriteStream;
  redraw(): void;
} {
  let picture = '';
  let steps = '';
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const text = chunk.toString();
      if (STEPS.test(text)) steps += text;
      else {
        picture = text.replace(ERASURE, '');
        steps = '';
      }
      terminal.raw.write(text);
      done();
    },
  });
  // What inquirer asks a terminal for.
  Object.defineProperties(output, {
    isTTY: { get: () => terminal.isTTY },
    columns: { get: () => terminal.columns },
  });
  return {
    output: output as unknown as NodeJS.WriteStream,
    redraw: () => {
      terminal.raw.write(CLEAR_BELOW + picture + steps);
    },
  };
}

/** After a Ctrl-Z the process stops at once, or not at all: where no shell could bring it back. */
const STOPPED_BY_NOW_MS = 50;

/**
 * Brings a prompt back whenever the process goes on.
 * @returns what ends that
 */
function reviveAfterStop(host: Host, redraw: () => void): () => void {
  const input = host.stdin.raw as ReadStream;
  let later: NodeJS.Timeout | undefined;
  const revive = () => {
    // Off and on: whoever had the terminal meanwhile has set it as they like, unseen by Node.
    input.setRawMode?.(false);
    input.setRawMode?.(true);
    input.resume();
  };
  const reviveLater = () => {
    // Behind readline's own listener, which pauses the input.
    setImmediate(revive);
    clearTimeout(later);
    later = setTimeout(() => {
      revive();
      redraw();
    }, STOPPED_BY_NOW_MS);
  };
  const onKey = (_: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
    if (key?.ctrl === true && key.name === 'z') reviveLater();
  };
  input.on('keypress', onKey);
  const stop = host.onContinue(reviveLater);
  return () => {
    clearTimeout(later);
    input.off('keypress', onKey);
    stop();
    // Readline takes the input for paused since it was stopped, and would leave it open.
    input.pause();
  };
}

/**
 * Whether the input ends (Ctrl-D, a terminal that is gone): readline closes then, and inquirer would
 * wait for ever.
 */
function watchEnd(host: Host): { signal: AbortSignal; stop(): void } {
  const input = host.stdin.raw;
  const controller = new AbortController();
  const end = () => controller.abort();
  const onKey = (_: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
    // With text on the line it only takes a letter away, and the input stays open.
    if (key?.ctrl === true && key.name === 'd') setImmediate(() => input.isPaused() && end());
  };
  input.on('keypress', onKey);
  input.on('end', end);
  return {
    signal: controller.signal,
    stop: () => {
      input.off('keypress', onKey);
      input.off('end', end);
    },
  };
}

interface Streams {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  signal: AbortSignal;
}

/**
 * Asks on stderr (inquirer draws on stdout unless told otherwise, and stdout is for results), unless
 * the question is taken back already: inquirer would leave the terminal open then.
 */
async function askOn<Answer>(
  host: Host,
  signal: AbortSignal,
  asks: (streams: Streams) => Promise<Answer>,
): Promise<Answer> {
  if (signal.aborted) throw new PromptAborted();
  const { output, redraw } = redrawable(host.stderr);
  const stop = reviveAfterStop(host, redraw);
  const ended = watchEnd(host);
  const streams: Streams = {
    input: host.stdin.raw as NodeJS.ReadStream,
    output,
    signal: AbortSignal.any([signal, ended.signal]),
  };
  try {
    return await asks(streams);
  } catch (error) {
    if (error instanceof Error && /Prompt|Abort/.test(error.name)) throw new PromptAborted();
    throw error;
  } finally {
    ended.stop();
    stop();
  }
}

/** One line of text, by inquirer's prompt for it. */
async function askLine(
  host: Host,
  signal: AbortSignal,
  question: {
    message: string;
    validate: (typed: string) => true | string;
    transformer?: (typed: string, shown: { isFinal: boolean }) => string;
    theme?: { validationFailureMode: 'clear' };
  },
): Promise<string> {
  const { default: inquirer } = await import('inquirer');
  const { answer } = await askOn(host, signal, (streams) =>
    inquirer.createPromptModule(streams)([{ type: 'input', name: 'answer', ...question }]),
  );
  return answer;
}

/** What a question with the default No takes for an answer; null: it takes it for none. */
export function readConsent(typed: string): boolean | null {
  const word = typed.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return true;
  return word === '' || word === 'n' || word === 'no' ? false : null;
}

/**
 * A yes-or-no question whose default is No. It is asked again until the answer is one of those words
 * and nothing else; what was typed before it could be seen does not answer it.
 * @param message safe to print
 * @param signal takes the question back
 * @throws PromptAborted on Ctrl-C, or when it is taken back
 */
export async function confirm(host: Host, message: string, signal: AbortSignal): Promise<boolean> {
  if ((await dropTypedAhead(host)) === 'interrupted') throw new PromptAborted();
  const typed = await askLine(host, signal, {
    message: `${message} (y/N)`,
    validate: (text) => readConsent(text) !== null || 'Answer y (yes) or n (no).',
    transformer: (text, { isFinal }) => (isFinal ? (readConsent(text) ? 'Yes' : 'No') : text),
    theme: { validationFailureMode: 'clear' },
  });
  return readConsent(typed) === true;
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
  return (await askLine(host, signal, { message, validate })).trim();
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
  const { askSearch } = await import('./search.ts');
  return askOn(host, signal, (streams) => askSearch(question, streams));
}
