/** Calls that come in to one of our numbers: LiveKit's dispatch rule, and who answers them. */
import { ParticipantInfo_Kind, TrackType } from '@livekit/protocol';
import type { Clock } from '../world/clock.ts';
import { stableSuffix } from '../world/participants.ts';
import type { TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { CallEvents } from './sip-status.ts';
import { sipStatus } from './sip-status.ts';

/** From the dialling to the provider's INVITE to LiveKit. */
const INVITE_AFTER_MS = 300;
const AGENT_AFTER_MS = 500;

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
   * An inbound call is answered as soon as somebody else in its room publishes audio, or is a party
   * on the phone as well (LiveKit's SIP service: until then it rings).
   */
  #answerIn(room: string): void {
    for (const participant of this.#world.participants(room)) {
      const call = this.#world.callOf(participant);
      const events = call && this.#ringing.get(call.callId);
      if (!events || !this.#hasOtherParty(room, participant.identity)) continue;
      this.#ringing.delete(call.callId);
      this.#world.setStatus(call.callId, 'active');
      events.answered(call.callId);
    }
  }

  #hasOtherParty(room: string, caller: string): boolean {
    return this.#world
      .participants(room)
      .some(
        ({ identity, kind, tracks }) =>
          identity !== caller &&
          (kind === ParticipantInfo_Kind.SIP ||
            tracks.some(({ type }) => type === TrackType.AUDIO)),
      );
  }

  /** Ended by us while it rang: the answer is that nobody is available. */
  #refuse(callId: string): void {
    const events = this.#ringing.get(callId);
    this.#ringing.delete(callId);
    events?.refused(sipStatus(480));
  }
}

/** Lets an agent into a room, which publishes audio at once. */
export function sendAgent(world: World, room: string): void {
  const identity = `agent-AJ_${stableSuffix(`agent for ${room}`)}`;
  world.join(room, { kind: 'agent', identity, state: 'listening', audio: 'published', age: 0 });
}

function dispatchOf({ dispatch }: TrunkSeed) {
  return typeof dispatch === 'object' ? dispatch : {};
}
