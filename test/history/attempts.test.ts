import { describe, expect, it } from 'vitest';
import { openTransfersByCall, recordAttempts, withinDays } from '../../src/history/attempts.ts';
import type { Entry, OutcomeEntry, SentEntry } from '../../src/history/entry.ts';
import type { Outcome } from '../../src/transfer/outcome.ts';
import { NOW } from '../support/livekit.ts';
import { OUTCOME, SENT } from './entries.ts';
import { DAY } from './records.ts';

const sent = (id: string, wishes: Partial<SentEntry> = {}): SentEntry => ({
  ...SENT,
  ...wishes,
  id,
});
const ended = (id: string, outcome: Outcome, wishes: Partial<OutcomeEntry> = {}): OutcomeEntry => ({
  ...OUTCOME,
  ...wishes,
  id,
  outcome,
});

describe('transfers', () => {
  it('are put together from their two entries', () => {
    expect(recordAttempts([SENT, OUTCOME])).toEqual([
      {
        id: '1',
        startedAt: SENT.time,
        endedAt: OUTCOME.time,
        callId: 'SCL_1',
        caller: '+15105550100',
        room: 'room-1',
        identity: 'sip_+15105550100',
        direction: 'inbound',
        trunkId: 'ST_1',
        provider: 'twilio',
        to: 'sales',
        referTo: 'sip:100@pbx.company.com',
        livekit: 'livekit.example.com',
        outcome: 'refused',
        callerIs: 'on-the-line',
        leg: 'listed',
        stage: 'refer',
        sip: { code: 405, reason: 'Method Not Allowed' },
        evidence: null,
        interrupted: false,
        durationMs: 7,
        exitCode: 1,
        message: 'The trunk refused it.',
        open: false,
      },
    ]);
  });

  it('without a recorded outcome have none', () => {
    expect(recordAttempts([SENT])).toMatchObject([
      { id: '1', outcome: null, endedAt: null, message: '', open: true },
    ]);
  });

  it('stand in the order in which they were sent, whatever the order of the rest', () => {
    const attempts = recordAttempts([ended('b', 'refused'), sent('b'), sent('a'), sent('b')]);
    expect(attempts.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['b', 'refused'],
      ['a', null],
    ]);
  });

  it('are left out when their beginning is gone', () => {
    expect(recordAttempts([ended('x', 'completed')])).toEqual([]);
  });

  it.each<[Outcome[], Outcome]>([
    [['unknown', 'completed'], 'completed'],
    [['completed', 'unknown'], 'completed'],
    [['unknown', 'unconfirmed'], 'unconfirmed'],
  ])('with the outcomes %j have ended %s', (outcomes, expected) => {
    const entries: Entry[] = [sent('a'), ...outcomes.map((outcome) => ended('a', outcome))];
    expect(recordAttempts(entries)).toMatchObject([{ outcome: expected }]);
  });
});

describe('a transfer is open', () => {
  it.each<[Outcome | null, boolean]>([
    [null, true],
    ['unknown', true],
    ['unconfirmed', true],
    ['completed', false],
    ['ended', false],
    ['refused', false],
    ['target-failed', false],
    ['not-sent', false],
  ])('with the outcome %s: %s', (outcome, open) => {
    const entries = [sent('a'), ...(outcome === null ? [] : [ended('a', outcome)])];
    const [attempt] = recordAttempts(entries);
    expect(attempt?.open).toBe(open);
    expect(openTransfersByCall(recordAttempts(entries)).size).toBe(open ? 1 : 0);
  });

  it('until it is known how it ended, whatever came of a later one of the same call', () => {
    const entries = [
      sent('a', { to: 'sales' }),
      ended('a', 'unknown'),
      sent('b', { to: 'support', time: '2026-11-23T20:50:00.000Z' }),
      sent('c', { callId: 'SCL_2' }),
      ended('c', 'completed'),
      sent('d', { to: 'billing' }),
      ended('d', 'refused'),
    ];
    expect(openTransfersByCall(recordAttempts(entries))).toEqual(
      new Map([
        [
          'SCL_1',
          [
            { startedAt: SENT.time, to: 'sales', referTo: SENT.referTo, outcome: 'unknown' },
            {
              startedAt: '2026-11-23T20:50:00.000Z',
              to: 'support',
              referTo: SENT.referTo,
              outcome: null,
            },
          ],
        ],
      ]),
    );
  });
});

describe('what is older than the limit', () => {
  const at = (daysAgo: number) =>
    sent(String(daysAgo), { time: new Date(NOW - daysAgo * DAY).toISOString() });
  const listed = (...days: number[]) =>
    withinDays(recordAttempts(days.map(at)), 30, NOW).map(({ id }) => Number(id));

  it('is not listed', () => {
    expect(listed(31, 30, 0)).toEqual([30, 0]);
  });

  it('is listed when all is that old: the clock may have jumped', () => {
    expect(listed(3691, 3660, 3650)).toEqual([3660, 3650]);
    expect(listed()).toEqual([]);
  });

  it('does not depend on entries from the future, which are listed', () => {
    expect(listed(31, -4000, 1)).toEqual([-4000, 1]);
  });
});
