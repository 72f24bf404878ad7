/**
 * The telephone network, of which LiveKit sees its own legs only: who is reached by a number, one of
 * ours or anybody else's, and whom the providers have bridged.
 */
import type { Clock } from '../world/clock.ts';
import type { TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { IncomingCalls } from './incoming-calls.ts';
import type { CallEvents, Party } from './sip-status.ts';
import { type SipAnswer, sipStatus } from './sip-status.ts';

/** A phone that will ring does so within this time. */
const RINGS_AFTER_MS = 40;

interface CallRequest {
  /** The number or user that is called. */
  to: string;
  from: string;
  /** How long somebody outside who answers lets it ring. */
  answersAfterMs: number;
  /** How long somebody outside who does not takes to say so. */
  refusesAfterMs: number;
  /** The provider connects our own numbers itself, and no call comes back in to us. */
  connectsInternally?: boolean | undefined;
}

export class PhoneNetwork {
  readonly #trunks: readonly TrunkSeed[];
  readonly #incoming: IncomingCalls;
  readonly #clock: Clock;

  constructor(trunks: readonly TrunkSeed[], incoming: IncomingCalls, clock: Clock) {
    this.#trunks = trunks;
    this.#incoming = incoming;
    this.#clock = clock;
  }

  /**
   * Calls somebody.
   * @returns hangs up, if nobody has answered
   */
  call(request: CallRequest, events: CallEvents): () => void {
    const ours = request.connectsInternally ? undefined : this.#trunkOf(request.to);
    return ours ? this.#callOurs(ours, request.from, events) : this.#callOutside(request, events);
  }

  #trunkOf(to: string): TrunkSeed | undefined {
    const digits = digitsOf(to);
    if (digits === '') return undefined;
    return this.#trunks.find(
      ({ direction, number }) =>
        direction === 'inbound' && number !== undefined && digitsOf(number) === digits,
    );
  }

  #callOurs(trunk: TrunkSeed, from: string, events: CallEvents): () => void {
    const hangUp = this.#incoming.place(trunk, from, {
      ringing: events.ringing,
      answered: (callee) => {
        stopWaiting();
        events.answered(callee);
      },
      refused: (status) => {
        stopWaiting();
        events.refused(status);
      },
    });
    const stopWaiting = this.#clock.after(RINGS_FOR_MS, () => {
      hangUp();
      events.refused(sipStatus(408));
    });
    return () => {
      stopWaiting();
      hangUp();
    };
  }

  #callOutside(request: CallRequest, events: CallEvents): () => void {
    const { to, answersAfterMs, refusesAfterMs } = request;
    const { status, afterMs } = outcomeAt(to, answersAfterMs, refusesAfterMs);
    const isPickedUp = status.code === 200;
    const stops = [
      this.#clock.after(afterMs, () => {
        if (isPickedUp) events.answered(undefined);
        else events.refused(status);
      }),
    ];
    if (isPickedUp || afterMs > refusesAfterMs) {
      stops.push(this.#clock.after(Math.min(RINGS_AFTER_MS, afterMs / 2), events.ringing));
    }
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/**
 * Who talks to whom at the providers: a leg that LiveKit dialled may be bridged to one that came
 * back in. Whoever hangs up ends the other one too.
 */
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
   * Takes a leg out of its bridge: its end ends its partner no more.
   * @returns the partner, who is still connected
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

// Who is at the other end of a transfer or a dialled call, decided by the number.

interface TargetOutcome {
  /** The final status: 200 when the target answers. */
  status: SipAnswer;
  /** Milliseconds from the call to that status. */
  afterMs: number;
}

/** A phone that rings until the caller's provider gives up. */
export const RINGS_FOR_MS = 60_000;
/** A target that says no does so a little sooner than one picks up (captured: 1.0 s and 1.5 s). */
export const TARGET_REFUSES_AFTER_MS = 1_000;

/** The user part of `sip:user@host` or `tel:user`, parameters and display brackets left out. */
const USER_PART = /^<?(?:sips?|tel):([^@;?>]*)/;

/** The number or user that an address calls; empty when it is none of the addresses of a REFER. */
export function userOf(transferTo: string): string {
  return USER_PART.exec(transferTo)?.[1] ?? '';
}

/** The digits of a number or user, without anything between them. */
export function digitsOf(user: string): string {
  return user.replace(/\D/g, '');
}

/**
 * How a number or user takes the call: 486, 603, 404, 408 or 480 as its last three digits mean that
 * outcome, anything else answers.
 * @param answersAfterMs how long somebody who answers lets it ring
 * @param refusesAfterMs how long somebody who does not takes to say so
 */
export function outcomeAt(
  user: string,
  answersAfterMs: number,
  refusesAfterMs: number,
): TargetOutcome {
  const lastDigits = digitsOf(user).slice(-3);
  switch (lastDigits) {
    case '404':
    case '480':
    case '486':
    case '603':
      return { status: sipStatus(Number(lastDigits)), afterMs: refusesAfterMs };
    case '408':
      return { status: sipStatus(408), afterMs: RINGS_FOR_MS };
    default:
      return { status: sipStatus(200), afterMs: answersAfterMs };
  }
}

/** BYE on the keys of a phone: whoever answers at such a number hangs up after a while. */
const HANGS_UP = '293';
const HANGS_UP_AFTER_MS = 5_000;

/** @returns how long after the answer a number or user hangs up, in ms; undefined: never */
export function hangsUpAfter(user: string): number | undefined {
  return digitsOf(user).endsWith(HANGS_UP) ? HANGS_UP_AFTER_MS : undefined;
}
