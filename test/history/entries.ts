/** The two entries of a transfer. */
import type { OutcomeEntry, SentEntry } from '../../src/history/entry.ts';

export const SENT: SentEntry = {
  type: 'sent',
  id: '1',
  time: '2026-11-23T20:49:15.692Z',
  callId: 'SCL_1',
  phoneNumber: '+15105550100',
  phoneNumberRaw: '+15105550100',
  callerName: null,
  room: 'room-1',
  identity: 'sip_+15105550100',
  calledNumber: '+15550001111',
  direction: 'inbound',
  trunkId: 'ST_1',
  provider: 'twilio',
  host: 'sip.example.com',
  sipIds: { 'sip.callIDFull': 'abc@10.0.0.1' },
  to: 'sales',
  referTo: 'sip:100@pbx.company.com',
  transferMethod: 'refer',
  bridgeTrunkId: null,
  livekit: 'livekit.example.com',
  pid: 123,
  machine: 'abc123',
};

export const OUTCOME: OutcomeEntry = {
  type: 'outcome',
  id: '1',
  time: '2026-11-23T20:49:16.000Z',
  outcome: 'refused',
  interrupted: false,
  callerIs: 'on-the-line',
  leg: 'listed',
  stage: 'refer',
  sip: { code: 405, reason: 'Method Not Allowed' },
  evidence: null,
  exitCode: 1,
  durationMs: 7,
  message: 'The trunk refused it.',
  transferId: 'TR_1',
};
