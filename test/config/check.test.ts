import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check.ts';
import { anyText } from '../support/any-text.ts';
import { cpuMs } from '../support/cpu-time.ts';

/** The problems as lines, `path: message`. */
const linesFor = (raw: unknown) =>
  checkConfig(raw).problems.map(({ path, message }) => `${path}: ${message}`);
const departments = (value: unknown) => ({ departments: value });
const sales = (extra: object) => departments({ sales: { to: '100', ...extra } });
const trunk = (value: unknown) => ({ trunks: { ST_a: value } });

describe('a config that is fine', () => {
  it.each([
    [{}],
    [
      {
        $schema: './schema/transfer.schema.json',
        agents: ['bot-*'],
        livekit: { project: 'staging' },
      },
    ],
    [{ dial: { number: 'tel:{number}', extension: null } }],
    [{ dial: { number: 'sips:{digits}@h', extension: 'sip:{extension}@pbx.example;user=phone' } }],
    [departments({ 'می\u200cخواهم': '100', 'sip :x': '2', SOS: '3' })],
    [{ trunks: { '*.example.com': { refer: false, hangsUpFirst: true }, 'my trunk': {} } }],
    [trunk({ domain: 'example', dial: { number: 'sip:{number}@{domain}' } })],
    [{ dial: { number: 'sip:{number}@{domain}' }, ...trunk({ domain: 'sip.example.com:5060' }) }],
    [trunk({ headers: { Diversion: '<sip:{trunkNumber}@sip.telnyx.com>', 'X-Json': '{"a":{}}' } })],
    [departments({ sales: '100', 'new business': { to: '+1 510 555 0100' } })],
    [sales({ aliases: ['Sales', 'orders', 'Orders'], fallback: [], wait: 60, dialtone: false })],
    [sales({ wait: '2s' })],
    [sales({ wait: '290s', country: 'GB', referToHeaders: { 'User-to-User': 'queue=mobile' } })],
    [
      departments({
        a: { to: '1', fallback: ['b', 'c'] },
        b: { to: '2', fallback: ['c'] },
        c: '3',
      }),
    ],
    [
      {
        transfer: { wait: 90, dialtone: 'uk' },
        policy: { adHoc: false, countries: [], domains: ['*.a.com', '[::1]'], premium: true },
      },
    ],
    [{ policy: { premium: ['shared-cost', 'personal'] } }],
    [{ policy: { premium: [] } }],
    [{ history: { enabled: false, maskNumbers: true, days: 3650 } }],
    [{ history: {} }],
    [{ smoke: [{ trunk: 'ST_1', dial: '+15105550177', to: 'sales', endsItself: true }] }],
    [{ smoke: [{ trunk: 'ST_1', dial: '+15105550177', method: 'bridge', expect: 'supported' }] }],
    [{ smoke: [{ trunk: 'ST_1', dial: '100', method: 'refer', to: '100' }] }],
    [{ smoke: [{ trunk: 'main', loop: '+15105550001', to: '100', expect: 'refused' }] }],
  ])('%j', (raw) => {
    expect(checkConfig(structuredClone(raw))).toEqual({ config: raw, problems: [] });
  });

  it('has its country codes in capitals', () => {
    const raw = {
      defaultCountry: 'us',
      policy: { countries: ['ca', 'US'] },
      ...sales({ country: 'de' }),
    };
    expect(checkConfig(raw).config).toEqual({
      defaultCountry: 'US',
      policy: { countries: ['CA', 'US'] },
      departments: { sales: { to: '100', country: 'DE' } },
    });
  });

  it('takes any number of mistakes', () => {
    const { problems } = checkConfig({ dial: { number: `sip:${'{a}'.repeat(150_000)}` } });
    expect(problems.map(({ path }) => path)).toContain('dial.number');
    const aliases = Array.from({ length: 90_000 }, () => '');
    expect(checkConfig(sales({ aliases })).problems).toHaveLength(90_000);
  });

  it('names every key that it does not know', () => {
    const { problems } = checkConfig({ zebra: 1, departmnts: {}, dial: { a: 1, b: 2 } });
    expect(problems.map(({ path }) => path)).toEqual(['dial.a', 'dial.b', 'zebra', 'departmnts']);
  });

  it('may call a department or trunk like something every object has', () => {
    const raw = JSON.parse(
      '{"departments":{"constructor":"100","toString":{"to":"1"}},"trunks":{"valueOf":{}}}',
    );
    const { config, problems } = checkConfig(raw);
    expect(problems).toEqual([]);
    expect(Object.keys(config.departments ?? {})).toEqual(['constructor', 'toString']);
    expect(config.departments?.hasOwnProperty).toBeUndefined();
    expect(config.trunks?.constructor).toBeUndefined();
  });
});

