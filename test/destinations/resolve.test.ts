import { describe, expect, test } from 'vitest';
import type { TransferConfig } from '../../src/config/types.ts';
import { resolveDestination } from '../../src/destinations/resolve.ts';
import { config, failureOf, trunkOf } from './config.ts';

describe('what is typed becomes a Refer-To', () => {
  // input, trunk id, kind, Refer-To, rule
  test.each([
    ['sales', null, 'department', 'sip:100@pbx.company.com', 'dial.extension'],
    [' NEW   Business ', null, 'department', 'sip:100@pbx.company.com', 'dial.extension'],
    ['department:sales', null, 'department', 'sip:100@pbx.company.com', 'dial.extension'],
    ['Department: Sales', null, 'department', 'sip:100@pbx.company.com', 'dial.extension'],
    ['support', null, 'department', 'sip:200@pbx.company.com', 'dial.extension'],
    ['support', 'ST_def', 'department', 'tel:+15105550200', 'trunks.ST_def.dial.number'],
    [
      'support',
      'ST_abc',
      'department',
      'sip:+15105550200@example.pstn.twilio.com',
      'preset twilio',
    ],
    ['billing', null, 'department', 'sip:300@pbx.company.com', 'departments.billing'],
    ['desk', null, 'department', 'sip:400@pbx.company.com', 'departments.desk'],
    ['desk', 'ST_def', 'department', 'tel:+15105550400', 'trunks.ST_def.dial.number'],
    ['Berlin', null, 'department', 'sip:+4930901820@trunk.provider.com', 'dial.number'],
    ['100', null, 'extension', 'sip:100@pbx.company.com', 'dial.extension'],
    ['12', null, 'extension', 'sip:12@pbx.company.com', 'dial.extension'],
    ['123456', null, 'extension', 'sip:123456@pbx.company.com', 'dial.extension'],
    ['extension:100', 'ST_pbx', 'extension', 'sip:100@pbx.example.com', 'preset asterisk'],
    ['EXTENSION: *97', null, 'extension', 'sip:*97@pbx.company.com', 'dial.extension'],
    ['extension:*21#', null, 'extension', 'sip:*21%23@pbx.company.com', 'dial.extension'],
    ['(510) 555-0100', null, 'number', 'sip:+15105550100@trunk.provider.com', 'dial.number'],
    ['number:5105550100', null, 'number', 'sip:+15105550100@trunk.provider.com', 'dial.number'],
    ['+1 510 555 0100', 'ST_def', 'number', 'tel:+15105550100', 'trunks.ST_def.dial.number'],
    ['+15105550100', 'ST_didww', 'number', 'sip:15105550100@out.didww.com', 'preset didww'],
    ['SIP:Alice@X.com', null, 'uri', 'sip:Alice@X.com', 'as typed'],
    ['SIPS:a@x.com;transport=TCP', null, 'uri', 'sips:a@x.com;transport=TCP', 'as typed'],
    ['Tel:+1-510-555-0100', null, 'uri', 'tel:+15105550100', 'as typed'],
  ])('%s on %s', (input, id, kind, referTo, rule) => {
    const found = resolveDestination(input, config, id === null ? null : trunkOf({ id }));
    expect([found.kind, found.referTo, found.rule]).toEqual([kind, referTo, rule]);
  });

  test('a department brings its name, number, wait, ringback, fallback and headers', () => {
    expect(resolveDestination('mobile', config, null)).toMatchObject({
      department: 'mobile',
      number: '+15105550100',
      referTo: 'sip:+15105550100@trunk.provider.com?User-to-User=queue%3Dmobile%3Bencoding%3Dhex',
      waitMs: 60_000,
      dialtone: false,
      warnings: [],
    });
    expect(resolveDestination('SUPPORT', config, null).fallback).toEqual(['voicemail']);
    expect(resolveDestination('SUPPORT', config, null).department).toBe('support');
  });

  test('the story is told step by step', () => {
    const { steps } = resolveDestination('support', config, trunkOf({ id: 'ST_def' }));
    expect(steps.map(({ what, detail }) => `${what}: ${detail}`)).toEqual([
      'reading: the department support',
      'number instead: 200 cannot be dialled here: departments.support.number, +15105550200',
      'number: +15105550200 (US, FIXED_LINE_OR_MOBILE), from departments.support.number',
      'trunk: ST_def: trunks.ST_def',
      'rule: trunks.ST_def.dial.number: tel:{number}',
      'Refer-To: tel:+15105550200',
      'header: Diversion: <sip:+15550001111@sip.telnyx.com>',
    ]);
  });

  test('a number or URI is E.164 in `number`, an extension is not', () => {
    const numbers = [
      '+15105550100',
      'tel:+15105550100',
      'sip:+15105550100@x.com',
      '100',
      'sip:15105550100@x.com',
    ];
    expect(numbers.map((input) => resolveDestination(input, config, null).number)).toEqual([
      '+15105550100',
      '+15105550100',
      '+15105550100',
      null,
      null,
    ]);
  });

  test('a department named in digits comes before the extension', () => {
    const departments = { '100': 'sip:lobby@pbx.company.com' };
    expect(resolveDestination('100', { ...config, departments }, null).kind).toBe('department');
    expect(resolveDestination('extension:100', { ...config, departments }, null).kind).toBe(
      'extension',
    );
  });
});

