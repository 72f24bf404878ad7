/** What a server states: in the fields of a 200, or in the details beside an error. */
import { SIPTransferError, type SIPTransferReason } from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import { answer, errorDetails, sipStatusDetail, transferErrorDetail, twirp } from './answers.ts';
import { judge } from './judge.ts';

describe('a 200', () => {
  const ongoing = {
    transfer_id: '',
    status: 'STS_TRANSFER_ONGOING',
    reason: 'STR_UNSPECIFIED',
    sip_status: null,
  };
  it.each<[string, unknown, string]>([
    ['of older servers says no more than that', {}, 'accepted - 0'],
    ['with zero values says no more than that', ongoing, 'accepted - 0'],
    [
      'in camelCase says no more than that',
      { transferId: '', status: 'STS_TRANSFER_ONGOING' },
      'accepted - 0',
    ],
    [
      'with unknown keys and names says no more than that',
      { status: 'STS_NEW', reason: 'STR_NEW', extra: [1] },
      'accepted - 0',
    ],
    [
      'with wrong types says no more than that',
      { status: 7, reason: {}, sip_status: 'x', transfer_id: [] },
      'accepted - 0',
    ],
    ['with reason COMPLETED is proof', { ...ongoing, reason: 'STR_COMPLETED' }, 'completed - 0'],
    [
      'with status SUCCESSFUL is proof',
      { ...ongoing, status: 'STS_TRANSFER_SUCCESSFUL' },
      'completed - 0',
    ],
    [
      'with a status COMPLETED is proof',
      { ...ongoing, status: 'STS_TRANSFER_COMPLETED' },
      'completed - 0',
    ],
    [
      'with reason COMPLETED and 200 OK is proof',
      { ...ongoing, reason: 'STR_COMPLETED', sip_status: { code: 200, status: 'OK' } },
      'completed - 0',
    ],
    [
      'with FAILED and a code is a failure',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', sip_status: { code: 486, status: 'Busy Here' } },
      'refused - 1',
    ],
    [
      'with REJECTED and a code is a failure',
      { ...ongoing, reason: 'STR_REJECTED', sip_status: { code: '603', status: 'Decline' } },
      'refused - 1',
    ],
    [
      'with FAILED and no code is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED' },
      'unknown notify 7',
    ],
    ['with REJECTED and no code is unknown', { ...ongoing, reason: 'STR_REJECTED' }, 'unknown - 7'],
    [
      'with FAILED and a code by its name, as LiveKit writes it, is a failure',
      {
        ...ongoing,
        status: 'STS_TRANSFER_FAILED',
        sip_status: { code: 'SIP_STATUS_BUSY_HERE', status: 'Busy Here' },
      },
      'refused - 1',
    ],
    [
      'with FAILED and a code whose name nobody knows is unknown',
      {
        ...ongoing,
        status: 'STS_TRANSFER_FAILED',
        sip_status: { code: 'SIP_STATUS_NOVELTY', status: 'Busy Here' },
      },
      'unknown notify 7',
    ],
    [
      'with FAILED and a reason that nobody knows is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_NOVELTY' },
      'unknown notify 7',
    ],
    [
      'with SUCCESSFUL and REJECTED contradicts itself',
      { ...ongoing, status: 'STS_TRANSFER_SUCCESSFUL', reason: 'STR_REJECTED' },
      'unknown notify 7',
    ],
    [
      'with COMPLETED and a 202 contradicts itself',
      { ...ongoing, reason: 'STR_COMPLETED', sip_status: { code: 202, status: 'Accepted' } },
      'unknown notify 7',
    ],
    [
      'with SUCCESSFUL and CALL_ENDED is an end',
      { ...ongoing, status: 'STS_TRANSFER_SUCCESSFUL', reason: 'STR_CALL_ENDED' },
      'ended notify 7',
    ],
    [
      'with SUCCESSFUL and CANCELED is unknown',
      { ...ongoing, status: 'STS_TRANSFER_SUCCESSFUL', reason: 'STR_CANCELED' },
      'unknown notify 7',
    ],
    [
      'with SUCCESSFUL and a reason that nobody knows says no more than that',
      { ...ongoing, status: 'STS_TRANSFER_SUCCESSFUL', reason: 'STR_NOVELTY' },
      'accepted - 0',
    ],
    [
      'with FAILED and a 2xx is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', sip_status: { code: 202, status: 'Accepted' } },
      'unknown - 7',
    ],
    [
      'with FAILED and reason COMPLETED contradicts itself',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_COMPLETED' },
      'unknown notify 7',
    ],
    [
      'with SUCCESSFUL and a failure’s code contradicts itself',
      {
        ...ongoing,
        status: 'STS_TRANSFER_SUCCESSFUL',
        sip_status: { code: 486, status: 'Busy Here' },
      },
      'unknown notify 7',
    ],
    [
      'with COMPLETED and a failure’s code contradicts itself',
      { ...ongoing, reason: 'STR_COMPLETED', sip_status: { code: 486, status: 'Busy Here' } },
      'unknown notify 7',
    ],
    [
      'with a failure’s code and zero values beside it is a failure',
      { ...ongoing, sip_status: { code: 486, status: 'Busy Here' } },
      'refused - 1',
    ],
    [
      'with a 202 and zero values beside it is unknown',
      { ...ongoing, sip_status: { code: 'SIP_STATUS_ACCEPTED', status: 'Accepted' } },
      'unknown notify 7',
    ],
    [
      'with a 200 and zero values beside it says no more than that',
      { ...ongoing, sip_status: { code: 'SIP_STATUS_OK', status: 'OK' } },
      'accepted - 0',
    ],
    ['with CALL_ENDED is an end', { ...ongoing, reason: 'STR_CALL_ENDED' }, 'ended notify 7'],
    [
      'with FAILED and CALL_ENDED is an end',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_CALL_ENDED' },
      'ended notify 7',
    ],
    [
      'with RINGING_TIMEOUT is unknown',
      { ...ongoing, reason: 'STR_RINGING_TIMEOUT' },
      'unknown notify 7',
    ],
    [
      'with FAILED and RINGING_TIMEOUT is unknown',
      { ...ongoing, status: 'STS_TRANSFER_FAILED', reason: 'STR_RINGING_TIMEOUT' },
      'unknown notify 7',
    ],
    [
      'with SUBSCRIPTION_TERMINATED is unknown',
      { ...ongoing, reason: 'STR_SUBSCRIPTION_TERMINATED' },
      'unknown notify 7',
    ],
    ['with CANCELED is unknown', { ...ongoing, reason: 'STR_CANCELED' }, 'unknown notify 7'],
  ])('%s', (_, body, expected) => {
    expect(judge(answer(200, body))).toBe(expected);
  });

  it('keeps the transfer id and the reason that newer servers give', () => {
    const { livekit } = classifyAnswer(
      answer(200, { transfer_id: 'STR_9', reason: 'STR_COMPLETED' }),
    );
    expect(livekit).toMatchObject({
      httpStatus: 200,
      transferId: 'STR_9',
      reason: 'STR_COMPLETED',
    });
  });
});

