/**
 * The demo's trunks to test by dialling out: one for each way that providers take a REFER, or the
 * call before it. None of them has a call on it.
 */
import { stableSuffix } from '../world/participants.ts';
import type { TrunkSeed } from '../world/seed-types.ts';

type Outbound = Omit<TrunkSeed, 'direction'>;

/** Trunks that can be dialled over, by what they do with the REFER. */
const REFERRED: readonly Outbound[] = [
  {
    id: 'ST_outSinch0001',
    name: 'Sinch',
    number: '+15105550021',
    hostname: 'example.pstn.sinch.com',
    behaviour: 'honours-refer',
    mediaTimeoutS: 120,
  },
  {
    // A good transfer ends the leg at once, and looks like a call that merely ended.
    id: 'ST_outPlivo0001',
    name: 'Plivo, hangs up first',
    number: '+15105550022',
    hostname: 'example.zt.plivo.com',
    behaviour: 'hangs-up-after-notify',
  },
  {
    id: 'ST_outNoRefer01',
    name: 'Carrier without REFER (405)',
    number: '+15105550023',
    hostname: 'sbc.example.net',
    behaviour: { refuses: 405 },
  },
  {
    id: 'ST_outTelnyx001',
    name: 'Telnyx outbound, REFER off (603)',
    number: '+15105550024',
    hostname: 'sip.telnyx.com',
    behaviour: { refuses: 603 },
    attributes: {
      'sip.telnyx.callLegID': stableSuffix('telnyx outbound leg'),
      'sip.telnyx.callSessionID': stableSuffix('telnyx outbound session'),
    },
  },
  {
    id: 'ST_outTwilio403',
    name: 'Twilio, PSTN transfer off (403)',
    number: '+15105550025',
    hostname: 'second.pstn.twilio.com',
    behaviour: { refuses: 403 },
  },
  {
    id: 'ST_outAuth40701',
    name: 'Wants a password for REFER (407)',
    number: '+15105550026',
    hostname: 'auth.example.net',
    behaviour: { refuses: 407 },
  },
  {
    id: 'ST_outAsterisk1',
    name: 'Asterisk, no such address (400)',
    number: '+15105550027',
    hostname: 'asterisk.example.net:5062',
    behaviour: { refuses: 400 },
  },
  {
    id: 'ST_outIgnores01',
    name: 'Ignores REFER, outbound',
    number: '+15105550028',
    hostname: 'deaf.example.net',
    behaviour: 'never-answers',
  },
  {
    id: 'ST_outSilent001',
    name: 'Accepts and never reports',
    number: '+15105550029',
    hostname: 'quiet.example.net',
    behaviour: 'never-notifies',
  },
  {
    id: 'ST_outNetSap001',
    name: 'NetSapiens, BYE for NOTIFY',
    number: '+15105550030',
    hostname: 'netsapiens.example.net',
    behaviour: 'hangs-up-before-notify',
  },
  {
    id: 'ST_outHolds0001',
    name: 'Puts on hold, outbound',
    number: '+15105550031',
    hostname: 'hold.example.net',
    behaviour: 'holds-without-audio',
  },
  {
    id: 'ST_outInternal1',
    name: 'Connects our numbers itself',
    number: '+15105550032',
    hostname: 'onnet.example.net',
    behaviour: 'honours-refer',
    connectsInternally: true,
  },
];

/** Trunks on which the test call itself goes wrong. */
const UNDIALLED: readonly Outbound[] = [
  {
    id: 'ST_outDrops0001',
    name: 'Drops its calls',
    number: '+15105550033',
    hostname: 'flaky.example.net',
    behaviour: 'honours-refer',
    calleeHangsUpAfterMs: 500,
  },
  {
    id: 'ST_outBadPass01',
    name: 'Refuses our password',
    number: '+15105550034',
    hostname: 'register.example.net',
    behaviour: 'honours-refer',
    dial: 'refuses-password',
  },
  {
    id: 'ST_outNoPass001',
    name: 'Wants a password',
    number: '+15105550035',
    hostname: 'register.example.org',
    behaviour: 'honours-refer',
    dial: 'wants-password',
  },
  {
    id: 'ST_outNoAnswer1',
    name: 'Never answers an INVITE',
    number: '+15105550036',
    hostname: 'gone.example.net',
    behaviour: 'honours-refer',
    dial: 'never-answers',
  },
  {
    id: 'ST_outNoNumber1',
    name: 'Has no number',
    hostname: 'unfinished.example.net',
    behaviour: 'honours-refer',
  },
];

/** Numbers of ours at which a call does not become one: for loops, and for targets. */
const UNANSWERED_NUMBERS: readonly Omit<TrunkSeed, 'behaviour' | 'direction' | 'hostname'>[] = [
  {
    id: 'ST_noRule000001',
    name: 'No dispatch rule',
    number: '+15105550041',
    dispatch: 'rejected',
  },
  {
    id: 'ST_noAgent00001',
    name: 'No agent',
    number: '+15105550042',
    dispatch: { agentAfterMs: null },
  },
];

export const demoTestTrunks: readonly TrunkSeed[] = [
  ...[...REFERRED, ...UNDIALLED].map((trunk): TrunkSeed => ({ ...trunk, direction: 'outbound' })),
  ...UNANSWERED_NUMBERS.map(
    (trunk): TrunkSeed => ({
      ...trunk,
      direction: 'inbound',
      hostname: 'example.pstn.twilio.com',
      behaviour: 'honours-refer',
    }),
  ),
];
