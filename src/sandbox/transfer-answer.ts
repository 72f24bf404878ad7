/** From how a transfer ended to what the client is told. */
import { Empty } from '@bufbuild/protobuf';
import {
  SIPStatus,
  SIPTransferReason,
  SIPTransferStatus,
  TransferSIPParticipantResponse,
} from '@livekit/protocol';
import { type Interference, messageReply, type Reply } from './method.ts';
import type { TransferAnswer } from './population.ts';
import { reasonedFailure, type SipStatus, type StatedReason, sipFailure } from './sip-status.ts';
import type { TransferEnd } from './transfers.ts';
import { errorFromBehind } from './twirp-error.ts';

/** The transfer id that newer servers state; the sandbox needs only one. */
const TRANSFER_ID = 'STX_sandbox00001';

/**
 * What stands between the SIP service and the client, if anything does.
 * @returns undefined when the answer passes as LiveKit gave it
 */
export function interferenceOf(answer: TransferAnswer | undefined): Interference | undefined {
  switch (answer) {
    case 'connection-reset':
      return { kind: 'reset' };
    case 'bad-gateway-page':
      return {
        kind: 'raw',
        status: 502,
        contentType: 'text/html',
        body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
      };
    case 'garbage':
      return { kind: 'raw', status: 200, contentType: 'application/json', body: 'no JSON here\n' };
    case 'truncated-json':
      return {
        kind: 'raw',
        status: 200,
        contentType: 'application/json',
        body: '{"transfer_id":"", "status":"STS_TRANS',
      };
    default:
      return undefined;
  }
}

/** Says whether the network or a proxy answers, which do not wait for the end of the transfer. */
export function isFromTheWay(interference: Interference): boolean {
  return interference.kind === 'reset' || interference.status >= 500;
}

/**
 * The answer to a transfer, by the table in livekit.md §3.
 * @throws TwirpError for everything that is no success in LiveKit's eyes
 */
export function answerTransfer(end: TransferEnd, answer: TransferAnswer | undefined): Reply {
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
      throw sipFailure(
        end.end === 'refused' ? '' : 'call transfer failed: ',
        end.status,
        isNewer ? stated(SIPTransferReason.STR_REJECTED) : undefined,
      );
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
    case 'not-established':
      throw errorFromBehind('failed_precondition', "can't transfer non established call");
    case 'elsewhere':
      throw errorFromBehind('invalid_argument', 'call already being transferred elsewhere');
  }
}

function success(answer: TransferAnswer | undefined): Reply {
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

function statedFailure({ code, phrase }: SipStatus): Reply {
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
