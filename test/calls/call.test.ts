import { describe, expect, it } from 'vitest';
import { callIdOf, isForwarded, isTransferable, readCall } from '../../src/calls/call.ts';
import { caller, NOW, participant, room, secondsAgo } from '../support/livekit.ts';

const read = (wishes: Parameters<typeof caller>[0], inRoom = room()) =>
  readCall(caller(wishes), inRoom, NOW);
const withAttributes = (attributes: Record<string, string>) =>
  readCall(participant({ kind: 'SIP', attributes }), room(), NOW);

describe('which participants are calls', () => {
  it.each<[string, Parameters<typeof participant>[0], string | null]>([
    ['a SIP participant', { kind: 'SIP', attributes: { 'sip.callID': 'SCL_1' } }, 'SCL_1'],
    ['a SIP participant without a call id', { kind: 'SIP' }, null],
    [
      'a SIP participant with an empty call id',
      { kind: 'SIP', attributes: { 'sip.callID': '' } },
      null,
    ],
    [
      'a person who claims a call id',
      { kind: 'STANDARD', attributes: { 'sip.callID': 'SCL_1' } },
      null,
    ],
    [
      'an agent that claims a call id',
      { kind: 'AGENT', attributes: { 'sip.callID': 'SCL_1' } },
      null,
    ],
    ['a WhatsApp caller', { kind: 'CONNECTOR', attributes: { 'sip.callID': 'SCL_1' } }, null],
    ['a kind nobody knows', { kind: 'NOVELTY', attributes: { 'sip.callID': 'SCL_1' } }, null],
  ])('%s', (_, wishes, callId) => {
    expect(callIdOf(participant(wishes))).toBe(callId);
    const read = readCall(participant(wishes), room(), NOW);
    expect(read?.callId ?? null).toBe(wishes?.kind === 'SIP' ? (callId ?? '') : null);
    if (callId === null) expect(read?.transferable ?? false).toBe(false);
  });
});

