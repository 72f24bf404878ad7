import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/core/host.ts';
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
    'Twilio main': { dial: { extension: 'sip:{extension}@main.example.com' } },
  },
  departments: {
    sales: { to: '100', aliases: ['new business'], description: 'New orders' },
    support: { to: '200', number: '+15105550200', announce: 'One moment.' },
    voicemail: 'sip:999@pbx.company.com',
  },
};

describe('departments', () => {
  it('shows of each what it is, what it becomes, and by which rule', async () => {
    const { exitCode, stdout, stderr } = await cli('departments', { config: CONFIG });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'sales\t100\tsip:100@pbx.company.com\tdial.extension\tnew business\tNew orders\t',
        'support\t200\tsip:200@pbx.company.com\tdial.extension\t\t\t',
        'voicemail\tsip:999@pbx.company.com\tsip:999@pbx.company.com\tdepartments.voicemail\t\t\t',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(/^warning: voicemail: 999 is an emergency number/);
  });

  it('tells the story of each in JSON, as resolve does', async () => {
    const { stdout } = await cli('departments --json --trunk ST_tel', { config: CONFIG });
    const records: { department: string; steps: object[] }[] = JSON.parse(stdout);
    const alone = await cli('resolve support --json --trunk ST_tel', { config: CONFIG });
    const { number, referTo, rule, steps, headers, warnings } = JSON.parse(alone.stdout);
    expect(records[1]).toEqual({
      ...{ department: 'support', to: '200', number, referTo, rule, steps, headers, warnings },
      ...{ aliases: [], fallback: [], description: null, announce: 'One moment.', problem: null },
      bridge: null,
    });
    expect({ number, referTo, rule }).toEqual({
      number: '+15105550200',
      referTo: 'tel:+15105550200',
      rule: 'trunks.ST_tel.dial.number',
    });
  });

  it('has what a voice agent says before the transfer, as resolve has it', async () => {
    const { stdout } = await cli('departments --json --fields department,announce', {
      config: CONFIG,
    });
    expect(JSON.parse(stdout)).toEqual([
      { department: 'sales', announce: null },
      { department: 'support', announce: 'One moment.' },
      { department: 'voicemail', announce: null },
    ]);
    const alone = await cli('resolve support --json', { config: CONFIG });
    expect(JSON.parse(alone.stdout)).toMatchObject({ announce: 'One moment.' });
    const seen = await cli('resolve support', { config: CONFIG, isTTY: true });
    expect(seen.stdout).toMatch(/announce .*One moment\.$/m);
  });

  it('exits 2 where one leads nowhere on the trunk that is named', async () => {
    const { exitCode, stdout, stderr } = await cli('departments --trunk ST_tel', {
      config: CONFIG,
    });
    expect(exitCode).toBe(2);
    expect(stdout).toContain('support\t200\ttel:+15105550200\ttrunks.ST_tel.dial.number');
    expect(stderr).toContain('sales: extension 100: this trunk cannot dial');
  });

  it.each([
    ['ST_tle', 'The config has no trunk "ST_tle"; did you mean "ST_tel"?'],
    ['ST_9xyz', 'The config has no trunk "ST_9xyz".'],
  ])('says when the config knows no trunk of that name: %s', async (trunk, notice) => {
    for (const command of ['departments', 'resolve sales', 'resolve sales --json']) {
      const { exitCode, stderr } = await cli(`${command} --trunk ${trunk}`, { config: CONFIG });
      expect(exitCode).toBe(0);
      expect(stderr.replaceAll('\\"', '"')).toContain(notice);
    }
  });

  it("shows them for the trunk of a call, looked up by its trunk's name", async () => {
    const { exitCode, stdout } = await cli('departments --call SCL_healthy00001', {
      config: CONFIG,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('sip:100@main.example.com\ttrunks["Twilio main"].dial.extension');
  });

  it('has a line for every one on every trunk', async () => {
    const { exitCode, stdout, stderr } = await cli('departments --all-trunks', { config: CONFIG });
    expect(exitCode).toBe(2);
    expect(stdout.split('\n').map((line) => line.split('\t').slice(0, 3).join(' '))).toEqual([
      'sales * sip:100@pbx.company.com',
      'sales ST_tel ',
      'sales Twilio main sip:100@main.example.com',
      'support * sip:200@pbx.company.com',
      'support ST_tel tel:+15105550200',
      'support Twilio main sip:200@main.example.com',
      ...['*', 'ST_tel', 'Twilio main'].map(
        (trunk) => `voicemail ${trunk} sip:999@pbx.company.com`,
      ),
      '',
    ]);
    expect(stderr).toContain(
      'sales on trunk ST_tel: extension 100: this trunk cannot dial extensions',
    );
    expect(stderr.match(/999 is an emergency number/g)).toHaveLength(1);
  });

  it('names the trunk in JSON, and below a table the reason', async () => {
    const json = await cli('departments --all-trunks --json --fields department,trunkKey,problem', {
      config: CONFIG,
    });
    expect(JSON.parse(json.stdout)[1]).toEqual({
      department: 'sales',
      trunkKey: 'ST_tel',
      problem: expect.stringContaining('cannot dial extensions'),
    });
    const table = await cli('departments --all-trunks --no-color', {
      config: CONFIG,
      isTTY: true,
      columns: 240,
    });
    expect(table.stdout).toMatch(
      /^DEPARTMENT +TRUNK +REFER-TO +RULE\nsales +\(any other\) +sip:100/,
    );
    expect(table.stdout).toMatch(/sales +ST_tel +does not resolve +-\n/);
    expect(table.stderr).toContain('sales on trunk ST_tel: ');
  });

  it.each([
    ['departments', 80],
    ['departments --all-trunks', 80],
    ['departments --trunk ST_tel', 60],
    ['resolve sales --all-trunks', 60],
  ])(
    '%s fits a terminal of %d columns, with its addresses whole (conduct 12)',
    async (line, columns) => {
      const { stdout } = await cli(`${line} --no-color`, { config: CONFIG, isTTY: true, columns });
      const widths = stdout.split('\n').map((each) => each.length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
      expect(stdout).toContain(
        line.includes('--trunk') ? 'tel:+15105550200' : 'sip:100@pbx.company.com',
      );
    },
  );

  it.each([
    ['--trunk ST_tel --all-trunks', 2, '--trunk does not go with --all-trunks'],
    ['--call SCL_nobody --trunk ST_tel', 2, '--trunk does not go with --call'],
    ['--call SCL_nobody', 5, 'SCL_nobody'],
    ['--fields trunkKey', 2, 'trunkKey'],
  ])('%s exits %d', async (flags, code, message) => {
    const { exitCode, stdout, stderr } = await cli(`departments ${flags}`, { config: CONFIG });
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('a target that is a number of our own', () => {
  // Real pauses: how long the numbers may take must not depend on how busy this machine is.
  const given = { config: CONFIG, sleep };
  const loop = /\+15105550002 is a number of our own \(inbound trunk No REFER \(405\)\)/;

  it.each([
    'resolve +15105550002 --call SCL_healthy00001',
    'transfer SCL_healthy00001 --to +15105550002 --dry-run',
  ])('is warned of: %s', async (line) => {
    const { exitCode, stderr } = await cli(line, given);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(loop);
  });

  it('is warned of as a fallback', async () => {
    const departments = { ...CONFIG.departments, night: '+15105550002' };
    const sales = { to: '100', fallback: ['night'] };
    const { stdout } = await cli('transfer SCL_healthy00001 --to sales --dry-run --json', {
      ...given,
      config: { ...CONFIG, departments: { ...departments, sales } },
    });
    expect(JSON.stringify(JSON.parse(stdout).fallbacks)).toMatch(loop);
  });

  it('is nothing that a bare resolve asks a server about', async () => {
    const env = {
      LIVEKIT_URL: undefined,
      LIVEKIT_API_KEY: undefined,
      LIVEKIT_API_SECRET: undefined,
    };
    const { exitCode, stderr } = await cli('resolve +15105550002', { ...given, env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
