import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/core/host.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { FakeHost } from '../support/fake-host.ts';
import { silentServer } from '../support/silent-server.ts';
import { cliAgainst, EXAMPLE, ONE_TRUNK } from './run-cli.ts';

const cli = cliAgainst();
const EXAMPLE_NAMES = Object.keys(JSON.parse(readFileSync(EXAMPLE, 'utf8')).departments);

describe('completion', () => {
  it.each([
    ['bash', 'complete -o default -F _lk_transfer lk-transfer'],
    ['zsh', '#compdef lk-transfer'],
    ['fish', 'complete -c lk-transfer'],
    ['powershell', 'Register-ArgumentCompleter -Native -CommandName lk-transfer'],
  ])('%s prints a script on stdout, and reads no config (conduct 54)', async (shell, part) => {
    const { exitCode, stdout, stderr } = await cli(`completion ${shell}`, { config: '{' });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(part);
    expect(stdout).toMatch(/[^\n]\n$/);
    // A script is pasted into a startup file: nothing in it may run something at once.
    expect(stdout).not.toMatch(/\beval\b|Invoke-Expression|compgen/);
  });

  it.each([
    ['completion', "Missing required argument 'shell'."],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish, powershell'],
  ])('%s is a mistake', async (line, message) => {
    const { exitCode, stdout, stderr } = await cli(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('what the scripts ask', () => {
  const complete = (words: string[], options = {}) =>
    cli(['complete', 'fish', '--', ...words], options);
  const wordsOf = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t')[0]);

  it('is answered from the config of the folder (conduct 54)', async () => {
    const config = { departments: { sales: { to: '100', description: 'New orders' } } };
    const { exitCode, stdout, stderr, mutations } = await complete(['resolve', ''], { config });
    expect({ exitCode, stdout, stderr, mutations }).toEqual({
      exitCode: 0,
      stdout: 'words\nsales\tNew orders\n',
      stderr: '',
      mutations: [],
    });
  });

  it('is answered from the config that the line names', async () => {
    const named = ['--config', EXAMPLE, 'transfer', '--to', ''];
    const { stdout } = await complete(named, { config: { departments: { other: '1' } } });
    expect(wordsOf(stdout)).toEqual(expect.arrayContaining(EXAMPLE_NAMES));
    expect(wordsOf(stdout)).not.toContain('other');
  });

  it('is answered from the example with --sandbox, where there is no config', async () => {
    const line = ['--sandbox', 'resolve', ''];
    expect(wordsOf((await complete(line, { config: null })).stdout)).toEqual(
      expect.arrayContaining(EXAMPLE_NAMES),
    );
    const config = { departments: { other: '1' } };
    expect(wordsOf((await complete(line, { config })).stdout)).toEqual(['other']);
  });

  it('takes a tilde for the home folder, as the shell would have', async () => {
    const line = ['--config', '~/transfer.config.json', 'resolve', ''];
    const { stdout } = await complete(line, { config: { departments: { sales: '1' } } });
    expect(wordsOf(stdout)).toEqual(['sales']);
  });

  it.each([
    ['no config', null],
    ['a broken config', '{'],
    ['a config that is wrong', { departments: { sales: {} } }],
  ])('is answered with silence, not with an error: %s (conduct 54)', async (_what, config) => {
    const { exitCode, stderr } = await complete(['resolve', ''], { config });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['complete tcsh -- calls'],
    ['complete bash --'],
    ['complete zsh --'],
    ['complete powershell -- !!'],
    ['complete fish -- --config /nowhere resolve x'],
  ])('`%s` says nothing on stderr', async (line) => {
    const { exitCode, stderr } = await cli(line);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('is not in help, nor guessed for a mistyped command', async () => {
    expect((await cli('--help')).stdout).not.toMatch(/^ {2}complete\b/m);
    expect((await cli('help nonsense')).stderr).not.toMatch(/\bcomplete\b/);
    expect((await cli('complet')).stderr).not.toMatch(/complete\?/);
  });

  const LIVE = { completion: { live: true } };
  /** A run that has just begun. */
  const fresh = () => {
    const start = performance.now();
    return { elapsed: () => performance.now() - start, sleep };
  };

  /** One that has time, on a machine however busy. */
  const patient = () => ({ elapsed: () => -20_000, sleep });

  it('has the calls that are up where the config wants it, stuck ones first', async () => {
    const { stdout, stderr, mutations } = await complete(['transfer', ''], {
      config: LIVE,
      ...patient(),
    });
    expect({ stderr, mutations }).toEqual({ stderr: '', mutations: [] });
    expect(wordsOf(stdout)).toEqual(
      expect.arrayContaining(['SCL_noAgent00001', 'SCL_healthy00001']),
    );
    expect(stdout).toMatch(/^SCL_noAgent00001\t\+\d+, \S/m);
    const call = await complete(['resolve', 'sales', '--call', ''], { config: LIVE, ...patient() });
    expect(wordsOf(call.stdout)).toEqual(wordsOf(stdout));
  });

  it.each<[string, string[], object]>([
    ['the config does not want it', ['transfer', ''], { config: {} }],
    ['something else is completed', ['calls', '--room', ''], { config: LIVE }],
    ['it is late already', ['transfer', ''], { config: LIVE, elapsed: () => 300 }],
    [
      'the secret would be read from standard input',
      ['--url', 'http://127.0.0.1:1', '--api-key', 'k', '--api-secret-file', '-', 'transfer', ''],
      { config: LIVE },
    ],
  ])('asks no LiveKit where %s', async (_, words, options) => {
    let asked = -1;
    const { exitCode, stdout, stderr } = await complete(words, {
      ...fresh(),
      ...options,
      during: async (_fake: FakeHost, sandbox: Sandbox) => {
        asked = sandbox.requests.length;
      },
    });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'words\n', stderr: '' });
    expect(asked).toBeGreaterThanOrEqual(0);
  });

  it('reads no room where there are more than a Tab may ask for', async () => {
    const rooms = Array.from({ length: 61 }, (_, index) => ({
      name: `room-${index}`,
      participants: [
        {
          ...({ kind: 'caller', callId: `SCL_${index}`, trunk: ONE_TRUNK.id } as const),
          ...{ number: '+15105550142', age: 10 },
        },
      ],
    }));
    const crowded = cliAgainst({ seed: { trunks: [ONE_TRUNK], rooms } });
    let there: Sandbox | undefined;
    const { stdout } = await crowded(['complete', 'fish', '--', 'transfer', ''], {
      config: LIVE,
      ...patient(),
      during: (_fake: FakeHost, sandbox: Sandbox) => {
        there = sandbox;
      },
    });
    expect(stdout).toBe('words\n');
    expect(there?.requests.map(({ method }) => method)).toEqual(['RoomService/ListRooms']);
    // Those that the config says can hold callers are fewer.
    const config = { ...LIVE, rooms: ['room-1*'] };
    const some = await crowded(['complete', 'fish', '--', 'transfer', ''], {
      config,
      ...patient(),
    });
    expect(wordsOf(some.stdout)).toHaveLength(11);
  });

  it('offers no call where a room could not be read: what is left would look like all', async () => {
    const room = (name: string) => ({
      name,
      participants: [
        {
          ...({ kind: 'caller', callId: `SCL_${name}`, trunk: ONE_TRUNK.id } as const),
          ...{ number: '+15105550142', age: 10 },
        },
      ],
    });
    const faults = [
      { method: 'RoomService/ListParticipants', room: 'two', answer: { status: 503 } },
    ];
    const seed = { trunks: [ONE_TRUNK], rooms: [room('one'), room('two')], faults };
    const { exitCode, stdout, stderr } = await cliAgainst({ seed })(
      ['complete', 'bash', '--', 'lk-transfer transfer ', ''],
      { config: LIVE, ...patient() },
    );
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'words\n', stderr: '' });
  });

  it('opens the sandbox only where the line says so', async () => {
    const env = {
      LIVEKIT_URL: undefined,
      LIVEKIT_API_KEY: undefined,
      LIVEKIT_API_SECRET: undefined,
    };
    const none = await complete(['transfer', ''], { config: LIVE, env, ...patient() });
    expect(none.stdout).toBe('words\n');
    const there = await complete(['--sandbox', 'transfer', ''], {
      config: LIVE,
      env,
      ...patient(),
    });
    expect(wordsOf(there.stdout)).toContain('SCL_noAgent00001');
  });

  it('gives up at its time, and is gone', async () => {
    const { origin, close } = await silentServer();
    let fake: FakeHost | undefined;
    const { stdout, stderr } = await complete(['transfer', ''], {
      config: LIVE,
      env: { LIVEKIT_URL: origin },
      ...fresh(),
      during: (itsOwn: FakeHost) => {
        fake = itsOwn;
      },
    });
    close();
    expect({ stdout, stderr }).toEqual({ stdout: 'words\n', stderr: '' });
    expect(fake?.vanished()).toBe(true);
  });
});
