/**
 * Who talks to whom at the providers, beyond LiveKit's sight: the leg that LiveKit dialled may be
 * joined to one that came back in. Whoever hangs up ends the other one too.
 */
import type { Party, World } from '../world/world.ts';

export class Bridges {
  readonly #partners = new Map<string, Party>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.onCallEnded((callId) => this.hangUp(this.release(callId)));
  }

  /** Two parties talk from now on; when one of them is gone already, the other one hangs up. */
  connect(one: Party, other: Party): void {
    if (this.#isGone(one)) this.hangUp(other);
    else if (this.#isGone(other)) this.hangUp(one);
    else {
      if (one !== undefined) this.#partners.set(one, other);
      if (other !== undefined) this.#partners.set(other, one);
    }
  }

  partnerOf(callId: string): Party {
    return this.#partners.get(callId);
  }

  /**
   * Takes a leg out of its talk: what happens to it is nothing to its partner any more.
   * @returns the partner, who is still there
   */
  release(callId: string): Party {
    const partner = this.#partners.get(callId);
    this.#partners.delete(callId);
    if (partner !== undefined) this.#partners.delete(partner);
    return partner;
  }

  hangUp(party: Party): void {
    if (party !== undefined) this.#world.endCall({ callId: party });
  }

  #isGone(party: Party): boolean {
    return party !== undefined && !this.#world.call(party);
  }
}
