/** Every failure that LiveKit is known to answer, row by row, and what is in no row. */
import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import {
  answer,
  errorDetails,
  failure,
  sipFailure,
  transferErrorDetail,
  twirp,
} from './answers.ts';
import { judge } from './judge.ts';

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
      'no token at all',
      answer(401, 'invalid authorization token', 'text/plain'),
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
      'bad header value',
      twirp(400, 'invalid_argument', 'invalid header value: header X-A: value too long'),
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
      'no final NOTIFY, in the other words',
      twirp(408, 'deadline_exceeded', 'refer canceled: context deadline exceeded'),
      'unknown notify 7',
      'no-verdict-in-time',
    ],
    [
      'REFER unanswered but for trying',
      twirp(408, 'canceled', 'transaction failed to complete (2 intermediate responses)'),
      'unknown refer 7',
      'refer-answer-lost',
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
      'subscription ended, in full',
      twirp(
        500,
        'internal',
        'call transfer failed: REFER subscription terminated without a final status (reason "noresource", last status 100)',
      ),
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
      'call ended, newer servers, with the code in front',
      twirp(409, 'aborted', 'aborted: call ended before transfer completed'),
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
    ['a redirect', answer(307, '', ''), 'not-sent api 2', 'redirected'],
    ['a portal', answer(511, '<html>', 'text/html'), 'not-sent api 2', 'intercepted'],
    ['a firewall', answer(403, 'Forbidden', 'text/plain'), 'not-sent api 2', 'intercepted'],
    [
      'no grant, as bare text',
      answer(401, 'permissions denied', 'text/plain'),
      'not-sent api 4',
      'permission',
    ],
    ['too large', answer(413, '', ''), 'not-sent api 1', 'rejected'],
    ['media type', answer(415, '', ''), 'not-sent api 1', 'rejected'],
    ['connection refused', failure('ECONNREFUSED', false), 'not-sent transport 1', 'unreachable'],
    ['no such host', failure('ENOTFOUND', false), 'not-sent transport 1', 'unreachable'],
    ['bad certificate', failure('CERT_HAS_EXPIRED', false), 'not-sent transport 1', 'unreachable'],
    ['time-out before sending', failure('TIMEOUT', false), 'not-sent transport 1', 'unreachable'],
    [
      'no connection in time',
      failure('CONNECT_TIMEOUT', false),
      'not-sent transport 1',
      'unreachable',
    ],
    ['name server silent', failure('EAI_AGAIN', false), 'not-sent transport 1', 'unreachable'],
    ['TLS to no TLS', failure('EPROTO', false), 'not-sent transport 1', 'unreachable'],
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
    ['the way to a result', answer(303, '', '')],
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
