/** TransferSIPParticipant: its checks, the transfer, and the answer to how it ended. */

import { Empty } from '@bufbuild/protobuf';
import {
  SIPStatus,
  SIPTransferReason,
  SIPTransferStatus,
  type TransferSIPParticipantRequest,
  TransferSIPParticipantResponse,
} from '@livekit/protocol';
import type { SipAnswer } from '../provider/sip-status.ts';
import type { EndedTransfer, OngoingTransfers } from '../provider/transfers.ts';
import { type Clock, milliseconds } from '../world/clock.ts';
import type { WorldCall } from '../world/open-rooms.ts';
import type { TransferAnswer } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import { type EraTraits, reasonedFailure, sipFailure } from './era.ts';
import { afterTransfer, duringTransfer, insteadOfTransfer } from './fault-injection.ts';
import { type MessageReply, messageReply, type Reply } from './method.ts';
import {
  ApiError,
  type ClientGrants,
  errorFromBehind,
  noSuchParticipant,
  requireRoomAdmin,
  requireSipCall,
  type TwirpCode,
} from './token.ts';

/** How long LiveKit waits for a target when the request does not say (captured). */
const RINGING_TIMEOUT_MS = 30_000;
/** How long LiveKit looks for the SIP service before it says that there is none (captured). */
export const FINDS_NO_SERVICE_MS = 1_000;

export type TransferMethod = (
  request: TransferSIPParticipantRequest,
  grants: ClientGrants,
) => Promise<Reply>;

export function transferMethod(
  world: World,
  transfers: OngoingTransfers,
  clock: Clock,
  era: EraTraits,
): TransferMethod {
  return async (request, grants) => {
    const call = findCall(request, grants, world);
    world.noteTransfer(call);
    if (call.seed.sipService) {
      await clock.pause(FINDS_NO_SERVICE_MS);
      throw errorFromBehind('unavailable', 'no response from servers');
    }
    const { transferAnswer, transferAnswerDelayMs } = world.room(call.room)?.seed ?? {};
    const instead = insteadOfTransfer(transferAnswer);
    if (instead) return instead;
    const waitMs = milliseconds(request.ringingTimeout) ?? RINGING_TIMEOUT_MS;
    const pending = transfers.transfer(call, request.transferTo, waitMs);
    const meanwhile = duringTransfer(transferAnswer);
    if (meanwhile) return meanwhile;
    const ended = await pending;
    if (transferAnswerDelayMs !== undefined) await clock.pause(transferAnswerDelayMs);
    const own = () => answerTransfer(ended, transferAnswer, era);
    return afterTransfer(transferAnswer, own, era.wrapper);
  };
}

/**
 * The checks of a transfer, in LiveKit's order: room and identity given, grants, address and
 * headers, the participant, its call.
 * @throws ApiError
 */
