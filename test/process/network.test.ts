/** 45: each way not to reach LiveKit is told with the host or the key, a hint, and its exit code. */
import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { cliAgainst } from '../cli/run-cli.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { makeCertificate } from '../support/certificate.ts';
import { serveForwardProxy, serveTlsInFront } from '../support/forward-proxy.ts';
import { serveInFront } from '../support/front.ts';
import { makeFolder, openSandbox, type RunResult, runProgram } from './run-program.ts';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Nobody listens there. One that was free a moment ago may be that of another test by now. */
const NOBODY = '127.0.0.1:1';

/** Accepts connections and never says a word. */
async function silentPort(): Promise<number> {
  const server = createServer((socket) => {
    atTheEnd(() => socket.destroy());
    socket.on('error', () => {});
  });
  atTheEnd(() => server.close());
  return listen(server);
}

/** What a server says that is neither TLS nor HTTP, to whoever comes. */
const greeting = (socket: Socket) => void socket.write('SSH-2.0-OpenSSH_9.6\r\n');

/** Answers whatever is asked. */
const answering = (status: number, header: string) => (socket: Socket) => {
  const head = header === '' ? '' : `${header}\r\n`;
  socket.once('data', () => socket.end(`HTTP/1.1 ${status} Is\r\n${head}\r\n<html></html>`));
};

const SECRET = 'CANARYsecret0f8a2c';

function callsAt(url: string, ...flags: string[]): Promise<RunResult> {
  return runProgram(['calls', ...flags], {
    env: { LIVEKIT_URL: url, LIVEKIT_API_KEY: 'APIkey', LIVEKIT_API_SECRET: SECRET },
  });
}

/** One error with a hint, no stack and no secret, and nothing on stdout. */
function expectError({ exitCode, stdout, stderr }: RunResult, wanted: number): void {
  expect({ exitCode, stdout }).toEqual({ exitCode: wanted, stdout: '' });
  expect(stderr).toMatch(/^error: [^\n]+\n[^\n]+\n/);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain(SECRET);
}

