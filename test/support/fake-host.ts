/** A Host that is all data: a whole run of the program fits inside a test, and touches no global. */
import { PassThrough, Readable, Writable } from 'node:stream';
import { type Host, type OutputStream, type Signal, sleep } from '../../src/core/host.ts';

/**
 * How much faster than real time the clock of a program runs that looks whether a leg has left: less
 * than its pauses, as a busy machine must not miss the half second that tells how it left.
 */
export const CLOCK_SPEED = 3;
/** How long a leg stays listed for such a program after a success, in real ms: two seconds of its clock. */
export const LINGERS_MS = 2000 / CLOCK_SPEED;

/** How a program sees time pass. */
export type ProgramClock = Pick<Host, 'elapsed' | 'sleep'>;

/** That of a program beside a LiveKit which is so many times as fast as real time. */
export const clockAt = (speed: number): ProgramClock => ({
  elapsed: () => performance.now() * Math.min(speed, CLOCK_SPEED),
  sleep: (ms, signal) => sleep(ms / speed, signal),
});

export interface StreamOptions {
  isTTY?: boolean;
  /** Width in columns; unknown when left out. */
  columns?: number;
  /** The system's code for what was written and is lost, as `ENOSPC`. */
  lost?: string;
}

export interface FakeHostOptions {
  /** All streams are terminals, unless one says otherwise. Default: none is. */
  isTTY?: boolean;
  /** Width of both output streams; unknown when left out. */
  columns?: number;
  stdin?: {
    isTTY?: boolean;
    /** What can be read, followed by the end of the input; left out: nothing comes, and no end. */
    text?: string | Uint8Array;
  };
  stdout?: StreamOptions;
  stderr?: StreamOptions;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** The file that Node was given to run. */
  script?: string;
  home?: string;
  platform?: NodeJS.Platform;
  nodeVersion?: string;
  /** The number of this process. */
  pid?: number;
  /** Whether another process of this machine is there; by default none is. */
  isRunning?: (pid: number) => boolean;
  /** Clocks and pauses of the test's own; real ones when left out. */
  now?: () => number;
  elapsed?: () => number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Thrown where the real process would be gone. */
export class Abandoned extends Error {
  override name = 'Abandoned';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`left at once with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export interface FakeHost {
  host: Host;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** The environment as setEnv has left it. */
  env: Record<string, string | undefined>;
  /** Types at the terminal: for prompts. */
  type(text: string): void;
  /** Sends SIGINT or SIGTERM; answers how many listeners heard it. */
  raise(signal: Signal): number;
  /** How many listeners there are: 0 when a run has cleaned up after itself. */
  listeners(): number;
  /** Whether the real process would have been killed by itself. */
  vanished(): boolean;
}

function outputStream(options: StreamOptions): { stream: OutputStream; text(): string } {
  let text = '';
  const raw = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  // What libraries that draw on a terminal ask it for.
  Object.assign(raw, { isTTY: options.isTTY ?? false, columns: options.columns });
  const stream: OutputStream = {
    write: (written) => {
      text += written;
    },
    drained: async () => options.lost ?? null,
    isTTY: options.isTTY ?? false,
    columns: options.columns,
    raw,
  };
  return { stream, text: () => text };
}

/** Makes a Host with its streams, environment and signals in the hands of the test. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const shared = { isTTY: options.isTTY ?? false, ...widthOf(options.columns) };
  const stdout = outputStream({ ...shared, ...options.stdout });
  const stderr = outputStream({ ...shared, ...options.stderr });
  const { text: input, isTTY: inputIsTTY = shared.isTTY } = options.stdin ?? {};
  const keyboard = new PassThrough();
  const env: Record<string, string | undefined> = { ...options.env };
  let vanished = false;
  const listeners = new Set<(signal: Signal) => void>();
  const host: Host = {
    stdin: {
      isTTY: inputIsTTY,
      raw: input === undefined ? keyboard : Readable.from([Buffer.from(input)]),
    },
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    cwd: options.cwd ?? '/nowhere',
    script: options.script ?? '/usr/local/bin/lk-transfer',
    home: options.home ?? '/nowhere/home',
    platform: options.platform ?? 'linux',
    nodeVersion: options.nodeVersion ?? '20.19.0',
    machine: 'machine-of-the-test',
    pid: options.pid ?? 4711,
    isRunning: options.isRunning ?? (() => false),
    setEnv: (name, value) => {
      if (value === undefined) delete env[name];
      else env[name] = value;
    },
    now: options.now ?? (() => Date.now()),
    elapsed: options.elapsed ?? (() => performance.now()),
    sleep: options.sleep ?? sleep,
    // What nobody catches is the test's to see.
    onCrash: () => () => {},
    goOn: () => {},
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onContinue: () => () => {},
    vanish: () => {
      vanished = true;
    },
    abandon: (exitCode) => {
      throw new Abandoned(exitCode);
    },
  };
  return {
    host,
    stdout: stdout.text,
    stderr: stderr.text,
    env,
    type: (text) => {
      keyboard.write(text);
    },
    raise: (signal) => {
      const hearing = [...listeners];
      for (const listener of hearing) listener(signal);
      return hearing.length;
    },
    listeners: () => listeners.size,
    vanished: () => vanished,
  };
}

function widthOf(columns: number | undefined): StreamOptions {
  return columns === undefined ? {} : { columns };
}
