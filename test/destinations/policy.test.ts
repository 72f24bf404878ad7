import { describe, expect, test } from 'vitest';
import type { PolicyConfig, TransferConfig } from '../../src/config/types.ts';
import { emergencyIn } from '../../src/destinations/address/dial-string.ts';
import { resolveDestination } from '../../src/destinations/resolve.ts';
import { config, failureOf, trunkOf } from './config.ts';

function under(policy: PolicyConfig, more: Partial<TransferConfig> = {}): TransferConfig {
  return { ...config, ...more, policy };
}

describe('emergency numbers are refused in every form', () => {
  test.each([
    ...['911', '112', '999', '000', '110', '119', '118', '08', '988'],
    ...['extension:911', 'extension:*911#', 'number:911', '+1911', '+1 (911)', '+49112', '+44999'],
    ...['+911', '+11911', '0111911', '9-1-1', '９１１', '+92 1122'],
    ...['sip:911@x', 'SIP:911@x.com', 'sips:911@x.com;transport=tls', 'sip:911:pw@x.com'],
    ...['sip:+1911@x.com', 'sip:0111911@x.com', 'sip:001911@x.com'],
    ...['sip:%39%31%31@x.com', 'sip:9-1-1@x.com', 'sip:911;x=y@x.com', 'sip:911,,1@x.com'],
    ...['sip:tel:911@x.com', 'sip:sip:911@x.com', 'sip:911p1@x.com', 'sip:sos@x.com'],
    ...['sip:sos.fire@x.com', 'sip:911', 'sip:911@', 'sip:911@x_y', 'sip:112?a=b'],
    ...['sip:sos;x@x.com', 'sip:sos:pw@x.com', 'SIP:%53OS@x.com', 'sip:sos', 'urn:service:sos'],
    ...['URN:service:sos.police', 'sip:urn%3Aservice%3Asos@x.com', 'sip:++911@x.com'],
    ...['sip:%EF%BC%99%EF%BC%91%EF%BC%91@x.com', 'sip:9%E2%80%8B11@x.com', 'sip:/911@x.com'],
    ...['9911', 'sip:9-911@x.com', 'sip:9,911@x.com', 'sip:9w911@x.com', '0112', '00112', '000112'],
    ...['sip:0999@x.com', 'sip:*67911@x.com', 'sip:*82911@x.com', 'extension:#31#112'],
    ...['sip:9,112@x.com', 'sip:8,911@x.com', 'sip:9,999@x.com', 'sip:0w1-1-2@x.com'],
    ...['sip:81,911@x.com', 'sip:9,,1,911@x.com', 'sip:*67,911@x.com', 'sip:*9p112@x.com'],
    ...['sip:9,1,1@x.com', 'sip:9w1w1@x.com', 'sip:91,1@x.com', 'sip:2000,112@x.com'],
    ...['sip:911p@x.com', 'sip:911ww1@x.com', 'sip:911pp1@x.com', 'sip:911x@x.com'],
    ...['sip:911,p@x.com', 'sip:911p;a=b@x.com', 'sip:9%2C112@x.com'],
    ...['sip:9/1/1@x.com', 'sip:9~1~1@x.com', 'sip:9%E2%80%901%E2%80%931@x.com'],
    ...['sip:08,5551234@x.com', 'sip:911,100@x.com', 'sip:1010288,911@x.com'],
    ...['tel:911', 'TEL:911', 'tel:+1911', 'tel:9-1-1', 'tel:911;phone-context=+1', 'tel:+000'],
  ])('%s', (input) => {
    expect(failureOf(() => resolveDestination(input, config, null))).toMatch(
      /^policy: \w+ is an emergency number(?: in [A-Z, ]+)?: callers are never transferred there/,
    );
  });

  test.each([
    ['100', 'US', false],
    ['100', 'IN', true],
    ['190', 'US', false],
    ['190', 'BR', true],
    ['111', 'NZ', true],
    ['111', 'US', false],
    ['1911', 'US', false],
    ['9110', 'US', false],
    ['9000', 'US', false],
    ['9999', 'GB', false],
    ['0100', 'US', false],
    ['*97', 'US', false],
    [`1${'*'.repeat(200_000)}1`, 'US', false],
    ['+15105550911', 'US', false],
    ['+4930112', 'DE', false],
  ])('%s in %s: %s', (dialled, country, isEmergency) => {
    expect(emergencyIn(dialled, [country]) !== null).toBe(isEmergency);
  });

  test.each([
    ...['sip:sales@x.com', 'sip:user9,1@x.com', 'sip:911-team@x.com', 'sip:911police@x.com'],
    ...['sip:911wxteam@x.com', 'sip:112_night@x.com', 'sip:9110,1@x.com', 'sip:2000,1234@x.com'],
    ...['sip:+15105550100,,112@x.com', 'sip:+15105550100p911@x.com', 'sip:9,+15105550112@x.com'],
    ...['sip:100x112@x.com', 'sip:9,9,1@x.com'],
  ])('%s is none', (input) => {
    expect(() => resolveDestination(input, config, null)).not.toThrow();
  });

  test('what stands after a pause is an ordinary number where it is none', () => {
    const found = resolveDestination('sip:9,+15105550100@x.com', config, null);
    expect(found.number).toBe('+15105550100');
  });

  const NO_COUNTRY: TransferConfig = {
    dial: { number: 'sip:{number}@trunk.example.com', extension: 'sip:{extension}@x.com' },
    departments: { sales: '100' },
  };

  test.each(['100', 'extension:190', 'sip:17@x.com', 'sip:9,100@x.com'])(
    'where no country is known to dial, %s may be one',
    (input) => {
      expect(failureOf(() => resolveDestination(input, NO_COUNTRY, null))).toMatch(
        /^policy: \d+ is an emergency number in .*: callers are never transferred there \| Which country dials is not known.*set "defaultCountry" in the config\. .*give it a department/,
      );
      const own = { ...NO_COUNTRY, defaultCountry: 'US' };
      expect(resolveDestination(input, own, null).warnings).not.toContainEqual(
        expect.stringContaining('emergency'),
      );
    },
  );

  test('the number of the trunk tells the country, whatever the default one is', () => {
    const indian = trunkOf({ trunkNumber: '+912212345678' });
    const own = { ...NO_COUNTRY, defaultCountry: 'US' };
    for (const given of [NO_COUNTRY, own]) {
      expect(failureOf(() => resolveDestination('100', given, indian))).toContain(
        '100 is an emergency number: callers are never transferred there | Tell the caller',
      );
      expect(resolveDestination('190', given, indian).referTo).toBe('sip:190@x.com');
      expect(resolveDestination('sales', given, indian).referTo).toBe('sip:100@x.com');
    }
    const american = trunkOf({ trunkNumber: '+15105550001' });
    expect(resolveDestination('100', NO_COUNTRY, american).referTo).toBe('sip:100@x.com');
  });

  test('what a config names as its own extension needs no country', () => {
    expect(resolveDestination('sales', NO_COUNTRY, null).warnings).toEqual([]);
  });

  // As phone numbers, in a config whose country is US.
  test.each([
    ['number:190', '190 is an emergency number in BR'],
    ['1-0-0', '100 is an emergency number in AF, AR, AW, BD and'],
    ['tel:15', '15 is an emergency number in '],
    ['tel:19', '19 is an emergency number in EH, MA:'],
    ['+1 100', '100 is an emergency number in '],
    ['sip:+49190@x.com', '190 is an emergency number in BR'],
    ['sip:+499001301@x.com', null],
    ['sip:+6902611@x.com', null],
    ['sip:+5003200@x.com', null],
    ['100', null],
    ['sip:100@pbx.company.com', null],
    ['extension:119119', null],
  ])('any country’s are refused as a phone number: %s', (input, message) => {
    const anywhere = under({ countries: ['US', 'DE', 'TK', 'FK'], premium: true });
    const run = () => resolveDestination(input, anywhere, null);
    if (message === null) expect(run).not.toThrow();
    else expect(failureOf(run)).toContain(message);
  });

  test('a department that is a phone number reaches no country’s either', () => {
    const own = { ...config, departments: { a: 'number:100' } };
    expect(failureOf(() => resolveDestination('a', own, null))).toContain('100 is an emergency');
  });

  test('the config alone may name one, as an extension of its PBX', () => {
    const { referTo, warnings } = resolveDestination('voicemail', config, null);
    expect(referTo).toBe('sip:999@pbx.company.com');
    expect(warnings).toEqual([
      '999 is an emergency number; it is allowed as an extension of your own, since the config names it (departments.voicemail)',
    ]);
    const departments = { a: '911', b: 'sip:911@pbx.company.com' };
    for (const name of ['a', 'b']) {
      expect(resolveDestination(name, { ...config, departments }, null).warnings).toHaveLength(1);
    }
  });

  test.each(['tel:+1911', '+1911', 'number:911', 'sip:+1911@pbx.company.com'])(
    'not even the config reaches the emergency services themselves: %s',
    (to) => {
      const own = { ...config, departments: { a: to } };
      expect(failureOf(() => resolveDestination('a', own, null))).toContain(
        'is an emergency number',
      );
    },
  );
});

