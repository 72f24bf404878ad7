/** How what is done with a call looks, below the list. */
import type { Call } from '../../calls/call.ts';
import { CONDITIONS } from '../../calls/condition.ts';
import {
  columnsOf,
  cutToColumns,
  formatDuration,
  SHORTEST_CONCLUSIVE_WAIT_MS,
  wrapWords,
} from '../../core/text.ts';
import { composeLine, type Part, type Size } from '../../terminal/screen.ts';
import { escapeText, type Palette } from '../../terminal/style.ts';
import { callerOf, shortly } from './board-view.ts';
import { type Deed, describeOwnBridge, type Item, previewOf, wordsOf } from './deeds.ts';
import { REFER_SENT, type SendingStep, type Step } from './steps.ts';

interface Panel {
  title: string;
  /** Scrolled where it is too long. */
  body: Part[][];
  /** Of the body: the line that is to be seen. */
  focus: number;
  /** Always seen. */
  foot: Part[][];
}

/** What there is to know for drawing, beside the step. */
export interface PanelFacts {
  call: Call;
  /** The call has ended: nothing more can be done with it. */
  hasEnded: boolean;
  place: string;
  /** What can be chosen at this step. */
  items: readonly Item<unknown>[];
  elapsedMs: number;
}

/** Lines that fit, each word whole where it can be. */
function wrapAll(text: string, columns: number): string[] {
  return wrapWords(text, columns).flatMap((line) => {
    const lines: string[] = [];
    let rest = line;
    while (columnsOf(rest) > columns) {
      const start = cutToColumns(rest, columns).slice(0, -1) || rest.slice(0, 1);
      lines.push(start);
      rest = rest.slice(start.length);
    }
    return [...lines, rest];
  });
}

const LABEL_WIDTH = 13;

function labelled(label: string, text: string, columns: number, palette: Palette): Part[][] {
  const paint = label === 'Warning' ? palette.yellow : palette.dim;
  const lines = wrapAll(escapeText(text), Math.max(8, columns - LABEL_WIDTH));
  return lines.map((line, index) => [
    [(index === 0 ? label : '').padEnd(LABEL_WIDTH), paint],
    line,
  ]);
}

function itemLines(items: readonly Item<unknown>[], at: number, palette: Palette): Part[][] {
  const width = Math.max(...items.map(({ name }) => columnsOf(name)), 0);
  return items.map(({ name, description }, index) => [
    index === at ? ['❯ ', palette.cyan] : '  ',
    index === at ? [name, palette.bold] : name,
    ' '.repeat(description === '' ? 0 : width - columnsOf(name)),
    [description === '' ? '' : `  ${description}`, palette.dim],
  ]);
}

function detailLines(call: Call, columns: number, palette: Palette): Part[][] {
  const { seen, means, todo } = CONDITIONS[call.condition];
  const rows: [string, string | null | undefined][] = [
    ['Caller', call.phoneNumberRaw],
    ['Name', call.name],
    ['Called', call.calledNumber],
    ['Call', call.callId],
    ['Room', `${call.room}, as ${call.identity}`],
    ['Status', `${call.status ?? 'unknown'}, ${call.direction}`],
    ['Condition', `${CONDITIONS[call.condition].word}: ${seen}`],
    ['It means', means],
    ['To do', todo],
    ['Agent', call.agent && [call.agent.identity, call.agent.state].filter(Boolean).join(', ')],
    ['Since', call.joinedAt],
    ['Trunk', [call.trunkId, call.host, call.provider].filter(Boolean).join(', ')],
    ['Recording', call.recording ? 'yes' : 'no'],
  ];
  return rows.flatMap(([label, text]) =>
    text ? labelled(label, text.slice(0, 1000), columns, palette) : [],
  );
}

const nameOf = (call: Call): string =>
  `${callerOf(call)} (${shortly(call.callId || 'no call id', 60)})`;

