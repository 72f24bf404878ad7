import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { TokenVerifier } from 'livekit-server-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { KnownError } from '../../src/core/errors.ts';
import { createClient } from '../../src/livekit/connect.ts';
import type { Credentials } from '../../src/livekit/credentials.ts';
import type { DialRequest, TransferRequest } from '../../src/livekit/messages.ts';
import { createTransport } from '../../src/livekit/transport.ts';
import { makeCertificate } from '../support/certificate.ts';
import { json, type Reply, serve, serveSockets } from './loopback.ts';

const SECRET = 'cAnArYsEcReT1234567890cAnArYsEcReT';
const REQUEST: TransferRequest = {
  roomName: 'room-1',
  identity: 'sip_1',
  transferTo: 'tel:+15105550100',
  waitMs: 90_000,
  dialtone: 'auto',
  headers: { 'X-Queue': 'sales' },
};

const DIAL: DialRequest = {
  trunkId: 'ST_1',
  number: '+15105550177',
  roomName: 'room-1',
  identity: 'leg',
  ringingMs: 45_000,
  longestMs: 120_500,
};

/** A client that pauses for no time between its tries. */
async function clientAt(origin: string, timeoutMs: number) {
  const client = createClient({
    elapsed: () => performance.now(),
    credentials: { url: origin, apiKey: 'APItest', apiSecret: SECRET } as Credentials,
    transport: await createTransport(origin, 'lk-transfer/test'),
    timeoutMs,
    sleep: async () => {},
  });
  onTestFinished(() => client.close());
  return client;
}

async function started(reply: Reply, { signal }: { signal?: AbortSignal } = {}) {
  const server = await serve(reply);
  const transport = await createTransport(server.origin, 'lk-transfer/test', { signal });
  const pauses: number[] = [];
  const client = createClient({
    elapsed: () => performance.now(),
    credentials: { url: server.origin, apiKey: 'APItest', apiSecret: SECRET } as Credentials,
    transport,
    timeoutMs: 5000,
    ...(signal && { signal }),
    sleep: async (ms) => {
      pauses.push(ms);
    },
  });
  onTestFinished(() => client.close());
  return { ...server, client, pauses };
}

const notFound = json(404, {
  code: 'not_found',
  msg: 'twirp error unknown: participant does not exist',
});
const reads = [
  ['listRooms', (client) => client.listRooms()],
  ['listParticipants', (client) => client.listParticipants('room-1')],
  ['getParticipant', (client) => client.getParticipant('room-1', 'sip_1')],
  ['listTrunks', (client) => client.listTrunks('inbound')],
] as const satisfies readonly [
  string,
  (client: ReturnType<typeof createClient>) => Promise<unknown>,
][];

