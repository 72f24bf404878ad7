/** Nothing was sent: why, and what to do. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { type Cause, type LiveKitAnswer, NO_ANSWER } from '../../../src/transfer/outcome.ts';
import { call } from '../../support/livekit.ts';
import { facts, openTransfer } from './transfer-facts.ts';

function said(
  cause: Cause,
  livekit: Partial<LiveKitAnswer> = {},
  wishes: Partial<TransferFacts> = {},
) {
  return explain(facts('not-sent', { cause, livekit: { ...NO_ANSWER, ...livekit } }, wishes));
}

const MOVED = 'https://lk.example.net/twirp/livekit.SIP/TransferSIPParticipant';

const CASES: [Cause, Partial<LiveKitAnswer>, Action][] = [
  ['credentials', { message: 'invalid API key' }, 'fix-credentials'],
  [
    'credentials',
    { message: 'invalid authorization token: token signature is invalid' },
    'fix-credentials',
  ],
  ['credentials', { message: 'token is expired' }, 'fix-credentials'],
  [
    'permission',
    { httpStatus: 401, code: 'unauthenticated', message: 'permissions denied' },
    'fix-credentials',
  ],
  ['intercepted', { httpStatus: 403, message: '<html>403 Forbidden</html>' }, 'fix-request'],
  ['redirected', { httpStatus: 307, redirectsTo: 'https://portal.example.net/' }, 'fix-request'],
  ['redirected', { httpStatus: 301, redirectsTo: MOVED }, 'fix-credentials'],
  ['bad-address', {}, 'fix-address'],
  [
    'bad-header',
    { message: 'invalid header name: header name Contact not supported' },
    'fix-request',
  ],
  ['caller-gone', {}, 'look'],
  ['not-sip', {}, 'look'],
  ['no-sip-service', {}, 'retry-later'],
  ['not-answered-yet', {}, 'answer-call'],
  ['hanging-up', {}, 'look'],
  ['status-unknown', {}, 'retry-soon'],
  ['no-call-id', {}, 'look'],
  ['is-target', {}, 'look'],
  ['livekit-number', {}, 'bridge'],
  ['wrong-url', { httpStatus: 404 }, 'fix-credentials'],
  ['wrong-url', { httpStatus: 451 }, 'fix-credentials'],
  ['unreachable', { code: 'ECONNREFUSED' }, 'retry-soon'],
  ['unreachable', { code: 'ENOTFOUND' }, 'retry-soon'],
  ['unreachable', { code: 'CERT_HAS_EXPIRED' }, 'retry-soon'],
  ['unreachable', { code: 'TIMEOUT' }, 'retry-soon'],
  ['unreachable', { code: 'EPIPE' }, 'retry-soon'],
  ['unreachable', { code: 'PROXY_REFUSED', message: 'the proxy refused' }, 'retry-soon'],
  ['unreachable', { code: 'PROXY_LOGIN', message: 'the proxy wants a user' }, 'fix-credentials'],
  ['rejected', { httpStatus: 429 }, 'retry-soon'],
  ['rejected', { httpStatus: 400, message: 'Missing room name' }, 'fix-request'],
  ['rejected', { httpStatus: 413 }, 'fix-request'],
];

describe('not-sent', () => {
  it.each(CASES)('%s %j: %s', (cause, livekit, action) => {
    const { message, hint, advice } = said(cause, livekit);
    expect(advice).toMatchObject({ action, warmTransfer: cause === 'livekit-number' });
    expect(message.startsWith(`Nothing was sent: ${advice.meaning}. `)).toBe(true);
    expect(message).toContain('still on the line');
    expect(message).not.toMatch(/\.\.|undefined|null/);
    expect(hint).toMatch(/^[A-Z].*[.`]$/);
  });

  it('tells them all apart', () => {
    const meanings = CASES.map(([cause, livekit]) => said(cause, livekit).advice.meaning);
    expect(new Set(meanings).size).toBe(CASES.length);
  });

  it.each<[Cause, Partial<LiveKitAnswer>]>([
    ['bad-header', { message: 'header name Contact not supported' }],
    ['rejected', { httpStatus: 400, message: 'Missing room name' }],
  ])('%s repeats what LiveKit says', (cause, livekit) => {
    expect(said(cause, livekit).advice.meaning).toContain(livekit.message);
  });

  it('names the error of a connection, the address and the HTTP status that were refused', () => {
    expect(said('unreachable', { code: 'ENOTFOUND' }).advice.meaning).toContain('(ENOTFOUND)');
    expect(said('bad-address').advice.meaning).toContain('sip:100@pbx.company.com');
    expect(said('intercepted', { httpStatus: 403 }).advice.meaning).toContain('HTTP 403');
    expect(said('rejected', { httpStatus: 413 }).advice.meaning).toContain('HTTP 413');
  });

  it('LiveKit’s own numbers want a bridge, or a trunk', () => {
    const { hint, advice } = said('livekit-number');
    expect(hint).toContain('--to sales --method bridge`.');
    expect(advice).toMatchObject({ provider: 'livekit', warmTransfer: true });
  });

  it('an open transfer is named, and is to be asked about', () => {
    const { message, hint, advice } = said(
      'open-transfer',
      {},
      { openTransfers: [openTransfer()] },
    );
    expect(advice.action).toBe('ask-target');
    expect(message).toContain(', to support at 20:47 UTC,');
    expect(message).not.toContain('on the line');
    expect(hint).toContain('support');
    expect(hint).toContain('--again');
  });

  it('what the caller hears during somebody else’s transfer is not known', () => {
    const { message, advice } = said('already-transferring');
    expect(message).toContain('still on the line');
    expect(message).not.toMatch(/silence|hears|agent/);
    expect(advice.action).toBe('wait');
  });

  it('an outbound call that nobody has answered is told from the other end', () => {
    const ringing = call({ direction: 'outbound', status: 'ringing', ageSeconds: 3 });
    const { message, advice } = said('not-answered-yet', {}, { call: ringing });
    expect(message).toContain('at the other end');
    expect(message).not.toContain('on the line');
    expect(advice.action).toBe('wait');
  });

  it('a long answer of LiveKit’s is cut', () => {
    const { message } = said('rejected', { httpStatus: 415, message: `a\n${'b'.repeat(400)}` });
    expect(message).toContain(`a ${'b'.repeat(158)}…`);
  });
});
