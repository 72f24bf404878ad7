/** 52, 53: a secret is never shown, and never taken from the command line. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CANARY } from '../../src/sandbox/demo/rooms.ts';
import { cliOnFresh } from '../cli/run-cli.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { expectNoSecret, SECRET } from '../support/secrets.ts';
import { openTerminal } from './open-terminal.ts';
import { makeFolder, openSandbox, runProgram, runShell } from './run-program.ts';

describe.concurrent('secrets', () => {
  const cli = cliOnFresh();
  /** Those that the built program is asked as well: a flag that it knows, a slip, and a short one. */
  const BUILT = ['--api-secret CANARY', 'a slip: --api-secrt=CANARY', 'a slip in short: -s=CANARY'];

  it.each([
    ['--api-secret=CANARY', ['calls', `--api-secret=${SECRET}`]],
    ['--api-secret CANARY', ['calls', '--api-secret', SECRET]],
    ['--api-secret=CANARY in front', [`--api-secret=${SECRET}`, 'calls']],
    ['--api-secret=CANARY --json', ['calls', `--api-secret=${SECRET}`, '--json', '--debug']],
    ['a slip: --api-secrt=CANARY', ['calls', `--api-secrt=${SECRET}`]],
    ['a slip: --apisecret=CANARY', ['transfer', `--apisecret=${SECRET}`, '--debug']],
    ['a slip in front: --secret=CANARY', [`--secret=${SECRET}`, 'calls']],
    ['a slip in short: -s=CANARY', ['calls', `-s=${SECRET}`]],
    ['a slip: --api-secrt CANARY', ['calls', '--api-secrt', SECRET]],
    ['a slip: -api-secret=CANARY', ['calls', `-api-secret=${SECRET}`]],
  ])('52: %s is refused, and not echoed', async (what, words) => {
    let asked: readonly unknown[] | undefined;
    const here = await cli(words, {
      during: (_, sandbox) => {
        asked = sandbox.requests;
      },
    });
    const sandbox = await openSandbox();
    const runs = BUILT.includes(what)
      ? [here, await runProgram(words, { env: sandbox.env })]
      : [here];
    for (const { exitCode, stdout, stderr } of runs) {
      expect(exitCode).toBe(2);
      expect(stdout).toBe('');
      expectNoSecret(stderr);
      if (words.join(' ').includes('--api-secret')) {
        expect(stderr).toContain('LIVEKIT_API_SECRET');
        expect(stderr).toContain('--api-secret-file');
      }
    }
    expect(asked).toEqual([]);
    expect(sandbox.methods()).toEqual([]);
  });

  // By every command, and from wherever else it comes: test/cli/secrets.test.ts.
  it('53: a secret from the environment is never printed, whatever happens', async () => {
    // A sandbox that does not know this secret: everything it is asked for fails.
    const { env } = await openSandbox();
    const lines = ['calls --room standup', 'config show', 'doctor'];
    const script = lines.map((line) => `lk-transfer ${line} --debug`).join('\n');
    const { stdout, stderr } = await runShell(`${script}\ntrue`, {
      env: { ...env, LIVEKIT_API_SECRET: SECRET },
    });
    // It has been used, or there would have been nothing to give away.
    expect(stderr).toContain('the secret of API key APIsandboxKey01 is wrong');
    expect(stdout).toContain('(set, not shown)');
    expectNoSecret(stdout + stderr);
  });

  it('53: a secret that is half there, or malformed, is not part of the error', async () => {
    const results = await Promise.all([
      runProgram(['calls'], { env: { LIVEKIT_API_SECRET: SECRET } }),
      runProgram(['calls'], {
        env: { LIVEKIT_URL: 'ws://x', LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: `${SECRET} two` },
      }),
      runProgram(['calls'], {
        env: {
          LIVEKIT_URL: `ws://u:${SECRET}@[bad`,
          LIVEKIT_API_KEY: 'k',
          LIVEKIT_API_SECRET: 's',
        },
      }),
      runProgram(['calls', '--project', 'none'], { env: { LIVEKIT_API_SECRET: SECRET } }),
    ]);
    for (const { exitCode, stdout, stderr } of results) {
      expect([2, 4]).toContain(exitCode);
      expectNoSecret(stdout + stderr);
    }
  });

  it('53: the process list shows no secret', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    atTheEnd(() => server.close().closeAllConnections());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    let title = '';
    await runProgram(['calls', '--timeout', '1s'], {
      env: {
        LIVEKIT_URL: `http://127.0.0.1:${port}`,
        LIVEKIT_API_KEY: 'key',
        LIVEKIT_API_SECRET: SECRET,
      },
      during: async ({ pid, kill }) => {
        await pause(600);
        title = ['cmdline', 'comm'].map((n) => readFileSync(`/proc/${pid}/${n}`, 'utf8')).join('');
        kill('SIGINT');
      },
    });
    expect(title).toContain('lk-transfer');
    expectNoSecret(title);
  });

  it('53: what LiveKit itself answers of secrets is never shown', async () => {
    const { env } = await openSandbox();
    const script = 'lk-transfer rooms --all --json && lk-transfer calls --debug';
    const { exitCode, stdout, stderr } = await runShell(script, { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('conference-0042');
    expect(stdout + stderr).not.toContain(CANARY);
  });

  it('42: a secret typed at a terminal is not echoed by us', async () => {
    const { env } = await openSandbox();
    const folder = makeFolder({ secret: env.LIVEKIT_API_SECRET ?? '' });
    const terminal = openTerminal(
      `lk-transfer config show --url ${env.LIVEKIT_URL} --api-key k --api-secret-file ${join(folder, 'secret')}`,
    );
    expect(await terminal.left).toBe(0);
    expect(terminal.sent()).not.toContain(env.LIVEKIT_API_SECRET);
  });
});
