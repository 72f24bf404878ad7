/** Rooms, the people in them and the calls they came by, as they are at this moment. */
import type { ParticipantInfo, Room } from '@livekit/protocol';
import type { Clock } from './clock.ts';
import { buildParticipant, rejoined } from './participants.ts';
import type { CallerSeed, CallStatus, RoomSeed, Seed, TrunkSeed } from './population.ts';
import { Reading } from './reading.ts';
import { buildRoom, DEPARTURE_TIMEOUT_S, isHeldOpen, recountRoom } from './rooms.ts';

export interface Call {
  readonly callId: string;
  readonly room: string;
  readonly identity: string;
  readonly trunk: TrunkSeed;
  readonly direction: 'inbound' | 'outbound';
  readonly status: CallStatus;
}

/** One open room. */
export interface OpenRoom {
  readonly seed: RoomSeed;
  readonly reading: Reading;
  /** Never changed, only replaced: it is written to JSON once. */
  info: Room;
  readonly participants: Map<string, ParticipantInfo>;
  /** Who is shown to be in it, when that is no longer who is. */
  shown?: ReadonlyMap<string, ParticipantInfo>;
}

export class World {
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #calls = new Map<string, Call>();
  /** Callers who hang up when somebody looks at them, and how many looks they bear. */
  readonly #shy = new Map<string, number>();
  /** What callers do once their transfer was asked for. */
  readonly #waiting = new Map<string, CallerSeed>();
  readonly #callEnded: ((callId: string) => void)[] = [];
  readonly #clock: Clock;

  /** @throws Error when a caller of the seed names a trunk that is not in it */
  constructor(seed: Seed, clock: Clock, startMs: number) {
    this.#clock = clock;
    const trunks = new Map(seed.trunks.map((trunk) => [trunk.id, trunk]));
    for (const room of seed.rooms) this.#openRoom(room, trunks, startMs);
  }

  rooms(): Room[] {
    return Array.from(this.#rooms.values(), ({ info }) => info);
  }

  room(name: string): OpenRoom | undefined {
    return this.#rooms.get(name);
  }

  participants(room: string): ParticipantInfo[] {
    return [...this.#shownIn(room).values()];
  }

  /** Looks a participant up; this is the look that makes a shy caller hang up. */
  lookUp(room: string, identity: string): ParticipantInfo | undefined {
    const participant = this.#shownIn(room).get(identity);
    const call = participant && this.callOf(participant);
    const looks = call && this.#shy.get(call.callId);
    if (!call || looks === undefined) return participant;
    this.#shy.set(call.callId, looks - 1);
    if (looks > 0) return participant;
    this.endCall(call);
    return undefined;
  }

  /** A transfer of this call was asked for: whoever waited for that acts, and only once. */
  noteTransfer(call: Call): void {
    const { callId, room } = call;
    const open = this.#rooms.get(room);
    if (!open) return;
    open.reading.noteTransfer();
    if (open.seed.reading?.stale) open.shown ??= new Map(open.participants);
    const caller = this.#waiting.get(callId);
    this.#waiting.delete(callId);
    if (!caller) return;
    const { leaves, rejoins } = caller;
    if (typeof leaves === 'object' && 'afterTransferMs' in leaves) {
      this.#clock.after(leaves.afterTransferMs, () => this.endCall(call));
    }
    if (rejoins) {
      this.#clock.after(rejoins.afterTransferMs, () => this.#rejoin(callId, rejoins.as));
    }
    const { closes } = open.seed;
    if (closes) this.#clock.after(closes.afterTransferMs, () => this.#close(open));
  }

  /** The call behind a SIP participant. */
  callOf(participant: ParticipantInfo): Call | undefined {
    return this.#calls.get(participant.attributes['sip.callID'] ?? '');
  }

  /** Takes a participant out of a room; a caller's call ends with it. */
  remove(room: string, identity: string): void {
    const open = this.#rooms.get(room);
    const participant = open?.participants.get(identity);
    if (!open || !participant) return;
    open.participants.delete(identity);
    const remaining = [...open.participants.values()];
    open.info = recountRoom(open.info, remaining);
    if (!isHeldOpen(remaining)) {
      this.#clock.after(DEPARTURE_TIMEOUT_S * 1000, () => this.#rooms.delete(room));
    }
    this.#forgetCall(participant);
  }

  /** The call is over, whoever hung up. Does nothing when it was over already. */
  endCall({ callId }: Call): void {
    // As it is now: the caller may have another identity since.
    const call = this.#calls.get(callId);
    if (call) this.remove(call.room, call.identity);
  }

  /** Calls back with the id of every call that ends. */
  onCallEnded(listener: (callId: string) => void): void {
    this.#callEnded.push(listener);
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
    participants.set(identity, rejoined(participant, call.room, identity, Date.now()));
    this.#calls.set(callId, { ...call, identity });
  }

  #close({ seed: { name }, participants }: OpenRoom): void {
    for (const identity of [...participants.keys()]) this.remove(name, identity);
    this.#rooms.delete(name);
  }

  #forgetCall(participant: ParticipantInfo): void {
    const call = this.callOf(participant);
    if (!call) return;
    this.#calls.delete(call.callId);
    for (const listener of this.#callEnded) listener(call.callId);
  }

  #openRoom(seed: RoomSeed, trunks: ReadonlyMap<string, TrunkSeed>, startMs: number): void {
    const participants = seed.participants.map((person) => {
      const trunk = person.kind === 'caller' ? trunks.get(person.trunk) : undefined;
      const participant = buildParticipant(person, seed.name, trunk, startMs);
      if (person.kind === 'caller' && !seed.vanished) {
        this.#placeCall(person, participant.identity, seed.name, trunk);
      }
      return participant;
    });
    this.#rooms.set(seed.name, {
      seed,
      reading: new Reading(seed.reading, this.#clock),
      info: buildRoom(seed, participants, startMs),
      participants: new Map(
        seed.vanished ? [] : participants.map((participant) => [participant.identity, participant]),
      ),
    });
  }

  #placeCall(seed: CallerSeed, identity: string, room: string, trunk: TrunkSeed | undefined): void {
    if (!trunk)
      throw new Error(`Call ${seed.callId} is on trunk ${seed.trunk}, which does not exist`);
    const { callId, status = 'active', leaves } = seed;
    const call: Call = { callId, room, identity, trunk, direction: trunk.direction, status };
    this.#calls.set(callId, call);
    this.#waiting.set(callId, seed);
    if (leaves === 'at-first-look') this.#shy.set(callId, 0);
    else if (leaves === 'at-second-look') this.#shy.set(callId, 1);
    else if (leaves && 'afterMs' in leaves) {
      this.#clock.after(leaves.afterMs, () => this.endCall(call));
    }
  }
}
