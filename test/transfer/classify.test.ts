import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import {
  answer,
  errorDetails,
  failure,
  sipFailure,
  sipStatusDetail,
  transferErrorDetail,
  twirp,
} from './answers.ts';

/** `outcome stage exit`, for one-line comparisons. */
function judge(outcome: HttpOutcome): string {
  const verdict = classifyAnswer(outcome);
  return [verdict.outcome, verdict.stage ?? '-', verdict.exitCode].join(' ');
}

/** How LiveKit 1.13 dresses SIP codes (livekit.md §3): no HTTP or Twirp code may change the verdict. */
const DRESSES: readonly [http: number, code: string, sipCodes: readonly number[]][] = [
  [400, 'invalid_argument', [400, 405, 406, 414, 415, 420, 421, 429, 484, 485, 488, 489, 493, 606]],
  [403, 'permission_denied', [401, 402, 403, 433, 603, 607, 608]],
  [401, 'unauthenticated', [407, 428, 436, 437, 438, 494]],
  [404, 'not_found', [302, 404, 410, 416, 481, 604]],
  [408, 'canceled', [408, 504]],
  [429, 'resource_exhausted', [480, 486, 600]],
  [409, 'aborted', [487, 491]],
  [412, 'failed_precondition', [500, 501, 502, 503]],
  // Before late 2025.
  [500, 'unknown', [300, 399, 405, 486, 491, 603, 699]],
  [503, 'unavailable', [404, 480, 486, 503, 603]],
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
    ['not where the number is none of SIP’s', twirp(500, 'unknown', 'sip status: 48'), null],
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

describe('the failure table, without a SIP code', () => {
  it.each<[string, HttpOutcome, string, string]>([
    ['unknown key', answer(401, 'invalid API key', 'text/plain'), 'not-sent api 4', 'credentials'],
    [
      'wrong secret',
      answer(401, 'invalid authorization token: token signature is invalid', 'text/plain'),
      'not-sent api 4',
      'credentials',
    ],
    [
      'expired token',
      answer(401, 'invalid authorization token: token is expired', 'text/plain'),
      'not-sent api 4',
      'credentials',
    ],
    [
      'clock ahead',
      answer(401, 'invalid authorization token: token is not valid yet', 'text/plain'),
      'not-sent api 4',
      'credentials',
    ],
    [
      'no grant',
      answer(401, { code: 'unauthenticated', msg: 'permissions denied' }),
      'not-sent api 4',
      'permission',
    ],
    [
      'no grant, as 403',
      answer(403, { code: 'permission_denied', msg: 'permissions denied' }),
      'not-sent api 4',
      'permission',
    ],
    [
      'bad address',
      twirp(
        400,
        'invalid_argument',
        'transfer_to must be a valid SIP(s) or TEL URI (sip:, sips: or tel:)',
      ),
      'not-sent api 2',
      'bad-address',
    ],
    [
      'bad header',
      twirp(400, 'invalid_argument', 'invalid header name: header name Contact not supported'),
      'not-sent api 2',
      'bad-header',
    ],
    [
      'participant gone',
      twirp(404, 'not_found', 'participant does not exist'),
      'not-sent api 5',
      'caller-gone',
    ],
    [
      'room gone',
      twirp(404, 'not_found', 'requested room does not exist'),
      'not-sent api 5',
      'caller-gone',
    ],
    ['call gone', twirp(404, 'not_found', 'unknown call'), 'not-sent api 5', 'caller-gone'],
    [
      'no SIP participant',
      twirp(400, 'invalid_argument', 'no SIP session associated with participant'),
      'not-sent api 5',
      'not-sip',
    ],
    [
      'SIP service down',
      twirp(503, 'unavailable', 'no response from servers'),
      'not-sent api 1',
      'no-sip-service',
    ],
    [
      'still ringing',
      twirp(412, 'failed_precondition', "can't transfer non established call"),
      'not-sent api 1',
      'not-answered-yet',
    ],
    [
      'another transfer pending',
      twirp(400, 'invalid_argument', 'call already being transferred elsewhere'),
      'not-sent api 1',
      'already-transferring',
    ],
    [
      'a LiveKit number',
      twirp(501, 'unimplemented', "we don't yet support transfers for this phone number type"),
      'not-sent api 1',
      'livekit-number',
    ],
    [
      'no final NOTIFY',
      twirp(408, 'deadline_exceeded', 'request timed out'),
      'unknown notify 7',
      'no-verdict-in-time',
    ],
    [
      'refer canceled',
      twirp(408, 'canceled', 'refer canceled'),
      'unknown notify 7',
      'no-verdict-in-time',
    ],
    [
      'context deadline',
      twirp(408, 'canceled', 'context deadline exceeded'),
      'unknown notify 7',
      'no-verdict-in-time',
    ],
    [
      'REFER unanswered',
      twirp(408, 'canceled', 'transaction failed to complete (0 intermediate responses)'),
      'unknown refer 7',
      'refer-unanswered',
    ],
    [
      'service stopping',
      twirp(408, 'canceled', 'service shutting down'),
      'unknown api 7',
      'service-stopping',
    ],
    [
      'subscription ended',
      twirp(500, 'unknown', 'REFER subscription terminated without a final status'),
      'unknown notify 7',
      'reports-stopped',
    ],
    [
      'socket text',
      twirp(500, 'unknown', 'write udp 10.0.0.1:5060: network is unreachable'),
      'unknown api 7',
      'unlisted',
    ],
    [
      'call ended, newer servers',
      twirp(409, 'aborted', 'call ended before transfer completed'),
      'ended notify 7',
      'call-ended',
    ],
    [
      'wrong path',
      answer(404, '404 page not found\n', 'text/plain'),
      'not-sent api 2',
      'wrong-url',
    ],
    [
      'wrong method',
      answer(404, { code: 'bad_route', msg: 'no handler' }),
      'not-sent api 2',
      'wrong-url',
    ],
    [
      'pinned region',
      answer(451, 'project not allowed in this region.', 'text/plain'),
      'not-sent api 2',
      'wrong-url',
    ],
    ['too many requests', answer(429, 'slow down', 'text/plain'), 'not-sent api 1', 'rejected'],
    ['too large', answer(413, '', ''), 'not-sent api 1', 'rejected'],
    ['media type', answer(415, '', ''), 'not-sent api 1', 'rejected'],
    ['connection refused', failure('ECONNREFUSED', false), 'not-sent transport 1', 'unreachable'],
    ['no such host', failure('ENOTFOUND', false), 'not-sent transport 1', 'unreachable'],
    ['bad certificate', failure('CERT_HAS_EXPIRED', false), 'not-sent transport 1', 'unreachable'],
    ['time-out before sending', failure('TIMEOUT', false), 'not-sent transport 1', 'unreachable'],
    ['connection lost', failure('ECONNRESET', true), 'unknown transport 7', 'connection-lost'],
    ['time-out after sending', failure('TIMEOUT', true), 'unknown transport 7', 'connection-lost'],
    ['too large an answer', failure('TOO_LARGE', true), 'unknown transport 7', 'connection-lost'],
    [
      'refused after sending',
      failure('ECONNREFUSED', true),
      'unknown transport 7',
      'connection-lost',
    ],
  ])('%s', (_, outcome, expected, cause) => {
    expect(judge(outcome)).toBe(expected);
    expect(classifyAnswer(outcome).cause).toBe(cause);
    expect(classifyAnswer(outcome).sip).toBeNull();
  });
});

describe('an answer that nobody listed', () => {
  it.each<[string, HttpOutcome]>([
    ['502 page', answer(502, '<html><body>Bad Gateway</body></html>', 'text/html')],
    ['504 page', answer(504, '<html>504</html>', 'text/html')],
    ['503 page', answer(503, '<html>503</html>', 'text/html')],
    ['500 and nothing', answer(500, '', '')],
    ['408 and nothing', answer(408, '', '')],
    ['cut-off JSON', answer(500, '{"code":"unknown","msg":"twirp err')],
    ['JSON that is no object', answer(500, '[1,2]')],
    ['503 with another text', twirp(503, 'unavailable', 'cpu exhausted')],
    ['412 with another text', twirp(412, 'failed_precondition', 'something new')],
    ['400 with another text', twirp(400, 'invalid_argument', 'something new')],
    ['409 with another text', twirp(409, 'aborted', 'something new')],
    ['a redirect', answer(302, '', '')],
    ['another success', answer(204, '', '')],
    [
      'a success in an error',
      twirp(500, 'unknown', 'x', {
        error_details: errorDetails(transferErrorDetail('STR_COMPLETED')),
      }),
    ],
    ['a page in a 200', answer(200, '<html>Welcome to the hotel</html>', 'text/html')],
    ['a cut-off 200', answer(200, '{"transfer_id":"", "status":"STS_TR')],
    ['an empty 200', answer(200, '')],
    ['null in a 200', answer(200, 'null')],
    ['a list in a 200', answer(200, '[]')],
  ])('%s is unknown', (_, outcome) => {
    expect(classifyAnswer(outcome)).toMatchObject({ outcome: 'unknown', exitCode: 7, sip: null });
  });

  it('is judged by what it is, not by what its content type says', () => {
    expect(
      judge({
        ...sipFailure(400, 'invalid_argument', { code: 405, reason: 'x' }),
        contentType: 'text/html',
      }),
    ).toBe('refused refer 1');
    expect(judge(answer(401, 'invalid API key', 'application/json'))).toBe('not-sent api 4');
    expect(judge(answer(200, {}, 'text/html'))).toBe('accepted - 0');
  });

  it('keeps no more than the head of a page', () => {
    const { livekit } = classifyAnswer(answer(502, `<html>${'x'.repeat(1_000_000)}`, 'text/html'));
    expect(livekit.message.startsWith('<html>')).toBe(true);
    expect(livekit.message.length).toBeLessThan(1000);
  });
});

describe('a 200', () => {
  const ongoing = {
    transfer_id: '',
    status: 'STS_TRANSFER_ONGOING',
    reason: 'STR_UNSPECIFIED',
    sip_status: null,
  };
  it.each<[string, unknown, string]>([
    ['of older servers says no more than that', {}, 'accepted - 0'],
    ['with zero values says no more than that', ongoing, 'accepted - 0'],
    [
      'in camelCase says no more than that',
      { transferId: '', status: 'STS_TRANSFER_ONGOING' },
      'accepted - 0',
    ],
    [
      'with unknown keys and names says no more than that',
      { status: 'STS_NEW', reason: 'STR_NEW', extra: [1] },
      'accepted - 0',
    ],
    [
      'with wrong types says no more than that',
      { status: 7, reason: {}, sip_status: 'x', transfer_id: [] },
      'accepted - 0',
    ],
    ['with reason COMPLETED is proof', { ...ongoing, reason: 'STR_COMPLETED' }, 'completed - 0'],
    [
      'with status SUCCESSFUL is proof',
      { ...ongoing, status: 'STS_TRANSFER_SUCCESSFUL' },
      'completed - 0',
    ],
    [
      'with a status COMPLETED is proof',
      { ...ongoing, status: 'STS_TRANSFER_COMPLETED' },
      'completed - 0',
    ],
    [
      'with reason COMPLETED and 200 OK is proof',
      { ...ongoing, reason: 'STR_COMPLETED', sip_status: { code: 200, status: 'OK' } },
      'completed - 0',
    ],
    [
      'with FAILED and a code is a failure',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', sip_status: { code: 486, status: 'Busy Here' } },
      'target-failed notify 1',
    ],
    [
      'with REJECTED and a code is a failure',
      { ...ongoing, reason: 'STR_REJECTED', sip_status: { code: '603', status: 'Decline' } },
      'target-failed notify 1',
    ],
    [
      'with FAILED and no code is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED' },
      'unknown notify 7',
    ],
    [
      'with REJECTED and no code is unknown',
      { ...ongoing, reason: 'STR_REJECTED' },
      'unknown notify 7',
    ],
    [
      'with FAILED and a 2xx is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', sip_status: { code: 202, status: 'Accepted' } },
      'unknown notify 7',
    ],
    [
      'with FAILED and reason COMPLETED contradicts itself',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_COMPLETED' },
      'unknown notify 7',
    ],
    [
      'with SUCCESSFUL and a failure’s code contradicts itself',
      {
        ...ongoing,
        status: 'STS_TRANSFER_SUCCESSFUL',
        sip_status: { code: 486, status: 'Busy Here' },
      },
      'unknown notify 7',
    ],
    [
      'with COMPLETED and a failure’s code contradicts itself',
      { ...ongoing, reason: 'STR_COMPLETED', sip_status: { code: 486, status: 'Busy Here' } },
      'unknown notify 7',
    ],
    [
      'with a failure’s code and zero values beside it is a failure',
      { ...ongoing, sip_status: { code: 486, status: 'Busy Here' } },
      'target-failed notify 1',
    ],
    ['with CALL_ENDED is an end', { ...ongoing, reason: 'STR_CALL_ENDED' }, 'ended notify 7'],
    [
      'with FAILED and CALL_ENDED is an end',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_CALL_ENDED' },
      'ended notify 7',
    ],
    [
      'with RINGING_TIMEOUT is unknown',
      { ...ongoing, reason: 'STR_RINGING_TIMEOUT' },
      'unknown notify 7',
    ],
    [
      'with FAILED and RINGING_TIMEOUT is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_RINGING_TIMEOUT' },
      'unknown notify 7',
    ],
    [
      'with SUBSCRIPTION_TERMINATED is unknown',
      { ...ongoing, reason: 'STR_SUBSCRIPTION_TERMINATED' },
      'unknown notify 7',
    ],
    ['with CANCELED is unknown', { ...ongoing, reason: 'STR_CANCELED' }, 'unknown notify 7'],
  ])('%s', (_, body, expected) => {
    expect(judge(answer(200, body))).toBe(expected);
  });

  it('keeps the transfer id and the reason that newer servers give', () => {
    const { livekit } = classifyAnswer(
      answer(200, { transfer_id: 'STR_9', reason: 'STR_COMPLETED' }),
    );
    expect(livekit).toMatchObject({
      httpStatus: 200,
      transferId: 'STR_9',
      reason: 'STR_COMPLETED',
    });
  });
});

