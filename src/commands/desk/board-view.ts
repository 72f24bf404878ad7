/** How the live list of calls is drawn: what is known of each, the totals, and how old it all is. */
import type { Call } from '../../calls/call.ts';
import { CONDITIONS, conditionWord, showsItsBeginning, stuckMark } from '../../calls/condition.ts';
import type { WatchedCall, WatchState } from '../../calls/watched-calls.ts';
import type { CommandNames } from '../../core/package.ts';
import { columnsOf, cutToColumns, formatDuration, shellWord, wrapWords } from '../../core/text.ts';
import { composeLine, type Part, type Size } from '../../terminal/screen.ts';
import { escapeText, type Palette } from '../../terminal/style.ts';
import { formatAgeShortly } from '../../terminal/table.ts';

/** Foreign text of any length as a piece of a line. */
export function shortly(text: string, most = 200): string {
  return escapeText(text.length > most ? `${text.slice(0, most)}…` : text);
}

export function callerOf(call: Call): string {
  return shortly(call.phoneNumberRaw ?? (call.name || call.callId || call.identity), 40);
}

/** A column of the list. The later in this order, the sooner it is left out. */
interface BoardColumn {
  heading: string;
  text(watched: WatchedCall, nowMs: number): string;
  /** Wider texts are cut. */
  most: number;
  /** May be cut to what is left. */
  shrinks?: boolean;
  /** What it says changes with the time: its width does not. */
  width?: number;
  /** Where it stands, from the left. */
  place: number;
}

const ageSince = (sinceMs: number, nowMs: number): string =>
  formatAgeShortly(Math.max(0, nowMs - sinceMs) / 1000);

const ageOf = (iso: string | null, nowMs: number): string =>
  iso === null ? '' : ageSince(Date.parse(iso), nowMs);

/** How long a condition has been so; a plus: at least. */
function conditionAge({ conditionSince, condition }: Call, nowMs: number): string {
  // Since when nothing is to be seen is nothing that a lead waits for.
  const age = condition === 'unremarkable' ? '' : ageOf(conditionSince, nowMs);
  return age === '' || showsItsBeginning(condition) ? age : `${age}+`;
}

/** As they matter. The longest number has 16 columns, and so has an id of LiveKit's. */
const COLUMNS: readonly BoardColumn[] = [
  { heading: 'Caller', text: ({ call }) => callerOf(call), most: 24, place: 1 },
  {
    heading: 'Condition',
    text: ({ call, endedAtMs }) =>
      endedAtMs === null ? `${stuckMark(call)} ${conditionWord(call)}`.trimStart() : 'ended',
    most: 16,
    width: 14,
    place: 2,
  },
  {
    heading: 'Age',
    text: ({ call, isNew, endedAtMs }, nowMs) =>
      isNew && endedAtMs === null ? 'new' : ageOf(call.joinedAt, endedAtMs ?? nowMs),
    most: 4,
    width: 3,
    place: 4,
  },
  { heading: 'Call', text: ({ call }) => shortly(call.callId, 60), most: 40, place: 6 },
  { heading: 'Agent', text: ({ call }) => shortly(call.agent?.identity ?? ''), most: 24, place: 5 },
  {
    heading: 'For',
    text: ({ call, endedAtMs }, nowMs) =>
      endedAtMs === null ? conditionAge(call, nowMs) : ageSince(endedAtMs, nowMs),
    most: 5,
    width: 5,
    place: 3,
  },
  { heading: 'Room', text: ({ call }) => shortly(call.room), most: 32, place: 7, shrinks: true },
  {
    heading: 'Name',
    text: ({ call }) => (call.phoneNumberRaw === null ? '' : shortly(call.name)),
    most: 24,
    place: 8,
    shrinks: true,
  },
  { heading: 'Called', text: ({ call }) => shortly(call.calledNumber ?? ''), most: 20, place: 9 },
  { heading: 'Trunk', text: ({ call }) => shortly(call.trunkId ?? ''), most: 24, place: 10 },
];

/** How wide the texts of a call are; a list of a thousand is measured at every picture. */
const widths = new WeakMap<Call, number[]>();

