/** What became of the test call, from LiveKit's answer to the dial (server 1.13, SIP 1.11). */
import { SILENCE_MS } from '../core/text.ts';
import { isDenial } from '../livekit/failures.ts';
import type { HttpOutcome } from '../livekit/transport.ts';
import { parseBody, readTwirpError } from '../livekit/twirp.ts';
import { findSipCause } from '../transfer/answers.ts';
import { isTurnedAway } from '../transfer/classify.ts';
import type { SipStatus } from '../transfer/outcome.ts';

export type DialCause =
  | 'busy'
  | 'no-answer'
  | 'unavailable'
  | 'declined'
  | 'wrong-number'
  | 'forbidden'
  | 'password-missing'
  | 'password-refused'
  | 'trunk-missing'
  | 'no-numbers'
  | 'no-sip-service'
  /** Not a word to the INVITE came from the trunk's address. */
  | 'address-silent'
  /** No connection to it came about. */
  | 'no-connection'
  /** It is a name that leads nowhere. */
  | 'address-unknown'
  /** LiveKit gave up without the trunk's answer, though there may have been one. */
  | 'answer-lost'
  /** The trunk answered the INVITE with another failure. */
  | 'refused'
  /** The API key may not dial. */
  | 'permission'
  | 'credentials'
  /** Something in LiveKit's place turned the request away. */
  | 'intercepted'
  /** LiveKit was never reached. */
  | 'unreachable'
  /** No answer came, and it may have been dialled. */
  | 'lost'
  /** LiveKit turned the request away with words that are not listed. */
  | 'unlisted';

export type DialOutcome =
  | { ok: true }
  | {
      ok: false;
      cause: DialCause;
      /** The trunk's answer to the INVITE, where there was one. */
      sip: SipStatus | null;
      /** LiveKit's own words. */
      message: string;
    };

/** LiveKit's messages without a SIP status. */
const MESSAGES: readonly [text: string, cause: DialCause][] = [
  ['sip request timed out', 'no-answer'],
  ['sip server required auth, but no username or password was provided', 'password-missing'],
  ['max auth retry attempts reached for SIP invite', 'password-refused'],
  ['requested sip trunk does not exist', 'trunk-missing'],
  ['no numbers on outbound trunk', 'no-numbers'],
  ['fail to resolve target', 'address-unknown'],
  ['no response from servers', 'no-sip-service'],
  ['cpu exhausted', 'no-sip-service'],
  ['permissions denied', 'permission'],
];

/** No connection to the trunk came about: `transport<TCP> dial err=… connection refused`. */
const NO_CONNECTION = /\btransport<\w+> dial err=/;

/**
 * A SIP transaction without an answer. It takes 32 s to fail (RFC 3261 §17.1.1.2, timer B); one that
 * failed earlier lost the answer (seen with LiveKit SIP 1.11).
 */
function causeOfTransaction(message: string, durationMs: number): DialCause | null {
  if (!message.includes('transaction failed to complete')) return null;
  const silent = message.includes('(0 intermediate') && durationMs >= SILENCE_MS;
  return silent ? 'address-silent' : 'answer-lost';
}

/** What LiveKit's own words mean; null when they are not listed. */
function causeOfMessage(message: string, durationMs: number): DialCause | null {
  const listed = MESSAGES.find(([text]) => message.includes(text));
  if (listed !== undefined) return listed[1];
  return NO_CONNECTION.test(message) ? 'no-connection' : causeOfTransaction(message, durationMs);
}

/** What a status means as the answer to an INVITE (RFC 3261 §21). */
function causeOfStatus(code: number): DialCause {
  switch (code) {
    case 486:
    case 600:
      return 'busy';
    case 408:
    case 487:
    case 504:
      return 'no-answer';
    case 480:
      return 'unavailable';
    case 603:
      return 'declined';
    case 404:
    case 410:
    case 484:
    case 604:
      return 'wrong-number';
    case 401:
    case 407:
      return 'password-refused';
    case 402:
    case 403:
    case 433:
    case 607:
    case 608:
      return 'forbidden';
    default:
      return 'refused';
  }
}

/**
 * Classifies LiveKit's answer to CreateSIPParticipant, or its absence.
 * @param durationMs from the request to the answer, as LiveKit's clock runs
 */
export function readDialOutcome(outcome: HttpOutcome, durationMs: number): DialOutcome {
  const failed = (cause: DialCause, message: string, sip: SipStatus | null = null): DialOutcome => {
    return { ok: false, cause, sip, message };
  };
  if (outcome.kind === 'failure') {
    return failed(outcome.mayHaveBeenSent ? 'lost' : 'unreachable', outcome.message);
  }
  const error = readTwirpError(outcome);
  if (error === null) {
    const isAnswer = outcome.httpStatus === 200 && parseBody(outcome.body) !== undefined;
    if (isAnswer) return { ok: true };
    const message = outcome.body.slice(0, 200);
    if (isDenial(outcome)) return failed('credentials', message);
    return failed(isTurnedAway(outcome) ? 'intercepted' : 'lost', message);
  }
  // The status first: with it the failure is SIP's, whatever else stands there.
  const sip = findSipCause(error, null)?.status ?? null;
  if (sip !== null) return failed(causeOfStatus(sip.code), error.message, sip);
  const cause = causeOfMessage(error.message, durationMs);
  if (cause !== null) return failed(cause, error.message);
  return failed(outcome.httpStatus === 401 ? 'credentials' : 'unlisted', error.message);
}

export interface Dialled {
  outcome: DialOutcome;
  durationMs: number;
}
