import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliOptions, cliAgainst } from './run-cli.ts';

const cli = cliAgainst();

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'lk-transfer-init-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const init = (words: string[], options: CliOptions = {}) =>
  cli(['config', 'init', ...words], { cwd, home: cwd, config: null, ...options });
const read = (name: string) => readFileSync(join(cwd, name), 'utf8');

const US = ['--country', 'US', '--pbx', 'pbx.company.com', '--department', 'sales=100'];

describe('config init by flags', () => {
  it('writes JSON, names what it wrote (conduct 17), and says what to do next', async () => {
    const result = await init([...US, '--department', 'billing=sip:300@pbx.company.com']);
    expect(result).toEqual({
      exitCode: 0,
      stdout: `Created ${cwd}/transfer.config.json: country US, sales, billing.\n`,
      stderr: [
        'Next:',
        '  lk-transfer config check',
        '  lk-transfer departments',
        '  lk-transfer resolve sales',
        '',
      ].join('\n'),
      mutations: [],
    });
    expect(JSON.parse(read('transfer.config.json'))).toEqual({
      defaultCountry: 'US',
      dial: { extension: 'sip:{extension}@pbx.company.com' },
      departments: { sales: '100', billing: 'sip:300@pbx.company.com' },
    });
    expect(readdirSync(cwd)).toEqual(['transfer.config.json']);
    const check = await cli('config check', { cwd, home: cwd, config: null });
    expect(check).toMatchObject({ exitCode: 0, stderr: '' });
    const resolve = await cli('resolve sales', { cwd, home: cwd, config: null });
    expect(resolve.stdout).toContain('sip:100@pbx.company.com');
  });

  it.each([
    [['--format', 'yaml'], 'transfer.config.yaml'],
    [['--output', 'calls.yml'], 'calls.yml'],
    [['--config', 'calls.yaml'], 'calls.yaml'],
    [['--config', 'c.yaml', '--output', 'c.yaml', '--format', 'yaml'], 'c.yaml'],
  ])('writes YAML that explains itself with %j', async (words, name) => {
    const { exitCode } = await init([...US, ...words]);
    expect(exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual([name]);
    expect(read(name)).not.toContain('$schema');
    expect(read(name)).toContain('\n# Names for destinations\n');
    const check = await cli(['config', 'check', '--config', name], { cwd, config: null });
    expect(check).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('names the file in what to do next where it is not the one that is found', async () => {
    const { stderr } = await init([
      ...['--country', 'US', '--output', "my config's.json"],
      ...['--department', '-x=sip:a@pbx.company.com'],
    ]);
    const file = "'my config'\\''s.json'";
    expect(stderr).toContain(`  lk-transfer config check --config ${file}\n`);
    expect(stderr).toContain(`  lk-transfer resolve department:-x --config ${file}\n`);
    expect(stderr).not.toContain('warning');
  });

  it('names a file of another folder by its whole path', async () => {
    mkdirSync(join(cwd, 'here'));
    const words = ['--country', 'US', '--output', '../there.json'];
    const { stdout, stderr } = await init(words, { cwd: join(cwd, 'here') });
    expect(stdout).toBe(`Created ${cwd}/there.json: country US, no departments yet.\n`);
    expect(stderr).toContain(`  lk-transfer departments --config ${cwd}/there.json\n`);
  });

  it.each<[string, CliOptions]>([
    ['a file of another name comes first', {}],
    ['LK_TRANSFER_CONFIG names another', { env: { LK_TRANSFER_CONFIG: 'transfer.config.json' } }],
  ])('warns where %s', async (_, options) => {
    writeFileSync(join(cwd, 'transfer.config.json'), '{}');
    const { exitCode, stderr } = await init([...US, '--format', 'yaml'], options);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`warning: commands here read ${cwd}/transfer.config.json, unless`);
  });

  it('never writes to what LK_TRANSFER_CONFIG names', async () => {
    const other = join(cwd, 'other.json');
    await init(US, { env: { LK_TRANSFER_CONFIG: other } });
    expect(readdirSync(cwd)).toEqual(['transfer.config.json']);
  });

  it('says in JSON what it did', async () => {
    const { stdout, stderr } = await init([...US, '--json', '--department', 'police=110']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      file: join(cwd, 'transfer.config.json'),
      format: 'json',
      overwritten: false,
      used: true,
      departments: ['sales', 'police'],
      warnings: [expect.stringContaining('110 is an emergency number')],
      notes: [],
      backup: null,
    });
    const again = await init([...US, '--json', '--force', '--fields', 'overwritten']);
    expect(JSON.parse(again.stdout)).toEqual({ overwritten: true });
  });

  it('warns of what is worth knowing, and is quiet about the rest', async () => {
    const words = ['--provider', 'twilio', '--domain', 'example', '--quiet'];
    const { stderr } = await init([...US, ...words]);
    expect(stderr).toMatch(/^warning: Twilio Elastic SIP Trunking takes phone numbers;[^\n]*\n$/);
  });

  it.each([['--trunk', 'ST_abc'], []])(
    'puts a port behind the whole domain %s',
    async (...trunk) => {
      const words = ['--provider', 'twilio', '--domain', 'example:5060', ...trunk];
      await init(['--country', 'US', ...words]);
      const check = await cli('config check', { cwd, home: cwd, config: null });
      expect(check).toMatchObject({ exitCode: 0, stderr: '' });
      const flags = trunk.length === 0 ? '' : ' --trunk ST_abc';
      const { stdout } = await cli(`resolve +15105550100${flags}`, {
        cwd,
        home: cwd,
        config: null,
      });
      expect(stdout).toContain('sip:+15105550100@example.pstn.twilio.com:5060');
    },
  );

  it('writes the project of the lk CLI', async () => {
    await init(['--country', 'US', '--project', 'staging']);
    expect(JSON.parse(read('transfer.config.json')).livekit).toEqual({ project: 'staging' });
  });
});

describe('config init writes nothing', () => {
  it.each<[string, string[], string]>([
    ['without a country', ['--department', 'sales=sip:a@b.com'], '--country is missing'],
    ['for no such country', ['--country', 'EN'], '--country: there is no country "EN"'],
    ['and asks a question once', ['--country', 'EN'], 'did you mean GB? Nothing was written.'],
    [
      'for a web address',
      ['--country', 'US', '--domain', 'https://acme.com/sip'],
      '--domain: "https://acme.com/sip" is a web address: write it without https://, as acme.com.',
    ],
    ['for half a department,', [...US, '--department', 'sales'], 'has no target'],
    ['for half a department', [...US, '--department', 'sales'], 'Write it as name=target'],
    ['for a department twice', [...US, '--department', 'sales=200'], '"sales" is there twice'],
    [
      'for a department in two writings',
      [...US, '--department', ' SALES =200'],
      'is the same name',
    ],
    ['for a name without an address', [...US, '--department', 'x='], 'needs an address'],
    ['for an address without a name', [...US, '--department', '=100'], 'needs a name'],
    ['for a dear number', [...US, '--department', 'x=+19005550100'], 'premium'],
    [
      'for an extension of no PBX',
      ['--country', 'US', '--department', 'a=100'],
      '--pbx: "a" leads',
    ],
    ['for a provider by half', ['--country', 'US', '--provider', 'plivo'], '--domain: Plivo'],
    ['to two files', [...US, '--output', 'a.json', '--config', 'b.json'], 'name two files'],
    ['to a file of no format', [...US, '--output', 'a.toml'], 'ends neither in .json nor in .yaml'],
    ['to standard output', [...US, '--output', '-'], 'ends neither in .json nor in .yaml'],
    ['over a package', [...US, '--output', 'package.json', '--force'], 'describes a package'],
    ['in the wrong format', [...US, '--output', 'a.json', '--format', 'yaml'], 'does not go with'],
    ['into no folder', [...US, '--output', 'no/a.json'], 'there is no folder'],
    ['for no such field', [...US, '--json', '--fields', 'nope'], 'nope'],
  ])('%s', async (_, words, message) => {
    const { exitCode, stdout, stderr } = await init(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('tells all problems of a line at once (conduct 50)', async () => {
    const { stderr } = await init(['--country', 'EN', '--pbx', 'a@b.com', '--provider', 'plivo']);
    for (const flag of ['--country', '--pbx', '--domain']) expect(stderr).toContain(`  ${flag}: `);
    const departments = ['--department', 'a=+19005550100', '--department', 'b=nobody'];
    const { stderr: both } = await init(['--country', 'US', ...departments]);
    expect(both).toContain('departments.a');
    expect(both).toContain('departments.b');
  });

  it.each(['--no-input', '--json'])('on a terminal with %s and without a country', async (flag) => {
    const { exitCode, stderr } = await init([flag], { isTTY: true });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--country');
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('config init over a file', () => {
  const OLD = '{"agents":["old"]}';
  beforeEach(() => writeFileSync(join(cwd, 'transfer.config.json'), OLD));

  it.each([[[]], [['--json']], [['--no-input']]])(
    'stops off a terminal without --force, %j',
    async (words) => {
      const { exitCode, stdout, stderr } = await init([...US, ...words], {
        stdin: { text: 'y\n' },
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain('is already there. Nothing was written.');
      expect(stderr).toContain('--force');
      expect(read('transfer.config.json')).toBe(OLD);
    },
  );

  it('stops where no command could ever read it', async () => {
    rmSync(join(cwd, 'transfer.config.json'));
    symlinkSync('nowhere', join(cwd, 'transfer.config.json'));
    mkdirSync(join(cwd, 'folder.json'));
    for (const [words, message] of [
      [[], 'a link to a file that is not there'],
      [['--output', 'folder.json'], 'it is a folder'],
    ] as const) {
      const { exitCode, stderr } = await init([...US, '--force', ...words]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(message);
    }
    expect(readdirSync(cwd)).toEqual(['folder.json', 'transfer.config.json']);
  });

  it('leaves it as it is when what would replace it is wrong', async () => {
    const { exitCode } = await init(['--country', 'US', '--department', 'a=nobody', '--force']);
    expect(exitCode).toBe(2);
    expect(read('transfer.config.json')).toBe(OLD);
  });

  it('replaces it with --force', async () => {
    const { exitCode, stdout } = await init([...US, '--force']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Overwrote .*transfer\.config\.json: country US, sales\.\nWhat it said before is kept in .*transfer\.config\.json\.bak\.\n$/,
    );
    expect(read('transfer.config.json.bak')).toBe(OLD);
    expect(JSON.parse(read('transfer.config.json')).departments).toEqual({ sales: '100' });
  });

  it('keeps the first one when it replaces the second', async () => {
    await init([...US, '--force']);
    const second = read('transfer.config.json');
    const { exitCode } = await init([...US, '--force']);
    expect(exitCode).toBe(0);
    expect(read('transfer.config.json.bak')).toBe(OLD);
    expect(read('transfer.config.json.bak2')).toBe(second);
  });

  it('writes through no link in the place of the copy', async () => {
    const elsewhere = join(cwd, 'elsewhere');
    symlinkSync(elsewhere, join(cwd, 'transfer.config.json.bak'));
    const { exitCode, stderr } = await init([...US, '--force']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Nothing was written.');
    expect(existsSync(elsewhere)).toBe(false);
    expect(read('transfer.config.json')).toBe(OLD);
  });
});

describe('config init beside a file that would no longer be read', () => {
  const OLD = 'agents: [old]\n';
  const yaml = () => join(cwd, 'transfer.config.yaml');
  beforeEach(() => writeFileSync(yaml(), OLD));

  it.each([[[]], [['--json']], [['--no-input']]])(
    'stops off a terminal without --force, %j',
    async (words) => {
      const { exitCode, stdout, stderr } = await init([...US, ...words]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(
        `${yaml()} is already there, and would no longer be read. Nothing was written.`,
      );
      expect(stderr).toContain('--output transfer.config.yaml --force');
      expect(readdirSync(cwd)).toEqual(['transfer.config.yaml']);
    },
  );

  it('says with --force that calls go by the new one', async () => {
    const { exitCode, stderr } = await init([...US, '--force']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`warning: commands here no longer read ${yaml()}, but this file`);
    expect(read('transfer.config.yaml')).toBe(OLD);
  });

  it('says so as well of a file in a folder above, which needs no consent', async () => {
    writeFileSync(join(cwd, 'package.json'), '{}');
    mkdirSync(join(cwd, 'here'));
    const result = await init([...US, '--json'], { cwd: join(cwd, 'here') });
    expect(JSON.parse(result.stdout)).toMatchObject({
      used: true,
      warnings: [`commands here no longer read ${yaml()}, but this file`],
    });
  });

  it('leaves it alone where the new file goes by a name that is not looked for', async () => {
    expect(await init([...US, '--output', 'other.json'])).toMatchObject({ exitCode: 0 });
  });

  it.each(['check', 'show', 'path'])(
    'config %s warns of the file that is ignored',
    async (name) => {
      await init([...US, '--force']);
      const options = { cwd, home: cwd, config: null };
      const { stderr } = await cli(`config ${name}`, options);
      expect(stderr).toContain(
        `warning: ${yaml()} is ignored, since transfer.config.json comes first\n`,
      );
      const json = (await cli(`config ${name} --json`, options)).stderr;
      // What is checked has its warnings in the record.
      if (name !== 'check') {
        const message = `${yaml()} is ignored, since transfer.config.json comes first`;
        expect(JSON.parse(json.split('\n')[0] ?? '')).toEqual({ warning: { message } });
      }
      rmSync(yaml());
      expect((await cli(`config ${name}`, options)).stderr).not.toContain('ignored');
    },
  );
});
