import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigJson } from '../../src/config/json.ts';

describe('JSON that is fine', () => {
  it('is what JSON.parse says', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom(undefined, 2, '\t'),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          expect(parseConfigJson(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('may begin with a byte order mark and hold any escape', () => {
    const text = '{"a": ["\\u00e9\\n\\/\\"", -0.5e+3, 1E2, true, false, null, {}, []]}';
    expect(parseConfigJson(`\uFEFF ${text}\r\n`)).toEqual(JSON.parse(text));
  });
});

describe('JSON that is broken', () => {
  it.each([
    ['{"a": 1,\n  "b": 2,\n}', 'line 2, column 9: a comma too many'],
    ['[1,]', 'line 1, column 3: a comma too many'],
    ['[1 2]', 'line 1, column 4: expected a comma or ]'],
    ['{"a" 1}', 'line 1, column 6: expected a colon'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: expected a comma or }'],
    ["{'a': 1}", 'line 1, column 2: expected a name in double quotes'],
    ['{\r\n  "a": x}', 'line 2, column 8: expected a value'],
    ['{"a": 01}', 'line 1, column 8: expected a comma or }'],
    ['{"a": "x\ny"}', 'line 1, column 9: a text ends on its own line'],
    ['{"a": "x\ty"}', 'line 1, column 9: a control character inside a text'],
    ['{"a": "x\\q"}', 'line 1, column 9: unknown escape after \\'],
    ['{"a": "x', 'line 1, column 7: this text is never closed'],
    ['{"a": {', 'line 1, column 8: expected a name in double quotes, but the file ends here'],
    ['{"a":', 'line 1, column 6: expected a value, but the file ends here'],
    ['{} {}', 'line 1, column 4: expected nothing after the last bracket'],
    ['{ // why\n}', 'line 1, column 3: JSON has no comments; a .yaml file may have them'],
    ['{"a": /* b */ 1}', 'line 1, column 7: JSON has no comments; a .yaml file may have them'],
    ['{"a":1,\n"b":{"c":1,"c":2}}', 'line 2, column 12: "c" is there twice'],
    ['{"a":1,"\\u0061":2}', 'line 1, column 8: "a" is there twice'],
    ['{\0}', 'not UTF-8 text; save it as UTF-8'],
    ['['.repeat(200), 'line 1, column 102: nested too deeply'],
  ])('%j', (text, message) => {
    expect(() => parseConfigJson(text)).toThrow(expect.objectContaining({ message }));
  });

  it('is refused whenever JSON.parse refuses it', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-',
      '.',
      'e',
      'true',
      'null',
      ' ',
      '\n',
      '"',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (!valid) expect(() => parseConfigJson(text)).toThrow(/line \d+, column \d+: /);
      }),
      { numRuns: 2000 },
    );
  });
});
