import { describe, expect, it } from 'vitest';
import { HELP_TOPICS } from '../../src/commands/help/command.ts';
import { helpTopics } from '../../src/commands/help/run.ts';
import { GLOBAL_FLAGS } from '../../src/commands/shared/context.ts';
import type { TransferOptions } from '../../src/commands/transfer/command.ts';
import { KnownError } from '../../src/core/errors.ts';
import { providerPresets } from '../../src/destinations/providers.ts';
import { parseCommandLine } from '../../src/program/program.ts';
import { runProgram } from '../../src/program/run.ts';
import { commandTree } from '../support/command-tree.ts';
import { fakeHost } from '../support/fake-host.ts';

const parse = (line: string, interactive = false) =>
  parseCommandLine(line === '' ? [] : line.split(' '), { interactive, columns: undefined });

async function runCli(argv: readonly string[]) {
  const fake = fakeHost();
  const exitCode = await runProgram(argv, fake.host);
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
}

const GLOBAL = { json: false, quiet: false, input: true, debug: false, sandbox: false };

describe('a command line becomes an invocation', () => {
  it.each([
    ['rooms', 'rooms', {}],
    ['rooms --all', 'rooms', { all: true }],
    ['calls', 'calls', {}],
    ['participants --stuck', 'calls', { stuck: true }],
    [
      'calls --room r --status active --trunk ST_x --direction inbound',
      'calls',
      { room: 'r', status: 'active', trunk: 'ST_x', direction: 'inbound' },
    ],
    ['departments', 'departments', {}],
    ['resolve sales --via example.com', 'resolve', { destination: 'sales', via: 'example.com' }],
    ['transfer SCL_x --to sales', 'transfer', { caller: 'SCL_x', to: 'sales' }],
    ['transfer SCL_x --to sales -y', 'transfer', { caller: 'SCL_x', to: 'sales', yes: true }],
    [
      'transfer --room r --identity i --to 100 --dry-run --wait 2m',
      'transfer',
      { room: 'r', identity: 'i', to: '100', dryRun: true, wait: '2m' },
    ],
    ['transfer x --no-dialtone', 'transfer', { caller: 'x', dialtone: false }],
    ['transfer x --dialtone uk', 'transfer', { caller: 'x', dialtone: 'uk' }],
    ['transfer x --header A:1 --header B:2', 'transfer', { caller: 'x', header: ['A:1', 'B:2'] }],
    [
      'history --call SCL_x --outcome unrecorded --open --since 7d --limit 3',
      'history',
      { call: 'SCL_x', outcome: ['unrecorded'], open: true, since: 604_800_000, limit: 3 },
    ],
    [
      'smoke --trunk ST_x --dial 100 --to sales --expect refused --repeat 3 --interval 5s',
      'smoke',
      {
        trunk: 'ST_x',
        dial: '100',
        to: 'sales',
        expect: 'refused',
        repeat: 3,
        interval: 5000,
      },
    ],
    [
      'smoke --wait-call 100 --within 3m --to sales --wait 60s --via x.example --yes',
      'smoke',
      { waitCall: '100', within: 180_000, to: 'sales', wait: '60s', via: 'x.example', yes: true },
    ],
    ['smoke --all --dry-run', 'smoke', { all: true, dryRun: true }],
    ['smoke --clean', 'smoke', { clean: true }],
    ['doctor', 'doctor', {}],
    ['config show', 'config show', {}],
    ['config check', 'config check', {}],
    ['config schema', 'config schema', {}],
    ['config path', 'config path', {}],
    ['config init', 'config init', {}],
    [
      'config init --output a.yaml --format yaml --force --country US --pbx p.example.com',
      'config init',
      { output: 'a.yaml', format: 'yaml', force: true, country: 'US', pbx: 'p.example.com' },
    ],
    [
      'config init --provider twilio --domain d --trunk ST_x --department a=1 --department b=2',
      'config init',
      { provider: 'twilio', domain: 'd', trunk: 'ST_x', department: ['a=1', 'b=2'] },
    ],
    ['completion zsh', 'completion', { shell: 'zsh' }],
    ['sandbox --port 7880 --speed 10', 'sandbox', { port: 7880, speed: 10 }],
  ])('%s', async (line, command, options) => {
    expect(await parse(line)).toEqual({
      command,
      options: { ...GLOBAL, ...options },
      run: expect.any(Function),
    });
  });

  it.each([
    ['--json calls', { json: true }],
    ['calls --json', { json: true }],
    [
      'calls -q --no-input --debug --sandbox',
      { quiet: true, input: false, debug: true, sandbox: true },
    ],
    ['calls --color', { color: true }],
    ['calls --no-color', { color: false }],
    ['calls --timeout 3', { timeoutMs: 3000 }],
    ['calls --timeout 1500ms', { timeoutMs: 1500 }],
    ['calls --fields a,b --config c.json', { fields: 'a,b', config: 'c.json' }],
    [
      'calls --url http://x --api-key k --api-secret-file -',
      { url: 'http://x', apiKey: 'k', apiSecretFile: '-' },
    ],
    ['calls --credentials .env', { credentials: '.env' }],
    ['calls --project p', { project: 'p' }],
  ])('%s sets flags of every command (conduct 9)', async (line, options) => {
    expect(await parse(line)).toEqual({
      command: 'calls',
      options: { ...GLOBAL, ...options },
      run: expect.any(Function),
    });
  });

  it.each([
    ...['', '--sandbox', '--config other.json', '--config=other.json --no-color'],
    ...['--project live', '--credentials .env --timeout 5s'],
  ])('“%s” on a terminal opens the desk', async (line) => {
    expect(await parse(line, true)).toMatchObject({ command: 'desk' });
    expect(await parse(line)).toMatchObject({ text: expect.stringMatching(/^Usage:/) });
  });

  it.each(['--no-color', '--sandbox -q', '--config other.json -q'])(
    '“%s” on a terminal shows help',
    async (line) => {
      expect(await parse(line, true)).toMatchObject({ text: expect.stringMatching(/^Usage:/) });
    },
  );
});

