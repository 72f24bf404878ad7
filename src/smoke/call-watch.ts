/**
 * Which calls have come in since a moment. What was there before is a customer's, and so may be
 * whatever is in a room that nobody could read then: neither is ever taken for a new call.
 */
import type { Call } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { readRoom, scanCalls } from '../calls/scan.ts';
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';

export interface CallWatchOptions {
  isAgent: IsAgentIdentity;
  now(): number;
  /** Every so many looks reads the rooms that were there before, too; the others read new ones. */
  fullLookEvery: number;
}

export interface CallsSince {
  /** Calls that have come in since. */
  calls: Call[];
  /** Calls of which nobody can tell whether they were there before: never to be touched. */
  undated: Call[];
  /** Rooms that could not be read when they were last looked at. */
  unread: string[];
}

export interface CallWatch {
  /** @throws KnownError when the rooms cannot be listed, or no credentials fit */
  look(): Promise<CallsSince>;
  /** Whether a room was not there when the watch began. */
  isNewRoom(room: string): boolean;
  /** Rooms that could not be read when the watch began: what is in them stays undated. */
  readonly blindRooms: readonly string[];
}

interface Look {
  calls: Call[];
  unread: string[];
}

/**
 * Notes which calls are there already.
 * @throws KnownError when the rooms cannot be listed, or no credentials fit
 */
export async function watchCalls(
  client: LiveKitClient,
  { isAgent, now, fullLookEvery }: CallWatchOptions,
): Promise<CallWatch> {
  const options = { isAgent, now };
  const before = await scanCalls(client, options);
  // Every call, whatever its number: LiveKit may show the number of one that is there only later.
  const oldCalls = new Set(before.calls.map(({ callId }) => callId));
  const blindRooms = new Set(before.unreadable.map(({ room }) => room));
  const oldRooms = new Set([...before.rooms.map(({ room }) => room.name), ...blindRooms]);
  const undated = new Map<string, Call>();
  let unread: readonly string[] = [...blindRooms];
  let looks = 0;

  async function lookEverywhere(): Promise<Look> {
    const { calls, unreadable } = await scanCalls(client, options);
    return { calls, unread: unreadable.map(({ room }) => room) };
  }

  async function lookAtNewRooms(): Promise<Look> {
    const rooms = (await client.listRooms()).filter(({ name }) => !oldRooms.has(name));
    // Nobody has looked at the others again.
    const failed = unread.filter((name) => oldRooms.has(name));
    const calls = await Promise.all(
      rooms.map(async (room) => {
        try {
          return readRoom(room, await client.listParticipants(room.name), options).calls;
        } catch (error) {
          // One room that is ending is no reason to give up; a key that may not read one reads none.
          if (!(error instanceof KnownError) || error.exitCode === 4) throw error;
          failed.push(room.name);
          return [];
        }
      }),
    );
    return { calls: calls.flat(), unread: failed };
  }

  return {
    blindRooms: [...blindRooms],
    isNewRoom: (room) => !oldRooms.has(room),
    look: async () => {
      looks += 1;
      const seen = await (looks % fullLookEvery === 0 ? lookEverywhere() : lookAtNewRooms());
      unread = seen.unread;
      const since = seen.calls.filter(({ callId }) => !oldCalls.has(callId));
      // By its id, so that one that is moved to another room is no new call there.
      for (const call of since) if (blindRooms.has(call.room)) undated.set(call.callId, call);
      return {
        calls: since.filter(({ callId }) => !undated.has(callId)),
        undated: [...undated.values()],
        unread: [...unread],
      };
    },
  };
}
