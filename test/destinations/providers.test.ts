import { describe, expect, it } from 'vitest';
import {
  isForeignHost,
  type ProviderName,
  providerPresets,
  wantedAddress,
} from '../../src/destinations/providers.ts';

const NAMES = Object.keys(providerPresets) as ProviderName[];

describe('the address that a provider wants', () => {
  it.each<[ProviderName, string | null, string | null]>([
    ['twilio', '+15105550100', 'tel:+15105550100 or sip:+15105550100@<trunk>.pstn.twilio.com'],
    ['twilio', null, 'tel:+<number> or sip:+<number>@<trunk>.pstn.twilio.com'],
    ['telnyx', '+15105550100', 'sip:+15105550100@sip.telnyx.com'],
    ['plivo', '+15105550100', 'sip:+15105550100@<trunk>.zt.plivo.com'],
    ['didww', '+15105550100', 'sip:15105550100@<its domain>'],
    ['wavix', null, 'sip:+<number>@<its domain>'],
    ['asterisk', '+15105550100', 'sip:<extension>@<its domain>'],
    ['livekit', null, null],
  ])('%s, %s: %s', (provider, number, address) => {
    expect(wantedAddress(provider, number)).toBe(address);
  });

  it.each(NAMES)('of %s is known where it has REFER', (name) => {
    expect(wantedAddress(name, null) !== null).toBe(providerPresets[name].refer);
  });
});

describe('a foreign host', () => {
  it.each<[ProviderName, string, boolean]>([
    ['twilio', 'sip:+15105550100@example.pstn.twilio.com', false],
    ['twilio', 'sip:+15105550100@EXAMPLE.pstn.twilio.com:5061;transport=tls', false],
    ['twilio', 'sip:+15105550100@192.0.2.1', true],
    ['twilio', 'sips:100@pbx.company.com?User-to-User=x', true],
    ['twilio', 'sip:pstn.twilio.com', true],
    ['twilio', 'tel:+15105550100', false],
    ['asterisk', 'sip:100@anywhere.example', false],
  ])('of %s: %s is one: %s', (provider, referTo, foreign) => {
    expect(isForeignHost(provider, referTo)).toBe(foreign);
  });
});
