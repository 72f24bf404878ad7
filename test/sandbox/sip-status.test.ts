import { SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { reasonedFailure, sipFailure, sipStatus } from '../../src/sandbox/sip-status.ts';

/** livekit.md §3: "SIP → HTTP/Twirp". */
const HTTP_OF_SIP: [http: number, sip: number[]][] = [
  [400, [400, 405, 406, 414, 415, 420, 421, 429, 484, 485, 488, 489, 493, 606]],
  [403, [401, 402, 403, 433, 603, 607, 608]],
  [401, [407, 428, 436, 437, 438, 494]],
  [404, [302, 404, 410, 481, 604]],
  [408, [408, 504]],
  [429, [480, 486, 600]],
  [409, [487, 491]],
  [412, [500, 501, 502, 503]],
  [500, [202, 299, 505]],
];

describe('a SIP failure', () => {
  it.each(HTTP_OF_SIP.flatMap(([http, sip]) => sip.map((code) => [code, http])))(
    '%i is HTTP %i, with the SIP code in the meta',
    (code = 0, http = 0) => {
      const error = sipFailure('', sipStatus(code));
      expect(error.httpStatus).toBe(http);
      expect(error.meta?.sip_status_code).toBe(String(code));
    },
  );

  it('without a phrase is called by the name of its enum value', () => {
    expect(sipFailure('', { code: 486, phrase: '' }).meta?.sip_status).toBe('SIP_STATUS_BUSY_HERE');
  });
});

describe('a newer server', () => {
  it('states the reason in error_details', () => {
    const error = reasonedFailure('aborted', 'call ended before transfer completed', {
      transferId: 'STX_1',
      reason: SIPTransferReason.STR_CALL_ENDED,
    });
    const details = Buffer.from(error.meta?.error_details ?? '', 'base64');
    const wire = new SIPTransferError({
      transferId: 'STX_1',
      reason: SIPTransferReason.STR_CALL_ENDED,
    }).toBinary();
    expect(details.includes('type.googleapis.com/livekit.SIPTransferError')).toBe(true);
    expect(details.includes(Buffer.from(wire))).toBe(true);
    expect(error.httpStatus).toBe(409);
  });
});
