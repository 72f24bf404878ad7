import { describe, expect, it } from 'vitest';
import { readDispatchAnswer, readDispatches, readRpcAnswer } from '../../src/livekit/twirp.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';

describe('the answer to a call of a participant’s method', () => {
  it.each([
    ['200', answer(200, { payload: 'x' }), { kind: 'answered', payload: 'x' }],
    [
      '1400',
      twirp(400, 'invalid_argument', 'RpcError 1400: Method not supported'),
      { kind: 'no-method' },
    ],
    [
      '1401',
      twirp(404, 'not_found', 'RpcError 1401: Recipient not found'),
      { kind: 'absent', nobody: true },
    ],
    ['1501', twirp(408, 'canceled', 'RpcError 1501: Connection timeout'), { kind: 'silent' }],
    ['1502', twirp(408, 'canceled', 'RpcError 1502: Response timeout'), { kind: 'silent' }],
    [
      '503',
      twirp(503, 'unavailable', 'no response from servers'),
      { kind: 'absent', nobody: false },
    ],
    ['401', twirp(401, 'unauthenticated', 'permissions denied'), { kind: 'impossible' }],
    ['a page', answer(404, '404 page not found', 'text/plain'), { kind: 'impossible' }],
    ['500', twirp(500, 'internal', 'oh'), { kind: 'unknown' }],
    ['502', answer(502, '<html>', 'text/html'), { kind: 'unknown' }],
    ['unsent', failure('ECONNREFUSED', false), { kind: 'impossible' }],
    ['lost', failure('ECONNRESET', true), { kind: 'unknown' }],
  ] as const)('%s', (_, outcome, read) => {
    expect(readRpcAnswer(outcome)).toMatchObject(read);
  });
});

describe('the answer to a dispatch', () => {
  it.each([
    ['its id', answer(200, { id: 'AD_1', state: { jobs: [] } }), { kind: 'made', id: 'AD_1' }],
    ['no id', answer(200, {}), { kind: 'unclear' }],
    ['half an answer', answer(200, '{"id":"AD_'), { kind: 'unclear' }],
    ['an error', answer(200, { code: 'internal', msg: 'x', id: 'AD_1' }), { kind: 'unclear' }],
    ['401', twirp(401, 'unauthenticated', 'no'), { kind: 'refused', isDenial: true }],
    ['400', twirp(400, 'invalid_argument', 'no'), { kind: 'refused', isDenial: false }],
    ['an unknown call', answer(404, 'not found', 'text/plain'), { kind: 'refused' }],
    ['503', twirp(503, 'unavailable', 'no response from servers'), { kind: 'unclear' }],
    ['408', twirp(408, 'canceled', 'x'), { kind: 'unclear' }],
    ['unsent', failure('ECONNREFUSED', false), { kind: 'refused', isDenial: false }],
    ['lost', failure('ECONNRESET', true), { kind: 'unclear' }],
  ] as const)('is %s', (_, outcome, read) => {
    expect(readDispatchAnswer(outcome)).toMatchObject(read);
  });
});

it('the list of dispatches is read for ids and what stands in them', () => {
  const body = {
    agent_dispatches: [
      { id: 'AD_0', agent_name: '', metadata: '' },
      { id: 'AD_1', agent_name: 'x', metadata: '{"a":1}', state: { jobs: [] } },
      'no dispatch',
    ],
  };
  expect(readDispatches(body)).toEqual([
    { id: 'AD_0', metadata: '' },
    { id: 'AD_1', metadata: '{"a":1}' },
  ]);
  expect(readDispatches({})).toEqual([]);
  expect(readDispatches('x')).toBe(null);
});