describe('what goes wrong says so', () => {
  test.each([
    ['sale', null, 'unknown-department: there is no department "sale"; did you mean "sales"?'],
    ['legal', null, 'unknown-department: there is no department "legal" | Departments: sales, '],
    ['new busines', null, 'did you mean "sales"?'],
    ['department:100', null, 'unknown-department: there is no department "100"'],
    ['constructor', null, 'unknown-department: there is no department "constructor"'],
    ['__proto__', null, 'unknown-department: there is no department "__proto__"'],
    ['', null, 'destination: the destination is empty'],
    [' \t', null, 'destination: the destination is empty'],
    ['sales\n', null, 'destination: LF (line feed) at position 6'],
    ['\u001b[31msales', null, 'destination: ESC at position 1'],
    ['sip:a@b.com\r\nX: y', null, 'destination: CR (carriage return) at position 12'],
    [
      '\u202asip:100@x.com\u202c',
      null,
      'destination: the invisible character U+202A at position 1',
    ],
    ['\u202a100@x.com\u202c', null, 'destination: the invisible character U+202A at position 1'],
    ['sip:1\u200e00@x.com', null, 'destination: the invisible character U+200E at position 6'],
    ['\u202asales\u202c', null, 'destination: the invisible character U+202A at position 1'],
    ['\u2066100\u2069', null, 'destination: the invisible character U+2066 at position 1'],
    ["'100", null, 'destination: an apostrophe in front of 100: no extension has that | Write 100'],
    ["'sales", null, 'unknown-department: there is no department'],
    ['+1510\u20285550100', null, 'destination: a line separator at position 6'],
    ['+1510\u00855550100', null, 'destination: the control character U+0085 at position 6'],
    ['a\u0000', null, 'destination: NUL at position 2'],
    ['sales@x.com', null, 'destination: "sales@x.com" is not a whole SIP address'],
    ['sales@x.com', null, '| Write sip:sales@x.com'],
    ['<sip:a@x.com>', null, '| Write sip:a@x.com'],
    ['100@pbx.company.com', null, 'is not a whole SIP address: '],
    ['100@pbx.company.com', null, '| Write sip:100@pbx.company.com'],
    ['100@pbx.company.com:5060', null, '| Write sip:100@pbx.company.com:5060'],
    ['+15105550100@x.com', null, '| Write sip:+15105550100@x.com'],
    ['"Sales" <sip:100@x.com>', null, '| Write sip:100@x.com'],
    ['"Sales" <SIP:100@x.com>;tag=1', null, '| Write sip:100@x.com'],
    ['100 <sip:100@x.com>', null, '| Write sip:100@x.com'],
    ['(Sales) <sip:100@x.com>', null, '| Write sip:100@x.com'],
    ['1 <tel:+15105550100>', null, '| Write tel:+15105550100'],
    ["'sip:100@x.com'", null, '| Write sip:100@x.com'],
    ['number:100@x.com', null, '"100@x.com" is an address, and no phone number'],
    ['https://x.com', null, 'destination: a call cannot be sent to a https: address'],
    ['sip:a b@x.com', null, 'a blank at position 6 cannot stand in the user part'],
    ['tel:+15105550100;ext=3', null, '";" at position 17'],
    ['extension:alice', null, 'destination: "alice" is not an extension'],
    ['sales', 'ST_def', 'destination: departments.sales, extension 100: this trunk cannot dial'],
    ['sales', 'ST_def', '| Give departments.sales a "number", or configure trunks.ST_def.dial.ext'],
    ['100', 'ST_abc', 'extension 100: this trunk cannot dial extensions (preset twilio)'],
    [
      'sales',
      'ST_old',
      'destination: the trunk ST_old is known to have no REFER (trunks.ST_old.refer)',
    ],
    [
      '+15105550100',
      'ST_lk',
      'known to have no REFER (trunks.ST_lk.provider) | Bridge its callers',
    ],
    [
      '+15105550100',
      'ST_plivo',
      'preset plivo needs {domain}, which is not known here | Give the trunk',
    ],
  ])('%j on %s', (input, id, expected) => {
    const trunk = id === null ? null : trunkOf({ id });
    expect(failureOf(() => resolveDestination(input, config, trunk))).toContain(expected);
  });

  test('control characters are named, never echoed', () => {
    const failure = failureOf(() => resolveDestination('x\u001b]0;pwned\u0007', config, null));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(failure).not.toMatch(/[\u0000-\u001f]/);
  });

  test("a department's own mistakes name their place", () => {
    const departments = {
      a: 'sales',
      b: '+1 510',
      c: 'sip:a b@x.com',
      d: { to: '100', wait: 'soon' },
      e: { to: '116 117', country: 'DE' },
    };
    const own: TransferConfig = { ...config, departments };
    const failures = Object.keys(departments).map(
      (name) => failureOf(() => resolveDestination(name, own, null)).split(' | ')[0],
    );
    expect(failures).toEqual([
      'destination: departments.a.to: "sales" is neither an extension, nor a number, nor an address',
      'destination: departments.b.to: "+1 510" is too short to be a phone number',
      'destination: departments.c gives no legal address: a blank at position 6 cannot stand in the user part',
      'destination: departments.d.wait: "soon" is not a duration',
      'destination: departments.e.to: "116 117" is not a number in use, as far as is known. It may be a short code: those have no country code',
    ]);
  });

  test('an extension without any template names the way out', () => {
    const bare: TransferConfig = { departments: { sales: '100' } };
    expect(failureOf(() => resolveDestination('sales', bare, null))).toBe(
      'destination: departments.sales, extension 100: no template for extensions is configured (dial.extension) | Give departments.sales a "number", or configure dial.extension, such as "sip:{extension}@pbx.example.com".',
    );
    expect(failureOf(() => resolveDestination('200', bare, null))).toContain(
      'Give a phone number or a whole address such as sip:200@pbx.example.com',
    );
  });
});

