/** The rooms that are open: made, counted, and closed once nobody holds them open any more. */
import type { ParticipantInfo, Room } from '@livekit/protocol';
import { Reading } from '../api/reading.ts';
import type { Clock } from './clock.ts';
import type { RoomSeed, Seed } from './population.ts';
import { buildRoom, DEPARTURE_TIMEOUT_S, isHeldOpen, recountRoom } from './rooms.ts';

/** One open room. */
export interface OpenRoom {
  readonly seed: RoomSeed;
  readonly reading: Reading;
  /** Never changed, only replaced: it is written to JSON once. */
  info: Room;
  readonly participants: Map<string, ParticipantInfo>;
  /** Who is shown to be in it, when that is no longer who is. */
  shown?: ReadonlyMap<string, ParticipantInfo>;
  /** Takes back that it closes, while it is about to. */
  stayOpen?: () => void;
}

export class OpenRooms {
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #newRooms: Seed['newRooms'];
  readonly #clock: Clock;

  /** @param newRooms how rooms are that somebody makes by coming in */
  constructor(newRooms: Seed['newRooms'], clock: Clock) {
    this.#newRooms = newRooms;
    this.#clock = clock;
  }

  all(): OpenRoom[] {
    return [...this.#rooms.values()];
  }

  get(name: string): OpenRoom | undefined {
    return this.#rooms.get(name);
  }

  /** @param listed whom ListRooms counts, who need not be in it */
  add(seed: RoomSeed, listed: readonly ParticipantInfo[], startMs: number): OpenRoom {
    const open: OpenRoom = {
      seed,
      reading: new Reading(seed.reading, this.#clock),
      info: buildRoom(seed, listed, startMs),
      participants: new Map(),
    };
    this.#rooms.set(seed.name, open);
    return open;
  }

  /** Finds a room, or makes it. */
  getOrAdd(name: string): OpenRoom {
    return (
      this.#rooms.get(name) ??
      this.add({ ...this.#newRooms, name, participants: [] }, [], Date.now())
    );
  }

  /** Somebody came or went: the room closes after a while without anybody but agents. */
  recount(open: OpenRoom, close: () => void): void {
    const present = [...open.participants.values()];
    open.info = recountRoom(open.info, present);
    if (isHeldOpen(present)) {
      open.stayOpen?.();
      delete open.stayOpen;
    } else {
      open.stayOpen ??= this.#clock.after(DEPARTURE_TIMEOUT_S * 1000, close);
    }
  }

  /** The room is closed; one of the same name that was made since is another. */
  forget(open: OpenRoom): void {
    open.stayOpen?.();
    if (this.#rooms.get(open.seed.name) === open) this.#rooms.delete(open.seed.name);
  }
}
