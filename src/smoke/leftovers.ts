/** Rooms that a test left behind because its process was killed. */
import type { Room } from '../livekit/messages.ts';
import { type RoomMaker, readSmokeRoomName } from './room-name.ts';

export interface Leftover {
  room: string;
  ageSeconds: number;
}

/** Longer than any test lasts, its ringing and its call included: who made it is gone. In ms. */
const LONGEST_TEST_MS = 8 * 60_000;

/**
 * Finds the rooms of tests that nobody runs any more. One of this machine is left over as soon as
 * its process is gone; of others, other containers of this machine among them, only the age can tell.
 * @param isRunning whether a process of this machine is there
 */
export function findLeftovers(
  rooms: readonly Pick<Room, 'name' | 'createdAtMs'>[],
  self: RoomMaker,
  isRunning: (pid: number) => boolean,
  nowMs: number,
): Leftover[] {
  return rooms.flatMap(({ name, createdAtMs }) => {
    const origin = readSmokeRoomName(name);
    if (origin === null) return [];
    const ageMs = Math.max(0, nowMs - (createdAtMs || origin.madeAtMs));
    const isHere = origin.machine === self.machine;
    // Our own number on a room that was there before us: another process had it.
    const isGone = isHere && (origin.pid === self.pid || !isRunning(origin.pid));
    if (!isGone && ageMs < LONGEST_TEST_MS) return [];
    return [{ room: name, ageSeconds: Math.round(ageMs / 1000) }];
  });
}
