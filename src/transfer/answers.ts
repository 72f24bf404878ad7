/**
 * What an error of LiveKit's says about a transfer: by a message of its own that proves what happened,
 * or by the SIP status it passes on. Read from the source of LiveKit server and SIP, and seen on a
 * real stack.
 */
import type { ExitCode } from '../core/errors.ts';
import type { ErrorDetails } from '../livekit/transfer-answer.ts';
import type { TwirpError } from '../livekit/twirp.ts';
import type { Cause, Outcome, SipStatus, Stage } from './outcome.ts';

// LiveKit's own messages.

interface MessageRule {
  text: string;
  outcome: Outcome;
  stage: Stage;
  cause: Cause;
  exitCode?: ExitCode;
}

const notSent = (text: string, cause: Cause, exitCode: ExitCode): MessageRule => ({
  text,
  outcome: 'not-sent',
  stage: 'api',
  cause,
  exitCode,
});
const unknown = (text: string, stage: Stage, cause: Cause): MessageRule => ({
  text,
  outcome: 'unknown',
  stage,
  cause,
});

const RULES: readonly MessageRule[] = [
  notSent('permissions denied', 'permission', 4),
  notSent('transfer_to must be a valid', 'bad-address', 2),
  notSent('invalid header name', 'bad-header', 2),
  notSent('invalid header value', 'bad-header', 2),
  notSent('Missing room name', 'rejected', 2),
  notSent('Missing participant identity', 'rejected', 2),
  notSent('participant does not exist', 'caller-gone', 5),
  notSent('requested room does not exist', 'caller-gone', 5),
  notSent('unknown call', 'caller-gone', 5),
  notSent('no SIP session associated with participant', 'not-sip', 5),
  notSent('no response from servers', 'no-sip-service', 1),
  notSent("can't transfer non established call", 'not-answered-yet', 1),
  notSent('call already being transferred elsewhere', 'already-transferring', 1),
  notSent("we don't yet support transfers for this phone number type", 'livekit-number', 1),
  {
    text: 'call ended before transfer completed',
    outcome: 'ended',
    stage: 'notify',
    cause: 'call-ended',
  },
  unknown('REFER subscription terminated without a final status', 'notify', 'reports-stopped'),
  // No answer within the SIP transaction's 32 s (RFC 3261 §17.1.2, timer F); or one that was lost:
  // see `weighDuration`.
  unknown('transaction failed to complete (0 intermediate', 'refer', 'refer-unanswered'),
  unknown('transaction failed to complete', 'refer', 'refer-answer-lost'),
  unknown('service shutting down', 'api', 'service-stopping'),
  unknown('request timed out', 'notify', 'no-verdict-in-time'),
  unknown('refer canceled', 'notify', 'no-verdict-in-time'),
  unknown('context deadline exceeded', 'notify', 'no-verdict-in-time'),
];

/**
 * Whether a message says this and nothing longer: `unknown caller id` is no `unknown call`. Wrappers
 * put words and a colon in front.
 */
function says(message: string, text: string): boolean {
  const at = message.indexOf(text);
  if (at === -1) return false;
  const isHead = at === 0 || message.slice(0, at).endsWith(': ');
  return isHead && !/^[\w-]/.test(message.slice(at + text.length));
}

/**
 * @param message LiveKit's message, without the relay's prefix
 * @returns what it proves, or null when it is not listed
 */
export function messageRule(message: string): MessageRule | null {
  // Of two listed texts in one message the one that claims less holds.
  const unclear = RULES.find((rule) => rule.outcome === 'unknown' && message.includes(rule.text));
  return unclear ?? RULES.find(({ text }) => says(message, text)) ?? null;
}

// The SIP status of a failed transfer, wherever in LiveKit's error it stands.

export interface SipCause {
  status: SipStatus;
  /**
   * `notify`: the trunk had accepted the REFER, and the target leg failed; `refer`: the trunk refused
   * the REFER; null: LiveKit does not say which.
   */
  stage: 'refer' | 'notify' | null;
  /** false when SIP named no failure, or when one place names a failure and another none. */
  failed: boolean;
}

/** `sip status: 486: Busy Here`, `sip status: 486 (BUSY_HERE)`, and the older `sip status 491: 491`. */
const IN_TEXT = /\bsip status:? (\d{3})(?!\d)(?:: ?([^\r\n]*))?/;
/** In front of the SIP status when the trunk had accepted the REFER and the target leg failed. */
const TARGET_FAILED = 'call transfer failed:';
/** In front of it when LiveKit says that the transfer failed, and not where (protocol 1.52). */
const TRANSFER_FAILED = 'sip transfer failed:';
/** Words that only the SIP service says, once a REFER went out. */
const TRACE = /\bsip[ _]status|call transfer failed:/i;

/** Whether a text shows that a REFER went out, though no SIP code can be read in it. */
export function hasSipTrace(text: string): boolean {
  return TRACE.test(text);
}

/** A SIP code that ends the matter as a failure: 3xx to 6xx. */
export function isFailureCode(code: number): boolean {
  return Number.isInteger(code) && code >= 300 && code <= 699;
}

/** A reason phrase; LiveKit puts the code or the name of its enum value where the trunk gave none. */
function readPhrase(text: string, code: number): string {
  return text === String(code) || text.startsWith('SIP_STATUS_') ? '' : text;
}

/** The statuses that an error names, the most reliable place first: meta, details, text. */
function statusesIn({ message, meta }: TwirpError, details: ErrorDetails | null): SipStatus[] {
  const written = (meta.sip_status_code ?? '').trim();
  const inMeta = /^[1-9]\d\d$/.test(written) ? Number(written) : null;
  const inText = IN_TEXT.exec(message);
  const found: (SipStatus | null)[] = [
    inMeta === null ? null : { code: inMeta, reason: meta.sip_status ?? '' },
    details?.sip ?? null,
    inText === null ? null : { code: Number(inText[1]), reason: inText[2] ?? '' },
  ];
  return found
    .filter((status) => status !== null)
    .filter(({ code }) => code >= 100 && code <= 999)
    .map(({ code, reason }) => ({ code, reason: readPhrase(reason, code) }));
}

/** Whose status it is, by the words in front of it: its phrase is foreign text. */
function stageOf(message: string): SipCause['stage'] {
  const head = message.slice(0, IN_TEXT.exec(message)?.index ?? message.length);
  if (head.includes(TARGET_FAILED)) return 'notify';
  // Where the message says nothing of SIP, the code alone does not tell either.
  return /\bsip status/.test(message) && !head.includes(TRANSFER_FAILED) ? 'refer' : null;
}

/**
 * Finds what SIP said.
 * @param details the error's details, if it has any
 * @returns null when SIP said nothing, or nothing that can be read
 */
export function findSipCause(error: TwirpError, details: ErrorDetails | null): SipCause | null {
  const statuses = statusesIn(error, details);
  const [first] = statuses;
  if (first === undefined) return null;
  const phrased = statuses.find(({ code, reason }) => code === first.code && reason !== '');
  return {
    status: phrased ?? first,
    stage: stageOf(error.message),
    failed: statuses.every(({ code }) => isFailureCode(code)),
  };
}
