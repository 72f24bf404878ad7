/** What no clean-up reaches: after a success the two far ends talk at the provider. */
import type { Lab } from './environment.ts';
import type { Leg } from './leg-part.ts';
import type { SmokeTest } from './plan.ts';

/** Outcomes after which somebody may be talking to the target. */
const MAY_BE_JOINED: readonly string[] = ['completed', 'ended', 'unconfirmed', 'unknown'];

export class FarEnds {
  readonly #test: SmokeTest;
  /** null: no REFER was sent, and nothing can be joined. */
  #leg: Leg | null = null;
  #outcome: string | null = null;
  #isTargetEnded = false;

  constructor(test: SmokeTest) {
    this.#test = test;
  }

  /** The REFER of this leg is on its way. */
  sent(leg: Leg): void {
    this.#leg = leg;
  }

  /** It has come to an end; where nobody waited for it, it may come to any. */
  ended(outcome: string): void {
    this.#outcome = outcome;
  }

  /** The call at the target was found in LiveKit: it is ended, and the other end with it. */
  targetFound(): void {
    this.#isTargetEnded = true;
  }

  /** Says what may go on, at whose cost, and what the provider knows it by. */
  tell({ tell }: Lab): void {
    const { method, endsItself, number } = this.#test;
    if (this.#leg === null || method !== 'outbound' || endsItself || this.#isTargetEnded) return;
    if (this.#outcome !== null && !MAY_BE_JOINED.includes(this.#outcome)) return;
    const ids = this.#leg.ids.map(([name, value]) => `${name} ${value}`).join(', ');
    tell({
      step: 'far-ends',
      message: `${number} and the target may be joined at the provider now, at your cost and out of our reach: hang up there.${ids === '' ? '' : ` The provider knows the call by ${ids}.`}`,
    });
  }
}
