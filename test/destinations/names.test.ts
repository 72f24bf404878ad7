import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check.ts';
import { resolveDestination } from '../../src/destinations/resolve.ts';
import { anyText } from '../support/any-text.ts';
import { failureOf } from './config.ts';

const piece = fc.oneof(
  fc.constantFrom(
    ...['sip', 'tel', 'department', 'Extension', 'number', 'sos', 'urn:service:sos', ':', ' ', '@'],
    ...[
      '911',
      '100',
      '+1',
      '<',
      '//',
      '.',
      '\u200c',
      '\u200d',
      '\u00ad',
      '\ufeff',
      '\u202e',
      '\u00a0',
    ],
    ...['e\u0301', 'İ', 'ß', 'x.com', '-', '\u3000', '#', '*'],
  ),
  anyText({ maxLength: 2 }),
);
const name = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));

// Here `assert` holds what `expect` would take longer for than the program for its work.
it('whatever the config takes for a name leads to its department', () => {
  fc.assert(
    fc.property(name, (typed) => {
      const departments = { [typed]: 'sip:desk@pbx.company.com' };
      const { config, problems } = checkConfig({ defaultCountry: 'US', departments });
      if (problems.length > 0) return;
      for (const input of [typed, `department:${typed}`]) {
        assert.equal(resolveDestination(input, config, null).kind, 'department');
      }
    }),
    { numRuns: 5000 },
  );
});

describe('a name that looks like something else', () => {
  const persian = 'می\u200cخواهم';
  const departments = { SOS: '100', [persian]: '200', sales: { to: '300', fallback: [persian] } };
  const config = { dial: { extension: 'sip:{extension}@pbx.company.com' }, departments };

  it.each([
    ['sos', 'sip:100@pbx.company.com'],
    [' Sos ', 'sip:100@pbx.company.com'],
    ['department:sos', 'sip:100@pbx.company.com'],
    [persian, 'sip:200@pbx.company.com'],
    [`department: ${persian}`, 'sip:200@pbx.company.com'],
  ])('%j is the department', (input, referTo) => {
    expect(resolveDestination(input, config, null).referTo).toBe(referTo);
  });

  it.each([
    ['sos', { departments: { sales: '1' } }, 'policy: sos is an emergency number'],
    ['sip:sos@x.com', config, 'policy: sos is an emergency number'],
    ['sal\u200ces', config, 'destination: the invisible character U+200C at position 4'],
    ['sales\u200c', config, 'destination: the invisible character U+200C at position 6'],
    [`${persian}\n`, config, 'destination: the invisible character U+200C at position 3'],
    ['sos\n', config, 'destination: LF (line feed) at position 4'],
    [persian.replace('\u200c', ''), config, 'unknown-department: there is no department'],
    [`extension:1\u200c00`, config, 'destination: the invisible character U+200C'],
  ])('%j is not', (input, given, message) => {
    expect(failureOf(() => resolveDestination(input, given, null))).toContain(message);
  });
});
