import type { TransferConfig } from './types.ts';

/** What each key of a config file means, as editors show it; `*` stands for a name or an element. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  $schema: 'Where the schema of this file lies, for editors',
  defaultCountry: 'Country of numbers written without a plus, two letters: US',
  dial: 'How a destination becomes a Refer-To, on trunks that say nothing else',
  'dial.number':
    'Template for phone numbers, with {number} (+15105550100) or {digits} (15105550100); null: not possible',
  'dial.extension': 'Template for PBX extensions, with {extension}; null: not possible',
  trunks:
    'What is known of single trunks, by trunk id (ST_…), SIP host (has a dot; *. in front allowed) or trunk name',
  'trunks.*': 'One trunk; what it says overrides "dial"',
  'trunks.*.provider': 'A preset for the address form and the habits of a provider or PBX',
  'trunks.*.domain':
    "The trunk's own domain at the provider, for {domain}: example for example.pstn.twilio.com",
  'trunks.*.dial': 'Templates for this trunk',
  'trunks.*.dial.number': 'Template for phone numbers on this trunk; null: it cannot dial them',
  'trunks.*.dial.extension': 'Template for extensions on this trunk; null: it cannot dial them',
  'trunks.*.headers':
    'SIP headers that go out with every REFER on this trunk; {trunkNumber} and {callerNumber} are filled in',
  'trunks.*.headers.*': 'Value of the header',
  'trunks.*.refer': 'false: this trunk is known to have no REFER, so nothing is sent',
  'trunks.*.hangsUpFirst':
    'true: the provider hangs up first after a successful transfer, so a call gone at once is no doubt',
  departments: 'Names for destinations',
  'departments.*': 'An address, or an object with the address in "to"',
  'departments.*.to':
    'An extension (2 to 6 digits), a phone number, or a sip:, sips: or tel: address',
  'departments.*.number': 'Phone number to use on trunks that cannot dial "to"',
  'departments.*.aliases': 'Other names for this department; case and blanks do not count',
  'departments.*.aliases.*': 'Another name',
  'departments.*.description': 'What people see beside the name',
  'departments.*.fallback': 'Departments to try in order when this one does not answer',
  'departments.*.fallback.*': 'Name of a department in this file',
  'departments.*.headers': 'SIP headers for the REFER: they reach the provider',
  'departments.*.headers.*': 'Value of the header',
  'departments.*.referToHeaders':
    'Headers inside the Refer-To address: the provider hands them to the target',
  'departments.*.referToHeaders.*': 'Value of the header',
  'departments.*.wait':
    'How long to wait for this department: 60s, 2m or whole seconds, from 2s to 290s',
  'departments.*.dialtone': 'Whether the caller hears ringing while they wait',
  'departments.*.country': 'Country of the numbers of this department, two letters',
  transfer: 'How transfers run',
  'transfer.wait':
    'How long to wait for the target: 90s, 2m or whole seconds, from 2s to 290s; it rings on afterwards. Default 90s',
  'transfer.dialtone': 'Whether the caller hears ringing while they wait. Default true',
  agents: 'Identities that are agents without saying so',
  'agents.*': 'An identity; * stands for any run of characters: bot-*',
  policy: 'What may be called beyond the destinations that this file names',
  'policy.adHoc': 'false: only what this file names may be a destination. Default true',
  'policy.countries':
    'Countries that typed-in numbers may be in. Default: the default country alone',
  'policy.countries.*': 'A country, two letters',
  'policy.domains':
    'SIP domains that calls may be sent to, departments and fallbacks included. Default: any',
  'policy.domains.*': 'A domain; *. in front allows all below it',
  'policy.premium':
    'true: premium-rate, shared-cost, personal and satellite numbers are allowed. Default false',
  history: 'The record of transfers that is kept on this machine (lk-transfer history)',
  'history.enabled': 'false: no record is kept. Default true',
  'history.maskNumbers':
    'true: of phone numbers only the last two digits are recorded. Default false',
  'history.days': 'For about how many days entries are kept, from 1 to 3650. Default 90',
  livekit: 'Which LiveKit project to use; credentials never stand in this file',
  'livekit.project': 'Name of a project of the lk CLI (lk project list)',
  smoke: 'What lk-transfer smoke --all tests: each one a call that is placed and then transferred',
  'smoke.*': 'One test',
  'smoke.*.trunk': 'Outbound trunk to dial over: its id (ST_…) or its name in LiveKit',
  'smoke.*.dial': 'Test number to dial; the leg that was dialled is transferred',
  'smoke.*.loop':
    'Phone number of our own to dial instead; the leg that arrives is transferred, which tests the inbound side',
  'smoke.*.to': 'Where the call is transferred: a department, number, extension or address',
  'smoke.*.expect': 'What the test is to find; anything else fails',
  'smoke.*.endsItself':
    'true: whoever answers at "to" hangs up by itself, so the test may be repeated. Default false',
};

// One value for every part of a config: a new YAML file shows them of the parts it lacks.

/** In the order of a file. Everything in it fits together: it is a valid config as it stands. */
export const SAMPLE = {
  defaultCountry: 'US',
  dial: {
    number: 'sip:{number}@trunk.provider.com',
    extension: 'sip:{extension}@pbx.company.com',
  },
  trunks: {
    ST_abc: { provider: 'twilio', domain: 'example' },
    ST_old: { refer: false },
  },
  departments: {
    sales: '100',
    support: {
      to: '200',
      aliases: ['help desk'],
      description: 'Help with an order',
      number: '+15105550200',
      fallback: ['voicemail'],
    },
    voicemail: 'sip:300@pbx.company.com',
  },
  transfer: { wait: '90s', dialtone: true },
  agents: ['bot-*'],
  policy: {
    adHoc: true,
    countries: ['US', 'CA'],
    domains: ['*.provider.com', '*.company.com', '*.twilio.com'],
    premium: false,
  },
  history: { enabled: true, maskNumbers: false, days: 90 },
  livekit: { project: 'staging' },
  smoke: [
    {
      trunk: 'ST_out',
      loop: '+15105550001',
      to: 'voicemail',
      expect: 'supported',
      endsItself: true,
    },
  ],
} satisfies Required<Omit<TransferConfig, '$schema'>>;
