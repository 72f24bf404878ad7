import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/text.ts';

describe('a duration', () => {
  it.each([
    ['45s', 45_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1500ms', 1500],
    ['90', 90_000],
    ['0', 0],
    ['0s', 0],
    [' 45s ', 45_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    's',
    '1.5s',
    '-5s',
    '+5s',
    '45 s',
    '45S',
    '1m30s',
    '1w',
    '1e3',
    '0x10',
    'Infinity',
    '٤s',
    '12345678901s',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it.each([
    [0, '0s'],
    [-5000, '0s'],
    [499, '0s'],
    [500, '1s'],
    [7000, '7s'],
    [59_499, '59s'],
    [59_500, '1m'],
    [95_000, '1m 35s'],
    [120_000, '2m'],
    [3_599_499, '59m 59s'],
    [3_599_500, '1h'],
    [11_400_000, '3h 10m'],
    [86_399_499, '23h 59m'],
    [86_400_000, '1d'],
    [90_000_000, '1d 1h'],
  ])('of %d ms reads “%s”', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('of whole seconds below an hour is read back as it was written, part by part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3599 }), (seconds) => {
        const parts = formatDuration(seconds * 1000)
          .split(' ')
          .map(parseDuration);
        expect(parts.reduce<number>((sum, part) => sum + (part ?? Number.NaN), 0)).toBe(
          seconds * 1000,
        );
      }),
    );
  });
});
