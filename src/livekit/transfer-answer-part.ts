/**
 * The body of a transfer that LiveKit calls a success (TransferSIPParticipantResponse). Older
 * servers send it empty, today's with zero values, newer ones with what became of the transfer.
 */
import { proto3 } from '@bufbuild/protobuf';
import { SIPStatusCode } from '@livekit/protocol';
import { isObject, type JsonObject, readNumber, readObject, readText } from './twirp.ts';

export interface TransferAnswer {
  transferId: string | null;
  /** `STS_…`; empty when the answer has none. */
  status: string;
  /** `STR_…`; empty when the answer has none. */
  reason: string;
  sip: { code: number; reason: string } | null;
}

const FIELDS = ['transfer_id', 'transferId', 'sip_status', 'sipStatus'];

/** Whether this is LiveKit's message at all: proxies answer 200 with JSON of their own, too. */
function isTransferAnswer(body: JsonObject, status: string, reason: string): boolean {
  if (Object.keys(body).length === 0) return true;
  if (status.startsWith('STS_') || reason.startsWith('STR_')) return true;
  return FIELDS.some((field) => Object.hasOwn(body, field));
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
