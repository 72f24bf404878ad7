/** SIP's own answer decides, wherever in LiveKit's answer it stands. */
import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import {
  answer,
  errorDetails,
  sipFailure,
  sipStatusDetail,
  transferErrorDetail,
  twirp,
} from './answers.ts';
import { judge } from './judge.ts';

/** How LiveKit 1.13 dresses SIP codes: no HTTP or Twirp code may change the verdict. */
const DRESSES: readonly [http: number, code: string, sipCodes: readonly number[]][] = [
  [400, 'invalid_argument', [400, 405, 406, 414, 415, 416, 420, 421, 429, 484, 485, 488, 489]],
  [400, 'invalid_argument', [300, 399, 493, 499, 505, 606, 699]],
  [403, 'permission_denied', [401, 402, 403, 433, 603, 607, 608]],
  [401, 'unauthenticated', [407, 428, 436, 437, 438, 494]],
  [404, 'not_found', [302, 404, 410, 481, 604]],
  [408, 'deadline_exceeded', [408, 504]],
  [429, 'resource_exhausted', [480, 486, 600]],
  [409, 'aborted', [487, 491]],
  [412, 'failed_precondition', [500, 501, 502, 503, 599]],
  // Before November 2025.
  [500, 'internal', [405, 406, 410, 415, 416, 481, 488, 491, 500, 502, 604, 606]],
  [503, 'unavailable', [480, 486, 501, 503, 600, 603]],
  [400, 'invalid_argument', [404]],
  [403, 'permission_denied', [407]],
  // And in general.
  [500, 'unknown', [300, 486, 603, 699]],
  [200, 'unknown', [486]],
];
const DRESSED = DRESSES.flatMap(([http, code, sipCodes]) =>
  sipCodes.map((sipCode) => ({ http, code, sipCode })),
);

