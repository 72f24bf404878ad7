/**
 * The whole terminal, drawn line by line on its other screen, and the keys that are pressed there.
 * However a run ends, the terminal is left as it was: with its own screen, its cursor and its modes.
 */
import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Host } from '../core/host.ts';
import { columnsOf, cutToColumns } from '../core/text.ts';
import type { Painter } from './style.ts';

const ESC = '\u001b';
/** The other screen, no cursor, no wrapping (a character wider than reckoned moves no line), marked pastes. */
const ENTER_SCREEN = `${ESC}[?1049h${ESC}[?25l${ESC}[?7l${ESC}[?2004h${ESC}[2J`;
const LEAVE_SCREEN = `${ESC}[0m${ESC}[?2004l${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;
/** Around a frame: a terminal that knows it shows the whole or nothing of it (mode 2026). */
const [BEGIN_FRAME, END_FRAME] = [`${ESC}[?2026h`, `${ESC}[?2026l`];

/** More pictures a second nobody sees. In ms. */
const FRAME_MS = 100;
/** A lone Esc is a key when nothing follows it for so long, in ms. */
const ESCAPE_MS = 50;
/** After a Ctrl-Z the process stops at once, or not at all: where no shell could bring it back. */
const STOPPED_BY_NOW_MS = 50;
/**
 * What goes on may do so to end: `kill` of a stopped job. Whoever takes the terminal first, behind a
 * shell, is stopped again, and never ends. In ms.
 */
const ENDED_BY_NOW_MS = 50;
/** What is pasted to search with is short; a clipboard may hold a book. */
const LONGEST_PASTE = 200;
/** So long after the last of it a paste is over, whatever has become of its end, in ms. */
const PASTE_PAUSE_MS = 3000;
/** How a paste ends, where its end was not known for what it is. */
const PASTE_END = /\p{Cc}?\[201~$/u;

/** The size of the terminal. */
export interface Size {
  columns: number;
  rows: number;
}

export interface Key {
  /** As readline names it: `return`, `up`, `escape`; `paste` for pasted text. */
  name: string;
  /** What it adds to a line of text; empty for keys that add none. */
  text: string;
  ctrl: boolean;
}

export interface Screen {
  /** Has a picture drawn soon. */
  refresh(): void;
  /** Gives the terminal back. More than once does no harm. */
  close(): void;
}

interface ScreenOptions {
  /** The picture as it is to be now: at most as many lines as there are rows, none too wide. */
  render(size: Size): readonly string[];
  /** A picture stands on the terminal. */
  onDrawn?(): void;
  onKey(key: Key): void;
  /** Ctrl-C. @returns whether it is to interrupt the program */
  onInterrupt?(): boolean;
  /** The terminal is gone. */
  onGone(): void;
  /** It was given back for a while, and stands there again: what was typed before does not count. */
  onReturn?(): void;
}

/** Lines of one picture that differ from those of the one before, as what makes one of the other. */
function difference(lines: readonly string[], before: readonly string[] | null): string {
  let text = before === null ? `${ESC}[0m${ESC}[2J` : '';
  const last = Math.max(lines.length, before?.length ?? 0);
  for (let row = 0; row < last; row += 1) {
    const line = lines[row] ?? '';
    if (before === null ? line === '' : line === (before[row] ?? '')) continue;
    text += `${ESC}[${row + 1};1H${ESC}[2K${line}`;
  }
  return text;
}

/** Takes the terminal. @throws nothing; what happens there is told by the callbacks */
export function openScreen(host: Host, options: ScreenOptions): Screen {
  const input = host.stdin.raw as ReadStream;
  const output = host.stdout.raw as WriteStream;
  const { fd } = output as { fd?: number };
  let drawn: readonly string[] | null = null;
  let shown = false;
  let closed = false;
  /** A picture is on its way: a slow terminal gets the next when it has taken this one. */
  let writing = false;
  let wanted = false;
  let lastFrameMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let returning: NodeJS.Timeout | undefined;
  let pasted: string | null = null;
  let pastedMs = 0;

  const draw = () => {
    timer = undefined;
    if (!shown || writing) return;
    wanted = false;
    lastFrameMs = host.elapsed();
    const size = { columns: output.columns || 80, rows: output.rows || 24 };
    const lines = options.render(size).slice(0, size.rows);
    const text = difference(lines, drawn);
    drawn = lines;
    if (text === '') {
      options.onDrawn?.();
      return;
    }
    writing = true;
    output.write(BEGIN_FRAME + text + END_FRAME, () => {
      writing = false;
      options.onDrawn?.();
      if (wanted) refresh();
    });
  };
  const refresh = () => {
    wanted = true;
    if (!shown || writing || timer !== undefined) return;
    timer = setTimeout(draw, Math.max(0, lastFrameMs + FRAME_MS - host.elapsed()));
  };
  const redraw = () => {
    drawn = null;
    refresh();
  };

  const setRaw = (raw: boolean) => {
    try {
      input.setRawMode?.(raw);
    } catch {
      // The terminal is gone, which is told by its own event.
    }
  };
  const show = () => {
    // Off and on: whoever had the terminal meanwhile has set it as they like, unseen by Node.
    setRaw(false);
    setRaw(true);
    input.resume();
    output.write(ENTER_SCREEN);
    shown = true;
    drawn = null;
    writing = false;
    refresh();
  };
  const hide = () => {
    if (!shown) return;
    shown = false;
    clearTimeout(timer);
    timer = undefined;
    pasted = null;
    setRaw(false);
    try {
      // At once, also on the way out of the process; a stream may hold it back until it is too late.
      if (output.isTTY && fd !== undefined) writeSync(fd, LEAVE_SCREEN);
      else output.write(LEAVE_SCREEN);
    } catch {
      output.write(LEAVE_SCREEN);
    }
  };

  const comeBackSoon = () => {
    clearTimeout(returning);
    if (!closed) returning = setTimeout(comeBack, ENDED_BY_NOW_MS);
  };
  const comeBack = () => {
    process.off('SIGTSTP', suspend);
    process.on('SIGTSTP', suspend);
    show();
    options.onReturn?.();
  };
  /** Ctrl-Z: everything that the shell has started with us is stopped, as by the terminal itself. */
  const suspend = () => {
    // Nothing can be stopped there.
    if (host.platform === 'win32') return;
    hide();
    process.off('SIGTSTP', suspend);
    returning = setTimeout(comeBackSoon, STOPPED_BY_NOW_MS);
    process.kill(0, 'SIGTSTP');
  };
  const hangUp = () => {
    close();
    // Windows tells that the window is closed by this signal too, and can send none of the name.
    process.kill(process.pid, host.platform === 'win32' ? 'SIGTERM' : 'SIGHUP');
    // Where that ends nothing: something was sent.
    options.onGone();
  };

  const onKeypress = (text: string | undefined, key: Partial<Key> & { sequence?: string }) => {
    const name = key.name ?? '';
    // A paste without an end would keep every key to itself.
    if (pasted !== null && host.elapsed() - pastedMs > PASTE_PAUSE_MS) pasted = null;
    pastedMs = host.elapsed();
    if (name === 'paste-start') pasted = '';
    else if (key.ctrl === true && name === 'c') {
      // In raw mode the terminal makes no signal of it; on Windows a real one would end us at once.
      if (options.onInterrupt?.() !== false) process.emit('SIGINT', 'SIGINT');
    } else if (key.ctrl === true && name === 'z') suspend();
    else if (pasted !== null) {
      const end = name === 'paste-end' ? '' : (key.sequence ?? text ?? '');
      const all = pasted + end;
      pasted = all.slice(0, LONGEST_PASTE) + all.slice(LONGEST_PASTE).slice(-6);
      // Over a slow line the end may come in pieces, none of which is known for what it is.
      const isOver = name === 'paste-end' || PASTE_END.test(pasted);
      if (isOver) endPaste(pasted);
    } else if (name !== 'paste-end') {
      const isText = text !== undefined && key.ctrl !== true && !/\p{Cc}/u.test(text);
      options.onKey({ name, text: isText ? text : '', ctrl: key.ctrl === true });
    }
  };
  const endPaste = (collected: string) => {
    pasted = null;
    const text = collected.replace(PASTE_END, '').replace(/\s+/g, ' ').trim();
    const whole = text.slice(0, LONGEST_PASTE);
    if (whole !== '') options.onKey({ name: 'paste', text: whole, ctrl: false });
  };
  const gone = () => {
    if (!closed) options.onGone();
  };

  // Behind the one of the program, which ends the run; by the time that tells, the terminal is its own.
  const offCrash = host.onCrash(() => close());
  const offContinue = host.onContinue(comeBackSoon);
  const close = () => {
    if (closed) return;
    closed = true;
    hide();
    clearTimeout(returning);
    offCrash();
    offContinue();
    process.off('SIGTSTP', suspend);
    process.off('SIGHUP', hangUp);
    process.off('exit', close);
    output.off('resize', redraw);
    output.off('error', gone);
    input.off('keypress', onKeypress);
    input.off('end', gone);
    input.pause();
  };
  process.on('SIGTSTP', suspend);
  process.on('SIGHUP', hangUp);
  process.on('exit', close);
  output.on('resize', redraw);
  output.on('error', gone);
  emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as never);
  input.on('keypress', onKeypress);
  input.on('end', gone);
  // Stays behind: a terminal that is gone may say so after everything is over.
  input.on('error', gone);
  show();
  return { refresh, close };
}

// Lines put together of painted parts, never wider than the terminal.

/** A text, and how it is painted. Safe to print. */
export type Part = string | readonly [text: string, paint: Painter];

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Keep what is written from right to left from turning round what stands beside it. */
const [ISOLATE, END_ISOLATE] = ['\u2068', '\u2069'];

/**
 * Puts a line together. What does not fit is cut, with an ellipsis.
 */
export function composeLine(parts: readonly Part[], columns: number): string {
  let left = columns;
  let line = '';
  for (const part of parts) {
    if (left <= 0) break;
    const [text, paint] = typeof part === 'string' ? [part, undefined] : part;
    const fitting = cutToColumns(text, left);
    const isolated = RIGHT_TO_LEFT.test(fitting) ? ISOLATE + fitting + END_ISOLATE : fitting;
    left -= columnsOf(fitting);
    line += paint === undefined ? isolated : paint(isolated);
    if (fitting !== text) break;
  }
  return line;
}
