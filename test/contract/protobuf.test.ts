/** Twirp's other encoding, which the Go SDK and the lk CLI use. */
import type { Message, MessageType } from '@bufbuild/protobuf';
import {
  AgentDispatch,
  CreateAgentDispatchRequest,
  CreateSIPParticipantRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  ListSIPInboundTrunkRequest,
  ListSIPInboundTrunkResponse,
  PerformRpcRequest,
  SIPParticipantInfo,
  SIPTransferReason,
  TransferSIPParticipantRequest,
  TransferSIPParticipantResponse,
} from '@livekit/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerWho, trunkWhich } from './caller-source.ts';
import {
  allGrants,
  bearer,
  call,
  connect,
  expectCaptured,
  type LiveKit,
} from './livekit-under-test.ts';

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await connect();
});
afterAll(() => livekit.close());

function post(livekit: LiveKit, method: string, message: { toBinary(): Uint8Array }, room: string) {
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
  livekit: LiveKit,
  method: string,
  message: { toBinary(): Uint8Array },
  reply: MessageType<Reply>,
  room = '',
): Promise<Reply> {
  const response = await post(livekit, method, message, room);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/protobuf');
  return reply.fromBinary(new Uint8Array(await response.arrayBuffer()));
}

describe('protobuf, on any LiveKit', () => {
  it('is answered in protobuf', async () => {
    const request = new ListRoomsRequest({ names: ['contract-none'] });
    const { rooms } = await ask(livekit, 'RoomService/ListRooms', request, ListRoomsResponse);
    expect(rooms).toEqual([]);
  });

  it('is answered in JSON when it fails', async () => {
    const request = new TransferSIPParticipantRequest({
      roomName: 'contract-none',
      participantIdentity: 'nobody',
      transferTo: 'tel:+15105559999',
    });
    const method = 'SIP/TransferSIPParticipant';
    const response = await post(livekit, method, request, 'contract-none');
    const contentType = response.headers.get('content-type');
    const answer = { status: response.status, contentType, body: await response.text() };
    expectCaptured(answer, 'transfer missing room');
  });
});

describe('protobuf, on a call', () => {
  it('says the same as JSON', async (context) => {
    const { livekit, room } = await callerWho('answers-with-agent', context);
    const method = 'RoomService/ListParticipants';
    const [inProtobuf, inJson] = await Promise.all([
      ask(livekit, method, new ListParticipantsRequest({ room }), ListParticipantsResponse, room),
      call(livekit, method, { room }, room),
    ]);
    expect(inProtobuf.participants).toHaveLength(2);
    expect(inProtobuf.equals(ListParticipantsResponse.fromJsonString(inJson.body))).toBe(true);
  });

  it('lists trunks', async (context) => {
    const { livekit, room, identity } = await callerWho('answers', context);
    const caller = await call(livekit, 'RoomService/GetParticipant', { room, identity }, room);
    const trunkIds = [JSON.parse(caller.body).attributes['sip.trunkID']];
    const request = new ListSIPInboundTrunkRequest({ trunkIds });
    const method = 'SIP/ListSIPInboundTrunk';
    const { items } = await ask(livekit, method, request, ListSIPInboundTrunkResponse);
    expect(items.map(({ sipTrunkId }) => sipTrunkId)).toEqual(trunkIds);
  });

  it('transfers a caller', async (context) => {
    const { livekit, room, identity } = await callerWho('answers', context);
    const request = new TransferSIPParticipantRequest({
      roomName: room,
      participantIdentity: identity,
      transferTo: 'sip:100@pbx.company.com',
    });
    const method = 'SIP/TransferSIPParticipant';
    const reply = await ask(livekit, method, request, TransferSIPParticipantResponse, room);
    // One era states the success, the others leave every field at its zero value.
    const isStated = reply.reason === SIPTransferReason.STR_COMPLETED;
    expect(isStated || reply.equals(new TransferSIPParticipantResponse())).toBe(true);
  });

  it('dispatches an agent, and asks somebody by RPC who has no such method', async (context) => {
    const { livekit, room } = await callerWho('answers-with-agent', context);
    const request = new CreateAgentDispatchRequest({ room, agentName: 'nobody-serves-this' });
    const create = 'AgentDispatchService/CreateDispatch';
    const made = await ask(livekit, create, request, AgentDispatch, room);
    expect(made).toMatchObject({ agentName: 'nobody-serves-this', room });

    const seen = await call(livekit, 'RoomService/ListParticipants', { room }, room);
    const people: { identity: string; kind: string }[] = JSON.parse(seen.body).participants;
    const agent = people.find(({ kind }) => kind !== 'SIP');
    const destinationIdentity = agent?.identity ?? '';
    const rpc = new PerformRpcRequest({ room, destinationIdentity, method: 'none' });
    const answer = await post(livekit, 'RoomService/PerformRpc', rpc, room);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_argument' });
  });

  it('dials somebody, and deletes the room', async (context) => {
    const { livekit, trunkId, phoneNumber } = await trunkWhich('dial-answers', context);
    const roomName = `contract-protobuf-${process.pid}`;
    const request = new CreateSIPParticipantRequest({
      sipTrunkId: trunkId,
      sipCallTo: phoneNumber,
      roomName,
      participantIdentity: 'smoke-leg',
      waitUntilAnswered: true,
    });
    const info = await ask(livekit, 'SIP/CreateSIPParticipant', request, SIPParticipantInfo);
    expect(info).toMatchObject({ participantIdentity: 'smoke-leg', roomName });
    const deletion = new DeleteRoomRequest({ room: roomName });
    const reply = await ask(livekit, 'RoomService/DeleteRoom', deletion, DeleteRoomResponse);
    expect(reply.equals(new DeleteRoomResponse())).toBe(true);
  });
});
