/**
 * From the words of the command line to an exit code. The one place where failures are caught, and
 * the program's door: what bin/ loads.
 */
import { setMaxListeners } from 'node:events';
import type { RunInterruption } from '../commands/shared/context.ts';
import {
  asSentence,
  type ExitCode,
  exitCodeOf,
  InterruptedError,
  isKnownError,
  KnownError,
} from '../core/errors.ts';
import { type Host, processHost, type Signal } from '../core/host.ts';
import { version, whereToReport } from '../core/package.ts';
import { Output } from '../terminal/output.ts';
import { parseCommandLine } from './program.ts';

/** Watches for signals: the first one is told to the command, the second leaves at once. */
function watchSignals(host: Host): {
  interruption: RunInterruption;
  abort: () => void;
  stop: () => void;
} {
  const controller = new AbortController();
  // Every read of a scan listens to it at once: that is no leak.
  setMaxListeners(0, controller.signal);
  let first: Signal | null = null;
  let tell: (signal: Signal) => void = () => {};
  const happened = new Promise<Signal>((resolve) => {
    tell = resolve;
  });
  let lastWords: () => void = () => {};
  const stop = host.onSignal((signal) => {
    if (first !== null) {
      lastWords();
      host.abandon(signal === 'SIGTERM' ? 143 : 130);
    }
    first = signal;
    tell(signal);
    controller.abort();
  });
  return {
    stop,
    abort: () => controller.abort(),
    interruption: {
      abort: controller.signal,
      happened,
      onLeaving: (say) => {
        lastWords = say;
      },
      get signal() {
        return first;
      },
    },
  };
}

/** A failure that nobody foresaw is ours, and says so. */
function asBug(error: unknown): KnownError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new KnownError('internal', `This is a bug in lk-transfer ${version}: ${message}`, {
    hint: `Please report it ${whereToReport()}, with the file that \`lk-transfer doctor --report bug.json\` writes. --debug shows where it happened.`,
    cause: error,
  });
}

/** What no Ctrl-C makes less worth knowing: a transfer that went out, a report that is not there. */
const TOLD_ANYWAY: readonly string[] = ['interrupted', 'outcome-lost', 'unwritten-report'];

/** A read that was cut off by Ctrl-C fails in its own words; what happened is the Ctrl-C. */
function toldAs(caught: unknown, signal: Signal | null): KnownError {
  if (isKnownError(caught) && (signal === null || TOLD_ANYWAY.includes(caught.code))) return caught;
  return signal === null ? asBug(caught) : new InterruptedError(signal, 'Interrupted.');
}

/** Whether a monitoring reads this run, which takes an error for a state, too: even of a wrong line. */
function asksForNagios(argv: readonly string[]): boolean {
  const isFormat = (word: string, index: number) =>
    word === '--format=nagios' || (word === '--format' && argv[index + 1] === 'nagios');
  return argv.includes('smoke') && argv.some(isFormat);
}

const AFTER_SENDING =
  'Do not transfer again before you know: ask at the target, and see `lk-transfer history --open`.';

/** What went wrong on our side once a transfer was out says nothing of where the caller is. */
function toldAfterSending(error: KnownError): KnownError {
  if (error.exitCode !== 1 && error.exitCode !== 2) return error;
  const { message, hint, details, data, cause } = error;
  if (error.code === 'unwritten-report') {
    const untold = 'The tests were already run, and their results are shown nowhere else.';
    return new KnownError('outcome-lost', `${asSentence(message)} ${untold}`, { hint, cause });
  }
  return new KnownError(
    'outcome-lost',
    `${asSentence(message)} A transfer was already sent, and how it ended was not shown.`,
    {
      hint: `${AFTER_SENDING} If this is a bug, please report it ${whereToReport()}; --debug shows where it happened.`,
      ...{ details, data, cause },
    },
  );
}

/** One run, as far as it has come. */
interface Run {
  output: Output;
  debug: boolean;
  /** A transfer has gone out. */
  sent: boolean;
  /** What else was done, in sentences: for whoever cannot read the result. */
  done: string[];
}

async function runLine(
  argv: readonly string[],
  host: Host,
  run: Run,
  interruption: RunInterruption,
): Promise<ExitCode> {
  const parsed = await parseCommandLine(argv, {
    interactive: host.stdout.isTTY && host.stderr.isTTY && host.stdin.isTTY,
    columns: run.output.commands.columnsFor(host.stdout.columns),
  });
  if ('text' in parsed) {
    run.output.line(run.output.commands.inText(parsed.text));
    return 0;
  }
  const { options } = parsed;
  run.debug = options.debug;
  run.output = new Output(host, { ...options, colour: options.color });
  run.output.settleColourOfLibraries();
  const noteSent = () => {
    run.sent = true;
    host.goOn(exitCodeOf['outcome-lost']);
  };
  const noteDone = (what: string) => void run.done.push(what);
  return parsed.run({ host, output: run.output, interruption, noteSent, noteDone });
}

