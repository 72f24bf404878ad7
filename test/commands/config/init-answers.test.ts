import { describe, expect, it } from 'vitest';
import {
  answerProblems,
  draftConfig,
  type FirstAnswers,
  tryConfig,
} from '../../../src/commands/config/init-answers.ts';
import { checkConfig } from '../../../src/config/check.ts';
import { listCountries, readCountry } from '../../../src/config/values.ts';
import { providerPresets } from '../../../src/destinations/providers.ts';
import { resolveDestination } from '../../../src/destinations/resolve.ts';

const NOTHING: FirstAnswers = {
  country: 'US',
  provider: null,
  domain: null,
  trunk: null,
  pbx: null,
  project: null,
  departments: [],
};
const SALES = [{ name: 'sales', to: '100' }];

describe('a first config', () => {
  it.each<[string, Partial<FirstAnswers>, object]>([
    ['a country alone', {}, {}],
    ['a country in small letters', { country: 'de' }, { defaultCountry: 'DE' }],
    [
      'a PBX',
      { pbx: 'pbx.company.com', departments: SALES },
      {
        dial: { extension: 'sip:{extension}@pbx.company.com' },
        departments: { sales: '100' },
      },
    ],
    [
      'a provider of all trunks',
      { provider: 'twilio', domain: 'example' },
      { dial: { number: 'sip:{number}@example.pstn.twilio.com' } },
    ],
    [
      'a provider of all trunks, on a port',
      { provider: 'twilio', domain: 'example:5060' },
      { dial: { number: 'sip:{number}@example.pstn.twilio.com:5060' } },
    ],
    [
      'a provider of all trunks, by TLS',
      { provider: 'plivo', domain: '217;transport=tls' },
      { dial: { number: 'sip:{number}@217.zt.plivo.com;transport=tls' } },
    ],
    ['a provider without a domain', { provider: 'twilio' }, { dial: { number: 'tel:{number}' } }],
    [
      'a provider with one domain for everybody',
      { provider: 'telnyx' },
      { dial: { number: 'sip:{number}@sip.telnyx.com' } },
    ],
    [
      'a provider that wants digits',
      { provider: 'didww', domain: 'out.didww.com' },
      { dial: { number: 'sip:{digits}@out.didww.com' } },
    ],
    [
      'the provider of one trunk',
      { provider: 'twilio', domain: 'example', trunk: 'ST_abc' },
      { trunks: { ST_abc: { provider: 'twilio', domain: 'example' } } },
    ],
    [
      'a provider without a preset',
      { domain: 'trunk.provider.com' },
      { dial: { number: 'sip:{number}@trunk.provider.com' } },
    ],
    [
      'a trunk of a provider without a preset',
      { domain: 'trunk.provider.com:5070', trunk: 'ST_abc' },
      { trunks: { ST_abc: { dial: { number: 'sip:{number}@trunk.provider.com:5070' } } } },
    ],
    [
      'a trunk that has no REFER',
      { provider: 'livekit', trunk: 'ST_abc' },
      { trunks: { ST_abc: { provider: 'livekit', method: 'bridge' } } },
    ],
    [
      'a PBX that is the provider, by its domain',
      { provider: 'asterisk', domain: 'pbx.company.com', departments: SALES },
      {
        dial: {
          number: 'sip:{number}@pbx.company.com',
          extension: 'sip:{extension}@pbx.company.com',
        },
        departments: { sales: '100' },
      },
    ],
    [
      'a PBX that is the provider, as the PBX',
      { provider: 'freeswitch', pbx: 'pbx.company.com', trunk: 'ST_abc' },
      {
        dial: { extension: 'sip:{extension}@pbx.company.com' },
        trunks: { ST_abc: { provider: 'freeswitch', domain: 'pbx.company.com' } },
      },
    ],
    ['a project', { project: 'staging' }, { livekit: { project: 'staging' } }],
  ])('is made of %s, and valid', (_, answers, expected) => {
    const all = { ...NOTHING, ...answers };
    expect(answerProblems(all)).toEqual([]);
    const draft = draftConfig(all);
    expect(draft).toEqual({ defaultCountry: 'US', ...expected });
    expect(tryConfig(draft).problems).toEqual([]);
  });

  it.each(Object.keys(providerPresets) as (keyof typeof providerPresets)[])(
    'sends numbers by %s just as its preset does on a trunk',
    (provider) => {
      if (!providerPresets[provider].refer) return;
      const answers = { ...NOTHING, provider, domain: 'trunk.example.com' };
      const { config } = checkConfig(draftConfig(answers));
      const preset = checkConfig(draftConfig({ ...answers, trunk: 'ST_abc' })).config;
      const trunk = { id: 'ST_abc', name: null, host: null, provider: null };
      const facts = { ...trunk, trunkNumber: null, callerNumber: null, direction: null };
      const { referTo } = resolveDestination('+15105550100', config, null);
      expect(resolveDestination('+15105550100', preset, facts).referTo).toBe(referTo);
    },
  );
});

