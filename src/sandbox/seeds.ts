/** Ready-made seeds: the demo's calls, and as many rooms as a benchmark needs. */
import { demoRooms } from './demo/rooms.ts';
import { demoTrunks, HONOURING_TRUNK } from './demo/trunks.ts';
import { stableSuffix } from './world/participants.ts';
import type { ParticipantSeed, RoomSeed, Seed } from './world/seed-types.ts';

export { CANARY } from './world/open-rooms.ts';
export type * from './world/seed-types.ts';

/** One call of every kind, on every kind of trunk, with the same ids at every start. */
export const demoSeed: Seed = { trunks: demoTrunks, rooms: demoRooms };

/**
 * Many rooms, some of them with a healthy call: caller, and an agent that publishes audio. The
 * others hold two people in browsers.
 * @param rooms how many rooms in all
 * @param callers how many of them have a SIP caller, spread evenly over the list
 */
export function seedManyRooms(rooms: number, callers: number): Seed {
  return {
    trunks: [HONOURING_TRUNK],
    rooms: Array.from({ length: rooms }, (_, index) => {
      const isCall =
        Math.floor(((index + 1) * callers) / rooms) > Math.floor((index * callers) / rooms);
      return isCall ? callRoom(index) : meetingRoom(index);
    }),
  };
}

function callRoom(index: number): RoomSeed {
  const number = `+1510${String(5_550_000 + index).padStart(7, '0')}`;
  const participants: ParticipantSeed[] = [
    {
      kind: 'agent',
      identity: `agent-${stableSuffix(number)}`,
      state: 'listening',
      audio: 'published',
      age: 60,
    },
    {
      kind: 'caller',
      callId: `SCL_many${String(index).padStart(8, '0')}`,
      trunk: HONOURING_TRUNK.id,
      number,
      age: 61,
    },
  ];
  return { name: `call-_${number}_${stableSuffix(`many ${index}`)}`, participants };
}

function meetingRoom(index: number): RoomSeed {
  const people = ['alice', 'bob'].map((identity): ParticipantSeed => {
    return { kind: 'web', identity: `${identity}-${index}`, audio: 'published', age: 300 };
  });
  return { name: `meeting-${stableSuffix(`meeting ${index}`)}`, participants: people };
}