describe('the trunk decides the form', () => {
  const number = '+15105550100';
  test.each([
    [{ id: 'ST_abc', name: 'Main Street' }, 'sip:+15105550100@example.pstn.twilio.com'],
    [{ id: 'ST_new', name: 'main street' }, 'sip:+15105550100@main.example.com'],
    [{ host: 'sip.example.net:5060' }, 'sip:+15105550100@one.example.net'],
    [{ host: 'SIP2.EXAMPLE.NET' }, 'sip:+15105550100@any.example.net'],
    [{ host: 'example.net' }, 'sip:+15105550100@trunk.provider.com'],
    [{ name: 'Main Street', host: 'sip.example.net' }, 'sip:+15105550100@main.example.com'],
    [{ host: 'evil.example.org' }, 'sip:+15105550100@trunk.provider.com'],
  ])('%j', (known, referTo) => {
    expect(resolveDestination(number, config, trunkOf(known)).referTo).toBe(referTo);
  });

  const bare: TransferConfig = { departments: { sales: '100' } };

  test('nothing configured: tel:, with a warning', () => {
    const found = resolveDestination(number, bare, trunkOf());
    expect([found.referTo, found.rule]).toEqual([`tel:${number}`, 'tel: (nothing configured)']);
    expect(found.warnings[0]).toContain('the address form of the trunk is not known');
  });

  const addProvider = (title: string, provider: string) =>
    `this looks like ${title}, and the config says nothing about the trunk: give it "provider": "${provider}" under "trunks"`;

  test.each([
    ['telnyx', 'evil.telnyx.com', 'sip:+15105550100@sip.telnyx.com', 'preset telnyx', 'Telnyx'],
    ['twilio', 'evil.pstn.twilio.com', 'tel:+15105550100', 'preset twilio', 'Twilio Elastic SIP'],
    ['plivo', 'evil.zt.plivo.com', 'tel:+15105550100', 'tel: (nothing configured)', 'Plivo'],
    ['didww', 'evil.didww.com', 'tel:+15105550100', 'tel: (nothing configured)', 'DIDWW'],
  ] as const)(
    "%s recognised has its preset where that needs nothing of the caller's host",
    (provider, host, referTo, rule, title) => {
      const found = resolveDestination(number, bare, trunkOf({ provider, host }));
      expect([found.referTo, found.rule]).toEqual([referTo, rule]);
      expect(found.warnings[0]).toMatch(new RegExp(`^this looks like ${title}`));
      expect(found.warnings[0]).toContain(`give it "provider": "${provider}" under "trunks"`);
    },
  );

  test('a recognised provider is a guess, and said to be one', () => {
    const telnyx = trunkOf({ id: 'ST_1', provider: 'telnyx' });
    expect(resolveDestination(number, bare, telnyx).warnings).toEqual([
      addProvider('Telnyx', 'telnyx'),
    ]);
    const named: TransferConfig = { trunks: { ST_1: { headers: { 'X-A': 'b' } } } };
    expect(resolveDestination(number, named, telnyx)).toMatchObject({
      referTo: 'sip:+15105550100@sip.telnyx.com',
      warnings: [
        'this looks like Telnyx, and the config names no provider of the trunk: add "provider": "telnyx" to trunks.ST_1',
      ],
    });
    const stated: TransferConfig = { trunks: { ST_1: { provider: 'telnyx' } } };
    expect(resolveDestination(number, stated, telnyx).warnings).toEqual([]);
  });

  test('a recognised provider makes nothing of extensions, and yields to the config', () => {
    const telnyx = trunkOf({ provider: 'telnyx' });
    expect(failureOf(() => resolveDestination('200', bare, telnyx))).toContain(
      'no template for extensions is configured (dial.extension)',
    );
    expect(resolveDestination(number, config, telnyx).rule).toBe('dial.number');
  });

  test("a recognised provider's preset is used with a domain from the config", () => {
    const listed: TransferConfig = { trunks: { ST_1: { domain: 'example' } } };
    const facts = trunkOf({ id: 'ST_1', provider: 'twilio' });
    const found = resolveDestination(number, listed, facts);
    expect([found.referTo, found.rule]).toEqual([
      'sip:+15105550100@example.pstn.twilio.com',
      'preset twilio',
    ]);
    expect(failureOf(() => resolveDestination('200', listed, facts))).toContain('(preset twilio)');
  });

  test.each([
    [{ provider: 'twilio' }, 'tel:+15105550100'],
    [
      { provider: 'twilio', domain: 'example:5060' },
      'sip:+15105550100@example.pstn.twilio.com:5060',
    ],
    [
      { provider: 'plivo', domain: '217.zt.plivo.com:5060' },
      'sip:+15105550100@217.zt.plivo.com:5060',
    ],
    [{ provider: 'twilio', domain: 'a.b.example' }, 'sip:+15105550100@a.b.example'],
    [{ provider: 'telnyx' }, 'sip:+15105550100@sip.telnyx.com'],
    [{ provider: 'plivo', domain: '217' }, 'sip:+15105550100@217.zt.plivo.com'],
    [{ provider: 'wavix', domain: 'gw.wavix.net' }, 'sip:+15105550100@gw.wavix.net'],
    [{ provider: 'freeswitch', domain: 'fs.example' }, 'sip:+15105550100@fs.example'],
    [
      { domain: 'd.example', dial: { number: 'sip:{digits}@{domain}' } },
      'sip:15105550100@d.example',
    ],
    [{ dial: { number: 'sip:9{digits}@a.example' } }, 'sip:915105550100@a.example'],
    [{ dial: { number: 'SIP:{number}@a.example' } }, 'sip:+15105550100@a.example'],
    [
      { dial: { number: 'sip:{number};from={callerNumber}@a.example' } },
      'sip:+15105550100;from=+15105550199@a.example',
    ],
  ] as const)('%j', (own, referTo) => {
    const found = resolveDestination(
      number,
      { ...bare, trunks: { ST_1: own } },
      trunkOf({ id: 'ST_1' }),
    );
    expect(found.referTo).toBe(referTo);
    expect(found.warnings).toEqual([]);
  });

  test('what strangers chose is escaped before it is put into an address', () => {
    const trunks = { ST_1: { dial: { number: 'sip:{number};c={callerNumber}@a.example' } } };
    const facts = trunkOf({ id: 'ST_1', callerNumber: '1@evil.example;x' });
    expect(resolveDestination(number, { trunks }, facts).referTo).toBe(
      'sip:+15105550100;c=1%40evil.example%3Bx@a.example',
    );
  });

  test('a placeholder without a value stops an address, and leaves out a header', () => {
    const dial = { number: 'sip:{number};c={callerNumber}@a.example' };
    const hidden = trunkOf({ id: 'ST_def', callerNumber: null, trunkNumber: null });
    expect(failureOf(() => resolveDestination(number, { dial }, hidden))).toBe(
      'destination: dial.number needs {callerNumber}, which is not known here | The caller hides their number: leave it out of the template.',
    );
    const found = resolveDestination(number, config, hidden);
    expect(found.headers).toEqual({});
    expect(found.warnings).toEqual([
      'the header Diversion is left out: {trunkNumber} is not known here',
    ]);
    expect(
      failureOf(() => resolveDestination(number, { dial: { number: 'sip:{nmber}@x.y' } }, null)),
    ).toContain('dial.number: there is no placeholder {nmber}');
  });

  test("headers are the trunk's, then the department's, which win in any case", () => {
    const own: TransferConfig = {
      defaultCountry: 'US',
      trunks: {
        ST_1: {
          headers: { Diversion: '<sip:{trunkNumber}@x>', 'X-A': '1' },
          dial: { extension: 'sip:{extension}@x.y' },
        },
      },
      departments: { sales: { to: '100', headers: { 'x-a': '{department}', 'X-B': '{"a":1}' } } },
    };
    expect(resolveDestination('sales', own, trunkOf({ id: 'ST_1' })).headers).toEqual({
      Diversion: '<sip:+15550001111@x>',
      'x-a': 'sales',
      'X-B': '{"a":1}',
    });
  });

  test('a tel: address carries no headers for the target', () => {
    const found = resolveDestination('mobile', config, trunkOf({ id: 'ST_def' }));
    expect(found.referTo).toBe('tel:+15105550100');
    expect(found.warnings).toEqual([
      'a tel: address carries no headers: referToHeaders are left out on this trunk',
    ]);
  });
});

