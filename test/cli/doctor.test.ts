/** `doctor` in one process, against servers on loopback. */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../src/program/run.ts';
import { folderWith } from '../config/folders.ts';
import { closedPort, type Reply, serve, serveSockets } from '../livekit/loopback.ts';
import { makeCertificate } from '../support/certificate.ts';
import { type FakeHostOptions, fakeHost } from '../support/fake-host.ts';
import { cliAgainst, EXAMPLE, ONE_TRUNK } from './run-cli.ts';

const cli = cliAgainst({
  seed: {
    trunks: [
      ONE_TRUNK,
      { ...ONE_TRUNK, id: 'ST_two', name: 'two', direction: 'outbound', number: '+15105550002' },
    ],
    rooms: [],
  },
});

const CONFIG = {
  trunks: { ST_one: { provider: 'twilio', domain: 'example' }, ST_old: { refer: false } },
  departments: { desk: { to: 'sip:desk@example.com', number: '+15105550200' } },
};

const SECRET = 'CANARYsecret0f8a2c';

/** Runs it against a server of the test's own. */
async function doctorAt(url: string, line = 'doctor', options: FakeHostOptions = {}) {
  const fake = fakeHost({
    ...options,
    env: {
      LIVEKIT_URL: url,
      LIVEKIT_API_KEY: 'APIkey',
      LIVEKIT_API_SECRET: SECRET,
      ...options.env,
    },
  });
  const start = performance.now();
  const exitCode = await runProgram(line.split(' '), fake.host);
  const rows = fake.stdout().trimEnd().split('\n');
  expect(fake.stdout() + fake.stderr()).not.toContain(SECRET);
  return {
    exitCode,
    stderr: fake.stderr(),
    ms: performance.now() - start,
    states: Object.fromEntries(rows.map((row) => row.split('\t').slice(0, 2).reverse())),
    row: (id: string) => rows.find((row) => row.split('\t')[1] === id) ?? '',
  };
}

const plain =
  (status: number, body: string, contentType = 'text/plain'): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(body);
  };

/** Ports and times are never twice the same. */
const settled = (text: string) =>
  text.replace(/127\.0\.0\.1:\d+/g, 'HOST').replace(/\(\d+ ms\)/g, '(N ms)');

