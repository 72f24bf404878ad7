/**
 * Which rooms are read, and which of them first. Requests are scarce on LiveKit Cloud: 1,000 a minute for
 * a project, shared with its agents.
 */
import { wildcardMatcher } from '../core/text.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Room } from '../livekit/messages.ts';

/**
 * Makes the test for `rooms: ["call-*"]`: whether a room can hold callers.
 * @param patterns names, in which `*` stands for any run of characters; null: any room can
 */
export function roomMatcher(
  patterns: readonly string[] | null,
): (room: Pick<Room, 'name'>) => boolean {
  if (patterns === null) return () => true;
  const fits = wildcardMatcher(patterns);
  return ({ name }) => fits(name);
}

/** Fewer digits than these say nothing: room names have many. */
const ENOUGH_DIGITS = 7;

/**
 * Which rooms may hold a caller, by their names: dispatch rules put the number into it, and whoever
 * dials often the identity. The last digits are those that every writing of a number has.
 * @returns the higher, the likelier
 */
export function rankRoomsFor(text: string): (room: Pick<Room, 'name'>) => number {
  const digits = text.replace(/\D/g, '');
  const ending = digits.length < ENOUGH_DIGITS ? null : digits.slice(-ENOUGH_DIGITS);
  return ({ name }) => {
    if (name === text) return 2;
    if (text !== '' && name.includes(text)) return 1;
    return ending !== null && name.replace(/\D/g, '').includes(ending) ? 1 : 0;
  };
}

/** ` in rooms that match call-*`, for behind what was looked for; empty where every room is read. */
export function roomsClause(patterns: readonly string[] | null): string {
  return patterns === null ? '' : ` in rooms that match ${patterns.join(' or ')}`;
}

/** A sentence behind a hint, where not all rooms were looked at: the caller may be in another. */
export function otherRooms(clause: string): string {
  return clause === ''
    ? ''
    : ' Other rooms were not read: `rooms` of the config or --rooms says which rooms are.';
}

/** Which rooms a scan reads. */
export interface RoomChoice {
  /** Only this room, by name or SID, whatever the rest says. */
  room?: string | undefined;
  /** Only rooms of which this is true. */
  isScanned?: ((room: Room) => boolean) | undefined;
  /** Which come first: the higher, the earlier. */
  rankRoom?: ((room: Room) => number) | undefined;
}

/** LiveKit finds rooms by name alone: one that is named by its SID is somewhere among all. */
export async function listRooms(
  client: LiveKitClient,
  { room, isScanned = () => true, rankRoom }: RoomChoice,
): Promise<Room[]> {
  const isName = room !== undefined && !room.startsWith('RM_');
  const all = await client.listRooms(isName ? [room] : undefined);
  if (room !== undefined) return all.filter(({ name, sid }) => [name, sid].includes(room));
  const rooms = all.filter(isScanned);
  if (rankRoom === undefined) return rooms;
  const ranked = rooms.map((each) => ({ each, rank: rankRoom(each) }));
  return ranked.sort((a, b) => b.rank - a.rank).map(({ each }) => each);
}

/** A room that is there and could not be read. */
export interface UnreadableRoom {
  room: string;
  message: string;
}

/** Of so many rooms that failed in the same way, each is told of by itself. */
const FEW_ROOMS = 3;

/** A sentence for each cause, however many rooms there are. */
export function describeUnreadable(unreadable: readonly UnreadableRoom[]): string[] {
  const byCause = new Map<string, UnreadableRoom[]>();
  for (const each of unreadable) {
    const cause = each.message.replaceAll(each.room, '');
    byCause.set(cause, [...(byCause.get(cause) ?? []), each]);
  }
  return [...byCause.values()].flatMap((rooms) => {
    if (rooms.length <= FEW_ROOMS) {
      return rooms.map(
        ({ room, message }) =>
          `Room ${room} could not be read, so its calls are missing here: ${message}`,
      );
    }
    const shown = rooms.slice(0, FEW_ROOMS).map(({ room }) => room);
    return [
      `${rooms.length} rooms (${shown.join(', ')}, …) could not be read, so their calls are missing here: ${rooms[0]?.message}`,
    ];
  });
}
