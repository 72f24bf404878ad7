/**
 * The built program on a terminal whose screen can be looked at: what stands where, on which of the
 * two screens, and what it leaves behind.
 */
import { normalise } from '../../scripts/shared/normalise.js';
import { openScreen, type Screen } from '../../scripts/shared/screen.js';
import { cleanEnvironment, type Environment, makeFolder } from '../process/run-program.ts';
import { atTheEnd } from './at-the-end.ts';

export interface TerminalScreenOptions {
  env?: Environment;
  cwd?: string;
  columns?: number;
  rows?: number;
}

export interface TerminalScreen extends Screen {
  /** The lines as every run shows them: ages, times and counts are `#` and `0`. */
  normalised(): string[];
}

export const KEYS = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
  backspace: '\u007f',
} as const;

/**
 * Runs a line of bash on a terminal of its own; what is left of it ends with the file's tests.
 * @param line `lk-transfer …`; what it redirects is no terminal
 */
export function openTerminalScreen(
  line: string,
  { env = {}, cwd = makeFolder(), ...size }: TerminalScreenOptions = {},
): TerminalScreen {
  const screen = openScreen(line, {
    env: cleanEnvironment({ TERM: 'xterm-256color', ...env }),
    cwd,
    ...size,
  });
  atTheEnd(screen.close);
  return {
    ...screen,
    normalised: () => screen.lines().map(normalise),
  };
}
