/** Rooms, the people in them and the calls they came by, as they are at this moment. */
import type { ParticipantInfo, Room } from '@livekit/protocol';
import type { EraTraits } from '../api/era.ts';
import { type Clock, Scripts } from './clock.ts';
import {
  type Departure,
  isUnanswered,
  type Left,
  type OpenRoom,
  OpenRooms,
  type PhoneSignal,
  Phones,
  type WorldCall,
} from './open-rooms.ts';
import { buildParticipant, withAudio, withIdentity, withStatus } from './participants.ts';
import type {
  AgentSeed,
  CallerSeed,
  ParticipantSeed,
  RoomSeed,
  Seed,
  SeedCallStatus,
  TrunkSeed,
} from './seed-types.ts';

type Listener = (callId: string) => void;

export class World {
  readonly #calls = new Map<string, WorldCall>();
  readonly #endListeners: Listener[] = [];
  readonly #activeListeners: Listener[] = [];
  readonly #rooms: OpenRooms;
  readonly #phones = new Phones();
  readonly #scripts: Scripts;
  readonly #clock: Clock;
  readonly #callTimes: boolean;
  #joined = 0;

  /** @throws Error when a caller of the seed names a trunk that is not in it */
  constructor(seed: Seed, clock: Clock, startMs: number, { callTimes }: EraTraits) {
    this.#clock = clock;
    this.#callTimes = callTimes;
    this.#rooms = new OpenRooms(seed.newRooms, clock);
    this.#scripts = new Scripts(
      {
        endCall: (call) => this.endCall(call),
        rejoin: (callId, identity) => this.#rejoin(callId, identity),
        leave: (room, agent) => {
          if (this.#isIn(room, agent)) this.remove(room, agent.identity);
        },
        publish: (room, agent) => this.#publish(room, agent),
        enter: (room, agent) => {
          if (this.room(room)) this.join(room, agent);
        },
      },
      clock,
    );
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

  /** What the phones were told so far. */
  get signals(): readonly PhoneSignal[] {
    return this.#phones.signals;
  }

  rooms(): Room[] {
    return this.#rooms.all().map(({ info }) => info);
  }

  room(name: string): OpenRoom | undefined {
    return this.#rooms.get(name);
  }

  /** Finds a room, or makes one for nobody yet. */
  makeRoom(name: string): OpenRoom {
    const close = (open: OpenRoom) => this.#close(open, 'room-closed');
    return this.#rooms.get(name) ?? this.#rooms.addEmpty(name, close);
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
    return !call || this.#scripts.survivesRead(call) ? participant : undefined;
  }

  /** A transfer of this call was asked for. */
  noteTransfer(call: WorldCall): void {
    const open = this.#rooms.get(call.room);
    if (!open) return;
    open.readFaults.noteTransfer();
    if (open.seed.reading?.stale) open.shown ??= new Map(open.participants);
    const isFirst = this.#scripts.note(call, 'transferred');
    this.#scripts.noteAgents(open, 'transferred');
    const { closes } = open.seed;
    if (isFirst && closes) {
      this.#clock.after(closes.afterTransferMs, () => this.#close(open, 'room-deleted'));
    }
  }

  /**
   * Lets somebody into a room, which is made when there is none. Whoever was in it under that
   * identity has to leave (LiveKit's DUPLICATE_IDENTITY).
   * @param trunk of a caller; nobody else has one
   */
  join(room: string, seed: ParticipantSeed, trunk?: TrunkSeed): ParticipantInfo {
    this.#joined += 1;
    const session = `${room}/${this.#joined}`;
    const participant = buildParticipant(seed, session, trunk, Date.now(), this.#callTimes);
    const { identity } = participant;
    this.remove(room, identity, 'replaced');
    const open = this.#rooms.getOrAdd(room);
    open.participants.set(identity, participant);
    if (seed.kind === 'agent') this.#addAgent(open, seed);
    const call = seed.kind === 'caller' && this.#addCall(seed, identity, room, trunk);
    this.#recount(open);
    if (call && call.direction === 'outbound') {
      this.#phones.tell(call.seed, 'INVITE');
      this.#noteOthers(call, 'dialled');
    }
    this.#rooms.tellJoined(room);
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
    if (isUnanswered(call.status) && !isUnanswered(status)) {
      if (call.direction === 'inbound') this.#phones.tell(seed, 'ANSWER');
      else this.#noteOthers(call, 'answered');
    }
    if (status === 'active') for (const listener of this.#activeListeners) listener(callId);
  }

  /** Takes a participant out of a room; a caller's call ends with it. */
  remove(room: string, identity: string, departure: Departure = 'hung-up'): void {
    const open = this.#rooms.get(room);
    const participant = open?.participants.get(identity);
    if (!open || !participant) return;
    open.participants.delete(identity);
    const agent = open.agents.get(identity);
    open.agents.delete(identity);
    this.#recount(open, { sid: participant.sid, departure });
    if (agent) this.#scripts.end(room, agent);
    const call = this.callOf(participant);
    if (!call) return;
    this.#calls.delete(call.callId);
    this.#phones.tellEnd(call, departure);
    for (const listener of this.#endListeners) listener(call.callId);
  }

  /** The call is over, whoever hung up. Does nothing when it was over already. */
  endCall({ callId }: { callId: string }, departure?: Departure): void {
    // As it is now: the caller may have another identity since.
    const call = this.#calls.get(callId);
    if (call) this.remove(call.room, call.identity, departure);
  }

  /**
   * Closes a room, with everybody in it.
   * @returns whether there was one
   */
  closeRoom(name: string): boolean {
    const open = this.#rooms.get(name);
    if (open) this.#close(open, 'room-deleted');
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

  /** Calls back with the name of every room that somebody has come into, or begun to be heard in. */
  onJoined(listener: (room: string) => void): void {
    this.#rooms.onJoined(listener);
  }

  /** Calls back with the name of every room that opens or closes, or that somebody enters or leaves. */
  onRoomChanged(listener: (room: string, left?: Left) => void): void {
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

  #recount(open: OpenRoom, left?: Left): void {
    this.#rooms.recount(open, () => this.#close(open, 'room-closed'), left);
  }

  #close(open: OpenRoom, departure: Departure): void {
    const { name } = open.seed;
    for (const identity of [...open.participants.keys()]) this.remove(name, identity, departure);
    this.#rooms.forget(open);
  }

  #isIn(room: string, agent: AgentSeed): boolean {
    return this.#rooms.get(room)?.agents.get(agent.identity) === agent;
  }

  #addAgent(open: OpenRoom, seed: AgentSeed): void {
    open.agents.set(seed.identity, seed);
    this.#scripts.begin({ room: open.seed.name, seed });
  }

  /** An agent that was silent begins to be heard. */
  #publish(room: string, agent: AgentSeed): void {
    const open = this.#rooms.get(room);
    const silent = open?.participants.get(agent.identity);
    if (!open || !silent || !this.#isIn(room, agent)) return;
    open.participants.set(agent.identity, withAudio(silent, agent));
    this.#recount(open);
    this.#rooms.tellJoined(room);
  }

  /** Something happens to one call of a room, upon which whoever else is in it may act. */
  #noteOthers({ callId, room }: WorldCall, moment: 'dialled' | 'answered'): void {
    for (const call of this.#calls.values()) {
      if (call.room === room && call.callId !== callId) this.#scripts.note(call, moment);
    }
    const open = this.#rooms.get(room);
    if (open) this.#scripts.noteAgents(open, moment);
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
    for (const person of seed.participants) {
      if (person.kind === 'agent') this.#addAgent(open, person);
    }
    this.#rooms.tellChanged(seed.name);
  }

  #addCall(seed: CallerSeed, identity: string, room: string, trunk?: TrunkSeed): WorldCall {
    const { callId, status = 'active' } = seed;
    if (!trunk) throw new Error(`Call ${callId} is on trunk ${seed.trunk}, which does not exist`);
    const { direction } = trunk;
    const call: WorldCall = { callId, room, identity, trunk, direction, status, seed };
    this.#calls.set(callId, call);
    this.#scripts.begin(call);
    return call;
  }
}
