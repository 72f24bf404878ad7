/** The same status on the trunks of different providers. */
import { describe, expect, it } from 'vitest';
import { type ProviderName, providerPresets } from '../../../src/destinations/providers.ts';
import type { Advice, SipStage } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { call } from '../../support/livekit.ts';
import { destination } from '../plans.ts';
import { explainStatus, facts } from './transfer-facts.ts';

const NUMBER = destination({
  input: '+15105550100',
  kind: 'number',
  department: null,
  number: '+15105550100',
  referTo: 'tel:+15105550100',
});
const typed = (referTo: string) =>
  destination({ input: referTo, kind: 'uri', department: null, number: null, referTo });
const byPreset = (provider: string, referTo: string) =>
  destination({ ...NUMBER, referTo, rule: `preset ${provider}` });
const EXTENSION = destination();

type Case = [
  provider: ProviderName,
  stage: SipStage,
  code: number,
  destination: ReturnType<typeof destination>,
  words: string,
  advice: Partial<Advice>,
];

const TWILIO_SETTING = 'trunk → Features → Call Transfer and Enable PSTN Transfer';
const TWILIO_ADDRESS = 'tel:+15105550100 or sip:+15105550100@<trunk>.pstn.twilio.com';

describe('a status on the trunk of a known provider', () => {
  it.each<Case>([
    [
      'twilio',
      'refer',
      403,
      NUMBER,
      'switch on Call Transfer (SIP REFER) and, for phone numbers, Enable PSTN Transfer: trunk → Features. Its own log says more (error 32218). Until then, use a warm transfer',
      { action: 'fix-trunk', setting: TWILIO_SETTING, warmTransfer: true, address: null },
    ],
    [
      'twilio',
      'refer',
      603,
      NUMBER,
      'switch on Call Transfer (SIP REFER)',
      { action: 'fix-trunk', setting: TWILIO_SETTING },
    ],
    [
      'twilio',
      'refer',
      403,
      typed('sip:+15105550100@192.0.2.1'),
      `it wants a phone number as ${TWILIO_ADDRESS} (sip: on any other domain means a SIP device to it). If that is refused too: switch on Call Transfer`,
      {
        action: 'fix-address',
        setting: TWILIO_SETTING,
        warmTransfer: false,
        address: TWILIO_ADDRESS,
      },
    ],
    [
      'twilio',
      'refer',
      403,
      EXTENSION,
      '; give sales a "number" in the config. If that is refused too: switch on',
      { action: 'fix-address' },
    ],
    [
      'twilio',
      'refer',
      603,
      EXTENSION,
      'Enable PSTN Transfer: trunk → Features. Besides, it wants a phone number as',
      { action: 'fix-trunk' },
    ],
    [
      'twilio',
      'refer',
      403,
      byPreset('twilio', 'sip:+15105550100@trunk.example.com'),
      'Twilio Elastic SIP Trunking: switch on Call Transfer',
      { address: null },
    ],
    [
      'twilio',
      'notify',
      403,
      NUMBER,
      'check that Enable PSTN Transfer (to phone numbers) is on',
      { setting: TWILIO_SETTING, warmTransfer: false },
    ],
    [
      'telnyx',
      'refer',
      603,
      byPreset('telnyx', 'sip:+15105550100@sip.telnyx.com'),
      'as far as is known it declines every transfer until its support has switched SIP REFER on for the account: ask them. The outbound voice profile must allow the target, and a Diversion header (--header) must carry your Telnyx number.',
      { action: 'fix-trunk', setting: 'SIP REFER for the account, by its support' },
    ],
    [
      'telnyx',
      'refer',
      603,
      NUMBER,
      'Besides, it does not take tel: addresses (a bare number), it wants sip:+15105550100@sip.telnyx.com.',
      { action: 'fix-trunk', address: 'sip:+15105550100@sip.telnyx.com' },
    ],
    [
      'telnyx',
      'refer',
      404,
      NUMBER,
      'Telnyx: it does not take tel: addresses (a bare number), it wants sip:+15105550100@sip.telnyx.com.',
      { action: 'fix-address', setting: null },
    ],
    [
      'telnyx',
      'notify',
      403,
      NUMBER,
      'the outbound voice profile must allow the target.',
      { setting: 'outbound voice profile → the target allowed' },
    ],
    [
      'plivo',
      'refer',
      403,
      typed('sip:+15105550100@10.0.0.1'),
      'it wants phone numbers on its own domain, as sip:+15105550100@<trunk>.zt.plivo.com.',
      { action: 'fix-address' },
    ],
    [
      'plivo',
      'refer',
      603,
      typed('sip:+15105550100@217.zt.plivo.com'),
      'transfers are on by default, but other domains and private addresses are blocked. Ask its support',
      { action: 'ask-provider', setting: null, warmTransfer: true },
    ],
    [
      'didww',
      'refer',
      403,
      byPreset('didww', 'sip:15105550100@out.didww.com'),
      'on the inbound trunk, set Max Transfers above 0, with a user name and password.',
      { setting: 'inbound trunk → Max Transfers above 0, with a user name and password' },
    ],
    [
      'didww',
      'refer',
      416,
      NUMBER,
      'it wants sip:15105550100@<its domain>.',
      { action: 'fix-address' },
    ],
    [
      'wavix',
      'refer',
      404,
      typed('sip:+15105550100@gw.wavix.net'),
      'it transfers only between two Wavix numbers, so the target must be one too.',
      { action: 'other-destination' },
    ],
    [
      'wavix',
      'notify',
      603,
      NUMBER,
      'it answers 603 as well when calls come faster than its cap allows. Try again in a minute',
      { action: 'retry-later' },
    ],
    [
      'sinch',
      'refer',
      603,
      typed('sip:+15105550100@my.trunk.sinch.com'),
      'as far as is known it wants the new number on your own trunk domain.',
      { action: 'ask-provider' },
    ],
    [
      'asterisk',
      'refer',
      400,
      NUMBER,
      'it does not take tel: addresses (a bare number), it wants sip:<extension>@<its domain>.',
      { action: 'fix-address', address: 'sip:<extension>@<its domain>' },
    ],
    [
      'asterisk',
      'refer',
      603,
      EXTENSION,
      'it answers 603 while allow_transfer is off: set allow_transfer=yes on the endpoint.',
      { setting: 'endpoint → allow_transfer=yes' },
    ],
    [
      'asterisk',
      'notify',
      404,
      EXTENSION,
      'the extension must exist in the context for transfers (the part of the dialplan they use).',
      { action: 'fix-address' },
    ],
    [
      'freeswitch',
      'refer',
      403,
      EXTENSION,
      'it answers 403 while its SIP profile sets disable-transfer: switch that off.',
      { setting: 'SIP profile → disable-transfer off' },
    ],
    [
      'freeswitch',
      'notify',
      403,
      EXTENSION,
      'it takes every transfer on and may deny it later',
      { action: 'fix-trunk', warmTransfer: false },
    ],
    [
      'freeswitch',
      'notify',
      404,
      EXTENSION,
      'it takes what stands before the @ for the extension and ignores the host',
      { action: 'fix-address' },
    ],
  ])('%s, %s %d', (provider, stage, code, to, words, advice) => {
    const told = explainStatus(stage, code, { provider, destination: to });
    expect(told.hint).toContain(words);
    expect(told.hint).toContain(`This trunk is ${providerPresets[provider].title}: `);
    expect(told.advice).toMatchObject({ provider, ...advice });
  });

  const WITH_REFER = (Object.keys(providerPresets) as ProviderName[]).filter(
    (name) => providerPresets[name].refer,
  );

  it.each(WITH_REFER)('%s: “no REFER here” contradicts what is documented', (provider) => {
    const { setting } = providerPresets[provider];
    const { hint, advice } = explainStatus('refer', 405, { provider });
    expect(hint).toContain('it has call transfer (SIP REFER)');
    expect(hint).toContain('If it stays so, use a warm transfer');
    expect(advice).toMatchObject({ provider, setting, warmTransfer: true });
    if (setting !== null) expect(hint).toContain(setting);
  });

  it.each(WITH_REFER)('%s: what is not of the provider keeps the general words', (provider) => {
    for (const [stage, code] of [
      ['refer', 491],
      ['refer', 481],
      ['notify', 486],
    ] as const) {
      const told = explainStatus(stage, code, { provider });
      expect(told).toEqual(explainStatus(stage, code));
      expect(told.advice).toMatchObject({ provider: null, setting: null, address: null });
    }
  });

  it.each(WITH_REFER)('%s: no status reads like trouble with a key, or is long', (provider) => {
    for (const to of [NUMBER, EXTENSION, typed('sip:+15105550100@192.0.2.1')]) {
      for (const stage of ['refer', 'notify'] as const) {
        for (const code of [400, 403, 404, 405, 484, 603, 604]) {
          const { hint, text } = explainStatus(stage, code, { provider, destination: to });
          expect(text).not.toMatch(/permission_denied|invalid_argument|NOTIFY|undefined|null/);
          expect(text).not.toMatch(/\b(API|key|secret|credentials?|token)\b/i);
          expect(hint?.match(/\.(?= [A-Z]|$)/g)?.length).toBeLessThanOrEqual(3);
        }
      }
    }
  });
});