describe('answers that make no config', () => {
  it.each<[Partial<FirstAnswers>, string, string]>([
    [{ country: 'XX' }, 'country', 'there is no country "XX"'],
    [{ country: 'USA' }, 'country', 'write two letters'],
    [{ country: 'en' }, 'country', 'did you mean GB?'],
    [{ provider: 'plivo' }, 'domain', 'Plivo Zentrunk needs the domain of the trunk there'],
    [{ provider: 'asterisk' }, 'domain', 'needs the domain'],
    [{ provider: 'livekit' }, 'trunk', 'have no REFER'],
    [{ trunk: 'ST_abc' }, 'provider', 'nothing is said about the trunk "ST_abc"'],
    [{ trunk: ' ', provider: 'twilio' }, 'trunk', 'expected a trunk id'],
    [{ domain: 'example' }, 'domain', 'only part of a domain'],
    [{ domain: 'a b.com' }, 'domain', 'is not a host'],
    [{ pbx: 'alice@pbx.company.com' }, 'pbx', 'give only its host'],
    [{ pbx: 'pbx.company.com?a=b' }, 'pbx', 'give only its host'],
    [{ pbx: 'pbx_1.company.com' }, 'pbx', 'is not a host'],
    [{ pbx: '' }, 'pbx', 'is not a host'],
    [{ departments: SALES }, 'pbx', '"sales" leads to the extension 100, and no PBX is named'],
    [{ departments: [...SALES, ...SALES], pbx: 'p.com' }, 'departments', '"sales" is there twice'],
  ])('%j: %s: %s', (answers, answer, message) => {
    const problems = answerProblems({ ...NOTHING, ...answers });
    expect(problems).toEqual([{ answer, message: expect.stringContaining(message) }]);
  });

  it.each([
    ['nobody', 'neither an extension, nor a number, nor an address'],
    ['+19005550100', 'premium'],
    ['tel:911', '911'],
    ['sip:a b@c.com', 'no legal address'],
    ['', 'needs an address'],
  ])('a department that leads to %j', (to, message) => {
    const departments = [{ name: 'x', to }];
    const { config, problems } = tryConfig(draftConfig({ ...NOTHING, departments }));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(config.departments?.x ?? to).toBe(to);
  });

  it.each(['', 'sip:x', '__proto__', 'Sales'])('a department called %j', (name) => {
    const departments = [...SALES, { name, to: '200' }];
    const draft = draftConfig({ ...NOTHING, pbx: 'pbx.company.com', departments });
    expect(tryConfig(draft).problems).not.toEqual([]);
  });
});

describe('what is tried', () => {
  it.each([
    [{ dial: { number: 'sip:{number}@pbx_1.company.com' } }, 'dial.number'],
    [{ trunks: { ST_a: { provider: 'twilio', domain: 'my_trunk' } } }, 'trunks.ST_a.domain'],
    [{ trunks: { ST_a: { provider: 'asterisk', domain: 'a..b' } } }, 'trunks.ST_a.domain'],
  ])('is every template and domain, though no department uses it: %j', (raw, path) => {
    expect(tryConfig(raw).problems).toEqual([
      { path, message: expect.stringContaining('not a legal address') },
    ]);
  });

  it.each([
    { provider: 'twilio', domain: 'example:5060' },
    { provider: 'twilio', domain: 'my_trunk', dial: { number: 'tel:{number}', extension: null } },
    { provider: 'livekit', domain: 'my_trunk' },
  ])('holds of %j', (trunk) => {
    expect(tryConfig({ trunks: { ST_a: trunk } }).problems).toEqual([]);
  });
});

describe('extensions over a provider of phone numbers', () => {
  const answers: FirstAnswers = { ...NOTHING, pbx: 'pbx.company.com', departments: SALES };

  const trialOf = (other: Partial<FirstAnswers>) =>
    tryConfig(draftConfig({ ...answers, ...other }));

  it('are warned of, where the provider is that of all trunks', () => {
    expect(trialOf({ provider: 'plivo', domain: 'x' }).warnings).toEqual([
      expect.stringContaining(
        'whether it reaches extensions at pbx.company.com is not documented (sales)',
      ),
    ]);
  });

  it('are wrong, where the one trunk with a name cannot dial them', () => {
    const { problems } = trialOf({ provider: 'twilio', trunk: 'Main line' });
    expect(problems).toEqual([
      {
        path: 'departments.sales',
        message:
          'departments.sales on trunk Main line: extension 100: this trunk cannot dial extensions (preset twilio)',
        hint: expect.stringContaining('configure trunks["Main line"].dial.extension'),
      },
    ]);
  });

  it.each<Partial<FirstAnswers>>([
    { provider: 'asterisk' },
    { provider: 'plivo', domain: 'x', departments: [{ name: 'a', to: 'sip:a@b.com' }] },
  ])('are fine with %j', (other) => {
    expect(trialOf(other).warnings).toEqual([]);
  });
});

describe('countries', () => {
  it('are all known by the numbers, and have names', () => {
    const countries = listCountries();
    expect(countries.length).toBeGreaterThan(200);
    expect(countries).toContainEqual({ code: 'DE', name: 'Germany' });
    for (const { code } of countries) expect(readCountry(code)).toEqual({ ok: true, code });
    const codes = countries.map(({ code }) => code);
    expect(codes).toEqual([...codes].sort());
  });
});
