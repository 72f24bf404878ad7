import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readOpenTransfers } from '../../src/history/attempts.ts';
import { finishesInTime } from '../../src/history/files.ts';
import { readOnlyRecord } from '../../src/history/record.ts';
import { keepTrunkVerdict, type TrunkVerdict } from '../../src/history/trunk-verdicts.ts';
import { fakeHost } from '../support/fake-host.ts';
import { HOST, intended, startRecord } from './records.ts';

const never = vi.hoisted(() => () => new Promise(() => {}));
vi.mock('../../src/history/lines.ts', async (original) => ({
  ...(await original<object>()),
  appendLine: never,
  readLines: never,
}));

const written = vi.hoisted(() => ({ count: 0 }));
vi.mock('../../src/history/files.ts', async (original) => ({
  ...(await original<object>()),
  readOwnFile: never,
  writeOwnFile: async () => {
    written.count += 1;
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What comes of some work, which must take so many seconds. */
async function comesWithin<T>(seconds: number, work: Promise<T>): Promise<T> {
  let settled = false;
  work.then(() => {
    settled = true;
  });
  await vi.advanceTimersByTimeAsync(seconds * 1000 - 100);
  expect(settled).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(settled).toBe(true);
  return work;
}

const TOO_SLOW = expect.stringContaining('the disk does not answer');

describe('a disk that does not answer is waited for two seconds', () => {
  it('by the look for open transfers, which then are not known', async () => {
    const found = await comesWithin(2, readOpenTransfers('/nowhere/at/all', HOST));
    expect(found).toEqual({ byCall: new Map(), unread: TOO_SLOW });
  });

  it('just before a transfer, to write and to read, which then is not sent', async () => {
    const { record, troubles } = startRecord('/nowhere/at/all');
    const begun = await comesWithin(4, record.begin(intended()));
    expect(begun).toMatchObject({
      earlier: [],
      refusal: { code: 'unreadable-record', message: TOO_SLOW },
    });
    await comesWithin(2, begun.end({ kind: 'not-sent', reason: 'The disk does not answer.' }));
    expect(troubles).toEqual([]);
  });

  it('by a smoke test, which then leaves what others found as it is', async () => {
    const { host } = fakeHost({ home: '/nowhere/at/all' });
    const found: TrunkVerdict = {
      ...{ trunkId: 'ST_1', direction: 'inbound', transferMethod: 'refer', provider: null },
      ...{ verdict: 'supported', code: null, at: '2026-11-20T00:00:00.000Z' },
    };
    await comesWithin(2, keepTrunkVerdict('livekit.example.com', found, host));
    expect(written.count).toBe(0);
  });

  it('by a run that records nothing', async () => {
    const record = readOnlyRecord('/nowhere/at/all', HOST, true);
    const { refusal } = await comesWithin(2, record.begin(intended()));
    expect(refusal).toMatchObject({ code: 'unreadable-record', message: TOO_SLOW });
  });

  it('and told of once, where the transfer is sent all the same', async () => {
    const { record, troubles } = startRecord('/nowhere/at/all');
    const begun = await comesWithin(4, record.begin(intended({ again: true })));
    expect(begun).toMatchObject({ earlier: [], refusal: null });
    await comesWithin(2, begun.end({ kind: 'interrupted' }));
    expect(troubles).toEqual([TOO_SLOW]);
  });
});

it('is not taken for one while this process gets no turn', async () => {
  vi.useRealTimers();
  const answer = finishesInTime(readFile(import.meta.filename).then(() => {}));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2200);
  expect(await answer).toBe(true);
});
