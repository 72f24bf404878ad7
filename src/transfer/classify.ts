/**
 * From LiveKit's answer to a transfer request to a verdict. One pure function over the rules of
 * livekit.md §2–3. The order matters: a SIP code first, then a stated reason, then a listed
 * message, then the few HTTP statuses that say that nothing was sent. All else is unknown.
 */
import type { ExitCode } from '../errors.ts';
import { type ErrorDetails, readErrorDetails } from '../livekit/error-details.ts';
import { isObject, parseJson, readNumber, readObject, readText } from '../livekit/json.ts';
import type { HttpAnswer, HttpOutcome } from '../livekit/transport.ts';
import { readTwirpError } from '../livekit/twirp.ts';
import { messageRule } from './listed-messages.ts';
import {
  type LiveKitAnswer,
  NO_ANSWER,
  type Outcome,
  type SipStatus,
  type Stage,
} from './outcome.ts';

/** What LiveKit's answer says by itself, before anybody has looked where the caller is. */
export interface Verdict {
  /**
   * `accepted`: LiveKit says 200 and nothing more. Whether that was the target's answer or the end
   * of the call only the leg can tell.
   */
  outcome: Outcome | 'accepted';
  stage: Stage | null;
  sip: SipStatus | null;
  livekit: LiveKitAnswer;
  /** Which failure of those that are told apart, for the words about it. */
  cause: Cause;
  exitCode: ExitCode;
}

/** Failures that have words of their own. */
export type Cause =
  | 'sip'
  | 'stated-reason'
  | 'credentials'
  | 'permission'
  | 'bad-address'
  | 'bad-header'
  | 'caller-gone'
  | 'not-sip'
  | 'no-sip-service'
  | 'not-answered-yet'
  | 'hanging-up'
  | 'status-unknown'
  | 'already-transferring'
  | 'livekit-number'
  | 'wrong-url'
  | 'rejected'
  | 'no-verdict-in-time'
  | 'refer-unanswered'
  | 'call-ended'
  | 'reports-stopped'
  | 'cancelled'
  | 'service-stopping'
  | 'unreachable'
  | 'connection-lost'
  | 'unlisted'
  | 'none';

/** `sip status: 486: Busy Here`, and the older `sip status 491: 491`. */
const SIP_STATUS_TEXT = /\bsip status:? (\d{3})(?:: ?([^\r\n]*))?/;
/** In front of the SIP status when the trunk had accepted the REFER and the target leg failed. */
const TARGET_FAILED = 'call transfer failed:';

const EXIT: Record<Outcome | 'accepted', ExitCode> = {
  completed: 0,
  ended: 7,
  unconfirmed: 7,
  refused: 1,
  'target-failed': 1,
  'not-sent': 1,
  unknown: 7,
  accepted: 0,
};

function verdict(
  outcome: Verdict['outcome'],
  stage: Stage | null,
  cause: Cause,
  livekit: LiveKitAnswer,
  { sip = null, exitCode = EXIT[outcome] }: { sip?: SipStatus | null; exitCode?: ExitCode } = {},
): Verdict {
  return { outcome, stage, sip, livekit, cause, exitCode };
}

/** A SIP code that ends the matter as a failure: 3xx to 6xx. */
function isFailureCode(code: number): boolean {
  return Number.isInteger(code) && code >= 300 && code <= 699;
}

function sipVerdict(sip: SipStatus, livekit: LiveKitAnswer, targetLeg: boolean): Verdict {
  const stage = targetLeg ? 'notify' : 'refer';
  // A 2xx that is reported as a failure proves nothing either way (NOTIFY 202, say).
  if (!isFailureCode(sip.code)) return verdict('unknown', stage, 'sip', livekit, { sip });
  return verdict(targetLeg ? 'target-failed' : 'refused', stage, 'sip', livekit, { sip });
}

/** What a stated reason means without a SIP code beside it. */
function reasonVerdict(livekit: LiveKitAnswer): Verdict | null {
  switch (livekit.reason) {
    case 'STR_COMPLETED':
      return verdict('completed', null, 'stated-reason', livekit);
    case 'STR_CALL_ENDED':
      return verdict('ended', 'notify', 'call-ended', livekit);
    case 'STR_RINGING_TIMEOUT':
      return verdict('unknown', 'notify', 'no-verdict-in-time', livekit);
    case 'STR_SUBSCRIPTION_TERMINATED':
      return verdict('unknown', 'notify', 'reports-stopped', livekit);
    case 'STR_CANCELED':
      return verdict('unknown', 'notify', 'cancelled', livekit);
    // Rejected by whom, with what? Without the code nobody knows.
    case 'STR_REJECTED':
      return verdict('unknown', 'notify', 'stated-reason', livekit);
    default:
      return null;
  }
}

/** A name that says something; the zero value (ONGOING, UNSPECIFIED) says nothing. */
function stated(reason: string | null): string | null {
  return reason === null || reason === '' || reason === 'STR_UNSPECIFIED' ? null : reason;
}

