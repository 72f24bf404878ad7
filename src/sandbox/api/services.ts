/** livekit.RoomService and livekit.SIP, as far as calls and transfers need them. */

import { Duration } from '@bufbuild/protobuf';
import {
  CreateSIPParticipantRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  ListSIPDispatchRuleRequest,
  ListSIPDispatchRuleResponse,
  ListSIPInboundTrunkRequest,
  ListSIPInboundTrunkResponse,
  ListSIPOutboundTrunkRequest,
  ListSIPOutboundTrunkResponse,
  RemoveParticipantResponse,
  RoomParticipantIdentity,
  SIPDispatchRule,
  SIPDispatchRuleIndividual,
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPMediaConfig,
  SIPOutboundTrunkInfo,
  SIPTransport,
  TransferSIPParticipantRequest,
} from '@livekit/protocol';
import { CANARY } from '../world/open-rooms.ts';
import { DISPATCH_RULE_ID } from '../world/participants.ts';
import type { Seed, TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { DialMethod } from './dial.ts';
import type { ReadFaults } from './fault-injection.ts';
import { type Methods, messageReply, method } from './method.ts';
import {
  ApiError,
  noSuchParticipant,
  requireRoomAdmin,
  requireRoomCreate,
  requireRoomList,
  requireSipAdmin,
} from './token.ts';
import type { TransferMethod } from './transfer.ts';

/** @param listing how ListRooms behaves */
export function roomService(world: World, listing: ReadFaults): Methods {
  return {
    'RoomService/ListRooms': method(ListRoomsRequest, async ({ names }, grants) => {
      requireRoomList(grants);
      await listing.apply();
      const wanted = new Set(names);
      const rooms = world.rooms().filter(({ name }) => wanted.size === 0 || wanted.has(name));
      return messageReply(new ListRoomsResponse({ rooms }));
    }),

    'RoomService/ListParticipants': method(ListParticipantsRequest, async ({ room }, grants) => {
      requireRoomAdmin(grants, room);
      await world.room(room)?.readFaults.apply();
      return messageReply(new ListParticipantsResponse({ participants: world.participants(room) }));
    }),

    'RoomService/GetParticipant': method(RoomParticipantIdentity, async (request, grants) => {
      const { room, identity } = request;
      requireRoomAdmin(grants, room);
      await world.room(room)?.readFaults.apply();
      const participant = world.readParticipant(room, identity);
      if (!participant) throw noSuchParticipant();
      return messageReply(participant);
    }),

    'RoomService/RemoveParticipant': method(RoomParticipantIdentity, async (request, grants) => {
      const { room, identity } = request;
      requireRoomAdmin(grants, room);
      const participant = world.readParticipant(room, identity);
      if (!participant) throw noSuchParticipant();
      const { sipService } = world.callOf(participant)?.seed ?? {};
      if (sipService !== 'dead-and-listed') world.remove(room, identity, 'removed');
      return messageReply(new RemoveParticipantResponse());
    }),

    'RoomService/DeleteRoom': method(DeleteRoomRequest, async ({ room }, grants) => {
      requireRoomCreate(grants);
      if (!world.closeRoom(room)) {
        // LiveKit's ErrRoomNotFound comes from the API server itself: no wrapper's words before it.
        throw new ApiError('not_found', 'requested room does not exist');
      }
      return messageReply(new DeleteRoomResponse());
    }),
  };
}

// livekit.SIP: dialling, transfers, and the lists of trunks and dispatch rules.

/** @param dial answers CreateSIPParticipant */
export function sipService(seed: Seed, dial: DialMethod, transfer: TransferMethod): Methods {
  return {
    'SIP/CreateSIPParticipant': method(CreateSIPParticipantRequest, dial),

    'SIP/TransferSIPParticipant': method(TransferSIPParticipantRequest, transfer),

    'SIP/ListSIPInboundTrunk': method(ListSIPInboundTrunkRequest, async (request, grants) => {
      requireSipAdmin(grants);
      const items = seed.trunks.filter(({ direction }) => direction === 'inbound');
      return messageReply(
        new ListSIPInboundTrunkResponse({
          items: items.map(inboundTrunk).filter(matches(request)),
        }),
      );
    }),

    'SIP/ListSIPOutboundTrunk': method(ListSIPOutboundTrunkRequest, async (request, grants) => {
      requireSipAdmin(grants);
      const items = seed.trunks.filter(({ direction }) => direction === 'outbound');
      return messageReply(
        new ListSIPOutboundTrunkResponse({
          items: items.map(outboundTrunk).filter(matches(request)),
        }),
      );
    }),

    'SIP/ListSIPDispatchRule': method(ListSIPDispatchRuleRequest, async (_, grants) => {
      requireSipAdmin(grants);
      return messageReply(new ListSIPDispatchRuleResponse({ items: [dispatchRule(seed)] }));
    }),
  };
}

/** LiveKit's filter of trunk lists: by id, and by number (a trunk without numbers takes any). */
function matches({ trunkIds, numbers }: { trunkIds: string[]; numbers: string[] }) {
  return (trunk: { sipTrunkId: string; numbers: string[] }): boolean =>
    (trunkIds.length === 0 || trunkIds.includes(trunk.sipTrunkId)) &&
    (numbers.length === 0 ||
      trunk.numbers.length === 0 ||
      trunk.numbers.some((number) => numbers.includes(number)));
}

// Trunks and dispatch rules as LiveKit lists them, passwords in clear included.

function inboundTrunk({ id, name, number, mediaTimeoutS }: TrunkSeed): SIPInboundTrunkInfo {
  return new SIPInboundTrunkInfo({
    sipTrunkId: id,
    name,
    numbers: numbersOf(number),
    authUsername: 'sandbox',
    authPassword: CANARY,
    ...mediaOf(mediaTimeoutS),
  });
}

function outboundTrunk(trunk: TrunkSeed): SIPOutboundTrunkInfo {
  const { id, name, number, hostname, mediaTimeoutS, dial } = trunk;
  return new SIPOutboundTrunkInfo({
    sipTrunkId: id,
    name,
    address: hostname,
    transport: SIPTransport.SIP_TRANSPORT_UDP,
    numbers: numbersOf(number),
    ...(dial === 'wants-password' ? {} : { authUsername: 'sandbox', authPassword: CANARY }),
    ...mediaOf(mediaTimeoutS),
  });
}

function numbersOf(number: string | undefined): string[] {
  return number === undefined ? [] : [number];
}

function mediaOf(timeoutS: number | undefined): { media?: SIPMediaConfig } {
  if (timeoutS === undefined) return {};
  const mediaTimeout = new Duration({ seconds: BigInt(timeoutS) });
  return { media: new SIPMediaConfig({ mediaTimeout }) };
}

/** Every caller gets a room of their own, `call-_<number>_<random>`. */
function dispatchRule({ trunks }: Seed): SIPDispatchRuleInfo {
  const inbound = trunks.filter(({ direction }) => direction === 'inbound');
  const ruled = inbound.filter(({ dispatch }) => typeof dispatch !== 'string');
  return new SIPDispatchRuleInfo({
    // A rule without trunks is for all of them.
    trunkIds: ruled.length === inbound.length ? [] : ruled.map(({ id }) => id),
    sipDispatchRuleId: DISPATCH_RULE_ID,
    name: 'one room each',
    rule: new SIPDispatchRule({
      rule: {
        case: 'dispatchRuleIndividual',
        value: new SIPDispatchRuleIndividual({ roomPrefix: 'call-' }),
      },
    }),
  });
}
