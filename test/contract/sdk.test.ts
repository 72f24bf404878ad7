/** The stock Node SDK against the server: what it reads, and the errors it makes of failures. */
import { Duration } from '@bufbuild/protobuf';
import { SIPMediaConfig } from '@livekit/protocol';
import { RoomServiceClient, SipClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed } from '../../src/sandbox/seeds.ts';
import { connect, isSandbox, type LiveKit } from './livekit-under-test.ts';

const NO_FAILOVER = { failover: false };

let livekit: LiveKit;
let rooms: RoomServiceClient;
let sip: SipClient;
beforeAll(async () => {
  livekit = await connect();
  const { url, apiKey, apiSecret } = livekit;
  rooms = new RoomServiceClient(url, apiKey, apiSecret, NO_FAILOVER);
  sip = new SipClient(url, apiKey, apiSecret, NO_FAILOVER);
});
afterAll(() => livekit.close());

const LIVEKIT_ERROR = { status: 404, code: 'not_found' };

describe('the stock SDK, on any LiveKit', () => {
  it('reads the rooms and trunks', async () => {
    expect(await rooms.listRooms(['contract-none'])).toEqual([]);
    expect(await rooms.listParticipants('contract-none')).toEqual([]);
    expect(Array.isArray(await sip.listSipInboundTrunk())).toBe(true);
    expect(Array.isArray(await sip.listSipOutboundTrunk())).toBe(true);
    expect(Array.isArray(await sip.listSipDispatchRule())).toBe(true);
  });

  it('is told who is not there', async () => {
    await expect(rooms.getParticipant('contract-none', 'p')).rejects.toMatchObject(LIVEKIT_ERROR);
    await expect(rooms.removeParticipant('contract-none', 'p')).rejects.toMatchObject(
      LIVEKIT_ERROR,
    );
    await expect(
      sip.transferSipParticipant('contract-none', 'p', 'tel:+15105559999'),
    ).rejects.toMatchObject(LIVEKIT_ERROR);
    await expect(rooms.deleteRoom('contract-none')).rejects.toMatchObject(LIVEKIT_ERROR);
    await expect(
      sip.createSipParticipant('ST_nobody', '+15105550177', 'contract-none'),
    ).rejects.toMatchObject(LIVEKIT_ERROR);
  });

  it('is told when the secret is wrong', async () => {
    const { url, apiKey } = livekit;
    const stranger = new RoomServiceClient(url, apiKey, 'x'.repeat(40), NO_FAILOVER);
    await expect(stranger.listRooms()).rejects.toMatchObject({ status: 401 });
  });
});

describe.runIf(isSandbox)('the stock SDK, on the seeded calls', () => {
  const roomOf = (callId: string): string =>
    demoSeed.rooms.find(({ participants }) =>
      participants.some((person) => person.kind === 'caller' && person.callId === callId),
    )?.name ?? '';

  it('finds every call', async () => {
    const callIds: (string | undefined)[] = [];
    for (const { name } of await rooms.listRooms()) {
      for (const { kind, attributes } of await rooms.listParticipants(name)) {
        if (kind === 3) callIds.push(attributes['sip.callID']);
      }
    }
    const seeded = demoSeed.rooms.flatMap(({ participants }) =>
      participants.flatMap((person) => (person.kind === 'caller' ? [person.callId] : [])),
    );
    expect(callIds).toEqual(seeded);
  });

  it('transfers a caller', async () => {
    const room = roomOf('SCL_noAgent00001');
    await sip.transferSipParticipant(room, 'sip_+15105550102', 'sip:100@pbx.company.com', {
      headers: { 'X-Dept': 'sales' },
      playDialtone: true,
      ringingTimeout: 45,
    });
    const { attributes } = await rooms.getParticipant(room, 'sip_+15105550102');
    expect(attributes['sip.callStatus']).toBe('active');
  });

  it('is told the SIP status of a trunk that refuses', async () => {
    const transfer = sip.transferSipParticipant(
      roomOf('SCL_refuses40501'),
      'sip_+15105550110',
      'tel:+15105559999',
    );
    await expect(transfer).rejects.toMatchObject({
      name: 'SipCallError',
      status: 400,
      code: 'invalid_argument',
      sipStatusCode: 405,
      sipStatus: 'Method Not Allowed',
    });
  });

  it('is told the SIP status of a target that is busy', async () => {
    const transfer = sip.transferSipParticipant(
      roomOf('SCL_healthy00001'),
      'sip_+15105550101',
      'sip:486@pbx.company.com',
    );
    await expect(transfer).rejects.toMatchObject({ status: 429, sipStatusCode: 486 });
  });

  it('removes a caller', async () => {
    const room = roomOf('SCL_twoInRoom002');
    await rooms.removeParticipant(room, 'sip_+15105550108');
    const identities = (await rooms.listParticipants(room)).map(({ identity }) => identity);
    expect(identities).toEqual(['agent-AJ_conference', 'sip_+15105550107']);
  });

  it('dials somebody, and deletes the room', async () => {
    const { participantIdentity, roomName, sipCallId } = await sip.createSipParticipant(
      'ST_outbound0001',
      '+15105550177',
      'sdk-dial',
      {
        participantIdentity: 'smoke-leg',
        waitUntilAnswered: true,
        maxCallDuration: 120,
        media: new SIPMediaConfig({ mediaTimeout: new Duration({ seconds: 120n }) }),
      },
    );
    expect({ participantIdentity, roomName }).toEqual({
      participantIdentity: 'smoke-leg',
      roomName: 'sdk-dial',
    });
    const { attributes } = await rooms.getParticipant('sdk-dial', 'smoke-leg');
    expect(attributes['sip.callID']).toBe(sipCallId);
    await rooms.deleteRoom('sdk-dial');
    expect(await rooms.listRooms(['sdk-dial'])).toEqual([]);
  });

  it('is told the SIP status of somebody who is busy', async () => {
    const dial = sip.createSipParticipant('ST_outbound0001', '+15105550486', 'sdk-busy', {
      waitUntilAnswered: true,
    });
    await expect(dial).rejects.toMatchObject({
      name: 'SipCallError',
      status: 429,
      sipStatusCode: 486,
    });
  });
});
