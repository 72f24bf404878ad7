import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenVerifier, WebhookReceiver } from 'livekit-server-sdk';
import { describe, expect, it, vi } from 'vitest';
import type { Seed } from '../../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { atTheEnd } from '../../support/at-the-end.ts';

const TRUNK = {
  id: 'ST_one',
  name: 'one',
  direction: 'inbound',
  number: '+15105550001',
  hostname: 'sbc.example.net',
  behaviour: 'honours-refer',
} as const;

const roomOf = (name: string): Seed['rooms'][number] => ({
  name,
  participants: [
    { kind: 'caller', callId: `SCL_${name}`, trunk: 'ST_one', number: '+15105550101', age: 5 },
    { kind: 'agent', identity: `agent-${name}`, state: 'listening', audio: 'published', age: 4 },
  ],
});

interface Received {
  body: string;
  authorization: string;
  contentType: string;
}

/** Takes webhooks; the first ones with these statuses. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({
      body: Buffer.concat(chunks).toString('utf8'),
      authorization: request.headers.authorization ?? '',
      contentType: request.headers['content-type'] ?? '',
    });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTheEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  return { received, url };
}

async function sandboxFor(webhook: string) {
  const seed = { trunks: [TRUNK], rooms: [roomOf('before')] };
  const sandbox = await startSandbox({ seed, webhook });
  atTheEnd(() => sandbox.close());
  const post = async (method: string, video: object, body: object) => {
    const { AccessToken } = await import('livekit-server-sdk');
    const token = new AccessToken(sandbox.apiKey, sandbox.apiSecret);
    token.addGrant(video);
    await fetch(`${sandbox.url}/twirp/livekit.RoomService/${method}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await token.toJwt()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
  };
  return { sandbox, post };
}

const eventsOf = (received: readonly Received[]) =>
  received.map(({ body }) => {
    const { event, room, participant } = JSON.parse(body);
    return [event, room.name, participant?.identity ?? null];
  });

describe('webhooks of the sandbox', () => {
  it('tells who comes and goes, in order, and nothing of what was there before', async () => {
    const { received, url } = await receiver();
    const { sandbox, post } = await sandboxFor(url);
    sandbox.add({ trunks: [TRUNK], rooms: [roomOf('later')] });
    await post(
      'RemoveParticipant',
      { roomAdmin: true, room: 'later' },
      { room: 'later', identity: 'agent-later' },
    );
    await post('DeleteRoom', { roomCreate: true }, { room: 'later' });
    await vi.waitUntil(
      () => eventsOf(received).some(([event]) => event === 'room_finished'),
      15_000,
    );
    const caller = 'sip_+15105550101';
    expect(eventsOf(received)).toEqual([
      ['room_started', 'later', null],
      ['participant_joined', 'later', caller],
      ['track_published', 'later', caller],
      ['participant_joined', 'later', 'agent-later'],
      ['track_published', 'later', 'agent-later'],
      ['participant_left', 'later', 'agent-later'],
      ['participant_left', 'later', caller],
      ['room_finished', 'later', null],
    ]);
  });

  it('signs them with a token over their body, as LiveKit does', async () => {
    const { received, url } = await receiver();
    const { sandbox } = await sandboxFor(url);
    sandbox.add({ trunks: [TRUNK], rooms: [roomOf('later')] });
    const [first] = await vi.waitUntil(() => (received.length > 0 ? received : null), 15_000);
    const { body = '', authorization = '', contentType } = first ?? {};
    expect(contentType).toBe('application/webhook+json');
    const { apiKey, apiSecret } = sandbox;
    const claims = await new TokenVerifier(apiKey, apiSecret).verify(authorization);
    expect(claims.sha256).toBe(createHash('sha256').update(body).digest('base64'));
    const event = await new WebhookReceiver(apiKey, apiSecret).receive(body, authorization);
    expect(event).toMatchObject({ event: 'room_started', room: { name: 'later' } });
    expect(event.id).toMatch(/^EV_/);
    expect(Math.abs(Number(event.createdAt) - Date.now() / 1000)).toBeLessThan(30);
  });

  it('sends one again that fails, a few times, and not one that is refused', async () => {
    const { received, url } = await receiver(503, 500, 401);
    const { sandbox } = await sandboxFor(url);
    sandbox.add({ trunks: [TRUNK], rooms: [{ name: 'empty', participants: [] }] });
    sandbox.add({ trunks: [TRUNK], rooms: [{ name: 'second', participants: [] }] });
    await vi.waitUntil(() => received.length >= 4, 15_000);
    expect(eventsOf(received).map(([, room]) => room)).toEqual([
      'empty',
      'empty',
      'empty',
      'second',
    ]);
  });

  it('gives one up that nobody takes, and goes on with the next', async () => {
    const { received, url } = await receiver(500, 500, 500, 500);
    const { sandbox } = await sandboxFor(url);
    for (const name of ['lost', 'next']) {
      sandbox.add({ trunks: [TRUNK], rooms: [{ name, participants: [] }] });
    }
    await vi.waitUntil(() => eventsOf(received).some(([, room]) => room === 'next'), 15_000);
    expect(eventsOf(received).map(([, room]) => room)).toEqual([...Array(4).fill('lost'), 'next']);
  });

  it('leaves nothing of its pauses behind where nobody listens', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    atTheEnd(() => process.off('warning', onWarning));
    const { received, url } = await receiver(...Array(16).fill(500));
    const { sandbox } = await sandboxFor(url);
    for (const name of ['1', '2', '3', '4']) {
      sandbox.add({ trunks: [TRUNK], rooms: [{ name, participants: [] }] });
    }
    await vi.waitUntil(() => received.length === 16, 30_000);
    expect(warnings).toEqual([]);
  }, 15_000);

  it.each([
    'http://example.com/hooks',
    'http://127.0.0.1.example.com/',
    'https://127.0.0.1:7890/',
    'http://10.0.0.1/',
    'http://[::2]/',
    'nonsense',
  ])('calls nobody outside this machine: %s', async (webhook) => {
    await expect(startSandbox({ webhook })).rejects.toThrow(RangeError);
  });

  it.each(['http://localhost:1/', 'http://[::1]:1/', 'http://127.0.0.2:1/x'])(
    'takes %s',
    async (webhook) => {
      const sandbox = await startSandbox({ webhook });
      await sandbox.close();
    },
  );
});
