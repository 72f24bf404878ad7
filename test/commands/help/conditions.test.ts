/** The conditions are explained where they are met: in help, and by one table of the code. */
import { describe, expect, it } from 'vitest';
import { CONDITIONS } from '../../../src/calls/condition.ts';
import { CALL_FIELDS } from '../../../src/commands/calls/command.ts';
import { helpTopics } from '../../../src/commands/help/run.ts';
import { commandTree } from '../../support/command-tree.ts';

describe('the conditions', () => {
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
