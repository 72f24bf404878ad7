import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { roomTokens } from '../../src/livekit/client.ts';

const credentials = {
  url: 'http://127.0.0.1:1',
  apiKey: 'key',
  apiSecret: 'a secret of some length, for a signature',
  source: 'flags',
} as const;

interface Claims {
  exp: number;
  video: { room: string };
}

const claimsOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-27T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const MINUTE = 60_000;

it('makes tokens for one room after another, with the same end', async () => {
  const mint = roomTokens(credentials);
  const first = claimsOf(await mint('a'));
  vi.setSystemTime(Date.now() + MINUTE);
  const second = claimsOf(await mint('b'));
  expect([first.video.room, second.video.room]).toEqual(['a', 'b']);
  expect(second.exp).toBe(first.exp);
});

it.each([
  ['hours of sleep, in which no other clock moved', 8 * 60 * MINUTE],
  ['half of its time', 6 * MINUTE],
  ['a clock that was set back', -MINUTE],
])('renews a token after %s', async (_title, passedMs) => {
  const mint = roomTokens(credentials);
  await mint('a');
  const now = Date.now() + passedMs;
  vi.setSystemTime(now);
  const { exp, video } = claimsOf(await mint('b'));
  expect(video.room).toBe('b');
  expect(exp * 1000).toBeGreaterThan(now + 5 * MINUTE);
  expect(exp * 1000).toBeLessThanOrEqual(now + 11 * MINUTE);
});
