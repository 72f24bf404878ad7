/** The demo's trunks: one that honours REFER, one for each way not to, and those to dial out on. */
import { stableSuffix } from '../world/participants.ts';
import type { TrunkSeed } from '../world/seed-types.ts';
import { demoTestTrunks } from './test-trunks.ts';

export const HONOURING_TRUNK: TrunkSeed = {
  id: 'ST_honours00001',
  name: 'Twilio main',
  direction: 'inbound',
  number: '+15105550001',
  hostname: 'example.pstn.twilio.com',
  behaviour: 'honours-refer',
  attributes: {
    'sip.twilio.accountSid': 'AC00000000000000000000000000005a4d',
    'sip.twilio.callSid': 'CA00000000000000000000000000005a4d',
  },
};

export const OUTBOUND_TRUNK: TrunkSeed = {
  id: 'ST_outbound0001',
  name: 'Twilio outbound',
  direction: 'outbound',
  number: '+15105550009',
  hostname: 'example.pstn.twilio.com',
  behaviour: 'honours-refer',
};

/** Trunks that misbehave, each with one stuck call on it. */
export const MISBEHAVING_TRUNKS: readonly TrunkSeed[] = [
  {
    id: 'ST_refuses40501',
    name: 'No REFER (405)',
    direction: 'inbound',
    number: '+15105550002',
    hostname: 'sbc.example.net',
    behaviour: { refuses: 405 },
  },
  {
    // Telnyx declines every REFER until it has switched the feature on for the account.
    id: 'ST_refuses60301',
    name: 'Telnyx, REFER off (603)',
    direction: 'inbound',
    number: '+15105550003',
    hostname: 'sip.telnyx.com',
    behaviour: { refuses: 603 },
    attributes: {
      'sip.telnyx.callLegID': stableSuffix('telnyx leg'),
      'sip.telnyx.callSessionID': stableSuffix('telnyx session'),
    },
  },
  {
    id: 'ST_noNotify0001',
    name: 'Never reports',
    direction: 'inbound',
    number: '+15105550004',
    hostname: 'quiet.example.net',
    behaviour: 'never-notifies',
  },
  {
    id: 'ST_noAnswer0001',
    name: 'Ignores REFER',
    direction: 'inbound',
    number: '+15105550005',
    hostname: 'deaf.example.net',
    behaviour: 'never-answers',
  },
  {
    id: 'ST_byeFirst0001',
    name: 'Hangs up before it reports',
    direction: 'inbound',
    number: '+15105550006',
    hostname: 'hasty.example.net',
    behaviour: 'hangs-up-before-notify',
  },
  {
    id: 'ST_byeAfter0001',
    name: 'Hangs up first',
    direction: 'inbound',
    number: '+15105550007',
    hostname: 'pbx.example.net',
    behaviour: 'hangs-up-after-notify',
  },
  {
    id: 'ST_onHold000001',
    name: 'Puts on hold',
    direction: 'inbound',
    number: '+15105550008',
    hostname: 'hold.example.net',
    behaviour: 'holds-without-audio',
  },
];

export const demoTrunks: readonly TrunkSeed[] = [
  HONOURING_TRUNK,
  ...MISBEHAVING_TRUNKS,
  OUTBOUND_TRUNK,
  ...demoTestTrunks,
];
