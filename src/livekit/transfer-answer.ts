/**
 * `meta.error_details` of a Twirp error: a google.rpc.Status in base64, whose `details` carry
 * LiveKit's own messages. Field numbers from google/rpc/status.proto and google/protobuf/any.proto.
 */
import { BinaryReader } from '@bufbuild/protobuf';
import { SIPStatus, SIPTransferError, SIPTransferReason } from '@livekit/protocol';

export interface ErrorDetails {
  sip: { code: number; reason: string } | null;
  transferId: string | null;
  /** Name of a SIPTransferReason (`STR_REJECTED`), its number when that has no name yet, or null. */
  reason: string | null;
}

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