describe('the shape', () => {
  it.each([
    [null, ': expected an object, not null'],
    [[], ': expected an object, not a list'],
    ['x', ': expected an object, not text'],
    [{ depatments: {} }, 'depatments: unknown key; did you mean "departments"?'],
    [{ dial: { numbr: 'x' } }, 'dial.numbr: unknown key; did you mean "number"?'],
    [trunk({ dail: {} }), 'trunks.ST_a.dail: unknown key; did you mean "dial"?'],
    [
      { trunks: { 'a.b': { dial: { ext: '' } } } },
      'trunks["a.b"].dial.ext: unknown key; did you mean "extension"?',
    ],
    [sales({ alias: [] }), 'departments.sales.alias: unknown key; did you mean "aliases"?'],
    [
      { transfer: { dialtone: 'ukk' } },
      'transfer.dialtone: expected true, false, auto, us, uk, jp, au or etsi; did you mean "uk"?',
    ],
    [
      { transfer: { dialtone: 1 } },
      'transfer.dialtone: expected true, false, auto, us, uk, jp, au or etsi',
    ],
    [{ transfer: { foo: 1 } }, 'transfer.foo: unknown key; known here: wait, dialtone'],
    [{ policy: { contries: [] } }, 'policy.contries: unknown key; did you mean "countries"?'],
    [{ history: { mask: true } }, 'history.mask: unknown key; did you mean "maskNumbers"?'],
    [
      { smoke: [{ trunk: 'ST_1', to: '100' }] },
      'smoke[0]: needs "dial" (a test number) or "loop" (a number of our own)',
    ],
    [
      { smoke: [{ trunk: 'ST_1', to: '100', dial: '1', loop: '2' }] },
      'smoke[0]: has "dial" and "loop"; expected one of them',
    ],
    [{ smoke: [{ trunk: 'ST_1', dial: '100' }] }, 'smoke[0].to: is missing'],
    [{ smoke: [{ trunk: 'ST_1', method: 'bridge' }] }, 'smoke[0]: needs "dial" (a test number)'],
    [
      { smoke: [{ trunk: 'ST_1', dial: '1', to: '2', method: 'bridge' }] },
      'smoke[0].to: is for "method": "refer": a bridge test transfers nobody',
    ],
    [
      { smoke: [{ trunk: 'ST_1', loop: '1', method: 'bridge' }] },
      'smoke[0].loop: tests calls that go out: a bridge test has "dial"',
    ],
    [
      { smoke: [{ trunk: 'ST_1', dial: '1', to: '2', endItself: true }] },
      'smoke[0].endItself: unknown key; did you mean "endsItself"?',
    ],
    [{ history: false }, 'history: expected an object, not a boolean'],
    [{ history: { days: Number.NaN } }, 'history.days: expected a number, not NaN'],
    [{ transfer: { wait: Number.NaN } }, 'transfer.wait: expected text or a number, not NaN'],
    [{ transfer: [] }, 'transfer: expected an object, not a list'],
    [{ transfer: new Date(0) }, 'transfer: expected an object, not a date'],
    [{ departments: { a: new Date(0) } }, 'departments.a: expected text or an object, not a date'],
    [
      { transfer: { wait: Number.POSITIVE_INFINITY } },
      'transfer.wait: expected a duration such as 45s or 2m, or whole seconds',
    ],
    [{ history: { days: '7' } }, 'history.days: expected a number, not text'],
    [{ history: { days: 0 } }, 'history.days: expected a whole number of days from 1 to 3650'],
    [{ history: { days: 0.5 } }, 'history.days: expected a whole number of days from 1 to 3650'],
    [{ history: { days: 3651 } }, 'history.days: expected a whole number of days from 1 to 3650'],
    [{ dial: 'sip:x' }, 'dial: expected an object, not text'],
    [{ agents: 'bot' }, 'agents: expected a list, not text'],
    [{ rooms: [] }, 'rooms: expected at least one name; leave the key out where any room can'],
    [{ agents: ['a', 1] }, 'agents[1]: expected text, not a number; put it in quotes'],
    [{ policy: { adHoc: 'no' } }, 'policy.adHoc: expected true or false, not text'],
    [
      { policy: { premium: 'shared-cost' } },
      'policy.premium: expected true or false or a list, not text',
    ],
    [
      { policy: { premium: ['shared-costs'] } },
      'policy.premium[0]: expected premium-rate, shared-cost, personal, satellite or global-network; did you mean "shared-cost"?',
    ],
    [
      trunk({ provider: 'twillio' }),
      /^trunks\.ST_a\.provider: there is no preset "\w+"; did you mean "twilio"\? There are twilio, .*, livekit\. For any other provider leave "provider" out and write "dial" \(`lk-transfer help providers`\)$/,
    ],
    [
      trunk({ provider: 'freepbx' }),
      /^trunks\.ST_a\.provider: there is no preset "freepbx"; did you mean "asterisk"\?/,
    ],
    [trunk({ provider: 'vonage' }), /there is no preset "vonage"\. There are twilio, /],
    [
      trunk({ domain: 'sip:pbx.example.com' }),
      'trunks.ST_a.domain: is an address: leave out sip: and write the domain alone',
    ],
    [{ country: 'GB' }, 'country: unknown key; did you mean "defaultCountry"?'],
    [
      trunk({ provider: 'livekit', method: 'bridge', trunk: 'a' }),
      /^trunks\.ST_a\.trunk: unknown key/,
    ],
    [trunk({ provider: 7 }), /^trunks\.ST_a\.provider: there is no preset "7"/],
    [trunk({ domain: 'a b' }), /^trunks\.ST_a\.domain: expected a domain/],
    [sales({ wait: true }), 'departments.sales.wait: expected text or a number, not a boolean'],
    [{ livekit: { project: ' ' } }, 'livekit.project: expected some text, not an empty one'],
    [{ defaultCountry: 'USA' }, 'defaultCountry: expected a country as two letters, such as "US"'],
    [
      { policy: { domains: ['pbx.company.com:5060'] } },
      'policy.domains[0]: expected a domain such as pbx.company.com or *.company.com, without a port',
    ],
    [
      { policy: { countries: ['1'] } },
      'policy.countries[0]: expected a country as two letters, such as "US"',
    ],
    [{ defaultCountry: 'en' }, 'defaultCountry: there is no country "en": did you mean GB?'],
    [
      { policy: { countries: ['US', 'XX'] } },
      'policy.countries[1]: there is no country "XX": write two letters, such as US, DE or GB',
    ],
    [
      sales({ country: 'EN' }),
      'departments.sales.country: there is no country "EN": did you mean GB?',
    ],
    [{ $import: './x.cjs' }, '$import: a config file cannot import another one'],
    [
      { livekit: { apiSecret: 'hush' } },
      /^livekit\.apiSecret: credentials do not belong in the config/,
    ],
    [{ livekit: { url: 'wss://x' } }, /^livekit\.url: credentials do not belong/],
  ])('%j', (raw, expected) => {
    const lines = linesFor(raw);
    expect(lines).toEqual([
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    ]);
    expect(lines.join()).not.toContain('hush');
  });

  it('is reported together with everything else that is wrong', () => {
    const raw = {
      x: 1,
      defaultCountry: 7,
      dial: { number: 'http://x' },
      departments: { a: {}, b: { to: 1, fallback: ['z'] }, B: '' },
    };
    expect(linesFor(raw)).toHaveLength(9);
  });

  it('leaves nothing of a config with a problem', () => {
    expect(checkConfig({ agents: ['a'], oops: 1 }).config).toEqual({});
  });
});

