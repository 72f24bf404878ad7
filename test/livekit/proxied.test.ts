/** Requests through a proxy: what reaches LiveKit, and whether anything did. */
import { createSecureContext } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nameTlsPort, openTls } from '../../src/livekit/reachability.ts';
import { chooseProxy } from '../../src/livekit/server-route.ts';
import {
  createTransport,
  type HttpOutcome,
  type PostOptions,
  type Transport,
} from '../../src/livekit/transport.ts';
import { type ForwardProxy, serveForwardProxy, serveTlsInFront } from '../support/forward-proxy.ts';
import { blackHole, closedPort, json, type Reply, serve, serveSockets } from './loopback.ts';

const OPTIONS: PostOptions = { token: 'a.b.c', timeoutMs: 3000 };
const NAME = 'livekit.test';

async function through(
  proxyUrl: string,
  server: string,
  { certificate = '', signal }: { certificate?: string; signal?: AbortSignal } = {},
): Promise<Transport> {
  const { proxy } = chooseProxy(server, { ALL_PROXY: proxyUrl });
  expect(proxy).not.toBeNull();
  const secureContext = certificate === '' ? undefined : createSecureContext({ ca: certificate });
  const transport = await createTransport(server, 'lk-transfer/test', {
    ...{ proxy, secureContext, signal },
  });
  onTestFinished(() => transport.close());
  return transport;
}

type ProxyOptions = Omit<Parameters<typeof serveForwardProxy>[0], 'to'>;

/** A LiveKit with TLS behind a proxy, and a transport to it. */
async function tunnelled(reply: Reply, options: ProxyOptions = {}, login = '') {
  const { origin, seen } = await serve(reply);
  const { port, certificate } = await serveTlsInFront(origin, NAME);
  const proxy = await serveForwardProxy({ ...options, to: port });
  const url = proxy.url.replace('//', `//${login}`);
  const transport = await through(url, `https://${NAME}`, { certificate });
  return { transport, proxy, seen, certificate };
}

/** The same without TLS: the proxy is asked for the whole address. */
async function forwarded(reply: Reply, options: ProxyOptions = {}, login = '') {
  const { origin, seen } = await serve(reply);
  const proxy = await serveForwardProxy({ ...options, to: Number(new URL(origin).port) });
  const transport = await through(proxy.url.replace('//', `//${login}`), `http://${NAME}:7880`);
  return { transport, proxy, seen };
}

const NOT_SENT = { kind: 'failure', mayHaveBeenSent: false };
const messageOf = (outcome: HttpOutcome) => (outcome.kind === 'failure' ? outcome.message : '');
const calledOf = ({ name }: ForwardProxy) => `the proxy ${name} (ALL_PROXY)`;

