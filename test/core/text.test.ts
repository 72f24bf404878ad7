import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cutToColumns, wrapWords } from '../../src/core/text.ts';

describe('wrapping', () => {
  it.each<[string, number | undefined, string[]]>([
    ['one two three', 8, ['one two', 'three']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 6, ['one', 'two', 'three']],
    ['one two three', 80, ['one two three']],
    ['one two three', undefined, ['one two three']],
    ['to sip:someone@pbx.example.com now', 10, ['to', 'sip:someone@pbx.example.com', 'now']],
    // A command to be copied: a newline in it would run half of it.
    ['see `a b c` now', 9, ['see', '`a b c`', 'now']],
    ['see `a --to b`. Then `c d`', 8, ['see', '`a --to b`.', 'Then', '`c d`']],
    ['', 10, ['']],
    ['王小明 李小龍 now', 13, ['王小明 李小龍', 'now']],
    ['王小明 李小龍 now', 12, ['王小明', '李小龍 now']],
    ['👩‍👩‍👧 👩‍👩‍👧 x', 5, ['👩‍👩‍👧 👩‍👩‍👧', 'x']],
    ['é é é', 5, ['é é é']],
  ])('%j at %s columns is %j', (text, columns, lines) => {
    expect(wrapWords(text, columns)).toEqual(lines);
  });

  it.each([
    'a',
    'é',
    'e\u0301',
    '王',
    'か',
    '한',
    'ﾊ',
    'Ａ',
    '👍',
    '👩‍👩‍👧',
    '🇩🇪',
    'ß',
    'я',
    'ع',
    '€',
    '→',
    '…',
    '“',
    '𠀀',
  ])('reckons with as many columns for %s as a terminal does', (character) => {
    const width = stringWidth(character);
    const word = character.repeat(5);
    expect(wrapWords(`${word} x`, 5 * width + 2)).toEqual([`${word} x`]);
    expect(wrapWords(`${word} x`, 5 * width + 1)).toEqual([word, 'x']);
  });

  it('loses nothing, and leaves no line too long that could be shorter', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (each, columns) => {
        const lines = wrapWords(each.join(' '), columns);
        expect(lines.join(' ')).toBe(each.join(' '));
        for (const line of lines) {
          expect(line.length <= columns || !line.includes(' ')).toBe(true);
        }
      }),
    );
  });
});

describe('cutting a text to a width', () => {
  it.each<[string, string, number, string]>([
    ['fits', 'abcd', 4, 'abcd'],
    ['ASCII', 'abcdef', 4, 'abc…'],
    ['two columns a character', '日本語の名前', 6, '日本…'],
    ['an emoji of several parts stays whole or goes', 'ab👨‍👩‍👧cd', 4, 'ab…'],
    ['an accent stays with its letter', 'e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%s', (_, text, columns, expected) => {
    expect(cutToColumns(text, columns)).toBe(expected);
  });
});
