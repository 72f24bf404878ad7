import { closeSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir, hostname, networkInterfaces, platform } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/** A stream the program writes to, with what there is to know of the terminal behind it. */
export interface OutputStream {
  write(text: string): void;
  /**
   * Waits until everything that was written is out, or lost.
   * @returns null when nothing was lost, otherwise the system's code: ENOSPC, EPIPE, EIO
   */
  drained(): Promise<string | null>;
  readonly isTTY: boolean;
  /** Width in columns; undefined when nobody knows. */
  readonly columns: number | undefined;
  /** The Node stream, for libraries that draw on it. */
  readonly raw: Writable;
}

interface InputStream {
  readonly isTTY: boolean;
  readonly raw: Readable;
}

export type Signal = 'SIGINT' | 'SIGTERM';

/** The clocks of a run, and its pauses. */
export interface HostClock {
  /** Wall clock, in ms since 1970. */
  now(): number;
  /** Ms since the process began, on a clock that only goes forward, whatever the wall clock does. */
  elapsed(): number;
  /** Waits; resolves early (never rejects) when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a Ctrl-C means just now. */
export interface Interruption {
  /** The signal that has come, if one has. */
  readonly signal: Signal | null;
  /** Aborted when a signal comes: ends reads and pauses. */
  readonly abort: AbortSignal;
  /** Resolves when a signal comes. */
  readonly happened: Promise<Signal>;
}

export interface Host extends HostClock {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder the program was started in. */
  readonly cwd: string;
  /** The path of the file that Node was given to run, often a link; empty where nobody knows it. */
  readonly script: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  /** What tells this machine's processes from those of others; null: nothing does. */
  readonly machine: string | null;
  /** The number of this process. */
  readonly pid: number;
  /** Whether a process of this machine is still there. */
  isRunning(pid: number): boolean;
  /** Sets or clears a variable of the real environment, for libraries that read it themselves. */
  setEnv(name: string, value: string | undefined): void;
  /** Calls back at what nobody has caught, instead of dying of it; the answer takes the listener off. */
  onCrash(listener: (error: unknown) => void): () => void;
  /** Something was sent: a run that ends by no means of its own has this exit code, and SIGHUP ends none. */
  goOn(exitCode: number): void;
  /** Calls back at every SIGINT and SIGTERM instead of dying; the answer takes the listener off. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Calls back when the process goes on after it was stopped (`fg`); the answer ends that. */
  onContinue(listener: () => void): () => void;
  /** Leaves at once, whatever is under way. */
  abandon(exitCode: number): never;
  /** Is gone at once, as by a kill: leaving waits for a name that is looked up, or a file that is opened. */
  vanish(): void;
}

/**
 * A pause that an AbortSignal can cut short.
 * @param ms milliseconds
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** @param owned whether an error of the stream is ours to hear; a listener keeps it from everybody else */
function outputStream(stream: NodeJS.WriteStream, owned: boolean): OutputStream {
  let lost: string | null = null;
  const lose = (error: NodeJS.ErrnoException) => {
    lost ??= error.code ?? error.message;
  };
  if (owned) stream.on('error', lose);
  return {
    drained: () =>
      new Promise((resolve) => {
        // What was lost before is told by an event, which may come after this write has ended.
        stream.write('', (error) => {
          setImmediate(() => {
            if (error) lose(error);
            resolve(lost);
          });
        });
      }),
    write: (text) => {
      stream.write(text);
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      // Some pseudo-terminals say 0 for a width they do not know.
      return stream.columns || undefined;
    },
    raw: stream,
  };
}

/**
 * At its end Node sets a terminal that was raw once as it was before; from the background that stops the
 * process (SIGTTOU), which then never ends (Node 22 to 26). Closed by then, it is left alone; only where
 * it is still raw there is something to set.
 */
function leaveTerminal(): void {
  const { isRaw, _handle } = process.stdin as { isRaw?: boolean; _handle?: { fd?: number } };
  if (isRaw === false && _handle?.fd !== undefined && _handle.fd > 2) closeSync(_handle.fd);
}

/**
 * The process this program really runs in.
 * @param ownsStreams whether stdout and stderr are ours: the program's are, a library's never
 */
export function processHost({ ownsStreams = false } = {}): Host {
  return {
    stdin: {
      // Looking at process.stdin opens it, and an open pipe keeps a program alive: ask only if needed.
      get isTTY() {
        return process.stdin.isTTY === true;
      },
      get raw() {
        if (!process.listeners('exit').includes(leaveTerminal)) process.on('exit', leaveTerminal);
        return process.stdin;
      },
    },
    stdout: outputStream(process.stdout, ownsStreams),
    stderr: outputStream(process.stderr, ownsStreams),
    env: process.env,
    cwd: process.cwd(),
    script: process.argv[1] ?? '',
    home: homedir(),
    platform: process.platform,
    nodeVersion: process.versions.node,
    get machine() {
      return nameMachine();
    },
    pid: process.pid,
    isRunning: (pid) => {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        // It is there, and somebody else's.
        return (error as NodeJS.ErrnoException).code === 'EPERM';
      }
    },
    setEnv: (name, value) => {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    },
    now: () => Date.now(),
    // As performance.now(), which would load a millisecond of modules.
    elapsed: () => process.uptime() * 1000,
    sleep,
    onCrash: (listener) => {
      process.on('uncaughtException', listener);
      return () => {
        process.off('uncaughtException', listener);
      };
    },
    goOn: (exitCode) => {
      process.exitCode = exitCode;
      // A terminal that closes: the outcome is still to be recorded, and a bridge to be watched.
      if (!process.listeners('SIGHUP').includes(stay)) process.on('SIGHUP', stay);
    },
    onSignal: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    onContinue: (listener) => {
      process.on('SIGCONT', listener);
      return () => {
        process.off('SIGCONT', listener);
      };
    },
    abandon: (exitCode) => process.exit(exitCode),
    vanish: () => void process.kill(process.pid, 'SIGKILL'),
  };
}