describe('what says that a transfer failed, and not where', () => {
  const rejected = (message: string, meta: Record<string, string> = {}) =>
    twirp(412, 'failed_precondition', message, { sip_status_code: '486', ...meta });

  it.each<[string, HttpOutcome, string]>([
    [
      'the text of a SIPTransferError',
      rejected('sip transfer failed: STR_REJECTED: sip status: 486: Busy Here'),
      'refused - 1',
    ],
    [
      'the same, with its code in the text alone',
      twirp(412, 'x', 'sip transfer failed: STR_REJECTED: sip status: 405: No'),
      'refused - 1',
    ],
    [
      'the same, with the words about the target in front',
      rejected('call transfer failed: sip transfer failed: STR_REJECTED: sip status: 486: Busy'),
      'target-failed notify 1',
    ],
    [
      'the trunk’s own words, which say nothing',
      rejected('sip status: 486: sip transfer failed: call transfer failed: x'),
      'refused refer 1',
    ],
    ['a code without words', rejected(''), 'refused - 1'],
    [
      'a 2xx, which is no failure',
      twirp(500, 'unknown', 'sip transfer failed: STR_REJECTED: sip status: 202: Accepted'),
      'unknown - 7',
    ],
    [
      'a text that broke on the way',
      answer(403, 'sip transfer failed: STR_REJECTED', 'text/plain'),
      'unknown api 7',
    ],
  ])('%s', (_, outcome, expected) => {
    expect(judge(outcome)).toBe(expected);
  });
});

describe('a reason and an id beside an error, without details', () => {
  const ID = 'STR_teUdZZpYCXEU';
  const stating = (reason: string, message = 'x', meta: Record<string, string> = {}) =>
    twirp(409, 'aborted', message, { sip_transfer_reason: reason, sip_transfer_id: ID, ...meta });

  it.each<[string, HttpOutcome, string]>([
    ['CALL_ENDED', stating('STR_CALL_ENDED'), 'ended notify 7'],
    ['CALL_ENDED by its number', stating('2'), 'ended notify 7'],
    ['RINGING_TIMEOUT', stating('STR_RINGING_TIMEOUT'), 'unknown notify 7'],
    ['UNSPECIFIED', stating('STR_UNSPECIFIED', 'no response from servers'), 'not-sent api 1'],
    ['one that nobody knows', stating('STR_NOVELTY'), 'unknown api 7'],
    [
      'what is no name',
      twirp(403, 'permission_denied', 'x', { sip_transfer_reason: '<b>' }),
      'not-sent api 4',
    ],
    [
      'REJECTED beside the trunk’s refusal',
      stating('STR_REJECTED', 'sip status: 603: Decline', { sip_status_code: '603' }),
      'refused refer 1',
    ],
    [
      'in the text alone',
      twirp(409, 'aborted', 'sip transfer failed: STR_CALL_ENDED'),
      'ended notify 7',
    ],
    [
      'details go first',
      stating('STR_CANCELED', 'x', {
        error_details: errorDetails(transferErrorDetail('STR_CALL_ENDED')),
      }),
      'ended notify 7',
    ],
    [
      'COMPLETED, wherever it stands in an error, makes it contradict itself',
      stating('STR_COMPLETED', 'x', {
        error_details: errorDetails(transferErrorDetail('STR_CALL_ENDED')),
      }),
      'unknown notify 7',
    ],
  ])('%s', (_, outcome, expected) => {
    expect(judge(outcome)).toBe(expected);
  });

  it('are told, and kept however long the meta is', () => {
    const crowd = Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`key${at}`, 'x']));
    const meta = { ...crowd, sip_transfer_reason: 'STR_CALL_ENDED', sip_transfer_id: ID };
    const { livekit } = classifyAnswer(twirp(409, 'aborted', 'x', meta));
    expect(livekit).toMatchObject({ transferId: ID, reason: 'STR_CALL_ENDED' });
  });
});

