import { TokenVerifier } from 'livekit-server-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ProbedRead, probe } from '../../../src/commands/doctor/access.ts';
import { createTransport } from '../../../src/livekit/transport.ts';
import { json, type Reply, serve } from '../../livekit/loopback.ts';

const SECRET = 'cAnArYsEcReT1234567890cAnArYsEcReT';

async function ask(read: ProbedRead, reply: Reply, now = () => Date.now()) {
  const server = await serve(reply);
  const transport = await createTransport(server.origin, 'lk-transfer/test');
  onTestFinished(() => transport.close());
  const credentials = { url: server.origin, apiKey: 'APItest', apiSecret: SECRET, source: 'test' };
  const found = await probe(read, credentials, transport, { timeoutMs: 3000, now });
  return { ...server, found };
}

describe('a probe', () => {
  it.each([
    ['rooms', 'RoomService/ListRooms', { roomList: true }, undefined],
    ['participants', 'RoomService/ListParticipants', { roomAdmin: true }, undefined],
    ['inboundTrunks', 'SIP/ListSIPInboundTrunk', undefined, { admin: true }],
    ['outboundTrunks', 'SIP/ListSIPOutboundTrunk', undefined, { admin: true }],
  ] satisfies [ProbedRead, string, object | undefined, object | undefined][])(
    'for %s asks %s once, with that grant alone',
    async (read, method, video, sip) => {
      const { seen } = await ask(read, json(503, { code: 'unavailable', msg: 'no' }));
      expect(seen.map(({ path }) => path)).toEqual([`/twirp/livekit.${method}`]);
      const token = seen[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
      const claims = await new TokenVerifier('APItest', SECRET).verify(token);
      expect(claims.sip).toEqual(sip);
      const { room: _room, ...granted } = claims.video ?? {};
      expect(granted).toEqual(video ?? {});
    },
  );

  it.each([
    ['as ours', 0],
    ['an hour ahead', 3_600_000],
    ['two minutes behind', -120_000],
  ])('sees the clock of the server: %s', async (_, ahead) => {
    const { found } = await ask('rooms', (response) => {
      response.setHeader('date', new Date(Date.now() + ahead).toUTCString());
      response.end('{}');
    });
    expect(Math.abs((found.clockAheadMs ?? Number.NaN) - ahead)).toBeLessThan(2500);
  });

  it.each([
    ['no Date', undefined],
    ['a Date that is none', 'yesterday'],
  ])('of a server that sends %s knows no clock', async (_, date) => {
    const { found } = await ask('rooms', (response) => {
      response.sendDate = false;
      if (date !== undefined) response.setHeader('date', date);
      response.end('{}');
    });
    expect(found.clockAheadMs).toBeNull();
  });
});