describe('help', () => {
  it.each([
    ['', 'Usage: lk-transfer [command]'],
    ['--help', 'Usage: lk-transfer [command]'],
    ['help', 'Usage: lk-transfer [command]'],
    ['help calls', 'Usage: lk-transfer calls'],
    ['help participants', 'Usage: lk-transfer calls'],
    ['calls -h', 'Usage: lk-transfer calls'],
    ['calls --bogus --help', 'Usage: lk-transfer calls'],
    ['calls --trunk --help', 'Usage: lk-transfer calls'],
    ['config show --help', 'Usage: lk-transfer config show'],
  ])('%j shows “%s” (conduct 1, 2)', async (line, start) => {
    const { exitCode, stdout, stderr } = await runCli(line === '' ? [] : line.split(' '));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(start);
  });

  it.each([
    ['exit-codes', 'Exit codes'],
    ['environment', 'Environment variables'],
    ['cold-or-warm', 'A cold transfer hands the caller to the target'],
    ['providers', 'twilio: Twilio Elastic SIP Trunking'],
  ] as const)('has the topic %s, which shows “%s”', async (topic, start) => {
    const { exitCode, stdout } = await runCli(['help', topic]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(start);
    expect(stdout).toBe(`${helpTopics[topic]()}\n`);
  });

  it('has nothing on what is neither a command nor a topic', async () => {
    const { exitCode, stderr } = await runCli(['help', 'nonsense']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no help on “nonsense”');
    for (const line of ['config nonsense', 'rooms extra', 'exit-codes more']) {
      const nested = await runCli(['help', ...line.split(' ')]);
      expect(nested.exitCode).toBe(2);
      expect(nested.stderr).toContain(`no help on “${line}”`);
      expect(nested.stderr).toContain('config init');
    }
  });

  it.each(commandTree().map(({ name, description, help }) => [name, description, help]))(
    'of %s has a line of description, an example, and the way to the exit codes (conduct 4)',
    (name, description, help) => {
      expect(description).toMatch(/^[^.\n]{10,79}$/);
      expect(help).toMatch(/Examples:\n {2}\$ lk-transfer /);
      expect(help).toContain('help exit-codes');
      expect(name).toMatch(/^[a-z-]+$/);
    },
  );

  const pages = [
    ...commandTree().map(({ name, help }) => ({ name, help })),
    ...HELP_TOPICS.map((name) => ({ name, help: helpTopics[name]() })),
  ];

  it.each(pages)('of $name fits 80 columns when the width is unknown (conduct 5)', ({ help }) => {
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(HELP_TOPICS)('on %s fits a narrow terminal (conduct 5)', async (topic) => {
    for (const columns of [60, 52]) {
      const fake = fakeHost({ stdout: { isTTY: true, columns } });
      expect(await runProgram(['help', topic], fake.host)).toBe(0);
      expect(
        fake
          .stdout()
          .split('\n')
          .filter((line) => line.length > columns),
      ).toEqual([]);
    }
  });

  it.each(commandTree())('of $name shows the flags of every command, too', ({ help }) => {
    const [, below = ''] = help.split('Options of every command:\n');
    const flags = below.replaceAll(/\s+/g, ' ');
    for (const flag of GLOBAL_FLAGS.filter(({ hidden }) => hidden !== true)) {
      expect(flags).toContain(flag.flags);
    }
    expect(help.match(/Options of every command:/g)).toHaveLength(1);
  });

  it.each(commandTree())(
    'of $name has examples that are lines of this program (conduct 4)',
    async ({ help }) => {
      const lines = [...help.matchAll(/^ {2}\$ lk-transfer (.+)$/gm)].map(([, line = '']) => line);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        const words = [...line.replace(/ < \S+$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
          ([, quoted, bare]) => quoted ?? bare ?? '',
        );
        const parsed = await parseCommandLine(words, { interactive: false, columns: undefined });
        expect(parsed, line).toHaveProperty('run');
        // Written out: whoever copies one sees what it does.
        expect(words.filter((word) => /^-\w/.test(word))).toEqual([]);
      }
    },
  );

  it.each([
    ['help config init', 'config init --help'],
    ['help config', 'config --help'],
    ['help participants', 'calls --help'],
    ['config help init', null],
    ['help help', 'help --help'],
  ])('`%s` shows what `%s` does', async (line, same) => {
    const { exitCode, stdout, stderr } = await runCli(line.split(' '));
    if (same === null) {
      expect(exitCode).toBe(2);
      return;
    }
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe((await runCli(same.split(' '))).stdout);
    expect(stdout).toMatch(/^Usage: lk-transfer /);
  });

  it('tells in its topics what a decision or a trunk needs, in few lines', () => {
    expect(helpTopics['cold-or-warm']().split('\n').length).toBeLessThan(30);
    for (const { title, refusal } of Object.values(providerPresets)) {
      expect(helpTopics.providers()).toContain(title);
      expect(helpTopics.providers().replace(/\s+/g, ' ')).toContain(refusal);
    }
  });

  it('lists every exit code that the errors have (conduct 8)', () => {
    for (const code of [0, 1, 2, 3, 4, 5, 7, 130, 143]) {
      expect(helpTopics['exit-codes']()).toMatch(new RegExp(`^ {2}${code} `, 'm'));
    }
  });
});

it.each(Object.keys(providerPresets))('config init knows the provider %s', async (provider) => {
  expect(await parse(`config init --provider ${provider}`)).toMatchObject({
    options: { provider },
  });
});

it('the options of a command have the names and the types of its flags', () => {
  const options: TransferOptions = { ...GLOBAL, to: 'sales', dryRun: true, confirm: 3 };
  expect(options.to).toBe('sales');
  // @ts-expect-error no flag makes this of a line
  expect(options.dryrun).toBeUndefined();
  // @ts-expect-error a number is read behind --confirm
  const wrong: TransferOptions['confirm'] = '3';
  expect(typeof wrong).toBe('string');
});

describe('a line that is wrong', () => {
  it.each([
    ['calls --bogus', "Unknown option '--bogus'."],
    ['calls --stuk', "Unknown option '--stuk' (Did you mean --stuck?)"],
    ['callz', "Unknown command 'callz' (Did you mean calls?)"],
    ['tran', "Unknown command 'tran' (Did you mean"],
    ['rooms extra', "Too many arguments for 'rooms'"],
    ['transfer SCL_1 sales', "Too many arguments for 'transfer'"],
    ['resolve', "Missing required argument 'destination'."],
    ['calls --status asleep', 'Allowed choices are dialing'],
    ['calls --timeout soon', 'Write it as 45s'],
    ['calls --timeout 30d', 'The most is 24 days'],
    ['calls --timeout 0', 'Give more than zero'],
    ['history --since yesterday', 'Write how long ago, as 30m, 6h or 7d.'],
    ['departments --via ST_x', '`departments` has no --via'],
    ['history --limit 0', '1 or more'],
    ['history --outcome lost', 'Allowed choices are completed'],
    ['config init --format toml', 'Allowed choices are json, yaml'],
    ['config init --provider acme', 'there is no preset "acme". There are twilio'],
    ['config init extra', "Too many arguments for 'init'"],
    ['sandbox --port http', 'whole number'],
    ['config', 'needs one of: init, show, check, schema, path'],
    ['--timeout 5s config', '`config` needs one of'],
    ['--config calls config', '`config` needs one of'],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish, powershell'],
  ])('%s: %s (conduct 6, 7)', async (line, message) => {
    const error = await parse(line).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KnownError);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
  });

  it.each([
    ['calls --bogus', 'See `lk-transfer calls --help`.'],
    ['--quiet config check --bogus', 'See `lk-transfer config check --help`.'],
    ['callz', 'See `lk-transfer --help`.'],
    [
      'transfer SCL_1 sales',
      'The destination belongs after --to. See `lk-transfer transfer --help`.',
    ],
    ['departments --via ST_x', expect.stringContaining('--trunk')],
  ])('%s: %s', async (line, hint) => {
    await expect(parse(line)).rejects.toMatchObject({ hint });
  });

  it.each(['calls --api-secret=CANARY', 'calls --api-secret CANARY', 'calls --api-secrt=CANARY'])(
    '%s never repeats the secret (conduct 52)',
    async (line) => {
      const error = await parse(line).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ exitCode: 2 });
      expect(JSON.stringify([(error as Error).message, (error as KnownError).hint])).not.toContain(
        'CANARY',
      );
    },
  );
});

describe('--debug', () => {
  it('shows where a bug happened, in JSON mode as an object a line, without secrets', async () => {
    const run = async (...flags: string[]) => {
      const { host, stderr } = fakeHost();
      const setEnv = () => {
        throw new TypeError('LIVEKIT_API_SECRET=CANARY');
      };
      expect(await runProgram(['calls', '--debug', ...flags], { ...host, setEnv })).toBe(1);
      return stderr();
    };
    expect(await run()).toMatch(/\nTypeError: LIVEKIT_API_SECRET=\*\*\*\n\s+at /);
    const lines = (await run('--json')).trimEnd().split('\n');
    const [debug, error] = lines.map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(error).toMatchObject({ error: { code: 'internal' } });
    expect(debug.debug.stack).toMatch(/^TypeError: LIVEKIT_API_SECRET=\*\*\*\n\s+at /);
  });
});
