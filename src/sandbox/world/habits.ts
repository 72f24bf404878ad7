/** What seeded callers do by themselves: they hang up, or come back as somebody else. */
import type { Clock } from './clock.ts';
import type { CallerSeed } from './population.ts';
import type { Call } from './world.ts';

/** What a habit can do to the world. */
export interface Doings {
  endCall(call: { callId: string }): void;
  /** The same call, under another identity. */
  rejoin(callId: string, identity: string): void;
}

export class Habits {
  /** Callers who hang up when somebody looks at them, and how many looks they bear. */
  readonly #shy = new Map<string, number>();
  /** What callers do once their transfer was asked for. */
  readonly #waiting = new Map<string, CallerSeed>();
  readonly #doings: Doings;
  readonly #clock: Clock;

  constructor(doings: Doings, clock: Clock) {
    this.#doings = doings;
    this.#clock = clock;
  }

  begin(call: Call): void {
    const { callId, seed } = call;
    const { leaves } = seed;
    this.#waiting.set(callId, seed);
    if (leaves === 'at-first-look') this.#shy.set(callId, 0);
    else if (leaves === 'at-second-look') this.#shy.set(callId, 1);
    else if (leaves && 'afterMs' in leaves) {
      this.#clock.after(leaves.afterMs, () => this.#doings.endCall(call));
    }
  }

  /** Somebody looks at a call, and finds it over when that was one look too many. */
  bearsLook(call: Call): boolean {
    const looks = this.#shy.get(call.callId);
    if (looks === undefined) return true;
    this.#shy.set(call.callId, looks - 1);
    if (looks > 0) return true;
    this.#doings.endCall(call);
    return false;
  }

  /**
   * A transfer of this call was asked for: whoever waited for that acts, and only once.
   * @returns whether this was the first time
   */
  noteTransfer(call: Call): boolean {
    const seed = this.#waiting.get(call.callId);
    this.#waiting.delete(call.callId);
    if (!seed) return false;
    const { leaves, rejoins } = seed;
    if (typeof leaves === 'object' && 'afterTransferMs' in leaves) {
      this.#clock.after(leaves.afterTransferMs, () => this.#doings.endCall(call));
    }
    if (rejoins) {
      this.#clock.after(rejoins.afterTransferMs, () =>
        this.#doings.rejoin(call.callId, rejoins.as),
      );
    }
    return true;
  }
}