/** Of the two of a bridge it may be the other one that is hung up on. */
const whoOf = (deed: Deed, caller: string): string =>
  deed.kind === 'hangup' ? nameOf(deed.call) : caller;

function progressOf({ stage, sentMs, waitMs }: SendingStep, elapsedMs: number): string {
  if (sentMs === null) return stage;
  const ms = elapsedMs - sentMs;
  // An unanswered REFER would have failed by then.
  const isTaken = ms >= SHORTEST_CONCLUSIVE_WAIT_MS && stage === REFER_SENT;
  const limit = waitMs === null ? '' : ` of at most ${formatDuration(waitMs)}`;
  return `${isTaken ? 'REFER taken' : stage}, ${formatDuration(ms)}${limit}`;
}

function panelOf(step: Step, facts: PanelFacts, columns: number, palette: Palette): Panel {
  const { call, items, hasEnded } = facts;
  const caller = nameOf(call);
  const problemOf = (problem: string | null): Part[][] =>
    problem === null ? [] : wrapAll(problem, columns).map((line) => [[line, palette.red]]);
  if (hasEnded && step.kind !== 'sending' && step.kind !== 'outcome' && step.kind !== 'details') {
    const text = 'This call has ended. Nothing was sent. Enter or Esc goes back to the list.';
    const foot = wrapAll(text, columns).map((line): Part[] => [[line, palette.yellow]]);
    return { title: caller, body: [], focus: 0, foot };
  }
  switch (step.kind) {
    case 'actions':
      return {
        title: caller,
        body: itemLines(items, step.at, palette),
        focus: step.at,
        foot: problemOf(step.problem),
      };
    case 'details':
      return {
        title: hasEnded ? `${caller}, ended` : caller,
        body:
          step.rows === null
            ? detailLines(call, columns, palette)
            : step.rows.flatMap(([label, text]) => labelled(label, text, columns, palette)),
        focus: step.scroll,
        foot: [],
      };
    case 'destination': {
      const none: Part[][] = [[['  Nothing here matches.', palette.yellow]]];
      return {
        title: `${step.wish.method === 'bridge' ? 'Bridge' : 'Transfer'} ${caller}: where to?`,
        body: items.length === 0 ? none : itemLines(items, step.at, palette),
        focus: step.at,
        foot: [
          ...problemOf(step.problem),
          ...wrapAll(step.verdict, columns).map((line): Part[] => [[line, palette.dim]]),
          [['To: ', palette.bold], shortly(step.typed), '▏'],
        ],
      };
    }
    case 'planning':
      return { title: `${step.title} ${caller}`, body: [], focus: 0, foot: [['Checking …']] };
    case 'confirm': {
      const { title, question } = wordsOf(step.deed);
      return {
        title: `${title} ${whoOf(step.deed, caller)}?`,
        body: previewOf(step.deed, facts.place).flatMap(({ label, text }) =>
          labelled(label, text, columns, palette),
        ),
        focus: step.scroll,
        foot: [...problemOf(step.problem), [[`${question} (y/N) `, palette.bold], step.typed, '▏']],
      };
    }
    case 'sending': {
      const { doing, goal, onLeaving } = wordsOf(step.deed);
      const failed = step.failed.flatMap((text) => wrapAll(text, columns));
      const texts = wrapAll(escapeText(goal), columns);
      return {
        title: `${doing} ${whoOf(step.deed, caller)}`,
        body: [...failed, ...texts].map((line): Part[] => [line]),
        focus: failed.length,
        foot: [[[progressOf(step, facts.elapsedMs), palette.bold]], [[onLeaving, palette.dim]]],
      };
    }
    case 'outcome': {
      const paint = palette[step.tone];
      const head = wrapAll(step.headline, columns).map((line): Part[] => [[line, paint]]);
      const now = step.bridge === null ? [] : [describeOwnBridge(step.bridge, facts.elapsedMs)];
      const more = [...step.texts, ...now].flatMap((text) => wrapAll(text, columns));
      return {
        title: caller,
        body: [...head, [''], ...more.map((line): Part[] => [line])],
        focus: step.scroll,
        foot: itemLines(step.next, step.at, palette),
      };
    }
  }
}

