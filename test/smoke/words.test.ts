import { describe, expect, it } from 'vitest';
import { judgeSmoke } from '../../src/smoke/judge.ts';
import type { SmokeFinding } from '../../src/smoke/result.ts';
import { describeTest, type TestFacts, wayToUse } from '../../src/smoke/words.ts';
import { sipWordsAt } from '../../src/transfer/explain/status.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';
import { destination } from '../transfer/plans.ts';
import {
  GONE,
  IGNORED,
  LINGERED,
  notified,
  refused,
  SUCCESS,
  TIMED_OUT,
  transferred,
} from './transfers.ts';

function tell(
  transfer: TransferResult | null,
  more: Partial<SmokeFinding> = {},
  about: Partial<TestFacts> = {},
) {
  const finding: SmokeFinding = {
    failure: null,
    transfer,
    bridge: null,
    waitMs: 90_000,
    arrival: null,
    operator: null,
    ...more,
  };
  const judgement = judgeSmoke(finding);
  const told = describeTest({
    finding,
    judgement,
    method: 'outbound',
    direction: 'outbound',
    number: '+15105550177',
    trunkKey: 'ST_out',
    destination: destination(),
    provider: null,
    ...about,
  });
  const { verdict, grounds, proof } = judgement;
  return { ...told, verdict, grounds, proof, use: wayToUse(judgement) };
}

describe('the words about a test', () => {
  it('name what to switch on at a provider that is known', () => {
    const answer = { stage: 'refer', code: 603, destination: destination() } as const;
    for (const certain of [true, false]) {
      const provider = { name: 'telnyx', certain } as const;
      const { hint } = tell(transferred(refused(603)), {}, { provider });
      expect(hint).toBe(sipWordsAt(provider, answer).hint);
      expect(hint).not.toBe(sipWordsAt(null, answer).hint);
    }
  });

  it.each([
    ['the SIP service is down', twirp(503, 'unavailable', 'no response from servers')],
    ['LiveKit is not there', twirp(404, 'bad_route', 'no handler for path')],
  ])('do not say that the call ended where %s', (_, outcome) => {
    const transfer = transferred(outcome);
    const { message, hint } = transfer;
    expect(tell(transfer)).toMatchObject({
      ...{ message, hint, use: null },
      ...{ verdict: 'inconclusive', grounds: 'not-sent' },
    });
  });

  it('name the setting for a trunk that was proven to hang up first', () => {
    for (const proof of [{ arrival: 'answered' }, { operator: true }] as const) {
      expect(tell(transferred(SUCCESS, GONE), proof).hint).toContain(
        '"hangsUpFirst": true for ST_out',
      );
    }
    expect(tell(transferred(SUCCESS, GONE)).hint).not.toContain('hangsUpFirst');
  });

  it('name no such setting for one that hangs up while the target rings', () => {
    const attempt = { hangsUpFirst: true };
    for (const transfer of [
      transferred(SUCCESS, GONE),
      transferred(SUCCESS, { ...GONE, attempt }),
    ]) {
      const told = tell(transfer, { arrival: 'ringing' });
      expect(told).toMatchObject({
        ...{ verdict: 'supported', grounds: 'gone-at-once', proof: 'arrived' },
        hint: expect.stringContaining('"hangsUpFirst"'),
      });
      expect(told.hint).not.toContain('"hangsUpFirst": true');
    }
  });

  it.each([
    ['an error', twirp(409, 'aborted', 'call ended before transfer completed')],
    ['a 200', answer(200, { status: 'STS_TRANSFER_FAILED', reason: 'STR_CALL_ENDED' })],
  ])('call an end that LiveKit states no success: by %s', (_, outcome) => {
    const ended = transferred(outcome, GONE);
    const told = tell(ended);
    expect(told).toMatchObject({ verdict: 'inconclusive', grounds: 'ended-early', use: null });
    expect(told.message).toMatch(/^LiveKit says that the call ended before the transfer did/);
    // What a trunk is known for makes no success of it.
    const proven = tell(ended, { arrival: 'answered' });
    expect(proven).toMatchObject({ verdict: 'supported', use: 'warm' });
    expect(proven.hint).not.toContain('hangsUpFirst');
  });

  it.each([
    ['never reports', TIMED_OUT],
    ['reports what proves nothing', notified(202)],
  ])('of a trunk that %s call no proof what is none', (_, outcome) => {
    for (const none of [
      { arrival: 'none' },
      { arrival: 'several' },
      { operator: false },
    ] as const) {
      const { message } = tell(transferred(outcome), none);
      expect(message).toMatch(
        /^The trunk takes a REFER \(SIP’s transfer request\)(?: and never|\. It)/,
      );
      expect(message).not.toMatch(/request\): (?:no|several|the person)/);
    }
  });

  it.each([
    ['outbound', /^The test call ended/, /test number/],
    ['loop', /^The call that came in ended/, /whoever answers there/],
    ['live', /^The call ended/, /^Test with another call\.$/],
  ] as const)('say of a leg that dropped whose call it was: %s', (method, message, hint) => {
    const told = tell(null, { failure: { kind: 'leg-dropped' } }, { method });
    expect(told.message).toMatch(message);
    expect(told.hint).toMatch(hint);
    expect(tell(transferred(refused(481)), {}, { method }).hint).toMatch(hint);
  });

  it('name a hold that LiveKit may have cut, where the leg was not dialled by the test', () => {
    const cut = transferred(SUCCESS, { ...GONE, attempt: { durationMs: 15_400 } });
    expect(tell(cut, {}, { method: 'loop' }).message).toContain('media_timeout');
    expect(tell(cut).message).not.toContain('media_timeout');
  });

  it('say that an outbound test proves nothing of calls that come in', () => {
    const { hint } = tell(transferred(SUCCESS, LINGERED));
    expect(hint).toContain('--loop');
    const inbound = { direction: 'inbound', method: 'loop' } as const;
    expect(tell(transferred(SUCCESS, LINGERED), {}, inbound).hint).toBeNull();
  });

  it.each([
    ['a trunk that honours REFER', transferred(SUCCESS, LINGERED), 'cold'],
    ['one whose target is busy', transferred(notified(486)), 'cold'],
    ['one that never reports', transferred(TIMED_OUT), 'warm'],
    ['one without REFER', transferred(refused(405)), 'warm'],
    ['one that refuses', transferred(refused(603)), 'warm'],
    ['one that wants a password', transferred(refused(407)), 'warm'],
    ['one that ignores it', transferred(IGNORED), 'warm'],
    ['one of which nothing is known', transferred(SUCCESS, GONE), null],
  ])('say which way to use on %s', (_, transfer, use) => {
    expect(tell(transfer).use).toBe(use);
  });

  it.each([
    ['that never answers the REFER', transferred(IGNORED), 'warm'],
    ['whose call stays', transferred(SUCCESS), 'warm'],
    ['whose answer is lost', transferred(failure('ECONNRESET', true)), 'warm'],
    ['that hangs up first', transferred(SUCCESS, GONE), 'cold'],
  ])('say so of a trunk %s, once it is proven to transfer', (_, transfer, use) => {
    expect(tell(transfer, { arrival: 'answered' }).use).toBe(use);
    expect(tell(transfer, { operator: true }).use).toBe(use);
  });
});
