import { describe, expect, it } from 'vitest';
import { describeTrunks, nextFor } from '../../../src/commands/destinations/trunks.ts';
import type { TrunkReport } from '../../../src/commands/doctor/trunks.ts';
import { NO_MEMORY, type TrunkVerdict } from '../../../src/history/trunk-verdicts.ts';
import { NOW } from '../../support/livekit.ts';

const AROUND = { outbound: 'ST_out', department: 'sales', waitMs: 90_000, isUnread: false };
const at = new Date(NOW).toISOString();
const HONOURED = { by: 'smoke', verdict: 'honoured', code: null, at } as const;

const report = (wishes: Partial<TrunkReport> = {}): TrunkReport => ({
  ...{ id: 'ST_in', name: 'main', direction: 'inbound', numbers: ['+15550001111'] },
  ...{ address: null, provider: null, trunkKey: null, refer: null, mediaTimeoutMs: null },
  knownRefer: null,
  ...wishes,
});
const refused = (code: number) => report({ knownRefer: { ...HONOURED, verdict: 'refused', code } });
const last = (verdict: TrunkVerdict['verdict']): TrunkVerdict[] => [
  {
    ...{ trunkId: 'ST_in', direction: 'inbound', transferMethod: 'refer', verdict },
    ...{ code: null, at, provider: null },
  },
];

describe('what to do about a trunk', () => {
  it.each([
    ['inbound', report(), AROUND, '--trunk ST_out --loop +15550001111 --to sales'],
    [
      'outbound',
      report({ id: 'ST_o', direction: 'outbound' }),
      AROUND,
      '--trunk ST_o --dial NUMBER',
    ],
    ['no way to dial', report(), { ...AROUND, outbound: null }, '--wait-call +15550001111 --to'],
    ['any number', report({ numbers: [] }), AROUND, '--loop OUR-NUMBER --to sales'],
    ['no department', report(), { ...AROUND, department: null }, '--to DESTINATION'],
    ['a hostile number', report({ numbers: ['1; rm -rf'] }), AROUND, "--loop '1; rm -rf' --to"],
  ])('of which nothing is known is to prove it: %s', (_, trunk, around, command) => {
    const next = nextFor(trunk, [], around);
    expect(next.next).toBe('test whether it takes REFER');
    expect(next.command).toMatch(/^lk-transfer smoke /);
    expect(next.command).toContain(command);
  });

  it.each([
    ['the config says so', report({ refer: false })],
    ['it answered 405', refused(405)],
  ])('without REFER is to bridge: %s', (_, trunk) => {
    expect(nextFor(trunk, [], AROUND).command).toContain('--method bridge');
  });

  it('that refuses it by policy is to switch it on, where the provider has it', () => {
    const twilio = { ...refused(603), provider: 'twilio' } as const;
    expect(nextFor(twilio, [], AROUND).next).toMatch(/^switch REFER on \(trunk → Features/);
    expect(nextFor(refused(603), [], AROUND).next).toContain('at the provider');
  });

  it.each([
    ['inconclusive', 'was inconclusive'],
    ['call-failed', 'the test call failed'],
  ] as const)('whose last test was %s is to test it again', (verdict, words) => {
    const next = nextFor(report(), last(verdict), AROUND);
    expect(next.next).toContain(words);
    expect(next.command).toContain('smoke');
  });

  it('that works and cuts silence too early is to set the time-out, else nothing', () => {
    const works = report({ knownRefer: HONOURED });
    expect(nextFor(works, [], AROUND).next).toContain('media.media_timeout to 1m 30s');
    const long = { ...works, mediaTimeoutMs: 120_000 };
    expect(nextFor(long, [], AROUND)).toEqual({ next: null, command: null });
  });

  it('is not to prove it where what is known could not be read', () => {
    const { next, command } = nextFor(report(), [], { ...AROUND, isUnread: true });
    expect(next).toContain('cannot be read');
    expect(command).toBeNull();
  });
});

describe('what could not be read of a trunk', () => {
  const given = { config: {}, waitMs: 90_000, nowMs: NOW };

  it.each([
    [{ recordUnread: 'No.' }, { refers: null, smoke: [] }],
    [{ testsUnread: 'No.' }, { refers: { honoured: 0, refused: 0, unknown: 0 }, smoke: null }],
  ])('is null, and never none: %j', (unread, expected) => {
    const [record] = describeTrunks([report()], { ...NO_MEMORY, ...unread }, given);
    expect(record).toMatchObject(expected);
  });
});