describe('departments', () => {
  const address = 'a department needs an address';
  it.each([
    [departments({ sales: {} }), [`departments.sales.to: ${address}`]],
    [departments({ sales: { to: ' ' } }), [`departments.sales.to: ${address}`]],
    [departments({ sales: '' }), [`departments.sales: ${address}`]],
    [departments({ sales: null }), ['departments.sales: expected text or an object, not null']],
    [
      departments({ sales: 100 }),
      ['departments.sales: expected text or an object, not a number; put it in quotes'],
    ],
    [departments({ '': '1' }), ['departments[""]: a department needs a name']],
    [departments({ 'a\tb': '1' }), ['departments["a\\tb"]: contains a control character (U+0009)']],
    [
      departments({ 'sip:x': '1' }),
      [expect.stringMatching(/^departments\["sip:x"\]: a name cannot start with sip:/)],
    ],
    [
      departments({ 'extension : main': '1' }),
      [expect.stringMatching(/^departments\["extension : main"\]: a name cannot start with sip:/)],
    ],
    [
      sales({ aliases: [' Department\u00a0: x'] }),
      [expect.stringMatching(/^departments\.sales\.aliases\[0\]: a name cannot start with sip:/)],
    ],
    [
      departments({ 'a\ufeff': '1' }),
      [expect.stringContaining(': a name cannot hold a byte order mark, which nobody sees')],
    ],
    [
      departments(JSON.parse('{"__proto__":"1"}')),
      ['departments.__proto__: cannot be used as a name'],
    ],
    [
      departments({ Sales: '1', ' sales': '2' }),
      ['departments[" sales"]: is the same name as "Sales": case and spaces do not count'],
    ],
    [
      departments({ a: { to: '1', aliases: ['B  c'] }, 'b C': '2' }),
      ['departments.a.aliases[0]: "B  c" already leads to "b C"'],
    ],
    [
      departments({ a: { to: '1', aliases: ['x'] }, b: { to: '2', aliases: ['X'] } }),
      ['departments.b.aliases[0]: "X" already leads to "a"'],
    ],
    [sales({ aliases: [''] }), ['departments.sales.aliases[0]: a department needs a name']],
    [
      sales({ fallback: ['Sale'] }),
      ['departments.sales.fallback[0]: no department "Sale"; did you mean "sales"?'],
    ],
    [
      sales({ fallback: ['sales'] }),
      ['departments.sales.fallback: goes round in a circle: "sales" → "sales"'],
    ],
    [
      departments({
        a: { to: '1', fallback: ['b'] },
        b: { to: '2', fallback: ['c'] },
        c: { to: '3', fallback: ['b'] },
      }),
      ['departments.b.fallback: goes round in a circle: "b" → "c" → "b"'],
    ],
  ])('%j', (raw, expected) => {
    expect(linesFor(raw)).toEqual(expected);
  });
});

