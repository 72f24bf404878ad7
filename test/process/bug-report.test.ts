/** What goes with the report of a bug: one file, fit to be sent, and where to send it. */
import { cpSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliOnFresh } from '../cli/run-cli.ts';
import { makeFolder, openSandbox, ROOT, runProgram, runShell } from './run-program.ts';

/** No LiveKit to ask. */
const NOBODY = {
  LIVEKIT_URL: undefined,
  LIVEKIT_API_KEY: undefined,
  LIVEKIT_API_SECRET: undefined,
};
const SECRET = 'CANARYsecret0f8a2c';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJBUEl0ZXN0In0.c2lnbmF0dXJl';
const LOG = [
  'error: This is a bug in lk-transfer 0.1.0: TypeError: x is undefined',
  '    at start (/HOME/lk-transfer/dist/program/main.cjs:1:53211)',
  `the secret ${SECRET}, and a token: Bearer ${TOKEN}`,
  'proxy http://ann:CANARYpassword@proxy.example:3128, caller +1 (510) 555-0123',
  'an escape: \u001b[31m',
].join('\n');

describe.concurrent('doctor --report', () => {
  const cli = cliOnFresh();

  it('writes a file of its own, readable for its owner alone, without secrets and numbers', async () => {
    const { env } = await openSandbox();
    const cwd = makeFolder({
      'transfer.config.json': JSON.stringify({
        defaultCountry: 'US',
        departments: {
          sales: { to: 'sip:sales:CANARYpassword@pbx.example' },
          desk: '+15105550123',
        },
        dial: { number: 'tel:{number}' },
      }),
    });
    writeFileSync(join(cwd, 'log.txt'), LOG.replace('/HOME', cwd));
    // What is in the report is looked at, not how fast it came about.
    const line = 'doctor --report bug.json --log log.txt --debug --timeout 30s';
    const words = line.split(' ');
    const given = { HOME: cwd, HTTPS_PROXY: 'http://ann:CANARYpassword@proxy.example:3128' };
    for (const secret of [env.LIVEKIT_API_SECRET, SECRET]) {
      const file = join(cwd, `bug.json`);
      const { stderr } = await runProgram(words, {
        cwd,
        env: { ...env, ...given, LIVEKIT_API_SECRET: secret },
      });
      expect(stderr).toContain(`Written to ${file}. Look through it`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const text = readFileSync(file, 'utf8');
      const { about, version, node, platform, checks, trunks, log } = JSON.parse(text);
      expect(about.join(' ')).toMatch(/Look through it before you send it/);
      expect({ version, node, platform }).toEqual({
        ...{ version: '0.1.0', node: process.versions.node, platform: process.platform },
      });
      const accepted = secret !== SECRET;
      const key = checks.find(({ check }: { check: string }) => check === 'key');
      expect(key).toMatchObject({ result: accepted ? 'ok' : 'failed' });
      expect(trunks.length > 0).toBe(accepted);
      expect(log).toHaveLength(5);
      expect(log[1]).toBe('    at start (~/lk-transfer/dist/program/main.cjs:1:53211)');
      expect(log[3]).toMatch(/ann:\*\*\*@proxy\.example:3128, caller \+\* \(\*{3}\) \*{3}-\*\*23$/);
      expect(text).not.toMatch(/eyJ|5550|555-0/);
      expect(text).not.toContain('\u001b');
      expect(text).not.toContain(cwd);
      // The secret that LiveKit did accept is none of the canaries, and not there either.
      expect(text).not.toContain(secret);
      if (secret === SECRET) expect(text).not.toContain('CANARY');
      expect(text).not.toContain('CANARYpassword');
      await runShell(`rm ${file}`, { cwd });
    }
  });

  it('writes it without credentials too, and says that LiveKit was not asked', async () => {
    const cwd = makeFolder();
    const { exitCode, stdout, stderr } = await runProgram(
      ['doctor', '--report', 'bug.json', '--json'],
      { cwd },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 4 });
    const { about, checks, log, bug } = JSON.parse(readFileSync(join(cwd, 'bug.json'), 'utf8'));
    expect(about.at(-1)).toBe('LiveKit was not asked; the checks say why.');
    // By the names that `--json` has for them.
    const { checks: printed } = JSON.parse(stdout);
    expect(checks).toEqual(printed.filter(({ check }: { check: string }) => check !== 'node'));
    expect(checks.find(({ check }: { check: string }) => check === 'credentials')).toMatchObject({
      result: 'failed',
    });
    expect({ log, bug }).toEqual({ log: null, bug: null });
  });

  it.each(['', '/'])('leaves the texts as they are where HOME is %j', async (HOME) => {
    const cwd = makeFolder({ log: 'one\na /path' });
    await runProgram(['doctor', '--report', 'bug.json', '--log', 'log'], { cwd, env: { HOME } });
    const { log } = JSON.parse(readFileSync(join(cwd, 'bug.json'), 'utf8'));
    expect(log).toEqual(['one', 'a /path']);
  });

  it("hides secrets that are not this run's in the log", async () => {
    const log = 'LIVEKIT_API_SECRET=CANARY1\n{"auth_password":"CANARY2"}\nx --api-secret CANARY3';
    const cwd = makeFolder({ log });
    await cli('doctor --report bug.json --log log', { cwd, env: NOBODY });
    expect(readFileSync(join(cwd, 'bug.json'), 'utf8')).not.toContain('CANARY');
  });

  it('masks the numbers in every line of the log that is no place in the source', async () => {
    const lines = [
      '    at start (/lib/main.cjs:1:5321155)',
      '    at /lib/main.cjs:1:5321155',
      '    at async Promise.all (index 0)',
      // What a narrow terminal makes of a check, and of a sentence.
      '               at sip.example.com, +15105550123',
      'at 12:30 sip:+15105550123@pbx.example:5060:1',
      '    at +15105550123 (sip:+15105550123@pbx.example)',
    ];
    const cwd = makeFolder({ log: lines.join('\n') });
    await cli('doctor --report bug.json --log log', { cwd, env: NOBODY });
    const { log } = JSON.parse(readFileSync(join(cwd, 'bug.json'), 'utf8'));
    expect(log.slice(0, 3)).toEqual(lines.slice(0, 3));
    expect(log.join('\n')).not.toContain('5550');
  });

  it('takes what another run prints from standard input', async () => {
    const cwd = makeFolder();
    await runShell(`printf 'one\\ntwo' | lk-transfer doctor --report bug.json --log -`, { cwd });
    expect(JSON.parse(readFileSync(join(cwd, 'bug.json'), 'utf8')).log).toEqual(['one', 'two']);
  });

  it('has the bug in it, where doctor itself has one', async () => {
    const cwd = makeFolder({
      'sabotage.cjs':
        "require('node:crypto').createHmac = () => { throw new TypeError('sabotage'); };",
    });
    const { env } = await openSandbox();
    const { exitCode, stderr } = await runProgram(['doctor', '--report', 'bug.json'], {
      cwd,
      env: { ...env, NODE_OPTIONS: `--require ${join(cwd, 'sabotage.cjs')}` },
    });
    const { bug } = JSON.parse(readFileSync(join(cwd, 'bug.json'), 'utf8'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('This is a bug in lk-transfer');
    expect(bug[0]).toBe('TypeError: sabotage');
    expect(bug[1]).toMatch(/^ {4}at /);
  });

  it.each([
    [
      'a file that is there',
      '--report there',
      /--report: \S+there cannot be written: it is there already/,
    ],
    [
      'a link to a file',
      '--report link',
      /--report: \S+link cannot be written: it is there already/,
    ],
    ['no such folder', '--report no/bug.json', /there is no folder/],
    ['a folder', '--report .', /it is a folder/],
    ['a log that is not there', '--report bug.json --log no', /--log: no does not exist\./],
    ['a log alone', '--log there', /--log goes with --report\./],
    [
      'one input for two',
      '--report b --log - --api-secret-file - --url ws://h --api-key k',
      /cannot both be standard input/,
    ],
  ])('refuses %s, before anything is asked', async (what, flags, said) => {
    const { env, methods } = await openSandbox();
    const cwd = makeFolder({ there: 'as it was' });
    symlinkSync('there', join(cwd, 'link'));
    const words = ['doctor', ...flags.split(' ')];
    let asked: readonly unknown[] | undefined;
    const here = await cli(words, {
      cwd,
      during: (_, sandbox) => {
        asked = sandbox.requests;
      },
    });
    // The built program is asked once.
    const runs =
      what === 'a link to a file' ? [here, await runProgram(words, { cwd, env })] : [here];
    for (const { exitCode, stdout, stderr } of runs) {
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(said);
    }
    expect([asked, methods()]).toEqual([[], []]);
    expect(readFileSync(join(cwd, 'there'), 'utf8')).toBe('as it was');
    expect(existsSync(join(cwd, 'bug.json'))).toBe(false);
  });
});

describe.concurrent('an unexpected error', () => {
  it.each<[unknown, string]>([
    [undefined, 'to whoever gave you lk-transfer'],
    ['https://bugs.example/lk-transfer', 'at https://bugs.example/lk-transfer'],
    [{ url: 'https://bugs.example/new' }, 'at https://bugs.example/new'],
    [{ email: 'bugs@mail.example' }, 'to bugs@mail.example'],
    [{ url: 'javascript:alert(1)' }, 'to whoever gave you lk-transfer'],
  ])('with bugs %j in package.json is to be reported %s', async (bugs, where) => {
    const home = makeFolder({
      'sabotage.cjs': "Date.now = () => { throw new TypeError('sabotage'); };",
    });
    for (const name of ['bin', 'dist/program']) {
      cpSync(join(ROOT, name), join(home, name), { recursive: true });
    }
    const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    writeFileSync(join(home, 'package.json'), JSON.stringify({ ...about, bugs }));
    const { env } = await openSandbox();
    const line = `node --require ./sabotage.cjs bin/lk-transfer.js calls --room standup`;
    const { exitCode, stderr } = await runShell(line, { cwd: home, env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `Please report it ${where}, with the file that \`node bin/lk-transfer.js doctor --report bug.json\` writes.`,
    );
  });
});