describe.concurrent('the network', () => {
  it('45: nobody listens', async () => {
    const result = await callsAt(`http://${NOBODY}`);
    expectError(result, 1);
    expect(result.stderr).toContain(NOBODY);
    expect(result.stderr).toMatch(/refuse/i);
  });

  it('45: an unknown host', async () => {
    const result = await callsAt('http://name.invalid');
    expectError(result, 1);
    expect(result.stderr).toContain('name.invalid');
  });

  it('45: a server that never answers, within --timeout', async () => {
    const port = await silentPort();
    const result = await callsAt(`http://127.0.0.1:${port}`, '--timeout', '1s');
    expectError(result, 1);
    expect(result.stderr).toContain(`127.0.0.1:${port}`);
    expect(result.stderr).toMatch(/\b(1 ?s|1000 ms)\b/);
    // At most three tries of a second each, and the pauses between them: of ten each by default.
    expect(result.durationMs).toBeLessThan(20_000);
  });

  it('45: TLS spoken to a server without it', async () => {
    const { env } = await openSandbox();
    const result = await callsAt(`${env.LIVEKIT_URL?.replace('http:', 'https:')}`);
    expectError(result, 1);
    expect(result.stderr).toContain('127.0.0.1');
  });

  it('45: a private authority, named in SSL_CERT_FILE', async () => {
    const { createServer: createTlsServer } = await import('node:https');
    const made = makeCertificate({ names: ['127.0.0.1'], days: 9 });
    const server = createTlsServer(made, (_request, response) => response.end('{"rooms":[]}'));
    const port = await listen(server);
    atTheEnd(() => server.close());
    const rooms = (SSL_CERT_FILE?: string) =>
      runProgram(['rooms'], {
        cwd: makeFolder({ 'ca.pem': made.cert, 'key.pem': made.key }),
        env: {
          LIVEKIT_URL: `wss://127.0.0.1:${port}`,
          LIVEKIT_API_KEY: 'APIkey',
          LIVEKIT_API_SECRET: SECRET,
          SSL_CERT_FILE,
        },
      });
    expect(await rooms('ca.pem')).toMatchObject({ exitCode: 0 });
    const without = await rooms();
    expectError(without, 1);
    expect(without.stderr).toContain('SSL_CERT_FILE');
    const wrong = await rooms('key.pem');
    expectError(wrong, 2);
    expect(wrong.stderr).toMatch(/SSL_CERT_FILE: \S+key\.pem holds no certificate/);
  });

  it('53: a proxy with a password, which is shown nowhere', async () => {
    const sandbox = await openSandbox();
    const front = await serveTlsInFront(`${sandbox.env.LIVEKIT_URL}`, 'livekit.test');
    const proxy = await serveForwardProxy({ to: front.port, login: `ann:${SECRET}` });
    const runs = async (login: string) => {
      const env = {
        ...sandbox.env,
        LIVEKIT_URL: 'wss://livekit.test',
        SSL_CERT_FILE: 'ca.pem',
        HTTPS_PROXY: proxy.url.replace('//', `//${login}@`),
        // What libraries for proxies tell of themselves, their address included.
        DEBUG: '*',
      };
      const cwd = makeFolder({ 'ca.pem': front.certificate });
      return runProgram(['rooms', '--json', '--debug'], { cwd, env });
    };
    const well = await runs(`ann:${SECRET}`);
    expect(well).toMatchObject({
      exitCode: 0,
      // --debug says what the scan cost, and nothing else.
      stderr: expect.stringMatching(/^\{"warning":\{"message":"\d+ requests were made[^\n]*\n$/),
    });
    expect(well.stdout).toContain('conference-0042');
    const { exitCode, stdout, stderr } = await runs(`${SECRET}:no`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toContain(`the proxy ${proxy.name} (HTTPS_PROXY) does not accept the user`);
    expect(stderr).not.toContain(SECRET);
  });

  it('45: a server that is no LiveKit', async () => {
    const { createServer: createHttpServer } = await import('node:http');
    const server = createHttpServer((_request, response) => {
      response.writeHead(404).end('<html>Not found</html>');
    });
    const port = await listen(server);
    atTheEnd(() => server.close());
    const result = await callsAt(`http://127.0.0.1:${port}`);
    expectError(result, 2);
    expect(result.stderr).toMatch(/no LiveKit server/);
  });

  it('45: LiveKit under a path of its host', async () => {
    const { env } = await openSandbox();
    const front = await serveInFront(`${env.LIVEKIT_URL}`, { path: '/livekit' });
    for (const path of ['/livekit', '//livekit/rtc/']) {
      const LIVEKIT_URL = front.origin + path;
      const result = await runProgram(['rooms'], { env: { ...env, LIVEKIT_URL } });
      expect({ path, exitCode: result.exitCode }).toEqual({ path, exitCode: 0 });
      expect(result.stdout).toContain('conference-0042');
    }
    expect(new Set(front.paths.map((path) => path.split('/twirp/')[0]))).toEqual(
      new Set(['/livekit']),
    );
  });

  it('45: a URL with a path is not quietly taken for another one', async () => {
    const { env } = await openSandbox();
    const result = await runProgram(['calls', '--room', 'standup'], {
      env: { ...env, LIVEKIT_URL: `${env.LIVEKIT_URL}/wrong/path` },
    });
    expectError(result, 2);
    expect(result.stderr).toMatch(/path/);
  });

  it.each(['not a url', 'ftp://host', 'host:7880'])('45: “%s” is no URL', async (url) => {
    expectError(await callsAt(url), 2);
  });

  it('45: a wrong secret', async () => {
    const { env } = await openSandbox();
    const result = await runProgram(['calls'], { env: { ...env, LIVEKIT_API_SECRET: SECRET } });
    expectError(result, 4);
    expect(result.stderr).toContain('APIsandboxKey01');
  });

  it('45: an unknown key', async () => {
    const { env } = await openSandbox();
    const result = await runProgram(['calls'], { env: { ...env, LIVEKIT_API_KEY: 'APIother' } });
    expectError(result, 4);
    expect(result.stderr).toContain('APIother');
  });

  it('no credentials, or half of them', async () => {
    const none = await runProgram(['calls']);
    expectError(none, 4);
    expect(none.stderr).toContain('--sandbox');
    const half = await runProgram(['calls'], { env: { LIVEKIT_URL: 'ws://127.0.0.1:7880' } });
    expectError(half, 4);
    expect(half.stderr).toContain('LIVEKIT_API_KEY and LIVEKIT_API_SECRET are missing');
  });

  it('23: in JSON mode the error is one object on stderr, with the same exit code', async () => {
    const result = await callsAt(`http://${NOBODY}`, '--json');
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(result.stderr)).toEqual({
      error: {
        code: 'unreachable',
        message: expect.any(String),
        hint: expect.any(String),
        exitCode: 1,
      },
    });
  });

  it('39: a transfer that LiveKit never answers is exit 7, sent once, and says how to look', async () => {
    const sandbox = await openSandbox();
    const result = await runProgram(
      ['transfer', 'SCL_noNotify0001', '--to', 'sales', '--yes', '--wait', '2s', '--json'],
      { env: sandbox.env },
    );
    const { outcome, caller, hint } = JSON.parse(result.stdout);
    expect({ outcome, caller }).toEqual({ outcome: 'unknown', caller: 'unknown' });
    expect(hint).toContain('lk-transfer calls');
    expect(result.exitCode).toBe(7);
    expect(sandbox.mutations()).toHaveLength(1);
  });
});

describe('a port of something else', () => {
  const cli = cliAgainst();
  const CONFIG = { defaultCountry: 'US' };
  const TO = ['--to', 'sip:1@x.example', '--yes'];
  const COMMANDS = [
    ['calls'],
    ['transfer', '--room', 'r', '--identity', 'i', ...TO],
    ['smoke', '--trunk', 'ST_1', '--dial', '+15105550100', ...TO],
    ['doctor', '--json'],
  ];
  /** Where every command is asked of the built program, too: one of HTTP, one of TLS. The others ask it for \`calls\`. */
  const BUILT = ['a page', 'no TLS'];

  it.each<[string, string, (socket: Socket) => void, RegExp]>([
    [
      'a page',
      'http',
      answering(200, 'content-type: text/html'),
      /answered in its place \(HTTP 200, text\/html\)/,
    ],
    [
      'a redirect',
      'http',
      answering(301, 'location: https://other.example/'),
      /redirects to https:\/\/other\.example\//,
    ],
    [
      'a redirect',
      'ws',
      answering(308, 'location: /login'),
      /redirects to http:\/\/127\.0\.0\.1:\d+\/login/,
    ],
    ['no TLS', 'https', answering(400, ''), /No LiveKit answers at .*does not speak TLS/],
    ['no TLS and no HTTP', 'wss', greeting, /No LiveKit answers at .*does not speak TLS/],
    ['another protocol', 'http', greeting, /No LiveKit answers at .*does not speak HTTP/],
    [
      'nothing',
      'http',
      (socket) => socket.end(),
      /closed the connection before the answer was complete/,
    ],
    [
      'nothing',
      'https',
      (socket) => socket.end(),
      /closed the connection before the answer was complete/,
    ],
  ])(
    '45: a port that answers with %s to %s:// is told as no LiveKit',
    async (what, scheme, act, told) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        act(socket);
      });
      const port = await listen(server);
      atTheEnd(() => server.close());
      const env = {
        LIVEKIT_URL: `${scheme}://127.0.0.1:${port}`,
        LIVEKIT_API_KEY: 'APIkey',
        LIVEKIT_API_SECRET: SECRET,
      };
      const cwd = makeFolder({ 'transfer.config.json': JSON.stringify(CONFIG) });
      const exitCodes = new Set<number | null>();
      for (const words of COMMANDS) {
        const runs: Pick<RunResult, 'exitCode' | 'stdout' | 'stderr'>[] = [
          await cli(words, { env, config: CONFIG }),
        ];
        if (words[0] === 'calls' || BUILT.includes(what)) {
          runs.push(await runProgram(words, { env, cwd }));
        }
        for (const { exitCode, stdout, stderr } of runs) {
          if (words[0] === 'doctor') {
            const failed = JSON.parse(stdout).checks.filter(
              ({ result }: { result: string }) => result === 'failed',
            );
            expect(failed).toMatchObject([{ detail: expect.stringMatching(told) }]);
          } else {
            expect(stdout).toBe('');
            expect(stderr).toMatch(told);
            expect(stderr).toContain(`127.0.0.1:${port}`);
          }
          expect(stdout + stderr).not.toMatch(
            /SSL routines|OpenSSL|openssl|Parse Error|[Tt]ry again in a moment/,
          );
          if (words[0] === 'calls' || words[0] === 'doctor') exitCodes.add(exitCode);
          expect(exitCode === 1 || exitCode === 2).toBe(true);
        }
      }
      // What `calls` leaves with, `doctor` does.
      expect(exitCodes.size).toBe(1);
    },
  );
});
