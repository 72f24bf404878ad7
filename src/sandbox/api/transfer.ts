/** From how a transfer ended to what the client is told. */
import { Empty } from '@bufbuild/protobuf';
import {
  SIPStatus,
  SIPTransferReason,
  SIPTransferStatus,
  TransferSIPParticipantResponse,
} from '@livekit/protocol';
import {
  olderSipFailure,
  reasonedFailure,
  type SipAnswer,
  type StatedReason,
  sipFailure,
} from '../provider/sip-status.ts';
import type { TransferEnd } from '../provider/transfers.ts';
import type { TransferAnswer } from '../world/seed-types.ts';
import { type MessageReply, messageReply } from './method.ts';
import { ApiError, errorFromBehind } from './twirp-error.ts';

/** The transfer id that newer servers state; the sandbox needs only one. */
const TRANSFER_ID = 'STX_sandbox00001';

/**
 * The answer to a transfer, as LiveKit gives it (captured, and read in its source).
 * @throws TwirpError for everything that is no success in LiveKit's eyes
 */
export function answerTransfer(end: TransferEnd, answer: TransferAnswer | undefined): MessageReply {
  const isNewer = answer === 'newer-server';
  switch (end.end) {
    case 'answered':
      return success(answer);
    case 'call-ended':
      if (!isNewer) return success(answer);
      throw reasonedFailure(
        'aborted',
        'call ended before transfer completed',
        stated(SIPTransferReason.STR_CALL_ENDED),
      );
    case 'refused':
    case 'target-failed':
      if (answer === 'failure-in-200') return statedFailure(end.status);
      throw failure(end, answer);
    case 'timed-out':
      throw isNewer
        ? reasonedFailure(
            'deadline_exceeded',
            'request timed out',
            stated(SIPTransferReason.STR_RINGING_TIMEOUT),
          )
        : errorFromBehind('deadline_exceeded', 'request timed out');
    case 'unanswered':
      throw errorFromBehind(
        'canceled',
        'transaction failed to complete (0 intermediate responses)',
      );
    case 'reports-stopped':
      throw reportsStopped(isNewer);
    case 'not-established':
      throw errorFromBehind('failed_precondition', "can't transfer non established call");
    case 'elsewhere':
      throw errorFromBehind('invalid_argument', 'call already being transferred elsewhere');
  }
}

function failure(
  { end, status }: Extract<TransferEnd, { status: SipAnswer }>,
  answer: TransferAnswer | undefined,
): ApiError {
  const prefix = end === 'refused' ? '' : 'call transfer failed: ';
  if (answer === 'older-server') return olderSipFailure(prefix, status);
  const reason = answer === 'newer-server' ? stated(SIPTransferReason.STR_REJECTED) : undefined;
  return sipFailure(prefix, status, reason);
}

function reportsStopped(isNewer: boolean): ApiError {
  const message =
    'call transfer failed: REFER subscription terminated without a final status (reason "noresource", last status 100)';
  return isNewer
    ? reasonedFailure('internal', message, stated(SIPTransferReason.STR_SUBSCRIPTION_TERMINATED))
    : errorFromBehind('internal', message);
}

function success(answer: TransferAnswer | undefined): MessageReply {
  switch (answer) {
    case 'older-server':
      return messageReply(new Empty());
    case 'newer-server':
      return messageReply(
        new TransferSIPParticipantResponse({
          transferId: TRANSFER_ID,
          status: SIPTransferStatus.STS_TRANSFER_SUCCESSFUL,
          reason: SIPTransferReason.STR_COMPLETED,
        }),
      );
    default:
      // ONGOING and UNSPECIFIED are the zero values: this answer states nothing.
      return messageReply(new TransferSIPParticipantResponse());
  }
}

function statedFailure({ code, phrase }: SipAnswer): MessageReply {
  return messageReply(
    new TransferSIPParticipantResponse({
      status: SIPTransferStatus.STS_TRANSFER_FAILED,
      reason: SIPTransferReason.STR_REJECTED,
      sipStatus: new SIPStatus({ code, status: phrase }),
    }),
  );
}

function stated(reason: SIPTransferReason): StatedReason {
  return { transferId: TRANSFER_ID, reason };
}

// What LiveKit checks of a transfer's address and headers before any REFER; everything else it
// writes into the SIP request as it came (Validate and ValidateHeaderName in LiveKit's protocol).

const SCHEME = /^<?(?:sips?|tel):/;
const TOKEN_CHARACTER = /[0-9A-Za-z\-.!%*_+`'~]/;
/** Header values: printable ASCII, TAB, and anything beyond ASCII. */
const VALUE_CHARACTER = /[\t\x20-\x7e\u0080-\u{10ffff}]/u;

const RESERVED_HEADERS = new Set(
  `accept accept-encoding accept-language allow allow-events call-id contact content-encoding
  content-length content-type cseq event expires from max-forwards record-route refer-to reply-to
  k l m o r t u v`.split(/\s+/),
);

/** @throws TwirpError `invalid_argument` */
export function checkTransferTo(transferTo: string): void {
  if (transferTo === '') throw invalid('missing transfer to');
  if (!SCHEME.test(transferTo)) {
    throw invalid('transfer_to must be a valid SIP(s) or TEL URI (sip:, sips: or tel:)');
  }
}

/** @throws TwirpError `invalid_argument` */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const fault = faultOfName(name);
    if (fault !== null) throw invalid(`invalid header name: ${fault}`);
    const valueFault = faultOfValue(name, value);
    if (valueFault !== null) throw invalid(`invalid header value: ${valueFault}`);
  }
}

function faultOfName(name: string): string | null {
  if (name === '') return 'header name cannot be empty';
  if (Buffer.byteLength(name) > 255) return 'header name too long (max 255 characters)';
  for (const character of name) {
    if (!TOKEN_CHARACTER.test(character)) {
      return `header name ${name} contains invalid characters: char ${character.codePointAt(0)} not allowed`;
    }
  }
  return RESERVED_HEADERS.has(name.toLowerCase()) ? `header name ${name} not supported` : null;
}

function faultOfValue(name: string, value: string): string | null {
  if (Buffer.byteLength(value) > 1024) {
    return `header ${name}: value too long (max 1024 characters)`;
  }
  for (const character of value) {
    if (!VALUE_CHARACTER.test(character)) {
      return `header ${name}: value: char ${character.codePointAt(0)} not allowed`;
    }
  }
  return null;
}

function invalid(message: string): ApiError {
  return new ApiError('invalid_argument', message);
}
