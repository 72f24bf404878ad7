/**
 * What LiveKit's answer to a transfer request says by itself. One pure function over what LiveKit
 * server 1.13 and SIP 1.11, and some before and after, answer. The order matters: a SIP code first,
 * then a stated reason, then a listed message, then the few HTTP statuses that say that nothing was
 * sent. All else is unknown.
 */

import type { ExitCode } from '../core/errors.ts';
import { SILENCE_MS } from '../core/text.ts';
import { isDenial } from '../livekit/failures.ts';
import type { HttpAnswer, HttpOutcome } from '../livekit/transport.ts';
import { parseBody, readTwirpError, type TwirpError } from '../livekit/twirp.ts';
import {
  findSipCause,
  hasSipTrace,
  isFailureCode,
  messageRule,
  readErrorDetails,
  readTransferAnswer,
  reasonsIn,
  type SipCause,
  transferIdIn,
} from './answers.ts';
import {
  type Cause,
  type Classification,
  type LiveKitAnswer,
  NO_ANSWER,
  type Outcome,
  type SipStatus,
  type Stage,
} from './outcome.ts';

/** How much of a body that is not LiveKit's is kept as the message. */
const FOREIGN_TEXT_LENGTH = 300;

/**
 * Classifies LiveKit's answer to a transfer request, or its absence.
 * @param outcome what the one POST brought
 * @returns never `completed` without a 200, never a SIP failure without a SIP code
 */
export function classifyAnswer(outcome: HttpOutcome): Classification {
  if (outcome.kind === 'failure') {
    const livekit = { ...NO_ANSWER, code: outcome.code, message: outcome.message };
    return outcome.mayHaveBeenSent
      ? classification('unknown', 'transport', 'connection-lost', livekit)
      : classification('not-sent', 'transport', 'unreachable', livekit, {
          // A proxy that wants a user and password wants them of the next try as well.
          exitCode: outcome.code === 'PROXY_LOGIN' ? 4 : 1,
        });
  }
  const error = readTwirpError(outcome);
  // Whatever status it travels under: some proxies answer 200 to everything.
  if (error !== null) return classifyTwirpError(outcome, error);
  if (outcome.httpStatus === 200) return classifySuccess(outcome);
  const livekit: LiveKitAnswer = {
    ...NO_ANSWER,
    httpStatus: outcome.httpStatus,
    message: outcome.body.slice(0, FOREIGN_TEXT_LENGTH),
    redirectsTo: outcome.redirectsTo ?? null,
  };
  if (isMangled(outcome.body)) return classification('unknown', 'api', 'unlisted', livekit);
  return classifyStatus(outcome, livekit);
}

/**
 * Whether a body may be LiveKit's own, cut off or encoded on the way: SIP failures travel under 401,
 * 403, 404 and 429 as well, so such a body may hold one.
 */
