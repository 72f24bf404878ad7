/** The rooms that are open, as LiveKit describes, counts and closes them. */
import { type ParticipantInfo, ParticipantInfo_Kind, Room } from '@livekit/protocol';
import { ReadFaults } from '../api/fault-injection.ts';
import type { Clock } from './clock.ts';
import { stableSuffix } from './participants.ts';
import type { Departure } from './phones.ts';
import type { AgentSeed, RoomSeed, Seed } from './seed-types.ts';

/** Stands where LiveKit puts secrets: no client may ever show it, and tests search for it. */
export const CANARY = 'SANDBOX-CANARY-PASSWORD';

/** One that was made for nobody yet closes when nobody comes (LiveKit's default). */
const EMPTY_TIMEOUT_S = 300;
/** A room closes so many seconds after the last participant who is no agent (LiveKit's default). */
const DEPARTURE_TIMEOUT_S = 20;

/** Somebody who has just left. */
export interface Left {
  sid: string;
  departure: Departure;
}

type ChangeListener = (room: string, left?: Left) => void;

/** One open room. */
export interface OpenRoom {
  readonly seed: RoomSeed;
  /** How reading it fails. */
  readonly readFaults: ReadFaults;
  /** Never changed, only replaced: it is written to JSON once. */
  info: Room;
  readonly participants: Map<string, ParticipantInfo>;
  /** The seeds of the agents among them, by identity. */
  readonly agents: Map<string, AgentSeed>;
  /** Who is shown to be in it, when that is no longer who is. */
  shown?: ReadonlyMap<string, ParticipantInfo>;
  /** While it is about to close: cancels that. */
  cancelClosing?: () => void;
}

export class OpenRooms {
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #newRooms: Seed['newRooms'];
  readonly #clock: Clock;
  readonly #changeListeners: ChangeListener[] = [];
  readonly #joinListeners: ((room: string) => void)[] = [];

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
      readFaults: new ReadFaults(seed.reading, this.#clock),
      info: buildRoom(seed, listed, startMs),
      participants: new Map(),
      agents: new Map(),
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

  /** Makes a room for nobody yet. */
  addEmpty(name: string, close: (open: OpenRoom) => void): OpenRoom {
    const open = this.getOrAdd(name);
    open.cancelClosing = this.#clock.after(EMPTY_TIMEOUT_S * 1000, () => close(open));
    this.tellChanged(name);
    return open;
  }

  /** Somebody came or went: the room closes after a while without anybody but agents. */
  recount(open: OpenRoom, close: () => void, left?: Left): void {
    const present = [...open.participants.values()];
    open.info = recountRoom(open.info, present);
    if (isHeldOpen(present)) {
      open.cancelClosing?.();
      delete open.cancelClosing;
    } else {
      open.cancelClosing ??= this.#clock.after(DEPARTURE_TIMEOUT_S * 1000, close);
    }
    this.tellChanged(open.seed.name, left);
  }

  /** The room is closed; one of the same name that was made since is another. */
  forget(open: OpenRoom): void {
    open.cancelClosing?.();
    if (this.#rooms.get(open.seed.name) === open) this.#rooms.delete(open.seed.name);
    this.tellChanged(open.seed.name);
  }

  /** Calls back with the name of a room whose people, or which itself, came or went. */
  onChanged(listener: ChangeListener): void {
    this.#changeListeners.push(listener);
  }

  /** Calls back with the name of a room that somebody came into, or began to be heard in. */
  onJoined(listener: (room: string) => void): void {
    this.#joinListeners.push(listener);
  }

  tellJoined(room: string): void {
    for (const listener of this.#joinListeners) listener(room);
  }

  tellChanged(room: string, left?: Left): void {
    for (const listener of this.#changeListeners) listener(room, left);
  }
}

// Rooms as LiveKit describes them, field by field as in captured answers.

const CODECS = [
  'audio/PCMU',
  'audio/PCMA',
  'audio/opus',
  'audio/red',
  'video/VP8',
  'video/H264',
  'video/VP9',
  'video/AV1',
  'video/H265',
  'video/rtx',
].map((mime) => ({ mime, fmtpLine: '' }));

/**
 * Builds the description of a room.
 * @param startMs when the sandbox started, ms since 1970: the age counts back from it
 */
function buildRoom(
  seed: RoomSeed,
  participants: readonly ParticipantInfo[],
  startMs: number,
): Room {
  const oldest = Math.max(0, ...seed.participants.map(({ age }) => age));
  const createdAtMs = BigInt(startMs - Math.round((seed.age ?? oldest) * 1000));
  return new Room({
    sid: `RM_${stableSuffix(seed.name)}`,
    name: seed.name,
    emptyTimeout: EMPTY_TIMEOUT_S,
    departureTimeout: DEPARTURE_TIMEOUT_S,
    creationTime: createdAtMs / 1000n,
    creationTimeMs: createdAtMs,
    turnPassword: `${CANARY}-${stableSuffix(`turn ${seed.name}`)}`,
    enabledCodecs: CODECS,
    activeRecording: seed.recording ?? false,
    ...counts(participants),
  });
}

/** The same room with other people in it. */
function recountRoom(room: Room, participants: readonly ParticipantInfo[]): Room {
  return new Room({ ...room, ...counts(participants) });
}

/** Agents neither count nor hold a room open. */
function isHeldOpen(participants: readonly ParticipantInfo[]): boolean {
  return counts(participants).numParticipants > 0;
}

function counts(participants: readonly ParticipantInfo[]) {
  return {
    numParticipants: participants.filter(({ kind }) => kind !== ParticipantInfo_Kind.AGENT).length,
    numPublishers: participants.filter(({ isPublisher }) => isPublisher).length,
  };
}