describe('doctor', () => {
  it('tells a line a check off a terminal, and changes nothing', async () => {
    const { exitCode, stdout, stderr, mutations } = await cli('doctor', { config: CONFIG });
    const lines = settled(stdout).replace(/\n$/, '').split('\n');
    const rows = lines.map((line) => line.split('\t'));
    expect(rows.map(([status, id]) => `${status} ${id}`)).toEqual([
      'ok node',
      'ok proxy',
      'ok config',
      'ok credentials',
      'ok url',
      'ok dns',
      'ok tcp',
      'skipped tls',
      'ok http',
      'ok clock',
      'ok key',
      'ok grant-room-list',
      'ok grant-room-admin',
      'ok grant-sip-admin',
      'not-checked grant-sip-call',
      'not-checked grant-room-create',
      'not-checked sip',
      'not-checked trunk:ST_one',
      'not-checked trunk:ST_two',
      'warning config-trunks',
      'warning media-timeout',
      'ok templates',
      'ok department:desk',
    ]);
    // Status, check, what was found, more of it, what to do: an empty cell where there is none.
    expect(rows.filter((row) => row.length !== 5 || row[2] === '')).toEqual([]);
    const idsWith = (column: number) =>
      rows.filter((row) => row[column] !== '').map(([, id]) => id);
    expect(idsWith(3)).toEqual(['grant-sip-call', 'trunk:ST_one', 'trunk:ST_two', 'media-timeout']);
    expect(idsWith(4)).toEqual(['sip', 'config-trunks', 'media-timeout']);
    expect(lines).toContain('ok\ttcp\tHOST accepts connections (N ms)\t\t');
    expect(stdout).toContain('APIsandboxKey01');
    expect({ exitCode, stderr, mutations }).toEqual({
      exitCode: 0,
      stderr: '2 warnings, 15 ok, 5 not checked, 1 skipped.\n',
      mutations: [],
    });
  });

  it('gives one document in JSON, with these names (conduct 20, 24)', async () => {
    const { exitCode, stdout, stderr } = await cli('doctor --json', { config: CONFIG });
    const document = JSON.parse(stdout);
    expect(Object.keys(document)).toEqual(['checks', 'trunks', 'exitCode']);
    expect(document.checks[0]).toEqual({
      check: 'node',
      result: 'ok',
      title: 'Node.js',
      detail: '20.19.0 on linux',
      notes: [],
      hint: null,
    });
    expect(document.trunks.map(({ id }: { id: string }) => id)).toEqual(['ST_one', 'ST_two']);
    expect({ exitCode, stderr, told: document.exitCode }).toEqual({
      exitCode: 0,
      stderr: '',
      told: 0,
    });
  });

  it('selects fields, in JSON and in lines, and refuses unknown ones before any work', async () => {
    const json = await cli('doctor --json --fields check,result', { config: CONFIG });
    const { checks, ...others } = JSON.parse(json.stdout);
    expect(checks[0]).toEqual({ check: 'node', result: 'ok' });
    expect(others).toEqual({});
    const lines = await cli('doctor --fields result,title', { config: CONFIG });
    expect(lines.stdout).toMatch(/^ok\tNode\.js\n/);
    const wrong = await cli('doctor --fields state', { config: CONFIG });
    expect({ ...wrong }).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('runs on the sandbox, on a terminal, in lines that fit', async () => {
    const { exitCode, stdout, stderr } = await cli('doctor --sandbox', {
      config: null,
      isTTY: true,
      columns: 80,
      env: { TERM: 'xterm', NO_COLOR: '1', LK_TRANSFER_CONFIG: undefined },
    });
    expect(exitCode).toBe(0);
    const lines = settled(stdout).replace(/\n$/, '').split('\n');
    expect(lines[0]).toBe('ok           Node.js               20.19.0 on linux');
    expect(lines).toContain('ok           LiveKit API           HOST answers (N ms)');
    expect(stdout).toMatch(/^warning {6}Trunk names {11}LiveKit has no trunk ST_abc, /m);
    // Once more at the end, with what to do.
    expect(stdout).toMatch(/\n\nwarning {6}Trunk names: LiveKit has no trunk ST_abc, /);
    expect(stdout.match(/^not checked {2}/gm)).toHaveLength(1);
    // A path stays whole, and nobody knows how long the one of this checkout is.
    const tooLong = stdout
      .split('\n')
      .filter((line) => line.length > 80 && !line.includes(EXAMPLE));
    expect(tooLong).toEqual([]);
    expect(stderr).toMatch(/No config file found, so this uses the example that comes with/);
    expect(stderr).toMatch(/\d+ warnings, \d+ ok, \d+ not checked, 1 skipped\.\n$/);
  });

  it('does not mix the sandbox with somebody’s project', async () => {
    const { exitCode, stdout } = await cli('doctor --sandbox --project p', { config: CONFIG });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });
});

describe('doctor finds', () => {
  it('every problem of a config, and asks the server all the same', async () => {
    const config = { departments: { a: {} }, dial: { number: 'sip:x' } };
    const { exitCode, stdout } = await cli('doctor --json', { config });
    const { checks } = JSON.parse(stdout);
    const state = (id: string) => checks.find(({ check }: { check: string }) => check === id);
    expect(exitCode).toBe(2);
    expect(state('config')).toMatchObject({ result: 'failed' });
    expect(state('config').notes.length).toBeGreaterThan(1);
    expect(state('key')).toMatchObject({ result: 'ok' });
    expect(state('departments')).toMatchObject({ result: 'skipped' });
  });

  it('credentials that are missing, or half there', async () => {
    const none = await doctorAt('', 'doctor', {
      env: { LIVEKIT_API_KEY: '', LIVEKIT_API_SECRET: '' },
    });
    expect(none).toMatchObject({
      exitCode: 4,
      states: { credentials: 'failed', url: 'skipped', dns: 'skipped', departments: 'skipped' },
    });
    const half = await doctorAt('http://lk', 'doctor', { env: { LIVEKIT_API_KEY: '' } });
    expect(half.exitCode).toBe(4);
    expect(half.row('credentials')).toContain('LIVEKIT_API_KEY is missing');
  });

  it('that a config it cannot read may have named the project', async () => {
    const { exitCode, stdout } = await cli('doctor', {
      config: '{',
      env: { LIVEKIT_URL: '', LIVEKIT_API_KEY: '', LIVEKIT_API_SECRET: '' },
    });
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^failed\tconfig\t/m);
    expect(stdout).toMatch(/^skipped\tcredentials\t/m);
  });

  it('an address that is none', async () => {
    const found = await doctorAt('lk.example.com');
    expect(found).toMatchObject({ exitCode: 2, states: { credentials: 'ok', url: 'failed' } });
    expect(found.row('url')).toContain('LIVEKIT_URL is not a full address');
  });

  it('a name that nobody has', async () => {
    const found = await doctorAt('https://nobody.invalid');
    expect(found).toMatchObject({
      exitCode: 1,
      states: { dns: 'failed', tcp: 'skipped', tls: 'skipped', http: 'skipped', key: 'skipped' },
    });
  });

  it('a server that is down', async () => {
    const found = await doctorAt(`http://127.0.0.1:${await closedPort()}`);
    expect(found).toMatchObject({ exitCode: 1, states: { tcp: 'failed', http: 'skipped' } });
  });

  it('a server that hangs, in less than 5 s', async () => {
    const found = await doctorAt(`http://${await serveSockets(() => {})}`);
    expect(found).toMatchObject({ exitCode: 1, states: { tcp: 'ok', http: 'failed' } });
    expect(found.ms).toBeLessThan(5000);
  });

  it('a server that hangs, within --timeout', async () => {
    const found = await doctorAt(`https://${await serveSockets(() => {})}`, 'doctor --timeout 1s');
    expect(found).toMatchObject({ exitCode: 1, states: { tls: 'failed', http: 'skipped' } });
    expect(found.ms).toBeLessThan(2500);
  });

  it('a server that wants TLS, asked without', async () => {
    const server = createTlsServer(makeCertificate({ names: ['127.0.0.1'], days: 9 }));
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const found = await doctorAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(found).toMatchObject({ exitCode: 1, states: { tcp: 'ok', http: 'failed' } });
    expect(found.row('http')).toMatch(/this port speaks TLS.*wss:/);
  });

  it('a certificate that SSL_CERT_FILE vouches for, and a file that cannot be read', async () => {
    const made = makeCertificate({ names: ['127.0.0.1'], days: 90 });
    const server = createHttpsServer(made, (_request, response) => response.end('{}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cwd = folderWith({ 'ca.pem': made.cert });
    const found = await doctorAt(url, 'doctor', { cwd, env: { SSL_CERT_FILE: 'ca.pem' } });
    expect(found.states).toMatchObject({ tls: 'ok', http: 'ok', key: 'ok' });
    expect(found.row('tls')).toContain('SSL_CERT_FILE (ca.pem)');
    const broken = await doctorAt(url, 'doctor', { cwd, env: { SSL_CERT_FILE: 'gone.pem' } });
    expect(broken).toMatchObject({
      exitCode: 2,
      states: { tcp: 'ok', tls: 'failed', http: 'skipped', key: 'skipped' },
    });
    expect(broken.row('tls')).toMatch(/SSL_CERT_FILE: \S+gone\.pem does not exist/);
    const bare = await doctorAt(url);
    expect(bare).toMatchObject({ exitCode: 1, states: { tls: 'failed' } });
  });

  it('TLS spoken to a server without it', async () => {
    const { host } = await serve((response) => response.end());
    expect(await doctorAt(`https://${host}`)).toMatchObject({
      exitCode: 1,
      states: { tcp: 'ok', tls: 'failed', http: 'skipped' },
    });
  });

  it.each([
    ['404', plain(404, '404 page not found\n')],
    ['a page', plain(200, '<html></html>', 'text/html')],
  ])('a server that is no LiveKit: %s', async (_, reply) => {
    const found = await doctorAt((await serve(reply)).origin);
    expect(found).toMatchObject({ exitCode: 2, states: { http: 'failed', key: 'skipped' } });
  });

  it('a LiveKit under a path of its host', async () => {
    const { origin, host, seen } = await serve(plain(200, '{}', 'application/json'));
    const found = await doctorAt(`${origin}/livekit/`);
    expect(found.states).toMatchObject({ url: 'ok', tcp: 'ok', http: 'ok', key: 'ok' });
    expect(found.row('url')).toContain(`${origin}/livekit`);
    expect(found.row('tcp')).toContain(`${host} accepts`);
    expect(found.row('http')).toContain(`${host}/livekit answers`);
    expect(seen.filter(({ path }) => !path.startsWith('/livekit/twirp/livekit.'))).toEqual([]);
  });

  it('a path under which nothing is served', async () => {
    const found = await doctorAt(`${(await serve(plain(404, 'not found'))).origin}/wrong`);
    expect(found).toMatchObject({ exitCode: 2, states: { url: 'ok', http: 'failed' } });
    expect(found.row('http')).toContain('path');
  });

  it('a secret that is wrong', async () => {
    const reply = plain(401, 'invalid authorization token: token signature is invalid');
    const found = await doctorAt((await serve(reply)).origin);
    expect(found).toMatchObject({
      exitCode: 4,
      states: { http: 'ok', key: 'failed', 'grant-room-list': 'skipped' },
    });
  });

  it('a clock that is wrong', async () => {
    const { origin } = await serve((response) => {
      response.setHeader('date', new Date(Date.now() + 3 * 60_000).toUTCString());
      plain(200, '{}', 'application/json')(response, {} as never, 1);
    });
    const found = await doctorAt(origin);
    expect(found).toMatchObject({ exitCode: 0, states: { clock: 'warning', trunks: 'warning' } });
    expect(found.row('clock')).toMatch(/(2m 5\ds|3m|3m 1s) behind/);
  });

  it('grants that are missing', async () => {
    const denied = JSON.stringify({ code: 'unauthenticated', msg: 'permissions denied' });
    const found = await doctorAt((await serve(plain(401, denied, 'application/json'))).origin);
    expect(found).toMatchObject({
      exitCode: 4,
      states: { key: 'ok', 'grant-room-list': 'failed', 'grant-sip-admin': 'warning' },
    });
  });
});

describe('doctor on a terminal', () => {
  it('says what it is looking at, and leaves at a Ctrl-C with 130', async () => {
    const host = await serveSockets(() => {});
    const fake = fakeHost({
      isTTY: true,
      env: {
        TERM: 'xterm',
        LIVEKIT_URL: `http://${host}`,
        LIVEKIT_API_KEY: 'APIkey',
        LIVEKIT_API_SECRET: SECRET,
      },
    });
    const running = runProgram(['doctor'], fake.host);
    await expect.poll(() => fake.stderr()).toContain(`Checking ${host}`);
    const left = performance.now();
    fake.raise('SIGINT');
    expect(await running).toBe(130);
    expect(performance.now() - left).toBeLessThan(1000);
    expect(fake.stdout()).toBe('');
  });
});