/** A step as it is drawn. */
interface DrawnPanel {
  lines: string[];
  /** The part of its body that is seen: from this line of it on, up to the other. */
  from: number;
  to: number;
  /** How many lines the body has. */
  length: number;
  /** Everything below the body is seen: the question, the choices. */
  isFootSeen: boolean;
}

/** Draws a step, in as many lines as there are rows at most. */
export function drawPanel(step: Step, facts: PanelFacts, size: Size, palette: Palette): DrawnPanel {
  const { columns, rows } = size;
  const { title, body, focus, foot } = panelOf(step, facts, columns, palette);
  const room = Math.max(0, rows - 1 - foot.length);
  const isCut = body.length > room;
  const page = isCut ? Math.max(0, room - 1) : room;
  const isList = step.kind === 'actions' || step.kind === 'destination';
  const wanted = isList ? focus - page + 1 : focus;
  const from = Math.max(0, Math.min(wanted, body.length - page));
  const shown = body.slice(from, from + page);
  const left = body.length - from - page;
  const more: Part[][] = isCut
    ? [[[left > 0 ? `  … ${left} more: ↓` : '  … the beginning: ↑', palette.dim]]]
    : [];
  const rule = '─'.repeat(Math.max(0, columns - columnsOf(title) - 4));
  const head: Part[] = [
    [`── ${title} `, palette.bold],
    [rule, palette.dim],
  ];
  const lines = [head, ...shown, ...more.slice(0, room), ...foot];
  return {
    lines: lines.slice(0, rows).map((parts) => composeLine(parts, columns)),
    ...{ from, to: from + shown.length, length: body.length, isFootSeen: lines.length <= rows },
  };
}

/** The keys that count at a step. */
export function stepKeys(step: Step | null): string {
  switch (step?.kind) {
    case 'confirm':
      return `y and Enter ${wordsOf(step.deed).does} · Esc goes back`;
    case 'sending':
      return 'Ctrl-C leaves';
    case 'details':
      return '↑↓ scroll · Esc goes back';
    default:
      return '↑↓ choose · Enter · Esc goes back';
  }
}

// What was read of a step: nobody consents to what they could not see.

/** What came before a question could be read is no answer to it, in ms. */
const READ_FIRST_MS = 300;

export class StepReading {
  /** How many lines of its body were seen, from the first on, at this size of the terminal. */
  #lines = 0;
  #size = '';
  #isWhole = false;
  /** Since when it stands on the screen, in ms; null: not yet. */
  #sinceMs: number | null = null;

  /** Another step: nothing of it was read. */
  begin(): void {
    this.#lines = 0;
    this.#size = '';
    this.#isWhole = false;
    this.#sinceMs = null;
  }

  note({ from, to, length, isFootSeen }: DrawnPanel, { columns, rows }: Size): void {
    const size = `${columns}x${rows}`;
    const before = this.#size === size ? this.#lines : 0;
    this.#lines = from <= before ? Math.max(before, to) : before;
    this.#size = size;
    this.#isWhole = this.#lines >= length && isFootSeen;
  }

  /** All of it was seen, at the size that the terminal has now. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** @param nowMs a clock that only goes forward, as below */
  shown(nowMs: number): void {
    this.#sinceMs ??= nowMs;
  }

  /** What was typed before a stop answers nothing. */
  interrupt(): void {
    this.#sinceMs = null;
  }

  /** Whether a key may be an answer. One that comes too early lets the time begin anew. */
  hadTime(nowMs: number): boolean {
    if (this.#sinceMs === null) return false;
    if (nowMs - this.#sinceMs >= READ_FIRST_MS) return true;
    this.#sinceMs = nowMs;
    return false;
  }
}
