/**
 * Finding the calls. LiveKit has no list of SIP calls: there is a list of rooms, and a list of the
 * participants of each. Rooms come and go while this runs.
 */
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Participant, Room } from '../livekit/messages.ts';
import { readEach } from '../livekit/read-pace.ts';
import {
  type Call,
  hasCallId,
  isForwarded,
  longestWaitingFirst,
  readCall,
  readCallerNumbers,
  roomOf,
} from './call.ts';
import {
  agentsAmong,
  type IsAgentIdentity,
  isStuckCondition,
  judgeCondition,
} from './condition.ts';
import { listRooms, type RoomChoice, type UnreadableRoom } from './rooms.ts';
import { HANDOVER_MS, judgeFirstLook, type SeenCalls } from './stuck.ts';

/**
 * The calls with a REFER whose outcome nobody knows: by call id, when the first of them was sent, in ms
 * since 1970.
 */
export type OpenCalls = ReadonlyMap<string, number>;

export interface RoomReading {
  room: Room;
  participants: Participant[];
  calls: Call[];
}

export interface Scan {
  rooms: RoomReading[];
  calls: Call[];
  /** Rooms that are there and could not be read: what is in them is not known. */
  unreadable: UnreadableRoom[];
  /** How many rooms nobody tried to read, since all that was wanted had been found. */
  left: number;
}

export interface ScanOptions extends RoomChoice {
  isAgent: IsAgentIdentity;
  /** The default country, for numbers that a carrier writes without a plus. */
  country?: string | undefined;
  /** Ids of the calls that are looked for: once all are found, no further room is read. */
  wanted?: ReadonlySet<string> | undefined;
  /** Asked for beside the list of rooms. */
  readOpenTransfers?: (() => Promise<OpenCalls>) | undefined;
  /** What earlier looks saw; asked for beside the list of rooms. */
  readSeen?: (() => Promise<SeenCalls>) | undefined;
  now(): number;
  /** Called with each room as it is read. */
  onRoom?: ((reading: RoomReading) => void) | undefined;
  /** How far the scan is: rooms read, and rooms in all. */
  onProgress?: ((read: number, total: number) => void) | undefined;
}

const NO_TRANSFERS: OpenCalls = new Map();

/** Everybody in one room, with the calls among them judged from this one look, and from the record. */
export function readRoom(
  room: Room,
  participants: Participant[],
  options: Pick<ScanOptions, 'isAgent' | 'now'>,
  open: OpenCalls = NO_TRANSFERS,
): RoomReading {
  const nowMs = options.now();
  const [agent] = agentsAmong(participants, options.isAgent);
  const calls = participants.flatMap((participant) => {
    const call = readCall(participant, room, nowMs);
    if (call === null) return [];
    const seen = judgeCondition(call, participants, options.isAgent, nowMs);
    // A target who talks with the caller shows where they are, whatever the record does not know.
    const openSinceMs = seen === 'bridged' ? undefined : open.get(call.callId);
    call.condition = openSinceMs === undefined ? seen : 'transfer-open';
    const shown = judgeFirstLook(call, participants, options.isAgent, nowMs);
    call.stuck = shown.stuck;
    const sinceMs = openSinceMs ?? shown.sinceMs;
    // A record may have been written by another clock.
    const isPast = sinceMs !== null && sinceMs <= nowMs;
    call.conditionSince = isPast ? new Date(sinceMs).toISOString() : null;
    if (agent !== undefined) {
      call.agent = {
        identity: agent.identity,
        state: agent.attributes.get('lk.agent.state') ?? null,
      };
    }
    return [call];
  });
  return { room, participants, calls };
}

/** Whether a call of a room is the copy of one that came in to another room. */
export function isCopyIn({ participants }: Pick<RoomReading, 'participants'>, call: Call): boolean {
  const source = participants.find(({ identity }) => identity === call.identity);
  return source !== undefined && isForwarded(source);
}

/**
 * One row a call: a call forwarded into another room is listed where it came in. Of one whose own
 * room was not read, or is not among those that are looked at, its copy does not tell whether it is
 * stuck.
 */
function withoutCopies(rooms: readonly RoomReading[]): Call[] {
  const byId = new Map<string, { call: Call; copy: boolean }>();
  for (const reading of rooms) {
    for (const call of reading.calls) {
      const copy = isCopyIn(reading, call);
      const id = call.callId || `${call.roomSid} ${call.identity}`;
      const known = byId.get(id);
      if (known === undefined || (known.copy && !copy)) byId.set(id, { call, copy });
    }
  }
  return [...byId.values()].map(({ call, copy }) =>
    copy && call.condition !== 'transfer-open'
      ? { ...call, conditionSince: null, stuck: null }
      : call,
  );
}

/**
 * Reads every room (or one, or as many as it takes) and finds the SIP calls in them.
 * @returns rooms that were read, calls by age, and the rooms that could not be read
 * @throws KnownError when the list of rooms itself cannot be had, or no credentials fit
 */
