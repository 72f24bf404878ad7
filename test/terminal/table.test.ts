import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Column, renderTable, renderTsv } from '../../src/terminal/table.ts';
import { anyText } from '../support/any-text.ts';

interface Row {
  id: string;
  name: string;
  room: string;
  age: string;
}

const COLUMNS: Column<Row>[] = [
  { field: 'id', heading: 'call', value: ({ id }) => id },
  { field: 'name', heading: 'name', value: ({ name }) => name, shrinks: true },
  { field: 'room', heading: 'room', value: ({ room }) => room, shrinks: true, optional: true },
  {
    field: 'age',
    heading: 'age',
    value: ({ age }) => age,
    text: ({ age }) => `${age}s`,
    optional: true,
  },
];
const row = (wishes: Partial<Row> = {}): Row => ({
  id: 'SCL_aaaaaaaaaaaa',
  name: 'Phone +15105550100',
  room: 'call-_+15105550100_UXhTJCKREUsw',
  age: '95',
  ...wishes,
});
const table = (rows: Row[], width?: number) => renderTable(rows, COLUMNS, width, stringWidth);
const widest = (lines: string[]) => Math.max(...lines.map((line) => stringWidth(line)));

describe('a table', () => {
  it('cuts no column below what it says', () => {
    const named = COLUMNS.map((column) =>
      column.field === 'name' ? { ...column, atLeast: 18 } : column,
    );
    const shown = (name: string) => renderTable([row({ name })], named, 30, stringWidth)[1];
    expect(shown('Phone +15105550100')).toBe('SCL_aaaaaaaaaaaa  Phone +15105550100');
    expect(shown('Phone +15105550100 and more')).toBe('SCL_aaaaaaaaaaaa  Phone +1510555010…');
  });

  it('colours a text and not the blanks behind it, and is as wide as without', () => {
    const toned = COLUMNS.map((column) => ({
      ...column,
      tone: ({ age }: Row) => (column.field === 'id' && age === '95' ? ('red' as const) : null),
    }));
    const rows = [row({ id: 'SCL_b' }), row({ age: '7' })];
    const painted = renderTable(
      rows,
      toned,
      60,
      stringWidth,
      (text, tone) => `<${tone}>${text}</>`,
    );
    expect(painted[1]).toMatch(/^<red>SCL_b<\/> {13}Phone/);
    expect(painted.map((line) => line.replace(/<.*?>/g, ''))).toEqual(table(rows, 60));
    expect(painted[0]).not.toContain('<');
    expect(painted[2]).not.toContain('<');
  });

  it('is aligned under its headings', () => {
    expect(table([row(), row({ id: 'SCL_b', name: 'Ann', room: 'r', age: '7' })])).toEqual([
      'CALL              NAME                ROOM                             AGE',
      'SCL_aaaaaaaaaaaa  Phone +15105550100  call-_+15105550100_UXhTJCKREUsw  95s',
      'SCL_b             Ann                 r                                7s',
    ]);
  });

  it('aligns wide characters and emoji by the room they take', () => {
    const lines = table([row({ name: '山田太郎' }), row({ name: 'Ann' }), row({ name: '👍🏽' })]);
    const starts = lines.slice(1).map((line) => stringWidth(line.slice(0, line.indexOf('call-_'))));
    expect(new Set(starts).size).toBe(1);
  });

  it('shows that there is nothing', () => {
    expect(table([row({ name: '' })])[1]).toContain('SCL_aaaaaaaaaaaa  -     ');
  });

  it('cuts names and rooms to fit, the widest first', () => {
    const lines = table([row()], 70);
    expect(widest(lines)).toBeLessThanOrEqual(70);
    expect(lines[1]).toContain('Phone +15105550100');
    expect(lines[1]).toContain('…');
  });

  it('leaves out optional columns from the right where there is no room for them', () => {
    expect(table([row()], 50)[0]).toMatch(/^CALL +NAME +ROOM +AGE$/);
    expect(table([row()], 38)[0]).toMatch(/^CALL +NAME +ROOM$/);
    expect(table([row()], 30)[0]).toMatch(/^CALL +NAME$/);
  });

  it.each([0, 1, 10, 20, 26, 30, 40, 60, 80])(
    'never cuts an id, not even at %d columns',
    (width) => {
      expect(table([row()], width)[1]).toMatch(/^SCL_aaaaaaaaaaaa\b/);
    },
  );

  it('cuts nothing when the width is not known', () => {
    const long = row({ name: 'x'.repeat(500) });
    expect(table([long])[1]).toContain(long.name);
  });

  it('cuts wide characters whole', () => {
    const lines = table([row({ name: '山'.repeat(40), room: 'r' })], 40);
    expect(widest(lines)).toBeLessThanOrEqual(40);
    expect(lines[1]).toMatch(/山…/);
  });

  it('keeps a stranger’s control characters off the terminal', () => {
    const [, line] = table([row({ name: '\u001b[2Jgone\nnext\u202e' })]);
    expect(line).toContain('\\x1b[2Jgone\\nnext\\u202e');
  });

  it('fits, whatever is in it, wherever it can', () => {
    const least = 16 + 2 + 8;
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.string({ unit: 'grapheme' }),
            room: fc.string(),
            age: fc.nat().map(String),
          }),
          { minLength: 1 },
        ),
        fc.integer({ min: least, max: 120 }),
        (rows, width) => {
          expect(widest(table(rows.map(row), width))).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('TAB-separated lines', () => {
  it('have the whole values, no heading, and nothing for nothing', () => {
    expect(renderTsv([row(), row({ name: '' })], COLUMNS)).toEqual([
      'SCL_aaaaaaaaaaaa\tPhone +15105550100\tcall-_+15105550100_UXhTJCKREUsw\t95',
      'SCL_aaaaaaaaaaaa\t\tcall-_+15105550100_UXhTJCKREUsw\t95',
    ]);
  });

  it('are one a record with one field a column, whatever is in them', () => {
    const text = fc.oneof(anyText(), fc.constantFrom('\t', '\n', '\r\n', '\u2028', '\u0085'));
    fc.assert(
      fc.property(fc.array(fc.record({ id: text, name: text, room: text, age: text })), (rows) => {
        const lines = renderTsv(rows, COLUMNS);
        expect(lines).toHaveLength(rows.length);
        for (const line of lines) {
          expect(line.split('\t')).toHaveLength(COLUMNS.length);
          expect(line.split(/[\n\r\v\f\u0085\u2028\u2029]/)).toHaveLength(1);
        }
      }),
    );
  });
});