describe('the details that newer servers attach', () => {
  const withReason = (reason: Parameters<typeof transferErrorDetail>[0], message = 'x') =>
    twirp(500, 'unknown', message, { error_details: errorDetails(transferErrorDetail(reason)) });

  it.each<[string, HttpOutcome, string]>([
    ['CALL_ENDED', withReason('STR_CALL_ENDED'), 'ended notify 7'],
    ['RINGING_TIMEOUT', withReason('STR_RINGING_TIMEOUT'), 'unknown notify 7'],
    ['SUBSCRIPTION_TERMINATED', withReason('STR_SUBSCRIPTION_TERMINATED'), 'unknown notify 7'],
    ['CANCELED', withReason('STR_CANCELED'), 'unknown notify 7'],
    ['REJECTED without a code', withReason('STR_REJECTED'), 'unknown notify 7'],
    [
      'UNSPECIFIED leaves it to the message',
      withReason('STR_UNSPECIFIED', 'no response from servers'),
      'not-sent api 1',
    ],
    [
      'a reason goes before a listed message',
      withReason('STR_CALL_ENDED', 'request timed out'),
      'ended notify 7',
    ],
    [
      'REJECTED at the REFER',
      twirp(403, 'x', 'sip status: 603: Decline', {
        error_details: errorDetails(
          transferErrorDetail('STR_REJECTED', { code: 603, status: 'Decline' }),
        ),
      }),
      'refused refer 1',
    ],
    [
      'REJECTED in the NOTIFY',
      twirp(403, 'x', 'call transfer failed: sip status: 603: Decline', {
        error_details: errorDetails(
          sipStatusDetail(603, 'Decline'),
          transferErrorDetail('STR_REJECTED', { code: 603, status: 'Decline' }),
        ),
      }),
      'target-failed notify 1',
    ],
    [
      'details of an unknown type',
      twirp(408, 'x', 'request timed out', {
        error_details: errorDetails({ type: 'livekit.SIPNovelty', bytes: Buffer.from('??') }),
      }),
      'unknown notify 7',
    ],
    [
      'details that are no base64',
      twirp(408, 'x', 'request timed out', { error_details: '***' }),
      'unknown notify 7',
    ],
  ])('%s', (_, outcome, expected) => {
    expect(judge(outcome)).toBe(expected);
  });

  it('give transfer id and reason, and leave unknown meta keys in place', () => {
    const meta = {
      error_details: errorDetails(transferErrorDetail('STR_CANCELED')),
      novelty: 'yes',
    };
    const { livekit } = classifyAnswer(twirp(408, 'canceled', 'x', meta));
    expect(livekit).toMatchObject({ transferId: 'STR_9', reason: 'STR_CANCELED', meta });
  });
});
