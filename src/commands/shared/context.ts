/** What every command is given, and the flags that every command has. */
import { InterruptedError, UsageError } from '../../core/errors.ts';
import type { Host, Interruption } from '../../core/host.ts';
import { decodeText } from '../../core/text.ts';
import type { Output } from '../../terminal/output.ts';
import { PromptAborted } from '../../terminal/prompts.ts';

/** The flags that go before or after any command. */
export interface GlobalOptions {
  json: boolean;
  quiet: boolean;
  /** `--fields`, as typed. */
  fields?: string;
  color?: boolean;
  /** false: nothing may be asked. */
  input: boolean;
  debug: boolean;
  /** For each read, in ms. */
  timeoutMs?: number;
  config?: string;
  credentials?: string;
  project?: string;
  url?: string;
  apiKey?: string;
  apiSecretFile?: string;
  sandbox: boolean;
}

export interface RunInterruption extends Interruption {
  /** Has something said when a second signal comes, before the program leaves at once. */
  onLeaving(say: () => void): void;
}

export interface Context {
  host: Host;
  output: Output;
  interruption: RunInterruption;
  /** A REFER goes out: from here on a failure of ours leaves it open what became of the caller. */
  noteSent(): void;
}

/** Whether a question can be asked: somebody sees it, somebody can answer, and nobody forbade it. */
export function canPrompt({ host, output }: Context, options: GlobalOptions): boolean {
  return host.stdin.isTTY && host.stderr.isTTY && options.input && !output.json;
}

/** Stops a run whose reads a signal has cut off: what they brought is not the truth. */
export function throwIfInterrupted({ interruption }: Context): void {
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
}

// Questions to whoever runs a command.

/**
 * Waits for an answer; a Ctrl-C at the question ends the run.
 * @param consequence what is said then, behind “Interrupted.”
 * @throws InterruptedError
 */
export async function awaitAnswer<Answer>(
  asked: Promise<Answer>,
  { interruption }: Context,
  consequence = 'Nothing was sent.',
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(interruption.signal ?? 'SIGINT', `Interrupted. ${consequence}`);
  }
}

// Standard input, read whole.

/** More than any list of callers, and than any secret. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads standard input to its end, whatever encoding its byte order mark says.
 * @throws UsageError when there is more of it than anything we read; InterruptedError when a signal
 *   comes first
 */
export async function readStdin({ host, interruption }: Context): Promise<string> {
  // One that came before anybody listened is not told again.
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
  const { raw } = host.stdin;
  const stop = () => raw.destroy();
  interruption.abort.addEventListener('abort', stop);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of raw) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_BYTES) throw new UsageError('Standard input is too long to be what is meant.');
      chunks.push(bytes);
    }
  } catch (error) {
    // A stream that was taken away is no failure of its own.
    if (interruption.signal === null) throw error;
  } finally {
    interruption.abort.removeEventListener('abort', stop);
  }
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
  return decodeText(Buffer.concat(chunks));
}
