/** A LiveKit whose rooms a test fills, empties, and makes unreadable as it goes. */
import { KnownError } from '../../src/core/errors.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import { caller, fakeClient, room } from '../support/livekit.ts';

/** By name; a room that cannot be read is `unreadable`, one that the key may not read `forbidden`. */
export type Rooms = Record<string, Participant[] | 'unreadable' | 'forbidden'>;

/** The one number of ours that these calls come in at. */
export const OURS = '+15550001111';

/** A call that has come in. @param to the number that LiveKit shows for ours: none at first, maybe */
export function arrived(callId: string, from = '+15105550142', to: string = OURS): Participant {
  return caller({
    identity: `sip_${callId}`,
    attributes: { 'sip.callID': callId, 'sip.phoneNumber': from, 'sip.trunkPhoneNumber': to },
  });
}

export function clientOf(rooms: Rooms): LiveKitClient {
  return fakeClient({
    listRooms: async (names) =>
      Object.keys(rooms)
        .filter((name) => names?.includes(name) ?? true)
        .map((name) => room({ name })),
    listParticipants: async (name) => {
      const present = rooms[name] ?? [];
      if (present === 'unreadable') throw new KnownError('server', 'no response from servers');
      if (present === 'forbidden') throw new KnownError('permission', 'not with this key');
      return present;
    },
  });
}
