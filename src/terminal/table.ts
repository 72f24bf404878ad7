/** Lists: an aligned table for people, TAB-separated lines for programs. */

import { UsageError } from '../core/errors.ts';
import { formatDuration, nearestNames } from '../core/text.ts';
import { escapeText } from './style.ts';

export interface Column<Row> {
  /** The field name in JSON and `--fields`. */
  field: string;
  /** The heading on a terminal. */
  heading: string;
  /** The value for programs: never shortened; empty when there is none. */
  value(row: Row): string;
  /** The value for people, when it differs. */
  text?(row: Row): string;
  /** May be cut to fit the terminal. Ids and numbers never are. */
  shrinks?: boolean;
  /** It is never cut below so many columns; 8, when left out. */
  atLeast?: number;
  /** The colour of its text on a terminal, which the text says in words or a sign as well. */
  tone?(row: Row): Tone | null;
  /** May be left out on a narrow terminal, where JSON, `--fields` and a wider one still have it. */
  optional?: boolean;
  /** Not in a table for people, unless they ask for it: another column tells them. */
  forPrograms?: boolean;
}

/** A colour of a Palette. */
type Tone = 'red' | 'yellow' | 'dim';

type Measure = (text: string) => number;

/** No column is cut below this many columns of the terminal. */
const NARROWEST = 8;

/** How narrow a column may become. */
type Shrinking = Pick<Column<never>, 'shrinks' | 'atLeast'>;

function cut(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (measure(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Takes from the widest of the columns that may shrink until the table fits, or nothing is left to take. */
function shrinkToFit(widths: number[], columns: readonly Shrinking[], available: number): void {
  const gaps = 2 * (widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - available;
  while (excess > 0) {
    let widest = -1;
    widths.forEach((width, index) => {
      const { shrinks, atLeast = NARROWEST } = columns[index] ?? {};
      if (shrinks !== true || width <= atLeast) return;
      if (widest === -1 || width > (widths[widest] ?? 0)) widest = index;
    });
    if (widest === -1) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
}

/** One column with what stands in it, and how wide it has to be. */
interface Filled<Row> {
  column: Column<Row>;
  cells: string[];
  width: number;
}

function fillColumn<Row>(column: Column<Row>, rows: readonly Row[], measure: Measure): Filled<Row> {
  const cells = rows.map((row) => escapeText((column.text ?? column.value)(row)) || '-');
  const width = Math.max(column.heading.length, ...cells.map(measure));
  return { column, cells, width };
}

/** The columns that fit side by side: optional ones are left out from the right. */
function columnsThatFit<Row>(filled: readonly Filled<Row>[], available: number): Filled<Row>[] {
  const kept = [...filled];
  const least = () =>
    kept.reduce(
      (sum, { column: { shrinks, atLeast = NARROWEST }, width }) =>
        sum + (shrinks ? Math.min(width, atLeast) : width) + 2,
      -2,
    );
  while (least() > available) {
    const last = kept.findLastIndex(({ column }) => column.optional === true);
    if (last === -1) break;
    kept.splice(last, 1);
  }
  return kept;
}

/**
 * Lines of an aligned table with headings.
 * @param terminalColumns width of the terminal; undefined does not cut anything
 * @param measure how many columns a text takes on a terminal (wide and combining characters)
 * @param paint colours a text that takes as many columns afterwards
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminalColumns: number | undefined,
  measure: Measure,
  paint: (text: string, tone: Tone) => string = (text) => text,
): string[] {
  const available = terminalColumns ?? Number.POSITIVE_INFINITY;
  const filled = columnsThatFit(
    columns.map((column) => fillColumn(column, rows, measure)),
    available,
  );
  const widths = filled.map(({ width }) => width);
  const shown = filled.map(({ column }) => column);
  shrinkToFit(widths, shown, available);
  const line = (texts: readonly string[], row?: Row) =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0;
        const column = shown[index];
        const fitting = column?.shrinks === true ? cut(text, width, measure) : text;
        const tone = (row !== undefined && column?.tone?.(row)) || null;
        const painted = tone === null ? fitting : paint(fitting, tone);
        return painted + ' '.repeat(Math.max(0, width - measure(fitting)));
      })
      .join('  ')
      .trimEnd();
  return [
    line(shown.map(({ heading }) => heading.toUpperCase())),
    ...rows.map((row, at) =>
      line(
        filled.map(({ cells }) => cells[at] ?? ''),
        row,
      ),
    ),
  ];
}

/** One record a line, TAB-separated, no heading, nothing shortened. */
export function renderTsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  return rows.map((row) => columns.map((column) => escapeText(column.value(row))).join('\t'));
}

// `--fields a,b`: which fields of a record are shown, and in which order.

/**
 * @param text `callId,room`
 * @param known every field there is
 * @throws UsageError that lists the known fields, when one is not known
 */
export function parseFields(text: string, known: readonly string[]): string[] {
  if (known.length === 0) {
    throw new UsageError('--fields selects from records, and this command prints none.');
  }
  const fields = text
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  const unknown = fields.filter((field) => !known.includes(field));
  if (unknown.length > 0 || fields.length === 0) {
    throw new UsageError(
      unknown.length > 0
        ? `There is no field “${unknown.join(', ')}”.`
        : '--fields names no field.',
      {
        hint: `Fields: ${known.join(', ')}`,
        data: { suggestions: unknown.flatMap((field) => nearestNames(field, known, 1)) },
      },
    );
  }
  return fields;
}

/** A copy of a record with just these fields, in this order. */
export function selectFields(record: object, fields: readonly string[]): Record<string, unknown> {
  const source = new Map(Object.entries(record));
  return Object.fromEntries(fields.map((field) => [field, source.get(field) ?? null]));
}

/** How long something has lasted, for people; empty when nobody knows. */
export function formatAge(seconds: number | null): string {
  return seconds === null ? '' : formatDuration(seconds * 1000);
}

/** The same in its largest unit alone, where columns are few: `7m`, `3h`. */
export function formatAgeShortly(seconds: number | null): string {
  const [largest = ''] = formatAge(seconds).split(' ');
  return largest;
}

/** A column for a field that the table itself may not have. */
export function fieldColumn<Row extends object>(
  field: string,
  columns: readonly Column<Row>[],
): Column<Row> {
  const column = columns.find((candidate) => candidate.field === field);
  if (column !== undefined) return column;
  return {
    field,
    // Under “Caller” other tables have a phone number.
    heading: field === 'caller' ? 'caller is' : field,
    value: (row) => {
      const value = new Map<string, unknown>(Object.entries(row)).get(field) ?? '';
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    },
  };
}
