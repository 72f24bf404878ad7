/** Who is at the other end of a transfer, decided by the address. */
import { type SipStatus, sipStatus } from './sip-status.ts';

export interface TargetOutcome {
  /** The status that the trunk reports in its final NOTIFY. */
  status: SipStatus;
  /** Milliseconds from the REFER to that NOTIFY. */
  afterMs: number;
}

/** A phone that rings until the trunk gives up. */
const RINGS_FOR_MS = 60_000;
/** A target that says no does so a little sooner than one picks up (captured: 1.0 s and 1.5 s). */
const REFUSES_AFTER_MS = 1_000;

/** The user part of `sip:user@host` or `tel:user`, parameters and display brackets left out. */
const USER_PART = /^<?(?:sips?|tel):([^@;?>]*)/;

/**
 * How the target takes the call: 486, 603, 404, 408 or 480 as the last three digits of the user
 * part of the address mean that outcome, anything else answers.
 * @param answersAfterMs how long a target that answers lets it ring
 */
export function outcomeAt(transferTo: string, answersAfterMs: number): TargetOutcome {
  const user = USER_PART.exec(transferTo)?.[1] ?? '';
  const lastDigits = user.replace(/\D/g, '').slice(-3);
  switch (lastDigits) {
    case '404':
    case '480':
    case '486':
    case '603':
      return { status: sipStatus(Number(lastDigits)), afterMs: REFUSES_AFTER_MS };
    case '408':
      return { status: sipStatus(408), afterMs: RINGS_FOR_MS };
    default:
      return { status: sipStatus(200), afterMs: answersAfterMs };
  }
}
