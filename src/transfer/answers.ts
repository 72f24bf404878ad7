/**
 * What LiveKit's answer says about a transfer: an error by a message of its own that proves what
 * happened, or by the SIP status it passes on; a success by its body. Read from the source of LiveKit
 * server and SIP, and seen on a real stack.
 */
import { BinaryReader, proto3 } from '@bufbuild/protobuf';
import { SIPStatus, SIPStatusCode, SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import type { ExitCode } from '../core/errors.ts';
import {
  isObject,
  type JsonObject,
  readNumber,
  readObject,
  readText,
  type TwirpError,
} from '../livekit/twirp.ts';
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

// The body of a transfer that LiveKit calls a success (TransferSIPParticipantResponse). Older
// servers send it empty, today's with zero values, newer ones with what became of the transfer.

interface TransferAnswer {
  transferId: string | null;
  /** `STS_…`; empty when the answer has none. */
  status: string;
  /** `STR_…`; empty when the answer has none. */
  reason: string;
  sip: SipStatus | null;
}

/** Whether this is LiveKit's message at all: proxies answer 200 with JSON of their own, too. */
function isTransferAnswer(body: JsonObject, status: string, reason: string): boolean {
  if (Object.keys(body).length === 0) return true;
  if (status.startsWith('STS_') || reason.startsWith('STR_')) return true;
  return ['transfer_id', 'transferId', 'sip_status', 'sipStatus'].some((field) =>
    Object.hasOwn(body, field),
  );
}

/** A livekit.SIPStatus in JSON, where the code goes by the name of its enum value. */
function readSipStatus(status: JsonObject): TransferAnswer['sip'] {
  const named = proto3.getEnumType(SIPStatusCode).findName(readText(status, 'code'));
  const code = named?.no ?? readNumber(status, 'code');
  return code === 0 ? null : { code, reason: readText(status, 'status') };
}

/** @returns null when the body is something else: a page, half an answer, another server's JSON */
export function readTransferAnswer(body: unknown): TransferAnswer | null {
  if (!isObject(body)) return null;
  const status = readText(body, 'status');
  const reason = readText(body, 'reason');
  if (!isTransferAnswer(body, status, reason)) return null;
  const sip = readObject(body, 'sip_status');
  return {
    transferId: readText(body, 'transfer_id') || null,
    status,
    reason,
    sip: sip === null ? null : readSipStatus(sip),
  };
}

// `meta.error_details` of a Twirp error: a google.rpc.Status in base64, whose `details` carry
// LiveKit's own messages. Field numbers from google/rpc/status.proto and google/protobuf/any.proto.

export interface ErrorDetails {
  sip: SipStatus | null;
  transferId: string | null;
  /** Name of a SIPTransferReason (`STR_REJECTED`), its number when that has no name yet, or null. */
  reason: string | null;
}

/** Longer than any id of LiveKit's. */
const LONGEST_ID = 200;

/** The length-delimited fields of a message, by number. */
function readFields(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType !== 2) {
      reader.skip(wireType);
      continue;
    }
    fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
  }
  return fields;
}

/** Name of a SIPTransferReason, which may stand there as its number. */
function readReason(written: string): string | null {
  if (/^\d{1,9}$/.test(written)) return SIPTransferReason[Number(written)] ?? written;
  return /^STR_\w{1,60}$/.test(written) ? written : null;
}

/** In front of whatever a SIPTransferError says (its own text, protocol 1.52). */
const ERROR_TEXT = /^(?:call transfer failed: )?sip transfer failed: (STR_[A-Z_]{1,60})/;

/**
 * Every reason that an error states, the most reliable place first: its details, its meta (servers
 * since September 2026), its text. What follows a SIP status in the text is foreign.
 */
export function reasonsIn({ message, meta }: TwirpError, details: ErrorDetails | null): string[] {
  const inMeta = readReason((meta.sip_transfer_reason ?? '').trim());
  const places = [details?.reason, inMeta, ERROR_TEXT.exec(message)?.[1]];
  return places.filter((reason) => reason !== null && reason !== undefined);
}

/** The id of a transfer that failed, from the error's details, or else its meta. */
export function transferIdIn({ meta }: TwirpError, details: ErrorDetails | null): string | null {
  return details?.transferId ?? ((meta.sip_transfer_id ?? '').slice(0, LONGEST_ID) || null);
}

/**
 * Reads what can be read of the details.
 * @param base64 the value of `meta.error_details`
 * @returns nulls for whatever is missing, unknown or broken; never throws
 */
export function readErrorDetails(base64: string): ErrorDetails {
  const found: ErrorDetails = { sip: null, transferId: null, reason: null };
  try {
    for (const any of readFields(Buffer.from(base64, 'base64')).get(3) ?? []) {
      const fields = readFields(any);
      const type = Buffer.from(fields.get(1)?.[0] ?? []).toString('utf8');
      const value = fields.get(2)?.[0] ?? new Uint8Array();
      if (type.endsWith('/livekit.SIPStatus')) {
        const status = SIPStatus.fromBinary(value);
        found.sip = { code: status.code, reason: status.status };
      } else if (type.endsWith('/livekit.SIPTransferError')) {
        const error = SIPTransferError.fromBinary(value);
        found.transferId = error.transferId || null;
        found.reason = SIPTransferReason[error.reason] ?? String(error.reason);
        if (error.sipStatus !== undefined) {
          found.sip = { code: error.sipStatus.code, reason: error.sipStatus.status };
        }
      }
    }
  } catch {
    // Details that cannot be decoded tell nothing; the rest of the answer still does.
  }
  return found;
}
