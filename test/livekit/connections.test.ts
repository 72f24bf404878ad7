import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTransport, type PostOptions } from '../../src/livekit/transport.ts';
import { makeCertificate } from '../support/certificate.ts';
import { serve, serveSockets } from './loopback.ts';

const OPTIONS: PostOptions = { token: 'a.b.c', timeoutMs: 5000 };
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** Answers each request as it comes, by what is given for it; the last one also for all after it. */
async function answering(...answers: readonly (string | ((socket: Socket) => void))[]) {
  let requests = 0;
  let connections = 0;
  let closed = 0;
  const host = await serveSockets((socket) => {
    connections += 1;
    socket.on('close', () => {
      closed += 1;
    });
    socket.on('data', () => {
      const answer = answers[Math.min(requests, answers.length - 1)];
      requests += 1;
      if (typeof answer === 'string') socket.write(answer);
      else answer?.(socket);
    });
  });
  const transport = await createTransport(`http://${host}`, 'lk-transfer/test');
  onTestFinished(() => transport.close());
  const post = (options?: Partial<PostOptions>) =>
    transport.post('/', {}, { ...OPTIONS, ...options });
  const isClosed = () => vi.waitUntil(() => closed === 1, { timeout: 15_000 });
  return { post, isClosed, counts: () => ({ requests, connections }) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('an answer', () => {
  it('that comes after others which only lead to it (RFC 9110 §15.2)', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const { post, counts } = await answering(`HTTP/1.1 100 Continue\r\n\r\n${early}${ANSWER}`);
    expect(await post()).toMatchObject({ kind: 'answer', httpStatus: 200, body: '{}' });
    expect(await post()).toMatchObject({ kind: 'answer', httpStatus: 200, body: '{}' });
    expect(counts()).toEqual({ requests: 2, connections: 1 });
  });

  it('that ends with its connection, for want of a length', async () => {
    const { post, counts } = await answering((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n{"a":');
      setTimeout(() => socket.end('1}'), 20);
    });
    expect(await post()).toMatchObject({ httpStatus: 200, body: '{"a":1}' });
    expect(await post()).toMatchObject({ httpStatus: 200, body: '{"a":1}' });
    expect(counts()).toEqual({ requests: 2, connections: 2 });
  });

  it('that comes byte by byte', async () => {
    const { post } = await answering(async (socket) => {
      socket.setNoDelay(true);
      const chunked =
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n';
      for (const byte of chunked) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
    });
    expect(await post()).toMatchObject({ httpStatus: 200, body: '{}' });
  });

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\n{}'],
    ['a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'],
    ['something that begins as HTTP does', 'HTML\r\n\r\n'],
  ])('with %s is none', async (_, answer) => {
    const { post } = await answering(answer);
    expect(await post()).toMatchObject({
      kind: 'failure',
      code: expect.stringMatching(/^HPE_/),
      mayHaveBeenSent: true,
    });
  });
});

describe('a connection', () => {
  it.each([
    ['says that it closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}'],
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}'],
    ['has more to say than its answer', `${ANSWER}${ANSWER}`],
  ])('is not used again where the server %s', async (_, answer) => {
    const { post, counts, isClosed } = await answering(answer, ANSWER);
    expect(await post()).toMatchObject({ httpStatus: 200, body: '{}' });
    await isClosed();
    expect(await post()).toMatchObject({ httpStatus: 200, body: '{}' });
    expect(counts()).toEqual({ requests: 2, connections: 2 });
  });

  it('that the server says something on, unasked, is not used again', async () => {
    const { post, counts, isClosed } = await answering((socket) => {
      socket.write(ANSWER);
      setTimeout(() => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 10);
    }, ANSWER);
    await post();
    await isClosed();
    expect(await post()).toMatchObject({ httpStatus: 200 });
    expect(counts().connections).toBe(2);
  });

  it('on which half an answer is left does not take the rest of it for the next one', async () => {
    const { post } = await answering(`${ANSWER}HTTP/1.1 20`, '0 OK\r\nContent-Length: 2\r\n\r\n{}');
    await post();
    expect(await post()).toMatchObject({ code: 'HPE_INVALID_CONSTANT' });
  });

  it('that the server has closed meanwhile is not used again', async () => {
    const { post, counts, isClosed } = await answering((socket) => socket.end(ANSWER), ANSWER);
    await post();
    await isClosed();
    expect(await post()).toMatchObject({ httpStatus: 200 });
    expect(counts().connections).toBe(2);
  });

  it('is closed before the server does it', async () => {
    const kept = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\n{}';
    const { post, counts, isClosed } = await answering(kept);
    await post();
    await isClosed();
    await post();
    expect(counts().connections).toBe(2);
  });

  it('is not given up for an answer that takes longer than it would be kept', async () => {
    const kept = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\n{}';
    const { post, counts } = await answering(kept, (socket) =>
      setTimeout(() => socket.write(kept), 100),
    );
    const [, second] = [await post(), post()];
    expect(await second).toMatchObject({ httpStatus: 200 });
    expect(counts()).toEqual({ requests: 2, connections: 1 });
  });

  it('is not used again where another one is dead: a laptop that slept has lost them all', async () => {
    let isAsleep = false;
    const asleep = new Set<Socket>();
    const host = await serveSockets((socket) => {
      socket.on('data', () => {
        if (isAsleep && !asleep.has(socket)) socket.write(ANSWER);
        else if (!isAsleep) {
          asleep.add(socket);
          setTimeout(() => socket.write(ANSWER), 20);
        }
      });
    });
    const transport = await createTransport(`http://${host}`, 'lk-transfer/test');
    onTestFinished(() => transport.close());
    await Promise.all([1, 2, 3].map(() => transport.post('/', {}, OPTIONS)));
    isAsleep = true;
    const lost = await transport.post('/', {}, { ...OPTIONS, timeoutMs: 50 });
    expect(lost).toMatchObject({ code: 'TIMEOUT', mayHaveBeenSent: true });
    expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ httpStatus: 200 });
    expect(asleep.size).toBe(3);
  });

  it('that was given up takes nobody else with it', async () => {
    const controller = new AbortController();
    const { origin, seen } = await serve((response, { body }) =>
      body === '1' ? undefined : setTimeout(() => response.end('{}'), 50),
    );
    const transport = await createTransport(origin, 'lk-transfer/test');
    onTestFinished(() => transport.close());
    const abortUnsent = controller.signal;
    const all = Array.from({ length: 140 }, (_, i) =>
      transport.post('/', i, {
        ...OPTIONS,
        timeoutMs: i === 1 ? 30 : 5000,
        ...(i === 139 && { abortUnsent }),
      }),
    );
    // It still waits for a connection.
    controller.abort();
    const outcomes = (await Promise.all(all)).map((each) =>
      each.kind === 'answer' ? each.httpStatus : each.code,
    );
    const expected = outcomes.map((_, i) => (i === 1 ? 'TIMEOUT' : i === 139 ? 'ABORTED' : 200));
    expect(outcomes).toEqual(expected);
    expect(seen.some(({ body }) => body === '139')).toBe(false);
  });
});

