import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check.ts';
import { configText, parseConfig } from '../../src/config/file.ts';
import { sampleConfig } from '../../src/config/schema.ts';
import type { DepartmentConfig, TransferConfig, TrunkConfig } from '../../src/config/types.ts';
import { DIALTONES } from '../../src/config/words.ts';
import { proveDepartments } from '../../src/destinations/prove.ts';
import { anyText } from '../support/any-text.ts';

/** What YAML and JSON have a meaning of their own for, and what editors and terminals trip over. */
const hostile = fc.constantFrom(
  ...['no', 'Off', 'null', '~', '1e3', '0x1F', '007', '12:30', '2026-01-01', '.inf', '<<', '='],
  ...[
    '- a',
    '? a',
    'a: b',
    'a #b',
    '# b',
    '{a',
    '[a',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
  ],
  ...['"', "'", '\\', '\\u0041', '"#', ' a ', '---', '...', '', ' ', ',', ':', '::', '"""'],
  ...['é', '日本', '😀', '\u202e', '\u200b', '\ufeff', '\ufffe', '\uffff', '\u00a0', '\u{e0001}'],
  ...['constructor', 'toString', '$schema', '{a}', '{number}', '100', '+1 510 555 0100'],
);
const text = fc.oneof(
  hostile,
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  anyText({ maxLength: 20 }),
  fc.array(hostile, { maxLength: 5 }).map((parts) => parts.join('')),
);
const long = fc.integer({ min: 900, max: 1200 }).map((length) => 'x'.repeat(length));
const key = fc.oneof({ weight: 20, arbitrary: text }, long).filter((name) => name !== '__proto__');
const optional = { requiredKeys: [] as [] };
const headers = fc.dictionary(key, text, { maxKeys: 3 });
const dial = fc.record({ number: fc.option(text), extension: fc.option(text) }, optional);
const trunk: fc.Arbitrary<TrunkConfig> = fc.record(
  {
    provider: fc.constantFrom('twilio', 'asterisk'),
    domain: text,
    dial,
    headers,
    refer: fc.boolean(),
  },
  optional,
);
const department: fc.Arbitrary<DepartmentConfig> = fc.record(
  {
    to: text,
    number: text,
    aliases: fc.array(text, { maxLength: 3 }),
    fallback: fc.array(text, { maxLength: 3 }),
    referToHeaders: headers,
    wait: fc.oneof(text, fc.integer()),
    dialtone: fc.oneof(fc.boolean(), fc.constantFrom(...DIALTONES)),
  },
  { requiredKeys: ['to'] },
);
/** Any config by its shape: a writer that is right only about valid ones is right by luck. */
const anyConfig: fc.Arbitrary<TransferConfig> = fc.record(
  {
    defaultCountry: text,
    dial,
    trunks: fc.dictionary(key, trunk, { maxKeys: 3 }),
    departments: fc.dictionary(key, fc.oneof(text, department), { maxKeys: 4 }),
    transfer: fc.record(
      {
        wait: fc.oneof(text, fc.integer()),
        dialtone: fc.oneof(fc.boolean(), fc.constantFrom(...DIALTONES)),
      },
      optional,
    ),
    agents: fc.array(text, { maxLength: 3 }),
    policy: fc.record({ adHoc: fc.boolean(), countries: fc.array(text) }, optional),
    history: fc.record({ enabled: fc.boolean(), days: fc.integer() }, optional),
    livekit: fc.record({ project: text }, optional),
  },
  optional,
);

const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a config that is written', () => {
  it.each(['json', 'yaml'] as const)(
    'reads back from %s as it was, whatever stands in it',
    async (format) => {
      const property = fc.asyncProperty(anyConfig, async (config) => {
        const written = await configText(config, format);
        assert.deepEqual(copy(await parseConfig(written, format)), copy(config));
      });
      await fc.assert(property, { numRuns: 400 });
    },
  );

  it.each(['json', 'yaml'] as const)('has nothing in %s that cannot be seen', async (format) => {
    const property = fc.asyncProperty(anyConfig, async (config) => {
      assert.match(await configText(config, format), /^[\p{L}\p{M}\p{N}\p{P}\p{S} \n]*$/u);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('names its schema first in JSON, as any other key', async () => {
    const written = await configText({ agents: ['a'], $schema: './s.json' }, 'json');
    expect(written).toBe('{\n  "$schema": "./s.json",\n  "agents": [\n    "a"\n  ]\n}\n');
  });

  it('names its schema in YAML where editors look for it', async () => {
    const written = await configText({ $schema: 'file:///s.json', agents: ['a'] }, 'yaml');
    expect(written).toMatch(/^# yaml-language-server: \$schema=file:\/\/\/s\.json\n/);
    expect(await parseConfig(written, 'yaml')).toEqual({ agents: ['a'] });
  });

  it('keeps a schema that a comment could not hold as a key', async () => {
    const config = { $schema: 'a b\n#c', agents: ['a'] };
    const written = await configText(config, 'yaml');
    expect(await parseConfig(written, 'yaml')).toEqual(config);
  });

  it('says in YAML what each part means, and shows what else there is', async () => {
    const config = {
      defaultCountry: 'NO',
      dial: { extension: 'sip:{extension}@pbx.company.com', number: null },
      departments: { sales: '100', yes: { to: '+1 510 555 0100', wait: 60 } },
    };
    const written = await configText(config, 'yaml');
    expect(written).toContain(
      [
        '# Country of numbers written without a plus, two letters: US',
        'defaultCountry: "NO"',
        '',
        '# How a destination becomes a Refer-To, on trunks that say nothing else',
        'dial:',
        '  # Template for PBX extensions, with {extension}; null: not possible',
        '  extension: "sip:{extension}@pbx.company.com"',
        '  # Template for phone numbers, with {number} (+15105550100) or {digits} (15105550100); null: not possible',
        '  number: null',
        '',
      ].join('\n'),
    );
    expect(written).toContain('\n#trunks:\n#  ST_abc:\n#    provider: "asterisk"\n');
    expect(written).toContain('\n  sales: "100"\n  "yes":\n');
    expect(written).toContain('\n    wait: 60\n');
    expect(written).toContain('\n#livekit:\n#  project: "staging"\n');
  });

  it('shows examples that are a valid config once the # is taken away', async () => {
    const written = await configText({}, 'yaml');
    expect(await parseConfig(written, 'yaml')).toBeUndefined();
    const uncommented = written.replace(/^#(?! \S|$)/gm, '');
    const parsed = await parseConfig(uncommented, 'yaml');
    expect(parsed).toEqual(sampleConfig());
    const { config, problems } = checkConfig(parsed);
    expect(problems).toEqual([]);
    expect(proveDepartments(config).problems).toEqual([]);
  });
});
