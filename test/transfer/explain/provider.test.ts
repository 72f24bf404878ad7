/** The same status on the trunks of different providers. */
import { describe, expect, it } from 'vitest';
import { type ProviderName, providerPresets } from '../../../src/destinations/providers.ts';
import type { Action, SipStage } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { sipWords } from '../../../src/transfer/explain/status.ts';
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
  action: Action,
  setting: string | null,
  address: string | null,
];

const TWILIO_SETTING = 'trunk → Features → Call Transfer and Enable PSTN Transfer';
const TWILIO_ADDRESS = 'tel:+15105550100 or sip:+15105550100@<trunk>.pstn.twilio.com';
const TWILIO_ANY = 'tel:+<number> or sip:+<number>@<trunk>.pstn.twilio.com';
const TELNYX_SETTING = 'SIP REFER for the account, by its support';
const TELNYX_ADDRESS = 'sip:+15105550100@sip.telnyx.com';
/** How advice ends where the caller can be bridged meanwhile. */
const BRIDGES = ' --method bridge`.';
const WAVIX_ADDRESS = 'sip:+15105550100@<its domain>';
const ALLOW_TRANSFER = 'endpoint → allow_transfer=yes';
const ANY_EXTENSION = 'sip:<extension>@<its domain>';
const NOT_DISABLED = 'SIP profile → disable-transfer off';

describe('a status on the trunk of a known provider', () => {
  // biome-ignore format: one answer a line
  it.each<Case>([
    ['twilio', 'refer', 403, NUMBER, 'fix-trunk', TWILIO_SETTING, null],
    ['twilio', 'refer', 603, NUMBER, 'fix-trunk', TWILIO_SETTING, null],
    // The address first, and then the setting, which may be behind it as well.
    ['twilio', 'refer', 403, typed('sip:+15105550100@192.0.2.1'), 'fix-address', TWILIO_SETTING, TWILIO_ADDRESS],
    ['twilio', 'refer', 403, EXTENSION, 'fix-address', TWILIO_SETTING, TWILIO_ANY],
    ['twilio', 'refer', 603, EXTENSION, 'fix-trunk', TWILIO_SETTING, TWILIO_ANY],
    ['twilio', 'refer', 403, byPreset('twilio', 'sip:+15105550100@trunk.example.com'), 'fix-trunk', TWILIO_SETTING, null],
    ['twilio', 'notify', 403, NUMBER, 'fix-trunk', TWILIO_SETTING, null],
    ['telnyx', 'refer', 603, byPreset('telnyx', 'sip:+15105550100@sip.telnyx.com'), 'fix-trunk', TELNYX_SETTING, null],
    ['telnyx', 'refer', 603, NUMBER, 'fix-trunk', TELNYX_SETTING, TELNYX_ADDRESS],
    ['telnyx', 'refer', 404, NUMBER, 'fix-address', null, TELNYX_ADDRESS],
    ['telnyx', 'notify', 403, NUMBER, 'fix-trunk', 'outbound voice profile → the target allowed', null],
    ['plivo', 'refer', 403, typed('sip:+15105550100@10.0.0.1'), 'fix-address', null, 'sip:+15105550100@<trunk>.zt.plivo.com'],
    ['plivo', 'refer', 603, typed('sip:+15105550100@217.zt.plivo.com'), 'ask-provider', null, null],
    ['didww', 'refer', 403, byPreset('didww', 'sip:15105550100@out.didww.com'), 'fix-trunk', 'inbound trunk → Max Transfers above 0, with a user name and password', null],
    ['didww', 'refer', 416, NUMBER, 'fix-address', null, 'sip:15105550100@<its domain>'],
    ['wavix', 'refer', 404, typed('sip:+15105550100@gw.wavix.net'), 'other-destination', null, null],
    ['wavix', 'refer', 603, NUMBER, 'other-destination', null, WAVIX_ADDRESS],
    ['wavix', 'notify', 603, NUMBER, 'retry-later', null, null],
    ['sinch', 'refer', 603, typed('sip:+15105550100@my.trunk.sinch.com'), 'ask-provider', null, null],
    ['asterisk', 'refer', 400, NUMBER, 'fix-address', null, ANY_EXTENSION],
    ['asterisk', 'refer', 603, EXTENSION, 'fix-trunk', ALLOW_TRANSFER, null],
    ['asterisk', 'notify', 404, EXTENSION, 'fix-address', null, null],
    ['freeswitch', 'refer', 403, EXTENSION, 'fix-trunk', NOT_DISABLED, null],
    ['freeswitch', 'notify', 403, EXTENSION, 'fix-trunk', NOT_DISABLED, null],
    ['freeswitch', 'notify', 404, EXTENSION, 'fix-address', null, null],
  ])('%s, %s %d', (provider, stage, code, to, action, setting, address) => {
    const { message, hint, advice } = explainStatus(stage, code, { provider, destination: to });
    // Until the trunk is set up otherwise, its callers go by a warm transfer.
    const warmTransfer = stage === 'refer' && (action === 'fix-trunk' || action === 'ask-provider');
    const { meaning } = sipWords(code, stage);
    expect(advice).toMatchObject({ meaning, action, warmTransfer, provider, setting, address });
    expect(advice.command !== null).toBe(warmTransfer);
    expect(message).toContain(meaning);
    expect(hint).toContain(`This trunk is ${providerPresets[provider].title}: `);
    expect(hint?.endsWith(BRIDGES)).toBe(warmTransfer);
    if (address !== null) expect(hint).toContain(address);
  });

  it('a department without a number is told to have one, where the provider wants numbers', () => {
    const wanted = (to: typeof EXTENSION) =>
      explainStatus('refer', 404, { provider: 'twilio', destination: to }).hint;
    expect(wanted(EXTENSION)).toContain('give sales a "number" in the config');
    expect(wanted(typed('sip:100@192.0.2.1'))).not.toContain('in the config');
  });

  it('a trunk whose provider only the call shows is to be named: the number may be there', () => {
    const { hint } = explainStatus('refer', 603, {
      call: call({ provider: 'telnyx' }),
      destination: EXTENSION,
    });
    expect(hint).toContain(
      '; in the config, give this trunk "provider": "telnyx", and sales a "number" if it has none.',
    );
  });

  const WITH_REFER = (Object.keys(providerPresets) as ProviderName[]).filter(
    (name) => providerPresets[name].refer,
  );

  it.each(WITH_REFER)('%s: “no REFER here” contradicts what is documented', (provider) => {
    const { setting } = providerPresets[provider];
    const { hint, advice } = explainStatus('refer', 405, { provider });
    const action = setting === null ? 'ask-provider' : 'fix-trunk';
    expect(advice).toMatchObject({ provider, action, setting, address: null, warmTransfer: true });
    expect(hint).not.toBe(explainStatus('refer', 405).hint);
    expect(hint?.endsWith(BRIDGES)).toBe(true);
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
          expect(hint?.match(/\.(?= [A-Z]|$)/g)?.length).toBeLessThanOrEqual(5);
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
