import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDialOutcome } from '../../../src/transfer/bridge/dial-outcome.ts';
import { answer, failure, twirp } from '../answers.ts';

const invite = (code: number, reason: string) =>
  twirp(429, 'resource_exhausted', `INVITE failed: sip status: ${code}: ${reason}`, {
    sip_status_code: String(code),
    sip_status: reason,
  });

describe('a dial that was answered', () => {
  it('is one whatever else the answer holds', () => {
    expect(readDialOutcome(answer(200, { sip_call_id: 'SCL_1' }), 700)).toEqual({ ok: true });
    expect(readDialOutcome(answer(200, {}), 700)).toEqual({ ok: true });
  });
});

describe('a dial that failed', () => {
  it.each([
    [486, 'busy'],
    [600, 'busy'],
    [408, 'no-answer'],
    [487, 'no-answer'],
    [480, 'unavailable'],
    [603, 'declined'],
    [404, 'wrong-number'],
    [484, 'wrong-number'],
    [604, 'wrong-number'],
    [401, 'password-refused'],
    [407, 'password-refused'],
    [403, 'forbidden'],
    [500, 'refused'],
    [488, 'refused'],
  ])('INVITE answered %i: %s', (code, cause) => {
    expect(readDialOutcome(invite(code, 'Words'), 45)).toMatchObject({
      ...{ ok: false, cause },
      sip: { code, reason: 'Words' },
    });
  });

  it.each([
    [408, 'canceled', 'sip request timed out', 'no-answer'],
    [
      412,
      'failed_precondition',
      'sip server required auth, but no username or password was provided',
      'password-missing',
    ],
    [
      412,
      'failed_precondition',
      'max auth retry attempts reached for SIP invite',
      'password-refused',
    ],
    [404, 'not_found', 'requested sip trunk does not exist', 'trunk-missing'],
    [412, 'failed_precondition', 'no numbers on outbound trunk', 'no-numbers'],
    [503, 'unavailable', 'no response from servers', 'no-sip-service'],
    [503, 'unavailable', 'cpu exhausted', 'no-sip-service'],
    [401, 'unauthenticated', 'permissions denied', 'permission'],
    [401, 'unauthenticated', 'token is expired', 'credentials'],
    [
      412,
      'failed_precondition',
      'transport<TCP> dial err=dial tcp 192.0.2.1:5060: connect: connection refused',
      'no-connection',
    ],
    [
      400,
      'invalid_argument',
      'fail to resolve target: lookup sip.example.invalid',
      'address-unknown',
    ],
    [500, 'internal', 'something new', 'unlisted'],
  ])('%i %s “%s”: %s', (status, code, message, cause) => {
    expect(readDialOutcome(twirp(status, code, message), 45)).toMatchObject({
      ok: false,
      cause,
      sip: null,
    });
  });

  it.each([
    [32_012, 0, 'address-silent'],
    [12, 0, 'answer-lost'],
    [29_000, 0, 'answer-lost'],
    [32_012, 2, 'answer-lost'],
  ])('after %i ms of a transaction with %i intermediate responses: %s', (ms, count, cause) => {
    const message = `transaction failed to complete (${count} intermediate responses)`;
    const outcome = readDialOutcome(twirp(408, 'canceled', message), ms);
    expect(outcome).toMatchObject({ ok: false, cause, sip: null });
  });

  it.each([
    ['a connection that never stood', failure('ECONNREFUSED', false), 'unreachable'],
    ['a connection that broke', failure('ECONNRESET', true), 'lost'],
    ['no answer in time', failure('TIMEOUT', true), 'lost'],
    ['a proxy’s page', answer(502, '<html>', 'text/html'), 'lost'],
    ['a 200 that is no JSON', answer(200, '<html>'), 'lost'],
    ['LiveKit’s own 401', answer(401, 'invalid API key', 'text/plain'), 'credentials'],
    ['a proxy’s 401', answer(401, '<html>', 'text/html'), 'intercepted'],
    ['a firewall’s page', answer(403, '<html>', 'text/html'), 'intercepted'],
    ['a redirect', answer(307, '', ''), 'intercepted'],
    ['a gateway’s own error', answer(403, '{"error":"forbidden"}'), 'intercepted'],
    ['LiveKit’s own 401 as text', answer(401, 'permissions denied', 'text/plain'), 'credentials'],
  ])('%s', (_, outcome, cause) => {
    expect(readDialOutcome(outcome, 45)).toMatchObject({ ok: false, cause });
  });
});

describe('an answer to a dial that reached us broken', () => {
  const declined = twirp(403, 'permission_denied', 'INVITE failed: sip status: 603: Decline').body;

  it.each([401, 403, 404, 407, 429])('under %i proves nothing wherever it is cut', (status) => {
    for (let length = 1; length < declined.length; length += 1) {
      const read = readDialOutcome(answer(status, declined.slice(0, length)), 700);
      expect([length, read]).toMatchObject([length, { ok: false, cause: 'lost', sip: null }]);
    }
  });

  it.each([401, 403])('under %i may be compressed, and proves nothing', (status) => {
    const compressed = Buffer.from('1f8b08000000000002ffab564acf4f49ce', 'hex').toString('utf8');
    const read = readDialOutcome(answer(status, compressed), 700);
    expect(read).toMatchObject({ ok: false, cause: 'lost' });
  });
});

describe('a dial that a real LiveKit answered (server 1.13.11)', () => {
  const captured = readFileSync(
    join(import.meta.dirname, '../../contract/bridge-answers.ndjson'),
    'utf8',
  )
    .trim()
    .split('\n')
    .map((line): { case: string; status: number; body: string; ms: number } => JSON.parse(line));

  it.each([
    ['CreateSIPParticipant into the caller', 'answered'],
    ['CreateSIPParticipant with an identity that is in the room already', 'answered'],
    ['… the target is busy', 'busy'],
    ['… the target does not answer within ringing_timeout', 'no-answer'],
    ['… and what the dial then answers', 'no-answer'],
    ['… no such trunk', 'trunk-missing'],
  ])('%s: %s', (title, cause) => {
    const found = captured.filter((each) => each.case.startsWith(title));
    expect(found).toHaveLength(1);
    for (const { status, body, ms } of found) {
      const read = readDialOutcome(answer(status, body), ms);
      expect(read.ok ? 'answered' : read.cause).toBe(cause);
    }
  });
});
