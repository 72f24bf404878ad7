/**
 * The generations of LiveKit that the sandbox can speak as, and what a SIP failure becomes on the API
 * of each. All that differs between them stands in this table, and nowhere else.
 */

import { BinaryWriter, proto3 } from '@bufbuild/protobuf';
import { SIPStatus, SIPStatusCode, SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import type { SipAnswer } from '../provider/sip-status.ts';
import { type ApiError, errorFromBehind, type TwirpCode } from './token.ts';

/** A server and the SIP service behind it. */
export type Era =
  /** A server before November 2025. Read in the source. */
  | '2025'
  /** Server and SIP service as of August 2026. Captured. */
  | '1.13'
  /** Server 1.13.11 (October 2026) with the SIP service of late August 2026. Captured. */
  | '1.13.11-august'
  /**
   * Server 1.13.11 with a SIP service of September 2026 or later. Captured, from a SIP service that
   * was built after LiveKit's description.
   */
  | '1.13.11';

export interface EraTraits {
  /** In front of the message of every error that comes from a service behind the API server. */
  wrapper: string;
  /** SIP codes that have a Twirp code of their own; the others have that of their class. */
  twirpCodes: ReadonlyMap<number, TwirpCode>;
  /** The Twirp code of every SIP code that is not listed; by its class when left out. */
  unlistedCode?: TwirpCode;
  /** A SIP status in the words of an error message. */
  words(code: number, phrase: string, enumName: string): string;
  /** What a success says: no field at all, fields that state nothing, or that it was completed. */
  success: 'no-fields' | 'zero-values' | 'stated';
  /** A call that ended before the final NOTIFY: a success, a 200 that says so, or an error. */
  callEnded: 'success' | 'stated' | 'error';
  /** What is attached to the error of a transfer that failed. */
  details: 'SIPStatus' | 'SIPTransferError';
  /** How long after the end of a call a NOTIFY that is under way is waited for, in ms. */
  lateNotifyMs: number;
  /** For this part of the time for which a transferred leg lingers its status is `hangup`, at the end. */
  hangupShare: number;
  /** Calls carry `lk.sip.inviteTime` and its like (protocol 1.54). */
  callTimes: boolean;
  /**
   * Who answers RoomService.PerformRpc: nobody before it came (server 1.9.2), participants, and with
   * newer SIP services those on the phone, too.
   */
  rpc: 'nobody' | 'participants' | 'phones-too';
}

type Groups = readonly [TwirpCode, readonly number[]][];

const GROUPS: Groups = [
  ['invalid_argument', [505, 513]],
  ['permission_denied', [401, 402, 403, 433, 470, 603, 607, 608]],
  ['unauthenticated', [407, 428, 436, 437, 438, 494]],
  ['not_found', [301, 302, 404, 410, 481, 604]],
  ['deadline_exceeded', [408, 504]],
  ['aborted', [487, 491]],
];

/** Who is busy or away moved from the one group to the other between August and October 2026. */
const AUGUST_2026 = byStatus([
  ...GROUPS,
  ['resource_exhausted', [440, 480, 486, 600]],
  ['failed_precondition', [409, 412, 482, 483]],
]);
const OCTOBER_2026 = byStatus([
  ...GROUPS,
  ['resource_exhausted', [440, 600]],
  ['failed_precondition', [409, 412, 480, 482, 483, 486]],
]);
const OCTOBER_2025 = byStatus([
  ['invalid_argument', [400, 404, 420, 421, 484, 485]],
  ['permission_denied', [401, 403, 407]],
  ['deadline_exceeded', [408, 504]],
  ['unavailable', [480, 486, 501, 503, 600, 603]],
  ['aborted', [487]],
]);

function byStatus(groups: Groups): ReadonlyMap<number, TwirpCode> {
  return new Map(groups.flatMap(([code, statuses]) => statuses.map((status) => [status, code])));
}

const WRAPPER = 'twirp error unknown: ';

function words(code: number, phrase: string, enumName: string): string {
  return phrase === ''
    ? `sip status: ${code} (${enumName.replace('SIP_STATUS_', '')})`
    : `sip status: ${code}: ${phrase}`;
}

const AUGUST: EraTraits = {
  wrapper: WRAPPER,
  twirpCodes: AUGUST_2026,
  words,
  success: 'zero-values',
  callEnded: 'success',
  details: 'SIPStatus',
  lateNotifyMs: 0,
  hangupShare: 0,
  callTimes: false,
  rpc: 'participants',
};

const LATE_AUGUST: EraTraits = {
  ...AUGUST,
  wrapper: '',
  twirpCodes: OCTOBER_2026,
  success: 'stated',
  callEnded: 'stated',
  lateNotifyMs: 1_000,
  hangupShare: 0.06,
  rpc: 'phones-too',
};

export const ERAS: Readonly<Record<Era, EraTraits>> = {
  '2025': {
    ...AUGUST,
    twirpCodes: OCTOBER_2025,
    unlistedCode: 'internal',
    words: (code, phrase) => `sip status ${code}: ${phrase || code}`,
    success: 'no-fields',
    rpc: 'nobody',
  },
  '1.13': AUGUST,
  '1.13.11-august': LATE_AUGUST,
  '1.13.11': {
    ...LATE_AUGUST,
    success: 'zero-values',
    callEnded: 'error',
    details: 'SIPTransferError',
    callTimes: true,
  },
};

/**
 * What LiveKit answers today. Of the two SIP services behind 1.13.11 it is the later one, which says
 * least of a success: a client that tells its answers right needs no favour of the server.
 */
export const DEFAULT_ERA: Era = '1.13.11';

// What a SIP failure becomes: a Twirp code, a message, and the status in the meta.

function twirpCodeOf(status: number, era: EraTraits): TwirpCode {
  const listed = era.twirpCodes.get(status) ?? era.unlistedCode;
  if (listed) return listed;
  // A success or a provisional answer should never be an error, and LiveKit does not know it as one.
  if (status < 300) return 'unknown';
  return status >= 500 && status < 600 ? 'failed_precondition' : 'invalid_argument';
}

/** google.rpc.Code, as far as SIP failures use it. */
const RPC_CODE: Readonly<Partial<Record<TwirpCode, number>>> = {
  canceled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

/** What the SIP service says of a transfer that failed, where it attaches that to the error. */
export interface StatedReason {
  transferId: string;
  reason: SIPTransferReason;
}

/**
 * The error for a SIP failure.
 * @param prefix `call transfer failed: ` when the REFER had been accepted, otherwise nothing
 * @param stated of a transfer, where LiveKit states a reason: it takes the place of the SIP status
 */
export function sipFailure(
  prefix: string,
  { code, phrase }: SipAnswer,
  era: EraTraits,
  stated?: StatedReason,
): ApiError {
  const twirpCode = twirpCodeOf(code, era);
  const message = prefix + era.words(code, phrase, enumName(code));
  const wire = new SIPStatus({ code, status: phrase });
  const detail: Detail = stated
    ? transferErrorDetail(stated, wire)
    : [SIPStatus.typeName, wire.toBinary()];
  return errorFromBehind(twirpCode, message, {
    error_details: errorDetails(twirpCode, message, detail),
    // An empty phrase is replaced by the name of the code's enum value (LiveKit behaviour).
    sip_status: phrase || enumName(code),
    sip_status_code: String(code),
    ...statedMeta(stated),
  });
}

/** The error for a transfer that failed without any SIP status, where LiveKit states a reason. */
export function reasonedFailure(code: TwirpCode, message: string, stated: StatedReason): ApiError {
  return errorFromBehind(code, message, {
    error_details: errorDetails(code, message, transferErrorDetail(stated)),
    ...statedMeta(stated),
  });
}

function statedMeta(stated: StatedReason | undefined): Record<string, string> {
  if (!stated) return {};
  const { transferId, reason } = stated;
  const name = proto3.getEnumType(SIPTransferReason).findNumber(reason)?.name ?? String(reason);
  return { sip_transfer_id: transferId, sip_transfer_reason: name };
}

function enumName(code: number): string {
  return proto3.getEnumType(SIPStatusCode).findNumber(code)?.name ?? String(code);
}

type Detail = [typeName: string, value: Uint8Array];

function transferErrorDetail(stated: StatedReason, status?: SIPStatus): Detail {
  const error = new SIPTransferError(status ? { ...stated, sipStatus: status } : { ...stated });
  return [SIPTransferError.typeName, error.toBinary()];
}

/** google.rpc.Status (1 code, 2 message, 3 repeated Any) in base64. */
function errorDetails(code: TwirpCode, message: string, [typeName, value]: Detail): string {
  const status = new BinaryWriter();
  status.uint32(8).int32(RPC_CODE[code] ?? 2);
  status.uint32(18).string(message);
  status.uint32(26).fork();
  status.uint32(10).string(`type.googleapis.com/${typeName}`);
  status.uint32(18).bytes(value);
  status.join();
  return Buffer.from(status.finish()).toString('base64');
}
