/** Rooms, the people in them and the calls they came by, as they are at this moment. */
import type { ParticipantInfo, Room } from '@livekit/protocol';
import type { EraTraits } from '../api/era.ts';
import type { Clock } from './clock.ts';
import { type OpenRoom, OpenRooms } from './open-rooms.ts';
import { buildParticipant, withIdentity, withStatus } from './participants.ts';
import type {
  CallerSeed,
  ParticipantSeed,
  RoomSeed,
  Seed,
  SeedCallStatus,
  TrunkSeed,
} from './seed-types.ts';

export interface WorldCall {
  readonly callId: string;
  readonly room: string;
  readonly identity: string;
  readonly trunk: TrunkSeed;
  readonly direction: 'inbound' | 'outbound';
  readonly status: SeedCallStatus;
  readonly seed: CallerSeed;
}

type Listener = (callId: string) => void;

export class World {
  readonly #calls = new Map<string, WorldCall>();
  readonly #endListeners: Listener[] = [];
  readonly #activeListeners: Listener[] = [];
  readonly #joinListeners: ((room: string) => void)[] = [];
  readonly #rooms: OpenRooms;
  readonly #script: CallerScript;
  readonly #clock: Clock;
  readonly #callTimes: boolean;

  /** @throws Error when a caller of the seed names a trunk that is not in it */
  constructor(seed: Seed, clock: Clock, startMs: number, { callTimes }: EraTraits) {
    this.#clock = clock;
    this.#callTimes = callTimes;
    this.#rooms = new OpenRooms(seed.newRooms, clock);
    const rejoin = (callId: string, identity: string) => this.#rejoin(callId, identity);
    this.#script = new CallerScript({ endCall: (call) => this.endCall(call), rejoin }, clock);
    this.open(seed, startMs);
  }

  /**
   * Opens rooms, with everybody in them; ages count back from `startMs`.
   * @throws Error when a caller names a trunk that is not among these
   */
  open({ trunks, rooms }: Pick<Seed, 'trunks' | 'rooms'>, startMs: number): void {
    const byId = new Map(trunks.map((trunk) => [trunk.id, trunk]));
    for (const room of rooms) this.#openSeededRoom(room, byId, startMs);
  }

  rooms(): Room[] {
    return this.#rooms.all().map(({ info }) => info);
  }

  room(name: string): OpenRoom | undefined {
    return this.#rooms.get(name);
  }