describe('typed numbers stay in the countries of the policy', () => {
  // input, policy, the message or null when allowed
  test.each([
    ['+15105550100', {}, null],
    ['+4930901820', {}, 'belongs to DE, and typed numbers are limited to the default country, US'],
    ['+4930901820', { countries: ['US', 'DE'] }, null],
    ['+4930901820', { countries: ['us', 'de'] }, null],
    [
      '+15105550100',
      { countries: ['DE'] },
      'belongs to US, and typed numbers are limited to DE (policy.countries)',
    ],
    ['+18762345678', {}, 'belongs to JM'],
    ['+16135550100', {}, 'belongs to CA'],
    ['+18005551234', { countries: ['CA'] }, null],
    ['+15559876543', {}, null],
    ['+80012345678', {}, 'belongs to the calling code +800'],
    ['tel:+4930901820', {}, 'belongs to DE'],
    ['sip:+4930901820@x.com', {}, 'belongs to DE'],
    ['sip:+49%33%30901820@x.com', {}, 'belongs to DE'],
    ['sip:+49-30-901820;a=b@x.com', {}, 'belongs to DE'],
    ['sip:0114930901820@x.com', {}, 'belongs to DE'],
    ['sip:004930901820@x.com', {}, 'belongs to DE'],
    ['sip:493012345678@x.com', {}, 'belongs to DE'],
    ['sip:tel:+4930901820@x.com', {}, 'belongs to DE'],
    ['sip:*67+4930901820@x.com', {}, 'belongs to DE'],
    ['sip:#31#004930901820@x.com', {}, 'cannot stand in the user part'],
    ['sip:9,0114930901820@x.com', {}, 'belongs to DE'],
    ['sip:90114930901820@x.com', {}, 'belongs to DE'],
    ['sip:10114930901820@x.com', {}, 'belongs to DE'],
    ['sip:*67,+4930901820@x.com', {}, 'belongs to DE'],
    ['sip:+4930,901820@x.com', {}, 'belongs to DE'],
    ['sip:011/49/30/901820@x.com', {}, 'belongs to DE'],
    ['sip:+15105550100,,2@x.com', {}, null],
    ['sip:00114930901820@x.com', {}, 'belongs to DE'],
    ['sip:00004930901820@x.com', {}, 'belongs to DE'],
    ['sip:10102880114930901820@x.com', {}, 'belongs to DE'],
    ['sip:901820;phone-context=+4930@x.com', {}, 'belongs to DE'],
    ['sip:91-510-555-0100@x.com', {}, 'belongs to IN'],
    ['sip:0449051234567@x.com', {}, 'it is not known which country 0449051234567 is in'],
    ['sip:1234567890123@x.com', {}, 'it is not known which country 1234567890123 is in'],
    ['sip:1234567890123@x.com', { countries: ['DE'] }, 'are limited to DE (policy.countries)'],
    ['sip:+2479999999999@x.com', {}, 'belongs to AC'],
    ['sip:+9991234567@x.com', {}, 'belongs to no known country'],
    ['sip:15105550100@x.com', {}, null],
    ['sip:15550001111@x.com', {}, null],
    ['sip:2000123@x.com', {}, null],
    ['sip:bob:+4930901820@x.com', {}, null],
    ['sip:5105550100@x.com', {}, null],
    ['sip:2000@x.com', {}, null],
    ['sip:alice@x.com', {}, null],
    ['extension:0114930901820', {}, 'belongs to DE'],
    ['Berlin', {}, null],
    ['Berlin', { countries: ['US'] }, null],
  ])('%s under %j', (input, policy, message) => {
    const run = () => resolveDestination(input, under(policy), null);
    if (message === null) expect(run).not.toThrow();
    else expect(failureOf(run)).toContain(message);
  });

  test.each([
    ['+4930901820', true],
    ['+18762345678', true],
    ['+449991234567', true],
    ['+80012345678', false],
    ['+870773111632', false],
    ['sip:+9991234567@x.com', false],
  ])('the way out of %s is a country: %s', (input, isCountry) => {
    const hint = isCountry
      ? 'Add the country to policy.countries in the config, or give the number a department.'
      : 'No country has that code, so policy.countries cannot list it: give the number a department.';
    const failure = failureOf(() => resolveDestination(input, under({ premium: true }), null));
    expect(failure).toContain(` | ${hint}`);
  });

  test('a country of this run alone lets nobody into another one', () => {
    const run = { ...config, defaultCountry: 'DE', fileCountry: 'US' };
    expect(failureOf(() => resolveDestination('+4930901820', run, null))).toContain(
      'belongs to DE, and typed numbers are limited to the default country, US (policy.countries',
    );
    expect(failureOf(() => resolveDestination('030 901820', run, null))).toContain('belongs to DE');
    expect(resolveDestination('+15105550100', run, null).number).toBe('+15105550100');
    for (const input of ['988', 'sip:988@x.com']) {
      expect(failureOf(() => resolveDestination(input, run, null))).toMatch(
        /^policy: 988 is an em/,
      );
    }
    const icelandic = { ...run, defaultCountry: 'IS' };
    for (const [input, message] of [
      ['sip:9005551234@x.com', 'a premium-rate number'],
      ['sip:8762345678@x.com', 'belongs to JM'],
    ] as const) {
      expect(failureOf(() => resolveDestination(input, icelandic, null))).toContain(message);
    }
    const listed = { ...run, policy: { countries: ['DE'] } };
    expect(resolveDestination('sip:030901820@x.com', listed, null).warnings).not.toEqual([]);
    expect(resolveDestination('030 901820', listed, null).number).toBe('+4930901820');
  });

  test('without a default country and a list there is no limit', () => {
    expect(resolveDestination('+4930901820', {}, null).referTo).toBe('tel:+4930901820');
  });
});

