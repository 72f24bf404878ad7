/** Calls that come in to one of our numbers: LiveKit's dispatch rule, and who answers them. */
import { type ParticipantInfo, ParticipantInfo_Kind, TrackType } from '@livekit/protocol';
import type { Clock } from '../world/clock.ts';
import { stableSuffix } from '../world/participants.ts';
import type { TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { CallEvents } from './sip-status.ts';
import { sipStatus } from './sip-status.ts';

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
