/** What fits a typed text, best first. */
import { describe, expect, it } from 'vitest';
import { type Choice, search, type TypedChoice } from '../../src/terminal/search-prompt.ts';

const CHOICES: Choice<string>[] = [
  { name: 'presales  2001  Before the sale', value: 'presales', words: ['presales'] },
  { name: 'sales  200', value: 'sales', words: ['sales', 'new business'] },
  { name: 'support  100  Help with a sale', value: 'support', words: ['support'] },
];

const asTyped =
  (first: boolean) =>
  (text: string): TypedChoice<string> => ({ name: text, value: `"${text}"`, first });

const found = (typed: string, asChoice?: (text: string) => TypedChoice<string>) =>
  search(CHOICES, typed, asChoice).map(({ value }) => value);

describe('a search', () => {
  it.each<[string, string[]]>([
    ['', ['presales', 'sales', 'support']],
    ['  ', ['presales', 'sales', 'support']],
    ['sales', ['sales', 'presales']],
    [' SALES ', ['sales', 'presales']],
    ['sal', ['sales', 'presales', 'support']],
    ['new bus', ['sales']],
    ['New Business', ['sales']],
    ['2001', ['presales']],
    ['nobody', []],
  ])('for “%s” finds %j', (typed, fitting) => {
    expect(found(typed)).toEqual(fitting);
  });

  it.each<[string, string[]]>([
    ['200', ['"200"', 'presales', 'sales']],
    ['sales', ['sales', '"sales"', 'presales']],
  ])('puts “%s”, which names a place by itself, before all but exact names', (typed, fitting) => {
    expect(found(typed, asTyped(true))).toEqual(fitting);
  });

  it('puts a text that names no place last', () => {
    expect(found('sal', asTyped(false))).toEqual(['sales', 'presales', 'support', '"sal"']);
    expect(found('nobody', asTyped(false))).toEqual(['"nobody"']);
  });
});
