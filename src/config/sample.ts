/** One value for every part of a config: a new YAML file shows them of the parts it lacks. */
import type { TransferConfig } from './types.ts';

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
