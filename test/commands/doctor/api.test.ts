import { describe, expect, it } from 'vitest';
import { checkApi, checkGrants, checkKey } from '../../../src/commands/doctor/access.ts';
import { ASKED, all, answer, DENIED, NO_ANSWER, probes } from './probes.ts';

const WRONG_SECRET = answer(401, 'invalid authorization token: token signature is invalid');
const PAGE = '<html><title>Welcome</title></html>';

describe('the API', () => {
  it.each([
    ['a list of rooms', answer(200, { rooms: [] })],
    ['a list that leaves out what is empty', answer(200, {})],
    ['a key that is not accepted', WRONG_SECRET],
    ['a grant that is missing', DENIED],
    ['a fault of its own', answer(503, { code: 'unavailable', msg: 'no response from servers' })],
  ])('is LiveKit’s that answers with %s', (_, probe) => {
    expect(checkApi(probe, ASKED)).toMatchObject({
      id: 'http',
      status: 'ok',
      notes: [],
      exitCode: 0,
    });
  });

  it.each([
    ['a page', answer(200, PAGE, 'text/html')],
    ['a page that says it is JSON', answer(200, PAGE, 'application/json')],
    ['JSON of another kind', answer(200, { status: 'up' })],
    ['a page that wants a password', answer(401, PAGE, 'text/html; charset=utf-8')],
    ['no such page', answer(404, '404 page not found\n')],
    ['no such route', answer(404, { code: 'bad_route', msg: 'no handler' })],
    ['the way elsewhere', answer(302, '')],
  ])('is none that answers with %s', (_, probe) => {
    expect(checkApi(probe, ASKED)).toMatchObject({
      status: 'failed',
      // What it answered instead.
      notes: [expect.any(String)],
      hint: expect.any(String),
      exitCode: 2,
    });
  });

  it.each([
    ['a gateway’s page', answer(502, PAGE, 'text/html'), 1],
    ['too many requests', answer(429, PAGE, 'text/html'), 1],
    ['another region', answer(451, 'project not allowed in this region.'), 2],
    ['nothing', NO_ANSWER, 1],
  ])('may be one behind %s', (_, probe, exitCode) => {
    expect(checkApi(probe, ASKED)).toMatchObject({
      status: 'failed',
      notes: [],
      hint: expect.any(String),
      exitCode,
    });
  });
});

describe('the key', () => {
  it.each([
    ['everything is allowed', probes()],
    ['one thing is allowed', { ...all(NO_ANSWER), participants: answer(200, {}) }],
    ['nothing is allowed, and the key known', all(DENIED)],
  ])('is accepted where %s', (_, given) => {
    expect(checkKey(given, ASKED)).toMatchObject({
      id: 'key',
      status: 'ok',
      exitCode: 0,
    });
  });

  const DENIALS = [
    'invalid API key',
    'invalid authorization token: token signature is invalid',
    'invalid authorization token: token is expired',
  ];

  it.each(DENIALS)('that is answered with “%s” has failed', (body) => {
    expect(checkKey(all(answer(401, body)), ASKED)).toMatchObject({
      status: 'failed',
      hint: expect.any(String),
      exitCode: 4,
    });
  });

  it('has failed for a reason of its own by each of these answers', () => {
    const details = DENIALS.map((body) => checkKey(all(answer(401, body)), ASKED).detail);
    expect(new Set(details).size).toBe(DENIALS.length);
  });

  it.each([
    ['a challenge’s page', answer(403, PAGE, 'text/html')],
    ['a proxy’s page', answer(401, PAGE, 'text/html')],
    ['a gateway’s JSON', answer(401, { message: 'Unauthorized' })],
  ])('is not blamed for %s: a proxy answered', (_, probe) => {
    expect(checkKey(all(probe), ASKED)).toMatchObject({ status: 'not-checked', exitCode: 0 });
    expect(checkApi(probe, ASKED)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('portal or proxy'),
      exitCode: 2,
    });
  });

  it('is not known where nothing is said of it', () => {
    const busy = answer(503, { code: 'unavailable', msg: 'no response from servers' });
    expect(checkKey(all(busy), ASKED)).toMatchObject({ status: 'not-checked', exitCode: 0 });
  });
});

const grants = (given: Parameters<typeof checkGrants>[0]) =>
  Object.fromEntries(
    checkGrants(given).map(({ id, status, exitCode }) => [id, [status, exitCode]]),
  );

describe('a grant', () => {
  const UNPROVABLE = {
    'grant-sip-call': ['not-checked', 0],
    'grant-room-create': ['not-checked', 0],
  };

  it('is proven by the read that needs it; what no read needs is not checked', () => {
    expect(grants(probes())).toEqual({
      'grant-room-list': ['ok', 0],
      'grant-room-admin': ['ok', 0],
      'grant-sip-admin': ['ok', 0],
      ...UNPROVABLE,
    });
  });

  it('that is refused has failed, where callers cannot be seen without it', () => {
    expect(grants(all(DENIED))).toEqual({
      'grant-room-list': ['failed', 4],
      'grant-room-admin': ['failed', 4],
      'grant-sip-admin': ['warning', 0],
      ...UNPROVABLE,
    });
  });

  it('is proven by a room that is not there, and not by a server that is in trouble', () => {
    const gone = answer(404, { code: 'not_found', msg: 'requested room does not exist' });
    const trouble = answer(503, { code: 'unavailable', msg: 'no response from servers' });
    expect(
      grants(probes({ participants: gone, rooms: trouble, inboundTrunks: NO_ANSWER })),
    ).toEqual({
      'grant-room-list': ['not-checked', 0],
      'grant-room-admin': ['ok', 0],
      'grant-sip-admin': ['not-checked', 0],
      ...UNPROVABLE,
    });
  });
});