  participants(room: string): ParticipantInfo[] {
    return [...this.#shownIn(room).values()];
  }

  call(callId: string): WorldCall | undefined {
    return this.#calls.get(callId);
  }

  /** The call behind a SIP participant. */
  callOf(participant: ParticipantInfo): WorldCall | undefined {
    return this.#calls.get(participant.attributes['sip.callID'] ?? '');
  }

  /** Finds a participant; undefined when the caller hangs up at this very read (`leaves`). */
  readParticipant(room: string, identity: string): ParticipantInfo | undefined {
    const participant = this.#shownIn(room).get(identity);
    const call = participant && this.callOf(participant);
    return !call || this.#script.survivesRead(call) ? participant : undefined;
  }

  /** A transfer of this call was asked for. */
  noteTransfer(call: WorldCall): void {
    const open = this.#rooms.get(call.room);
    if (!open) return;
    open.readFaults.noteTransfer();
    if (open.seed.reading?.stale) open.shown ??= new Map(open.participants);
    const isFirst = this.#script.noteTransfer(call);
    const { closes } = open.seed;
    if (isFirst && closes) this.#clock.after(closes.afterTransferMs, () => this.#close(open));
  }

  /**
   * Lets somebody into a room, which is made when there is none. Whoever was in it under that
   * identity has to leave (LiveKit's DUPLICATE_IDENTITY).
   * @param trunk of a caller; nobody else has one
   */
  join(room: string, seed: ParticipantSeed, trunk?: TrunkSeed): ParticipantInfo {
    const participant = buildParticipant(seed, room, trunk, Date.now(), this.#callTimes);
    const { identity } = participant;
    this.remove(room, identity);
    const open = this.#rooms.getOrAdd(room);
    open.participants.set(identity, participant);
    if (seed.kind === 'caller') this.#addCall(seed, identity, room, trunk);
    this.#recount(open);
    for (const listener of this.#joinListeners) listener(room);
    return participant;
  }

  /** A call rings, or somebody answers it. Does nothing when it is over. */
  setStatus(callId: string, status: SeedCallStatus): void {
    const call = this.#calls.get(callId);
    const participants = call && this.#rooms.get(call.room)?.participants;
    const participant = participants?.get(call?.identity ?? '');
    if (!call || !participants || !participant) return;
    const seed = { ...call.seed, status };
    participants.set(call.identity, withStatus(participant, seed, call.trunk, this.#callTimes));
    this.#calls.set(callId, { ...call, status });
    if (status === 'active') for (const listener of this.#activeListeners) listener(callId);
  }

  /** Takes a participant out of a room; a caller's call ends with it. */
  remove(room: string, identity: string): void {
    const open = this.#rooms.get(room);
    const participant = open?.participants.get(identity);
    if (!open || !participant) return;
    open.participants.delete(identity);
    this.#recount(open);
    const call = this.callOf(participant);
    if (!call) return;
    this.#calls.delete(call.callId);
    for (const listener of this.#endListeners) listener(call.callId);
  }

  /** The call is over, whoever hung up. Does nothing when it was over already. */
  endCall({ callId }: { callId: string }): void {
    // As it is now: the caller may have another identity since.
    const call = this.#calls.get(callId);
    if (call) this.remove(call.room, call.identity);
  }

  /**
   * Closes a room, with everybody in it.
   * @returns whether there was one
   */
  closeRoom(name: string): boolean {
    const open = this.#rooms.get(name);
    if (open) this.#close(open);
    return open !== undefined;
  }

  /** Calls back with the id of every call that ends. */
  onCallEnded(listener: Listener): void {
    this.#endListeners.push(listener);
  }

  /** Calls back with the id of every call that is answered from now on. */
  onCallActive(listener: Listener): void {
    this.#activeListeners.push(listener);
  }

  /** Calls back with the name of every room that somebody has come into. */
  onJoined(listener: (room: string) => void): void {
    this.#joinListeners.push(listener);
  }

  /** Calls back with the name of every room that opens or closes, or that somebody enters or leaves. */
  onRoomChanged(listener: (room: string) => void): void {
    this.#rooms.onChanged(listener);
  }

  #shownIn(room: string): ReadonlyMap<string, ParticipantInfo> {
    const open = this.#rooms.get(room);
    return open?.shown ?? open?.participants ?? new Map();
  }

  #rejoin(callId: string, identity: string): void {
    const call = this.#calls.get(callId);
    const participants = call && this.#rooms.get(call.room)?.participants;
    const participant = participants?.get(call?.identity ?? '');
    if (!call || !participants || !participant) return;
    participants.delete(call.identity);
    participants.set(identity, withIdentity(participant, call.room, identity, Date.now()));
    this.#calls.set(callId, { ...call, identity });
    this.#rooms.tellChanged(call.room);
  }

  #recount(open: OpenRoom): void {
    this.#rooms.recount(open, () => this.#close(open));
  }

  #close(open: OpenRoom): void {
    const { name } = open.seed;
    for (const identity of [...open.participants.keys()]) this.remove(name, identity);
    this.#rooms.forget(open);
  }

  #openSeededRoom(seed: RoomSeed, trunks: ReadonlyMap<string, TrunkSeed>, startMs: number): void {
    const listed = seed.participants.map((person) => {
      const trunk = person.kind === 'caller' ? trunks.get(person.trunk) : undefined;
      const participant = buildParticipant(person, seed.name, trunk, startMs, this.#callTimes);
      if (person.kind === 'caller' && !seed.vanished) {
        this.#addCall(person, participant.identity, seed.name, trunk);
      }
      return participant;
    });
    const open = this.#rooms.add(seed, listed, startMs);
    if (seed.vanished) return;
    for (const participant of listed) open.participants.set(participant.identity, participant);
    this.#rooms.tellChanged(seed.name);
  }

  #addCall(seed: CallerSeed, identity: string, room: string, trunk: TrunkSeed | undefined): void {
    const { callId, status = 'active' } = seed;
    if (!trunk) throw new Error(`Call ${callId} is on trunk ${seed.trunk}, which does not exist`);
    const { direction } = trunk;
    const call: WorldCall = { callId, room, identity, trunk, direction, status, seed };
    this.#calls.set(callId, call);
    this.#script.begin(call);
  }
}

// What the seed has callers do by themselves: they hang up, or come back as somebody else.

/** What a script can do to the world. */
interface ScriptActions {
  endCall(call: { callId: string }): void;
  /** The same call, under another identity. */
  rejoin(callId: string, identity: string): void;
}

class CallerScript {
  /** Callers who hang up when they are read, and how many reads before that one are left. */
  readonly #readsLeft = new Map<string, number>();
  /** Callers whose transfer was not asked for yet. */
  readonly #untransferred = new Map<string, CallerSeed>();
  readonly #actions: ScriptActions;
  readonly #clock: Clock;

  constructor(actions: ScriptActions, clock: Clock) {
    this.#actions = actions;
    this.#clock = clock;
  }

  begin(call: WorldCall): void {
    const { callId, seed } = call;
    const { leaves } = seed;
    this.#untransferred.set(callId, seed);
    if (leaves === 'at-first-read') this.#readsLeft.set(callId, 0);
    else if (leaves === 'at-second-read') this.#readsLeft.set(callId, 1);
    else if (leaves && 'afterMs' in leaves) {
      this.#clock.after(leaves.afterMs, () => this.#actions.endCall(call));
    }
  }

  /**
   * A call is read, and ends when its caller hangs up at this read.
   * @returns whether it goes on
   */
  survivesRead(call: WorldCall): boolean {
    const left = this.#readsLeft.get(call.callId);
    if (left === undefined) return true;
    this.#readsLeft.set(call.callId, left - 1);
    if (left > 0) return true;
    this.#actions.endCall(call);
    return false;
  }

  /**
   * A transfer of this call was asked for, which is when some callers act, once.
   * @returns whether this was the first time
   */
  noteTransfer(call: WorldCall): boolean {
    const seed = this.#untransferred.get(call.callId);
    this.#untransferred.delete(call.callId);
    if (!seed) return false;
    const { leaves, rejoins } = seed;
    if (typeof leaves === 'object' && 'afterTransferMs' in leaves) {
      this.#clock.after(leaves.afterTransferMs, () => this.#actions.endCall(call));
    }
    if (rejoins) {
      this.#clock.after(rejoins.afterTransferMs, () =>
        this.#actions.rejoin(call.callId, rejoins.as),
      );
    }
    return true;
  }
}
