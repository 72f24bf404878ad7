import type { Clock } from '../world/clock.ts';
import type { CallerSeed, TrunkSeed } from '../world/seed-types.ts';
import type { World, WorldCall } from '../world/world.ts';
import type { Bridges, PhoneNetwork } from './phone-network.ts';
import { type SipAnswer, sipStatus } from './sip-status.ts';

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
  readonly #removed = new Map<string, () => void>();
  readonly #world: World;
  readonly #network: PhoneNetwork;
  readonly #lines: Bridges;
  readonly #clock: Clock;

  constructor(world: World, network: PhoneNetwork, lines: Bridges, clock: Clock) {
    this.#world = world;
    this.#network = network;
    this.#lines = lines;
    this.#clock = clock;
    world.onCallEnded((callId) => this.#removed.get(callId)?.());
  }

  /** Dials, once its participant is in the room; that one leaves by itself when nobody answers. */
  dial(dial: Dial): Promise<DialEnd> {
    const { callId } = dial.caller;
    return new Promise((resolve) => {
      const settle = (end: DialEnd): void => {
        if (!this.#removed.delete(callId)) return;
        for (const stop of stops) stop();
        if (end.end !== 'answered') this.#world.endCall({ callId });
        resolve(end);
      };
      this.#removed.set(callId, () => settle({ end: 'removed' }));
      const stops = [
        this.#clock.after(dial.ringingTimeoutMs, () => settle({ end: 'timed-out' })),
        this.#invite(dial, settle),
      ];
    });
  }

  /** @returns takes the INVITE back (CANCEL) */
  #invite(dial: Dial, settle: (end: DialEnd) => void): () => void {
    const { trunk, caller, from } = dial;
    const { dial: behaviour } = trunk;
    const refuse = (end: DialEnd) => this.#clock.after(REFUSED_AFTER_MS, () => settle(end));
    if (typeof behaviour === 'object') {
      return refuse({ end: 'refused', status: sipStatus(behaviour.refuses, behaviour.phrase) });
    }
    if (behaviour === 'wants-password') return refuse({ end: 'password-missing' });
    if (behaviour === 'refuses-password') return refuse({ end: 'password-refused' });
    if (behaviour === 'never-answers') return () => {};
    const placing = {
      to: caller.number,
      from,
      answersAfterMs: trunk.calleeAnswersAfterMs ?? CALLEE_ANSWERS_AFTER_MS,
      refusesAfterMs: REFUSED_AFTER_MS,
      connectsInternally: trunk.connectsInternally,
    };
    return this.#network.call(placing, {
      ringing: () => this.#world.setStatus(caller.callId, 'ringing'),
      answered: (callee) => {
        this.#lines.connect(caller.callId, callee);
        this.#answered(dial);
        settle({ end: 'answered' });
      },
      refused: (status) => settle({ end: 'refused', status }),
    });
  }

  #answered({ trunk, caller, maxDurationMs, digitsMs }: Dial): void {
    const { callId } = caller;
    const call: Pick<WorldCall, 'callId'> = { callId };
    if (digitsMs > 0) {
      this.#world.setStatus(callId, 'automation');
      this.#clock.after(digitsMs, () => this.#world.setStatus(callId, 'active'));
    } else {
      this.#world.setStatus(callId, 'active');
    }
    for (const ms of [maxDurationMs, trunk.calleeHangsUpAfterMs]) {
      if (ms !== undefined) this.#clock.after(ms, () => this.#world.endCall(call));
    }
  }
}

/** A call that is to be dialled. */
export interface Dial {
  trunk: TrunkSeed;
  room: string;
  caller: CallerSeed;
  /** Our number, which the other side sees. */
  from: string;
  ringingTimeoutMs: number;
  /** From the answer on; no limit when undefined. */
  maxDurationMs: number | undefined;
  /** How long the digits take that are sent once it is answered. */
  digitsMs: number;
}
