/** What a SIP failure becomes on LiveKit's API: a Twirp code, a message, and the status in the meta. */
import { BinaryWriter, proto3 } from '@bufbuild/protobuf';
import { SIPStatus, SIPStatusCode, SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import type { EraTraits } from '../api/era.ts';
import { type ApiError, errorFromBehind, type TwirpCode } from '../api/token.ts';

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

/** A status with the phrase that the RFCs give it. */
export function sipStatus(code: number, phrase = PHRASES[code] ?? ''): SipAnswer {
  return { code, phrase };
}

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