describe('a SIP code decides, whatever HTTP and Twirp say', () => {
  it.each(DRESSED)('$sipCode to the REFER, as $http $code', ({ http, code, sipCode }) => {
    const sip = { code: sipCode, reason: 'Some Words' };
    const verdict = classifyAnswer(sipFailure(http, code, sip));
    expect(verdict).toMatchObject({ outcome: 'refused', stage: 'refer', exitCode: 1, sip });
  });

  it.each(DRESSED)('$sipCode in the NOTIFY, as $http $code', ({ http, code, sipCode }) => {
    const sip = { code: sipCode, reason: 'Some Words' };
    const verdict = classifyAnswer(sipFailure(http, code, { ...sip, notify: true }));
    expect(verdict).toMatchObject({ outcome: 'target-failed', stage: 'notify', exitCode: 1, sip });
  });

  const busy = { code: 486, reason: 'Busy Here' };
  it.each<[string, HttpOutcome, object | null]>([
    [
      'in the meta',
      twirp(500, 'unknown', 'x', { sip_status_code: '486', sip_status: 'Busy Here' }),
      busy,
    ],
    [
      'in the meta, without a phrase',
      twirp(500, 'unknown', 'x', { sip_status_code: '486' }),
      { code: 486, reason: '' },
    ],
    ['in the text alone', twirp(500, 'unknown', 'sip status: 486: Busy Here'), busy],
    ['in an old text', twirp(500, 'unknown', 'sip status 491: 491'), { code: 491, reason: '' }],
    ['in an old text with a phrase', twirp(503, 'unavailable', 'sip status 486: Busy Here'), busy],
    [
      'in a text with a name instead of a phrase',
      twirp(500, 'internal', 'sip status: 486 (BUSY_HERE)'),
      { code: 486, reason: '' },
    ],
    [
      'in the meta, with a name instead of a phrase',
      twirp(429, 'x', 'x', { sip_status_code: '486', sip_status: 'SIP_STATUS_BUSY_HERE' }),
      { code: 486, reason: '' },
    ],
    [
      'in the meta, with its number instead of a phrase',
      twirp(500, 'internal', 'sip status 491: 491', { sip_status_code: '491', sip_status: '491' }),
      { code: 491, reason: '' },
    ],
    [
      'in the meta, with blanks around it',
      twirp(429, 'x', 'x', { sip_status_code: ' 486 ', sip_status: 'Busy Here' }),
      busy,
    ],
    [
      'in the meta, as a number',
      answer(429, { code: 'x', msg: 'x', meta: { sip_status_code: 486, sip_status: 'Busy Here' } }),
      busy,
    ],
    [
      'in the meta, behind very much else',
      answer(429, {
        code: 'x',
        msg: 'x',
        meta: {
          ...Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key${index}`, 'x'])),
          sip_status_code: '486',
          sip_status: 'Busy Here',
        },
      }),
      busy,
    ],
    [
      'behind several wrappers',
      answer(429, {
        code: 'x',
        msg: 'twirp error unknown: twirp error unknown: rpc failed: sip status: 486: Busy Here',
      }),
      busy,
    ],
    ['without any phrase', twirp(500, 'unknown', 'sip status: 486'), { code: 486, reason: '' }],
    [
      'in the details alone',
      twirp(500, 'unknown', 'x', {
        error_details: errorDetails(sipStatusDetail(486, 'Busy Here')),
      }),
      busy,
    ],
    [
      'in a SIPTransferError',
      twirp(429, 'x', 'x', {
        error_details: errorDetails(
          transferErrorDetail('STR_REJECTED', { code: 486, status: 'Busy Here' }),
        ),
      }),
      busy,
    ],
    [
      'beside a listed message',
      twirp(408, 'canceled', 'request timed out', {
        sip_status_code: '486',
        sip_status: 'Busy Here',
      }),
      busy,
    ],
    [
      'not where the meta is garbage',
      twirp(500, 'unknown', 'x', { sip_status_code: 'soon' }),
      null,
    ],
    ['not where the number is too short', twirp(500, 'unknown', 'sip status: 48'), null],
    ['not where the number is too long', twirp(500, 'unknown', 'sip status: 4860: x'), null],
    ['not where it is one of HTTP’s', twirp(500, 'unknown', 'http status: 486: Busy'), null],
    ['not in a 0', twirp(500, 'unknown', 'x', { sip_status_code: '0' }), null],
    ['not in a 99', twirp(500, 'unknown', 'x', { sip_status_code: '99' }), null],
    ['not in a 000', twirp(500, 'unknown', 'x', { sip_status_code: '000' }), null],
    ['not in a fraction', twirp(500, 'unknown', 'x', { sip_status_code: '486.0' }), null],
    ['not in another key', twirp(500, 'unknown', 'x', { status_code: '486' }), null],
    ['not in the Twirp code', twirp(486, 'sip_486', 'busy'), null],
  ])('is found %s', (_, outcome, sip) => {
    const verdict = classifyAnswer(outcome);
    expect(verdict.sip).toEqual(sip);
    expect(verdict.outcome).toBe(sip === null ? 'unknown' : 'refused');
  });

  it.each([
    [
      'a NOTIFY 202',
      sipFailure(500, 'unknown', { code: 202, reason: 'Accepted', notify: true }),
      'unknown notify 7',
    ],
    [
      'a NOTIFY 204',
      sipFailure(500, 'unknown', { code: 204, reason: 'No Notification', notify: true }),
      'unknown notify 7',
    ],
    [
      'a REFER 200 as an error',
      sipFailure(500, 'unknown', { code: 200, reason: 'OK' }),
      'unknown refer 7',
    ],
    [
      'a provisional code',
      sipFailure(500, 'unknown', { code: 183, reason: 'Session Progress', notify: true }),
      'unknown notify 7',
    ],
    [
      'a code above SIP’s range',
      sipFailure(500, 'unknown', { code: 700, reason: '?' }),
      'unknown refer 7',
    ],
  ])('%s is no failure and no success', (_, outcome, expected) => {
    expect(judge(outcome)).toBe(expected);
  });

  it.each<[string, string, number, string]>([
    ['the meta names a failure and the text a success', '486', 202, 'unknown refer 7'],
    ['the meta names a success and the text a failure', '200', 486, 'unknown refer 7'],
    ['the meta names a provisional and the text a failure', '183', 486, 'unknown refer 7'],
    ['both name failures, and the meta’s holds', '603', 486, 'refused refer 1'],
    ['the meta’s is garbage, and the text’s holds', 'soon', 486, 'refused refer 1'],
    ['the meta’s is beyond SIP’s range', '700', 486, 'unknown refer 7'],
  ])('%s', (_, inMeta, inText, expected) => {
    const outcome = twirp(500, 'unknown', `sip status: ${inText}: x`, { sip_status_code: inMeta });
    expect(judge(outcome)).toBe(expected);
  });

  it('does not take the trunk’s own words for LiveKit’s about the target', () => {
    const phrase = 'call transfer failed: no route';
    expect(judge(sipFailure(403, 'x', { code: 603, reason: phrase }))).toBe('refused refer 1');
    expect(judge(sipFailure(403, 'x', { code: 603, reason: phrase, notify: true }))).toBe(
      'target-failed notify 1',
    );
  });

  it.each([
    'call transfer failed: sip status 491: 491',
    'call transfer failed: sip status: 491 (REQUEST_PENDING)',
    'twirp error unknown: twirp error unknown: call transfer failed: sip status: 491: x',
    'rpc error: code = Aborted desc = call transfer failed: sip status: 491: x',
  ])('knows the target’s failure in “%s”', (msg) => {
    expect(judge(answer(500, { code: 'internal', msg }))).toBe('target-failed notify 1');
  });

  it('prefers the NOTIFY’s own code in the meta to one inside the phrase', () => {
    const text = 'call transfer failed: sip status: 603: see also sip status: 486: Busy';
    const verdict = classifyAnswer(
      twirp(403, 'permission_denied', text, { sip_status_code: '603', sip_status: 'Decline' }),
    );
    expect(verdict).toMatchObject({
      outcome: 'target-failed',
      sip: { code: 603, reason: 'Decline' },
    });
  });
});