describe('the details that newer servers attach', () => {
  const withReason = (reason: Parameters<typeof transferErrorDetail>[0], message = 'x') =>
    twirp(500, 'unknown', message, { error_details: errorDetails(transferErrorDetail(reason)) });

  it.each<[string, HttpOutcome, string]>([
    ['CALL_ENDED', withReason('STR_CALL_ENDED'), 'ended notify 7'],
    ['RINGING_TIMEOUT', withReason('STR_RINGING_TIMEOUT'), 'unknown notify 7'],
    ['SUBSCRIPTION_TERMINATED', withReason('STR_SUBSCRIPTION_TERMINATED'), 'unknown notify 7'],
    ['CANCELED', withReason('STR_CANCELED'), 'unknown notify 7'],
    ['REJECTED without a code says not by whom', withReason('STR_REJECTED'), 'unknown - 7'],
    [
      'UNSPECIFIED leaves it to the message',
      withReason('STR_UNSPECIFIED', 'no response from servers'),
      'not-sent api 1',
    ],
    [
      'a reason goes before a listed message',
      withReason('STR_CALL_ENDED', 'request timed out'),
      'ended notify 7',
    ],
    [
      'COMPLETED beside a SIP failure contradicts itself',
      twirp(429, 'x', 'sip status: 486: Busy Here', {
        error_details: errorDetails(transferErrorDetail('STR_COMPLETED')),
        sip_status_code: '486',
      }),
      'unknown notify 7',
    ],
    [
      'COMPLETED beside a listed message contradicts itself',
      withReason('STR_COMPLETED', 'no response from servers'),
      'unknown notify 7',
    ],
    [
      'a transfer that has an id was under way, whatever HTTP says',
      twirp(403, 'permission_denied', 'something new', {
        error_details: errorDetails(transferErrorDetail('STR_UNSPECIFIED')),
      }),
      'unknown api 7',
    ],
    [
      'a reason that nobody knows was a transfer’s, whatever HTTP says',
      twirp(429, 'resource_exhausted', 'something new', {
        error_details: errorDetails({
          type: 'livekit.SIPTransferError',
          bytes: new SIPTransferError({ reason: 99 as SIPTransferReason }).toBinary(),
        }),
      }),
      'unknown api 7',
    ],
    [
      'a SIP status without a code says that SIP was asked',
      twirp(404, 'not_found', 'something new', {
        error_details: errorDetails(sipStatusDetail(0, '')),
        sip_status: 'SIP_STATUS_UNKNOWN',
      }),
      'unknown api 7',
    ],
    [
      'REJECTED at the REFER',
      twirp(403, 'x', 'sip status: 603: Decline', {
        error_details: errorDetails(
          transferErrorDetail('STR_REJECTED', { code: 603, status: 'Decline' }),
        ),
      }),
      'refused refer 1',
    ],
    [
      'REJECTED in the NOTIFY',
      twirp(403, 'x', 'call transfer failed: sip status: 603: Decline', {
        error_details: errorDetails(
          sipStatusDetail(603, 'Decline'),
          transferErrorDetail('STR_REJECTED', { code: 603, status: 'Decline' }),
        ),
      }),
      'target-failed notify 1',
    ],
    [
      'details of an unknown type',
      twirp(408, 'x', 'request timed out', {
        error_details: errorDetails({ type: 'livekit.SIPNovelty', bytes: Buffer.from('??') }),
      }),
      'unknown notify 7',
    ],
    [
      'details that are no base64',
      twirp(408, 'x', 'request timed out', { error_details: '***' }),
      'unknown notify 7',
    ],
  ])('%s', (_, outcome, expected) => {
    expect(judge(outcome)).toBe(expected);
  });

  it('give transfer id and reason, and leave unknown meta keys in place', () => {
    const meta = {
      error_details: errorDetails(transferErrorDetail('STR_CANCELED')),
      novelty: 'yes',
    };
    const { livekit } = classifyAnswer(twirp(408, 'canceled', 'x', meta));
    expect(livekit).toMatchObject({ transferId: 'STR_9', reason: 'STR_CANCELED', meta });
  });
});