describe('dear numbers are refused, departments too', () => {
  test.each([
    ['+19005551234', 'a premium-rate number'],
    ['sip:+19005551234@x.com', 'a premium-rate number'],
    ['sip:19005551234@x.com', 'a premium-rate number'],
    ['sip:9005551234@x.com', 'a premium-rate number'],
    ['sip:9005551234;phone-context=+1@x.com', 'a premium-rate number'],
    ['sip:01119005551234@x.com', 'a premium-rate number'],
    ['sip:+19001234567@x.com', 'a premium-rate number'],
    ['sip:+1(900)555-1234@x.com', 'a premium-rate number'],
    ['sip:%2B19005551234@x.com', 'a premium-rate number'],
    ['sip:+19005551234p1@x.com', 'a premium-rate number'],
    ['tel:+1-900-555-1234', 'a premium-rate number'],
    ['sip:+19005551234;ext=1@x.com', 'a premium-rate number'],
    ['sip:++19005551234@x.com', 'a premium-rate number'],
    ['sip:9,19005551234@x.com', 'a premium-rate number'],
    ['sip:9w1-900-555-1234@x.com', 'a premium-rate number'],
    ['sip:919005551234@x.com', 'a premium-rate number'],
    ['sip:9+19005551234@x.com', 'a premium-rate number'],
    ['sip:901119005551234@x.com', 'a premium-rate number'],
    ['sip:101119005551234@x.com', 'a premium-rate number'],
    ['sip:+101119005551234@x.com', 'a premium-rate number'],
    ['sip:+01119005551234@x.com', 'a premium-rate number'],
    ['sip:000019005551234@x.com', 'a premium-rate number'],
    ['sip:101028819005551234@x.com', 'a premium-rate number'],
    ['sip:9101028819005551234@x.com', 'a premium-rate number'],
    ['sip:1010288019005551234@x.com', 'a premium-rate number'],
    ['sip:*7219005551234@x.com', 'a premium-rate number'],
    ['extension:**21*19005551234#', 'a premium-rate number'],
    ['sip:0;phone-context=+1900555123@x.com', 'a premium-rate number'],
    ['sip:!19005551234@x.com', 'a premium-rate number'],
    ['sip://19005551234@x.com', 'a premium-rate number'],
    ['sip:%0019005551234@x.com', 'a premium-rate number'],
    ['sip:%EF%BC%8B%EF%BC%91%EF%BC%99%EF%BC%90%EF%BC%905551234@x.com', 'a premium-rate number'],
    ['sip:19005550100ww1@x.com', 'a premium-rate number'],
    ['sip:19005550100p@x.com', 'a premium-rate number'],
    ['sip:*67,19005550123@x.com', 'a premium-rate number'],
    ['sip:9,*67,19005550123@x.com', 'a premium-rate number'],
    ['sip:1010288,19005550123@x.com', 'a premium-rate number'],
    ['sip:*6719005550123,1@x.com', 'a premium-rate number'],
    ['sip:2000,19005550123@x.com', 'a premium-rate number'],
    ['sip:1900,555,0123@x.com', 'a premium-rate number'],
    ['sip:9,1900,5550123@x.com', 'a premium-rate number'],
    ['sip:+1900,5550123@x.com', 'a premium-rate number'],
    ['sip:1900/555/0100@x.com', 'a premium-rate number'],
    ['sip:1~900~555~0100@x.com', 'a premium-rate number'],
    ['outside', 'a premium-rate number'],
    ['+447012345678', 'a personal number'],
    ['+870773111632', 'a satellite number'],
    ['sip:+88163123456@x.com', 'a satellite number'],
    ['sip:00870773111632@x.com', 'a satellite number'],
    ['+88216123456', 'a global network number'],
    ['+883510001234', 'a global network number'],
    ['+979123456789', 'a'],
    ['+80812345678', 'a'],
    ['lottery', 'a premium-rate number'],
    ['hotline', 'a premium-rate number'],
  ])('%s', (input, kind) => {
    const departments = {
      lottery: '+1 900 555 1234',
      hotline: 'sip:+19005551234@x.com',
      outside: 'extension:919005551234',
    };
    const premium = { ...config, departments };
    expect(failureOf(() => resolveDestination(input, premium, null))).toMatch(
      new RegExp(`^policy: \\+\\d+ is ${kind}.*refused \\(policy\\.premium\\)`),
    );
    const countries = ['US', 'GB'];
    if (/90[05]/.test(input) || !input.includes('8')) {
      const allowed = under({ premium: true, countries }, { departments });
      expect(() => resolveDestination(input, allowed, null)).not.toThrow(/premium/);
    }
  });
});

