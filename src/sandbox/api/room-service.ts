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
import { type FieldReader, type Methods, messageReply, method } from './method.ts';
import { requireRoomAdmin, requireRoomCreate, requireRoomList } from './token.ts';
import { ApiError, errorFromBehind } from './twirp-error.ts';

/** @param listing how ListRooms behaves */
export function roomService(world: World, listing: FieldReader): Methods {
  return {
    'RoomService/ListRooms': method(ListRoomsRequest, async ({ names }, caller) => {
      requireRoomList(caller);
      await listing.pass();
      const wanted = new Set(names);
      const rooms = world.rooms().filter(({ name }) => wanted.size === 0 || wanted.has(name));
      return messageReply(new ListRoomsResponse({ rooms }));
    }),

    'RoomService/ListParticipants': method(ListParticipantsRequest, async ({ room }, caller) => {
      requireRoomAdmin(caller, room);
      await world.room(room)?.reading.pass();
      return messageReply(new ListParticipantsResponse({ participants: world.participants(room) }));
    }),

    'RoomService/GetParticipant': method(RoomParticipantIdentity, async (request, caller) => {
      const { room, identity } = request;
      requireRoomAdmin(caller, room);
      await world.room(room)?.reading.pass();
      const participant = world.lookUp(room, identity);
      if (!participant) throw noSuchParticipant();
      return messageReply(participant);
    }),

    'RoomService/RemoveParticipant': method(RoomParticipantIdentity, async (request, caller) => {
      const { room, identity } = request;
      requireRoomAdmin(caller, room);
      if (!world.lookUp(room, identity)) throw noSuchParticipant();
      world.remove(room, identity);
      return messageReply(new RemoveParticipantResponse());
    }),

    'RoomService/DeleteRoom': method(DeleteRoomRequest, async ({ room }, caller) => {
      requireRoomCreate(caller);
      if (!world.closeRoom(room)) {
        // LiveKit's ErrRoomNotFound, found by the front door itself: no wrapper's words before it.
        throw new ApiError('not_found', 'requested room does not exist');
      }
      return messageReply(new DeleteRoomResponse());
    }),
  };
}

/** LiveKit says the same of a room that is not there. */
export function noSuchParticipant(): ApiError {
  return errorFromBehind('not_found', 'participant does not exist');
}
