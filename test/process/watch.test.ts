/** `calls --watch` as a process: pipes that end, signals, and another process that sends webhooks. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from '../support/watch-events.ts';
import {
  cleanEnvironment,
  makeFolder,
  openSandbox,
  PROGRAM,
  runShell,
  type TestSandbox,
} from './run-program.ts';
import { startSandboxProcess } from './sandbox-process.ts';

let demo: TestSandbox;
beforeAll(async () => {
  demo = await openSandbox();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.concurrent('calls --watch in a pipe', () => {
  it.each([
    ['of many calls', ''],
    // One line, and then nothing: no further write would show that the reader has gone.
    ['of a single call', '--status ringing'],
    ['of a single call, by fields', '--direction outbound --fields callId'],
  ])('`| head -1` %s ends it with exit 0 and an empty stderr', async (_, flags) => {
    const { exitCode, stdout, stderr, durationMs } = await runShell(
      `lk-transfer calls --watch ${flags} | head -1; exit \${PIPESTATUS[0]}`,
      { env: demo.env },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout).type).toBe('call-started');
    expect(durationMs).toBeLessThan(20_000);
  });

  it('writes each event as it happens, and blanks that no reader of JSON minds', async () => {
    const { exitCode, stdout, stderr } = await runShell(
      // From the second line on, blanks may stand before an event.
      `lk-transfer calls --watch --json | head -17; exit \${PIPESTATUS[0]}`,
      { env: demo.env },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const events = readEvents(stdout);
    expect(events).toHaveLength(17);
    expect(events[16]).toMatchObject({ type: 'call-changed', changed: ['stuck'] });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it quietly with %i', async (signal, code) => {
    const child = spawn(process.execPath, ['--', PROGRAM, 'calls', '--watch'], {
      cwd: makeFolder(),
      env: cleanEnvironment(demo.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = new Promise((resolve) => child.on('close', resolve));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      // A second one would leave at once, or find nobody.
      if (stdout === '') child.kill(signal);
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const exitCode = await closed;
    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: '' });
    expect(readEvents(stdout)[0]?.type).toBe('call-started');
  });
});

describe('the built program, fed by webhooks', () => {
  it('reads a room that a webhook of a sandbox of its own names', async () => {
    const port = await freePort();
    const sandbox = await startSandboxProcess('--webhook', `http://127.0.0.1:${port}`);
    // The second look at those that are stuck comes first; then the transfer empties a room.
    const { exitCode, stdout, stderr } = await runShell(
      `(lk-transfer transfer SCL_healthy00001 --to sip:1@example.com --yes --quiet >/dev/null 2>&1 &)
       lk-transfer calls --watch --webhooks ${port} --room call-_+15105550101_UXhTJCKREUsw | head -2
       exit \${PIPESTATUS[0]}`,
      { env: sandbox.env },
    );
    await sandbox.stop('SIGTERM');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe('call-started');
    expect(types).toHaveLength(2);
  });
});
