import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../src/livekit/transport.ts';
import { readTwirpError, stripRelayPrefix } from '../../src/livekit/twirp.ts';

const read = (body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer: HttpAnswer = { kind: 'answer', httpStatus: 500, contentType: '', body: text };
  return readTwirpError(answer);
};

describe('a Twirp error', () => {
  it('is a code, a message and what else there is', () => {
    expect(read({ code: 'not_found', msg: 'gone', meta: { novelty: 'yes' } })).toEqual({
      code: 'not_found',
      message: 'gone',
      meta: { novelty: 'yes' },
    });
  });

  it.each([{ code: 'internal' }, { code: 'internal', msg: 7, meta: [] }])(
    'may have no more than a code: %j',
    (body) => expect(read(body)).toEqual({ code: 'internal', message: '', meta: {} }),
  );

  it.each([
    '',
    'null',
    '[]',
    '<html>',
    '{"code":',
    '{}',
    '{"msg":"x"}',
    '{"code":5}',
    '{"code":""}',
  ])('is none: %j', (body) => expect(read(body)).toBeNull());

  it('may have a byte order mark in front', () => {
    expect(read('\ufeff{"code":"internal"}')).toMatchObject({ code: 'internal' });
  });
});

describe('the meta', () => {
  it('keeps every key, with numbers and flags as texts', () => {
    const meta = { a: 'x', b: 486, c: true, d: null, e: {}, f: ['y'] };
    expect(read({ code: 'x', meta })?.meta).toEqual({ a: 'x', b: '486', c: 'true' });
  });

  it('is cut off where it is absurdly long, but never what SIP said', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${index}`, 'x']));
    const meta = { ...many, huge: 'x'.repeat(1e6), sip_status_code: '486', sip_status: 'Busy' };
    const kept = read({ code: 'x', meta })?.meta ?? {};
    expect(kept).toMatchObject({ a0: 'x', sip_status_code: '486', sip_status: 'Busy' });
    expect(JSON.stringify(kept).length).toBeLessThan(10_000);
  });

  it('harms nobody with the names of its keys', () => {
    const kept = read('{"code":"x","meta":{"__proto__":"y","constructor":"z"}}')?.meta;
    expect(Object.keys(kept ?? {}).sort()).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).y).toBeUndefined();
  });
});

it.each([
  ['gone', 'gone'],
  ['twirp error unknown: gone', 'gone'],
  ['twirp error unknown: twirp error unknown: gone', 'gone'],
  ['a twirp error unknown: gone', 'a twirp error unknown: gone'],
])('“%s” says “%s”', (message, stripped) => {
  expect(stripRelayPrefix(message)).toBe(stripped);
});
