import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandNames, type Place, programName } from '../../src/core/package.ts';
import { type FakeHostOptions, fakeHost } from '../support/fake-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-name-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with `lk-transfer` in it, for the PATH. */
const installed = join(folder, 'installed');
mkdirSync(installed);
for (const name of ['lk-transfer', 'lk-transfer.cmd']) {
  writeFileSync(join(installed, name), '');
  chmodSync(join(installed, name), 0o755);
}
const LINK = join(installed, 'lk-transfer');

/** What npx leaves beside what it has fetched. @returns the script that it runs */
function fetchedByNpx(name: string, packageJson: object | string): string {
  const cache = join(folder, '_npx', name);
  mkdirSync(cache, { recursive: true });
  const text = typeof packageJson === 'string' ? packageJson : JSON.stringify(packageJson);
  writeFileSync(join(cache, 'package.json'), text);
  return join(cache, 'node_modules', '.bin', 'lk-transfer');
}

const nameOf = (options: FakeHostOptions) => programName(fakeHost(options).host);
const runBy = (manager: string, more: Record<string, string> = {}) => ({
  npm_config_user_agent: `${manager}/1.2.3 npm/? node/v20.17.0 linux x64`,
  ...more,
});

describe('the name of the program, as it was started', () => {
  it.each<[string, FakeHostOptions, string]>([
    ['found on the PATH', { script: LINK, env: { PATH: `/bin:${installed}` } }, 'lk-transfer'],
    ['where no PATH is known', { script: LINK }, 'lk-transfer'],
    ['where no script is known', { script: '', env: { PATH: '/bin' } }, 'lk-transfer'],
    [
      'started by a shim from a folder of its own, with another on the PATH',
      { script: '/opt/shims/lk-transfer', env: { PATH: installed } },
      'lk-transfer',
    ],
    [
      'global on Windows, where a shim starts the file itself',
      {
        script: 'C:\\npm\\node_modules\\lk-transfer\\bin\\lk-transfer.js',
        platform: 'win32',
        env: { PATH: `C:\\Windows;${installed}` },
      },
      'lk-transfer',
    ],
    [
      'by a link beside the PATH',
      { script: LINK, env: { PATH: '/bin' }, cwd: folder },
      'installed/lk-transfer',
    ],
    [
      'by a link in this folder',
      { script: LINK, env: { PATH: '/bin' }, cwd: installed },
      './lk-transfer',
    ],
    [
      'by its file, from the folder of the project',
      { script: '/src/lk-transfer/bin/lk-transfer.js', cwd: '/src/lk-transfer' },
      'node bin/lk-transfer.js',
    ],
    [
      'by its file, from anywhere',
      { script: '/my src/bin/lk-transfer.js', cwd: '/tmp' },
      "node '/my src/bin/lk-transfer.js'",
    ],
    [
      'by its file, though it is on the PATH as well',
      { script: '/src/bin/lk-transfer.js', cwd: '/src', env: { PATH: installed } },
      'node bin/lk-transfer.js',
    ],
  ])('%s', (_, options, name) => {
    expect(nameOf(options)).toBe(name);
  });

  it.each<[string, string, string, string]>([
    ['npx, of the project', 'npm', '/app/node_modules/.bin/lk-transfer', 'npx lk-transfer'],
    ['pnpm', 'pnpm', '/app/node_modules/lk-transfer/bin/lk-transfer.js', 'pnpm exec lk-transfer'],
    ['yarn', 'yarn', '/app/node_modules/lk-transfer/bin/lk-transfer.js', 'yarn lk-transfer'],
    ['bunx', 'bun', '/app/node_modules/.bin/lk-transfer', 'bunx lk-transfer'],
    [
      'pnpm dlx',
      'pnpm',
      '/h/.cache/pnpm/dlx/vves/1a22-3eef/node_modules/lk-transfer/bin/lk-transfer.js',
      'pnpm dlx lk-transfer',
    ],
    [
      'yarn dlx',
      'yarn',
      '/tmp/xfs-f977/dlx-16447/node_modules/lk-transfer/bin/lk-transfer.js',
      'yarn dlx lk-transfer',
    ],
    [
      'bunx, of what it has fetched',
      'bun',
      '/tmp/bunx-0-lk-transfer@latest/node_modules/.bin/lk-transfer',
      'bunx lk-transfer',
    ],
    [
      'npx on Windows',
      'npm',
      'C:\\app\\node_modules\\lk-transfer\\bin\\lk-transfer.js',
      'npx lk-transfer',
    ],
  ])('%s', (_, manager, script, name) => {
    // Each of them puts its own folder of commands on the PATH: that is there in this run alone.
    expect(nameOf({ script, env: runBy(manager, { PATH: installed }) })).toBe(name);
  });

  it('is npx for a project that has it installed, whoever started it there', () => {
    const script = '/app/node_modules/.bin/lk-transfer';
    expect(nameOf({ script, env: { PATH: '/bin' } })).toBe('npx lk-transfer');
  });

  it('stays plain in a script of npm that calls the one on the PATH', () => {
    expect(nameOf({ script: LINK, env: runBy('npm', { PATH: installed }) })).toBe('lk-transfer');
  });

  it.each([
    ['by its name', { _npx: { packages: ['lk-transfer'] } }, 'npx lk-transfer'],
    [
      'a version',
      {
        _npx: { packages: ['typescript', 'lk-transfer@0.1.0'] },
        dependencies: { 'lk-transfer': '0.1.0' },
      },
      'npx lk-transfer@0.1.0',
    ],
    [
      'a file, wherever it was named from',
      {
        _npx: { packages: ['../lk-transfer-0.1.0.tgz'] },
        dependencies: { 'lk-transfer': 'file:../../packed/lk-transfer-0.1.0.tgz' },
      },
      `npx file:${join(folder, 'packed', 'lk-transfer-0.1.0.tgz')}`,
    ],
    [
      'a repository',
      {
        _npx: { packages: ['github:acme/lk-transfer'] },
        dependencies: { 'lk-transfer': 'github:acme/lk-transfer' },
      },
      'npx github:acme/lk-transfer',
    ],
    [
      'an address with a login',
      {
        _npx: { packages: ['https://secret@example.com/lk-transfer.tgz'] },
        dependencies: { 'lk-transfer': 'https://secret@example.com/lk-transfer.tgz' },
      },
      'npx lk-transfer',
    ],
    ['nobody knows what', 'nothing of JSON', 'npx lk-transfer'],
  ])('has what npx was told to fetch: %s', (what, packageJson, name) => {
    const script = fetchedByNpx(what.replaceAll(/\W/g, '-'), packageJson);
    expect(nameOf({ script, env: runBy('npm') })).toBe(name);
  });

  it('is short in the folder that npx was told to fetch, and in those below it', () => {
    const clone = join(folder, 'clone');
    const own = join(clone, 'lab');
    mkdirSync(join(clone, 'docs'), { recursive: true });
    mkdirSync(own);
    for (const each of [clone, own]) writeFileSync(join(each, 'package.json'), '{}');
    const packageJson = { dependencies: { 'lk-transfer': 'file:../../clone' } };
    const script = fetchedByNpx('its-own-folder', packageJson);
    const nameIn = (cwd: string) => nameOf({ script, cwd, env: runBy('npm') });
    expect(nameIn(clone)).toBe('npx lk-transfer');
    expect(nameIn(join(clone, 'docs'))).toBe('npx lk-transfer');
    // A project of its own has no such command.
    expect(nameIn(own)).toBe(`npx file:${clone}`);
    expect(nameIn(folder)).toBe(`npx file:${clone}`);
  });
});

