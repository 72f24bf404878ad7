/** How what is done with a call looks, below the list. */
import type { Call } from '../../calls/call.ts';
import type { HostClock } from '../../core/host.ts';
import type { CommandNames } from '../../core/package.ts';
import { columnsOf, formatDuration, SHORTEST_CONCLUSIVE_WAIT_MS } from '../../core/text.ts';
import { composeLine, type Part, type Size } from '../../terminal/screen.ts';
import { escapeText, type Palette } from '../../terminal/style.ts';
import { callerOf, detailLines, labelled, shortly, wrapAll } from './board-view.ts';
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
  /** Keys count: only then there is a cursor, and something is pointed at. */
  takesKeys: boolean;
  commands: CommandNames;
}

/** @param at the one that is pointed at; null: none yet */
function itemLines(items: readonly Item<unknown>[], at: number | null, palette: Palette): Part[][] {
  const width = Math.max(...items.map(({ name }) => columnsOf(name)), 0);
  return items.map(({ name, description }, index) => [
    index === at ? ['❯ ', palette.cyan] : '  ',
    index === at ? [name, palette.bold] : name,
    ' '.repeat(description === '' ? 0 : width - columnsOf(name)),
    [description === '' ? '' : `  ${description}`, palette.dim],
  ]);
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

/** What there is to see of a call that has ended. */
const STAYS: readonly Step['kind'][] = ['sending', 'outcome', 'details'];

function panelOf(step: Step, facts: PanelFacts, columns: number, palette: Palette): Panel {
  const { call, items, hasEnded, takesKeys } = facts;
  const caller = nameOf(call);
  const wrap = (text: string) => wrapAll(facts.commands.inText(text), columns);
  const row = ([label, text]: readonly [string, string]) =>
    labelled(label, facts.commands.inText(text), columns, palette);
  const problemOf = (problem: string | null): Part[][] =>
    problem === null ? [] : wrap(problem).map((line) => [[line, palette.red]]);
  if (hasEnded && !STAYS.includes(step.kind)) {
    const text = 'This call has ended. Nothing was sent. Enter or Esc goes back to the list.';
    const foot = wrap(text).map((line): Part[] => [[line, palette.yellow]]);
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
        body: step.rows === null ? detailLines(facts, columns, palette) : step.rows.flatMap(row),
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
          ...wrap(step.verdict).map((line): Part[] => [[line, palette.dim]]),
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
        body: previewOf(step.deed, facts.place).flatMap(({ label, text }) => row([label, text])),
        focus: step.scroll,
        foot: [
          ...problemOf(step.problem),
          [[`${question} (y/N) `, palette.bold], step.typed, takesKeys ? '▏' : ''],
        ],
      };
    }
    case 'sending': {
      const { doing, goal, onLeaving } = wordsOf(step.deed);
      const failed = step.failed.flatMap((text) => wrap(text));
      const texts = wrap(escapeText(goal));
      return {
        title: `${doing} ${whoOf(step.deed, caller)}`,
        body: [...failed, ...texts].map((line): Part[] => [line]),
        focus: failed.length,
        foot: [
          [[progressOf(step, facts.elapsedMs), palette.bold]],
          [[step.isOver === true ? LEAVES_UNSEEN : onLeaving, palette.dim]],
        ],
      };
    }
    case 'outcome': {
      const paint = palette[step.tone];
      const head = wrap(step.headline).map((line): Part[] => [[line, paint]]);
      const now = step.bridge === null ? [] : [describeOwnBridge(step.bridge, facts.elapsedMs)];
      const more = [...step.texts, ...now].flatMap((text) => wrap(text));
      return {
        title: caller,
        body: [...head, [''], ...more.map((line): Part[] => [line])],
        focus: step.scroll,
        foot: itemLines(step.next, takesKeys ? step.at : null, palette),
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

const LEAVES_UNSEEN = 'Ctrl-C leaves the desk without looking where the caller is.';

/** The keys that count at a step. @param hasEnded as in PanelFacts */
export function stepKeys(step: Step | null, hasEnded: boolean): string {
  if (step !== null && hasEnded && !STAYS.includes(step.kind)) return 'Enter or Esc goes back';
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

type Clock = Pick<HostClock, 'elapsed' | 'sleep'>;

export class StepReading {
  readonly #clock: Clock;
  readonly #refresh: () => void;
  /** How many lines of its body were seen, from the first on, at this size of the terminal. */
  #lines = 0;
  #size = '';
  #isWhole = false;
  /** Since when it stands on the screen, in ms; null: not yet. */
  #sinceMs: number | null = null;
  /** The picture that was made last shows that keys count. */
  #isShown = false;
  #isWaiting = false;

  /** @param refresh has a picture made, once keys count */
  constructor(clock: Clock, refresh: () => void) {
    this.#clock = clock;
    this.#refresh = refresh;
  }

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

  get #leftMs(): number {
    const { elapsed } = this.#clock;
    return this.#sinceMs === null ? Infinity : this.#sinceMs + READ_FIRST_MS - elapsed();
  }

  /** Whether keys count, as the picture that is being made shows it. */
  show(): boolean {
    this.#isShown = this.#leftMs <= 0;
    return this.#isShown;
  }

  /** It stands on the screen. */
  shown(): void {
    this.#sinceMs ??= this.#clock.elapsed();
    if (this.#isShown || this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#clock.sleep(Math.max(0, this.#leftMs)).then(() => {
      this.#isWaiting = false;
      this.#refresh();
    });
  }

  /** What was typed before a stop answers nothing. */
  interrupt(): void {
    this.#sinceMs = null;
  }

  /** Whether a key may be an answer. One that comes too early lets the time begin anew. */
  hadTime(): boolean {
    if (this.#leftMs <= 0) return true;
    if (this.#sinceMs !== null) this.#sinceMs = this.#clock.elapsed();
    return false;
  }
}
