import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTransport, type PostOptions, type Transport } from '../../src/livekit/transport.ts';
import { blackHole, closedPort, json, type Reply, serve, serveSockets } from './loopback.ts';

const ANSWERS_LATE = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    parentPort.postMessage('arrived');
    setTimeout(() => response.end('{"late":true}'), 100);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

const OPTIONS: PostOptions = { token: 'a.b.c', timeoutMs: 5000 };

async function transportTo(origin: string, signal?: AbortSignal): Promise<Transport> {
  const transport = await createTransport(origin, 'lk-transfer/test', { signal });
  onTestFinished(() => transport.close());
  return transport;
}

async function started(reply: Reply, signal?: AbortSignal) {
  const server = await serve(reply);
  return { ...server, transport: await transportTo(server.origin, signal) };
}

describe('a request', () => {
  it('is a POST of JSON with token and agent', async () => {
    const { transport, seen } = await started(json(200, {}));
    await transport.post('/twirp/livekit.X/Y', { name: 'Jürgen' }, OPTIONS);
    expect(seen).toMatchObject([
      {
        path: '/twirp/livekit.X/Y',
        body: '{"name":"Jürgen"}',
        headers: {
          authorization: 'Bearer a.b.c',
          'content-type': 'application/json',
          'content-length': '18',
          'user-agent': 'lk-transfer/test',
        },
      },
    ]);
  });

  it('goes to the path under which LiveKit is served', async () => {
    const { origin, host, seen } = await serve(json(200, {}));
    const transport = await transportTo(`${origin}/some/livekit`);
    expect(transport.host).toBe(`${host}/some/livekit`);
    await transport.post('/twirp/livekit.X/Y', {}, OPTIONS);
    await transport.post('/twirp/livekit.X/Y', {}, { ...OPTIONS, ownConnection: true });
    const path = '/some/livekit/twirp/livekit.X/Y';
    expect(seen).toMatchObject([{ path }, { path }]);
  });

  it('brings the answer as it is, with nothing judged', async () => {
    const { transport } = await started((response) => {
      response.writeHead(418, { 'content-type': 'Text/HTML; charset=UTF-8' });
      response.end('<p>Grüße</p>');
    });
    expect(await transport.post('/', {}, OPTIONS)).toEqual({
      kind: 'answer',
      httpStatus: 418,
      contentType: 'text/html; charset=utf-8',
      body: '<p>Grüße</p>',
      retryAfterMs: null,
    });
  });

  it('brings an empty answer, without a content type, too', async () => {
    const { transport } = await started((response) => response.writeHead(500).end());
    expect(await transport.post('/', {}, OPTIONS)).toEqual({
      kind: 'answer',
      httpStatus: 500,
      contentType: '',
      body: '',
      retryAfterMs: null,
    });
  });

  it.each<[string, string | undefined, number | null]>([
    ['7', undefined, 7000],
    ['0', undefined, 0],
    ['Sat, 28 Nov 2026 20:00:30 GMT', 'Sat, 28 Nov 2026 20:00:00 GMT', 30_000],
    ['Sat, 28 Nov 2026 19:00:00 GMT', 'Sat, 28 Nov 2026 20:00:00 GMT', 0],
    ['soon', undefined, null],
    ['-1', undefined, null],
    ['1e9', undefined, null],
    ['99999999999999999999', undefined, null],
  ])('brings how long to wait: %j at %j', async (after, date, expected) => {
    const { transport } = await started((response) => {
      if (date !== undefined) response.setHeader('Date', date);
      response.writeHead(429, { 'Retry-After': after }).end();
    });
    const brought = await transport.post('/', {}, OPTIONS);
    expect(brought).toMatchObject({ httpStatus: 429, retryAfterMs: expected });
  });

  it('does not follow a redirect', async () => {
    const { transport, seen } = await started((response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ httpStatus: 307 });
    expect(seen).toHaveLength(1);
  });

  it.each<[string | undefined, string | undefined]>([
    ['/login', 'http://HOST/login'],
    ['elsewhere', 'http://HOST/twirp/elsewhere'],
    ['//portal.example.net', 'http://portal.example.net/'],
    ['https://user:CANARY@portal.example.net/a', 'https://portal.example.net/a'],
    ['https://portal.example.net/a;jsessionid=CANARY/b', 'https://portal.example.net/a/b'],
    ['https://portal.example.net/a?next=CANARY#CANARY', 'https://portal.example.net/a?…'],
    ['https://portal.example.net/%1b[31m<b>', 'https://portal.example.net/%1b[31m%3Cb%3E'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,CANARY', undefined],
    ['https://', undefined],
    ['', 'http://HOST/twirp/x'],
    [undefined, undefined],
  ])('tells where %j leads, without its secrets', async (location, expected) => {
    const { transport, host } = await started((response) => {
      if (location !== undefined)
        response.setHeader('location', Buffer.from(location).toString('latin1'));
      response.writeHead(302).end();
    });
    const outcome = await transport.post('/twirp/x', {}, OPTIONS);
    const shown = outcome.kind === 'answer' ? outcome.redirectsTo?.replace(host, 'HOST') : null;
    expect(shown).toBe(expected);
  });

  it('tells no more of a long address than anybody reads, and none without a redirect', async () => {
    const { transport } = await started((response, _, count) => {
      response.setHeader('location', `https://portal.example.net/${'x'.repeat(5000)}`);
      response.writeHead(count === 1 ? 302 : 200).end();
    });
    const long = await transport.post('/', {}, OPTIONS);
    expect(long).toMatchObject({ redirectsTo: expect.stringMatching(/^https:.{190,210}…$/) });
    expect(await transport.post('/', {}, OPTIONS)).not.toHaveProperty('redirectsTo');
  });

  it('puts letters together that arrive in pieces', async () => {
    const { transport } = await started((response) => {
      const [first, ...rest] = Buffer.from('ü');
      response.write(Buffer.from([first ?? 0]));
      setTimeout(() => response.end(Buffer.from(rest)), 20);
    });
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ body: 'ü' });
  });
});