describe('reads', () => {
  it.each(reads)('%s asks three times at most, with growing pauses', async (_, read) => {
    const { client, seen, pauses } = await started(json(503, { code: 'unavailable', msg: 'no' }));
    await expect(read(client)).rejects.toMatchObject({ code: 'server', exitCode: 1 });
    expect(seen).toHaveLength(3);
    expect(pauses).toHaveLength(2);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
  });

  it.each([429, 500, 502, 503, 504])('%d is asked again, and the answer taken', async (status) => {
    const { client, seen } = await started((response, one, count) =>
      (count < 3 ? json(status, {}) : json(200, { rooms: [{ name: 'a' }] }))(response, one, count),
    );
    expect(await client.listRooms()).toMatchObject([{ name: 'a' }]);
    expect(seen).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 451, 501])('%d is not asked again', async (status) => {
    const { client, seen } = await started(json(status, {}));
    await expect(client.listRooms()).rejects.toMatchObject({ name: 'KnownError' });
    expect(seen).toHaveLength(1);
  });

  it('a broken connection is asked again', async () => {
    const { client, seen } = await started((response, one, count) => {
      if (count === 1) response.socket?.destroy();
      else json(200, {})(response, one, count);
    });
    expect(await client.listRooms()).toEqual([]);
    expect(seen).toHaveLength(2);
  });

  it('nothing is asked again once somebody wants to leave', async () => {
    const controller = new AbortController();
    const { client, seen } = await started(
      (response, one, count) => {
        json(503, {})(response, one, count);
        controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(client.listRooms()).rejects.toMatchObject({ name: 'KnownError' });
    expect(seen).toHaveLength(1);
  });

  it('nothing that waits its turn goes out once the client is closed', async () => {
    const { client, seen } = await started(() => {});
    const asked = Array.from({ length: 200 }, (_, index) =>
      client.listParticipants(`room-${index}`),
    );
    const ended = Promise.allSettled(asked);
    await vi.waitUntil(() => seen.length === client.readsAtATime(), 15_000);
    const before = client.requests();
    client.close();
    expect((await ended).every(({ status }) => status === 'rejected')).toBe(true);
    expect(client.requests()).toBe(before);
  });

  it.each(reads)(
    '%s shows a token that is good, also where a laptop slept before',
    async (_, read) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      onTestFinished(() => {
        vi.useRealTimers();
      });
      const { client, seen } = await started((response, one, count) => {
        vi.setSystemTime(Date.now() + 3_600_000);
        json(count < 3 ? 503 : 404, { code: 'unavailable', msg: 'no' })(response, one, count);
      });
      const goodUntil: number[] = [];
      await read(client).catch(() => {});
      for (const { headers } of seen) {
        const [, claims = ''] = (headers.authorization ?? '').split('.');
        const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
        goodUntil.push(exp * 1000);
      }
      expect(goodUntil).toHaveLength(3);
      // Each was made an hour later than the one before.
      expect(goodUntil.map((ms, index) => Date.now() - ms < (3 - index) * 3_600_000)).toEqual(
        Array(3).fill(true),
      );
    },
  );

  it('a participant or a room that is gone is nobody', async () => {
    const { client } = await started(notFound);
    expect(await client.getParticipant('room-1', 'sip_1')).toBeNull();
    expect(await client.listParticipants('room-1')).toEqual([]);
  });

  it('another 404 is no LiveKit', async () => {
    const { client } = await started((response) =>
      response.writeHead(404).end('404 page not found\n'),
    );
    await expect(client.getParticipant('room-1', 'sip_1')).rejects.toMatchObject({
      code: 'wrong-url',
    });
    await expect(client.listParticipants('room-1')).rejects.toMatchObject({ code: 'wrong-url' });
  });

  it.each([
    ['{"rooms":[{"na', 'server'],
    ['null', 'server'],
    ['', 'server'],
    ['<html>hotel</html>', 'wrong-url'],
    ['{"status":"up"}', 'wrong-url'],
  ])('a 200 with %j is no list', async (body, code) => {
    const { client } = await started((response) => response.end(body));
    await expect(client.listRooms()).rejects.toMatchObject({ code });
  });

  it.each([301, 302, 303, 307, 308])(
    'follow no redirect, and ask once (HTTP %i)',
    async (status) => {
      const elsewhere = await serve(json(200, { rooms: [] }));
      const { client, seen } = await started((response) =>
        response.writeHead(status, { location: `${elsewhere.origin}/portal` }).end(),
      );
      const error: KnownError = await client.listRooms().catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'wrong-url', exitCode: 2 });
      expect(error.message).toContain(`${elsewhere.origin}/portal`);
      expect([seen.length, elsewhere.seen.length]).toEqual([1, 0]);
    },
  );
});