const npx = new CommandNames(
  fakeHost({ script: '/app/node_modules/.bin/lk-transfer', env: runBy('npm') }).host,
);

describe('commands in what is printed', () => {
  it.each([
    ['See `lk-transfer calls`.', 'See `npx lk-transfer calls`.'],
    ['`lk-transfer` alone opens the desk', '`npx lk-transfer` alone opens the desk'],
    [
      'Pipe: `lk-transfer calls --stuck | lk-transfer transfer -`',
      'Pipe: `npx lk-transfer calls --stuck | npx lk-transfer transfer -`',
    ],
    [
      'Usage: lk-transfer calls [options]\n\n  $ lk-transfer calls',
      'Usage: npx lk-transfer calls [options]\n\n  $ npx lk-transfer calls',
    ],
  ])('are named: %s', (text, named) => {
    expect(npx.inText(text)).toBe(named);
    // What was named stays so.
    expect(npx.inText(named)).toBe(named);
  });

  it.each([
    'This is a bug in lk-transfer 0.1.0',
    'lk-transfer looks for transfer.config.json by itself when none is named.',
    'the folder ~/.config/lk-transfer and `lk-transfer.announce`',
    'room `lk-transfer-smoke-1`',
  ])('and nothing else is: %s', (text) => {
    expect(npx.inText(text)).toBe(text);
  });

  it('are named in the sentences of a record, and in no value of others', () => {
    const foreign = 'See `lk-transfer calls`.';
    const record = {
      room: foreign,
      call: { name: foreign, callId: null },
      hint: foreign,
      advice: { command: 'lk-transfer transfer SCL_1 --to sales', action: 'bridge' },
      details: [foreign],
      exitCode: 1,
    };
    const named = 'See `npx lk-transfer calls`.';
    expect(npx.inRecord(record)).toEqual({
      ...record,
      hint: named,
      advice: { command: 'npx lk-transfer transfer SCL_1 --to sales', action: 'bridge' },
      details: [named],
    });
  });

  it('leave room for the longer name', () => {
    expect(npx.columnsFor(undefined)).toBe(76);
    expect(npx.columnsFor(60)).toBe(56);
  });
});

