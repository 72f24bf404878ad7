/** The stock Node SDK against the server: what it reads, and the errors it makes of failures. */
import { Duration } from '@bufbuild/protobuf';
import { SIPMediaConfig } from '@livekit/protocol';
import { AgentDispatchClient, RoomServiceClient, SipClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Era } from '../../src/sandbox/server.ts';
import { callerWho, trunkWhich } from './caller-source.ts';
import { ALL_ERAS, connect, inBrackets, type LiveKit } from './livekit-under-test.ts';

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

const BUSY_ERAS = ALL_ERAS.map((era) => [inBrackets(era), era] as const);

/** Under which HTTP status an era tells SIP's 486. */
function busyStatuses(era: Era | null): number[] {
  switch (era) {
    case null:
      return [412, 429, 503];
    case '2025':
      return [503];
    case '1.13':
      return [429];
    default:
      return [412];
  }
}

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

describe('the stock SDK, on a call', () => {
  function clientsOf({ url, apiKey, apiSecret }: LiveKit) {
    return {
      rooms: new RoomServiceClient(url, apiKey, apiSecret, NO_FAILOVER),
      sip: new SipClient(url, apiKey, apiSecret, NO_FAILOVER),
    };
  }

  it('finds it', async (context) => {
    const { livekit, room, callId } = await callerWho('answers', context);
    const { rooms } = clientsOf(livekit);
    expect((await rooms.listRooms()).map(({ name }) => name)).toContain(room);
    const participants = await rooms.listParticipants(room);
    const callers = participants.filter(({ kind }) => kind === 3);
    expect(callers.map(({ attributes }) => attributes['sip.callID'])).toEqual([callId]);
  });

  it('transfers a caller', async (context) => {
    const { livekit, room, identity } = await callerWho('answers', context, { lingersMs: 2_500 });
    const { rooms, sip } = clientsOf(livekit);
    await sip.transferSipParticipant(room, identity, 'sip:100@pbx.company.com', {
      headers: { 'X-Dept': 'sales' },
      playDialtone: true,
      ringingTimeout: 45,
    });
    const { attributes } = await rooms.getParticipant(room, identity);
    expect(attributes['sip.callStatus']).toBe('active');
  });

  it('dispatches an agent, and takes that back', async (context) => {
    const { livekit, room } = await callerWho('answers', context);
    const { url, apiKey, apiSecret } = livekit;
    const dispatches = new AgentDispatchClient(url, apiKey, apiSecret, NO_FAILOVER);
    const { id } = await dispatches.createDispatch(room, 'nobody-serves-this', { metadata: 'x' });
    const names = async () =>
      (await dispatches.listDispatch(room)).map(({ agentName }) => agentName).toSorted();
    expect(await names()).toEqual(['', 'nobody-serves-this']);
    await dispatches.deleteDispatch(id, room);
    expect(await names()).toEqual(['']);
    await expect(dispatches.deleteDispatch(id, room)).rejects.toMatchObject(LIVEKIT_ERROR);
  });

  it('is told the SIP status of a trunk that refuses', async (context) => {
    const { livekit, room, identity } = await callerWho('refuses-405', context);
    const { sip } = clientsOf(livekit);
    const transfer = sip.transferSipParticipant(room, identity, 'tel:+15105559999');
    await expect(transfer).rejects.toMatchObject({
      name: 'SipCallError',
      status: 400,
      code: 'invalid_argument',
      sipStatusCode: 405,
      sipStatus: 'Method Not Allowed',
    });
  });

  it.for(BUSY_ERAS)(
    'is told the SIP status of a target that is busy%s',
    async ([, era], context) => {
      const { livekit, room, identity } = await callerWho('busy-486', context, { era });
      const { sip } = clientsOf(livekit);
      const transfer = sip.transferSipParticipant(room, identity, 'sip:486@pbx.company.com');
      const failure = await transfer.catch((error: unknown) => error);
      expect(failure).toMatchObject({ sipStatusCode: 486 });
      expect(busyStatuses(era)).toContain((failure as { status: number }).status);
    },
  );

  it('removes a caller', async (context) => {
    const { livekit, room, identity } = await callerWho('answers-with-agent', context);
    const { rooms } = clientsOf(livekit);
    await rooms.removeParticipant(room, identity);
    const identities = (await rooms.listParticipants(room)).map((each) => each.identity);
    expect(identities).not.toContain(identity);
    expect(identities).not.toEqual([]);
  });

  it('dials somebody, and deletes the room', async (context) => {
    const { livekit, trunkId, phoneNumber } = await trunkWhich('dial-answers', context);
    const { rooms, sip } = clientsOf(livekit);
    const room = `contract-sdk-${process.pid}`;
    const { participantIdentity, roomName, sipCallId } = await sip.createSipParticipant(
      trunkId,
      phoneNumber,
      room,
      {
        participantIdentity: 'smoke-leg',
        waitUntilAnswered: true,
        maxCallDuration: 120,
        media: new SIPMediaConfig({ mediaTimeout: new Duration({ seconds: 120n }) }),
      },
    );
    expect({ participantIdentity, roomName }).toEqual({
      participantIdentity: 'smoke-leg',
      roomName: room,
    });
    const { attributes } = await rooms.getParticipant(room, 'smoke-leg');
    expect(attributes['sip.callID']).toBe(sipCallId);
    await rooms.deleteRoom(room);
    expect(await rooms.listRooms([room])).toEqual([]);
  });

  it.for(BUSY_ERAS)(
    'is told the SIP status of somebody who is busy%s',
    async ([, era], context) => {
      const { livekit, trunkId, phoneNumber } = await trunkWhich('dial-busy-486', context, { era });
      const { sip } = clientsOf(livekit);
      const room = `contract-sdk-busy-${process.pid}`;
      const dial = sip.createSipParticipant(trunkId, phoneNumber, room, {
        waitUntilAnswered: true,
      });
      const failure = await dial.catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'SipCallError', sipStatusCode: 486 });
      expect(busyStatuses(era)).toContain((failure as { status: number }).status);
    },
  );
});
