import { describe, expect, it } from 'vitest';
import type { RecordedAttempt } from '../../src/history/attempts.ts';
import { countRefers, lastReferVerdict, summarizeAttempts } from '../../src/history/summary.ts';
import { cpuMs } from '../support/cpu-time.ts';

type Tried = Parameters<typeof lastReferVerdict>[0][number];

const tried = (wishes: Partial<Tried>): Tried => ({
  trunkId: 'ST_1',
  transferMethod: 'refer',
  outcome: 'completed',
  stage: null,
  sip: null,
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: '2026-11-20T10:00:05.000Z',
  ...wishes,
});
const refusal = (code: number, day: number): Tried =>
  tried({
    outcome: 'refused',
    stage: 'refer',
    sip: { code, reason: '' },
    endedAt: `2026-11-${day}T10:00:00.000Z`,
  });

describe('the last verdict on REFER of a trunk', () => {
  it.each([405, 501, 603, 403])('is refused after %d to the REFER', (code) => {
    expect(lastReferVerdict([tried({}), refusal(code, 21)], 'ST_1')).toEqual({
      verdict: 'refused',
      at: '2026-11-21T10:00:00.000Z',
      code,
    });
  });

  it('is that of the newest transfer, in whatever order they stand', () => {
    expect(lastReferVerdict([refusal(405, 21), tried({})], 'ST_1')?.verdict).toBe('refused');
    expect(lastReferVerdict([refusal(405, 19), tried({})], 'ST_1')).toEqual({
      verdict: 'honoured',
      at: '2026-11-20T10:00:05.000Z',
      code: null,
    });
  });

  it('is honoured where the trunk called a target that did not take the call', () => {
    const busy = tried({
      outcome: 'target-failed',
      stage: 'notify',
      sip: { code: 603, reason: '' },
    });
    expect(lastReferVerdict([busy], 'ST_1')).toMatchObject({ verdict: 'honoured', code: null });
  });

  it.each<[string, Tried]>([
    ['an address that it does not know', refusal(404, 21)],
    ['a trunk that is busy', refusal(486, 21)],
    ['a refusal of which nobody knows whose it is', { ...refusal(405, 21), stage: null }],
    ['an unknown outcome', tried({ outcome: 'unknown' })],
    ['one that was never recorded', tried({ outcome: null, endedAt: null })],
    ['another trunk', tried({ trunkId: 'ST_2' })],
    ['no trunk', tried({ trunkId: null })],
  ])('is not known from %s', (_, attempt) => {
    expect(lastReferVerdict([attempt], 'ST_1')).toBeNull();
  });
});

describe('how often a trunk took a REFER', () => {
  const since = Date.parse('2026-11-01T00:00:00.000Z');

  it('never counts what nobody knows as yes or no', () => {
    const attempts: Tried[] = [
      tried({}),
      tried({ outcome: 'target-failed', stage: 'notify', sip: { code: 486, reason: '' } }),
      refusal(405, 21),
      refusal(404, 21),
      ...(['ended', 'unknown', 'unconfirmed', null] as const).map((outcome) => tried({ outcome })),
      { ...refusal(405, 21), stage: null },
    ];
    expect(countRefers(attempts, 'ST_1', since)).toEqual({ honoured: 2, refused: 2, unknown: 5 });
  });

  it.each<[string, Tried]>([
    ['what LiveKit turned away', tried({ outcome: 'not-sent' })],
    ['another trunk', tried({ trunkId: 'ST_2' })],
    ['one sent before', tried({ startedAt: '2026-10-31T23:59:59.999Z' })],
  ])('leaves out %s', (_, attempt) => {
    const nothing = { honoured: 0, refused: 0, unknown: 0 };
    expect(countRefers([attempt], 'ST_1', since)).toEqual(nothing);
  });
});

type Outcome = RecordedAttempt['outcome'];

describe('a summary', () => {
  const of = (to: string, outcome: Outcome, durationMs: number | null, trunkId: string | null) => ({
    to,
    outcome,
    durationMs,
    trunkId,
  });
  const rows = summarizeAttempts([
    of('support', 'ended', 4000, null),
    of('sales', 'completed', 1000, 'ST_1'),
    of('sales', 'refused', 3000, 'ST_1'),
    of('sales', 'target-failed', 8000, 'ST_1'),
    of('sales', 'not-sent', 7, 'ST_1'),
    of('sales', 'unknown', 90_000, 'ST_2'),
    of('sales', 'unconfirmed', 90_000, 'ST_2'),
    of('sales', null, null, 'ST_2'),
    of('returns', 'bridged', 9000, 'ST_3'),
  ]);

  it('counts all, each department and each trunk, the most used first', () => {
    expect(rows.map(({ by, name, transfers }) => [by, name, transfers])).toEqual([
      ['all', null, 9],
      ['department', 'sales', 7],
      ['department', 'returns', 1],
      ['department', 'support', 1],
      ['trunk', 'ST_1', 4],
      ['trunk', 'ST_2', 3],
      ['trunk', null, 1],
      ['trunk', 'ST_3', 1],
    ]);
  });

  it('adds up', () => {
    for (const { transfers, completed, bridged, ended, refused, ...row } of rows) {
      const { failed, notSent, unknown } = row;
      expect(completed + bridged + ended + refused + failed + notSent + unknown).toBe(transfers);
    }
    expect(rows[0]).toMatchObject({
      completed: 1,
      bridged: 1,
      ended: 1,
      failed: 1,
      notSent: 1,
      unknown: 3,
    });
  });

  it('has the median time to the outcomes that are known', () => {
    expect(rows.map(({ medianMs }) => medianMs)).toEqual([
      4000,
      3000,
      9000,
      4000,
      3000,
      null,
      4000,
      9000,
    ]);
    expect(summarizeAttempts([])).toMatchObject([{ by: 'all', transfers: 0, medianMs: null }]);
  });

  it('takes no longer than the record is long', () => {
    const many = Array.from({ length: 60_000 }, () => of('sales', 'completed', 1, 'ST_1'));
    const start = cpuMs();
    expect(summarizeAttempts(many)).toMatchObject([{}, { transfers: 60_000 }, {}]);
    expect(cpuMs() - start).toBeLessThan(1000);
  });
});
