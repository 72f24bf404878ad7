import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeJsonText, escapeLines, escapeText } from '../../src/terminal/style.ts';
import { anyCharacter, anyText } from '../support/any-text.ts';

/** Anything that could move a cursor, ring, break a record or turn text round. */
const DANGEROUS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

describe('foreign text', () => {
  it.each([
    ['a colour', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a window title (OSC)', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['a link (OSC 8)', '\u001b]8;;http://x\u001b\\', '\\x1b]8;;http://x\\x1b\\'],
    ['C1 control sequence introducer', '\u009b31m', '\\x9b31m'],
    ['C1 next line', 'a\u0085b', 'a\\x85b'],
    ['a bell', '\u0007', '\\x07'],
    ['backspaces', 'ok\b\b', 'ok\\x08\\x08'],
    ['NUL', 'a\0b', 'a\\x00b'],
    ['DEL', '\u007f', '\\x7f'],
    ['TAB, CR and LF', 'a\tb\rc\nd', 'a\\tb\\rc\\nd'],
    ['line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['a right-to-left override', 'a\u202egpj.exe', 'a\\u202egpj.exe'],
    ['bidirectional isolates', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['directional marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['zero-width characters', 'a\u200bb\u2060c\ufeff', 'a\\u200bb\\u2060c\\ufeff'],
    ['a soft hyphen', 'a\u00adb', 'a\\xadb'],
    ['half a surrogate pair', 'a\ud83db', 'a\\ud83db'],
    ['the other half', '\ude00', '\\ude00'],
  ])('with %s is made visible', (_, text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it.each([
    'Phone +15105550100',
    'Jürgen Müller',
    '山田太郎',
    'Ελένη',
    'שלום',
    '😀👍🏽',
    'a\\x1b',
    'e\u0301',
  ])('%s stays as it is', (text) => {
    expect(escapeText(text)).toBe(text);
  });

  it('is harmless, whatever it is', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (one, other) => {
        expect(escapeText(one + other)).not.toMatch(DANGEROUS);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its lines where lines are ours', () => {
    expect(escapeLines('one\n\u001btwo\r\n')).toBe('one\n\\x1btwo\\r\n');
  });
});

describe('JSON', () => {
  it('is escaped inside and parses to the same', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: anyCharacter }),
        fc.constantFrom(undefined, 2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          const escaped = escapeJsonText(text);
          expect(escaped.replaceAll('\n', '')).not.toMatch(DANGEROUS);
          expect(JSON.parse(escaped)).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(['\u009b31m', '\u202e', '\u2028', '\u007f', '\ufeff', 'line\nbreak', '\ud83d'])(
    'brings %j through unharmed',
    (text) => {
      const escaped = escapeJsonText(JSON.stringify({ [text]: text }));
      expect(escaped).toMatch(/^[\x20-\x7e]+$/);
      expect(JSON.parse(escaped)).toEqual({ [text]: text });
    },
  );
});
