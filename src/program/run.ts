/** From the words of the command line to an exit code. The one place where failures are caught. */
import { setMaxListeners } from 'node:events';
import type { RunInterruption } from '../commands/shared/context.ts';
import { type ExitCode, InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { Host, Signal } from '../core/host.ts';
import { version, whereToReport } from '../core/host.ts';
import { Output } from '../terminal/output.ts';
import { parseCommandLine } from './parse.ts';

/** Watches for signals: the first one is told to the command, the second leaves at once. */
function watchSignals(host: Host): { interruption: RunInterruption; stop: () => void } {
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

/**
 * Runs the program once.
 * @param argv the words behind the program's name
 * @returns the exit code; every failure has been told by then
 */
export async function runProgram(argv: readonly string[], host: Host): Promise<ExitCode> {
  // Until the line is parsed nobody knows what was meant; an error about it still follows --json.
  let output = new Output(host, {
    json: argv.includes('--json'),
    quiet: false,
    colour: argv.includes('--no-color') ? false : argv.includes('--color') || undefined,
  });
  let debug = false;
  const { interruption, stop } = watchSignals(host);
  try {
    const parsed = await parseCommandLine(argv, {
      interactive: host.stdout.isTTY && host.stderr.isTTY && host.stdin.isTTY,
      columns: host.stdout.columns,
    });
    if ('text' in parsed) {
      output.line(parsed.text);
      return 0;
    }
    const { options } = parsed;
    debug = options.debug;
    output = new Output(host, { ...options, colour: options.color });
    output.settleColourOfLibraries();
    return await parsed.run({ host, output, interruption });
  } catch (caught) {
    const error = toldAs(caught, interruption.signal);
    if (asksForNagios(argv) && !(error instanceof InterruptedError)) {
      return (await import('../commands/smoke/run.ts')).printNagiosError(error, output);
    }
    await output.failure(error);
    if (debug && caught instanceof Error) output.trace(caught.stack ?? caught.message);
    return error.exitCode;
  } finally {
    output.close();
    stop();
  }
}
