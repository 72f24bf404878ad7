import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapWords } from '../../src/core/text.ts';

describe('wrapping', () => {
  it.each<[string, number | undefined, string[]]>([
    ['one two three', 8, ['one two', 'three']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 6, ['one', 'two', 'three']],
    ['one two three', 80, ['one two three']],
    ['one two three', undefined, ['one two three']],
    ['to sip:someone@pbx.example.com now', 10, ['to', 'sip:someone@pbx.example.com', 'now']],
    ['', 10, ['']],
  ])('%j at %s columns is %j', (text, columns, lines) => {
    expect(wrapWords(text, columns)).toEqual(lines);
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
