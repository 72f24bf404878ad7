/** Tables of the pages that are made from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** `vitest --update`, which writes snapshots anew, writes the tables as well. */
const isUpdating = () => Reflect.get(expect.getState().snapshotState, '_updateSnapshot') === 'all';

/**
 * Holds a table that is made from the code in the place that a page has for it, between
 * `<!-- NAME: … -->` and `<!-- /NAME -->`; an update of snapshots writes it there.
 * @param path of the page, from the root of the repository
 */
export function expectTable(path: string, name: string, rows: readonly string[]): void {
  const file = join(ROOT, path);
  const place = new RegExp(`(<!-- ${name}: .* -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  const table = `\n${rows.join('\n')}\n\n`;
  const text = readFileSync(file, 'utf8');
  expect(text, path).toMatch(place);
  if (isUpdating()) {
    writeFileSync(
      file,
      text.replace(place, (_, before, __, after) => before + table + after),
    );
  }
  expect(place.exec(readFileSync(file, 'utf8'))?.[2], path).toBe(table);
}
