import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { intended, startRecord } from './records.ts';

vi.mock('../../src/history/lines.ts', () => ({ appendLine: () => new Promise(() => {}) }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a disk that does not answer is waited for two seconds, and told of once', async () => {
  const { record, troubles } = startRecord('/nowhere/at/all');
  let settled = false;
  const beginning = record.begin(intended());
  beginning.then(() => {
    settled = true;
  });
  await vi.advanceTimersByTimeAsync(1900);
  expect(settled).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  const begun = await beginning;
  expect(begun.earlier).toEqual([]);
  const ending = begun.end({ kind: 'interrupted' });
  await vi.advanceTimersByTimeAsync(2100);
  await ending;
  expect(troubles).toEqual([expect.stringContaining('the disk does not answer')]);
});