function widthsOf(watched: WatchedCall): number[] {
  const known = widths.get(watched.call);
  if (known !== undefined) return known;
  const found = COLUMNS.map(({ text, most, width }) =>
    width === undefined ? Math.min(most, columnsOf(text(watched, 0))) : width,
  );
  widths.set(watched.call, found);
  return found;
}

interface Placed {
  column: BoardColumn;
  width: number;
}

/** The columns that fit side by side, in the order in which they are drawn. */
function placeColumns(rows: readonly WatchedCall[], columns: number): Placed[] {
  const all = rows.map(widthsOf);
  let left = columns - POINTER_WIDTH;
  const placed: Placed[] = [];
  for (const [index, column] of COLUMNS.entries()) {
    const widest = all.reduce((most, each) => Math.max(most, each[index] ?? 0), 0);
    if (widest === 0) continue;
    const wanted = Math.max(widest, column.heading.length);
    const width = column.shrinks === true && left >= NARROWEST ? Math.min(wanted, left) : wanted;
    if (width > left) break;
    placed.push({ column, width });
    left -= width + GAP;
  }
  return placed.sort((a, b) => a.column.place - b.column.place);
}

const POINTER_WIDTH = 2;
/** No column is cut below this. */
const NARROWEST = 12;
const GAP = 2;

function pad(text: string, width: number): string {
  const fitting = cutToColumns(text, width);
  return fitting + ' '.repeat(Math.max(0, width - columnsOf(fitting)));
}

/** What there is to know beside the state of the watch. */
export interface Surroundings {
  palette: Palette;
  nowMs: number;
  /** The host of the project. */
  place: string;
}

/**
 * The list: its heading, and those calls that are on the screen.
 * @param all those that take part in the columns' widths
 * @param selected which of those shown is pointed at; any other number is none
 * @param isOld what is shown is what was seen before LiveKit fell silent
 */
export function drawCalls(
  all: readonly WatchedCall[],
  shown: readonly WatchedCall[],
  selected: number,
  columns: number,
  isOld: boolean,
  around: Surroundings,
): string[] {
  const placed = placeColumns(all, columns);
  const heading = placed.map(({ column, width }) => pad(column.heading.toUpperCase(), width));
  return [
    composeLine([[`  ${heading.join('  ')}`, around.palette.bold]], columns),
    ...shown.map((watched, index) =>
      composeLine(partsOf(watched, placed, index === selected, isOld, around), columns),
    ),
  ];
}