describe('policy.premium names the kinds that are allowed', () => {
  // input, the kinds that are listed, the kind that is refused
  test.each([
    ['131126', ['shared-cost'], null],
    ['1300 655 506', ['shared-cost'], null],
    ['1900 654 321', ['shared-cost'], 'premium-rate'],
    ['1900 654 321', ['shared-cost', 'premium-rate'], null],
    ['1300 655 506', ['premium-rate'], 'shared-cost'],
    ['1300 655 506', [], 'shared-cost'],
    ['1300 655 506', undefined, 'shared-cost'],
    ['sip:0900,190123@x.com', ['shared-cost'], null],
    ['sip:0,1900654321@x.com', ['shared-cost'], 'premium-rate'],
    ['+447012345678', ['personal'], null],
    ['+447012345678', ['satellite'], 'personal'],
    ['+870773111632', ['satellite'], null],
    ['+88216123456', ['global-network'], null],
    ['+80812345678', ['premium-rate'], 'shared-cost'],
  ] as const)('%s under %j', (input, premium, refused) => {
    const policy = premium === undefined ? {} : { premium: [...premium] };
    const departments = { it: input };
    const own = { ...config, defaultCountry: 'AU', departments, policy };
    const run = () => resolveDestination('it', own, null);
    if (refused === null) expect(run).not.toThrow();
    else {
      const repair =
        premium === undefined
          ? `set policy.premium to ["${refused}"] in the config.`
          : `add "${refused}" to policy.premium in the config.`;
      expect(failureOf(run)).toMatch(/^policy: .*those are refused \(policy\.premium\)/);
      expect(failureOf(run)).toContain(repair);
    }
  });
});

