import { SIPTransferError, SIPTransferReason } from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { ERAS, reasonedFailure, sipFailure } from '../../../src/sandbox/api/era.ts';
import { sipStatus } from '../../../src/sandbox/provider/sip-status.ts';

/** How LiveKit groups SIP codes by HTTP and Twirp code. */
const HTTP_OF_SIP: [http: number, sip: number[]][] = [
  [400, [400, 405, 406, 414, 415, 420, 421, 429, 484, 485, 488, 489, 493, 606]],
  [403, [401, 402, 403, 433, 603, 607, 608]],
  [401, [407, 428, 436, 437, 438, 494]],
  [404, [302, 404, 410, 481, 604]],
  [408, [408, 504]],
  [429, [600]],
  [409, [487, 491]],
  [412, [480, 486, 500, 501, 502, 503]],
  // By the class of the code, where LiveKit maps none of its own.
  [400, [300, 399, 416, 422, 499, 505, 605, 699]],
  [412, [409, 482, 506, 599]],
  [500, [100, 183, 202, 299]],
];

describe('a SIP failure', () => {
  it.each(HTTP_OF_SIP.flatMap(([http, sip]) => sip.map((code) => [code, http])))(
    '%i is HTTP %i, with the SIP code in the meta',
    (code = 0, http = 0) => {
      const error = sipFailure('', sipStatus(code), ERAS['1.13.11']);
      expect(error.httpStatus).toBe(http);
      expect(error.meta?.sip_status_code).toBe(String(code));
    },
  );

  it('without a phrase is called by the name of its enum value', () => {
    const { message, meta } = sipFailure('', { code: 486, phrase: '' }, ERAS['1.13.11']);
    expect(message).toBe('sip status: 486 (BUSY_HERE)');
    expect(meta?.sip_status).toBe('SIP_STATUS_BUSY_HERE');
  });

  it.each([480, 486])('%i was HTTP 429 in August 2026', (code) => {
    expect(sipFailure('', sipStatus(code), ERAS['1.13']).httpStatus).toBe(429);
  });

  it.each([
    [405, 500, 'internal'],
    [480, 503, 'unavailable'],
    [486, 503, 'unavailable'],
    [603, 503, 'unavailable'],
    [404, 400, 'invalid_argument'],
    [403, 403, 'permission_denied'],
    [487, 409, 'aborted'],
    [504, 408, 'deadline_exceeded'],
  ])('%i of an older server is HTTP %i %s', (code, httpStatus, twirpCode) => {
    const error = sipFailure('', sipStatus(code), ERAS['2025']);
    expect(error).toMatchObject({ httpStatus, code: twirpCode });
    expect(error.meta?.sip_status_code).toBe(String(code));
  });

  it('of an older server without a phrase has its number twice', () => {
    const error = sipFailure('call transfer failed: ', { code: 491, phrase: '' }, ERAS['2025']);
    expect(error.message).toBe('call transfer failed: sip status 491: 491');
  });
});

describe('a SIP service that states reasons', () => {
  it('states it in error_details and in the meta', () => {
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
    expect(error.meta).toMatchObject({
      sip_transfer_id: 'STX_1',
      sip_transfer_reason: 'STR_CALL_ENDED',
    });
    expect(error.httpStatus).toBe(409);
  });
});