export async function scanCalls(client: LiveKitClient, options: ScanOptions): Promise<Scan> {
  // The request first: what is read from disk is there long before its answer.
  const listing = listRooms(client, options);
  const [rooms, open, seen] = await Promise.all([
    listing,
    options.readOpenTransfers?.(),
    options.readSeen?.(),
  ]);
  const failures: UnreadableRoom[] = [];
  const readings: (RoomReading | undefined)[] = [];
  const missing = new Set(options.wanted);
  // A call id is given once: no room that is left unread holds another call of that id.
  const isDone = () => options.wanted !== undefined && missing.size === 0;
  let read = 0;
  await readEach(client, rooms.entries(), isDone, async ([index, room]) => {
    try {
      const reading = readRoom(room, await client.listParticipants(room.name), options, open);
      for (const call of reading.calls) {
        // Whoever serves a copy is elsewhere.
        if (isCopyIn(reading, call)) continue;
        missing.delete(call.callId);
        seen?.note(call, options.now());
      }
      readings[index] = reading;
      options.onRoom?.(reading);
    } catch (error) {
      failures.push({ room: room.name, message: roomFailure(error).message });
    }
    read += 1;
    options.onProgress?.(read, rooms.length);
  });
  const found = readings.filter((reading) => reading !== undefined);
  const [unreadable] = await Promise.all([
    stillThere(client, failures),
    readCallerNumbers(
      found.flatMap(({ calls }) => calls),
      options.country ?? null,
    ),
  ]);
  return {
    rooms: found,
    calls: withoutCopies(found).sort(longestWaitingFirst),
    unreadable,
    left: rooms.length - read,
  };
}

/**
 * What kept a room from being read.
 * @throws what is no single room's fault: a key that may not read one may read none; and bugs
 */
export function roomFailure(error: unknown): KnownError {
  if (error instanceof KnownError && error.exitCode !== 4) return error;
  throw error;
}

/**
 * Tells rooms that vanished while they were read from rooms that are there and cannot be read:
 * some deployments answer 503 for both.
 */
async function stillThere(
  client: LiveKitClient,
  failures: UnreadableRoom[],
): Promise<UnreadableRoom[]> {
  if (failures.length === 0) return [];
  try {
    const rooms = await client.listRooms(failures.map(({ room }) => room));
    const names = new Set(rooms.map(({ name }) => name));
    return failures.filter(({ room }) => names.has(room));
  } catch {
    return failures;
  }
}

const never = () => false;

interface RereadOptions extends ScanOptions {
  sleep(ms: number): Promise<void>;
  /** Called before the pause, with the number of calls that are looked at again. */
  onSecondLook?: ((calls: number, waitMs: number) => void) | undefined;
}

/** Calls that seemed stuck at the first look, and that a second one could not decide on. */
export interface UndecidedCalls {
  callIds: string[];
  /** A clause. */
  reason: string;
}

export interface SecondLook {
  /** The calls as they are now, without those that have ended. */
  calls: Call[];
  /** Those among them whose `stuck` is null. */
  undecided: UndecidedCalls[];
}

/**
 * Looks again, some seconds later, at every call that seems stuck, and marks those that still are:
 * one agent handing over to the next is no alarm. Nor is a look that failed the end of one.
 * @param calls calls of a scan; those in their rooms are replaced by what is seen now
 */
export async function rereadStuckCalls(
  client: LiveKitClient,
  calls: readonly Call[],
  options: RereadOptions,
): Promise<SecondLook> {
  // What has no call id could not be told again.
  const suspects = calls.filter((call) => call.stuck === null && hasCallId(call));
  if (suspects.length === 0) return { calls: [...calls], undecided: [] };
  options.onSecondLook?.(suspects.length, HANDOVER_MS);
  await options.sleep(HANDOVER_MS);

  const earlier = await options.readSeen?.();
  const seen = new Map<string, Call | null>(suspects.map(({ callId }) => [callId, null]));
  const undecided: UndecidedCalls[] = [];
  const leaveOpen = (open: readonly Call[], reason: string) => {
    for (const call of open) seen.set(call.callId, { ...call, stuck: null });
    if (open.length > 0) undecided.push({ callIds: open.map(({ callId }) => callId), reason });
  };
  const failures: UnreadableRoom[] = [];
  const rooms = new Map(suspects.map((call) => [call.room, roomOf(call)]));
  await readEach(client, rooms.values(), never, async (room) => {
    try {
      const reading = readRoom(room, await client.listParticipants(room.name), options);
      const again = reading.calls.filter(({ callId }) => seen.has(callId));
      for (const call of again) {
        if (!isCopyIn(reading, call)) earlier?.note(call, options.now());
        seen.set(call.callId, { ...call, stuck: isStuckCondition(call.condition) });
      }
      const silent = again.filter(({ condition }) => condition === 'status-unknown');
      leaveOpen(silent, 'LiveKit does not say whether the call is active');
      // Whoever serves them may be in the room that they came in to, and that nobody read.
      const copies = again.filter((call) => isCopyIn(reading, call));
      leaveOpen(copies, `only a copy was read, in room ${room.name}`);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      failures.push({ room: room.name, message: error.message });
    }
  });
  for (const { room, message } of await stillThere(client, failures)) {
    const open = suspects.filter((call) => call.room === room);
    leaveOpen(open, `room ${room} could not be read a second time: ${message}`);
  }
  const now = calls.flatMap((call) => {
    const looked = seen.get(call.callId);
    if (looked === undefined) return [call];
    return looked === null ? [] : [looked];
  });
  await readCallerNumbers(now, options.country ?? null);
  return { calls: now, undecided };
}