test('a premium-rate number is one as its own country writes it', () => {
  const german = { ...config, defaultCountry: 'DE' };
  expect(failureOf(() => resolveDestination('sip:0900/1234567@x.com', german, null))).toMatch(
    /^policy: \+499001234567 is a premium-rate number/,
  );
});

test.each(['sip:8085551234,,1@x.com', 'sip:8005551234,,979@x.com', 'sip:2000,9005@x.com'])(
  'digits after the answer make no other number: %s',
  (input) => {
    expect(() => resolveDestination(input, config, null)).not.toThrow();
  },
);

describe('policy.adHoc: false', () => {
  test.each(['100', '+15105550100', 'sip:a@x.com', 'extension:200'])('%s is refused', (input) => {
    expect(failureOf(() => resolveDestination(input, under({ adHoc: false }), null))).toBe(
      'policy: only departments of the config may be a destination (policy.adHoc) | Give the address a department in the config, or set policy.adHoc to true.',
    );
  });

  test.each(['sales', 'billing', 'mobile', 'Berlin'])('%s passes', (input) => {
    expect(() => resolveDestination(input, under({ adHoc: false }), null)).not.toThrow();
  });
});

describe('--via leads a department to a host that the config does not name for it', () => {
  test('which policy.adHoc: false does not allow', () => {
    const own = under({ adHoc: false });
    expect(
      failureOf(() => resolveDestination('sales', own, null, { via: 'evil.example' })),
    ).toMatch(/^policy: departments may be sent to hosts of the config alone \(policy\.adHoc\)/);
    for (const via of ['ST_pbx', 'sip.example.net']) {
      expect(() => resolveDestination('sales', own, null, { via })).not.toThrow();
    }
    // The address of the department stays as it is.
    expect(() => resolveDestination('billing', own, null, { via: 'x.example' })).not.toThrow();
  });

  test('where 999 is nobody’s extension', () => {
    const own = { ...config, departments: { a: '999', b: 'sip:999@pbx.company.com' } };
    for (const via of ['trunk.provider.com', 'ST_pbx', 'Main Street', 'sip.example.net']) {
      expect(failureOf(() => resolveDestination('a', own, null, { via }))).toMatch(
        /^policy: 999 is an emergency number.*leave out --via/,
      );
      expect(resolveDestination('b', own, null, { via }).referTo).toBe('sip:999@pbx.company.com');
    }
    expect(resolveDestination('a', own, null).referTo).toBe('sip:999@pbx.company.com');
  });
});

