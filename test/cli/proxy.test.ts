/** HTTPS_PROXY and its like: every command reaches LiveKit through them, and says when one fails. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TransferAnswer } from '../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { serveForwardProxy, serveTlsInFront } from '../support/forward-proxy.ts';
import { cliOnFresh, FAST, ONE_TRUNK } from './run-cli.ts';

const cli = cliOnFresh();
const NAME = 'livekit.test';
const TRANSFER = 'SIP/TransferSIPParticipant';
const CALL = 'SCL_behindProxy';

type ProxyOptions = Omit<Parameters<typeof serveForwardProxy>[0], 'to'>;

/** A sandbox with TLS under a name that only the proxy knows, and the environment to reach it. */
async function behindProxy(options: ProxyOptions = {}, transferAnswer?: TransferAnswer) {
  const room = {
    name: 'one',
    ...(transferAnswer !== undefined && { transferAnswer }),
    participants: [
      { kind: 'caller', callId: CALL, trunk: 'ST_one', number: '+15105550100', age: 60 },
    ],
  } as const;
  const sandbox = await startSandbox({
    seed: { trunks: [ONE_TRUNK], rooms: [room] },
    ...FAST,
  });
  atTheEnd(() => sandbox.close());
  const front = await serveTlsInFront(sandbox.url, NAME);
  const proxy = await serveForwardProxy({ ...options, to: front.port });
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-proxy-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  const SSL_CERT_FILE = join(folder, 'ca.pem');
  writeFileSync(SSL_CERT_FILE, front.certificate);
  const env = { LIVEKIT_URL: `wss://${NAME}`, SSL_CERT_FILE, HTTPS_PROXY: proxy.url };
  const posts = () =>
    sandbox.requests.filter(({ method }) => method === TRANSFER).map(({ method }) => method);
  return { proxy, sandbox, env, posts };
}

const transferLine = `transfer ${CALL} --to 100 --yes --json`;