describe('a LiveKit with TLS', () => {
  it('is reached through a tunnel, which the next read uses too, and a transfer does not', async () => {
    const { transport, proxy, seen } = await tunnelled(json(200, { ok: 1 }));
    let sent = 0;
    const posted = { ...OPTIONS, onSent: () => (sent += 1) };
    for (const ownConnection of [false, false, true]) {
      const outcome = await transport.post('/twirp/x', { a: 1 }, { ...posted, ownConnection });
      expect(outcome).toMatchObject({ kind: 'answer', httpStatus: 200, body: '{"ok":1}' });
    }
    expect(sent).toBe(3);
    expect(proxy.asked).toEqual(Array(2).fill(`CONNECT ${NAME}:443`));
    expect(seen).toMatchObject(Array(3).fill({ path: '/twirp/x', body: '{"a":1}' }));
    expect(seen[0]?.headers).toMatchObject({ host: NAME, authorization: 'Bearer a.b.c' });
    expect(seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('is read by many at a time', async () => {
    const { transport, proxy, seen } = await tunnelled(json(200, {}));
    const reads = Array.from({ length: 200 }, () =>
      transport.post('/twirp/x', {}, { ...OPTIONS, timeoutMs: 20_000 }),
    );
    const outcomes = await Promise.all(reads);
    expect(outcomes.filter(({ kind }) => kind === 'answer')).toHaveLength(200);
    expect(seen).toHaveLength(200);
    expect(proxy.asked.length).toBeLessThanOrEqual(128);
  });

  it('is reached through a proxy that wants a user and password', async () => {
    const login = 'ann:hush:50%';
    const { transport } = await tunnelled(json(200, {}), { login }, 'ann:hush%3A50%25@');
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ httpStatus: 200 });
  });

  it.each([
    ['', 'wants a user and password (HTTP 407)'],
    ['ann:CANARY@', 'does not accept the user and password (HTTP 407)'],
  ])('is not reached with “%s” for the proxy’s user and password', async (login, why) => {
    const { transport, proxy, seen } = await tunnelled(json(200, {}), { login: 'a:b' }, login);
    const outcome = await transport.post('/', {}, { ...OPTIONS, ownConnection: true });
    const message = `${calledOf(proxy)} ${why}`;
    expect(outcome).toEqual({ ...NOT_SENT, code: 'PROXY_LOGIN', message });
    expect(seen).toEqual([]);
    expect(JSON.stringify(outcome)).not.toContain('CANARY');
  });

  it.each([403, 502, 503, 504])('is not reached where the proxy answers %i', async (status) => {
    const { transport, proxy, seen } = await tunnelled(json(200, {}), { status });
    let sent = 0;
    const outcome = await transport.post('/', {}, { ...OPTIONS, onSent: () => (sent += 1) });
    const message = `${calledOf(proxy)} refused (HTTP ${status})`;
    // A gateway's own failure may pass, and a read may be repeated then.
    const code = status === 403 ? 'PROXY_REFUSED' : 'PROXY_FAILED';
    expect(outcome).toEqual({ ...NOT_SENT, code, message });
    expect({ sent, seen, asked: proxy.asked.length }).toEqual({ sent: 0, seen: [], asked: 1 });
  });

  it.each([
    ['hang-up', 'PROXY_UNREACHABLE', 'opened no connection to the server: it hung up'],
    ['banner', 'PROXY_REFUSED', 'does not speak HTTP'],
    [
      'silence',
      'PROXY_UNREACHABLE',
      'opened no connection to the server: no connection within 0.2 s',
    ],
  ] as const)('is not reached through a proxy with %s', async (instead, code, why) => {
    const { transport, proxy, seen } = await tunnelled(json(200, {}), { instead });
    const outcome = await transport.post('/', {}, { ...OPTIONS, connectTimeoutMs: 200 });
    expect(outcome).toEqual({ ...NOT_SENT, code, message: `${calledOf(proxy)} ${why}` });
    expect(seen).toEqual([]);
  });

  it('leaves no connection behind to a proxy that never answers', async () => {
    let closed = 0;
    const host = await serveSockets((socket) => socket.resume().on('close', () => (closed += 1)));
    const transport = await through(`http://${host}`, `https://${NAME}`);
    const outcome = await transport.post('/', {}, { ...OPTIONS, timeoutMs: 200 });
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'PROXY_UNREACHABLE' });
    await expect.poll(() => closed).toBe(1);
  });

  it('is not reached through a proxy that is not there', async () => {
    const transport = await through(`http://127.0.0.1:${await closedPort()}`, `https://${NAME}`);
    const outcome = await transport.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'PROXY_UNREACHABLE' });
    expect(messageOf(outcome)).toMatch(/cannot be reached: nobody listens there$/);
  });

  it('is not reached through a proxy whose name nobody has', async () => {
    const transport = await through('http://proxy.invalid:3128', `https://${NAME}`);
    const outcome = await transport.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'PROXY_UNREACHABLE' });
    expect(messageOf(outcome)).toMatch(/proxy\.invalid:3128 .*: its name cannot be resolved$/);
  });

  it('is not reached through a proxy behind a firewall', async () => {
    const transport = await through(`http://127.0.0.1:${await blackHole()}`, `https://${NAME}`);
    const outcome = await transport.post('/', {}, { ...OPTIONS, connectTimeoutMs: 200 });
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'PROXY_UNREACHABLE' });
  });

  it('is sent nothing where its certificate is not trusted, and that is not the proxy’s fault', async () => {
    const { proxy, seen } = await tunnelled(json(200, {}));
    const transport = await through(proxy.url, `https://${NAME}`);
    const outcome = await transport.post('/', {}, { ...OPTIONS, ownConnection: true });
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(seen).toEqual([]);
  });

  it('is sent nothing where the tunnel leads to something without TLS', async () => {
    const { origin, seen } = await serve(json(200, {}));
    const proxy = await serveForwardProxy({ to: Number(new URL(origin).port) });
    const transport = await through(proxy.url, `https://${NAME}`);
    const outcome = await transport.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject(NOT_SENT);
    expect(messageOf(outcome)).not.toContain('proxy');
    expect(seen).toEqual([]);
  });

  it('may have been sent what went into a tunnel that broke', async () => {
    const { transport, seen } = await tunnelled((response) => response.socket?.destroy());
    const outcome = await transport.post('/twirp/x', {}, { ...OPTIONS, ownConnection: true });
    expect(outcome).toMatchObject({ kind: 'failure', code: 'ECONNRESET', mayHaveBeenSent: true });
    expect(seen).toHaveLength(1);
  });

  it('may have been sent what it did not answer in time', async () => {
    const { transport, seen } = await tunnelled(() => {});
    const outcome = await transport.post('/twirp/x', {}, { ...OPTIONS, timeoutMs: 400 });
    expect(outcome).toMatchObject({ kind: 'failure', code: 'TIMEOUT', mayHaveBeenSent: true });
    expect(messageOf(outcome)).not.toContain('proxy');
    expect(seen).toHaveLength(1);
  });

  it('is given up with whoever leaves, before the tunnel stands', async () => {
    const { proxy } = await tunnelled(json(200, {}), { instead: 'silence' });
    const controller = new AbortController();
    const { signal } = controller;
    const transport = await through(proxy.url, `https://${NAME}`, { signal });
    const posting = transport.post('/', {}, OPTIONS);
    await expect.poll(() => proxy.asked.length).toBe(1);
    controller.abort();
    expect(await posting).toMatchObject({ ...NOT_SENT, code: 'ABORTED' });
  });

  it('is reached through a proxy that speaks TLS itself', async () => {
    const { origin, seen } = await serve(json(200, {}));
    const front = await serveTlsInFront(origin, NAME);
    const inner = await serveForwardProxy({ to: front.port });
    const outer = await serveTlsInFront(inner.url, '127.0.0.1');
    const certificate = front.certificate + outer.certificate;
    const url = `https://127.0.0.1:${outer.port}`;
    const transport = await through(url, `https://${NAME}`, { certificate });
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ httpStatus: 200 });
    expect(seen).toHaveLength(1);
    const untrusting = await through(url, `https://${NAME}`);
    const outcome = await untrusting.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'PROXY_UNREACHABLE' });
    expect(messageOf(outcome)).toContain('certificate');
  });
});