describe('connections', () => {
  it('are kept and used again', async () => {
    const { transport, seen } = await started(json(200, {}));
    for (let time = 0; time < 3; time += 1) await transport.post('/', {}, OPTIONS);
    expect(new Set(seen.map(({ port }) => port)).size).toBe(1);
  });

  it('are new for a request that wants its own, which nobody uses after it', async () => {
    const { transport, seen } = await started(json(200, {}));
    await transport.post('/', {}, OPTIONS);
    await transport.post('/', {}, { ...OPTIONS, ownConnection: true });
    await transport.post('/', {}, OPTIONS);
    const [before, own, after] = seen.map(({ port }) => port);
    expect(own).not.toBe(before);
    expect(after).toBe(before);
  });

  it('are bounded in number', async () => {
    const { transport, seen } = await started((response) =>
      setTimeout(() => response.end('{}'), 10),
    );
    await Promise.all(Array.from({ length: 300 }, () => transport.post('/', {}, OPTIONS)));
    expect(seen).toHaveLength(300);
    expect(new Set(seen.map(({ port }) => port)).size).toBeLessThanOrEqual(128);
  });

  it('tell when the request goes out: once, and before the answer', async () => {
    const { transport } = await started(json(200, {}));
    const told: string[] = [];
    const onSent = () => told.push('sent');
    for (const ownConnection of [true, false, false]) {
      await transport.post('/', {}, { ...OPTIONS, ownConnection, onSent });
      told.push('answered');
    }
    expect(told).toEqual(['sent', 'answered', 'sent', 'answered', 'sent', 'answered']);
  });
});

