/** The config of the design, and a trunk, for tests. */
import type { TransferConfig } from '../../src/config/types.ts';
import { isKnownError } from '../../src/core/errors.ts';
import type { TrunkFacts } from '../../src/destinations/destination.ts';

export const config: TransferConfig = {
  defaultCountry: 'US',
  dial: {
    number: 'sip:{number}@trunk.provider.com',
    extension: 'sip:{extension}@pbx.company.com',
  },
  trunks: {
    ST_abc: { provider: 'twilio', domain: 'example' },
    ST_def: {
      dial: { number: 'tel:{number}', extension: null },
      headers: { Diversion: '<sip:{trunkNumber}@sip.telnyx.com>' },
    },
    ST_old: { refer: false },
    ST_lk: { provider: 'livekit' },
    ST_pbx: { provider: 'asterisk', domain: 'pbx.example.com' },
    ST_didww: { provider: 'didww', domain: 'out.didww.com' },
    ST_plivo: { provider: 'plivo' },
    'Main Street': { dial: { number: 'sip:{number}@main.example.com' } },
    '*.example.net': { dial: { number: 'sip:{number}@any.example.net' } },
    'sip.example.net': { dial: { number: 'sip:{number}@one.example.net' } },
  },
  departments: {
    sales: { to: '100', aliases: ['new business'], description: 'New orders' },
    support: { to: '200', number: '+15105550200', fallback: ['voicemail'] },
    billing: 'sip:300@pbx.company.com',
    voicemail: 'sip:999@pbx.company.com',
    mobile: {
      to: '+1 510 555 0100',
      referToHeaders: { 'User-to-User': 'queue=mobile;encoding=hex' },
      wait: '60s',
      dialtone: false,
    },
    Berlin: { to: '030 901820', country: 'DE' },
    desk: { to: 'SIP:400@pbx.company.com', number: '+15105550400' },
  },
};

/** A trunk of which nothing is known but what the test says. */
export function trunkOf(known: Partial<TrunkFacts> = {}): TrunkFacts {
  return {
    id: null,
    name: null,
    host: null,
    provider: null,
    trunkNumber: '+15550001111',
    callerNumber: '+15105550199',
    direction: 'inbound',
    ...known,
  };
}

/** Runs something that must fail, and gives `code: message | hint`. Anything but our errors is a bug. */
export function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!isKnownError(error)) throw error;
    return `${error.code}: ${error.message}${error.hint === undefined ? '' : ` | ${error.hint}`}`;
  }
  throw new Error('it did not fail');
}
