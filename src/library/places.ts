/** Finding the caller in a room. */
import type { Call } from '../calls/call.ts';
import { findCallInRoom } from '../calls/find.ts';
import { scanCalls } from '../calls/scan.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { CallPlace } from './types.ts';

/** What a search needs. */
export interface CallSearch {
  client: LiveKitClient;
  isAgent(identity: string): boolean;
  /** Wall clock, ms since 1970. */
  now(): number;
}

/**
 * Finds the caller in one room.
 * @throws NotFoundError when there is none; KnownError `ambiguous-call` when there are several,
 *   `server` when the room cannot be read, and whatever the reading itself throws
 */
export async function findCallAt(place: CallPlace, search: CallSearch): Promise<Call> {
  const { client, isAgent, now } = search;
  const { calls, unreadable } = await scanCalls(client, { isAgent, now, room: place.room });
  const unread = unreadable.map(({ room }) => room);
  return findCallInRoom(calls, place.room, place.identity, unread);
}
