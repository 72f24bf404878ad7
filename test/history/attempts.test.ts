import { describe, expect, it } from 'vitest';
import { LONGEST_TRANSFER_MS } from '../../src/core/text.ts';
import {
  openRefers,
  openTransfersByCall,
  recordAttempts,
  type Watcher,
  withinDays,
} from '../../src/history/attempts.ts';
import {
  type Entry,
  markMachine,
  type OutcomeEntry,
  type SentEntry,
} from '../../src/history/entry.ts';
import type { Outcome } from '../../src/transfer/outcome.ts';
import { NOW } from '../support/livekit.ts';
import { OUTCOME, SENT } from './entries.ts';
import { DAY, HOST } from './records.ts';

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
    expect(recordAttempts([SENT, OUTCOME], HOST)).toEqual([
      {
        id: '1',
        startedAt: SENT.time,
        endedAt: OUTCOME.time,
        callId: 'SCL_1',
        phoneNumber: '+15105550100',
        phoneNumberRaw: '+15105550100',
        callerName: null,
        room: 'room-1',
        identity: 'sip_+15105550100',
        calledNumber: '+15550001111',
        direction: 'inbound',
        trunkId: 'ST_1',
        bridgeTrunkId: null,
        provider: 'twilio',
        host: 'sip.example.com',
        sipIds: { 'sip.callIDFull': 'abc@10.0.0.1' },
        to: 'sales',
        referTo: 'sip:100@pbx.company.com',
        transferMethod: 'refer',
        livekitHost: 'livekit.example.com',
        outcome: 'refused',
        caller: 'on-the-line',
        leg: 'listed',
        stage: 'refer',
        sip: { code: 405, reason: 'Method Not Allowed' },
        evidence: null,
        interrupted: false,
        durationMs: 7,
        exitCode: 1,
        message: 'The trunk refused it.',
        transferId: 'TR_1',
        open: false,
        closed: null,
        underWay: null,
      },
    ]);
  });

  it('without a recorded outcome have none', () => {
    expect(recordAttempts([SENT], HOST)).toMatchObject([
      { id: '1', outcome: null, endedAt: null, message: '', open: true },
    ]);
  });

  it('stand in the order in which they were sent, whatever the order of the rest', () => {
    const attempts = recordAttempts([ended('b', 'refused'), sent('b'), sent('a'), sent('b')], HOST);
    expect(attempts.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['b', 'refused'],
      ['a', null],
    ]);
  });

  it('are left out when their beginning is gone', () => {
    expect(recordAttempts([ended('x', 'completed')], HOST)).toEqual([]);
  });

  it.each<[Outcome[], Outcome]>([
    [['unknown', 'completed'], 'completed'],
    [['completed', 'unknown'], 'completed'],
    [['unknown', 'unconfirmed'], 'unconfirmed'],
  ])('with the outcomes %j have ended %s', (outcomes, expected) => {
    const entries: Entry[] = [sent('a'), ...outcomes.map((outcome) => ended('a', outcome))];
    expect(recordAttempts(entries, HOST)).toMatchObject([{ outcome: expected }]);
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
    const [attempt] = recordAttempts(entries, HOST);
    expect(attempt?.open).toBe(open);
    expect(openTransfersByCall(recordAttempts(entries, HOST)).size).toBe(open ? 1 : 0);
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
    expect(openTransfersByCall(recordAttempts(entries, HOST))).toEqual(
      new Map([
        [
          'SCL_1',
          [
            {
              startedAt: SENT.time,
              to: 'sales',
              referTo: SENT.referTo,
              transferMethod: 'refer',
              outcome: 'unknown',
              underWay: null,
            },
            {
              startedAt: '2026-11-23T20:50:00.000Z',
              to: 'support',
              referTo: SENT.referTo,
              transferMethod: 'refer',
              outcome: null,
              underWay: null,
            },
          ],
        ],
      ]),
    );
  });
});

it('only a REFER may have moved its caller: a bridge leaves them in their room', () => {
  const entries = [
    sent('a', { transferMethod: 'bridge' }),
    sent('b', { transferMethod: 'refer', time: '2026-11-23T20:50:00.000Z' }),
    sent('c', { transferMethod: 'refer', time: '2026-11-23T20:51:00.000Z' }),
    sent('d', { transferMethod: 'bridge', callId: 'SCL_2' }),
  ];
  expect(openRefers(openTransfersByCall(recordAttempts(entries, HOST)))).toEqual(
    new Map([['SCL_1', Date.parse('2026-11-23T20:50:00.000Z')]]),
  );
});

describe('a transfer without an outcome', () => {
  const MACHINE = markMachine('here');
  const SECOND_AGO = new Date(NOW - 1500).toISOString();
  const going = (wishes: Partial<SentEntry> = {}) =>
    sent('a', { time: SECOND_AGO, pid: 123, machine: MACHINE, ...wishes });
  /** Another process of that machine, which sees 123 at work. */
  const watcher = (wishes: Partial<Watcher> = {}): Watcher => ({
    machine: 'here',
    pid: 5000,
    isRunning: (pid) => pid === 123,
    now: () => NOW,
    ...wishes,
  });
  const seen = (entries: Entry[], who = watcher()) => recordAttempts(entries, who)[0]?.underWay;

  it('is under way while the process that sent it is there, and open all the same', () => {
    const attempts = recordAttempts([going()], watcher());
    const underWay = { pid: 123, forMs: 1500 };
    expect(attempts).toMatchObject([{ open: true, outcome: null, underWay }]);
    expect(openTransfersByCall(attempts).get('SCL_1')).toMatchObject([{ underWay }]);
  });

  it.each<[string, Partial<SentEntry>, Partial<Watcher>]>([
    ['whose process is gone', {}, { isRunning: () => false }],
    ['of a process of another machine', { machine: markMachine('there') }, {}],
    ['where nothing tells this machine from others', {}, { machine: null }],
    ['that nothing told the machine of', { machine: null }, { machine: null }],
    ['of an older version, without a process', { pid: null, machine: null }, {}],
    ['of no process', { pid: 0 }, { isRunning: () => true }],
    ['of this process’s number before it was this one’s', { pid: 5000 }, { isRunning: () => true }],
    [
      'older than any transfer: the number is another’s',
      { time: new Date(NOW - LONGEST_TRANSFER_MS - 1).toISOString() },
      {},
    ],
    ['from the future', { time: new Date(NOW + 1).toISOString() }, {}],
  ])('%s may be anywhere', (_, entry, who) => {
    expect(seen([going(entry)], watcher(who))).toBeNull();
  });

  it('that is as old as one can be may still be under way', () => {
    const time = new Date(NOW - LONGEST_TRANSFER_MS).toISOString();
    expect(seen([going({ time })])).toEqual({ pid: 123, forMs: LONGEST_TRANSFER_MS });
  });

  it.each<Outcome>(['unknown', 'unconfirmed', 'refused'])('has none once it is %s', (outcome) => {
    expect(seen([going(), ended('a', outcome)])).toBeNull();
  });
});

describe('what is older than the limit', () => {
  const at = (daysAgo: number) =>
    sent(String(daysAgo), { time: new Date(NOW - daysAgo * DAY).toISOString() });
  const listed = (...days: number[]) =>
    withinDays(recordAttempts(days.map(at), HOST), 30, NOW).map(({ id }) => Number(id));

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
