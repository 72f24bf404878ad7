/** How well something can be read: at once, late, or not at all. */
import type { Clock } from '../world/clock.ts';
import type { ReadBehaviour } from '../world/population.ts';
import { errorFromBehind } from './twirp-error.ts';

export class Reading {
  readonly #behaviour: ReadBehaviour;
  readonly #clock: Clock;
  #reads = 0;
  #isTransferred = false;

  constructor(behaviour: ReadBehaviour | undefined, clock: Clock) {
    this.#behaviour = behaviour ?? {};
    this.#clock = clock;
  }

  /** A transfer was asked for here. */
  noteTransfer(): void {
    this.#isTransferred = true;
  }

  /**
   * Waits as long as a read takes.
   * @throws TwirpError `unavailable` when it fails
   */
  async pass(): Promise<void> {
    this.#reads += 1;
    const isUnavailable = this.#isUnavailable();
    const { delayMs } = this.#behaviour;
    if (delayMs !== undefined) await this.#clock.pause(delayMs);
    if (isUnavailable) throw errorFromBehind('unavailable', 'no response from servers');
  }

  #isUnavailable(): boolean {
    switch (this.#behaviour.unavailable) {
      case 'always':
        return true;
      case 'first-read':
        return this.#reads === 1;
      case 'after-transfer':
        return this.#isTransferred;
      default:
        return false;
    }
  }
}