describe('what may have been acted on', () => {
  it.each([false, true])('a server that hangs (own connection: %s)', async (ownConnection) => {
    const { transport } = await started(() => {});
    expect(await transport.post('/', {}, { ...OPTIONS, ownConnection, timeoutMs: 60 })).toEqual({
      kind: 'failure',
      code: 'TIMEOUT',
      message: 'no answer within 0.06 s',
      mayHaveBeenSent: true,
    });
  });

  it.each<[string, Reply]>([
    ['resets after the request', (response) => response.socket?.resetAndDestroy()],
    ['closes after the request', (response) => response.socket?.destroy()],
    [
      'resets in the middle of the body',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":', () => response.socket?.resetAndDestroy());
      },
    ],
    [
      'closes in the middle of the body',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":', () => response.socket?.destroy());
      },
    ],
    [
      'closes in the middle of a chunked body',
      (response) => {
        response.writeHead(200);
        response.write('{"half":', () => response.socket?.destroy());
      },
    ],
  ])('a server that %s', async (_, reply) => {
    const { transport } = await started(reply);
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({
      kind: 'failure',
      code: 'ECONNRESET',
      mayHaveBeenSent: true,
    });
  });

  it.each([false, true])(
    'nothing, where a stop outlasted the wait and the answer came in it (own connection: %s)',
    async (ownConnection) => {
      // A server that goes on while this process does not.
      const server = new Worker(ANSWERS_LATE, { eval: true });
      onTestFinished(async () => {
        await server.terminate();
      });
      const [port] = (await once(server, 'message')) as [number];
      const transport = await transportTo(`http://127.0.0.1:${port}`);
      const arrived = once(server, 'message');
      const posted = transport.post('/', {}, { ...OPTIONS, ownConnection, timeoutMs: 400 });
      await arrived;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
      expect(await posted).toMatchObject({
        kind: 'answer',
        httpStatus: 200,
        body: '{"late":true}',
      });
    },
  );

  it('a server that never ends its body', async () => {
    const { transport } = await started((response) => response.write('{"half":'));
    expect(await transport.post('/', {}, { ...OPTIONS, timeoutMs: 60 })).toMatchObject({
      code: 'TIMEOUT',
      mayHaveBeenSent: true,
    });
  });

  it('a server that never ends its headers', async () => {
    const host = await serveSockets((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-'));
    const transport = await transportTo(`http://${host}`);
    expect(await transport.post('/', {}, { ...OPTIONS, timeoutMs: 60 })).toMatchObject({
      code: 'TIMEOUT',
      mayHaveBeenSent: true,
    });
  });

  it('a server that answers with more than anybody can read', async () => {
    const { transport } = await started((response) => {
      const piece = Buffer.alloc(1024 * 1024, ' ');
      const pour = () => {
        while (!response.destroyed && response.write(piece)) {}
      };
      response.on('drain', pour);
      pour();
    });
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({
      code: 'TOO_LARGE',
      mayHaveBeenSent: true,
    });
  });

  it('a server that speaks something else', async () => {
    const host = await serveSockets((socket) => socket.end('220 smtp ready\r\n'));
    const transport = await transportTo(`http://${host}`);
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({
      kind: 'failure',
      mayHaveBeenSent: true,
    });
  });
});

describe('what cannot have been acted on', () => {
  it('a port at which nobody listens', async () => {
    const transport = await transportTo(`http://127.0.0.1:${await closedPort()}`);
    const told: string[] = [];
    const outcome = await transport.post('/', {}, { ...OPTIONS, onSent: () => told.push('sent') });
    expect(outcome).toMatchObject({
      kind: 'failure',
      code: 'ECONNREFUSED',
      mayHaveBeenSent: false,
    });
    expect(told).toEqual([]);
  });

  it('TLS spoken to a server without', async () => {
    const { host, seen } = await serve(json(200, {}));
    const transport = await transportTo(`https://${host}`);
    const outcome = await transport.post('/', {}, OPTIONS);
    expect(outcome).toMatchObject({ kind: 'failure', mayHaveBeenSent: false });
    expect(seen).toEqual([]);
  });

  it('a TLS handshake that never ends', async () => {
    const host = await serveSockets(() => {});
    const transport = await transportTo(`https://${host}`);
    const outcome = await transport.post('/', {}, { ...OPTIONS, timeoutMs: 80 });
    expect(outcome).toMatchObject({ code: 'TIMEOUT', mayHaveBeenSent: false });
  });
});

