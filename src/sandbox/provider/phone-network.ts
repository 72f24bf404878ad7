/**
 * The telephone network, of which LiveKit sees its own legs only: calls to a number, one of ours or
 * anybody else's, those that come in to ours, and whom the providers have bridged.
 */
import { type ParticipantInfo, ParticipantInfo_Kind, TrackType } from '@livekit/protocol';
import type { Clock } from '../world/clock.ts';
import { stableSuffix } from '../world/participants.ts';
import type { TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import {
  type CallEvents,
  digitsOf,
  outcomeAt,
  type Party,
  RINGS_FOR_MS,
  sipStatus,
} from './sip-status.ts';

/** A phone that will ring does so within this time. */
const RINGS_AFTER_MS = 40;

interface CallRequest {
  /** The number or user that is called. */
  to: string;
  from: string;
  /** How long somebody outside who answers lets it ring. */
  answersAfterMs: number;
  /** How long somebody outside who does not takes to say so. */
  refusesAfterMs: number;
  /** The provider connects our own numbers itself, and no call comes back in to us. */
  connectsInternally?: boolean | undefined;
}

export class PhoneNetwork {
  readonly #trunks: readonly TrunkSeed[];
  readonly #incoming: IncomingCalls;
  readonly #clock: Clock;

  constructor(trunks: readonly TrunkSeed[], incoming: IncomingCalls, clock: Clock) {
    this.#trunks = trunks;
    this.#incoming = incoming;
    this.#clock = clock;
  }

  /**
   * Calls somebody.
   * @returns hangs up, if nobody has answered
   */
  call(request: CallRequest, events: CallEvents): () => void {
    const ours = request.connectsInternally ? undefined : this.#trunkOf(request.to);
    return ours ? this.#callOurs(ours, request.from, events) : this.#callOutside(request, events);
  }

  #trunkOf(to: string): TrunkSeed | undefined {
    const digits = digitsOf(to);
    if (digits === '') return undefined;
    return this.#trunks.find(
      ({ direction, number }) =>
        direction === 'inbound' && number !== undefined && digitsOf(number) === digits,
    );
  }

  #callOurs(trunk: TrunkSeed, from: string, events: CallEvents): () => void {
    const hangUp = this.#incoming.place(trunk, from, {
      ringing: events.ringing,
      answered: (callee) => {
        stopWaiting();
        events.answered(callee);
      },
      refused: (status) => {
        stopWaiting();
        events.refused(status);
      },
    });
    const stopWaiting = this.#clock.after(RINGS_FOR_MS, () => {
      hangUp();
      events.refused(sipStatus(408));
    });
    return () => {
      stopWaiting();
      hangUp();
    };
  }

  #callOutside(request: CallRequest, events: CallEvents): () => void {
    const { to, answersAfterMs, refusesAfterMs } = request;
    const { status, afterMs } = outcomeAt(to, answersAfterMs, refusesAfterMs);
    const isPickedUp = status.code === 200;
    const stops = [
      this.#clock.after(afterMs, () => {
        if (isPickedUp) events.answered(undefined);
        else events.refused(status);
      }),
    ];
    if (isPickedUp || afterMs > refusesAfterMs) {
      stops.push(this.#clock.after(Math.min(RINGS_AFTER_MS, afterMs / 2), events.ringing));
    }
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/**
 * Who talks to whom at the providers: a leg that LiveKit dialled may be bridged to one that came
 * back in. Whoever hangs up ends the other one too.
 */
export class Bridges {
  readonly #partners = new Map<string, Party>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.onCallEnded((callId) => this.hangUp(this.release(callId)));
  }

  /** Two parties talk from now on; when one of them is gone already, the other one hangs up. */
  connect(one: Party, other: Party): void {
    if (this.#isGone(one)) this.hangUp(other);
    else if (this.#isGone(other)) this.hangUp(one);
    else {
      if (one !== undefined) this.#partners.set(one, other);
      if (other !== undefined) this.#partners.set(other, one);
    }
  }

  partnerOf(callId: string): Party {
    return this.#partners.get(callId);
  }

  /**
   * Takes a leg out of its bridge: its end ends its partner no more.
   * @returns the partner, who is still connected
   */
  release(callId: string): Party {
    const partner = this.#partners.get(callId);
    this.#partners.delete(callId);
    if (partner !== undefined) this.#partners.delete(partner);
    return partner;
  }

  hangUp(party: Party): void {
    if (party !== undefined) this.#world.endCall({ callId: party });
  }

  #isGone(party: Party): boolean {
    return party !== undefined && !this.#world.call(party);
  }
}

// Calls that come in to one of our numbers: LiveKit's dispatch rule, and who answers them.

/** From the dialling to the provider's INVITE to LiveKit. */
const INVITE_AFTER_MS = 300;
const AGENT_AFTER_MS = 500;
/** From the dialling of somebody else into its room until a call that rings is answered (captured). */
const ANSWERS_PHONE_AFTER_MS = 1_100;

export class IncomingCalls {
  /** By the id of a call that rings: whoever placed it. */
  readonly #ringing = new Map<string, CallEvents>();
  readonly #world: World;
  readonly #clock: Clock;
  #count = 0;

  constructor(world: World, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
    world.onJoined((room) => this.#answerIn(room));
    world.onCallEnded((callId) => this.#refuse(callId));
  }

  /**
   * Places a call to one of our numbers.
   * @param from the caller's number
   * @returns hangs up, if nobody has answered
   */
  place(trunk: TrunkSeed, from: string, events: CallEvents): () => void {
    const { dispatch = {} } = trunk;
    let callId: string | undefined;
    const cancelInvite = this.#clock.after(INVITE_AFTER_MS, () => {
      if (dispatch === 'rejected') events.refused(sipStatus(404));
      else if (dispatch !== 'dropped') callId = this.#dispatch(trunk, from, events);
    });
    return () => {
      cancelInvite();
      if (callId !== undefined && this.#ringing.delete(callId)) this.#world.endCall({ callId });
    };
  }

  #dispatch(trunk: TrunkSeed, from: string, events: CallEvents): string {
    this.#count += 1;
    const suffix = stableSuffix(`arrival ${this.#count}`);
    const callId = `SCL_${suffix}`;
    const { room = `call-_${from}_${suffix}`, agentAfterMs = AGENT_AFTER_MS } = dispatchOf(trunk);
    this.#ringing.set(callId, events);
    events.ringing();
    this.#world.join(
      room,
      { kind: 'caller', callId, trunk: trunk.id, number: from, status: 'ringing', age: 0 },
      trunk,
    );
    if (agentAfterMs !== null) {
      this.#clock.after(agentAfterMs, () => {
        if (this.#world.call(callId)) sendAgent(this.#world, room);
      });
    }
    return callId;
  }

  /**
   * An inbound call is answered as soon as somebody else in its room publishes audio; or a while
   * after another party is on the phone as well, though that one only rings (captured). Until then it
   * rings.
   */
  #answerIn(room: string): void {
    for (const participant of this.#world.participants(room)) {
      const call = this.#world.callOf(participant);
      if (call?.direction !== 'inbound' || call.status !== 'ringing') continue;
      const others = this.#othersIn(room, participant.identity);
      if (others.some(isHeard)) this.#answer(call.callId);
      else if (others.some(isOnPhone)) {
        this.#clock.after(ANSWERS_PHONE_AFTER_MS, () => {
          if (this.#othersIn(room, participant.identity).some(isOnPhone)) this.#answer(call.callId);
        });
      }
    }
  }

  #answer(callId: string): void {
    if (this.#world.call(callId)?.status !== 'ringing') return;
    const events = this.#ringing.get(callId);
    this.#ringing.delete(callId);
    this.#world.setStatus(callId, 'active');
    events?.answered(callId);
  }

  #othersIn(room: string, caller: string): ParticipantInfo[] {
    return this.#world.participants(room).filter(({ identity }) => identity !== caller);
  }

  /** Ended by us while it rang: the answer is that the call is rejected (captured). */
  #refuse(callId: string): void {
    const events = this.#ringing.get(callId);
    this.#ringing.delete(callId);
    events?.refused(sipStatus(486, 'Rejected'));
  }
}

function isOnPhone({ kind }: ParticipantInfo): boolean {
  return kind === ParticipantInfo_Kind.SIP;
}

/** A party on the phone publishes before anybody has answered it: its track proves nothing. */
function isHeard(participant: ParticipantInfo): boolean {
  return !isOnPhone(participant) && participant.tracks.some(({ type }) => type === TrackType.AUDIO);
}

/** Lets an agent into a room, which publishes audio at once. */
export function sendAgent(world: World, room: string): void {
  const identity = `agent-AJ_${stableSuffix(`agent for ${room}`)}`;
  world.join(room, { kind: 'agent', identity, state: 'listening', audio: 'published', age: 0 });
}

function dispatchOf({ dispatch }: TrunkSeed) {
  return typeof dispatch === 'object' ? dispatch : {};
}
