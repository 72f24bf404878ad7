/** What an outbound trunk dials: at its own host, whichever the config names. */
import { describe, expect, it } from 'vitest';
import type { TransferConfig } from '../../src/config/types.ts';
import type { TrunkFacts } from '../../src/destinations/destination.ts';
import { resolveForDialling } from '../../src/destinations/on-trunks.ts';

const facts = (host: string): TrunkFacts => ({
  ...{ id: 'ST_out', name: 'Out', host, provider: null },
  ...{ trunkNumber: null, callerNumber: null, direction: 'inbound' },
});
const CONFIG: TransferConfig = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.company.com', number: 'sip:{number}@pbx.company.com' },
  departments: {
    sales: '100',
    fire: '911',
    hers: { to: 'sip:100@pbx.company.com', referToHeaders: { 'User-to-User': 'x' } },
  },
};
const dialled = (to: string, host = 'pbx.company.com', more: Partial<TransferConfig> = {}) =>
  resolveForDialling(to, { ...CONFIG, ...more }, facts(host));

describe('an extension that is an emergency number elsewhere', () => {
  it('is one at the PBX that the config names', () => {
    expect(dialled('fire').user).toBe('911');
    expect(dialled('fire', 'pbx.company.com:5061').user).toBe('911');
  });

  it.each<[string, Partial<TransferConfig>]>([
    ['over a trunk that leads elsewhere', {}],
    ['where nothing says how extensions are dialled', { dial: {} }],
    ['where no host is said', { dial: { extension: 'sip:{extension}@{domain}' } }],
  ])('is not dialled %s', (_, more) => {
    expect(() => dialled('fire', 'sip.carrier.example', more)).toThrow(
      '911 is an emergency number',
    );
  });
});

describe('the host that a call goes to', () => {
  it('is the one of the trunk, and judged as such', () => {
    const policy = { domains: ['pbx.company.com'] };
    expect(dialled('+15105550123', 'pbx.company.com', { policy }).user).toBe('+15105550123');
    expect(() => dialled('+15105550123', 'sip.carrier.example', { policy })).toThrow(
      'sip.carrier.example is not among the allowed SIP domains',
    );
  });

  it('is told where an extension is dialled elsewhere than the config says', () => {
    const { destination } = dialled('sales', 'sip.carrier.example');
    expect(destination.warnings).toEqual([
      'the target is dialled at sip.carrier.example, and the config says pbx.company.com',
    ]);
    expect(dialled('sales').destination.warnings).toEqual([]);
    expect(dialled('+15105550123', 'sip.carrier.example').destination.warnings.join()).not.toMatch(
      'dialled at',
    );
  });
});

it('headers in the address are not lost in silence', () => {
  expect(dialled('hers').destination.warnings).toEqual([
    'headers in the address are left out of a bridge',
  ]);
});