describe('commands in what is printed', () => {
  const { host } = fakeHost({});
  const inPlace = (place: Place, text: string) => new CommandNames(host, place).inText(text);
  const SANDBOX = { sandbox: true };
  const FILE = { config: 'my config.json' };
  const SERVER = { url: 'wss://a.example', apiKey: 'key', apiSecretFile: 'secret.txt' };

  it.each<[Place, string, string]>([
    [SANDBOX, 'See `lk-transfer calls`.', 'See `lk-transfer calls --sandbox`.'],
    [FILE, '`lk-transfer smoke --clean`', "`lk-transfer smoke --clean --config 'my config.json'`"],
    [
      { ...FILE, project: 'live' },
      '`lk-transfer doctor`',
      "`lk-transfer doctor --config 'my config.json' --project live`",
    ],
    [
      SERVER,
      '`lk-transfer transfer SCL_1`',
      '`lk-transfer transfer SCL_1 --url wss://a.example --api-key key --api-secret-file secret.txt`',
    ],
    [{ credentials: '.env' }, '`lk-transfer trunks`', '`lk-transfer trunks --credentials .env`'],
    [
      SANDBOX,
      '`lk-transfer calls --stuck | lk-transfer transfer -`',
      '`lk-transfer calls --stuck --sandbox | lk-transfer transfer - --sandbox`',
    ],
    // The record of this machine goes by the config alone.
    [{ ...SANDBOX, config: 'a' }, '`lk-transfer history`', '`lk-transfer history --config a`'],
    // The command names its own.
    [SANDBOX, '`lk-transfer calls --project b`', '`lk-transfer calls --project b`'],
    [FILE, '`lk-transfer config check --config b`', '`lk-transfer config check --config b`'],
  ])('look where this run looks: %j %s', (place, text, placed) => {
    expect(inPlace(place, text)).toBe(placed);
    // Once is enough.
    expect(inPlace(place, placed)).toBe(placed);
  });

  it.each([
    '`lk-transfer help conditions`, `lk-transfer calls --help`, `lk-transfer schema`',
    '`lk-transfer config init` writes one, `lk-transfer config schema` says what it holds',
    '`lk-transfer` alone opens the desk; `calls --sure` looks twice',
    'Usage: lk-transfer calls [options]\n\n  $ lk-transfer calls',
  ])('and need no place otherwise: %s', (text) => {
    expect(inPlace({ ...SANDBOX, ...FILE }, text)).toBe(text);
  });

  it('look there in the records and lines that a program reads', () => {
    const names = new CommandNames(host, SANDBOX);
    const placed = 'lk-transfer transfer SCL_1 --sandbox';
    expect(names.inLine('lk-transfer transfer SCL_1')).toBe(placed);
    expect(
      names.inRecord({ command: 'lk-transfer transfer SCL_1', room: '`lk-transfer calls`' }),
    ).toEqual({ command: placed, room: '`lk-transfer calls`' });
  });
});
