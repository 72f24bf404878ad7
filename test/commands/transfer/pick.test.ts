/** What is wrong with a destination whoever the caller is, and what only the call decides. */
import { expect, it } from 'vitest';
import type { Session } from '../../../src/commands/shared/session.ts';
import { checkDestination } from '../../../src/commands/transfer/pick.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import { resolveDestination } from '../../../src/destinations/resolve.ts';

const check = (to: string, config: TransferConfig) =>
  checkDestination(to, { config } as Session, undefined);
const ASTERISK = {
  ...{ id: 'ST_1', name: null, host: 'x.example.com', provider: 'asterisk' as const },
  ...{ trunkNumber: '+15105550001', callerNumber: null, direction: 'inbound' as const },
};

it.each<[string, TransferConfig]>([
  [
    'an extension where the call shows the provider',
    { trunks: { ST_1: { domain: 'pbx.example' } } },
  ],
  ['an emergency number of elsewhere', { dial: { extension: 'sip:{extension}@pbx.example' } }],
])('%s is no mistake before the call is known', (what, config) => {
  const to = what.startsWith('an extension') ? 'extension:2000' : 'extension:100';
  expect(resolveDestination(to, config, ASTERISK).referTo).toMatch(/^sip:\d+@pbx\.example$/);
  expect(() => check(to, config)).not.toThrow();
});

it.each<[string, TransferConfig, RegExp]>([
  ['extension:2000', {}, /no template for extensions/],
  ['extension:2000', { trunks: { ST_1: {} } }, /no template for extensions/],
  ['extension:911', { trunks: { ST_1: { domain: 'pbx.example' } } }, /emergency number/],
  ['salse', { departments: { sales: '100' }, trunks: { ST_1: { domain: 'a.b' } } }, /"salse"/],
])('%s is one with %j', (to, config, said) => {
  expect(() => check(to, config)).toThrow(said);
});
