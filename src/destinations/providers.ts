/**
 * The providers whose REFER is documented, and the address form each one wants.
 *
 * From the providers' own documentation and source, up to August 2026. This file is loaded at
 * start-up by the list of calls: it imports nothing that takes time.
 */
import type { DialTemplates, ProviderName } from '../config/types.ts';
import { bareHost, hostMatches } from './destination.ts';

export type { ProviderName };

interface ProviderPreset {
  title: string;
  /** Prefix of the participant attributes that LiveKit sets for this provider. */
  attributePrefix: string | null;
  /** Hosts of its trunks. */
  hosts: readonly string[];
  /** false: there is no REFER to be had. */
  refer: boolean;
  /** Put after a `domain` of the config that is a mere label: `example` + `.pstn.twilio.com`. */
  domainSuffix: string | null;
  /** Stands in for a `domain` that the config does not give. */
  defaultDomain: string | null;
  dial: Required<DialTemplates>;
  /** For a trunk whose config gives no domain, where the provider takes that form. */
  dialWithoutDomain: Required<DialTemplates> | null;
  /** The provider refuses tel: addresses. */
  refusesTel: boolean;
  /** Which SIP hosts but its own it refuses: all of them, or IP addresses behind a phone number. */
  refusesHosts: 'foreign' | 'ip-of-a-number' | null;
  /** It hangs up on the caller's leg itself once the target has answered. */
  hangsUpFirst: boolean;
  /** How REFER is switched on. */
  enable: string;
  /** The one thing to switch on for it, or to have switched on; null where there is none. */
  setting: string | null;
  /** What a refusal looks like. */
  refusal: string;
}

const PSTN = {
  refer: true,
  attributePrefix: null,
  defaultDomain: null,
  dialWithoutDomain: null,
  refusesHosts: null,
};
const PBX = {
  refer: true,
  attributePrefix: null,
  hosts: [],
  domainSuffix: null,
  defaultDomain: null,
  dialWithoutDomain: null,
  dial: { number: 'sip:{number}@{domain}', extension: 'sip:{extension}@{domain}' },
  hangsUpFirst: false,
  refusesHosts: null,
};

export const providerPresets: Readonly<Record<ProviderName, ProviderPreset>> = {
  twilio: {
    ...PSTN,
    title: 'Twilio Elastic SIP Trunking',
    attributePrefix: 'sip.twilio.',
    hosts: ['*.pstn.twilio.com'],
    domainSuffix: '.pstn.twilio.com',
    dial: { number: 'sip:{number}@{domain}', extension: null },
    dialWithoutDomain: { number: 'tel:{number}', extension: null },
    refusesTel: false,
    refusesHosts: 'ip-of-a-number',
    hangsUpFirst: false,
    enable:
      'trunk → Features → Call Transfer (SIP REFER) = enabled, and Enable PSTN Transfer (to phone numbers)',
    setting: 'trunk → Features → Call Transfer and Enable PSTN Transfer',
    refusal: '403, or 603; error 32218 in its own log',
  },
  telnyx: {
    ...PSTN,
    title: 'Telnyx',
    attributePrefix: 'sip.telnyx.',
    hosts: ['*.telnyx.com'],
    domainSuffix: null,
    defaultDomain: 'sip.telnyx.com',
    dial: { number: 'sip:{number}@{domain}', extension: null },
    refusesTel: true,
    hangsUpFirst: false,
    enable:
      'ask its support; the outbound voice profile must allow the target; it checks a Diversion header with your Telnyx number',
    setting: 'SIP REFER for the account, by its support',
    refusal: '603 on every attempt while off',
  },
  plivo: {
    ...PSTN,
    title: 'Plivo Zentrunk',
    hosts: ['*.zt.plivo.com'],
    domainSuffix: '.zt.plivo.com',
    dial: { number: 'sip:{number}@{domain}', extension: null },
    refusesTel: true,
    refusesHosts: 'foreign',
    hangsUpFirst: true,
    enable: 'on by default',
    setting: null,
    refusal: 'not documented; other domains and private addresses are blocked',
  },
  didww: {
    ...PSTN,
    title: 'DIDWW',
    hosts: ['*.didww.com'],
    domainSuffix: null,
    dial: { number: 'sip:{digits}@{domain}', extension: null },
    refusesTel: true,
    hangsUpFirst: false,
    enable: 'inbound trunk: Max Transfers above 0, with a user name and password',
    setting: 'inbound trunk → Max Transfers above 0, with a user name and password',
    refusal: 'not documented',
  },
  wavix: {
    ...PSTN,
    title: 'Wavix',
    hosts: ['*.wavix.net'],
    domainSuffix: null,
    dial: { number: 'sip:{number}@{domain}', extension: null },
    refusesTel: true,
    hangsUpFirst: false,
    enable: 'works between two Wavix numbers',
    setting: null,
    refusal: 'not documented',
  },
  sinch: {
    ...PSTN,
    title: 'Sinch Elastic SIP',
    hosts: ['*.sinch.com'],
    domainSuffix: null,
    dial: { number: 'sip:{number}@{domain}', extension: null },
    refusesTel: false,
    hangsUpFirst: false,
    enable: 'works, as far as is known; how to switch it on is not documented',
    setting: null,
    refusal: 'not documented',
  },
  asterisk: {
    ...PBX,
    title: 'Asterisk or FreePBX (PJSIP)',
    refusesTel: true,
    enable:
      'allow_transfer=yes on the endpoint (default); the extension must exist in the transfer context',
    setting: 'endpoint → allow_transfer=yes',
    refusal: '400 for tel:, 603 while off, NOTIFY 404 for an unknown extension',
  },
  freeswitch: {
    ...PBX,
    title: 'FreeSWITCH',
    refusesTel: false,
    enable: 'on by default; the profile must not set disable-transfer',
    setting: 'SIP profile → disable-transfer off',
    refusal: '403 while off, NOTIFY 403 when denied later',
  },
  livekit: {
    ...PSTN,
    title: 'LiveKit phone numbers',
    hosts: [],
    refer: false,
    domainSuffix: null,
    dial: { number: null, extension: null },
    refusesTel: false,
    hangsUpFirst: false,
    enable: 'not available; use a SIP trunk of a provider, or a bridge',
    setting: null,
    refusal: 'HTTP 501 unimplemented',
  },
};

