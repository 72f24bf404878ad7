/** livekit.RoomService, as far as calls and transfers need it. */
import {
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  RemoveParticipantResponse,
  RoomParticipantIdentity,
} from '@livekit/protocol';
import type { World } from '../world/world.ts';
import type { ReadFaults } from './fault-injection.ts';
import { type Methods, messageReply, method } from './method.ts';
import { requireRoomAdmin, requireRoomCreate, requireRoomList } from './token.ts';
import { ApiError, errorFromBehind } from './twirp-error.ts';

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
      if (!world.readParticipant(room, identity)) throw noSuchParticipant();
      world.remove(room, identity);
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

/** LiveKit answers the same for a room that is not there. */
export function noSuchParticipant(): ApiError {
  return errorFromBehind('not_found', 'participant does not exist');
}
