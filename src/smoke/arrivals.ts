/**
 * Finds the call that our own dialling, or a transfer, brings in at one of our numbers: by called
 * number, caller and time. A customer may call in the same second, so the caller has to fit.
 */
import type { Call } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { readRoom, scanCalls } from '../calls/scan.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { isSameNumber } from './phone-match.ts';

export interface ArrivalOptions {
  /** Our number that is called. */
  number: string;
  isAgent: IsAgentIdentity;
  now(): number;
}

export interface Arrivals {
  /** Calls that came in since, from one of the callers. */
  ours: Call[];
  /** Calls that came in since, from somebody else. */
  foreign: Call[];
}

export interface ArrivalWatch {
  /** @param callers numbers that our call may show */
  look(callers: readonly string[]): Promise<Arrivals>;
  /** Whether a room was not there when the watch began. */
  isNewRoom(room: string): boolean;
}

/** Most calls come to a room of their own: only every so many looks reads the old rooms, too. */
const FULL_LOOK_EVERY = 4;

/**
 * Notes which calls are there already, before anything is dialled.
 * @throws KnownError when the rooms cannot be listed or read
 */
export async function watchArrivals(
  client: LiveKitClient,
  { number, isAgent, now }: ArrivalOptions,
): Promise<ArrivalWatch> {
  const options = { isAgent, now };
  const before = await scanCalls(client, options);
  const oldCalls = new Set(before.calls.map(({ callId }) => callId));
  const oldRooms = new Set(before.rooms.map(({ room }) => room.name));
  let looks = 0;

  async function callsNow(): Promise<Call[]> {
    looks += 1;
    if (looks % FULL_LOOK_EVERY === 0) return (await scanCalls(client, options)).calls;
    const rooms = (await client.listRooms()).filter(({ name }) => !oldRooms.has(name));
    const readings = await Promise.all(
      rooms.map(async (room) => readRoom(room, await client.listParticipants(room.name), options)),
    );
    return readings.flatMap(({ calls }) => calls);
  }

  return {
    isNewRoom: (room) => !oldRooms.has(room),
    look: async (callers) => {
      const arrived = (await callsNow()).filter(
        ({ callId, direction, calledNumber }) =>
          direction === 'inbound' && !oldCalls.has(callId) && isSameNumber(calledNumber, number),
      );
      const isOurs = ({ phoneNumberRaw }: Call) =>
        callers.some((caller) => isSameNumber(caller, phoneNumberRaw));
      return {
        ours: arrived.filter(isOurs),
        foreign: arrived.filter((call) => !isOurs(call)),
      };
    },
  };
}
