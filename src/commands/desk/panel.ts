/** What stands below the list while something is done with a call: the steps of it, and how they look. */
import type { Call } from '../../calls/call.ts';
import { CONDITIONS } from '../../calls/condition.ts';
import { formatDuration } from '../../core/duration.ts';
import { columnsOf, cutToColumns, wrapWords } from '../../core/text.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { composeLine, type Part, type Size } from '../../terminal/screen.ts';
import { escapeText, type Palette } from '../../terminal/style.ts';
import { nameDestination } from '../../transfer/explain/explain.ts';
import { isOpen } from '../../transfer/outcome.ts';
import type { Planned, TransferPlan } from '../../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import { previewTransfer } from '../transfer/preview.ts';
import { callerOf, shortly } from './board-view.ts';

/** One of a list to choose from. */
export interface Item<Value> {
  /** Safe to print, as the next. */
  name: string;
  description: string;
  value: Value;
}

/** What can be done next with a call whose transfer has ended, or could not be sent. */
export type NextStep =
  | { kind: 'back' }
  | { kind: 'destination'; again: boolean }
  | { kind: 'plan'; to: string; again: boolean; fallback: readonly string[] | undefined };

/** How far it is. Each is one object for as long as it stands on the screen. */
export type Step =
  | { kind: 'actions'; at: number; problem: string | null }
  | { kind: 'details'; scroll: number }
  | {
      kind: 'destination';
      typed: string;
      at: number;
      problem: string | null;
      /** null while it is looked for. */
      trunk: TrunkFacts | null;
      /** What is known of transfers on it. */
      verdict: string;
      again: boolean;
    }
  | { kind: 'planning'; to: string }
  | { kind: 'confirm'; planned: Planned; typed: string; problem: string | null; scroll: number }
  | {
      kind: 'sending';
      plan: TransferPlan;
      /** Moments of a clock that only goes forward, in ms. */
      sentMs: number | null;
      waitMs: number;
      stage: string;
      failed: string[];
    }
  | {
      kind: 'outcome';
      /** Safe to print: what happened, in a line, and what else there is to say. */
      headline: string;
      tone: 'green' | 'yellow' | 'red';
      texts: string[];
      next: Item<NextStep>[];
      at: number;
      scroll: number;
    };

const BACK: Item<NextStep> = {
  name: 'Back to the list',
  description: '',
  value: { kind: 'back' },
};
const OTHER: Item<NextStep> = {
  name: 'Another destination',
  description: '',
  value: { kind: 'destination', again: false },
};
export const ALL_THE_SAME: Item<NextStep> = {
  name: 'Transfer all the same',
  description: 'an earlier transfer may still come about: ask at its target first',
  value: { kind: 'destination', again: true },
};

/** After a failure before anything was sent. */
export const AFTER_ERROR: readonly Item<NextStep>[] = [OTHER, BACK];

/** Never the same again without a word where the caller may be moved already. */
export function nextSteps(
  plan: TransferPlan,
  result: TransferResult | ChainResult,
): Item<NextStep>[] {
  const { outcome, caller, advice } = result;
  if (outcome === 'completed' || outcome === 'ended' || caller === 'left') return [BACK];
  if (isOpen(outcome)) return [BACK, ALL_THE_SAME];
  const waits = plan.openTransfers.length > 0;
  if (outcome === 'not-sent' && waits && !plan.again) return [BACK, ALL_THE_SAME];
  if (waits || caller !== 'on-the-line') return [BACK, ALL_THE_SAME];
  const tried = new Set(
    'attempts' in result ? result.attempts.map((a) => a.destination.referTo) : [],
  );
  const fallbacks = plan.fallbacks
    .filter(({ destination }) => !tried.has(destination.referTo))
    .map(
      ({ destination }): Item<NextStep> => ({
        name: `The fallback: ${escapeText(nameDestination(destination))}`,
        description: '',
        value: { kind: 'plan', to: inputOf(destination), again: false, fallback: [] },
      }),
    );
  const { destination } = plan;
  const retries = ['retry-soon', 'retry-later', 'wait'].includes(advice.action);
  const same: Item<NextStep> = {
    name: `The same again: ${escapeText(nameDestination(destination))}`,
    description: advice.action === 'retry-later' ? 'in some minutes' : 'in some seconds',
    value: { kind: 'plan', to: inputOf(destination), again: false, fallback: undefined },
  };
  return [OTHER, ...fallbacks, ...(retries ? [same] : []), BACK];
}