describe.concurrent('through a proxy', () => {
  it('calls are read, by one tunnel', async () => {
    const { env, proxy } = await behindProxy();
    const { exitCode, stdout } = await cli('calls --json', { env });
    expect({
      exitCode,
      ids: JSON.parse(stdout).map(({ callId }: { callId: string }) => callId),
    }).toEqual({ exitCode: 0, ids: [CALL] });
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${NAME}:443`]));
  });

  it('a transfer is sent once', async () => {
    const { env, posts } = await behindProxy({ login: 'ann:CANARY' });
    const HTTPS_PROXY = env.HTTPS_PROXY.replace('//', '//ann:CANARY@');
    const { exitCode, stdout, stderr } = await cli([...transferLine.split(' '), '--debug'], {
      env: { ...env, HTTPS_PROXY },
    });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed', exitCode: 0 });
    expect({ exitCode, posts: posts() }).toEqual({ exitCode: 0, posts: [TRANSFER] });
    expect(stdout + stderr).not.toContain('CANARY');
  });

  it('a transfer whose tunnel breaks is unknown, and was sent once', async () => {
    const { env, posts } = await behindProxy({}, 'connection-reset');
    const { exitCode, stdout } = await cli(transferLine, { env });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unknown', stage: 'transport' });
    expect({ exitCode, posts: posts() }).toEqual({ exitCode: 7, posts: [TRANSFER] });
  });

  it.each<[ProxyOptions, number, string]>([
    [{ status: 503 }, 1, 'refused (HTTP 503)'],
    [{ login: 'a:b' }, 4, 'wants a user and password (HTTP 407)'],
    [{ instead: 'hang-up' }, 1, 'opened no connection to the server: it hung up'],
  ])('that is %j no command comes, with exit %i', async (options, wanted, why) => {
    const { env, proxy, posts } = await behindProxy(options);
    const named = `${NAME}: the proxy ${proxy.name} (HTTPS_PROXY) ${why}.`;
    for (const line of ['calls', transferLine, 'rooms']) {
      const { exitCode, stdout, stderr } = await cli(line, { env });
      expect({ line, exitCode, stdout }).toEqual({ line, exitCode: wanted, stdout: '' });
      expect(stderr).toContain(named);
    }
    expect(posts()).toEqual([]);
  });

  it('that takes reads and then no transfer, nothing is sent, and the proxy is named', async () => {
    // A transfer has a connection of its own: the second.
    const { env, proxy, posts } = await behindProxy({ tunnels: 1 });
    const { exitCode, stdout } = await cli(transferLine, { env });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      outcome: 'not-sent',
      stage: 'transport',
      caller: 'on-the-line',
    });
    expect(result.message).toContain(`the proxy ${proxy.name} (HTTPS_PROXY) refused (HTTP 503)`);
    expect({ exitCode, posts: posts() }).toEqual({ exitCode: 1, posts: [] });
  });

  it('asks again for a read where it fails in a way that may pass', async () => {
    for (const [status, asked] of [
      [503, 3],
      [403, 1],
    ] as const) {
      const { env, proxy } = await behindProxy({ status });
      const { exitCode } = await cli('calls', { env });
      expect({ exitCode, asked: proxy.asked.length }).toEqual({ exitCode: 1, asked });
    }
  });

  it('doctor says which one, and looks behind it', async () => {
    const { env, proxy } = await behindProxy({ login: 'ann:CANARY' });
    const HTTPS_PROXY = env.HTTPS_PROXY.replace('//', '//ann:CANARY@');
    const { exitCode, stdout, stderr } = await cli('doctor --json', {
      config: { defaultCountry: 'US' },
      env: { ...env, HTTPS_PROXY },
    });
    const { checks } = JSON.parse(stdout);
    const details = Object.fromEntries(
      checks.map(({ check, detail, result }: Record<string, string>) => [
        check,
        `${result}: ${detail}`,
      ]),
    );
    expect(details).toMatchObject({
      proxy: `ok: ${proxy.name} is used (HTTPS_PROXY, with a user and password)`,
      dns: 'ok: the proxy 127.0.0.1 is an IP address: no DNS lookup is needed',
      tcp: expect.stringMatching(`^ok: the proxy ${proxy.name} accepts connections`),
      tls: expect.stringMatching(/^ok: TLSv1\.3; the certificate is valid for/),
      http: expect.stringMatching(`^ok: ${NAME} answers`),
      key: expect.stringMatching(/^ok: /),
    });
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain('CANARY');
  });

  it.each<[ProxyOptions, string, string]>([
    [{ status: 502 }, 'tls', 'refused (HTTP 502)'],
    [{ login: 'a:b' }, 'tls', 'wants a user and password'],
  ])('doctor, where it is %j, blames it', async (options, check, why) => {
    const { env, proxy } = await behindProxy(options);
    const { exitCode, stdout } = await cli('doctor --json', { env });
    const failed = JSON.parse(stdout).checks.filter(
      ({ result }: { result: string }) => result === 'failed',
    );
    expect(failed).toMatchObject([{ check, detail: expect.stringContaining(why) }]);
    expect(failed[0].detail).toContain(`the proxy ${proxy.name} (HTTPS_PROXY)`);
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('past a proxy', () => {
  /** Nobody may ask it anything. */
  const never = () => serveForwardProxy({ to: 9, status: 599 });

  it('goes what is for this machine', async () => {
    const proxy = await never();
    const all = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ALL_PROXY: proxy.url };
    const { exitCode } = await cli('rooms', { env: all });
    expect(exitCode).toBe(0);
    const own = await cli('rooms --sandbox', { env: all });
    expect(own.exitCode).toBe(0);
    expect(proxy.asked).toEqual([]);
  });

  it('goes what NO_PROXY names', async () => {
    const { proxy, env } = await behindProxy();
    const { exitCode, stderr } = await cli('rooms --timeout 1s', {
      env: { ...env, NO_PROXY: '.test' },
    });
    // A name that only the proxy could have reached.
    expect({ exitCode, asked: proxy.asked }).toEqual({ exitCode: 1, asked: [] });
    expect(stderr).toContain(`The name ${NAME} cannot be resolved`);
  });
});

describe.concurrent('a proxy that cannot be used', () => {
  it.each(['calls', transferLine, 'rooms', 'doctor'])(
    'stops %s, and is not shown',
    async (line) => {
      const env = { LIVEKIT_URL: 'wss://livekit.test', HTTPS_PROXY: 'socks5://ann:CANARY@p:1080' };
      const { exitCode, stdout, stderr } = await cli(line, { env });
      expect(exitCode).toBe(2);
      expect(stdout + stderr).toContain('HTTPS_PROXY names a SOCKS proxy');
      expect(stdout + stderr).not.toContain('CANARY');
    },
  );
});
