/** What every command is given, and the flags that every command has. */
import { InterruptedError } from '../../core/errors.ts';
import type { Host, Signal } from '../../core/host.ts';
import type { Output } from '../../terminal/output.ts';

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
  envFile?: string;
  project?: string;
  url?: string;
  apiKey?: string;
  apiSecretFile?: string;
  sandbox: boolean;
}

/** What a Ctrl-C means just now. */
export interface Interruption {
  /** The signal that has come, if one has. */
  readonly signal: Signal | null;
  /** Aborted when a signal comes: ends reads and pauses. */
  readonly abort: AbortSignal;
  /** Resolves when a signal comes. */
  readonly happened: Promise<Signal>;
  /** Has something said when a second signal comes, before the program leaves at once. */
  onLeaving(say: () => void): void;
}

export interface Context {
  host: Host;
  output: Output;
  interruption: Interruption;
}

/** Whether a question can be asked: somebody sees it, somebody can answer, and nobody forbade it. */
export function canPrompt({ host, output }: Context, options: GlobalOptions): boolean {
  return host.stdin.isTTY && host.stderr.isTTY && options.input && !output.json;
}

/** Stops a run whose reads a signal has cut off: what they brought is not the truth. */
export function stopIfInterrupted({ interruption }: Context): void {
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
}
