import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withEmergencyTable } from '../../../scripts/emergency-numbers.js';
import { emergencyIn } from '../../../src/destinations/address/emergency.ts';

const SOURCE = new URL('../../../src/destinations/address/emergency.ts', import.meta.url);

describe('the table of emergency numbers', () => {
  test('is what libphonenumber has: `npm run emergency-numbers` writes it', () => {
    const source = readFileSync(SOURCE, 'utf8');
    expect(withEmergencyTable(source)).toBe(source);
    expect(withEmergencyTable('const TABLE = `\n`;')).toMatch(
      /\|IN 100 101 102 108 112 1298\s2611\|/,
    );
  });

  // Numbers that a table from memory had wrong, or not at all.
  test.each([
    ['100', 'AF'],
    ['211', 'BB'],
    ['155', 'CZ'],
    ['159', 'CZ'],
    ['1300', 'GA'],
    ['1355', 'GA'],
    ['1399', 'GA'],
    ['666', 'KH'],
    ['90000', 'SE'],
    ['020', null],
    ['1400', null],
    ['988', 'US'],
  ])('%s in %s', (number, country) => {
    expect(emergencyIn(number, country === null ? 'any' : [country]) !== null).toBe(
      country !== null,
    );
    expect(emergencyIn(number, ['DE'])).toBeNull();
  });
});
