/** What became of a dialled call, from LiveKit's answer to the dial (server 1.13, SIP 1.11). */
import type { ExitCode } from '../../core/errors.ts';
import { SILENCE_MS } from '../../core/text.ts';
import { isDenial } from '../../livekit/failures.ts';
import type { HttpOutcome } from '../../livekit/transport.ts';
import {
  isObject,
  parseBody,
  readText,
  readTwirpError,
  type TwirpError,
} from '../../livekit/twirp.ts';
import { findSipCause } from '../answers.ts';
import { classifyAnswer, isMangled, isTurnedAway } from '../classify.ts';
import {
  type BridgeCause,
  type Classification,
  type DialCause,
  NO_ANSWER,
  type SipStatus,
  type Stage,
} from '../outcome.ts';

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

/** LiveKit waits 80 s for the answer at most (server 1.13); the target rings on. In ms. */
const LIVEKIT_WAITS_MS = 75_000;

/** What LiveKit's own words mean; null when they are not listed. */
function causeOfMessage({ code, message }: TwirpError, durationMs: number): DialCause | null {
  if (code === 'deadline_exceeded' && durationMs >= LIVEKIT_WAITS_MS) return 'no-answer';
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
    // What is left of it may be the target's answer, which travels under these statuses as well.
    if (isMangled(outcome.body)) return failed('lost', message);
    if (isDenial(outcome)) return failed('credentials', message);
    return failed(isTurnedAway(outcome) ? 'intercepted' : 'lost', message);
  }
  // The status first: with it the failure is SIP's, whatever else stands there.
  const sip = findSipCause(error, null)?.status ?? null;
  if (sip !== null) return failed(causeOfStatus(sip.code), error.message, sip);
  const cause = causeOfMessage(error, durationMs);
  if (cause !== null) return failed(cause, error.message);
  return failed(outcome.httpStatus === 401 ? 'credentials' : 'unlisted', error.message);
}

/** LiveKit's id of the leg that it dialled, where it gave one. */
export function callIdIn(answer: HttpOutcome | null): string | null {
  const body = answer?.kind === 'answer' ? parseBody(answer.body) : undefined;
  return isObject(body) ? readText(body, 'sip_call_id') || null : null;
}

/** Whether somebody may have been called all the same. */
export function isUnclear(cause: BridgeCause): boolean {
  return cause === 'lost' || cause === 'answer-lost' || cause === 'unlisted';
}

export interface Dialled {
  outcome: DialOutcome;
  durationMs: number;
}

// The same as the outcome of a transfer.

/** The causes with which nobody was called: LiveKit or the trunk's own side turned the dial away. */
const NOBODY_CALLED: Partial<Record<BridgeCause, ExitCode>> = {
  'password-missing': 1,
  'password-refused': 1,
  'trunk-missing': 5,
  'no-numbers': 1,
  'no-sip-service': 1,
  'no-connection': 1,
  'address-unknown': 1,
  permission: 4,
  credentials: 4,
  intercepted: 2,
  unreachable: 1,
};

/** Whether it is certain that nobody was called: LiveKit never got so far. */
export function wasNobodyCalled(cause: BridgeCause): boolean {
  return NOBODY_CALLED[cause] !== undefined;
}

function outcomeOf(cause: BridgeCause): Pick<Classification, 'outcome' | 'exitCode'> {
  const turnedAway = NOBODY_CALLED[cause];
  if (turnedAway !== undefined) return { outcome: 'not-sent', exitCode: turnedAway };
  switch (cause) {
    case 'none':
      return { outcome: 'bridged', exitCode: 0 };
    case 'caller-left':
      return { outcome: 'ended', exitCode: 1 };
    case 'room-unread':
      return { outcome: 'unconfirmed', exitCode: 7 };
    case 'lost':
    case 'answer-lost':
    case 'unlisted':
    case 'still-there':
      return { outcome: 'unknown', exitCode: 7 };
    default:
      return { outcome: 'target-failed', exitCode: 1 };
  }
}

/** What was seen in the room, and is no answer of LiveKit's. */
const OURS: readonly BridgeCause[] = ['none', 'caller-left', 'target-left', 'still-there'];

function stageOf(cause: BridgeCause, sip: SipStatus | null): Stage | null {
  if (sip !== null) return 'invite';
  if (OURS.includes(cause)) return null;
  return cause === 'lost' || cause === 'unreachable' ? 'transport' : 'api';
}

/** What the dial of a bridge comes to, in the terms of a transfer. */
export function classifyDial({ cause, sip, answer }: DialEnd): Classification {
  const livekit = answer === null ? NO_ANSWER : livekitAnswer(answer);
  const stage = stageOf(cause, sip);
  return {
    ...outcomeOf(cause),
    stage,
    sip,
    livekit,
    cause: sip === null ? 'none' : 'sip',
    dial: cause,
  };
}

function livekitAnswer(answer: HttpOutcome): Classification['livekit'] {
  const isSuccess = answer.kind === 'answer' && answer.httpStatus === 200;
  return isSuccess ? { ...NO_ANSWER, httpStatus: 200 } : classifyAnswer(answer).livekit;
}

interface DialEnd {
  cause: BridgeCause;
  sip: SipStatus | null;
  /** null: it was cancelled before LiveKit answered. */
  answer: HttpOutcome | null;
}
