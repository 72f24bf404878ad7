import { describe, expect, it } from 'vitest';
import { readTransferAnswer } from '../../src/transfer/answers.ts';

const NOTHING = { transferId: null, status: '', reason: '', sip: null };

describe('the answer to a transfer', () => {
  it.each<[string, unknown, object]>([
    ['empty, of older servers', {}, NOTHING],
    [
      'with zero values',
      {
        transfer_id: '',
        status: 'STS_TRANSFER_ONGOING',
        reason: 'STR_UNSPECIFIED',
        sip_status: null,
      },
      { ...NOTHING, status: 'STS_TRANSFER_ONGOING', reason: 'STR_UNSPECIFIED' },
    ],
    [
      'with a SIP status, whose code is a name',
      { transfer_id: 'STX_1', sip_status: { code: 'SIP_STATUS_BUSY_HERE', status: 'Busy Here' } },
      { ...NOTHING, transferId: 'STX_1', sip: { code: 486, reason: 'Busy Here' } },
    ],
    [
      'in camelCase, with a number for a code',
      { transferId: 'STX_1', sipStatus: { code: 486 } },
      { ...NOTHING, transferId: 'STX_1', sip: { code: 486, reason: '' } },
    ],
    ['with names that nobody knows', { status: 'STS_NEW' }, { ...NOTHING, status: 'STS_NEW' }],
    ['with a code that nobody knows', { sip_status: { code: 'SIP_STATUS_NEW' } }, NOTHING],
    ['with types that nobody expects', { transfer_id: [], status: 7, sip_status: 'x' }, NOTHING],
  ])('%s', (_, body, expected) => {
    expect(readTransferAnswer(body)).toEqual(expected);
  });

  it.each([
    [undefined],
    [null],
    ['{}'],
    [[{}]],
    [{ novelty: true }],
    [{ status: 'ok' }],
    [{ status: 2 }],
    [{ reason: 'maintenance' }],
    [{ error: 'no' }],
  ])('is not %j', (body) => {
    expect(readTransferAnswer(body)).toBeNull();
  });
});