describe('two keys for one trunk', () => {
  it.each([
    [['Main', 'main'], 'trunks.main: is the same trunk as "Main": case does not count'],
    [['main', ' Main'], 'trunks[" Main"]: is the same trunk as "main": case does not count'],
    [
      ['Sip.example.com', 'sip.example.com:5060'],
      'trunks["sip.example.com:5060"]: is the same trunk as "Sip.example.com": case and ports do not count',
    ],
    [['*.A.com', '*.a.com.'], 'trunks["*.a.com."]: is the same trunk as "*.A.com"'],
  ])('%j', (keys, problem) => {
    const trunks = Object.fromEntries(keys.map((key) => [key, {}]));
    expect(linesFor({ trunks })).toEqual([expect.stringContaining(problem)]);
  });

  it('are not ids, which differ in case, nor a host and a pattern for it', () => {
    const trunks = { ST_a: {}, ST_A: {}, '*.a.com': {}, 'x.a.com': {}, main: {}, 'main.a': {} };
    expect(linesFor({ trunks })).toEqual([]);
  });
});

describe('templates', () => {
  const number = (template: string) => ({ dial: { number: template } });
  const extension = (template: string) => ({ dial: { extension: template } });
  it.each([
    [
      number('sip:{nummber}{digits}@h'),
      'dial.number: unknown placeholder "{nummber}"; did you mean {number}?',
    ],
    [
      number('sip:{trunk_number}{digits}@h'),
      'dial.number: unknown placeholder "{trunk_number}"; did you mean {trunkNumber}?',
    ],
    [number('{number}@h'), 'dial.number: expected it to start with sip:, sips: or tel:'],
    [number('SIP:{number}@h'), 'dial.number: expected it to start with sip:, sips: or tel:'],
    [number('sip:100@h'), 'dial.number: expected {number} or {digits} in it'],
    [
      number('sip:{number}{extension}@h'),
      'dial.number: {extension} cannot be used in the number template',
    ],
    [
      number('sip:{number}@h {x'),
      'dial.number: expected the bare address, without blanks, <, > or "',
    ],
    [number('sip:{number}@h{'), 'dial.number: has a { or } that stands alone'],
    [
      number('tel:{number};ext=1'),
      'dial.number: a tel: address cannot carry parameters here; use a sip: one',
    ],
    [extension('sip:100@h'), 'dial.extension: expected {extension} in it'],
    [
      extension('sip:{extension}{digits}@h'),
      'dial.extension: {digits} cannot be used in the extension template',
    ],
    [
      number('sip:{number}@{domain}'),
      'dial.number: {domain} needs a trunk with a "domain", and none has one',
    ],
    [
      trunk({ dial: { extension: 'sip:{extension}@{domain}' } }),
      'trunks.ST_a.dial.extension: {domain} needs a "domain" beside "dial"',
    ],
    [number('sip:{number}@h\r\nX: y'), 'dial.number: contains a control character (U+000D)'],
  ])('%j', (raw, expected) => {
    expect(linesFor(raw)).toContain(expected);
  });
});