function findCall(
  request: TransferSIPParticipantRequest,
  grants: ClientGrants,
  world: World,
): WorldCall {
  const { roomName, participantIdentity, transferTo, headers } = request;
  if (roomName === '') throw errorFromBehind('invalid_argument', 'Missing room name');
  if (participantIdentity === '') {
    throw errorFromBehind('invalid_argument', 'Missing participant identity');
  }
  requireSipCall(grants);
  requireRoomAdmin(grants, roomName);
  checkTransferTo(transferTo);
  checkHeaders(headers);
  const participant = world.readParticipant(roomName, participantIdentity);
  if (!participant) throw noSuchParticipant();
  const call = world.callOf(participant);
  if (!call) {
    throw errorFromBehind('invalid_argument', 'no SIP session associated with participant');
  }
  return call;
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

/** @throws ApiError `invalid_argument` */
function checkTransferTo(transferTo: string): void {
  if (transferTo === '') throw invalid('missing transfer to');
  if (!SCHEME.test(transferTo)) {
    throw invalid('transfer_to must be a valid SIP(s) or TEL URI (sip:, sips: or tel:)');
  }
}

/**
 * Checks the headers that a request adds to the SIP request.
 * @throws ApiError `invalid_argument`
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const inName = nameFault(name);
    if (inName !== null) throw invalid(`invalid header name: ${inName}`);
    const inValue = valueFault(name, value);
    if (inValue !== null) throw invalid(`invalid header value: ${inValue}`);
  }
}

function nameFault(name: string): string | null {
  if (name === '') return 'header name cannot be empty';
  if (Buffer.byteLength(name) > 255) return 'header name too long (max 255 characters)';
  for (const character of name) {
    if (!TOKEN_CHARACTER.test(character)) {
      return `header name ${name} contains invalid characters: char ${character.codePointAt(0)} not allowed`;
    }
  }
  return RESERVED_HEADERS.has(name.toLowerCase()) ? `header name ${name} not supported` : null;
}

function valueFault(name: string, value: string): string | null {
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

// From how a transfer ended to the answer.

/**
 * The answer to a transfer, as LiveKit gives it (captured, and read in its source).
 * @throws ApiError for everything that is no success in LiveKit's eyes
 */
function answerTransfer(
  { end, transferId }: EndedTransfer,
  answer: TransferAnswer | undefined,
  era: EraTraits,
): MessageReply {
  const failed = (code: TwirpCode, message: string, reason: SIPTransferReason): ApiError =>
    era.details === 'SIPTransferError'
      ? reasonedFailure(code, message, { transferId, reason })
      : errorFromBehind(code, message);
  switch (end.end) {
    case 'answered':
      return success(transferId, era);
    case 'call-ended':
      if (era.callEnded === 'error') {
        const message = 'call ended before transfer completed';
        throw failed('aborted', message, SIPTransferReason.STR_CALL_ENDED);
      }
      return era.callEnded === 'stated' ? statedEnd(transferId) : success(transferId, era);
    case 'refused':
    case 'target-failed': {
      if (answer === 'failure-in-200') return statedFailure(end.status);
      const prefix = end.end === 'refused' ? '' : 'call transfer failed: ';
      const stated =
        era.details === 'SIPTransferError'
          ? { transferId, reason: SIPTransferReason.STR_REJECTED }
          : undefined;
      throw sipFailure(prefix, end.status, era, stated);
    }
    // The server gives up, not the SIP service: nobody states a reason.
    case 'timed-out':
      throw errorFromBehind('deadline_exceeded', 'request timed out');
    case 'unanswered':
      throw failed(
        'canceled',
        'transaction failed to complete (0 intermediate responses)',
        SIPTransferReason.STR_UNSPECIFIED,
      );
    case 'reports-stopped':
      throw failed(
        'internal',
        'call transfer failed: REFER subscription terminated without a final status (reason "noresource", last status 100)',
        SIPTransferReason.STR_SUBSCRIPTION_TERMINATED,
      );
    case 'not-established':
      throw errorFromBehind('failed_precondition', "can't transfer non established call");
    case 'elsewhere':
      throw errorFromBehind('invalid_argument', 'call already being transferred elsewhere');
  }
}

function success(transferId: string, { success }: EraTraits): MessageReply {
  switch (success) {
    case 'no-fields':
      return messageReply(new Empty());
    case 'zero-values':
      // ONGOING and UNSPECIFIED are the zero values: this answer states nothing.
      return messageReply(new TransferSIPParticipantResponse());
    case 'stated':
      return messageReply(
        new TransferSIPParticipantResponse({
          transferId,
          status: SIPTransferStatus.STS_TRANSFER_SUCCESSFUL,
          reason: SIPTransferReason.STR_COMPLETED,
        }),
      );
  }
}

function statedEnd(transferId: string): MessageReply {
  return messageReply(
    new TransferSIPParticipantResponse({
      transferId,
      status: SIPTransferStatus.STS_TRANSFER_FAILED,
      reason: SIPTransferReason.STR_CALL_ENDED,
    }),
  );
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
