/** Answers to a transfer request, as LiveKit writes them. */
import { SIPStatus, SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import type { HttpAnswer, HttpFailure } from '../../src/livekit/transport.ts';

export function answer(
  httpStatus: number,
  body: unknown,
  contentType = 'application/json',
): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', httpStatus, contentType, body: text };
}

/** A Twirp error from behind the API server. */
export function twirp(
  httpStatus: number,
  code: string,
  message: string,
  meta?: Record<string, string>,
): HttpAnswer {
  return answer(httpStatus, { code, msg: `twirp error unknown: ${message}`, meta });
}

export function failure(code: string, mayHaveBeenSent: boolean): HttpFailure {
  return { kind: 'failure', code, message: `${code} happened`, mayHaveBeenSent };
}

/** The trunk's answer to the REFER (or the NOTIFY), as today's servers report it. */
export function sipFailure(
  httpStatus: number,
  code: string,
  sip: { code: number; reason: string; notify?: boolean },
): HttpAnswer {
  const prefix = sip.notify ? 'call transfer failed: ' : '';
  return twirp(httpStatus, code, `${prefix}sip status: ${sip.code}: ${sip.reason}`, {
    sip_status_code: String(sip.code),
    sip_status: sip.reason,
  });
}

function field(number: number, bytes: Uint8Array): Buffer {
  if (bytes.length > 0x3fff) throw new Error('too long for these tests');
  const length =
    bytes.length < 0x80 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

/** `meta.error_details`: a google.rpc.Status in base64 with these messages in it. */
export function errorDetails(...details: readonly { type: string; bytes: Uint8Array }[]): string {
  const anys = details.map(({ type, bytes }) =>
    field(
      3,
      Buffer.concat([field(1, Buffer.from(`type.googleapis.com/${type}`)), field(2, bytes)]),
    ),
  );
  return Buffer.concat([
    Buffer.from([0x08, 0x0a]),
    field(2, Buffer.from('the text')),
    ...anys,
  ]).toString('base64');
}

export function sipStatusDetail(code: number, status: string) {
  return { type: 'livekit.SIPStatus', bytes: new SIPStatus({ code, status }).toBinary() };
}

export function transferErrorDetail(
  reason: keyof typeof SIPTransferReason,
  sip?: { code: number; status: string },
) {
  const sipStatus = sip === undefined ? {} : { sipStatus: new SIPStatus(sip) };
  const error = new SIPTransferError({
    transferId: 'STR_9',
    reason: SIPTransferReason[reason],
    ...sipStatus,
  });
  return { type: 'livekit.SIPTransferError', bytes: error.toBinary() };
}
