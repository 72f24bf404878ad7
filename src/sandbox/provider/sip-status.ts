/** What a SIP failure becomes on LiveKit's API: a Twirp code, a message, and the status in the meta. */
import { BinaryWriter, proto3 } from '@bufbuild/protobuf';
import {
  SIPStatus,
  SIPStatusCode,
  SIPTransferError,
  type SIPTransferReason,
} from '@livekit/protocol';
import { type ApiError, errorFromBehind, type TwirpCode } from '../api/twirp-error.ts';

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

type Groups = readonly [TwirpCode, readonly number[]][];

/** LiveKit's mapping from a SIP code to gRPC's, as far as a code is not mapped by its class. */
const GROUPS: Groups = [
  ['invalid_argument', [505, 513]],
  ['permission_denied', [401, 402, 403, 433, 470, 603, 607, 608]],
  ['unauthenticated', [407, 428, 436, 437, 438, 494]],
  ['not_found', [301, 302, 404, 410, 481, 604]],
  ['deadline_exceeded', [408, 504]],
  ['resource_exhausted', [440, 480, 486, 600]],
  ['aborted', [487, 491]],
  ['failed_precondition', [409, 412, 482, 483]],
];

/** The same before November 2025; every code that is not listed was `internal`. */
const OLDER_GROUPS: Groups = [
  ['invalid_argument', [400, 404, 420, 421, 484, 485]],
  ['permission_denied', [401, 403, 407]],
  ['deadline_exceeded', [408, 504]],
  ['unavailable', [480, 486, 501, 503, 600, 603]],
  ['aborted', [487]],
];

const TWIRP_CODE = byStatus(GROUPS);
const OLDER_TWIRP_CODE = byStatus(OLDER_GROUPS);

function byStatus(groups: Groups): ReadonlyMap<number, TwirpCode> {
  return new Map(groups.flatMap(([code, statuses]) => statuses.map((status) => [status, code])));
}

function twirpCodeOf(status: number): TwirpCode {
  const listed = TWIRP_CODE.get(status);
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

/** What servers since September 2026 say beside a failed transfer. */
export interface StatedReason {
  transferId: string;
  reason: SIPTransferReason;
}

/**
 * The error for a SIP failure.
 * @param prefix `call transfer failed: ` when the REFER had been accepted, otherwise nothing
 */
export function sipFailure(prefix: string, status: SipAnswer, stated?: StatedReason): ApiError {
  const { code, phrase } = status;
  const words = phrase === '' ? ` (${enumName(code).replace('SIP_STATUS_', '')})` : `: ${phrase}`;
  const message = `${prefix}sip status: ${code}${words}`;
  return errorAbout(status, twirpCodeOf(code), message, stated);
}

/** The same of a server before November 2025: another text, and mostly `internal`, HTTP 500. */
export function olderSipFailure(prefix: string, status: SipAnswer): ApiError {
  const { code, phrase } = status;
  const message = `${prefix}sip status ${code}: ${phrase || code}`;
  return errorAbout(status, OLDER_TWIRP_CODE.get(code) ?? 'internal', message);
}

function errorAbout(
  { code, phrase }: SipAnswer,
  twirpCode: TwirpCode,
  message: string,
  stated?: StatedReason,
): ApiError {
  const wire = new SIPStatus({ code, status: phrase });
  const details: Detail[] = [[SIPStatus.typeName, wire.toBinary()]];
  if (stated) details.push(transferErrorDetail(stated, wire));
  return errorFromBehind(twirpCode, message, {
    error_details: errorDetails(twirpCode, message, details),
    // An empty phrase is replaced by the name of the code's enum value (LiveKit behaviour).
    sip_status: phrase || enumName(code),
    sip_status_code: String(code),
  });
}

/** The error of newer servers for a transfer that failed without any SIP status. */
export function reasonedFailure(code: TwirpCode, message: string, stated: StatedReason): ApiError {
  const details = [transferErrorDetail(stated)];
  return errorFromBehind(code, message, { error_details: errorDetails(code, message, details) });
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
function errorDetails(code: TwirpCode, message: string, details: readonly Detail[]): string {
  const status = new BinaryWriter();
  status.uint32(8).int32(RPC_CODE[code] ?? 2);
  status.uint32(18).string(message);
  for (const [typeName, value] of details) {
    status.uint32(26).fork();
    status.uint32(10).string(`type.googleapis.com/${typeName}`);
    status.uint32(18).bytes(value);
    status.join();
  }
  return Buffer.from(status.finish()).toString('base64');
}