const NAMES = Object.keys(providerPresets) as ProviderName[];

/**
 * Recognises the provider that a call came by.
 *
 * The attributes are LiveKit's; the host of an inbound call is the caller's own word. Both are
 * good to choose a preset of ours by where the config says nothing, and neither ever becomes part of
 * an address.
 * @returns the provider, or null when it is none of ours
 */
export function recogniseProvider({
  attributes,
  host,
}: {
  attributes: Readonly<Record<string, string>>;
  host: string | null;
}): ProviderName | null {
  const keys = Object.keys(attributes);
  for (const name of NAMES) {
    const prefix = providerPresets[name].attributePrefix;
    if (prefix !== null && keys.some((key) => key.startsWith(prefix))) return name;
  }
  return host === null ? null : providerOfHost(host);
}

/** Says which provider's trunk host a host is, or null. */
export function providerOfHost(host: string): ProviderName | null {
  const bare = bareHost(host);
  return (
    NAMES.find((name) =>
      providerPresets[name].hosts.some((pattern) => hostMatches(pattern, bare)),
    ) ?? null
  );
}

/** The first part of a domain, and what may follow a host: a port, parameters. */
const LABEL = /^([^.:;[\]]+)([:;].*)?$/;

/**
 * Makes the full domain of a trunk at its provider: `example` → `example.pstn.twilio.com`,
 * `example:5060` → `example.pstn.twilio.com:5060`.
 * @returns the domain, or null when neither the config nor the preset names one
 */
export function trunkDomain(provider: ProviderName, domain: string | undefined): string | null {
  const { domainSuffix, defaultDomain } = providerPresets[provider];
  if (domain === undefined || domain === '') return defaultDomain;
  const [, label, tail = ''] = LABEL.exec(domain) ?? [];
  return domainSuffix !== null && label !== undefined ? label + domainSuffix + tail : domain;
}

/**
 * Warns of an address form that a provider is known to refuse.
 * @param referTo the final Refer-To
 * @returns a sentence, or null
 */
export function addressFormWarning(provider: ProviderName, referTo: string): string | null {
  const preset = providerPresets[provider];
  const form = preset.dial.number?.replace(
    '{domain}',
    preset.defaultDomain ?? `its-domain${preset.domainSuffix ?? ''}`,
  );
  if (preset.refusesTel && referTo.startsWith('tel:')) {
    return `${preset.title} does not take tel: addresses: it needs ${form}`;
  }
  if (!isForeignHost(provider, referTo)) return null;
  if (preset.refusesHosts === 'foreign') {
    return `${preset.title} sends calls only to its own domain: it needs ${form}`;
  }
  if (preset.refusesHosts === 'ip-of-a-number' && NUMBER_AT_IP.test(referTo)) {
    return `${preset.title} answers 403 to a phone number at an IP address: it needs ${form}`;
  }
  return null;
}

/**
 * Says which form of address a provider wants.
 * @param number the number to dial, E.164, to write it out for; null for the form alone
 * @returns `sip:+15105550100@sip.telnyx.com`, what is not known in angle brackets; null where there
 *   is no form, for want of REFER
 */
export function wantedAddress(provider: ProviderName, number: string | null): string | null {
  const { dial, dialWithoutDomain, domainSuffix, defaultDomain } = providerPresets[provider];
  const digits = number === null ? '<number>' : number.slice(1);
  const domain =
    domainSuffix === null ? (defaultDomain ?? '<its domain>') : `<trunk>${domainSuffix}`;
  const forms = [dialWithoutDomain?.number, dial.extension ?? dial.number].map((template) =>
    template
      ?.replace('{number}', `+${digits}`)
      .replace('{digits}', digits)
      .replace('{extension}', '<extension>')
      .replace('{domain}', domain),
  );
  return forms.filter((form) => form !== undefined).join(' or ') || null;
}

/** A phone number, with or without its plus, at an IPv4 or IPv6 address. */
const NUMBER_AT_IP = /^sips?:\+?[\d\-.()]{7,30}(?:;[^@]*)?@(?:\d{1,3}(?:\.\d{1,3}){3}|\[)/i;

/** Finds the host of a SIP URI. */
const SIP_HOST = /^sips?:(?:[^@]*@)?([^;?:]+)/i;

/** The host of a SIP address, or of a template for one; null of a tel: address. */
export function hostOfAddress(address: string): string | null {
  return SIP_HOST.exec(address)?.[1] ?? null;
}

/** Says whether an address leads to a host that is none of this provider's, where its hosts are known. */
export function isForeignHost(provider: ProviderName, referTo: string): boolean {
  const host = hostOfAddress(referTo);
  return host !== null && isHostOfOthers(provider, host);
}

/** The same of a host alone. */
export function isHostOfOthers(provider: ProviderName, host: string): boolean {
  const { hosts } = providerPresets[provider];
  return hosts.length > 0 && !hosts.some((pattern) => hostMatches(pattern, bareHost(host)));
}