describe('a port that speaks TLS', () => {
  /** A server with TLS, as Node, Go or OpenSSL meet a request in the clear. */
  async function serveTls(): Promise<string> {
    const server = createTlsServer(makeCertificate({ names: ['127.0.0.1'], days: 9 }));
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The same below TLS: says something else first to whoever speaks none. */
  async function serveTlsBehind(answer: Buffer): Promise<string> {
    const tls = await serveTls();
    return serveSockets((socket) =>
      socket.once('data', (first: Buffer) => {
        // A handshake begins with byte 22 (RFC 8446 §5.1).
        if (first[0] !== 22) return void socket.end(answer);
        const onward = connect(Number(tls.split(':')[1]), '127.0.0.1');
        onward.on('error', () => socket.destroy()).write(first);
        socket.pipe(onward).pipe(socket);
      }),
    );
  }

  async function failureAt(host: string): Promise<KnownError> {
    const url = `http://${host}`;
    const transport = await createTransport(url, 'lk-transfer/test');
    const client = createClient({
      elapsed: () => performance.now(),
      credentials: { url, apiKey: 'APItest', apiSecret: SECRET } as Credentials,
      transport,
      timeoutMs: 5000,
      sleep: async () => {},
    });
    onTestFinished(() => client.close());
    return client.listRooms().then(
      () => Promise.reject(new Error('it did not fail')),
      (error) => error,
    );
  }

  const page = (text: string) =>
    Buffer.from(`HTTP/1.0 400 Bad Request\r\ncontent-type: text/html\r\n\r\n${text}`);

  it.each<[string, () => Promise<string>]>([
    ['hangs up', serveTls],
    ['sends an alert', () => serveTlsBehind(Buffer.from('15030100020246', 'hex'))],
    [
      'answers as Go does',
      () => serveTlsBehind(page('Client sent an HTTP request to an HTTPS server.\n')),
    ],
    [
      'answers as nginx does',
      () => serveTlsBehind(page('<center>The plain HTTP request was sent to HTTPS port</center>')),
    ],
  ])('is named where it %s', async (_, start) => {
    const host = await start();
    const error = await failureAt(host);
    expect(error).toMatchObject({ code: 'unreachable', exitCode: 1 });
    expect(error.message).toContain(host);
    expect(error.message).toContain('this port speaks TLS');
    expect(error.hint).toMatch(/wss:\/\/ or https:\/\//);
  });

  it('is not believed of one that hangs up, and speaks no TLS either', async () => {
    const host = await serveSockets((socket) => socket.once('data', () => socket.destroy()));
    expect((await failureAt(host)).message).not.toMatch(/TLS/);
  });
});

describe('tokens', () => {
  const verifier = new TokenVerifier('APItest', SECRET);

  it.each([
    ...reads,
    ['transfer', (client: ReturnType<typeof createClient>) => client.transfer(REQUEST)] as const,
    [
      'removeParticipant',
      (client: ReturnType<typeof createClient>) => client.removeParticipant('room-1', 'sip_1'),
    ] as const,
    [
      'deleteRoom',
      (client: ReturnType<typeof createClient>) => client.deleteRoom('room-1'),
    ] as const,
  ])('%s asks for its own grants and no more', async (name, act) => {
    const { client, seen } = await started(
      json(200, { identity: 'sip_1', rooms: [], participants: [], items: [] }),
    );
    await act(client);
    const bearer = seen[0]?.headers.authorization ?? '';
    const { video, sip } = await verifier.verify(bearer.replace('Bearer ', ''));
    const expected = {
      listRooms: { video: { roomList: true } },
      listParticipants: { video: { roomAdmin: true, room: 'room-1' } },
      getParticipant: { video: { roomAdmin: true, room: 'room-1' } },
      listTrunks: { sip: { admin: true } },
      transfer: { video: { roomAdmin: true, room: 'room-1' }, sip: { call: true } },
      removeParticipant: { video: { roomAdmin: true, room: 'room-1' } },
      deleteRoom: { video: { roomCreate: true } },
    }[name];
    expect(JSON.parse(JSON.stringify({ video, sip }))).toEqual(expected);
  });

  it('for one room after another are each good for that room', async () => {
    const { client, seen } = await started(json(200, {}));
    const rooms = ['room-1', 'Räume & "mehr"', 'room-3'];
    for (const room of rooms) await client.listParticipants(room);
    const claims = await Promise.all(
      seen.map(({ headers }) =>
        verifier.verify(headers.authorization?.replace('Bearer ', '') ?? ''),
      ),
    );
    expect(claims.map(({ video }) => video?.room)).toEqual(rooms);
  });

  it('never carry the secret', async () => {
    const { client, seen } = await started(json(200, {}));
    await client.listRooms();
    await client.transfer(REQUEST);
    expect(JSON.stringify(seen)).not.toContain(SECRET);
  });
});

describe('a transfer', () => {
  it('says what LiveKit wants to hear', async () => {
    const { client, seen } = await started(json(200, {}));
    await client.transfer(REQUEST);
    expect(seen[0]?.path).toBe('/twirp/livekit.SIP/TransferSIPParticipant');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      room_name: 'room-1',
      participant_identity: 'sip_1',
      transfer_to: 'tel:+15105550100',
      ringing_timeout: '90s',
      dialtone: 'SIP_DIALTONE_AUTO',
      play_dialtone: true,
      headers: { 'X-Queue': 'sales' },
    });
  });

  it.each([
    ['uk', 'SIP_DIALTONE_UK', true],
    ['etsi', 'SIP_DIALTONE_ETSI', true],
    [null, 'SIP_DIALTONE_DISABLED', false],
  ] as const)('with the ringing %s says it to servers old and new', async (tone, name, plays) => {
    const { client, seen } = await started(json(200, {}));
    await client.transfer({ ...REQUEST, dialtone: tone });
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ dialtone: name, play_dialtone: plays });
  });

  it.each([
    [2000, '2s'],
    [2001, '3s'],
    [1500, '2s'],
  ])('that waits %d ms says %s', async (waitMs, written) => {
    const { client, seen } = await started(json(200, {}));
    await client.transfer({ ...REQUEST, waitMs });
    expect(JSON.parse(seen[0]?.body ?? '').ringing_timeout).toBe(written);
  });

  it.each([400, 404, 408, 409, 412, 429, 500, 502, 503, 504])(
    'that is answered %d is not repeated',
    async (status) => {
      const { client, seen, pauses } = await started(json(status, { code: 'x', msg: 'y' }));
      expect(await client.transfer(REQUEST)).toMatchObject({ kind: 'answer', httpStatus: status });
      expect([seen.length, pauses]).toEqual([1, []]);
    },
  );

  it('that loses its connection is not repeated', async () => {
    const { client, seen } = await started((response) => response.socket?.resetAndDestroy());
    expect(await client.transfer(REQUEST)).toMatchObject({
      kind: 'failure',
      mayHaveBeenSent: true,
    });
    expect(seen).toHaveLength(1);
  });

  it('goes out on a connection of its own, and says when', async () => {
    const { client, seen } = await started(json(200, {}));
    const told: string[] = [];
    await client.listRooms();
    await client.transfer(REQUEST, () => told.push('sent'));
    expect(seen[0]?.port).not.toBe(seen[1]?.port);
    expect(told).toEqual(['sent']);
  });

  it('does not wait longer for its connection than for a read', async () => {
    const origin = `https://${await serveSockets(() => {})}`;
    const client = await clientAt(origin, 60);
    const told: string[] = [];
    expect(await client.transfer(REQUEST, () => told.push('sent'))).toMatchObject({
      kind: 'failure',
      code: 'CONNECT_TIMEOUT',
      mayHaveBeenSent: false,
    });
    expect(told).toEqual([]);
  });

  it.each(['transfer', 'dial'])(
    '(a %s) can be given up until its connection stands, and not after that',
    async (what) => {
      const nobody = `https://${await serveSockets(() => {})}`;
      const somebody = await serve((response) => setTimeout(() => response.end('{}'), 100));
      const transferTo = async (origin: string, abort: AbortController, onSent?: () => void) => {
        const client = await clientAt(origin, 30_000);
        const given = { abortUnsent: abort.signal };
        return what === 'transfer'
          ? client.transfer({ ...REQUEST, ...given }, onSent)
          : client.createSipParticipant({ ...DIAL, ...given }, onSent);
      };
      const early = new AbortController();
      const unsent = transferTo(nobody, early);
      setTimeout(() => early.abort(), 50);
      const given = { kind: 'failure', code: 'ABORTED', mayHaveBeenSent: false };
      expect(await unsent).toMatchObject(given);
      expect(await transferTo(somebody.origin, early)).toMatchObject(given);
      expect(somebody.seen).toEqual([]);
      const late = new AbortController();
      const sent = transferTo(somebody.origin, late, () => late.abort());
      expect(await sent).toMatchObject({ kind: 'answer', httpStatus: 200 });
    },
  );

  it('waits longer than a read may take', async () => {
    const server = await serve((response) => setTimeout(() => response.end('{}'), 150));
    const client = await clientAt(server.origin, 40);
    expect(await client.transfer(REQUEST)).toMatchObject({ kind: 'answer', httpStatus: 200 });
    await expect(client.listRooms()).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('a dial', () => {
  it('waits for the answer, rings no longer than asked, and ends by itself', async () => {
    const { client, seen } = await started(json(200, { sip_call_id: 'SCL_1' }));
    expect(await client.createSipParticipant(DIAL)).toMatchObject({ httpStatus: 200 });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ path: '/twirp/livekit.SIP/CreateSIPParticipant' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      sip_trunk_id: 'ST_1',
      sip_call_to: '+15105550177',
      room_name: 'room-1',
      participant_identity: 'leg',
      wait_until_answered: true,
      ringing_timeout: '45s',
      max_call_duration: '121s',
      media: { media_timeout: '121s' },
    });
    const token = (seen[0]?.headers.authorization ?? '').replace('Bearer ', '');
    const { sip, video } = await new TokenVerifier('APItest', SECRET).verify(token);
    expect({ sip, video }).toEqual({ sip: { call: true }, video: undefined });
  });

  it.each([429, 500, 503])('is asked for once, whatever comes: %i', async (status) => {
    const { client, seen } = await started(json(status, { code: 'unavailable', msg: 'no' }));
    expect(await client.createSipParticipant(DIAL)).toMatchObject({ httpStatus: status });
    expect(seen).toHaveLength(1);
  });
});