describe('headers', () => {
  it.each(
    'Accept Accept-Language Allow Allow-Events Call-ID Contact Content-Type CSeq Event Expires From Max-Forwards Record-Route Refer-To refer-to Reply-To To Via k l m o r t u v i f c e'.split(
      ' ',
    ),
  )('%s cannot be set: it is the business of the REFER', (name) => {
    const message = `"${name}" belongs to the REFER itself and cannot be set`;
    expect(linesFor(trunk({ headers: { [name]: 'x' } }))).toEqual([
      `trunks.ST_a.headers.${name}: ${message}`,
    ]);
    expect(linesFor(sales({ referToHeaders: { [name]: 'x' } }))).toHaveLength(1);
  });

  it.each(['Referred-By', 'Diversion', 'User-to-User', 'X-Queue', 'P-Asserted-Identity', 'x'])(
    '%s can be set',
    (name) => {
      expect(linesFor(sales({ headers: { [name]: 'x' } }))).toEqual([]);
    },
  );

  it.each([
    [{ 'a b': 'x' }, /expected the name of a SIP header/],
    [{ '': 'x' }, /expected the name of a SIP header/],
    [{ 'X:': 'x' }, /expected the name of a SIP header/],
    [{ [`X${'a'.repeat(255)}`]: 'x' }, /expected at most 255 characters/],
    [{ X: 'a'.repeat(1025) }, /expected at most 1024 bytes/],
    [{ X: 'é'.repeat(513) }, /expected at most 1024 bytes/],
    [{ X: 'a\u200db' }, /a character that nobody sees \(U\+200D\)/],
    [{ X: 'a\r\nVia: evil' }, /contains a control character \(U\+000D\)/],
    [{ X: '{trunknumber}' }, /did you mean \{trunkNumber\}\?/],
    [{ X: 1 }, /expected text, not a number/],
    [{ 'X-A': '1', 'x-a': '2' }, /is there twice/],
  ])('%j', (headers, expected) => {
    expect(linesFor(sales({ headers }))).toEqual([expect.stringMatching(expected)]);
  });
});