describe('whose trunk it is', () => {
  const opening = (wishes: Partial<TransferFacts>) =>
    explainStatus('refer', 603, wishes).hint?.split(':')[0];
  const recognised = (direction: 'inbound' | 'outbound') => call({ provider: 'twilio', direction });

  it.each<[string, Partial<TransferFacts>, string]>([
    [
      'is what the config says',
      { provider: 'telnyx', call: recognised('inbound') },
      'This trunk is Telnyx',
    ],
    [
      'is what an outbound call shows',
      { call: recognised('outbound') },
      'This trunk is Twilio Elastic SIP Trunking',
    ],
    [
      'is only what it looks like, inbound',
      { call: recognised('inbound') },
      'This looks like Twilio Elastic SIP Trunking',
    ],
    [
      'is what it looks like, where the config names none',
      { provider: null, call: recognised('inbound') },
      'This looks like Twilio Elastic SIP Trunking',
    ],
  ])('%s', (_, wishes, start) => {
    expect(opening(wishes)).toBe(start);
  });

  it('is not guessed', () => {
    expect(explainStatus('refer', 603).advice.provider).toBeNull();
    // A trunk without REFER answers by LiveKit's API; a SIP status on it has the general words.
    expect(explainStatus('refer', 603, { provider: 'livekit' })).toEqual(
      explainStatus('refer', 603),
    );
  });
});

it('an Asterisk’s quick success is told with its reserve', () => {
  const quick = { provider: 'asterisk', durationMs: 400, leg: 'gone' } as const;
  expect(explain(facts('completed', {}, quick)).hint).toContain('refer_blind_progress=no');
  expect(explain(facts('completed', {}, { ...quick, durationMs: 1000 })).hint).toBeNull();
  expect(explain(facts('completed', {}, { ...quick, provider: 'twilio' })).hint).toBeNull();
});
