/** Twirp's other encoding, which the Go SDK and the lk CLI use. */
import type { Message, MessageType } from '@bufbuild/protobuf';
import {
  CreateSIPParticipantRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  ListSIPInboundTrunkRequest,
  ListSIPInboundTrunkResponse,
  SIPParticipantInfo,
  TransferSIPParticipantRequest,
  TransferSIPParticipantResponse,
} from '@livekit/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captured } from './captured-answers.ts';
import { allGrants, bearer, call, connect, isSandbox, type LiveKit } from './livekit-under-test.ts';

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await connect();
});
afterAll(() => livekit.close());

const HEALTHY = 'call-_+15105550101_UXhTJCKREUsw';

function post(method: string, message: { toBinary(): Uint8Array }, room: string) {
  return fetch(`${livekit.url}/twirp/livekit.${method}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/protobuf',
      Authorization: bearer(livekit, allGrants(room)),
    },
    body: new Uint8Array(message.toBinary()),
  });
}

async function ask<Reply extends Message<Reply>>(
  method: string,
  message: { toBinary(): Uint8Array },
  reply: MessageType<Reply>,
  room = '',
): Promise<Reply> {
  const response = await post(method, message, room);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/protobuf');
  return reply.fromBinary(new Uint8Array(await response.arrayBuffer()));
}

describe('protobuf, on any LiveKit', () => {
  it('is answered in protobuf', async () => {
    const request = new ListRoomsRequest({ names: ['contract-none'] });
    const { rooms } = await ask('RoomService/ListRooms', request, ListRoomsResponse);
    expect(rooms).toEqual([]);
  });

  it('is answered in JSON when it fails', async () => {
    const request = new TransferSIPParticipantRequest({
      roomName: 'contract-none',
      participantIdentity: 'nobody',
      transferTo: 'tel:+15105559999',
    });
    const response = await post('SIP/TransferSIPParticipant', request, 'contract-none');
    const { status, contentType, body } = captured('transfer missing room');
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(await response.text()).toBe(body);
  });
});

describe.runIf(isSandbox)('protobuf, on the seeded calls', () => {
  it('says the same as JSON', async () => {
    const [inProtobuf, inJson] = await Promise.all([
      ask(
        'RoomService/ListParticipants',
        new ListParticipantsRequest({ room: HEALTHY }),
        ListParticipantsResponse,
        HEALTHY,
      ),
      call(livekit, 'RoomService/ListParticipants', { room: HEALTHY }, HEALTHY),
    ]);
    expect(inProtobuf.participants).toHaveLength(2);
    expect(inProtobuf.equals(ListParticipantsResponse.fromJsonString(inJson.body))).toBe(true);
  });

  it('lists trunks', async () => {
    const request = new ListSIPInboundTrunkRequest({ trunkIds: ['ST_honours00001'] });
    const { items } = await ask('SIP/ListSIPInboundTrunk', request, ListSIPInboundTrunkResponse);
    expect(items.map(({ numbers }) => numbers)).toEqual([['+15105550001']]);
  });

  it('transfers a caller', async () => {
    const request = new TransferSIPParticipantRequest({
      roomName: HEALTHY,
      participantIdentity: 'sip_+15105550101',
      transferTo: 'sip:100@pbx.company.com',
    });
    const method = 'SIP/TransferSIPParticipant';
    const reply = await ask(method, request, TransferSIPParticipantResponse, HEALTHY);
    expect(reply.equals(new TransferSIPParticipantResponse())).toBe(true);
  });

  it('dials somebody, and deletes the room', async () => {
    const roomName = 'protobuf-dial';
    const request = new CreateSIPParticipantRequest({
      sipTrunkId: 'ST_outbound0001',
      sipCallTo: '+15105550177',
      roomName,
      participantIdentity: 'smoke-leg',
      waitUntilAnswered: true,
    });
    const info = await ask('SIP/CreateSIPParticipant', request, SIPParticipantInfo);
    expect(info).toMatchObject({ participantIdentity: 'smoke-leg', roomName });
    const deletion = new DeleteRoomRequest({ room: roomName });
    const reply = await ask('RoomService/DeleteRoom', deletion, DeleteRoomResponse);
    expect(reply.equals(new DeleteRoomResponse())).toBe(true);
  });
});
