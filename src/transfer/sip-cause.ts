/** What SIP itself said about a failed transfer, wherever in LiveKit's error that stands. */
import type { ErrorDetails } from '../livekit/transfer-answer.ts';
import type { TwirpError } from '../livekit/twirp-part.ts';
import type { SipStatus } from './outcome.ts';

export interface SipCause {
  status: SipStatus;
  /** The trunk had accepted the REFER, and the target leg failed. */
  targetLeg: boolean;
  /** false when SIP named no failure, or when one place names a failure and another none. */
  failed: boolean;
}

/** `sip status: 486: Busy Here`, `sip status: 486 (BUSY_HERE)`, and the older `sip status 491: 491`. */
const IN_TEXT = /\bsip status:? (\d{3})(?!\d)(?:: ?([^\r\n]*))?/;
/** In front of the SIP status when the trunk had accepted the REFER and the target leg failed. */
const TARGET_FAILED = 'call transfer failed:';
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

/** Whether the words about the target leg stand in front of the status: its phrase is foreign text. */
function isAboutTarget(message: string): boolean {
  const head = message.slice(0, IN_TEXT.exec(message)?.index ?? message.length);
  return head.includes(TARGET_FAILED);
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
    targetLeg: isAboutTarget(error.message),
    failed: statuses.every(({ code }) => isFailureCode(code)),
  };
}
