import { describe, expect, it } from 'vitest';
import { cliAgainst } from './run-cli.ts';

const cli = cliAgainst();

const CONFIG = {
  defaultCountry: 'US',
  dial: {
    number: 'sip:{number}@trunk.provider.com',
    extension: 'sip:{extension}@pbx.company.com',
  },
  trunks: {
    ST_tel: { dial: { number: 'tel:{number}', extension: null } },
    'Main Street': { dial: { extension: 'sip:{extension}@main.example.com' } },
    ST_old: { refer: false },
  },
  departments: {
    sales: '100',
    support: { to: '200', number: '+15105550200' },
  },
};

describe('resolve --all-trunks', () => {
  it('has a line for every trunk, and exits 2 where one cannot be reached', async () => {
    const { exitCode, stdout, stderr } = await cli('resolve sales --all-trunks', {
      config: CONFIG,
    });
    expect(exitCode).toBe(2);
    expect(stdout).toBe(
      [
        '*\tsip:100@pbx.company.com\tdial.extension\t',
        'ST_tel\t\t\t',
        'Main Street\tsip:100@main.example.com\ttrunks["Main Street"].dial.extension\t',
        'ST_old\t\t\t',
        '',
      ].join('\n'),
    );
    expect(stderr).toContain('ST_tel: departments.sales, extension 100: this trunk cannot dial');
    expect(stderr).toContain('ST_old: the trunk ST_old is known to have no REFER');
  });

  it('says once what holds on every trunk', async () => {
    const departments = { voicemail: 'sip:999@pbx.company.com' };
    const config = { ...CONFIG, departments };
    const { stderr } = await cli('resolve voicemail --all-trunks', { config });
    expect(stderr).toMatch(/^warning: 999 is an emergency number; it is allowed as an extension/);
    expect(stderr.match(/999 is an emergency number/g)).toHaveLength(1);
    expect(stderr).toContain(
      'warning: ST_tel: according to the config, this trunk reaches no extensions',
    );
  });

  it('is a table on a terminal, with the reason below it', async () => {
    const { stdout, stderr } = await cli('resolve sales --all-trunks --no-color', {
      config: CONFIG,
      isTTY: true,
      columns: 200,
    });
    expect(stdout).toMatch(/^TRUNK +REFER-TO +RULE\n\(any other\) +sip:100@pbx/);
    expect(stdout).toMatch(/ST_tel +does not resolve +-\n/);
    expect(stderr).toContain('ST_tel: departments.sales, extension 100: this trunk cannot dial');
  });

  it('is an array in JSON', async () => {
    const { stdout } = await cli('resolve support --all-trunks --json', { config: CONFIG });
    expect(JSON.parse(stdout)).toEqual([
      {
        trunkKey: null,
        referTo: 'sip:200@pbx.company.com',
        rule: 'dial.extension',
        warnings: [],
        problem: null,
        bridge: null,
      },
      expect.objectContaining({ trunkKey: 'ST_tel', referTo: 'tel:+15105550200' }),
      expect.objectContaining({ trunkKey: 'Main Street', referTo: 'sip:200@main.example.com' }),
      expect.objectContaining({ trunkKey: 'ST_old', referTo: null }),
    ]);
  });

  it.each([
    ['nobody', 5, 'There is no department'],
    ['sip:911@pbx.company.com', 2, '911 is an emergency number'],
  ])('of %s fails as a whole, with exit code %d', async (input, code, message) => {
    const { exitCode, stdout, stderr } = await cli(`resolve ${input} --all-trunks`, {
      config: CONFIG,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each(['--trunk ST_tel', '--call SCL_healthy00001'])('does not go with %s', async (flag) => {
    const { exitCode, stderr } = await cli(`resolve sales --all-trunks ${flag}`, {
      config: CONFIG,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--all-trunks');
  });
});

describe('a trunk whose callers are bridged', () => {
  const bridged = { refer: false, method: 'bridge', bridge: { trunk: 'Twilio outbound' } };
  const config = {
    ...CONFIG,
    trunks: { Carrier: bridged, 'Old line': { refer: false } },
    departments: { sales: '+15105550200' },
  };

  it.each(['--trunk Carrier', '--via Carrier'])('says what is dialled, by %s', async (flag) => {
    const { exitCode, stdout, stderr } = await cli(`resolve sales ${flag}`, { config });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '+15105550200\n',
      stderr: '',
    });
    const shown = await cli(`resolve sales ${flag} --no-color`, { config, isTTY: true });
    expect(shown.stdout).toMatch(/\nbridge +\+15105550200 over Twilio outbound\n/);
    expect(shown.stdout).not.toContain('Refer-To');
  });

  it.each(['resolve sales', 'departments'])('has a line of its own: %s', async (command) => {
    const { stdout } = await cli(`${command} --all-trunks --no-color`, {
      config,
      isTTY: true,
      columns: 200,
    });
    expect(stdout).toMatch(/Carrier +bridge: \+15105550200 over Twilio outbound +dial\.number/);
    const { stdout: json } = await cli(`${command} --all-trunks --json`, { config });
    expect(JSON.parse(json)[1]).toMatchObject({
      trunkKey: 'Carrier',
      referTo: null,
      problem: null,
      bridge: { dials: '+15105550200', outboundTrunk: 'Twilio outbound' },
    });
  });

  it.each(['--trunk', '--via'])(
    'is named where there is no REFER and no bridge, by %s',
    async (flag) => {
      const { exitCode, stdout, stderr } = await cli(['resolve', 'sales', flag, 'Old line'], {
        config,
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain('is known to have no REFER (trunks["Old line"].refer)');
      expect(stderr).toContain('"method": "bridge" in trunks["Old line"] of the config');
    },
  );
});

describe('LK_TRANSFER_COUNTRY', () => {
  const config = { defaultCountry: 'US', dial: { number: 'tel:{number}' } };
  const env = { LK_TRANSFER_COUNTRY: 'DE' };

  it('says how numbers are written, and not which may be called', async () => {
    for (const given of [{ config }, { config, env }]) {
      const { exitCode, stderr } = await cli('resolve +4930123456', given);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('limited to the default country, US (policy.countries is not set)');
    }
    const shown = await cli('config show', { config, env });
    expect(shown.stdout).toMatch(/^defaultCountry\tDE\tenvironment LK_TRANSFER_COUNTRY$/m);
    expect(shown.stdout).toMatch(/^policy\.countries\tUS\tdefault$/m);
    const listed = { ...config, policy: { countries: ['US', 'DE'] } };
    const { stdout } = await cli(['resolve', '030 123456'], { config: listed, env });
    expect(stdout).toContain('tel:+4930123456');
  });
});

describe('config check', () => {
  it('proves every department on every trunk, and warns of those a trunk cannot dial', async () => {
    const { exitCode, stdout, stderr } = await cli('config check', { config: CONFIG });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'is valid; 2 departments; sales does not resolve on ST_tel; transfers on ST_old are refused without a bridge.',
    );
    expect(stderr).toContain('warning: departments.sales on trunk ST_tel: ');
    expect(stderr.match(/ST_old/g)).toHaveLength(2);
    expect(stderr).toContain('warning: trunks.ST_old: it has no REFER (trunks.ST_old.refer), so');
    expect(stderr).not.toContain('departments.support on trunk ST_tel');
  });

  it('refuses a number that a trunk would need and nobody can dial', async () => {
    const departments = { sales: { to: '100', number: '555' } };
    const { exitCode, stderr } = await cli('config check', { config: { ...CONFIG, departments } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('departments.sales.number: "555" is too short to be a phone number');
  });

  it('says once what holds on every trunk', async () => {
    const departments = { voicemail: 'sip:999@pbx.company.com' };
    const { stdout } = await cli('config check --json', { config: { ...CONFIG, departments } });
    const warnings: string[] = JSON.parse(stdout).warnings;
    expect(warnings.filter((warning) => warning.includes('999 is an emergency'))).toHaveLength(1);
  });

  it('finds what may not be called on one trunk alone', async () => {
    const policy = { domains: ['pbx.company.com', 'trunk.provider.com'] };
    const { exitCode, stderr } = await cli('config check', { config: { ...CONFIG, policy } });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/departments\.sales on trunk Main Street: main\.example\.com is not/);
  });

  it('finds templates that make no legal address, though no department uses them', async () => {
    const { exitCode, stderr } = await cli('config check', {
      config: {
        dial: { number: 'sip:{number}@pbx_1.company.com' },
        trunks: {
          ST_1: { domain: 'x.example', dial: { extension: 'sip:{extension}@{domain}:' } },
          ST_2: { domain: 'x.example', dial: { extension: 'sip:{extension}@{domain}' } },
        },
      },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'dial.number: makes sip:+15105550100@pbx_1.company.com, which is not a legal address',
    );
    expect(stderr).toContain(
      'trunks.ST_1.dial.extension: makes sip:100@x.example:, which is not a legal address',
    );
    expect(stderr).not.toContain('ST_2');
  });

  it('finds a department that leads nowhere at all', async () => {
    const { exitCode, stderr } = await cli('config check', {
      config: { departments: { sales: '100' } },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('departments.sales');
  });

  it('says of each what to do, and shows the warnings beside the errors', async () => {
    const departments = { billing: '300', voicemail: 'sip:999@pbx.company.com' };
    const given = { config: { departments } };
    const { exitCode, stdout, stderr } = await cli('config check', given);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(
      '  departments.billing: extension 300: no template for extensions is configured (dial.extension)\n    Give departments.billing a "number", or configure dial.extension, such as',
    );
    expect(stderr).toMatch(/^warning: departments\.voicemail: 999 is an emergency number/);
    const json = await cli('config check --json', given);
    const [warning, error] = json.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(warning.warning.message).toContain('999 is an emergency number');
    expect(error.error.problems).toEqual([
      {
        path: 'departments.billing',
        message: expect.stringMatching(/^extension 300: no template/),
        hint: expect.stringContaining('a "number"'),
      },
    ]);
  });

  it('counts one department as one', async () => {
    const { stdout } = await cli('config check', {
      config: { departments: { a: 'tel:+15105550100' } },
    });
    expect(stdout).toContain('is valid; 1 department resolves.');
  });

  it.each<[string, object, string]>([
    [
      'a fallback that leads where its department does',
      { a: { to: '100', fallback: ['b', 'c'] }, b: 'sip:100@pbx.company.com', c: '300' },
      'departments.a.fallback: "b" has the same address as "a" (sip:100@pbx.company.com)',
    ],
    [
      'one that leads where another does',
      { a: { to: '100', fallback: ['c', 'b'] }, b: '300', c: '300' },
      'departments.a.fallback: "b" has the same address as "c"',
    ],
    [
      'one that does so on one trunk alone',
      {
        a: { to: '100', number: '+15105550200', fallback: ['b'] },
        b: { to: '200', number: '+15105550200' },
      },
      'departments.a.fallback on trunk ST_tel: "b" has the same address as "a" (tel:+15105550200)',
    ],
    [
      'a name that hides an extension',
      { 300: '100' },
      'departments.300: "300" now means this department, not the extension 300. Write the extension as extension:300',
    ],
    [
      'an alias that hides one',
      { a: { to: '100', aliases: ['42'] } },
      'departments.a: "42" now means this department',
    ],
  ])('warns of %s', async (_, departments, warning) => {
    const { stdout } = await cli('config check --json', { config: { ...CONFIG, departments } });
    expect(JSON.parse(stdout).warnings).toContainEqual(expect.stringContaining(warning));
  });

  it('does not warn of a department that is called as the extension it leads to', async () => {
    const departments = { 300: '300', a: { to: '100', fallback: ['300'] } };
    const { stdout } = await cli('config check --json', { config: { ...CONFIG, departments } });
    expect(stdout).not.toMatch(/leads (?:here|to the same)/);
  });
});

describe('config show', () => {
  it('hides what is a secret in the file, and nothing else', async () => {
    const config = {
      defaultCountry: 'US',
      dial: { number: 'sip:{number}@t.example.com' },
      trunks: {
        Main: {
          headers: {
            Authorization: 'Bearer CANARY1',
            'X-Api-Key': 'CANARY2',
            'X-Reason': 'the key of the door',
          },
        },
      },
      departments: { sales: 'sip:ann:CANARY3@pbx.example.com', 'token-desk': '+1 510 555 0100' },
    };
    for (const flags of ['', ' --json']) {
      const { exitCode, stdout } = await cli(`config show${flags}`, { config });
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain('CANARY');
      for (const shown of [
        'sip:ann:***@pbx.example.com',
        'the key of the door',
        '+1 510 555 0100',
      ]) {
        expect(stdout).toContain(shown);
      }
    }
  });

  const NONE = {
    LIVEKIT_URL: undefined,
    LIVEKIT_API_KEY: undefined,
    LIVEKIT_API_SECRET: undefined,
  };

  it('has a word for the origin of credentials that are missing, and the reason on stderr', async () => {
    const given = { config: CONFIG, env: NONE };
    const { exitCode, stdout, stderr } = await cli('config show', given);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^livekit\.url\t\tmissing$/m);
    expect(stderr).toMatch(/^There are no LiveKit credentials/);
    const json = await cli('config show --json', given);
    expect(JSON.parse(json.stdout)).toContainEqual({
      key: 'livekit.url',
      value: null,
      origin: 'missing',
    });
  });
});

describe('resolve without a config', () => {
  it.each([null, { defaultCountry: 'US' }])(
    'says how to get one, and names no file that is not there: %j',
    async (config) => {
      const { exitCode, stdout, stderr } = await cli('resolve sales', { config });
      expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
      expect(stderr).toContain(
        'There is no config that names departments. Write one with `lk-transfer config init`, or name one with --config.',
      );
      expect(stderr).not.toContain('transfer.config.example.json');
    },
  );
});