describe('--via', () => {
  test.each([
    [
      '+15559876543',
      'trunk.provider.com',
      'sip:+15559876543@trunk.provider.com',
      '--via trunk.provider.com',
    ],
    [
      '+15105550100',
      'sip:trunk.provider.com:5070;transport=tls',
      'sip:+15105550100@trunk.provider.com:5070;transport=tls',
      '--via trunk.provider.com:5070;transport=tls',
    ],
    ['+15105550100', '192.0.2.7', 'sip:+15105550100@192.0.2.7', '--via 192.0.2.7'],
    ['100', 'pbx2.company.com', 'sip:100@pbx2.company.com', '--via pbx2.company.com'],
    ['sales', 'pbx2.company.com', 'sip:100@pbx2.company.com', '--via pbx2.company.com'],
    ['+15105550100', 'ST_abc', 'sip:+15105550100@example.pstn.twilio.com', 'preset twilio'],
    [
      '+15105550100',
      'main street',
      'sip:+15105550100@main.example.com',
      'trunks["Main Street"].dial.number',
    ],
    ['support', 'ST_abc', 'sip:+15105550200@example.pstn.twilio.com', 'preset twilio'],
    ['100', 'sip.example.net', 'sip:100@sip.example.net', '--via sip.example.net'],
    ['desk', 'pbx2.company.com', 'sip:+15105550400@pbx2.company.com', '--via pbx2.company.com'],
  ])('%s via %s', (input, via, referTo, rule) => {
    const found = resolveDestination(input, config, trunkOf({ id: 'ST_pbx' }), { via });
    expect([found.referTo, found.rule]).toEqual([referTo, rule]);
  });

  test.each([
    ['100', 'ST_ab', 'no-such-trunk: --via: no trunk "ST_ab" in the config; did you mean "ST_abc"'],
    ['100', 'a b.com', 'destination: --via: "a b.com" is not a host: a blank at position 6'],
    ['100', 'u@x.com', 'destination: --via: "u@x.com" is not a host'],
    ['100', 'x.com?a=b', 'destination: --via: "x.com?a=b" is not a host'],
    ['100', 'x.com\n', 'destination: LF (line feed) at position 6 of --via'],
    ['100', 'x.c\nom', 'destination: LF (line feed) at position 4 of --via'],
    ['sip:a@x.com', 'y.com', 'destination: an address is a whole destination'],
  ])('%s via %j fails', (input, via, expected) => {
    expect(failureOf(() => resolveDestination(input, config, null, { via }))).toContain(expected);
  });

  test('a department that is a whole address says that --via is not used', () => {
    const found = resolveDestination('billing', config, null, { via: 'x.com' });
    expect(found.referTo).toBe('sip:300@pbx.company.com');
    expect(found.warnings).toEqual(['--via is not used: departments.billing is a whole address']);
  });
});

