import { describe, expect, it } from 'vitest';
import { concludeSmoke, verdictToRemember } from '../../src/smoke/conclude.ts';
import { sightOf } from '../../src/smoke/refer.ts';
import { call } from '../support/livekit.ts';
import { twirp } from '../transfer/answers.ts';
import { smokeRun, smokeTest } from './runs.ts';
import { refused, transferred } from './transfers.ts';

const dropped = { finding: { failure: { kind: 'leg-dropped' } }, leg: null } as const;

describe('a call that hangs up before it is read', () => {
  it('is told as it was when it was chosen', () => {
    const chosen = call({
      direction: 'outbound',
      trunkId: 'ST_out',
      host: 'sbc.example.net',
      provider: 'twilio',
      phoneNumberRaw: '+15105550177',
      calledNumber: '+15105550009',
    });
    const test = smokeTest({ method: 'live', trunk: null, number: null, call: chosen });
    const result = concludeSmoke(smokeRun(null, { ...dropped, test, dial: null }), {});
    expect(result).toMatchObject({
      verdict: 'call-failed',
      direction: 'outbound',
      trunk: { id: 'ST_out', host: 'sbc.example.net', provider: 'twilio' },
    });
    for (const line of [
      'Trunk: ST_out',
      'Trunk host: sbc.example.net',
      'Direction of the call: outbound (placed by LiveKit)',
      'From: +15105550009',
      'To: +15105550177',
      `LiveKit call id: ${chosen.callId}`,
    ]) {
      expect(result.ticket).toContain(line);
    }
  });

  it('is told as it was to be, where a test dialled it or waited for it', () => {
    const direction = (run: Parameters<typeof smokeTest>[0]) =>
      concludeSmoke(smokeRun(null, { ...dropped, test: smokeTest(run) }), {}).direction;
    expect(direction({})).toBe('outbound');
    expect(direction({ method: 'loop' })).toBe('inbound');
    expect(direction({ method: 'live', trunk: null })).toBe('inbound');
  });
});

describe('what is remembered of a test', () => {
  const remembered = (run: ReturnType<typeof smokeRun>) =>
    verdictToRemember(concludeSmoke(run, {}));

  it('is its verdict on the trunk of the leg', () => {
    expect(remembered(smokeRun(transferred(refused(603, 'Decline'))))).toEqual({
      ...{ trunkId: 'ST_1', direction: 'outbound', transferMethod: 'refer', verdict: 'refused' },
      ...{ code: 603, at: expect.any(String), provider: null },
    });
  });

  it.each([
    ['that it dials', null, 'supported', null],
    ['also where the number was busy', 486, 'supported', 486],
    ['that it may not', 403, 'refused', 403],
  ])('is of a bridge test %s', (_, status, verdict, code) => {
    const test = smokeTest({ transferMethod: 'bridge', to: null });
    const sip = { code: status ?? 0, reason: '' };
    const cause = status === 403 ? 'forbidden' : 'busy';
    const failure = { kind: 'dial', dial: { ok: false, cause, sip, message: '' } } as const;
    const up = { ...sightOf(null), audio: 'published', seenMs: 4000, gone: true } as const;
    const finding =
      status === null ? { failure: null, bridge: up } : { failure, bridge: sightOf(failure) };
    expect(remembered(smokeRun(null, { test, finding, leg: null, plan: null }))).toEqual({
      ...{ trunkId: 'ST_out', direction: 'outbound', transferMethod: 'bridge', verdict },
      ...{ code, at: expect.any(String), provider: null },
    });
  });

  it('is that the call failed, where it was dialled over the trunk itself', () => {
    const failed = remembered(smokeRun(null, dropped));
    expect(failed).toMatchObject({ trunkId: 'ST_out', verdict: 'call-failed', code: null });
  });

  it.each([
    [
      'no call came in by the trunk',
      smokeRun(null, { ...dropped, test: smokeTest({ method: 'loop' }) }),
    ],
    [
      'the key lacks a right',
      smokeRun(transferred(twirp(401, 'unauthenticated', 'permissions denied'))),
    ],
  ])('is nothing where %s', (_, run) => {
    expect(remembered(run)).toBeNull();
  });
});
