/** Tables of README.md and docs/: what the program says in its help, as short as it can be. */
import { describe, expect, it } from 'vitest';
import { CONDITIONS } from '../../../src/calls/condition.ts';
import { helpTopics } from '../../../src/commands/help/run.ts';
import { expectTable } from '../../support/pages.ts';

describe('README.md', () => {
  it('has the conditions that want somebody to act', () => {
    expectTable('README.md', 'conditions-to-act-on', [
      '| the list says | for the caller | what to do |',
      '|---|---|---|',
      ...Object.entries(CONDITIONS)
        .filter(([code, { stuck }]) => stuck === true || code === 'transfer-open')
        .map(
          ([code, { word, means, todo }]) => `| **${word}** (\`${code}\`) | ${means} | ${todo} |`,
        ),
    ]);
  });
});

it.each(['README.md', 'docs/outcomes.md'])('%s has the exit codes', (page) => {
  // A long row goes on below its own column.
  const [, text = ''] = helpTopics['exit-codes']()
    .replace(/\n {7}(?=\S)/g, ' ')
    .split('\n\n');
  const rows = [...text.matchAll(/^ {2}(\d+) +(.*)$/gm)];
  expect(rows.length).toBe(text.split('\n').length);
  expectTable(page, 'exit-codes', [
    '| code | it means |',
    '|---|---|',
    ...rows.map(([, code, means]) => `| ${code} | ${means} |`),
  ]);
});