function classifySuccess(answer: HttpAnswer): Verdict {
  const body = parseJson(answer.body);
  const livekit: LiveKitAnswer = { ...NO_ANSWER, httpStatus: 200 };
  if (!isObject(body)) {
    // A proxy's page, or half an answer: the request may well have been acted on.
    return verdict('unknown', 'transport', 'unlisted', {
      ...livekit,
      message: 'The answer was not LiveKit’s.',
    });
  }
  const status = readText(body, 'status');
  livekit.transferId = readText(body, 'transfer_id') || null;
  livekit.reason = stated(readText(body, 'reason'));
  livekit.code = status === '' || status === 'STS_TRANSFER_ONGOING' ? null : status;
  const sipStatus = readObject(body, 'sip_status');
  const code = sipStatus === null ? 0 : readNumber(sipStatus, 'code');
  const sip =
    sipStatus === null || code === 0 ? null : { code, reason: readText(sipStatus, 'status') };

  const failed = status === 'STS_TRANSFER_FAILED' || livekit.reason === 'STR_REJECTED';
  const succeeded =
    livekit.reason === 'STR_COMPLETED' ||
    status.endsWith('_COMPLETED') ||
    status.endsWith('_SUCCESSFUL');
  const refusal = sip !== null && isFailureCode(sip.code);
  // An answer that states both contradicts itself, and proves neither.
  if (succeeded && (failed || refusal)) {
    return verdict('unknown', 'notify', 'stated-reason', livekit, { sip });
  }
  if (succeeded) return verdict('completed', null, 'stated-reason', livekit, { sip });
  if (sip !== null && (failed || refusal)) return sipVerdict(sip, livekit, true);
  if (failed && livekit.reason === null) {
    return verdict('unknown', 'notify', 'stated-reason', livekit);
  }
  const byReason = reasonVerdict(livekit);
  if (byReason !== null) return { ...byReason, sip };
  return verdict('accepted', null, 'none', livekit, { sip });
}

/** The SIP status of a Twirp error: its meta, else its details, else its text. */
function sipStatusOf(
  error: { message: string; meta: Record<string, string> },
  details: ErrorDetails | null,
): SipStatus | null {
  const { sip_status_code: code, sip_status: phrase } = error.meta;
  const inText = SIP_STATUS_TEXT.exec(error.message);
  if (code !== undefined && /^\d{3}$/.test(code)) {
    return { code: Number(code), reason: phrase ?? inText?.[2] ?? '' };
  }
  if (details?.sip && details.sip.code >= 100) return details.sip;
  if (inText === null) return null;
  const reason = inText[2] ?? '';
  return { code: Number(inText[1]), reason: reason === inText[1] ? '' : reason };
}

function classifyTwirpError(
  answer: HttpAnswer,
  error: { code: string; message: string; meta: Record<string, string> },
): Verdict {
  const details = error.meta.error_details ? readErrorDetails(error.meta.error_details) : null;
  const livekit: LiveKitAnswer = {
    httpStatus: answer.httpStatus,
    code: error.code,
    message: error.message,
    transferId: details?.transferId ?? null,
    reason: stated(details?.reason ?? null),
    meta: error.meta,
  };
  const sip = sipStatusOf(error, details);
  if (sip !== null) return sipVerdict(sip, livekit, error.message.includes(TARGET_FAILED));
  // An error that states success contradicts itself.
  const byReason = livekit.reason === 'STR_COMPLETED' ? null : reasonVerdict(livekit);
  if (byReason !== null) return byReason;
  const rule = messageRule(error.message);
  if (rule !== null) {
    const exit = rule.exitCode === undefined ? {} : { exitCode: rule.exitCode };
    return verdict(rule.outcome, rule.stage, rule.cause, livekit, exit);
  }
  return classifyStatus(answer, livekit);
}

/** The statuses with which an API turns a request away before acting on it. */
function classifyStatus(answer: HttpAnswer, livekit: LiveKitAnswer): Verdict {
  const notSent = (cause: Cause, exitCode: ExitCode) =>
    verdict('not-sent', 'api', cause, livekit, { exitCode });
  switch (answer.httpStatus) {
    case 401:
      return notSent('credentials', 4);
    case 403:
      return notSent('permission', 4);
    case 404:
      return livekit.code === 'not_found' ? notSent('caller-gone', 5) : notSent('wrong-url', 2);
    case 451:
      return notSent('wrong-url', 2);
    case 413:
    case 415:
    case 429:
      return notSent('rejected', 1);
    default:
      return verdict('unknown', 'api', 'unlisted', livekit);
  }
}

/** How much of a body that is not LiveKit's is kept as the message. */
const FOREIGN_TEXT_LENGTH = 300;

/**
 * Classifies LiveKit's answer to a transfer request, or its absence.
 * @param outcome what the one POST brought
 * @returns a verdict; never `completed` without a 200, never a SIP failure without a SIP code
 */
export function classifyAnswer(outcome: HttpOutcome): Verdict {
  if (outcome.kind === 'failure') {
    const livekit = { ...NO_ANSWER, code: outcome.code, message: outcome.message };
    return outcome.mayHaveBeenSent
      ? verdict('unknown', 'transport', 'connection-lost', livekit)
      : verdict('not-sent', 'transport', 'unreachable', livekit);
  }
  if (outcome.httpStatus === 200) return classifySuccess(outcome);
  const error = readTwirpError(outcome);
  if (error !== null) return classifyTwirpError(outcome, error);
  return classifyStatus(outcome, {
    ...NO_ANSWER,
    httpStatus: outcome.httpStatus,
    message: outcome.body.slice(0, FOREIGN_TEXT_LENGTH),
  });
}