describe('SIP domains that are listed are the only ones', () => {
  const listed = under({ domains: ['pbx.company.com', '*.provider.com'], countries: ['US'] });

  test.each([
    ...['sip:100@pbx.company.com', 'sip:100@PBX.company.com.:5060', 'sips:x@trunk.provider.com'],
    ...['tel:+15105550100', '100', '(510) 555-0100', 'sip:1@pbx.company.com;maddr=a.provider.com'],
  ])('%s passes', (input) => {
    expect(() => resolveDestination(input, listed, null)).not.toThrow();
  });

  test.each([
    ['sip:100@evil.com', 'evil.com is not among'],
    ['sip:100@pbx.company.com.evil.com', 'pbx.company.com.evil.com is not among'],
    ['sip:100@provider.com', 'provider.com is not among'],
    ['sip:pbx.company.com@evil.com', 'evil.com is not among'],
    ['sip:100@pbx.company.com;maddr=evil.com', 'evil.com is not among'],
    ['sip:100@pbx.company.com;transport=tcp;MADDR=evil.com', 'evil.com is not among'],
    ['sip:100@pbx.company.com;m%61ddr=evil.com', 'evil.com is not among'],
    ['sip:100@pbx.company.com;maddr=pbx.company.com;maddr=evil.com', 'evil.com is not among'],
    ['sip:100@pbx.company.com?R%6fute=%3Csip:evil.com%3E', 'a Route in the address'],
    ['sip:100@pbx.company.com?Route=%3Csip:evil.com%3E', 'a Route in the address'],
    ['sip:100@[2001:db8::1]', '[2001:db8::1] is not among'],
  ])('%s does not: %s', (input, message) => {
    expect(failureOf(() => resolveDestination(input, listed, null))).toContain(message);
  });

  test('departments and --via do not slip by', () => {
    const departments = { away: 'sip:1@evil.com' };
    const more = { ...listed, departments };
    expect(failureOf(() => resolveDestination('away', more, null))).toMatch(/^policy: evil\.com/);
    expect(
      failureOf(() => resolveDestination('+15105550100', listed, null, { via: 'evil.com' })),
    ).toMatch(/^policy: evil\.com/);
  });

  test('an empty list allows none', () => {
    expect(
      failureOf(() => resolveDestination('sip:1@a.com', under({ domains: [] }), null)),
    ).toContain('none is allowed');
  });
});
