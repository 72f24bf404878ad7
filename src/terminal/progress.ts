/** One line on stderr that says what is being waited for, and how long already. */
import type { OutputStream } from '../core/host.ts';
import { cutToColumns, escapeText } from '../core/text.ts';

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
 * @param label foreign text in it is escaped here, as in what follows it
 */
export function startProgress(
  stream: OutputStream,
  elapsed: () => number,
  label: string,
): Progress {
  const start = elapsed();
  let text = label;
  let drawn = false;
  let drawnAt = start;
  const draw = () => {
    drawnAt = elapsed();
    const seconds = Math.floor((drawnAt - start) / 1000);
    const line = seconds > 0 ? `${text} (${seconds} s)` : text;
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
      text = next;
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
