/** Tables of the pages that the code knows: written between two comments, by `vitest --update`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** A table of Markdown, with an empty line on either side. */
export function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return ['', line(heading), `|${'---|'.repeat(heading.length)}`, ...rows.map(line), '', ''].join(
    '\n',
  );
}

/** `vitest --update`, which writes snapshots anew, writes the tables as well. */
const isUpdating = () => Reflect.get(expect.getState().snapshotState, '_updateSnapshot') === 'all';

/**
 * Fails unless the table stands in a page, between `<!-- name: … -->` and `<!-- /name -->`.
 * @param page its path from the root of the repository
 * @param table as `tableOf` makes it
 */
export function expectWrittenTable(page: string, name: string, table: string): void {
  const file = join(ROOT, page);
  const place = new RegExp(`(<!-- ${name}: .* -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  const text = readFileSync(file, 'utf8');
  expect(text, `${page} has no place for “${name}”`).toMatch(place);
  if (isUpdating())
    writeFileSync(
      file,
      text.replace(place, (_, before, __, after) => before + table + after),
    );
  expect(place.exec(readFileSync(file, 'utf8'))?.[2]).toBe(table);
}