/** A line on standard error, with `--json --debug`: where an error happened. */
export interface DebugLine {
  /** The stack of the error that stands on the next line; secrets are left out. */
  debug: { stack: string };
}

async function tellStack({ stack, message }: Error, output: Output): Promise<void> {
  const { hideSecrets } = await import('../history/redact.ts');
  const line: DebugLine = { debug: { stack: hideSecrets(stack ?? message) } };
  output.trace(line.debug.stack, line);
}

/** Tells a failure. @returns its exit code */
async function tellFailure(
  caught: unknown,
  argv: readonly string[],
  { output, debug, sent }: Run,
  signal: Signal | null,
): Promise<ExitCode> {
  const known = toldAs(caught, signal);
  const error = sent ? toldAfterSending(known) : known;
  if (asksForNagios(argv) && !(error instanceof InterruptedError)) {
    return (await import('../commands/smoke/run.ts')).printNagiosError(error, output);
  }
  const stacked = debug && caught instanceof Error ? caught : null;
  // Programs take the last line for the error.
  if (stacked !== null && output.json) await tellStack(stacked, output);
  await output.failure(error);
  if (stacked !== null && !output.json) await tellStack(stacked, output);
  return error.exitCode;
}

const LOSSES: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EPIPE: 'nobody reads it now',
};

/**
 * Tells of a result that standard output has not taken. Once something was done, the exit code is
 * that of its outcome all the same: whoever runs this again on a 1 would send the caller twice.
 */
async function tellUnwritten(exitCode: ExitCode, host: Host, run: Run): Promise<ExitCode> {
  const lost = await host.stdout.drained();
  const sent = `A transfer was sent; exit code ${exitCode} says how it ended.`;
  const done = run.sent ? [sent, ...run.done] : run.done;
  // Whoever closes a list has seen enough of it.
  if (lost === null || (lost === 'EPIPE' && done.length === 0)) return exitCode;
  const why = LOSSES[lost] === undefined ? lost : `${lost}: ${LOSSES[lost]}`;
  const message = `The result could not be written to standard output (${why}).`;
  if (done.length > 0 || exitCode !== 0) {
    run.output.warn([message, ...done].join(' '));
    return exitCode;
  }
  const error = new KnownError('unwritten-report', message);
  await run.output.failure(error);
  return error.exitCode;
}

/** What nobody caught ends the run like any other failure: it is told, and has its exit code. */
function watchCrashes(
  host: Host,
  abort: () => void,
): { happened: Promise<never>; crashed(): boolean; stop(): void } {
  let crashed = false;
  let fail: (error: unknown) => void = () => {};
  const happened = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // It may come when the run itself is over.
  happened.catch(() => {});
  const stop = host.onCrash((error) => {
    crashed = true;
    // What has not gone out by now does not: nobody is left to say what became of it.
    abort();
    fail(error);
  });
  return { happened, crashed: () => crashed, stop };
}

/**
 * Runs the program once.
 * @param argv the words behind the program's name
 * @returns the exit code; every failure has been told by then
 */
export async function runProgram(argv: readonly string[], host: Host): Promise<ExitCode> {
  // Until the line is parsed nobody knows what was meant; an error about it still follows --json.
  const run: Run = {
    output: new Output(host, {
      json: argv.some((word) => word === '--json' || word.startsWith('--json=')),
      quiet: false,
      colour: argv.includes('--no-color') ? false : argv.includes('--color') || undefined,
    }),
    debug: false,
    sent: false,
    done: [],
  };
  const { interruption, abort, stop } = watchSignals(host);
  const crashes = watchCrashes(host, abort);
  try {
    const ended = await Promise.race([
      runLine(argv, host, run, interruption),
      crashes.happened,
    ]).catch((caught: unknown) => tellFailure(caught, argv, run, interruption.signal));
    const exitCode = await tellUnwritten(ended, host, run);
    if (!crashes.crashed()) return exitCode;
    // Whatever is still under way belongs to a run that is over.
    await host.stderr.drained();
    // A request may have gone out while the crash was told.
    const isSilentOnSent = run.sent && (exitCode === 1 || exitCode === 2);
    if (isSilentOnSent) run.output.warn(`A transfer was already sent. ${AFTER_SENDING}`);
    return host.abandon(isSilentOnSent ? exitCodeOf['outcome-lost'] : exitCode);
  } finally {
    run.output.close();
    crashes.stop();
    stop();
  }
}

/**
 * Runs the program with this process's own words and streams.
 * @returns the exit code, for bin/ to set; leaving is the process's own affair, so that everything
 *   written still reaches a slow reader
 */
export function main(argv: readonly string[]): Promise<number> {
  return runProgram(argv, processHost({ ownsStreams: true }));
}

export { whereToReport } from '../core/package.ts';