describe('a call', () => {
  it('has the fields that scripts lean on', () => {
    expect(read({})).toEqual({
      callId: 'SCL_1',
      room: 'room-1',
      roomSid: 'RM_1',
      identity: 'sip_+15105550100',
      name: 'Phone +15105550100',
      phoneNumber: '+15105550100',
      phoneNumberRaw: '+15105550100',
      calledNumber: '+15550001111',
      direction: 'inbound',
      status: 'active',
      condition: 'unremarkable',
      conditionSince: null,
      stuck: false,
      transferable: true,
      recording: false,
      trunkId: 'ST_1',
      ruleId: 'SDR_1',
      host: 'sip.example.com',
      provider: null,
      agent: null,
      joinedAt: '2026-11-23T20:47:40.692Z',
      ageSeconds: 95,
    });
  });

  it('with nothing but an id has nulls for the rest', () => {
    expect(withAttributes({ 'sip.callID': 'SCL_1' })).toMatchObject({
      phoneNumber: null,
      phoneNumberRaw: null,
      calledNumber: null,
      direction: 'outbound',
      status: null,
      transferable: false,
      trunkId: null,
      ruleId: null,
      host: null,
      provider: null,
    });
  });

  it.each([
    ['+15105550100', '+15105550100'],
    ['+442079460000', '+442079460000'],
    ['anonymous', null],
    ['1001', null],
    ['15105550100', null],
    ['+0123456789', null],
    ['+1 510 555 0100', '+15105550100'],
    ['+1-510-555-0100', '+15105550100'],
    ['+1.510.555.0100;npdi;rn=+15105550000', '+15105550100'],
    ['+1510555010012345', null],
    ['+15105550100;phone-context=x', '+15105550100'],
    [';+15105550100', null],
    ['++15105550100', null],
    ['+15105550100\n', null],
  ])('from %j has the number %j', (raw, number) => {
    expect(read({ attributes: { 'sip.phoneNumber': raw } })).toMatchObject({
      phoneNumber: number,
      phoneNumberRaw: raw,
    });
  });

  it('is inbound when it came by a dispatch rule, and outbound when not', () => {
    expect(read({})?.direction).toBe('inbound');
    expect(read({ attributes: { 'sip.ruleID': '' } })?.direction).toBe('outbound');
  });

  it.each([
    ['active', 'active', true],
    ['automation', 'automation', true],
    ['ringing', 'ringing', false],
    ['dialing', 'dialing', false],
    ['hangup', 'hangup', false],
    ['ACTIVE', null, false],
    ['novelty', null, false],
  ] as const)('that is “%s” has the status %s, transferable: %s', (text, status, transferable) => {
    expect(read({ attributes: { 'sip.callStatus': text } })).toMatchObject({
      status,
      transferable,
    });
    expect(isTransferable(status)).toBe(transferable);
  });

  it.each([
    [secondsAgo(0), 0],
    [secondsAgo(95), 95],
    // This machine's clock runs behind the server's.
    [secondsAgo(-20), 0],
    [0, null],
  ])('that joined at %d has been up for %j s', (joinedAtMs, ageSeconds) => {
    const call = read({ joinedAtMs });
    expect(call?.ageSeconds).toBe(ageSeconds);
    expect(call?.joinedAt === null).toBe(ageSeconds === null);
  });

  const INVITE = 'lk.sip.inviteTime';
  const ANSWER = 'lk.sip.answerTime';
  it.each<[string, Record<string, string>, number]>([
    ['counts from its INVITE, over a reconnect', { [INVITE]: `${secondsAgo(600)}` }, 600],
    [
      'counts from the earliest that is known',
      { [ANSWER]: `${secondsAgo(580)}`, 'lk.sip.pinEnteredTime': `${secondsAgo(500)}` },
      580,
    ],
    [
      'counts from the INVITE before the answer',
      { [INVITE]: `${secondsAgo(600)}`, [ANSWER]: `${secondsAgo(580)}` },
      600,
    ],
    ['is not younger than its participant', { [INVITE]: `${secondsAgo(3)}` }, 95],
    ['bears a clock that runs ahead', { [INVITE]: `${secondsAgo(-59)}` }, 95],
    ['does not believe the future', { [INVITE]: `${secondsAgo(-61)}` }, 95],
    ['does not believe a week and more', { [INVITE]: `${secondsAgo(604_801)}` }, 95],
    ...[
      '',
      '0',
      '-1',
      'NaN',
      '1e12',
      ' 1795466860692',
      '1795466860',
      '1795466860692000000',
      '0x1',
      '١٢٣',
    ].map((written): [string, Record<string, string>, number] => [
      `does not believe “${written}”`,
      { [INVITE]: written },
      95,
    ]),
  ])('%s', (_, attributes, ageSeconds) => {
    const call = read({ attributes });
    expect(call?.ageSeconds).toBe(ageSeconds);
    expect(call?.joinedAt).toBe(new Date(secondsAgo(ageSeconds)).toISOString());
  });

  it('that only its INVITE dates has an age', () => {
    const attributes = { [INVITE]: `${secondsAgo(16)}` };
    expect(read({ attributes, joinedAtMs: 0 })?.ageSeconds).toBe(16);
  });

  it.each([
    [{ 'sip.twilio.callSid': 'CA1' }, 'twilio'],
    [{ 'sip.telnyx.callLegID': '1' }, 'telnyx'],
    [{ 'sip.hostname': 'x.zt.plivo.com' }, 'plivo'],
    [{ 'sip.hostname': 'sip.example.com:5060' }, null],
  ])('with %j came by %j', (attributes, provider) => {
    expect(read({ attributes })?.provider).toBe(provider);
  });

  it('is recorded when its room is', () => {
    expect(read({}, room({ activeRecording: true }))?.recording).toBe(true);
  });

  it('is a copy when its participant is forwarded', () => {
    expect(isForwarded(caller({ kindDetails: ['FORWARDED'] }))).toBe(true);
    expect(isForwarded(caller({ kindDetails: ['NOVELTY'] }))).toBe(false);
  });
});
