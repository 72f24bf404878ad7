// A program on a terminal of its own, and what stands on the screen of that terminal: for tests,
// for pictures and for the benchmark of what is drawn.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/**
 * @typedef {object} ScreenOptions
 * @property {Record<string, string>} env the whole environment; TERM is xterm-256color unless given
 * @property {string} cwd
 * @property {number} [columns] 120 by default
 * @property {number} [rows] 40 by default
 * @property {number} [patienceMs] how long `waitFor` waits unless told otherwise; 15,000 by default
 */

/**
 * A style as a terminal has it: colours are 0 to 15 of the theme, a 24-bit number behind `#`, or
 * null for the default.
 * @typedef {{ colour: number | string | null, background: number | string | null, bold: boolean,
 *   dim: boolean, italic: boolean, underlined: boolean, inverse: boolean }} Style
 */

/** Some text of one style. @typedef {{ text: string, column: number, width: number, style: Style }} Run */

/**
 * What a test or a picture waits for: a text or pattern somewhere on the screen, or anything else
 * that its lines tell.
 * @typedef {string | RegExp | ((lines: string[]) => boolean)} Awaited
 */

/** How often a screen is looked at while something is waited for, in ms. */
const LOOK_MS = 15;

/** Nothing comes any more after this long without anything, in ms. */
const QUIET_MS = 150;

/**
 * The program's number is told by the shell that becomes it. Another shell outlives it, and says
 * what it has left the terminal like: nobody can be asked once the last one on it has gone.
 * Signals that the whole terminal gets (Ctrl-C, hang-up) are not for that shell.
 */
const script = (/** @type {string} */ line) => `
trap : INT TERM HUP QUIT
stty -g >"$NOTES/before"
(echo $BASHPID >"$NOTES/pid"; unset NOTES; exec ${line})
code=$?
stty -g >"$NOTES/after"
exit $code`;

/**
 * Runs a line of bash on a terminal of its own.
 * @param {string} line `lk-transfer …`, one command
 * @param {ScreenOptions} options
 */
