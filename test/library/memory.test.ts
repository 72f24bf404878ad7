/** What a program remembers of its own transfers. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { LONGEST_TRANSFER_MS } from '../../src/core/text.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { NO_HISTORY } from '../../src/history/record.ts';
import { TransferMemory } from '../../src/library/in-process.ts';
import type { OpenTransfer, Outcome } from '../../src/transfer/outcome.ts';
import { type TransferEnding, UnreadableRecordError } from '../../src/transfer/result.ts';
import { call } from '../support/livekit.ts';

const STARTED = '2026-11-23T20:49:15.692Z';
const intended = (callId = 'SCL_1', department = 'sales') => ({
  call: call({ callId }),
  destination: { department, number: null, referTo: `sip:${department}@x` } as Destination,
  startedAt: STARTED,
  method: 'refer' as const,
  again: false,
});
const ended = (outcome: Outcome) => ({ kind: 'result', result: { outcome } }) as TransferEnding;
const left = (to: string, outcome: Outcome | null): OpenTransfer => ({
  startedAt: STARTED,
  to,
  referTo: `sip:${to}@x`,
  transferMethod: 'refer',
  outcome,
  // What has no outcome, this process is still at.
  underWay: outcome === null ? { pid: 4711, forMs: 1500 } : null,
});
let now = Date.parse(STARTED) + 1500;
const HOST = { pid: 4711, now: () => now };

describe('the memory of a program', () => {
  it.each<[string, TransferEnding, Outcome | null]>([
    ['completed', ended('completed'), null],
    ['ended', ended('ended'), null],
    ['refused', ended('refused'), null],
    ['target-failed', ended('target-failed'), null],
    ['not-sent', ended('not-sent'), null],
    ['unknown', ended('unknown'), 'unknown'],
    ['unconfirmed', ended('unconfirmed'), 'unconfirmed'],
    ['given up before the request', { kind: 'not-sent', reason: 'interrupted' }, null],
    ['left while under way', { kind: 'interrupted' }, 'unknown'],
  ])('after %s', async (_, ending, open) => {
    const { record, earlierOf } = new TransferMemory(HOST).beside(NO_HISTORY);
    await (await record.begin(intended())).end(ending);
    expect(await earlierOf('SCL_1')).toEqual(open === null ? [] : [left('sales', open)]);
  });

  it('holds what is under way, for its own call only', async () => {
    const { record, earlierOf } = new TransferMemory(HOST).beside(NO_HISTORY);
    await record.begin(intended());
    expect(await earlierOf('SCL_1')).toEqual([left('sales', null)]);
    expect(await earlierOf('SCL_2')).toEqual([]);
  });

  it('shows the first of two at once to the second, and not the other way round', async () => {
    const { record } = new TransferMemory(HOST).beside(NO_HISTORY);
    const [first, second] = await Promise.all([
      record.begin(intended()),
      record.begin(intended('SCL_1', 'support')),
    ]);
    expect(first.earlier).toEqual([]);
    expect(second.earlier).toEqual([left('sales', null)]);
  });

  it('believes a record on disk that knows of more, or that there may be more', async () => {
    const UNREAD = new UnreadableRecordError('/state', 'permission denied', true);
    const others = [left('a', 'unknown'), left('b', null)];
    const { record, earlierOf } = new TransferMemory(HOST).beside({
      earlierOf: async () => others,
      record: {
        trace: 'recorded',
        begin: async () => ({ earlier: others, refusal: UNREAD, end: async () => {} }),
      },
    });
    expect(await earlierOf('SCL_1')).toEqual(others);
    expect(await record.begin(intended())).toMatchObject({ earlier: others, refusal: UNREAD });
  });

  it('does not say for ever that it is at one whose end was lost', async () => {
    const { record, earlierOf } = new TransferMemory(HOST).beside(NO_HISTORY);
    await record.begin(intended());
    now = Date.parse(STARTED) + LONGEST_TRANSFER_MS + 1;
    onTestFinished(() => {
      now = Date.parse(STARTED) + 1500;
    });
    expect(await earlierOf('SCL_1')).toEqual([{ ...left('sales', null), underWay: null }]);
  });

  it('joins what it knows of to what a record on disk knows of', async () => {
    const onDisk = [left('a', 'unknown'), left('b', null)];
    const { record, earlierOf } = new TransferMemory(HOST).beside({
      earlierOf: async () => onDisk,
      record: {
        trace: 'recorded',
        begin: async () => ({ earlier: onDisk, refusal: null, end: async () => {} }),
      },
    });
    await record.begin(intended('SCL_1', 'c'));
    expect((await earlierOf('SCL_1')).map(({ to }) => to)).toEqual(['a', 'b', 'c']);
    const second = await record.begin(intended('SCL_1', 'd'));
    expect(second.earlier.map(({ to }) => to)).toEqual(['a', 'b', 'c']);
  });

  it('does not grow without end', async () => {
    const { record, earlierOf } = new TransferMemory(HOST).beside(NO_HISTORY);
    for (let index = 0; index <= 10_000; index += 1) await record.begin(intended(`SCL_${index}`));
    expect(await earlierOf('SCL_0')).toEqual([]);
    expect(await earlierOf('SCL_10000')).toHaveLength(1);
  });
});
