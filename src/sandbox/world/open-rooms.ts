/** The rooms that are open, as LiveKit describes, counts and closes them. */
import { type ParticipantInfo, ParticipantInfo_Kind, Room } from '@livekit/protocol';
import { ReadFaults } from '../api/fault-injection.ts';
import type { Clock } from './clock.ts';
import { stableSuffix } from './participants.ts';
import type { RoomSeed, Seed } from './seed-types.ts';

/** Stands where LiveKit puts secrets: no client may ever show it, and tests search for it. */
export const CANARY = 'SANDBOX-CANARY-PASSWORD';

/** A room closes so many seconds after the last participant who is no agent (LiveKit's default). */
const DEPARTURE_TIMEOUT_S = 20;

/** One open room. */
export interface OpenRoom {
  readonly seed: RoomSeed;
  /** How reading it fails. */
  readonly readFaults: ReadFaults;
  /** Never changed, only replaced: it is written to JSON once. */
  info: Room;
  readonly participants: Map<string, ParticipantInfo>;
  /** Who is shown to be in it, when that is no longer who is. */
  shown?: ReadonlyMap<string, ParticipantInfo>;
  /** While it is about to close: cancels that. */
  cancelClosing?: () => void;
}

export class OpenRooms {
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #newRooms: Seed['newRooms'];
  readonly #clock: Clock;
  readonly #changeListeners: ((room: string) => void)[] = [];

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
      open.cancelClosing?.();
      delete open.cancelClosing;
    } else {
      open.cancelClosing ??= this.#clock.after(DEPARTURE_TIMEOUT_S * 1000, close);
    }
    this.tellChanged(open.seed.name);
  }

  /** The room is closed; one of the same name that was made since is another. */
  forget(open: OpenRoom): void {
    open.cancelClosing?.();
    if (this.#rooms.get(open.seed.name) === open) this.#rooms.delete(open.seed.name);
    this.tellChanged(open.seed.name);
  }

  /** Calls back with the name of a room whose people, or which itself, came or went. */
  onChanged(listener: (room: string) => void): void {
    this.#changeListeners.push(listener);
  }

  tellChanged(room: string): void {
    for (const listener of this.#changeListeners) listener(room);
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
    emptyTimeout: 300,
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
