import { describe, expect, it } from 'vitest';
import {
  addressFormWarning,
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

describe('an address form that the provider is known to refuse', () => {
  it.each<[ProviderName, string, string | null]>([
    ['twilio', 'tel:+15105550100', null],
    ['twilio', 'sip:+15105550100@example.pstn.twilio.com', null],
    ['twilio', 'sip:100@pbx.company.com', null],
    ['twilio', 'sip:+15105550100@pbx.company.com', null],
    ['twilio', 'sip:100@192.0.2.1', null],
    ['twilio', 'sip:+15105550100@192.0.2.1:5060', 'answers 403 to a phone number at an IP address'],
    ['twilio', 'sip:1-510-555-0100;x=y@[2001:db8::1]', 'it needs sip:{number}@its-domain.pstn.'],
    ['telnyx', 'tel:+15105550100', 'it needs sip:{number}@sip.telnyx.com'],
    ['telnyx', 'sip:+15105550100@sip.telnyx.com', null],
    ['plivo', 'tel:+15105550100', 'does not take tel: addresses'],
    ['plivo', 'sip:+15105550100@217.zt.plivo.com', null],
    ['plivo', 'sip:300@pbx.company.com', 'sends calls only to its own domain'],
    ['didww', 'tel:+15105550100', 'it needs sip:{digits}@its-domain'],
    ['wavix', 'tel:+15105550100', 'does not take tel: addresses'],
    ['asterisk', 'tel:+15105550100', 'does not take tel: addresses'],
    ['freeswitch', 'tel:+15105550100', null],
  ])('%s, %s: %s', (provider, referTo, warning) => {
    const given = addressFormWarning(provider, referTo);
    if (warning === null) expect(given).toBeNull();
    else expect(given).toContain(warning);
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
