/**
 * `meta.error_details` of a Twirp error: a google.rpc.Status in base64, whose `details` carry
 * LiveKit's own messages. Field numbers from google/rpc/status.proto and google/protobuf/any.proto.
 */
import { BinaryReader, proto3 } from '@bufbuild/protobuf';
import { SIPStatus, SIPStatusCode, SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import {
  isObject,
  type JsonObject,
  readNumber,
  readObject,
  readText,
  type TwirpError,
} from './twirp.ts';

// The body of a transfer that LiveKit calls a success (TransferSIPParticipantResponse). Older
// servers send it empty, today's with zero values, newer ones with what became of the transfer.

interface TransferAnswer {
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

export interface ErrorDetails {
  sip: { code: number; reason: string } | null;
  transferId: string | null;
  /** Name of a SIPTransferReason (`STR_REJECTED`), its number when that has no name yet, or null. */
  reason: string | null;
}

/** Longer than any id of LiveKit's. */
const LONGEST_ID = 200;

const NOTHING: ErrorDetails = { sip: null, transferId: null, reason: null };

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
  const places = [
    details?.reason ?? null,
    readReason((meta.sip_transfer_reason ?? '').trim()),
    ERROR_TEXT.exec(message)?.[1] ?? null,
  ];
  return places.filter((reason) => reason !== null);
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
  const found = { ...NOTHING };
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