/** One call: pointed at, stuck, new or ended, in words and in colour; grey where nothing is known anew. */
function partsOf(
  watched: WatchedCall,
  placed: readonly Placed[],
  isSelected: boolean,
  isOld: boolean,
  { palette, nowMs }: Pick<Surroundings, 'palette' | 'nowMs'>,
): Part[] {
  const { call, isNew, endedAtMs } = watched;
  const isGrey = isOld || endedAtMs !== null;
  const parts: Part[] = [isSelected ? ['❯ ', palette.cyan] : '  '];
  for (const [index, { column, width }] of placed.entries()) {
    const text = pad(column.text(watched, nowMs), width);
    const gap = index === placed.length - 1 ? '' : '  ';
    if (isGrey) parts.push([text + gap, palette.dim]);
    else if (column.heading === 'Condition' && call.stuck !== false) {
      parts.push([text + gap, call.stuck === true ? palette.red : palette.yellow]);
    } else if (column.heading === 'Age' && isNew) parts.push([text + gap, palette.green]);
    else parts.push(isSelected ? [text + gap, palette.bold] : text + gap);
  }
  return parts;
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

/** Above the list: which calls these are, and how many. */
export function totalsLine(
  { calls, isWhole }: WatchState,
  { columns }: Size,
  { palette, place }: Surroundings,
): string {
  const up = calls.filter(({ endedAtMs }) => endedAtMs === null);
  const stuck = up.filter(({ call }) => call.stuck === true).length;
  const open = up.filter(({ call }) => call.stuck === null).length;
  const parts: Part[] = [
    [count(up.length, 'call'), palette.bold],
    isWhole ? '' : ' so far',
    ': ',
    stuck === 0 ? 'none stuck' : [`${stuck} stuck (!)`, palette.red],
    open === 0 ? '' : [`, ${open} not yet known (?)`, palette.yellow],
    [`  ${shortly(place)}`, palette.dim],
  ];
  return composeLine(parts, columns);
}

/** Below the list: how old it is, and what it costs. */
export function statusLine(
  state: WatchState,
  { columns }: Size,
  { palette, nowMs }: Surroundings,
): string {
  const { lost, lastLookMs, tickMs, slowedBy, unreadable, webhooks } = state;
  if (lost !== null) {
    const since = new Date(lost.sinceMs).toTimeString().slice(0, 8);
    const text = `No answer from LiveKit since ${since} (${formatDuration(nowMs - lost.sinceMs)}), still trying: ${shortly(lost.message)}`;
    return composeLine([[text, palette.red]], columns);
  }
  if (lastLookMs === null) return composeLine(['Looking for calls …'], columns);
  const age = nowMs - lastLookMs;
  const isLate = age > 3 * tickMs + 1000;
  const parts: Part[] = [
    [`Looked ${formatDuration(age)} ago`, isLate ? palette.yellow : palette.dim],
    [`, every ${formatDuration(tickMs)}`, palette.dim],
    [`; ${state.requestsPerMinute} requests a minute (limit ${state.maxRequests})`, palette.dim],
  ];
  if (webhooks !== undefined) {
    const { lastMs } = webhooks;
    const last = lastMs === null ? 'none yet' : `last ${formatDuration(nowMs - lastMs)} ago`;
    parts.push([`; fed by webhooks (${last})`, lastMs === null ? palette.yellow : palette.dim]);
  }
  if (unreadable.length > 0) {
    parts.push([`; ${count(unreadable.length, 'room')} not read`, palette.yellow]);
  }
  if (slowedBy !== null) parts.push([`; slower: ${shortly(slowedBy)}`, palette.yellow]);
  return composeLine(parts, columns);
}

// What is told of one call, below the list.

/** Lines that fit, each word whole where it can be. */
export function wrapAll(text: string, columns: number): string[] {
  return wrapWords(text, columns, columns - 1).flatMap((line) => {
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

/** Text behind a label, in lines that fit. */
export function labelled(label: string, text: string, columns: number, palette: Palette): Part[][] {
  const paint = label === 'Warning' ? palette.yellow : palette.dim;
  const lines = wrapAll(escapeText(text), Math.max(8, columns - LABEL_WIDTH));
  return lines.map((line, index) => [
    [(index === 0 ? label : '').padEnd(LABEL_WIDTH), paint],
    line,
  ]);
}

/** All that is known of a call, a label each. */
export function detailLines(
  { call, commands }: { call: Call; commands: CommandNames },
  columns: number,
  palette: Palette,
): Part[][] {
  const { word, seen, means, todo } = CONDITIONS[call.condition];
  const close = '`lk-transfer history close';
  const rows: [string, string | null | undefined][] = [
    ['Caller', call.phoneNumberRaw],
    ['Name', call.name],
    ['Called', call.calledNumber],
    ['Call', call.callId],
    ['Room', `${call.room}, as ${call.identity}`],
    ['Status', `${call.status ?? 'unknown'}, ${call.direction}`],
    ['Condition', `${word}: ${seen}`],
    ['It means', means],
    ['To do', commands.inText(todo.replace(close, () => `${close} ${shellWord(call.callId)}`))],
    ['Agent', call.agent && [call.agent.identity, call.agent.state].filter(Boolean).join(', ')],
    ['Since', call.joinedAt],
    ['Trunk', [call.trunkId, call.host, call.provider].filter(Boolean).join(', ')],
    ['Recording', call.recording ? 'yes' : 'no'],
  ];
  return rows.flatMap(([label, text]) =>
    text ? labelled(label, text.slice(0, 1000), columns, palette) : [],
  );
}