describe('waits', () => {
  it.each([
    ['1s', 'expected a wait from 2s to 290s'],
    ['5m', 'expected a wait from 2s to 290s'],
    [0, 'expected a wait from 2s to 290s'],
    [291, 'expected a wait from 2s to 290s'],
    ['2500ms', 'expected whole seconds'],
    ['soon', 'expected a duration such as 45s or 2m, or whole seconds'],
    [1.5, 'expected a duration such as 45s or 2m, or whole seconds'],
    [-5, 'expected a duration such as 45s or 2m, or whole seconds'],
  ])('%j', (wait, expected) => {
    expect(linesFor({ transfer: { wait } })).toEqual([`transfer.wait: ${expected}`]);
    expect(linesFor(sales({ wait }))).toEqual([`departments.sales.wait: ${expected}`]);
  });
});

describe('an announcement', () => {
  it.each<[string, string[]]>([
    ['One moment, please.', []],
    ['x'.repeat(300), []],
    ['x'.repeat(301), ['departments.sales.announce: an announcement has at most 300 characters']],
    [' ', ['departments.sales.announce: expected some text, not an empty one']],
    ['One\nTwo', ['departments.sales.announce: contains a control character (U+000A)']],
  ])('%s', (announce, problems) => {
    expect(linesFor(sales({ announce }))).toEqual(problems);
  });
});

describe('control characters', () => {
  it.each(['\t', '\n', '\r', '\0', '\x1b', '\x7f', '\x85', '\x9b', '\u2028', '\ud800'])(
    '%j is refused anywhere',
    (character) => {
      const value = `a${character}b`;
      const code = `U+${value.charCodeAt(1).toString(16).toUpperCase().padStart(4, '0')}`;
      const problem = `contains a control character (${code})`;
      expect(linesFor(sales({ description: value }))).toEqual([
        `departments.sales.description: ${problem}`,
      ]);
      expect(linesFor(sales({ to: value }))).toContain(`departments.sales.to: ${problem}`);
      expect(linesFor({ agents: [value] })).toEqual([`agents[0]: ${problem}`]);
      expect(linesFor({ trunks: { [value]: {} } })).toEqual([expect.stringContaining(problem)]);
      expect(linesFor({ unknown: [{ deep: value }] })).toContain(`unknown[0].deep: ${problem}`);
    },
  );
});

describe('any value at all', () => {
  const keys = fc.oneof(
    fc.constantFrom(
      'departments',
      'trunks',
      'dial',
      'number',
      'to',
      'aliases',
      'fallback',
      'headers',
      'wait',
      'agents',
      'policy',
      'countries',
      '__proto__',
      'constructor',
      '$import',
    ),
    fc.string(),
  );
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(anyText(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(keys, tie('value')), { maxLength: 6 }).map(fromEntries),
    ),
  })).value;
  /** As JSON.parse does it: `__proto__` becomes a key of its own. */
  function fromEntries(entries: [string, unknown][]): object {
    return JSON.parse(
      `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`,
    );
  }

  it('is judged without a crash, with a path and a message for each problem', () => {
    fc.assert(
      fc.property(values, (raw) => {
        const { config, problems } = checkConfig(raw);
        for (const { path, message } of problems) {
          assert.equal(typeof path, 'string');
          assert.ok(!['', 'Invalid input'].includes(message), `${path}: ${message}`);
        }
        if (problems.length > 0) assert.deepEqual(config, {});
        assert.equal(({} as Record<string, unknown>).to, undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('is judged in a moment, however many mistakes it holds', () => {
    const many = Object.fromEntries(
      Array.from({ length: 8000 }, (_, n) => [`d${n}`, { to: '1', fallback: [`e${n}`] }]),
    );
    const start = cpuMs();
    expect(linesFor(departments(many)).length).toBe(8000);
    expect(cpuMs() - start).toBeLessThan(3000);
  });
});
