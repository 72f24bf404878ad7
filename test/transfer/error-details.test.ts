import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readErrorDetails } from '../../src/transfer/answers.ts';
import { errorDetails, sipStatusDetail, transferErrorDetail } from './answers.ts';

const NOTHING = { sip: null, transferId: null, reason: null };

describe('error details', () => {
  it('of a real server give its SIP status', () => {
    const captured =
      'CAcSGHNpcCBzdGF0dXM6IDYwMzogRGVjbGluZRo1CiV0eXBlLmdvb2dsZWFwaXMuY29tL2xpdmVraXQuU0lQU3RhdHVzEgwI2wQSB0RlY2xpbmU=';
    expect(readErrorDetails(captured)).toEqual({
      ...NOTHING,
      sip: { code: 603, reason: 'Decline' },
    });
  });

  it.each([
    'STR_COMPLETED',
    'STR_CALL_ENDED',
    'STR_REJECTED',
    'STR_RINGING_TIMEOUT',
    'STR_SUBSCRIPTION_TERMINATED',
    'STR_CANCELED',
    'STR_UNSPECIFIED',
  ] as const)('of newer servers give the reason %s and the transfer id', (reason) => {
    expect(readErrorDetails(errorDetails(transferErrorDetail(reason)))).toEqual({
      sip: null,
      transferId: 'STR_9',
      reason,
    });
  });

  it('are read beside details of other types, in any order', () => {
    const status = sipStatusDetail(486, 'Busy Here');
    const transfer = transferErrorDetail('STR_REJECTED');
    const novelty = { type: 'livekit.Novelty', bytes: Buffer.from('xx') };
    const whole = {
      sip: { code: 486, reason: 'Busy Here' },
      transferId: 'STR_9',
      reason: 'STR_REJECTED',
    };
    expect(readErrorDetails(errorDetails(novelty, status, transfer))).toEqual(whole);
    expect(readErrorDetails(errorDetails(transfer, novelty, status))).toEqual(whole);
  });

  it.each(['', '***', 'CAcS', Buffer.from('x'.repeat(40)).toString('base64')])(
    'that are %j tell nothing',
    (text) => {
      expect(readErrorDetails(text)).toEqual(NOTHING);
    },
  );

  it('never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readErrorDetails(Buffer.from(bytes).toString('base64'));
      }),
    );
  });

  it('that break off tell nothing', () => {
    const whole = Buffer.from(
      errorDetails(sipStatusDetail(486, 'Busy Here'), transferErrorDetail('STR_REJECTED')),
      'base64',
    );
    const broken = whole.subarray(0, whole.length - 3).toString('base64');
    expect(readErrorDetails(broken)).toEqual(NOTHING);
  });
});
