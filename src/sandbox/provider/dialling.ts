/** Calls that LiveKit dials over an outbound trunk: the INVITE, the wait for an answer, its end. */
import type { Clock } from '../world/clock.ts';
import type { CallerSeed, TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { Bridges, PhoneNetwork } from './phone-network.ts';
import { type SipAnswer, sipStatus } from './sip-status.ts';

/** A call to dial. */
export interface Dial {
  trunk: TrunkSeed;
  room: string;
  /** Whoever is dialled, as they are in the room meanwhile. */
  participant: CallerSeed;
  /** Our number, which the other side sees. */
  from: string;
  ringingTimeoutMs: number;
  /** From the answer on; no limit when undefined. */
  maxDurationMs: number | undefined;
  /** How long the digits take that are sent once it is answered. */
  digitsMs: number;
}

/** How the wait for an answer ended. */
export type DialEnd =
  | { end: 'answered' }
  | { end: 'refused'; status: SipAnswer }
  | { end: 'password-missing' }
  | { end: 'password-refused' }
  /** The ringing time-out passed, and LiveKit gave up. */
  | { end: 'timed-out' }
  /** Somebody removed the participant meanwhile. */
  | { end: 'removed' };

const CALLEE_ANSWERS_AFTER_MS = 700;
/** As long as a captured INVITE took to be refused. */
const REFUSED_AFTER_MS = 45;

export class Dialling {
  /** By the id of a call that is not answered yet: what to do when it ends. */
  readonly #onEnded = new Map<string, () => void>();
  readonly #world: World;
  readonly #network: PhoneNetwork;
  readonly #bridges: Bridges;
  readonly #clock: Clock;

  constructor(world: World, network: PhoneNetwork, bridges: Bridges, clock: Clock) {
    this.#world = world;
    this.#network = network;
    this.#bridges = bridges;
    this.#clock = clock;
    world.onCallEnded((callId) => this.#onEnded.get(callId)?.());
  }

  /** Dials, once its participant is in the room, who leaves again when nobody answers. */
  dial(dial: Dial): Promise<DialEnd> {
    const { callId } = dial.participant;
    return new Promise((resolve) => {
      const finish = (end: DialEnd): void => {
        if (!this.#onEnded.delete(callId)) return;
        for (const stop of stops) stop();
        if (end.end !== 'answered') this.#world.endCall({ callId });
        resolve(end);
      };
      this.#onEnded.set(callId, () => finish({ end: 'removed' }));
      const stops = [
        this.#clock.after(dial.ringingTimeoutMs, () => finish({ end: 'timed-out' })),
        this.#invite(dial, finish),
      ];
    });
  }

  /** @returns takes the INVITE back (CANCEL) */
  #invite(dial: Dial, finish: (end: DialEnd) => void): () => void {
    const { trunk, participant, from } = dial;
    const { dial: behaviour } = trunk;
    const refuse = (end: DialEnd) => this.#clock.after(REFUSED_AFTER_MS, () => finish(end));
    if (typeof behaviour === 'object') {
      return refuse({ end: 'refused', status: sipStatus(behaviour.refuses, behaviour.phrase) });
    }
    if (behaviour === 'wants-password') return refuse({ end: 'password-missing' });
    if (behaviour === 'refuses-password') return refuse({ end: 'password-refused' });
    if (behaviour === 'never-answers') return () => {};
    const request = {
      to: participant.number,
      from,
      answersAfterMs: trunk.calleeAnswersAfterMs ?? CALLEE_ANSWERS_AFTER_MS,
      refusesAfterMs: REFUSED_AFTER_MS,
      connectsInternally: trunk.connectsInternally,
    };
    return this.#network.call(request, {
      ringing: () => this.#world.setStatus(participant.callId, 'ringing'),
      answered: (callee) => {
        this.#bridges.connect(participant.callId, callee);
        this.#answered(dial);
        finish({ end: 'answered' });
      },
      refused: (status) => finish({ end: 'refused', status }),
    });
  }

  #answered({ trunk, participant, maxDurationMs, digitsMs }: Dial): void {
    const { callId } = participant;
    if (digitsMs > 0) {
      this.#world.setStatus(callId, 'automation');
      this.#clock.after(digitsMs, () => this.#world.setStatus(callId, 'active'));
    } else {
      this.#world.setStatus(callId, 'active');
    }
    for (const ms of [maxDurationMs, trunk.calleeHangsUpAfterMs]) {
      if (ms !== undefined) this.#clock.after(ms, () => this.#world.endCall({ callId }));
    }
  }
}