export function openScreen(line, { env, cwd, columns = 120, rows = 40, patienceMs = 15_000 }) {
  const notes = mkdtempSync(join(tmpdir(), 'lk-transfer-screen-'));
  const note = (/** @type {string} */ name) => {
    try {
      return readFileSync(join(notes, name), 'utf8').trim();
    } catch {
      return '';
    }
  };
  const display = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const pty = spawn('bash', ['-c', script(line)], {
    name: env.TERM ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: { ...env, NOTES: notes },
  });
  let sent = '';
  /** What the display has not taken in yet. */
  let pending = 0;
  /** How often what stands on it may have changed. */
  let changes = 0;
  let gone = false;
  pty.onData((data) => {
    sent += data;
    pending += 1;
    display.write(data, () => {
      pending -= 1;
      changes += 1;
    });
  });
  // What a program asks of its terminal (where is the cursor, what are you) is answered.
  display.onData((answer) => {
    if (!gone) pty.write(answer);
  });
  /** @type {Promise<{ exitCode: number, isRestored: boolean }>} */
  const left = new Promise((resolve) => {
    pty.onExit(async ({ exitCode }) => {
      // The terminal may still hold what the program wrote last: until it has been quiet for a while.
      for (let seen = -1; seen !== sent.length || pending > 0; ) {
        seen = sent.length;
        await pause(QUIET_MS);
      }
      gone = true;
      const isRestored = note('after') !== '' && note('after') === note('before');
      rmSync(notes, { recursive: true, force: true });
      resolve({ exitCode, isRestored });
    });
  });
  const lines = () =>
    Array.from({ length: display.rows }, (_, row) => {
      const buffer = display.buffer.active;
      return buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '';
    });
  return {
    /** Ends when the program has: its exit code, and whether `stty` finds the terminal as it was. */
    left,
    /** The number of the program's process. */
    pid: () => Number(note('pid')),
    /** Every byte the terminal has been sent so far. */
    sent: () => sent,
    /** What stands on the screen, line by line, without the blanks at their ends. */
    lines,
    /** All that was printed, what has scrolled away included, in runs of one style. */
    runs: () => Array.from({ length: lengthOf(display) }, (_, row) => runsAt(display, row)),
    /** The program draws on the alternate screen, and leaves what stood there before alone. */
    isAlternate: () => display.buffer.active.type === 'alternate',
    isCursorVisible: () => sent.lastIndexOf('\u001b[?25h') >= sent.lastIndexOf('\u001b[?25l'),
    /** @param {string} keys what a person types */
    type: (keys) => pty.write(keys),
    /** Another size, told to the program as a terminal tells it (SIGWINCH).
     * @param {number} toColumns @param {number} toRows */
    resize: (toColumns, toRows) => {
      display.resize(toColumns, toRows);
      changes += 1;
      pty.resize(toColumns, toRows);
    },
    /** Signals the program alone, as `kill` does.
     * @param {NodeJS.Signals} signal */
    kill: (signal) => process.kill(Number(note('pid')), signal),
    /** As when its window is closed: nothing can be written any more, and a shell passes SIGHUP on. */
    closeWindow: () => {
      gone = true;
      /** @type {{ destroy(): void }} */ (/** @type {unknown} */ (pty)).destroy();
      process.kill(Number(note('pid')), 'SIGHUP');
    },
    /** Ends everything on this terminal, if anything is left there. */
    close: () => {
      if (gone) return;
      try {
        process.kill(Number(note('pid')), 'SIGKILL');
      } catch {
        // It has gone by itself.
      }
      pty.kill('SIGKILL');
    },
    /**
     * Waits until this stands on the screen.
     * @param {Awaited} awaited
     * @param {number} [timeoutMs]
     * @returns {Promise<string[]>} the lines that it was seen in
     */
    waitFor: async (awaited, timeoutMs = patienceMs) => {
      const deadline = performance.now() + timeoutMs;
      for (let looked = -1; ; await pause(LOOK_MS)) {
        // Looked at after the end was noticed: the last words of a program count.
        const isLast = gone || performance.now() > deadline;
        if (!isLast && (pending > 0 || looked === changes)) continue;
        looked = changes;
        const seen = lines();
        if (pending === 0 && isThere(awaited, seen)) return seen;
        if (isLast) {
          throw new Error(`${gone ? 'left' : 'waited'} without ${awaited}:\n${seen.join('\n')}`);
        }
      }
    },
  };
}

/** @typedef {ReturnType<typeof openScreen>} Screen */

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** @param {Awaited} awaited @param {string[]} lines */
function isThere(awaited, lines) {
  if (typeof awaited === 'function') return awaited(lines);
  const text = lines.join('\n');
  return typeof awaited === 'string' ? text.includes(awaited) : awaited.test(text);
}

/** Lines of the display up to the last one with anything on it. @param {xterm.Terminal} display */
function lengthOf(display) {
  const buffer = display.buffer.active;
  let length = buffer.length;
  while (length > 0 && textAt(display, length - 1) === '') length -= 1;
  return length;
}

/** @param {xterm.Terminal} display @param {number} row */
function textAt(display, row) {
  return display.buffer.active.getLine(row)?.translateToString(true) ?? '';
}

/** @param {xterm.Terminal} display @param {number} row @returns {Run[]} */
function runsAt(display, row) {
  const line = display.buffer.active.getLine(row);
  /** @type {Run[]} */
  const runs = [];
  for (let column = 0; column < display.cols; column += 1) {
    const cell = line?.getCell(column);
    // The second half of a wide character has no width of its own.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    if (last !== undefined && JSON.stringify(last.style) === JSON.stringify(style)) {
      last.text += text;
      last.width += cell.getWidth();
    } else {
      runs.push({ text, column, width: cell.getWidth(), style });
    }
  }
  return runs;
}

/** @param {xterm.IBufferCell} cell @returns {Style} */
function styleOf(cell) {
  const hex = (/** @type {number} */ rgb) => `#${rgb.toString(16).padStart(6, '0')}`;
  return {
    colour: cell.isFgDefault() ? null : cell.isFgRGB() ? hex(cell.getFgColor()) : cell.getFgColor(),
    background: cell.isBgDefault()
      ? null
      : cell.isBgRGB()
        ? hex(cell.getBgColor())
        : cell.getBgColor(),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underlined: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}
