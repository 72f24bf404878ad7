/** What the seed has callers do by themselves: they hang up, or come back as somebody else. */
import type { Clock } from './clock.ts';
import type { CallerSeed } from './seed-types.ts';

/** What a script can do to the world. */
interface ScriptActions {
  endCall(call: { callId: string }): void;
  /** The same call, under another identity. */
  rejoin(callId: string, identity: string): void;
}

interface ScriptedCall {
  readonly callId: string;
  readonly seed: CallerSeed;
}

export class CallerScript {
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

  begin(call: ScriptedCall): void {
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
  survivesRead(call: ScriptedCall): boolean {
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
  noteTransfer(call: ScriptedCall): boolean {
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
