import { createHash } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { AccessToken } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import { listenForWebhooks, readWebhookAddress } from '../../src/livekit/webhooks.ts';
import { atTheEnd } from '../support/at-the-end.ts';

const KEYS = { apiKey: 'APIkey', apiSecret: 'secretSecretSecretSecretSecret01' };
const NOW = 1_790_000_000_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(arrivalMs?: number) {
  const port = await freePort();
  const rooms: string[] = [];
  const listener = await listenForWebhooks(
    { host: '127.0.0.1', port },
    KEYS,
    ({ name, sid }) => rooms.push(sid === 'RM_1' ? name : `${name} ${sid}`),
    () => NOW,
    arrivalMs,
  );
  atTheEnd(() => listener.close());
  return { port, rooms, listener };
}

const BODY = JSON.stringify({
  event: 'participant_joined',
  room: { sid: 'RM_1', name: 'call-1' },
  participant: { sid: 'PA_1', identity: 'sip_1' },
  id: 'EV_1',
  createdAt: '1790000000',
  unknownToTheSdk: { yes: true },
});

async function sign(body: string, { apiKey, apiSecret } = KEYS, ttl = 300): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { ttl });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

async function post(port: number, body: string, authorization?: string, method = 'POST') {
  return new Promise<number>((resolve, reject) => {
    const headers = { ...(authorization !== undefined && { authorization }) };
    const sent = httpRequest({ host: '127.0.0.1', port, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(method === 'GET' ? undefined : body);
  });
}

describe('webhooks', () => {
  it('names the room of one that is signed', async () => {
    const { port, rooms, listener } = await listening();
    expect(listener.lastMs).toBeNull();
    expect(await post(port, BODY, await sign(BODY))).toBe(200);
    expect(rooms).toEqual(['call-1']);
    expect(listener.lastMs).toBe(NOW);
  });

  it('takes one without a room, such as of an ingress, and names none', async () => {
    const { port, rooms } = await listening();
    const body = JSON.stringify({ event: 'ingress_started' });
    expect(await post(port, body, await sign(body))).toBe(200);
    expect(rooms).toEqual([]);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['unsigned', async () => undefined],
    ['signed with nothing', async () => ''],
    ['signed with nonsense', async () => 'Bearer nonsense'],
    ['signed for another body', () => sign(`${BODY} `)],
    ['signed by another secret', () => sign(BODY, { ...KEYS, apiSecret: 'x'.repeat(32) })],
    ['signed by another key', () => sign(BODY, { ...KEYS, apiKey: 'APIother' })],
    ['signed long ago', () => sign(BODY, KEYS, -600)],
    ['a token without a hash', () => new AccessToken(KEYS.apiKey, KEYS.apiSecret).toJwt()],
  ])('refuses one that is %s, and changes nothing', async (_, signature) => {
    const { port, rooms, listener } = await listening();
    expect(await post(port, BODY, await signature())).toBe(401);
    expect(rooms).toEqual([]);
    expect(listener.lastMs).toBeNull();
  });

  it('refuses what is signed and no event', async () => {
    const { port, rooms } = await listening();
    for (const body of ['[]', 'null', '{"room": 5}', 'no JSON']) {
      expect(await post(port, body, await sign(body)), body).toBe(401);
    }
    expect(rooms).toEqual([]);
  });

  it.each(['GET', 'PUT', 'DELETE'])('refuses %s', async (method) => {
    const { port, rooms } = await listening();
    expect(await post(port, BODY, await sign(BODY), method)).toBe(405);
    expect(rooms).toEqual([]);
  });

  it('refuses a body that is too large, with an answer that arrives', async () => {
    const { port, rooms } = await listening();
    const body = JSON.stringify({ event: 'x', room: { name: 'r'.repeat(3_000_000) } });
    expect(await post(port, body, await sign(body))).toBe(413);
    expect(rooms).toEqual([]);
    // And it goes on listening.
    expect(await post(port, BODY, await sign(BODY))).toBe(200);
  });

  it.each(['', 'nonsense', 'eyJhbGciOiJub25lIn0.e30.'])(
    'waits for no body that comes with the signature “%s”',
    async (signature) => {
      const { port } = await listening();
      const socket = connect(port, '127.0.0.1');
      atTheEnd(() => socket.destroy());
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${signature}\r\nContent-Length: 999999\r\n\r\n`,
      );
      const answer = await new Promise<string>((resolve) => {
        socket.once('data', (data) => resolve(String(data)));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    },
  );

  it.each([
    ['', 'a connection on which nothing comes'],
    ['POST / HTTP/1.1\r\nHost: x\r\n', 'headers that do not end'],
    [
      'POST / HTTP/1.1\r\nHost: x\r\nAuthorization: SIGNED\r\nContent-Length: 9\r\n\r\nhalf',
      'half a body',
    ],
  ])('gives up on what takes too long: %j', async (form) => {
    const { port, rooms } = await listening(200);
    const text = form.replace('SIGNED', await sign('half of it'));
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write(text);
    await closed;
    expect(rooms).toEqual([]);
    expect(await post(port, BODY, await sign(BODY))).toBe(200);
  });

  it('takes the same one again, which names the same room', async () => {
    const { port, rooms } = await listening();
    const signature = await sign(BODY);
    for (let times = 0; times < 3; times += 1) {
      expect(await post(port, BODY, signature)).toBe(200);
    }
    expect(rooms).toEqual(['call-1', 'call-1', 'call-1']);
  });

  it('is not kept by somebody who says nothing', async () => {
    const { port, listener } = await listening();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    listener.close();
    await closed;
  });

  it('says that a port is taken', async () => {
    const { port } = await listening();
    const again = listenForWebhooks({ host: '127.0.0.1', port }, KEYS, () => {}, Date.now);
    await expect(again).rejects.toMatchObject({
      exitCode: 2,
      message: `Nobody can listen on 127.0.0.1:${port} (EADDRINUSE).`,
    });
  });
});

describe('the address of --webhooks', () => {
  it.each([
    ['7890', '127.0.0.1', 7890],
    ['0.0.0.0:7890', '0.0.0.0', 7890],
    ['localhost:1', 'localhost', 1],
    ['[::1]:65535', '::1', 65_535],
  ])('%s', (text, host, port) => {
    expect(readWebhookAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    '0',
    '65536',
    '99999',
    'x',
    ':7890',
    'host.example:7890',
    '1.2.3:80',
    '7890 ',
    '-1',
  ])('refuses “%s”', (text) => {
    expect(() => readWebhookAddress(text)).toThrow(/--webhooks takes a port/);
  });
});
