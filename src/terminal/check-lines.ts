/** A report of checks for people: a line each, with what it rests on and what to do below it. */
import { columnsOf, wrapWords } from '../core/text.ts';
import { escapeText, type Painter, type Palette } from './style.ts';

export interface CheckRow {
  status: 'ok' | 'warning' | 'failed' | 'skipped' | 'not-checked';
  title: string;
  detail: string;
  notes: readonly string[];
  hint: string | null;
}

/** The state is a word, whatever the colour. */
const WORDS: Readonly<Record<CheckRow['status'], string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'failed',
  skipped: 'skipped',
  'not-checked': 'not checked',
};

const STATUS_WIDTH = 13;
/** A longer title takes no part in the columns: its detail follows it. */
const WIDEST_TITLE = 24;
/** Narrower than this, lines are left to the terminal. */
const NARROWEST = 20;

function painterOf(status: CheckRow['status'], palette: Palette): Painter {
  switch (status) {
    case 'ok':
      return palette.green;
    case 'warning':
      return palette.yellow;
    case 'failed':
      return palette.red;
    case 'skipped':
    case 'not-checked':
      return palette.dim;
  }
}

/** What is skipped for one and the same reason is one line: there is one thing to put right. */
function joinSkipped(rows: readonly CheckRow[]): CheckRow[] {
  const joined: CheckRow[] = [];
  for (const row of rows) {
    const last = joined.at(-1);
    if (row.status === 'skipped' && last?.status === 'skipped' && last.detail === row.detail) {
      joined[joined.length - 1] = { ...last, title: `${last.title}, ${row.title}` };
    } else joined.push(row);
  }
  return joined;
}

/**
 * @param checks foreign text in them is escaped here
 * @param columns width of the terminal; undefined does not break anything
 */
export function renderChecks(
  checks: readonly CheckRow[],
  columns: number | undefined,
  palette: Palette,
): string[] {
  const rows = joinSkipped(checks);
  const titles = rows.map(({ title }) => escapeText(title));
  const widths = titles.map(columnsOf).filter((width) => width <= WIDEST_TITLE);
  const titleWidth = Math.max(0, ...widths);
  const wrap = (text: string, indent: number) =>
    wrapWords(
      escapeText(text),
      columns === undefined ? undefined : Math.max(NARROWEST, columns - indent),
    );
  return rows.flatMap(({ status, detail, notes, hint }, index) => {
    const title = titles[index] ?? '';
    const word = painterOf(status, palette)(WORDS[status].padEnd(STATUS_WIDTH));
    const indent = STATUS_WIDTH + titleWidth + 2;
    const start = columnsOf(title) > titleWidth ? `${title}: ` : '';
    const [first = '', ...more] =
      start === '' ? wrap(detail, indent) : wrap(start + detail, STATUS_WIDTH);
    const below = ' '.repeat(STATUS_WIDTH + 2);
    const hanging = start === '' ? ' '.repeat(indent) : ' '.repeat(STATUS_WIDTH);
    return [
      start === ''
        ? `${word}${title}${' '.repeat(titleWidth - columnsOf(title))}  ${first}`
        : word + first,
      ...more.map((line) => hanging + line),
      ...notes.flatMap((note) => wrap(note, below.length).map((line) => below + line)),
      ...(hint === null ? [] : wrap(`→ ${hint}`, below.length)).map(
        (line) => below + palette.cyan(line),
      ),
    ];
  });
}