describe('closing', () => {
  it('ends what is under way and what waits for its turn, and opens nothing more', async () => {
    let connections = 0;
    const host = await serveSockets(() => {
      connections += 1;
    });
    const transport = await createTransport(`http://${host}`, 'lk-transfer/test');
    const all = Array.from({ length: 140 }, () => transport.post('/', {}, OPTIONS));
    await vi.waitUntil(() => connections === 128, { timeout: 15_000 });
    transport.close();
    expect(await Promise.all(all)).toEqual(
      all.map(() => expect.objectContaining({ code: 'ECONNRESET' })),
    );
    await settle();
    expect(connections).toBe(128);
  });

  it('lets what must not be made twice have its answer', async () => {
    const { origin } = await serve((response) => setTimeout(() => response.end('{}'), 50));
    const transport = await createTransport(origin, 'lk-transfer/test');
    const sent = transport.post('/', {}, { ...OPTIONS, ownConnection: true });
    transport.close();
    expect(await sent).toMatchObject({ kind: 'answer', httpStatus: 200 });
  });
});

describe('with TLS', () => {
  const { cert, key } = makeCertificate({ names: ['127.0.0.1'], days: 30 });

  /** Closes each connection after its answer. */
  async function secured(ca: string | undefined, host = '127.0.0.1') {
    const sockets: TLSSocket[] = [];
    const reused: boolean[] = [];
    const closing = ANSWER.replace('\r\n', '\r\nConnection: close\r\n');
    const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (socket) => {
      sockets.push(socket);
      reused.push(socket.isSessionReused());
      socket.on('error', () => {}).on('data', () => socket.end(closing));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const secureContext = ca === undefined ? undefined : createSecureContext({ ca });
    const transport = await createTransport(`https://${host}:${port}`, 'lk-transfer/test', {
      secureContext,
    });
    onTestFinished(() => {
      transport.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { transport, sockets, reused };
  }

  it('the next connection goes on with the session of the one before', async () => {
    const { transport, sockets, reused } = await secured(cert);
    for (let time = 0; time < 3; time += 1) {
      expect(await transport.post('/', {}, OPTIONS)).toMatchObject({ httpStatus: 200, body: '{}' });
    }
    expect(reused).toEqual([false, true, true]);
    expect(sockets.map(({ alpnProtocol }) => alpnProtocol)).toEqual([
      'http/1.1',
      'http/1.1',
      'http/1.1',
    ]);
  });

  it.each([
    ['a signer whom nobody trusts', undefined, '127.0.0.1', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['a certificate for another name', cert, 'localhost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s gets nothing to read', async (_, ca, host, code) => {
    const { transport } = await secured(ca, host);
    const told: string[] = [];
    const outcome = await transport.post('/', {}, { ...OPTIONS, onSent: () => told.push('sent') });
    expect(outcome).toMatchObject({ kind: 'failure', code, mayHaveBeenSent: false });
    expect(told).toEqual([]);
  });
});