describe('a connection that takes too long', () => {
  const impatient = { ...OPTIONS, connectTimeoutMs: 80, ownConnection: true };
  const notConnected = {
    kind: 'failure',
    code: 'CONNECT_TIMEOUT',
    message: 'no connection within 0.08 s',
    mayHaveBeenSent: false,
  };

  it('for a TLS handshake that never ends is given up long before the answer would be', async () => {
    const transport = await transportTo(`https://${await serveSockets(() => {})}`);
    const told: string[] = [];
    const outcome = await transport.post(
      '/',
      {},
      { ...impatient, onSent: () => told.push('sent') },
    );
    expect(outcome).toEqual(notConnected);
    expect(told).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'for want of anybody who accepts it is given up, too',
    async () => {
      const transport = await transportTo(`http://127.0.0.1:${await blackHole()}`);
      expect(await transport.post('/', {}, impatient)).toEqual(notConnected);
    },
  );

  it('is no matter once it stands, however long the answer takes', async () => {
    const { transport } = await started((response) => setTimeout(() => response.end('{}'), 200));
    for (const ownConnection of [true, false, false]) {
      expect(await transport.post('/', {}, { ...impatient, ownConnection })).toMatchObject({
        kind: 'answer',
      });
    }
  });

  it('has no more time than the whole exchange', async () => {
    const transport = await transportTo(`https://${await serveSockets(() => {})}`);
    const outcome = await transport.post('/', {}, { ...impatient, timeoutMs: 40 });
    expect(outcome).toMatchObject({ code: 'TIMEOUT', mayHaveBeenSent: false });
  });
});

describe('giving up', () => {
  it('ends a request under way, which may have been acted on', async () => {
    const controller = new AbortController();
    const { transport } = await started(() => controller.abort(), controller.signal);
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({
      code: 'ABORTED',
      mayHaveBeenSent: true,
    });
  });

  it('beforehand sends nothing', async () => {
    const { transport, seen } = await started(json(200, {}), AbortSignal.abort());
    const told: string[] = [];
    const outcome = await transport.post('/', {}, { ...OPTIONS, onSent: () => told.push('sent') });
    expect(outcome).toMatchObject({ code: 'ABORTED', mayHaveBeenSent: false });
    expect([seen, told]).toEqual([[], []]);
  });

  it('right after asking, before a connection stands, sends nothing', async () => {
    const controller = new AbortController();
    const { transport, seen } = await started(json(200, {}), controller.signal);
    const outcome = transport.post('/', {}, { ...OPTIONS, ownConnection: true });
    controller.abort();
    expect(await outcome).toMatchObject({ code: 'ABORTED', mayHaveBeenSent: false });
    expect(seen).toEqual([]);
  });

  it('does nothing to a request that has its answer', async () => {
    const controller = new AbortController();
    const { transport } = await started(json(200, {}), controller.signal);
    const outcome = await transport.post('/', {}, OPTIONS);
    controller.abort();
    expect(outcome).toMatchObject({ kind: 'answer' });
  });
});

it.each([
  ['http://127.0.0.1:7880', '127.0.0.1:7880'],
  ['https://x.livekit.cloud', 'x.livekit.cloud'],
  ['https://x.livekit.cloud:443', 'x.livekit.cloud'],
  ['http://[::1]:7880', '[::1]:7880'],
])('%s is %s for people', async (origin, host) => {
  expect((await transportTo(origin)).host).toBe(host);
});
