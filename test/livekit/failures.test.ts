/** Conduct 45: each failure has its own hint, and names host or key id, never the secret. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KnownError } from '../../src/core/errors.ts';
import { readFailure } from '../../src/livekit/failures.ts';
import { createTransport, type HttpAnswer, type HttpFailure } from '../../src/livekit/transport.ts';
import { closedPort, json, serve } from './loopback.ts';

const HOST = 'x.livekit.cloud';
const where = { host: HOST, apiKey: 'APItest', what: 'the list of rooms' };
const answer = (httpStatus: number, body: unknown): HttpAnswer => ({
  kind: 'answer',
  httpStatus,
  contentType: '',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const failure = (code: string, message = 'something broke'): HttpFailure => ({
  kind: 'failure',
  code,
  message,
  mayHaveBeenSent: false,
});

describe('an answer that is no success', () => {
  it.each<[string, HttpAnswer, KnownError['code'], RegExp, RegExp]>([
    [
      'unknown key',
      answer(401, 'invalid API key'),
      'credentials',
      /does not know API key APItest/,
      /same project/,
    ],
    [
      'wrong secret',
      answer(401, 'invalid authorization token: token signature is invalid: signature is invalid'),
      'credentials',
      /secret of API key APItest is wrong/,
      /Copy key and secret/,
    ],
    [
      'expired token',
      answer(401, 'invalid authorization token: token has invalid claims: token is expired'),
      'credentials',
      /expired or not yet valid/,
      /clock/,
    ],
    [
      'token from the future',
      answer(401, 'invalid authorization token: token has invalid claims: token is not valid yet'),
      'credentials',
      /expired or not yet valid/,
      /clock/,
    ],
    [
      'garbage',
      answer(401, 'invalid authorization token'),
      'credentials',
      /does not accept API key APItest/,
      /URL, key and secret/,
    ],
    [
      'no grant',
      answer(401, { code: 'unauthenticated', msg: 'permissions denied' }),
      'permission',
      /refuses this request for API key APItest/,
      /project/,
    ],
    [
      'JSON of another kind of server',
      answer(200, { status: 'up' }),
      'wrong-url',
      /no LiveKit server/,
      /wss:/,
    ],
    [
      'a page of somebody else',
      answer(404, '404 page not found\n'),
      'wrong-url',
      /no LiveKit server/,
      /wss:/,
    ],
    [
      'no such method',
      answer(404, { code: 'bad_route', msg: 'no handler' }),
      'wrong-url',
      /no LiveKit server/,
      /wss:/,
    ],
    [
      'another region',
      answer(451, 'project not allowed in this region.'),
      'wrong-url',
      /project not allowed in this region/,
      /region/,
    ],
    ['too many requests', answer(429, 'slow down'), 'server', /too many requests/, /Wait/],
    [
      'unavailable',
      answer(503, { code: 'unavailable', msg: 'twirp error unknown: no response from servers' }),
      'server',
      /did not give the list of rooms \(unavailable: no response from servers\)/,
      /again/,
    ],
    [
      'a gateway’s page',
      answer(502, '<html>Bad Gateway</html>'),
      'server',
      /did not give the list of rooms \(HTTP 502\)/,
      /again/,
    ],
    [
      'half an answer',
      answer(200, '{"rooms":['),
      'server',
      /did not give the list of rooms/,
      /again/,
    ],
  ])('%s', (_, outcome, code, message, hint) => {
    const error = readFailure(outcome, where);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(HOST);
    expect(error.hint).toMatch(hint);
  });

  const PAGE = '<!DOCTYPE html><html><title>Just a moment…</title></html>';

  it.each<[string, HttpAnswer]>([
    ['a challenge’s page', answer(403, PAGE)],
    ['a proxy’s page that wants a password', answer(401, PAGE)],
    ['a proxy that wants a password', answer(407, PAGE)],
    ['a proxy’s word', answer(403, 'Forbidden')],
    ['a gateway’s JSON', answer(401, { message: 'Unauthorized' })],
    ['JSON with a code of its own', answer(403, { code: 'ERR_DENIED', message: 'no' })],
    ['nothing but a status', answer(401, '')],
    ['a page that speaks of keys', answer(401, '<p>invalid API key</p>')],
    ['a portal’s page', answer(200, PAGE)],
    ['no content', answer(204, '')],
    ['a bad request', answer(400, PAGE)],
    ['a method that is not allowed', answer(405, PAGE)],
    ['another protocol that is wanted', answer(426, '')],
    ['headers that are too long', answer(431, PAGE)],
    ['a network that wants a login', answer(511, PAGE)],
  ])('is somebody else’s where it is %s, and says nothing of the key', (_, outcome) => {
    const error = readFailure(outcome, where);
    expect(error).toMatchObject({ code: 'wrong-url', exitCode: 2 });
    expect(error.message).toMatch(/portal or proxy answered/);
    expect(error.message).toContain(
      `No LiveKit answers at ${HOST}: a portal or proxy answered in its place (HTTP ${outcome.httpStatus}`,
    );
    expect(error.message).not.toMatch(/<|APItest/);
    expect(error.hint).not.toMatch(/again|secret/);
  });

  it.each([301, 302, 303, 307, 308])('that redirects names where to (HTTP %i)', (status) => {
    const redirectsTo = 'https://login.example.net/start';
    const error = readFailure({ ...answer(status, PAGE), redirectsTo }, where);
    expect(error).toMatchObject({ code: 'wrong-url', exitCode: 2 });
    expect(error.message).toContain(HOST);
    expect(error.message).toContain(redirectsTo);
    expect(error.hint).toMatch(/portal or proxy/);
  });

  it('that redirects to another LiveKit says what URL to use', () => {
    const redirectsTo = 'https://lk.example.net/twirp/livekit.RoomService/ListRooms';
    const { hint } = readFailure({ ...answer(301, ''), redirectsTo }, where);
    expect(hint).toContain('use https://lk.example.net as');
  });

  it('that redirects to nowhere that can be shown is told so', () => {
    const error = readFailure(answer(302, PAGE), where);
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('redirects to somewhere else');
  });

  it.each([408, 425, 500, 502, 503, 504, 520, 524])(
    'by a page under %i may pass: asking again is worth it',
    (status) => {
      const error = readFailure(answer(status, PAGE), where);
      expect(error).toMatchObject({ code: 'server', exitCode: 1 });
    },
  );

  it.each<[number, string]>([
    [401, 'invalid authorization header. Must start with Bearer '],
    [401, 'invalid authorization token: token is unverifiable'],
    [403, 'permissions denied'],
    [401, '{"code":"unauthenticated","msg":"something new"}'],
    [403, '{"code":"permission_denied","msg":"something new"}'],
  ])('that LiveKit gives under %i is about the key: %s', (status, body) => {
    expect(readFailure(answer(status, body), where).exitCode).toBe(4);
  });

  it('is quoted on one line and not at length', () => {
    const { message } = readFailure(
      answer(401, `invalid API key?\r\n${'x'.repeat(100_000)}`),
      where,
    );
    expect(message).not.toMatch(/[\r\n]/);
    expect(message.length).toBeLessThan(400);
  });
});

describe('no answer', () => {
  it.each<[string, HttpFailure, RegExp, RegExp]>([
    ['refused', failure('ECONNREFUSED'), /refused/, /server running/],
    [
      'something without TLS, in the words of OpenSSL 3.0',
      {
        ...failure('EPROTO'),
        message:
          'write EPROTO 80BCA1B54E7F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:350:',
      },
      /^No LiveKit answers at \S+: what answers there does not speak TLS\.$/,
      /ws:\/\/ or http:\/\//,
    ],
    [
      'something without TLS, by its code',
      failure('ERR_SSL_WRONG_VERSION_NUMBER'),
      /^No LiveKit answers at \S+: what answers there does not speak TLS\.$/,
      /ws:\/\/ or http:\/\//,
    ],
    [
      'another error of OpenSSL’s',
      {
        ...failure('EPROTO'),
        message:
          'write EPROTO 80BCA1B54E7F0000:error:0A00010B:SSL routines:ssl3_get_record:no protocols available:../deps/openssl/openssl/ssl/record/ssl3_record.c:350:',
      },
      /^No secure connection to \S+: no protocols available\.$/,
      /SSL_CERT_FILE/,
    ],
    [
      'something that is no HTTP',
      failure('HPE_INVALID_CONSTANT'),
      /^No LiveKit answers at \S+: what answers there does not speak HTTP\.$/,
      /the port/,
    ],
    [
      'hung up',
      failure('ECONNRESET'),
      /closed the connection before the answer was complete\.$/,
      /the port/,
    ],
    [
      'refused by a proxy',
      { ...failure('PROXY_REFUSED'), message: 'the proxy p:1 (ALL_PROXY) refused (HTTP 503)' },
      /^No connection to .+: the proxy p:1 \(ALL_PROXY\) refused \(HTTP 503\)\.$/,
      /NO_PROXY/,
    ],
    ['no such name', failure('ENOTFOUND'), /cannot be resolved/, /spelling/],
    ['no name server', failure('EAI_AGAIN'), /cannot be resolved/, /DNS/],
    [
      'expired certificate',
      failure('CERT_HAS_EXPIRED'),
      /No secure connection/,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'own certificate',
      failure('DEPTH_ZERO_SELF_SIGNED_CERT'),
      /No secure connection/,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'unknown authority',
      failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      /No secure connection/,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'unknown issuer',
      failure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
      /No secure connection/,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'another host’s certificate',
      failure('ERR_TLS_CERT_ALTNAME_INVALID'),
      /No secure connection/,
      /TLS/,
    ],
    ['TLS that is wanted', failure('TLS_PORT'), /this port speaks TLS/, /wss:\/\/ or https:\/\//],
    ['no TLS', failure('EPROTO'), /No secure connection/, /http:\/\//],
    [
      'time-out',
      failure('TIMEOUT', 'no answer within 10000 ms'),
      /no answer within 10000 ms/,
      /--timeout/,
    ],
    [
      'no connection in time',
      failure('CONNECT_TIMEOUT', 'no connection within 10 s'),
      /no connection within 10 s/,
      /--timeout/,
    ],
    ['anything else', failure('EHOSTUNREACH', 'no route'), /no route \(EHOSTUNREACH\)/, /network/],
  ])('%s', (_, outcome, message, hint) => {
    const error = readFailure(outcome, where);
    expect(error).toMatchObject({ code: 'unreachable', exitCode: 1 });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(HOST);
    expect(error.hint).toMatch(hint);
  });
});

it('a connection that fails is one to a host, whatever the path of the URL', () => {
  const under = { ...where, host: `${HOST}/livekit` };
  expect(readFailure(failure('ENOTFOUND'), under).message).toContain(`The name ${HOST} cannot`);
  expect(readFailure(answer(404, 'no'), under).message).toContain(`${HOST}/livekit answers`);
});

describe('the real thing', () => {
  async function errorAt(origin: string): Promise<KnownError> {
    const transport = await createTransport(origin, 'lk-transfer/test');
    onTestFinished(() => transport.close());
    const outcome = await transport.post('/', {}, { token: 'CANARY', timeoutMs: 5000 });
    return readFailure(outcome, { ...where, host: transport.host });
  }

  it('TLS to a server without is one clear line', async () => {
    const { host } = await serve(json(200, {}));
    const error = await errorAt(`https://${host}`);
    expect(error.message).toBe(
      `No LiveKit answers at ${host}: what answers there does not speak TLS.`,
    );
    expect(error.message).not.toMatch(/[\r\n]/);
    expect(error.hint).toContain('http://');
  });

  it('a port at which nobody listens is named', async () => {
    const port = await closedPort();
    expect((await errorAt(`http://127.0.0.1:${port}`)).message).toContain(
      `Nothing answers at 127.0.0.1:${port}`,
    );
  });

  it('a name that does not exist is named', async () => {
    // RFC 6761 §6.4: .invalid never resolves; without any name server it fails otherwise, and as clearly.
    expect((await errorAt('http://nobody.invalid')).message).toContain('nobody.invalid');
  });

  it('never shows the token', async () => {
    const error = await errorAt(`http://127.0.0.1:${await closedPort()}`);
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('CANARY');
  });
});
