/** The sandbox's time: the same pauses as on a real LiveKit, divided by the speed asked for. */
import type { Duration } from '@bufbuild/protobuf';

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
