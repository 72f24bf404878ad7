/** Who is at the other end of a transfer or a dialled call, decided by the number. */
import { type SipAnswer, sipStatus } from './sip-status.ts';

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
