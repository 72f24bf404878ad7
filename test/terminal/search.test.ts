/** What fits a typed text, best first. */
import { describe, expect, it } from 'vitest';
import { type Choice, search, type TypedChoice } from '../../src/terminal/search.ts';

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

  const CALLERS: Choice<string>[] = [
    {
      name: '+15105550102  no-agent  7m  SCL_1',
      value: 'first',
      words: ['+15105550102', 'SCL_1', 'room-1'],
      also: ['no-agent', 'no agent', 'stuck', 'Twilio main', 'twilio'],
      numbers: ['+15105550102', '+15105550001'],
    },
    {
      name: '+442079460102  answered  2m  SCL_2',
      value: 'second',
      words: ['+442079460102', 'SCL_2', 'room-5105'],
      also: ['answered', 'Telnyx (EU)', 'telnyx'],
      numbers: ['+442079460102', '+15105550002'],
    },
  ];

  it.each<[string, string[]]>([
    ['510 555 0102', ['first']],
    ['(510) 555-0102', ['first']],
    ['510.555.0102', ['first']],
    ['1-510-555-0102', ['first']],
    ['011 1 510 555 0102', ['first']],
    ['５１０ ５５５ ０１０２', ['first']],
    ["\u202a'+1 510 555 0102\u202c", ['first']],
    ['020 7946 0102', ['second']],
    ['0044 20 7946 0102', ['second']],
    ['+44 (0)20 7946 0102', ['second']],
    ['0102', ['first', 'second']],
    ['555 0001', ['first']],
    ['555-0103', []],
    ['0102 510 555', []],
    ['stuck', ['first']],
    ['Stuck', ['first']],
    ['no-agent', ['first']],
    ['no agent', ['first']],
    ['7m', ['first']],
    ['twilio', ['first']],
    ['Twilio Main', ['first']],
    ['telnyx (eu)', ['second']],
    ['stuck twilio', ['first']],
    ['stuck telnyx', []],
    ['scl_2', ['second']],
  ])('for “%s” finds the caller %j', (typed, fitting) => {
    expect(search(CALLERS, typed).map(({ value }) => value)).toEqual(fitting);
  });

  it('finds first what a text names in another writing', () => {
    const isNamed = (text: string, value: string) => text === '+44 1' && value === 'second';
    const names = search(CALLERS, '+44 1', undefined, isNamed).map(({ value }) => value);
    expect(names).toEqual(['second']);
    expect(search(CALLERS, '+44 1')).toEqual([]);
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