describe('a LiveKit without TLS', () => {
  it('is asked for over the proxy, which is told the whole address', async () => {
    const { transport, proxy, seen } = await forwarded(json(200, {}));
    for (const ownConnection of [false, false, true]) {
      const outcome = await transport.post('/twirp/x', { a: 1 }, { ...OPTIONS, ownConnection });
      expect(outcome).toMatchObject({ kind: 'answer', httpStatus: 200 });
    }
    expect(proxy.asked).toEqual(Array(3).fill(`POST http://${NAME}:7880/twirp/x`));
    expect(seen).toMatchObject(Array(3).fill({ path: '/twirp/x', body: '{"a":1}' }));
  });

  it('is asked for with the proxy’s user and password', async () => {
    const { transport } = await forwarded(json(200, {}), { login: 'ann:hush' }, 'ann:hush@');
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ httpStatus: 200 });
  });

  it('is sent nothing where the proxy wants others', async () => {
    const { transport, proxy, seen } = await forwarded(json(200, {}), { login: 'ann:hush' });
    const outcome = await transport.post('/', {}, OPTIONS);
    const message = `${calledOf(proxy)} wants a user and password (HTTP 407)`;
    expect(outcome).toEqual({ ...NOT_SENT, code: 'PROXY_LOGIN', message });
    expect(seen).toEqual([]);
  });

  it('may have been sent what the proxy answers in its place', async () => {
    const { transport } = await forwarded(json(200, {}), { status: 502 });
    let sent = 0;
    const outcome = await transport.post('/', {}, { ...OPTIONS, onSent: () => (sent += 1) });
    expect(outcome).toMatchObject({ kind: 'answer', httpStatus: 502, body: '<html>proxy</html>' });
    expect(sent).toBe(1);
  });

  it('may have been sent what a proxy took before it hung up', async () => {
    const host = await serveSockets((socket) => socket.once('data', () => socket.destroy()));
    const transport = await through(`http://${host}`, `http://${NAME}`);
    const outcome = await transport.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject({ kind: 'failure', mayHaveBeenSent: true });
  });

  it('is sent nothing where the proxy is not there', async () => {
    const transport = await through(`http://127.0.0.1:${await closedPort()}`, `http://${NAME}`);
    const outcome = await transport.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject({ ...NOT_SENT, code: 'PROXY_UNREACHABLE' });
  });
});

