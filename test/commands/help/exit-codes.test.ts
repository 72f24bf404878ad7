/** The exit codes stand in README.md as in `help exit-codes`. */
import { expect, it } from 'vitest';
import { helpTopics } from '../../../src/commands/help/run.ts';
import { expectWrittenTable, tableOf } from '../../support/written-table.ts';

it('the exit codes stand in README.md as in the help', () => {
  // A long row goes on below its own column.
  const [, table = ''] = helpTopics['exit-codes']()
    .replace(/\n {7}(?=\S)/g, ' ')
    .split('\n\n');
  const rows = [...table.matchAll(/^ {2}(\d+) +(.*)$/gm)].map(([, code = '', means = '']) => [
    code,
    means,
  ]);
  expect(rows.length).toBe(table.split('\n').length);
  expectWrittenTable('README.md', 'exit-codes', tableOf(['code', 'it means'], rows));
});
