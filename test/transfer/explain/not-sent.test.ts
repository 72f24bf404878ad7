/** Nothing was sent: why, and what to do. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { type Cause, type LiveKitAnswer, NO_ANSWER } from '../../../src/transfer/outcome.ts';
import { call } from '../../support/livekit.ts';
import { facts, openTransfer } from './transfer-facts.ts';

function tell(
  cause: Cause,
  livekit: Partial<LiveKitAnswer> = {},
  wishes: Partial<TransferFacts> = {},
) {
  return explain(facts('not-sent', { cause, livekit: { ...NO_ANSWER, ...livekit } }, wishes));
}

const STAYS = 'The caller is still on the line, in silence: the room has no agent.';

describe('not-sent', () => {
  it.each<[Cause, Partial<LiveKitAnswer>, Action, string]>([
    ['credentials', { message: 'invalid API key' }, 'fix-credentials', 'the API key or its secret'],
    [
      'credentials',
      { message: 'invalid authorization token: token signature is invalid' },
      'fix-credentials',
      'LiveKit says that the secret of the API key is wrong',
    ],
    [
      'credentials',
      { message: 'token is expired' },
      'fix-credentials',
      'LiveKit says that our access token is out of its time',
    ],
    [
      'permission',
      { httpStatus: 401, code: 'unauthenticated', message: 'permissions denied' },
      'fix-credentials',
      'the API key may not transfer calls',
    ],
    [
      'permission',
      { httpStatus: 403, message: '<html>403 Forbidden</html>' },
      'fix-request',
      'something in front of LiveKit, such as a firewall, turned the request away (HTTP 403)',
    ],
    [
      'bad-address',
      {},
      'fix-address',
      'LiveKit does not take sip:100@pbx.company.com as an address',
    ],
    [
      'bad-header',
      { message: 'invalid header name: header name Contact not supported' },
      'fix-request',
      'LiveKit does not take a header: invalid header name: header name Contact not supported',
    ],
    ['caller-gone', {}, 'look', 'the caller left before the transfer was asked for'],
    ['not-sip', {}, 'look', 'this participant is not a SIP call (a telephone call)'],
    ['no-sip-service', {}, 'retry-later', 'LiveKit’s SIP service did not answer'],
    ['not-answered-yet', {}, 'answer-call', 'the call is not answered yet'],
    ['hanging-up', {}, 'look', 'the call is being hung up'],
    ['status-unknown', {}, 'retry-soon', 'LiveKit does not say whether the call is up'],
    [
      'livekit-number',
      {},
      'warm-transfer',
      'LiveKit’s own phone numbers cannot transfer calls yet',
    ],
    ['wrong-url', { httpStatus: 404 }, 'fix-credentials', 'not this project’s LiveKit server'],
    ['wrong-url', { httpStatus: 451 }, 'fix-credentials', 'pinned to another region'],
    [
      'unreachable',
      { code: 'ECONNREFUSED' },
      'retry-soon',
      'LiveKit could not be reached, as nothing answers at its address (ECONNREFUSED)',
    ],
    ['unreachable', { code: 'ENOTFOUND' }, 'retry-soon', 'its name cannot be resolved (ENOTFOUND)'],
    [
      'unreachable',
      { code: 'CERT_HAS_EXPIRED' },
      'retry-soon',
      'no secure connection came about (CERT_HAS_EXPIRED)',
    ],
    ['unreachable', { code: 'TIMEOUT' }, 'retry-soon', 'it did not answer in time (TIMEOUT)'],
    ['unreachable', { code: 'EPIPE' }, 'retry-soon', 'the connection failed (EPIPE)'],
    ['rejected', { httpStatus: 429 }, 'retry-soon', '(HTTP 429: too many requests)'],
    [
      'rejected',
      { httpStatus: 400, message: 'Missing room name' },
      'fix-request',
      'LiveKit rejected the request (HTTP 400: Missing room name)',
    ],
    ['rejected', { httpStatus: 413 }, 'fix-request', 'LiveKit rejected the request (HTTP 413).'],
  ])('%s %j: %s', (cause, livekit, action, meaning) => {
    const { message, hint, advice } = tell(cause, livekit);
    expect(message.startsWith('Nothing was sent: ')).toBe(true);
    expect(message).toContain(meaning);
    expect(message.endsWith(`. ${STAYS}`)).toBe(true);
    expect(message).not.toMatch(/\.\.|undefined|null/);
    expect(hint).toMatch(/^[A-Z].*[.`]$/);
    expect(advice.action).toBe(action);
  });

  it('LiveKit’s own numbers want a warm transfer, or a trunk', () => {
    const { hint, advice } = tell('livekit-number');
    expect(hint).toBe(
      'On such a number, use a warm transfer: dial the target into the caller’s room (`lk-transfer help cold-or-warm`). For cold transfers, take calls in on the SIP trunk of a provider.',
    );
    expect(advice).toMatchObject({ provider: 'livekit', warmTransfer: true });
  });

  it('an open transfer is named, and is to be asked about', () => {
    const { message, hint, advice } = tell(
      'open-transfer',
      {},
      { openTransfers: [openTransfer()] },
    );
    expect(message).toBe(
      'Nothing was sent: an earlier transfer of this call, to support at 20:47 UTC, is still open, and nobody knows how it ended. The caller is still listed in the room, which proves nothing either way: when a target answers late, LiveKit goes on showing the caller.',
    );
    expect(hint).toBe(
      'Ask at support whether the call arrived. If you know that it did not, add --again to send another.',
    );
    expect(advice.action).toBe('ask-target');
  });

  it('what the caller hears during somebody else’s transfer is not known', () => {
    const { message, advice } = tell('already-transferring');
    expect(message).toBe(
      'Nothing was sent: a transfer of this call to somewhere else is already under way. The caller is still on the line while that goes on.',
    );
    expect(advice.action).toBe('wait');
  });

  it('an outbound call that nobody has answered is told from the other end', () => {
    const ringing = call({ direction: 'outbound', status: 'ringing', ageSeconds: 3 });
    const { message, advice } = tell('not-answered-yet', {}, { call: ringing });
    expect(message).toBe(
      'Nothing was sent: nobody has answered the call yet, and LiveKit can only transfer an answered call. The call still rings at the other end: nobody has answered it yet.',
    );
    expect(advice.action).toBe('wait');
  });

  it('a long answer of LiveKit’s is cut', () => {
    const { message } = tell('rejected', { httpStatus: 415, message: `a\n${'b'.repeat(400)}` });
    expect(message).toContain(`a ${'b'.repeat(158)}…`);
  });
});