describe('doubts', () => {
  test.each([
    [
      '+15550001111',
      { trunkNumber: '+15550001111' },
      'is the number the caller called: it may come back',
    ],
    [
      'sip:15550001111@x.com',
      { trunkNumber: '+15550001111' },
      'it may come back to the same agent',
    ],
    ['+15550001111', { direction: 'outbound' as const }, 'is our own number: it may come back'],
    ['+15105550199', {}, "is the caller's own number"],
    ['sip:+15559876543@x.com', {}, '+15559876543 is not a number in use'],
    ['sip:+1556@x.com', {}, '+1556 is not a possible phone number'],
    [
      'tel:+15105550100',
      { id: 'ST_pbx' },
      'Asterisk or FreePBX (PJSIP) does not take tel: addresses',
    ],
    ['billing', { id: 'ST_abc' }, 'according to the config, this trunk reaches no extensions'],
  ])('%s on %j', (input, known, warning) => {
    const { warnings } = resolveDestination(input, config, trunkOf(known));
    expect(warnings.join('\n')).toContain(warning);
  });
});

describe('a phone number that was copied', () => {
  const dropped = (names: string) => [`left out of the phone number: ${names}`];
  test.each([
    ['\u202a+1 510 555 0100\u202c', ['the invisible character U+202A', 'U+202C']],
    ['\u2066+1\u2068510\u20695550100\u2069', ['U+2066', 'U+2068', 'U+2069']],
    ['\u200e(510)\u200f 555-0100', ['U+200E', 'U+200F']],
    ['+1510\u202e5550100', ['U+202E']],
    ['+1 510\ufeff 555 0100', ['a byte order mark']],
    ['+1\u00a0510\u00a0555\u00a00100', ['a no-break space']],
    ['+1\u202f510\u2007555 0100', ['a narrow no-break space', 'a figure space']],
    ["'+15105550100", ['an apostrophe']],
    ['’(510) 555-0100', ['an apostrophe']],
    ["\u202a'+15105550100", ['U+202A', 'an apostrophe']],
    ['number:\u200e+15105550100', ['U+200E']],
    ['\u200enumber:+15105550100', ['U+200E']],
    ["number:'510 555 0100", ['an apostrophe']],
  ])('%j is read without what came along, and the warning names it', (input, names) => {
    const { referTo, warnings } = resolveDestination(input, config, null);
    expect(referTo).toBe('sip:+15105550100@trunk.provider.com');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^left out of the phone number: /);
    for (const name of names) expect(warnings[0]).toContain(name);
  });

  test.each(['tel:+1\u202a510\u202c5550100', '\u202atel:+15105550100', 'tel:+1\u00a05105550100'])(
    'so is a tel: address: %j',
    (input) => {
      const { referTo, warnings } = resolveDestination(input, config, null);
      expect(referTo).toBe('tel:+15105550100');
      expect(warnings.join()).toContain('left out of the phone number: ');
    },
  );

  test('so are the numbers of a config', () => {
    const departments = {
      front: '\u202a+15105550100\u202c',
      back: { to: '100', number: "'+15105550100" },
    };
    const own = { ...config, departments };
    expect(resolveDestination('front', own, null).warnings).toEqual(
      dropped('the invisible character U+202A, the invisible character U+202C'),
    );
    const back = resolveDestination('back', own, trunkOf({ id: 'ST_def' }));
    expect(back.referTo).toBe('tel:+15105550100');
    expect(back.warnings).toEqual(dropped('an apostrophe'));
  });

  test.each(['9\u200b11', "'911", '+1\u202e911', '\u202atel:911'])(
    'an emergency number stays refused: %j',
    (input) => {
      expect(() => resolveDestination(input, config, null)).toThrow();
    },
  );
});