function inputOf({ department, input }: Pick<TransferPlan['destination'], 'department' | 'input'>) {
  return department === null ? input : `department:${department}`;
}

// Drawing.

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
  return items.map(({ name, description }, index) => [
    index === at ? ['❯ ', palette.cyan] : '  ',
    index === at ? [name, palette.bold] : name,
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

function panelOf(step: Step, facts: PanelFacts, columns: number, palette: Palette): Panel {
  const { call, items, hasEnded } = facts;
  const caller = `${callerOf(call)} (${shortly(call.callId || 'no call id', 60)})`;
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
        body: detailLines(call, columns, palette),
        focus: step.scroll,
        foot: [],
      };
    case 'destination': {
      const none: Part[][] = [[['  Nothing here fits that.', palette.yellow]]];
      return {
        title: `Transfer ${caller}: where to?`,
        body: items.length === 0 ? none : itemLines(items, step.at, palette),
        focus: step.at,
        foot: [
          ...problemOf(step.problem),
          [[step.verdict, palette.dim]],
          [['To: ', palette.bold], shortly(step.typed), '▏'],
        ],
      };
    }
    case 'planning':
      return { title: `Transfer ${caller}`, body: [], focus: 0, foot: [['Checking …']] };
    case 'confirm':
      return {
        title: `Transfer ${caller}?`,
        body: previewTransfer(step.planned, facts.place).flatMap(({ label, text }) =>
          labelled(label, text, columns, palette),
        ),
        focus: step.scroll,
        foot: [
          ...problemOf(step.problem),
          [['Transfer this caller? (y/N) ', palette.bold], step.typed, '▏'],
        ],
      };
    case 'sending': {
      const seconds = step.sentMs === null ? null : facts.elapsedMs - step.sentMs;
      const limit = formatDuration(step.waitMs);
      const so = seconds === null ? '' : `, ${formatDuration(seconds)} of at most ${limit}`;
      const failed = step.failed.flatMap((text) => wrapAll(text, columns));
      const goes = 'Ctrl-C leaves the desk; the transfer goes on without it.';
      const texts = [
        ...wrapAll(escapeText(`To ${nameDestination(step.plan.destination)}`), columns),
      ];
      return {
        title: `Transferring ${caller}`,
        body: [...failed, ...texts].map((line): Part[] => [line]),
        focus: failed.length,
        foot: [[[`${step.stage}${so}`, palette.bold]], [[goes, palette.dim]]],
      };
    }
    case 'outcome': {
      const paint = palette[step.tone];
      const head = wrapAll(step.headline, columns).map((line): Part[] => [[line, paint]]);
      const more = step.texts.flatMap((text) => wrapAll(text, columns));
      return {
        title: caller,
        body: [...head, ...more.map((line): Part[] => [line])],
        focus: step.scroll,
        foot: itemLines(step.next, step.at, palette),
      };
    }
  }
}

/** The lines of a step, at most as many as there are rows. */
export function drawPanel(step: Step, facts: PanelFacts, size: Size, palette: Palette): string[] {
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
  return [[[`── ${title} `, palette.bold] as Part], ...shown, ...more.slice(0, room), ...foot]
    .slice(0, rows)
    .map((parts, index) =>
      index === 0
        ? composeLine([...parts, [`${'─'.repeat(columns)}`, palette.dim]], columns).replace(
            /…$/,
            '─',
          )
        : composeLine(parts, columns),
    );
}
