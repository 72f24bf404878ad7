/** Which requests a watch makes when: a list of the rooms each tick, and of the rooms those that are due. */
import type { HostClock } from '../core/host.ts';
import { formatDuration } from '../core/text.ts';
import type { Room } from '../livekit/messages.ts';
import { isStuckCondition } from './condition.ts';
import type { UnreadableRoom } from './rooms.ts';
import { isCopyIn, type RoomReading } from './scan.ts';
import { HANDOVER_MS } from './stuck.ts';

/** From one list of the rooms to the next on a small project, in ms. */
const SHORTEST_TICK_MS = 2000;
const LONGEST_TICK_MS = 10_000;
/** Every so many rooms the list is asked for half a second later: it holds them all. */
const ROOMS_PER_HALF_SECOND = 200;
/** Every room is read at least this often where the budget allows it, in ms. */
const SWEEP_MS = 15_000;
/** The same where webhooks say what happens, and lists and reads are the net below them. */
const WEBHOOK_TICK_MS = 30_000;
const WEBHOOK_SWEEP_MS = 60_000;
/** The part of a minute's requests that may be made at once. */
const BURST = 1 / 5;
/** What is left of the rate where LiveKit asks for fewer requests again and again. */
const LEAST_SHARE = 1 / 16;
const MINUTE_MS = 60_000;
/** Clocks that are so much further apart than before: the machine was asleep, or somebody set one, in ms. */
const SLEPT_MS = 5000;

/** Makes what tells whether the machine was asleep, or a clock set, since it was asked last. */
export function sleepDetector(clock: Pick<HostClock, 'now' | 'elapsed'>): () => boolean {
  let aheadMs = clock.now() - clock.elapsed();
  return () => {
    const before = aheadMs;
    aheadMs = clock.now() - clock.elapsed();
    return Math.abs(aheadMs - before) > SLEPT_MS;
  };
}

/** How long a server that gives no answer is left alone, in ms: at first a second, at most ten. */
export function retryAfterMs(failures: number): number {
  return Math.min(10_000, 1000 * 2 ** (failures - 1));
}

/** What a client has counted. */
interface RequestCounts {
  /** Requests that it made. */
  requests(): number;
  /** Times that LiveKit asked it for fewer (429). */
  rateLimits(): number;
}

/**
 * Requests that may be made: never more than so many in any minute, those that the client repeats
 * included. A bucket that fills evenly, and holds the part that may be spent at once.
 */
export class RequestBudget {
  readonly #client: RequestCounts;
  readonly #perMinute: number;
  #left: number;
  #filledMs: number;
  #made: number;
  #rateLimits: number;
  /** The part of the rate that is left since LiveKit asked for fewer. */
  #share = 1;
  #shareMs: number;
  /** How many were made by a moment, for the last minute. */
  #history: { atMs: number; made: number }[] = [];

  /** @param nowMs a clock that only goes forward, as below */
  constructor(client: RequestCounts, perMinute: number, nowMs: number) {
    this.#client = client;
    this.#perMinute = perMinute;
    this.#left = this.#capacity;
    this.#filledMs = nowMs;
    this.#shareMs = nowMs;
    this.#made = client.requests();
    this.#rateLimits = client.rateLimits();
    this.#history.push({ atMs: nowMs, made: this.#made });
  }

  /** One at least: a budget below five a minute would never allow any. */
  get #capacity(): number {
    return Math.max(1, this.#perMinute * BURST);
  }

