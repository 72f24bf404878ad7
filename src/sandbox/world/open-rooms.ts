/** The rooms that are open, as LiveKit describes, counts and closes them; and the calls in them. */
import { type ParticipantInfo, ParticipantInfo_Kind, Room } from '@livekit/protocol';
import { ReadFaults } from '../api/fault-injection.ts';
import type { Clock } from './clock.ts';
import { stableSuffix } from './participants.ts';
import type {
  AgentSeed,
  CallerSeed,
  RoomSeed,
  Seed,
  SeedCallStatus,
  TrunkSeed,
} from './seed-types.ts';

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

// The calls of rooms, why they end, and what LiveKit's SIP service tells the phones meanwhile.

export interface WorldCall {
  readonly callId: string;
  readonly room: string;
  readonly identity: string;
  readonly trunk: TrunkSeed;
  readonly direction: 'inbound' | 'outbound';
  readonly status: SeedCallStatus;
  readonly seed: CallerSeed;
}

/** It is dialled or rings, so nobody has answered yet. */
export function isUnanswered(status: SeedCallStatus): boolean {
  return status === 'dialing' || status === 'ringing';
}

/** Why somebody left a room. */
export type Departure =
  /** By themselves: the far end of a call has hung up. */
  | 'hung-up'
  /** RemoveParticipant. */
  | 'removed'
  /** Somebody else came in under their identity. */
  | 'replaced'
  | 'room-deleted'
  | 'room-closed'
  /** LiveKit's SIP service hung up: a transfer was over, the longest duration, EndCall. */
  | 'dropped'
  /** The SIP service heard nothing of them for too long. */
  | 'no-audio'
  /** Whoever was dialled did not answer, and LiveKit gave up. */
  | 'given-up'
  /** Whoever was dialled was not there. */
  | 'unavailable'
  /** Whoever was dialled said no. */
  | 'rejected'
  /** The trunk did not put the call through. */
  | 'trunk-failed';

/** Departures that the phone told of, so that LiveKit need not tell it. */
const TOLD_BY_PHONE: readonly Departure[] = ['hung-up', 'unavailable', 'rejected', 'trunk-failed'];

/** What LiveKit's SIP service told a phone. */
export interface PhoneSignal {
  callId: string;
  /** The other party's. */
  number: string;
  /** `ANSWER` is the 200 to a caller who rang, `486` the end of one who still does. */
  signal: 'INVITE' | 'ANSWER' | 'CANCEL' | 'BYE' | '486';
}

/** A sandbox that is used for days must not grow for days: beyond this the older half goes. */
const MOST_SIGNALS = 100_000;

export class Phones {
  /** In the order of their sending. */
  readonly signals: PhoneSignal[] = [];

  tell({ callId, number }: CallerSeed, signal: PhoneSignal['signal']): void {
    if (this.signals.length >= MOST_SIGNALS) this.signals.splice(0, MOST_SIGNALS / 2);
    this.signals.push({ callId, number, signal });
  }

  /** A call is over, of which the phone may not know yet. */
  tellEnd({ seed, direction, status }: WorldCall, departure: Departure): void {
    // With the SIP service dead nobody is there to tell the phone.
    if (TOLD_BY_PHONE.includes(departure) || seed.sipService) return;
    const ofUnanswered = direction === 'outbound' ? 'CANCEL' : '486';
    this.tell(seed, isUnanswered(status) ? ofUnanswered : 'BYE');
  }
}
