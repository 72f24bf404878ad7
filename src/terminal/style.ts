import type { OutputStream } from '../core/host.ts';
import { cutToColumns, escapeText, UNSAFE_CHARACTERS } from '../core/text.ts';

// Whether to colour, decided once and in one place.

interface ColourOptions {
  /** `--color` / `--no-color`; undefined when neither was given. */
  flag: boolean | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The order: flag, FORCE_COLOR, NO_COLOR (if not empty), TERM=dumb, then whether the stream is a
 * terminal. Asked for each stream by itself.
 */
export function wantsColour({ flag, env }: ColourOptions, isTTY: boolean): boolean {
  if (flag !== undefined) return flag;
  const force = env.FORCE_COLOR;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.TERM === 'dumb') return false;
  return isTTY;
}

export type Painter = (text: string) => string;

/** The few colours there are, each a second signal beside a word. */
export interface Palette {
  bold: Painter;
  dim: Painter;
  red: Painter;
  green: Painter;
  yellow: Painter;
  cyan: Painter;
}

const plain: Painter = (text) => text;
const PLAIN: Palette = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
};

/** chalk is loaded only where there is something to colour. */
export async function loadPalette(colour: boolean): Promise<Palette> {
  if (!colour) return PLAIN;
  const { Chalk } = await import('chalk');
  // The sixteen colours of the terminal's own theme, which are readable on its background.
  return new Chalk({ level: 1 });
}

// Foreign text on a terminal, and in JSON, where the same characters are written another way.

export { escapeText };

/** Like escapeText, but line ends of our own stay: for messages of several lines. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

/** The same characters inside a JSON text, where only `\uXXXX` is allowed. */
export function escapeJsonText(json: string): string {
  return json.replace(UNSAFE_CHARACTERS, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// One line on stderr that says what is being waited for, and how long already.

/** Short waits show nothing: a line that flashes up tells nobody anything. In ms. */
const SHOW_AFTER_MS = 80;
const REDRAW_MS = 500;
/** A scan has news thousands of times; more often than this nobody reads them. In ms. */
const NEWS_EVERY_MS = 50;
const CLEAR_LINE = '\r\u001b[2K';

export interface Progress {
  /** Changes what the line says. */
  update(label: string): void;
  /** Takes the line away. More than once does no harm. */
  stop(): void;
}

export const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

/**
 * Starts a progress line; the caller stops it before anything else is written.
 * @param stream a terminal
 * @param elapsed a clock that only goes forward, ms
 * @param label foreign text in it is escaped here, as in what follows it; a function is asked at each
 *   drawing, and tells the time that has passed by itself
 */
export function startProgress(
  stream: OutputStream,
  elapsed: () => number,
  label: string | (() => string),
): Progress {
  const start = elapsed();
  let shown = label;
  let drawn = false;
  let drawnAt = start;
  const draw = () => {
    drawnAt = elapsed();
    const seconds = Math.floor((drawnAt - start) / 1000);
    const text = typeof shown === 'function' ? shown() : shown;
    const line = seconds > 0 && text === shown ? `${text} (${seconds} s)` : text;
    const width = stream.columns ?? 80;
    // The last column stays free: a cursor behind it would move to the next line.
    stream.write(`${CLEAR_LINE}${cutToColumns(escapeText(line), width - 1)}`);
    drawn = true;
  };
  const first = setTimeout(draw, SHOW_AFTER_MS);
  const again = setInterval(draw, REDRAW_MS);
  // A forgotten line must not keep the program alive.
  first.unref();
  again.unref();
  return {
    update: (next) => {
      shown = next;
      if (drawn && elapsed() - drawnAt >= NEWS_EVERY_MS) draw();
    },
    stop: () => {
      clearTimeout(first);
      clearInterval(again);
      if (drawn) stream.write(CLEAR_LINE);
      drawn = false;
    },
  };
}