  /** Requests a minute that it fills by. */
  get rate(): number {
    return Math.max(1, this.#perMinute - this.#capacity) * this.#share;
  }

  /** Less than there may be, since LiveKit asked for that. */
  get isSlowed(): boolean {
    return this.#share < 1;
  }

  /** Takes in what the client has counted. @param isFree what was made costs nothing */
  update(nowMs: number, isFree = false): void {
    const filled = this.#left + ((nowMs - this.#filledMs) / MINUTE_MS) * this.rate;
    const made = this.#client.requests();
    this.#left = Math.min(this.#capacity, filled) - (isFree ? 0 : made - this.#made);
    this.#filledMs = nowMs;
    this.#made = made;
    this.#history.push({ atMs: nowMs, made });
    while ((this.#history[1]?.atMs ?? nowMs) <= nowMs - MINUTE_MS) this.#history.shift();

    const rateLimits = this.#client.rateLimits();
    if (rateLimits > this.#rateLimits) {
      this.#share = Math.max(LEAST_SHARE, this.#share / 2);
      this.#shareMs = nowMs;
    } else if (nowMs - this.#shareMs >= MINUTE_MS) {
      this.#share = Math.min(1, this.#share * 2);
      this.#shareMs = nowMs;
    }
    this.#rateLimits = rateLimits;
  }

  /** How many may be made now, as of the last update. */
  get available(): number {
    return Math.max(0, Math.floor(this.#left));
  }

  /** Most of what may be made at once is left. */
  get hasMuch(): boolean {
    return this.#left * 2 > this.#capacity;
  }

  /** How many were made in the last minute. */
  get lastMinute(): number {
    return this.#made - (this.#history[0]?.made ?? this.#made);
  }
}

/** The rhythm of a watch, all in ms. */
export interface Rhythm {
  tickMs: number;
  /** The same at least, where somebody asks for lists and requests are scarce. */
  listMs: number;
  /** From one read of a room to the next where nothing happens in it. */
  sweepMs: number;
}

/**
 * The rhythm that a project of so many rooms and a budget allow.
 * @param rate requests a minute
 */
export function rhythmFor(rooms: number, rate: number, byWebhooks: boolean): Rhythm {
  const shortest = byWebhooks ? WEBHOOK_TICK_MS : SHORTEST_TICK_MS;
  const bySize = SHORTEST_TICK_MS + Math.floor(rooms / ROOMS_PER_HALF_SECOND) * 500;
  // The lists take a quarter of the budget at most: what they show is read with the rest.
  const byBudget = (4 * MINUTE_MS) / rate;
  const tickMs = Math.max(shortest, Math.min(LONGEST_TICK_MS, bySize), byBudget);
  const reads = Math.max(1, rate - MINUTE_MS / tickMs);
  const wanted = byWebhooks ? WEBHOOK_SWEEP_MS : SWEEP_MS;
  const sweepMs = Math.max(wanted, (rooms / reads) * MINUTE_MS);
  return { tickMs, listMs: byBudget, sweepMs };
}

/** Why rooms are read less often than a small project's, as a clause; null when they are not. */
export function whySlow(
  { sweepMs, tickMs }: Rhythm,
  rooms: number,
  maxRequests: number,
  byWebhooks: boolean,
): string | null {
  if (sweepMs > (byWebhooks ? WEBHOOK_SWEEP_MS : SWEEP_MS)) {
    return `${rooms} rooms, ${maxRequests} requests a minute: each room is read every ${formatDuration(Math.round(sweepMs / 1000) * 1000)}`;
  }
  return tickMs > SHORTEST_TICK_MS && !byWebhooks
    ? `${rooms} rooms, ${maxRequests} requests a minute: a look every ${formatDuration(Math.round(tickMs / 100) * 100)}`
    : null;
}

/** A room that is watched. Times are of a clock that only goes forward, in ms. */
export interface WatchedRoom {
  room: Room;
  /** When it was read last, or tried to be; null: never. */
  readMs: number | null;
  /** The list shows it changed, or somebody asks for it. */
  isDirty: boolean;
  isBeingRead: boolean;
  /** It could be read at least once. */
  wasRead: boolean;
  /** How many calls were in it. */
  calls: number;
  /** There was a call that is to be looked at again soon. */
  isUnsettled: boolean;
  /** Why it could not be read at the last try. */
  failure: string | null;
  /** The failure has been told: the room was still listed after it. */
  isTold: boolean;
}

/**
 * Whether a room is to be read again soon: only a second look tells whether a call is stuck, or, where
 * webhooks say what happens, no webhook says that it is answered.
 */
export function isUnsettled(reading: RoomReading, byWebhooks: boolean): boolean {
  return reading.calls.some((call) => {
    const { stuck, condition, status } = call;
    // No further look at a copy tells whether the call is stuck.
    const isOpen = stuck === null && isStuckCondition(condition) && !isCopyIn(reading, call);
    return isOpen || (byWebhooks && status !== 'active');
  });
}

/**
 * Up to which moment a call went missing that would have been seen in one of the rooms by now, or
 * cannot be seen there. A change that nobody has read yet may be the call that moved there.
 * @param isSlowed LiveKit asks for fewer requests: what failed is not told, perhaps for long
 * @returns on the clock of the rooms
 */
export function readUpTo(rooms: Iterable<WatchedRoom>, isSlowed: boolean): number {
  let upTo = Infinity;
  for (const { wasRead, isTold, readMs, isDirty } of rooms) {
    if (readMs === null || !(wasRead || isTold || isSlowed)) return -Infinity;
    if (isDirty) upTo = Math.min(upTo, readMs);
  }
  return upTo;
}

/**
 * Takes in (in place) a list of the rooms: which there are, and in which something has changed.
 * @param isBack LiveKit gave no answer before, or asks for fewer requests: what failed meanwhile says
 *   nothing of a room
 * @returns the names of those that are gone, and those that turn out to be there and unreadable
 */
export function compareRooms(
  rooms: Map<string, WatchedRoom>,
  listed: readonly Room[],
  isBack: boolean,
): { gone: string[]; unreadable: UnreadableRoom[] } {
  const sids = new Map(listed.map(({ name, sid }) => [name, sid]));
  // A room that bears the name of one that is gone is another, with calls of its own.
  const gone = [...rooms.values()].flatMap(({ room: { name, sid } }) =>
    (sids.get(name) ?? null) === sid ? [] : [name],
  );
  for (const name of gone) rooms.delete(name);
  const unreadable: UnreadableRoom[] = [];
  for (const room of listed) {
    const known = rooms.get(room.name);
    if (known === undefined) {
      const unread = { readMs: null, isDirty: true, isBeingRead: false, calls: 0 };
      const told = { isUnsettled: false, failure: null, isTold: false, wasRead: false };
      rooms.set(room.name, { room, ...unread, ...told });
      continue;
    }
    known.isDirty ||=
      known.room.numParticipants !== room.numParticipants ||
      known.room.activeRecording !== room.activeRecording;
    known.room = room;
    if (isBack && !known.isTold && known.failure !== null) {
      known.failure = null;
      known.isDirty = true;
      if (!known.wasRead) known.readMs = null;
    }
    // Some deployments answer alike for a room that is gone and for one that cannot be read.
    if (known.failure === null || known.isTold) continue;
    known.isTold = true;
    // It may have passed: a call that moved there would be taken for one that has ended.
    known.isDirty = true;
    unreadable.push({ room: room.name, message: known.failure });
  }
  return { gone, unreadable };
}

/** A room that is told of as unreadable; null where it is not. */
export function unreadableRoom({ room, failure, isTold }: WatchedRoom): UnreadableRoom | null {
  return failure !== null && isTold ? { room: room.name, message: failure } : null;
}

/**
 * The rooms to be read now: never read ones and changed ones first, then those whose second look is
 * due, those with calls, and the others; of each the one first that waits longest. Changes that never
 * end take half of the reads from the others, and no more.
 * @param most as many as the budget has left, if any
 */
export function dueRooms(
  rooms: Iterable<WatchedRoom>,
  { tickMs, sweepMs }: Rhythm,
  nowMs: number,
  most: number,
): WatchedRoom[] {
  const waited = ({ readMs }: WatchedRoom) => (readMs === null ? 2 * sweepMs : nowMs - readMs);
  const urgency = (room: WatchedRoom) => {
    if (room.readMs === null || room.isDirty || waited(room) > 2 * sweepMs) return 3;
    if (room.isUnsettled && waited(room) > HANDOVER_MS) return 2;
    // By the next tick it would be too late.
    if (waited(room) <= sweepMs - tickMs) return -1;
    return room.calls > 0 ? 1 : 0;
  };
  return [...rooms]
    .filter(({ isBeingRead }) => !isBeingRead)
    .map((room) => ({ room, urgency: urgency(room), waited: waited(room) }))
    .filter((each) => each.urgency >= 0)
    .sort((a, b) => b.urgency - a.urgency || b.waited - a.waited)
    .slice(0, Math.max(0, most))
    .map(({ room }) => room);
}
