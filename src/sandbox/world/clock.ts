/** The sandbox's time: the same pauses as on a real LiveKit, divided by the speed asked for. */
import type { Duration } from '@bufbuild/protobuf';
import type { CallerSeed } from './seed-types.ts';

/** Node runs a timer longer than this at once, so the sandbox never asks for more (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Clock {
  readonly #speed: number;
  readonly #startMs = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();

  /**
   * @param speed how many times as fast as real time: 10 turns 15 s into 1.5 s
   * @throws RangeError when the speed is not a positive number
   */
  constructor(speed: number) {
    if (!(speed > 0 && Number.isFinite(speed))) {
      throw new RangeError(`The speed of the sandbox must be a positive number, not ${speed}`);
    }
    this.#speed = speed;
  }

  /**
   * Runs an action after `ms` of the sandbox's time.
   * @returns cancels it
   */
  after(ms: number, action: () => void): () => void {
    return this.#start(ms / this.#speed, action);
  }

  /** The same after `ms` of real time, whatever the speed. */
  afterReal(ms: number, action: () => void): () => void {
    return this.#start(ms, action);
  }

  /** Waits `ms` of the sandbox's time; for ever when the clock is stopped meanwhile. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** How long the sandbox has been there, in ms of its own time. */
  elapsed(): number {
    return (performance.now() - this.#startMs) * this.#speed;
  }

  /** Forgets everything that was still to happen. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #start(ms: number, action: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        action();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }
}

/** A protobuf duration in milliseconds; undefined when there is none, or it is not positive. */
export function milliseconds(duration: Duration | undefined): number | undefined {
  if (!duration) return undefined;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  return ms > 0 ? ms : undefined;
}

// What the seed has callers do by themselves: they hang up, or come back as somebody else.

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
