/** The built program on a real terminal. */
import { spawn } from '@lydell/node-pty';
import { atTheEnd } from '../support/at-the-end.ts';
import { cleanEnvironment, type Environment, makeFolder } from './run-program.ts';

export interface TerminalOptions {
  env?: Environment;
  cwd?: string;
  columns?: number;
}

export interface Terminal {
  /** The number of the program's process. */
  pid: number;
  /** Every byte the terminal has been sent so far. */
  sent(): string;
  /** Waits until the terminal has been sent this, behind what was waited for before. */
  until(pattern: RegExp): Promise<void>;
  /** What a person types. */
  type(keys: string): void;
  kill(signal: NodeJS.Signals): void;
  /** As when its window is closed: what runs on it gets SIGHUP, and can write no more. */
  close(): void;
  /** The exit code, once the program has left. */
  left: Promise<number>;
}

export const CTRL_C = '\u0003';
export const ENTER = '\r';

/** Nothing comes any more after this long without anything, in ms. */
const QUIET_MS = 150;

/** How long anything on a terminal may take, in ms. */
const PATIENCE_MS = 15_000;

/** The colours and styles of a text: SGR sequences, and nothing that only moves the cursor. */
export function stylesIn(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject.
  return text.match(/\u001b\[[\d;]*m/g) ?? [];
}

/** The text without its escape sequences. */
export function withoutEscapes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject.
  return text.replace(/\u001b\[[?\d;]*[A-Za-z]/g, '');
}

/** Whether the cursor has been left visible. */
export function cursorIsVisible(text: string): boolean {
  return text.lastIndexOf('\u001b[?25h') >= text.lastIndexOf('\u001b[?25l');
}

/**
 * Runs a line of bash on a terminal of its own.
 * @param line `lk-transfer …`; what it redirects is no terminal
 */
export function openTerminal(line: string, options: TerminalOptions = {}): Terminal {
  const env = cleanEnvironment({ TERM: 'xterm-256color', ...options.env });
  const pty = spawn('bash', ['-c', `exec ${line}`], {
    // node-pty makes TERM of this, whatever the environment says.
    ...(env.TERM !== undefined && { name: env.TERM }),
    cols: options.columns ?? 120,
    rows: 40,
    cwd: options.cwd ?? makeFolder(),
    env,
  });
  let sent = '';
  let from = 0;
  let gone = false;
  pty.onData((data) => {
    sent += data;
  });
  const left = new Promise<number>((resolve) => {
    pty.onExit(async ({ exitCode }) => {
      // The terminal may still hold what the program wrote last: until it has been quiet for a while.
      for (let seen = -1; seen !== sent.length; ) {
        seen = sent.length;
        await new Promise((wait) => setTimeout(wait, QUIET_MS));
      }
      gone = true;
      resolve(exitCode);
    });
  });
  atTheEnd(() => {
    if (!gone) pty.kill('SIGKILL');
  });
  return {
    pid: pty.pid,
    left,
    sent: () => sent,
    type: (keys) => pty.write(keys),
    kill: (signal) => pty.kill(signal),
    close: () => (pty as unknown as { destroy(): void }).destroy(),
    until: async (pattern) => {
      const deadline = performance.now() + PATIENCE_MS;
      for (let seen = -1; ; ) {
        // Nothing new, no new match.
        const isNew = seen !== sent.length;
        seen = sent.length;
        if (isNew && pattern.test(withoutEscapes(sent.slice(from)))) {
          from = sent.length;
          return;
        }
        if (gone || performance.now() > deadline) {
          throw new Error(`${gone ? 'left' : 'waited'} without ${pattern}:\n${sent.slice(from)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