export function isMangled(body: string): boolean {
  const isBrokenJson = /^\s*[{["]/.test(body) && parseBody(body) === undefined;
  // Control characters other than blanks: compressed, or in another encoding.
  const isBinary = /[^\P{Cc}\s]/u.test(body);
  return isBrokenJson || isBinary || hasSipTrace(body) || /\bsip[ _]transfer/i.test(body);
}

/** Names of a status that say that the target answered. */
const SUCCESSES: readonly string[] = ['STS_TRANSFER_SUCCESSFUL', 'STS_TRANSFER_COMPLETED'];

function classifySuccess(answer: HttpAnswer): Classification {
  const body = readTransferAnswer(parseBody(answer.body));
  const livekit: LiveKitAnswer = { ...NO_ANSWER, httpStatus: 200 };
  if (body === null) {
    // A proxy's page, or half an answer: the request may well have been acted on.
    return classification('unknown', 'transport', 'unlisted', {
      ...livekit,
      message: 'The answer was not LiveKit’s.',
    });
  }
  const { status, sip } = body;
  livekit.transferId = body.transferId;
  livekit.reason = stated(body.reason);
  livekit.code = status === '' || status === 'STS_TRANSFER_ONGOING' ? null : status;

  const failed = status === 'STS_TRANSFER_FAILED' || livekit.reason === 'STR_REJECTED';
  const refusal = sip !== null && isFailureCode(sip.code);
  const succeeded = livekit.reason === 'STR_COMPLETED' || SUCCESSES.includes(status);
  // An answer that states both contradicts itself, and proves neither.
  if (succeeded && (failed || (sip !== null && sip.code !== 200))) {
    return classification('unknown', 'notify', 'stated-reason', livekit, { sip });
  }
  if (sip !== null && (failed || refusal)) {
    // No words stand in front of it here, so nothing says whose answer it was.
    return classifySip({ status: sip, stage: null, failed: refusal }, livekit);
  }
  // A reason tells more than a status does: SUCCESSFUL beside CALL_ENDED is an end.
  const byReason = classifyReason(livekit);
  if (byReason !== null) return { ...byReason, sip };
  if (failed) return classification('unknown', 'notify', 'stated-reason', livekit, { sip });
  if (succeeded && livekit.reason === null) {
    return classification('completed', null, 'stated-reason', livekit, { sip });
  }
  // Only SIP's 200 means that the target answered.
  if (sip !== null && sip.code !== 200) {
    return classification('unknown', 'notify', 'sip', livekit, { sip });
  }
  return classification('accepted', null, 'none', livekit, { sip });
}

function classifyTwirpError(answer: HttpAnswer, error: TwirpError): Classification {
  const details = error.meta.error_details ? readErrorDetails(error.meta.error_details) : null;
  const livekit: LiveKitAnswer = {
    ...NO_ANSWER,
    httpStatus: answer.httpStatus,
    code: error.code,
    message: error.message,
    transferId: transferIdIn(error, details),
    reason: successOrFirst(reasonsIn(error, details).filter((reason) => stated(reason) !== null)),
    meta: error.meta,
  };
  const sip = findSipCause(error, details);
  // An error that states success contradicts itself, and proves neither.
  if (livekit.reason === 'STR_COMPLETED') {
    const status = sip?.status ?? null;
    return classification('unknown', 'notify', 'stated-reason', livekit, { sip: status });
  }
  if (sip !== null) return classifySip(sip, livekit);
  const byReason = classifyReason(livekit);
  if (byReason !== null) return byReason;

  // Where SIP left a trace that cannot be read, nobody may say that nothing was sent.
  const traced = hasSipTrace(answer.body);
  const rule = messageRule(error.message);
  if (rule !== null && !(traced && rule.outcome === 'not-sent')) {
    const exit = rule.exitCode === undefined ? {} : { exitCode: rule.exitCode };
    return classification(rule.outcome, rule.stage, rule.cause, livekit, exit);
  }
  // A transfer that has an id or a reason was under way.
  if (traced || livekit.transferId !== null || livekit.reason !== null) {
    return classification('unknown', 'api', 'unlisted', livekit);
  }
  return classifyStatus(answer, livekit);
}

// The parts of an answer.

function classifySip({ status, stage, failed }: SipCause, livekit: LiveKitAnswer): Classification {
  // A 2xx that is reported as a failure proves nothing (NOTIFY 202, say).
  const outcome = failed ? (stage === 'notify' ? 'target-failed' : 'refused') : 'unknown';
  return classification(outcome, stage, 'sip', livekit, { sip: status });
}

/** Of several reasons in one error the first, but one that claims success makes it contradict itself. */
function successOrFirst(reasons: readonly string[]): string | null {
  return reasons.find((reason) => reason === 'STR_COMPLETED') ?? reasons[0] ?? null;
}

/** What a stated reason means without a SIP code beside it. */
function classifyReason(livekit: LiveKitAnswer): Classification | null {
  switch (livekit.reason) {
    case 'STR_COMPLETED':
      return classification('completed', null, 'stated-reason', livekit);
    case 'STR_CALL_ENDED':
      return classification('ended', 'notify', 'call-ended', livekit);
    case 'STR_RINGING_TIMEOUT':
      return classification('unknown', 'notify', 'no-verdict-in-time', livekit);
    case 'STR_SUBSCRIPTION_TERMINATED':
      return classification('unknown', 'notify', 'reports-stopped', livekit);
    case 'STR_CANCELED':
      return classification('unknown', 'notify', 'cancelled', livekit);
    // Rejected by whom, with what? Without the code nobody knows.
    case 'STR_REJECTED':
      return classification('unknown', null, 'stated-reason', livekit);
    default:
      return null;
  }
}

/** A name that says something; the zero value (ONGOING, UNSPECIFIED) says nothing. */
function stated(reason: string | null): string | null {
  return reason === null || reason === '' || reason === 'STR_UNSPECIFIED' ? null : reason;
}

/**
 * Statuses that mean by their definition that a request was not carried out, whoever answers (RFC
 * 9110 §15; RFC 6585 for 428, 431 and 511; RFC 8470 for 425). Not among them: 303, which points to
 * the result of a request that was, and 302, which many send in its place (RFC 9110 §15.4.3); 400,
 * 408, 409 and 412, under which SIP's failures travel; and what gateways answer when they have passed
 * the request on (502, 503, 504, 520 to 524).
 */
const REDIRECTS: readonly number[] = [301, 307, 308];
const NOT_CARRIED_OUT: readonly number[] = [
  405, 407, 410, 411, 414, 421, 425, 426, 428, 431, 501, 505, 511,
];

/**
 * Whether something in LiveKit's place turned the request away, so that nothing came of it.
 * @param answer no error of LiveKit's shape, and nothing that may be half of one
 */
export function isTurnedAway(answer: HttpAnswer): boolean {
  const { httpStatus } = answer;
  if (httpStatus === 401 || httpStatus === 403) return !isDenial(answer);
  return REDIRECTS.includes(httpStatus) || NOT_CARRIED_OUT.includes(httpStatus);
}

/** The statuses with which an API, or what stands in front of it, turns a request away. */
function classifyStatus(answer: HttpAnswer, livekit: LiveKitAnswer): Classification {
  const notSent = (cause: Cause, exitCode: ExitCode) =>
    classification('not-sent', 'api', cause, livekit, { exitCode });
  const { httpStatus } = answer;
  // In an error of LiveKit's own shape these mean what LiveKit says, and it says none of them.
  if (livekit.code === null && isTurnedAway(answer)) {
    return notSent(REDIRECTS.includes(httpStatus) ? 'redirected' : 'intercepted', 2);
  }
  switch (httpStatus) {
    case 401:
    case 403: {
      if (!isDenial(answer)) return notSent('intercepted', 2);
      const isPermission = httpStatus === 403 || livekit.message.includes('permissions denied');
      return notSent(isPermission ? 'permission' : 'credentials', 4);
    }
    case 404:
      return livekit.code === 'not_found' ? notSent('caller-gone', 5) : notSent('wrong-url', 2);
    case 451:
      return notSent('wrong-url', 2);
    case 413:
    case 415:
    case 429:
      return notSent('rejected', 1);
    default:
      return classification('unknown', 'api', 'unlisted', livekit);
  }
}

// What the time that an answer took says of it.

/** LiveKit knows within a second that its SIP service does not answer (server 1.13). */
const NO_SERVICE_WITHIN_MS = 5000;

/**
 * Doubts what came at the wrong time.
 *
 * LiveKit's own request to its SIP service may be repeated after a time-out, where it is set up so:
 * the repetition finds nobody when the service has died in between, with the REFER already out. And
 * a SIP transaction that failed before its time was up was no silence of the trunk's: its answer was
 * lost, and may have been 202 (seen with LiveKit SIP 1.11, within milliseconds).
 * @param durationMs from the request to the answer, as LiveKit's clock runs
 */
export function weighDuration(classified: Classification, durationMs: number): Classification {
  if (classified.cause === 'no-sip-service' && durationMs > NO_SERVICE_WITHIN_MS) {
    return { ...classified, outcome: 'unknown', exitCode: 7 };
  }
  if (classified.cause === 'refer-unanswered' && durationMs < SILENCE_MS) {
    return { ...classified, cause: 'refer-answer-lost' };
  }
  return classified;
}

// A classification, with the exit code that belongs to its outcome.

const EXIT: Record<Outcome | 'accepted', ExitCode> = {
  completed: 0,
  bridged: 0,
  ended: 7,
  unconfirmed: 7,
  refused: 1,
  'target-failed': 1,
  'not-sent': 1,
  unknown: 7,
  accepted: 0,
};

function classification(
  outcome: Classification['outcome'],
  stage: Stage | null,
  cause: Cause,
  livekit: LiveKitAnswer,
  { sip = null, exitCode = EXIT[outcome] }: { sip?: SipStatus | null; exitCode?: ExitCode } = {},
): Classification {
  return { outcome, stage, sip, livekit, cause, exitCode };
}
