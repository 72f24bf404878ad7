import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { powershell, quoteForPowerShell } from '../../../src/commands/help/shells.ts';

/** What PowerShell makes of a word in single quotes, each of which may be a curly one. */
function readWord(text: string): string {
  if (!/^['\u2018-\u201b]/.test(text)) return text;
  let value = '';
  let index = 1;
  for (; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (!/['\u2018-\u201b]/.test(character)) value += character;
    else if (/['\u2018-\u201b]/.test(text.charAt(index + 1))) {
      value += character;
      index += 1;
    } else break;
  }
  // Whatever is left would be code.
  expect(index).toBe(text.length - 1);
  return value;
}

const encode = (...words: string[]) => Buffer.from(words.join('\0')).toString('base64');

describe('a word for PowerShell', () => {
  it.each([
    ['sales', 'sales'],
    ['--status', '--status'],
    ['new business', "'new business'"],
    ['$(touch x)', "'$(touch x)'"],
    ["it's", "'it''s'"],
    ['’; touch x; ‘', "'’’; touch x; ‘‘'"],
    ['@splat', "'@splat'"],
    ['100', "'100'"],
    ['a,b', "'a,b'"],
    ['a`b', "'a`b'"],
  ])('%s is written %s', (word, written) => {
    expect(quoteForPowerShell(word)).toBe(written);
  });

  it('never ends before its end', () => {
    const unit = fc.oneof(
      fc.constantFrom(...'\'‘’‚‛"“”$`;|&(){}@# '),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1 }), (word) => {
        expect(readWord(quoteForPowerShell(word))).toBe(word);
      }),
    );
  });
});

describe('a question of PowerShell', () => {
  it('comes in base64, and drops the quote that is replaced with the word', () => {
    const { words } = powershell.read([encode('transfer', 'a b', '', "'new b")]);
    expect(words).toEqual({ before: ['transfer', 'a b', ''], current: 'new b' });
  });

  it('is answered in ASCII, with only what begins so', () => {
    const text = powershell.read([encode('Gr')]).write({
      files: false,
      prefix: '',
      candidates: [
        { word: 'Größe', description: 'ä' },
        { word: 'sales', description: '' },
      ],
    });
    expect(text).toMatch(/^[ -~]+$/);
    expect(JSON.parse(text)).toEqual({
      files: false,
      candidates: [{ text: "'Größe'", word: 'Größe', tip: 'ä' }],
    });
  });
});
