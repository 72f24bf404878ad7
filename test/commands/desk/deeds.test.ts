import { describe, expect, it } from 'vitest';
import type { Call, Condition } from '../../../src/calls/call.ts';
import { CONDITIONS } from '../../../src/calls/condition.ts';
import {
  actionsFor,
  describeOwnBridge,
  latestAmong,
  type OwnBridge,
  wordsOf,
  wordsOnLeaving,
} from '../../../src/commands/desk/deeds.ts';
import { openRows } from '../../../src/commands/desk/transfers.ts';
import { callOf, watchedOf } from './calls.ts';

const TARGET = { callId: 'SCL_target', identity: 'lk-transfer-bridge-abc123-1-ff' };
const ringing: Partial<Call> = { status: 'ringing', transferable: false };

/** The first words of what can be done with a call. */
const names = (call: Partial<Call>, other: Call | null = null) =>
  actionsFor(callOf(call), other).map(({ name }) => name);

describe('what can be done with a call', () => {
  it.each<[Condition, Partial<Call>, string[]]>([
    ['unanswered', ringing, ['Rescue', 'Bridge', 'Hang up', 'Show']],
    ['connecting', ringing, ['Rescue', 'Bridge', 'Hang up', 'Show']],
    ['connecting', { status: 'dialing', transferable: false }, ['Hang up', 'Show']],
    ['no-agent', {}, ['Transfer', 'Rescue', 'Bridge', 'Hang up', 'Show']],
    ['agent-silent', {}, ['Transfer', 'Rescue', 'Bridge', 'Hang up', 'Show']],
    ['agent-hung', {}, ['Transfer', 'Rescue', 'Bridge', 'Hang up', 'Show']],
    ['transfer-open', {}, ['Ask at the target', 'Hang up', 'Show', 'Transfer']],
    ['with-person', {}, ['Transfer', 'Bridge', 'Hang up', 'Show']],
    ['unremarkable', {}, ['Transfer', 'Bridge', 'Rescue', 'Hang up', 'Show']],
    ['no-call-id', { callId: '', transferable: false }, ['Show', 'Hang up']],
    ['status-unknown', { status: null, transferable: false }, ['Show', 'Hang up']],
  ])('fits its condition: %s', (condition, call, fitting) => {
    expect(names({ condition, ...call })).toEqual(fitting);
  });

  it('always is something, and always shows the call', () => {
    for (const condition of Object.keys(CONDITIONS) as Condition[]) {
      expect(names({ condition })).toContain('Show');
    }
  });

  it('says that the dial answers a caller who rings', () => {
    const bridge = (call: Partial<Call>) =>
      actionsFor(callOf(call), null).find(({ name }) => name === 'Bridge')?.description;
    expect(bridge({ condition: 'unanswered', ...ringing })).toContain('answers the caller at once');
    expect(bridge({})).not.toContain('answers');
  });

  it('is to hang up on either of a bridged pair, by whichever is chosen', () => {
    const [caller, target] = [
      watchedOf({ condition: 'bridged' }),
      watchedOf({ ...TARGET, condition: 'bridged', direction: 'outbound' }),
    ];
    const list = [caller, target, watchedOf({ callId: 'SCL_x', room: 'other', identity: 'x' })];
    const seen = latestAmong(list, caller.call);
    expect(seen).toMatchObject({ hasEnded: false, other: { callId: 'SCL_target' } });
    expect(names(caller.call, seen.other)).toEqual([
      'Hang up on the target',
      'Hang up on the caller',
      'Show',
      'Transfer',
    ]);
    const other = latestAmong(list, target.call).other;
    expect(other?.callId).toBe('SCL_one');
    expect(names(target.call, other)).toEqual([
      'Hang up on the caller',
      'Hang up on the target',
      'Show',
    ]);
    // Which of several is meant cannot be told.
    const third = watchedOf({ callId: 'SCL_third', identity: 'third', condition: 'bridged' });
    expect(latestAmong([...list, third], target.call).other).toBeNull();
    expect(names(target.call)).not.toContain('Hang up on the caller');
  });
});

describe('what is said of it', () => {
  const hangup = { kind: 'hangup' as const, call: callOf({}), preview: [] };
  const rescue = {
    ...{ kind: 'rescue' as const, preview: [] },
    plan: { call: callOf({}), agentName: 'spare', waitMs: 20_000, replace: true, seen: [] },
  };

  it('is what Ctrl-C would do meanwhile, and what was done to somebody who leaves at once', () => {
    expect(wordsOf(rescue).onLeaving).toContain('cancels the request');
    expect(wordsOnLeaving(rescue, 'recorded')).toContain(
      '“spare” was requested, and the request was not cancelled',
    );
    expect(wordsOf(hangup).onLeaving).toContain('what was sent is still done');
    expect(wordsOnLeaving(hangup, 'recorded')).toContain('had begun');
  });

  it('is how a bridge of this desk is: going on, not to be seen, ended', () => {
    const own: OwnBridge = {
      ...{ call: callOf({}), bridge: {} as OwnBridge['bridge'] },
      ...{ sinceMs: 1000, sight: 'both', end: null },
    };
    expect(describeOwnBridge(own, 13_000)).toMatch(/talking: 12s.*hangs up on the other/);
    const unread = describeOwnBridge({ ...own, sight: 'unread' }, 0);
    expect(unread).toContain('cannot be read right now');
    expect(describeOwnBridge({ ...own, sight: 'missing' }, 0)).toMatch(/^One .*may have left/);
    const end = { leftFirst: 'target', other: 'hung-up', durationMs: 5000 } as const;
    expect(describeOwnBridge({ ...own, end }, 0)).toBe(
      'The target hung up after 5s, and the caller was hung up on.',
    );
  });

  it('is who may have the caller, since when, and how to record it', () => {
    const open = {
      startedAt: '2026-03-01T11:59:00.000Z',
      ...{ to: 'sales', referTo: 'sip:1@x.y', transferMethod: 'refer' as const },
      ...{ outcome: 'unknown' as const, underWay: null },
    };
    const shown = (trace: 'recorded' | 'sandbox') =>
      openRows(callOf({}), [open], trace).flat().join(' ');
    const text = shown('recorded');
    expect(text).toContain('to sales was sent at 2026-03-01T11:59:00.000Z');
    expect(text).toContain('sales: do they have the caller');
    expect(text).toContain('lk-transfer history close SCL_one');
    expect(shown('sandbox')).not.toContain('history');
  });
});
