/** The conditions are explained where they are met: in help, on the pages, and by one table of the code. */
import { describe, expect, it } from 'vitest';
import { CONDITIONS } from '../../../src/calls/condition.ts';
import { CALL_FIELDS } from '../../../src/commands/calls/command.ts';
import { helpTopics } from '../../../src/commands/help/run.ts';
import { commandTree } from '../../support/command-tree.ts';
import { expectTable, PAGES } from '../../support/pages.ts';

/** The pages that show the table. */
const SHOWN = PAGES.filter(({ text }) => text.includes('<!-- conditions: '));

const TABLE = [
  '| it says | seen | for the caller | to do |',
  '|---|---|---|---|',
  ...Object.entries(CONDITIONS).map(([code, { word, seen, means, todo, stuck }]) => {
    const marks = stuck === true ? '!? ' : stuck === null ? '? ' : '';
    return `| ${marks}**${word}** (\`${code}\`) | ${seen} | ${means} | ${todo} |`;
  }),
];

describe('the conditions', () => {
  it('stand in docs/calls.md', () => {
    expect(SHOWN.map(({ path }) => path)).toContain('docs/calls.md');
  });

  it.each(SHOWN)('stand in $path as they are judged', ({ path }) => {
    expectTable(path, 'conditions', TABLE);
  });

  it.each(Object.entries(CONDITIONS))('explains %s in `help conditions`', (code, condition) => {
    const { word, seen, means, todo } = condition;
    const text = helpTopics.conditions().replace(/\s+/g, ' ');
    expect(text).toContain(`${word} (${code})`);
    for (const sentence of [seen, means, todo]) expect(text).toContain(sentence);
  });

  it.each(Object.entries(CONDITIONS))('has short words and sentences for %s', (_, condition) => {
    const { word, seen, means, todo, stuck } = condition;
    // On 80 columns beside the longest ids, with a mark before it.
    expect(word.length).toBeLessThanOrEqual(stuck === false ? 14 : 12);
    expect(word).toMatch(/^[a-z][a-z ]+$/);
    for (const sentence of [seen, means, todo]) expect(sentence).toMatch(/^[A-Z].*\.( |$)/);
  });

  it('and the other fields stand in `calls --help`', () => {
    const { help = '' } = commandTree().find(({ name }) => name === 'calls') ?? {};
    const [, fields = ''] = help.split('Fields for --fields');
    const named = fields.split(/[^\w-]+/);
    expect(named).toEqual(expect.arrayContaining([...CALL_FIELDS]));
    expect(named).toEqual(expect.arrayContaining(Object.keys(CONDITIONS)));
  });

  it('has a word of its own for each', () => {
    const words = Object.values(CONDITIONS).map(({ word }) => word);
    expect(new Set(words).size).toBe(words.length);
  });
});
