/** How calls go: the answers of SIP, what whoever places a call is told, and who answers at a number. */

export interface SipAnswer {
  code: number;
  phrase: string;
}

/** The phrases of RFC 3261 §21 and the RFCs that added codes later. */
const PHRASES: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  421: 'Extension Required',
  428: 'Use Identity Header',
  429: 'Provide Referrer Identity',
  433: 'Anonymity Disallowed',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

/** A status with the phrase that the RFCs give it. */
export function sipStatus(code: number, phrase = PHRASES[code] ?? ''): SipAnswer {
  return { code, phrase };
}

// What a call comes to, as whoever places it is notified.

/** One party of a talk: a call of LiveKit's by its id, or undefined, somebody outside. */
export type Party = string | undefined;

/**
 * What whoever places a call is notified of: `answered` or `refused`, once, unless they hang up
 * before.
 */
export interface CallEvents {
  ringing(): void;
  /** @param callee the leg that LiveKit has at the other end, when the number is one of ours */
  answered(callee: Party): void;
  refused(status: SipAnswer): void;
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
