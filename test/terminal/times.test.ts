import { expect, it } from 'vitest';
import { formatAge } from '../../src/terminal/table.ts';

it.each([
  [null, ''],
  [0, '0s'],
  [95, '1m 35s'],
  [7200, '2h'],
])('an age of %j is “%s”', (seconds, text) => {
  expect(formatAge(seconds)).toBe(text);
});