describe('clean-up', () => {
  const removals = [
    ['removeParticipant', (client) => client.removeParticipant('room-1', 'leg')],
    ['deleteRoom', (client) => client.deleteRoom('room-1')],
  ] as const satisfies readonly [
    string,
    (client: ReturnType<typeof createClient>) => Promise<unknown>,
  ][];

  it.each(removals)('%s is content with what is gone already', async (_, remove) => {
    const { client, seen } = await started(notFound);
    await expect(remove(client)).resolves.not.toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('of which the first request gave no clear answer may have been what took them off', async () => {
    const { client } = await started((response, one, count) =>
      (count === 1 ? json(503, { code: 'unavailable', msg: 'restarting' }) : notFound)(
        response,
        one,
        count,
      ),
    );
    await expect(client.removeParticipant('room-1', 'leg')).resolves.toBe(true);
  });

  it.each(removals)('%s is tried again', async (_, remove) => {
    const { client, seen } = await started((response, one, count) =>
      (count < 3 ? json(503, {}) : json(200, {}))(response, one, count),
    );
    await expect(remove(client)).resolves.not.toBe(false);
    expect(seen).toHaveLength(3);
  });

  it.each(removals)('%s says what it may not do', async (_, remove) => {
    const denied = json(401, { code: 'unauthenticated', msg: 'permissions denied' });
    const { client } = await started(denied);
    await expect(remove(client)).rejects.toMatchObject({ code: 'permission', exitCode: 4 });
  });
});