it.each([
  ['a tunnel', tunnelled],
  ['a proxy that is asked for the whole address', forwarded],
])('closing ends what is under way through %s', async (_, open) => {
  const { transport, seen } = await open(() => transport.close());
  const outcome = await transport.post('/', {}, OPTIONS);
  expect(outcome).toMatchObject({ kind: 'failure', code: 'ECONNRESET', mayHaveBeenSent: true });
  expect(seen).toHaveLength(1);
});

describe('a certificate behind a proxy', () => {
  const look = (server: string, proxyUrl: string, timeoutMs = 5000) =>
    openTls(new URL(server).hostname, 443, {
      timeoutMs,
      proxy: chooseProxy(server, { HTTPS_PROXY: proxyUrl }).proxy,
    });

  it('is looked at, and nothing is sent', async () => {
    const { origin, seen } = await serve(json(200, {}));
    const { port } = await serveTlsInFront(origin, NAME);
    const proxy = await serveForwardProxy({ to: port });
    expect(await look(`https://${NAME}`, proxy.url)).toMatchObject({
      kind: 'reached',
      certificate: { names: [NAME] },
      distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect({ asked: proxy.asked, seen }).toEqual({ asked: [`CONNECT ${NAME}:443`], seen: [] });
  });

  it.each([
    [{ status: 403 }, 'PROXY_REFUSED'],
    [{ status: 503 }, 'PROXY_FAILED'],
    [{ login: 'a:b' }, 'PROXY_LOGIN'],
    [{ instead: 'silence' }, 'PROXY_UNREACHABLE'],
    [{ instead: 'hang-up' }, 'PROXY_UNREACHABLE'],
  ] satisfies [ProxyOptions, string][])(
    'is not seen where the proxy is %j',
    async (options, code) => {
      const proxy = await serveForwardProxy({ ...options, to: 9 });
      const found = await look(
        `https://${NAME}`,
        proxy.url,
        'instead' in options ? 400 : undefined,
      );
      expect(found).toMatchObject({ ...NOT_SENT, code });
    },
  );
});

describe('a port that wants TLS, asked without it', () => {
  it('is found out through the proxy', async () => {
    const { origin } = await serve(json(200, {}));
    const { port } = await serveTlsInFront(origin, NAME);
    const proxy = await serveForwardProxy({ to: port });
    const server = `http://${NAME}:7880`;
    const body = 'Client sent an HTTP request to an HTTPS server.';
    const answer = { kind: 'answer', httpStatus: 400, contentType: 'text/plain', body } as const;
    const found = await nameTlsPort(answer, server, {
      timeoutMs: 3000,
      proxy: chooseProxy(server, { HTTP_PROXY: proxy.url }).proxy,
    });
    expect(found).toMatchObject({ ...NOT_SENT, code: 'TLS_PORT' });
    expect(proxy.asked).toEqual([`CONNECT ${NAME}:7880`]);
  });
});
