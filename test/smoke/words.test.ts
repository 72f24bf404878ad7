import { describe, expect, it } from 'vitest';
import { judgeSmoke } from '../../src/smoke/judge.ts';
import type { CallFailure, SmokeFinding } from '../../src/smoke/result.ts';
import { describeTest, type TestFacts, wayToUse } from '../../src/smoke/words.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { failure, twirp } from '../transfer/answers.ts';
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
  return { ...told, use: wayToUse(judgement) };
}

const TROUBLES: CallFailure[] = [
  { kind: 'dial', dial: { ok: false, cause: 'busy', sip: { code: 486, reason: '' }, message: '' } },
  { kind: 'no-arrival' },
  { kind: 'foreign-arrival', from: '+15105550142' },
  { kind: 'several-arrivals', count: 2 },
  { kind: 'arrival-unanswered' },
  { kind: 'arrival-unread', rooms: ['one'] },
  { kind: 'arrival-unread', rooms: ['one', 'two', 'three', 'four'] },
  { kind: 'no-call' },
  { kind: 'leg-dropped' },
];

describe('the words about a test', () => {
  const told = [
    ...TROUBLES.map((trouble) => tell(null, { failure: trouble })),
    ...[400, 401, 403, 404, 405, 429, 481, 487, 489, 500, 603, 699].map((code) =>
      tell(transferred(refused(code))),
    ),
    ...[202, 302, 404, 486, 603].map((code) => tell(transferred(notified(code)))),
    tell(transferred(SUCCESS, LINGERED)),
    tell(transferred(SUCCESS, GONE)),
    tell(transferred(SUCCESS, GONE), { arrival: 'answered' }),
    tell(transferred(SUCCESS, GONE), { arrival: 'none' }),
    tell(transferred(SUCCESS, GONE), { operator: true }),
    tell(transferred(SUCCESS, GONE), { operator: false }),
    tell(transferred(SUCCESS)),
    tell(transferred(SUCCESS), { arrival: 'ringing' }),
    tell(transferred(TIMED_OUT)),
    tell(transferred(TIMED_OUT), { operator: true }),
    tell(transferred(IGNORED)),
    tell(transferred(IGNORED), { arrival: 'answered' }),
    tell(transferred(failure('ECONNRESET', true))),
    tell(transferred(twirp(404, 'not_found', 'participant does not exist'), GONE)),
    tell(
      transferred(
        twirp(501, 'unimplemented', "we don't yet support transfers for this phone number type"),
      ),
    ),
  ];

  it('are whole sentences, whatever was found', () => {
    for (const { message, hint } of told) {
      expect(message).toMatch(/^[A-Z][^\n]+\.$/);
      expect(message).not.toMatch(/undefined|null|\.\.|\s\s/);
      if (hint !== null) expect(hint).toMatch(/^[A-Z][^\n]+[.)]$/);
    }
  });

  it('name what to switch on at a provider that is known', () => {
    const { hint } = tell(
      transferred(refused(603)),
      {},
      { provider: { name: 'telnyx', certain: true } },
    );
    expect(hint).toContain('This trunk is Telnyx');
    expect(hint).toContain('support has switched SIP REFER on');
  });

  it.each([
    [
      'the SIP service is down',
      twirp(503, 'unavailable', 'no response from servers'),
      'SIP service',
    ],
    ['LiveKit is not there', twirp(404, 'bad_route', 'no handler for path'), 'LiveKit server'],
  ])('do not say that the call ended where %s', (_, outcome, says) => {
    const transfer = transferred(outcome);
    const { message, hint } = tell(transfer);
    expect({ message, hint }).toEqual({ message: transfer.message, hint: transfer.hint });
    expect(message).toContain(says);
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
      const { message, hint } = tell(transfer, { arrival: 'ringing' });
      expect(message).toContain('before the target has answered');
      expect(hint).toContain('leave "hangsUpFirst" out for ST_out');
    }
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