/** What a signal that must end nothing is answered with. */
const stay = (): void => {};

/** What runs JavaScript: for processes of our own. */
export const nodePath: string = process.execPath;

/** The number of the user who runs this; null where the system (Windows) has none. */
export const userId: number | null = process.geteuid?.() ?? null;

// What tells the processes of this machine from those of another: the number of a process says whether
// it is there only where the same numbers are in use.

/** What it is read from, for tests. */
export interface MachineFacts {
  platform: NodeJS.Platform;
  hostname(): string;
  /** The hardware addresses of its networks. */
  addresses(): string[];
  /** @throws where there is no such file */
  readFile(path: string): string;
  /** @throws where there is no such link */
  readLink(path: string): string;
}

const REAL: MachineFacts = {
  platform: platform(),
  hostname,
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((addresses = []) => addresses)
      .filter(({ internal }) => !internal)
      .map(({ mac }) => mac)
      // Tunnels have none of their own.
      .filter((mac) => mac !== '00:00:00:00:00:00'),
  readFile: (path) => readFileSync(path, 'utf8').trim(),
  readLink: (path) => readlinkSync(path),
};

/**
 * Names this machine. Containers may have one host name and one kernel, and machines one host name, and
 * each its own process 17: so the name of a Linux machine has its boot and its process namespace in it.
 * @returns null where nothing tells: then nobody may conclude that a process is gone
 */
export function nameMachine(facts: MachineFacts = REAL): string | null {
  const parts = [facts.hostname()];
  try {
    if (facts.platform === 'linux') {
      parts.push(facts.readFile('/proc/sys/kernel/random/boot_id'));
      parts.push(facts.readLink('/proc/self/ns/pid'));
    } else {
      const addresses = [...new Set(facts.addresses())].sort();
      if (addresses.length === 0) return null;
      parts.push(...addresses);
    }
  } catch {
    return null;
  }
  return parts.join(' ');
}