describe('a number of before its country changed the form', () => {
  const countries = ['US', 'MX', 'BR', 'CO', 'BJ', 'CI', 'AR'];
  const own: TransferConfig = { ...config, policy: { countries } };

  test.each([
    ['+52 1 55 1234 5678', null, '+525512345678', true],
    ['tel:+52 55 1234 5678', null, '+525512345678', false],
    ['52 1 55 1234 5678', 'MX', '+525512345678', true],
    ['044 55 1234 5678', 'MX', '+525512345678', true],
    ['01 55 1234 5678', 'MX', '+525512345678', true],
    ['+55 11 8765-4321', null, '+5511987654321', true],
    ['(11) 8765-4321', 'BR', '+5511987654321', true],
    ['+57 1 2345678', null, '+576012345678', true],
    ['+229 97 12 34 56', null, '+2290197123456', true],
    ['+55 11 7765-4321', null, '+551177654321', false],
    ['+55 11 2345-6789', null, '+551123456789', false],
    ['+54 9 11 2345 6789', null, '+5491123456789', false],
    ['+54 11 2345 6789', null, '+541123456789', false],
  ])('%s in %s is read as %s', (input, defaultCountry, e164, isOld) => {
    const given = defaultCountry === null ? own : { ...own, defaultCountry };
    const { number, referTo, warnings } = resolveDestination(input, given, null);
    expect(number).toBe(e164);
    expect(referTo).toContain(e164);
    const note = `is the old form of the number: it is ${e164} now, and that is dialled`;
    if (isOld) expect(warnings.join()).toContain(note);
    else expect(warnings.join()).not.toContain('before');
  });

  test('one that may have become any of several is refused, with all of them', () => {
    expect(failureOf(() => resolveDestination('+225 07 08 09 10', own, null))).toBe(
      'destination: "+225 07 08 09 10" is a number as it was before 2021, and has two more digits since | Write +2250107080910, +2250507080910 or +2250707080910, whichever is right.',
    );
    expect(failureOf(() => resolveDestination('+225 20 21 22 23', own, null))).toContain(
      'Write +2252120212223, +2252520212223 or +2252720212223',
    );
  });

  test('one without a plus that may be a number abroad as well is none', () => {
    const mexican = { ...own, defaultCountry: 'MX' };
    expect(failureOf(() => resolveDestination('1 55 1234 5678', mexican, null))).toContain(
      'is too long to be a phone number for MX (+52)',
    );
  });

  test('an address goes out as it is written, and the warning names the form of today', () => {
    const { referTo, warnings } = resolveDestination('sip:+5215512345678@x.com', own, null);
    expect(referTo).toBe('sip:+5215512345678@x.com');
    expect(warnings).toEqual([
      '+5215512345678 is a number as it was before 2019: it would be +525512345678 now',
    ]);
  });

  test('it is no way around the policy', () => {
    expect(failureOf(() => resolveDestination('+52 1 55 1234 5678', config, null))).toContain(
      '+525512345678 belongs to MX, and typed numbers are limited to',
    );
  });

  test('a loop is one in either form', () => {
    const trunk = trunkOf({ trunkNumber: '+5215512345678' });
    expect(resolveDestination('+52 55 1234 5678', own, trunk).warnings.join()).toContain(
      'is the number the caller called: it may come back',
    );
  });
});
