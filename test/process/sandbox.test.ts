/** The command `sandbox`, as a process that others use. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { cliAgainst } from '../cli/run-cli.ts';
import { cleanEnvironment, makeFolder, PROGRAM, runProgram, runShell } from './run-program.ts';
import { startSandboxProcess } from './sandbox-process.ts';

describe.concurrent('the sandbox command', () => {
  it('prints three lines that a shell can take in, and nothing else on stdout', async () => {
    const sandbox = await startSandboxProcess();
    expect(sandbox.lines.map((line) => line.replace(/=.*/, ''))).toEqual([
      'export LIVEKIT_URL',
      'export LIVEKIT_API_KEY',
      'export LIVEKIT_API_SECRET',
    ]);
    expect(sandbox.lines[0]).toMatch(/=http:\/\/127\.0\.0\.1:\d+$/);
    const { exitCode, stdout } = await runShell(
      `eval "$LINES_OF_SANDBOX"; lk-transfer calls --room conference-0042 --fields callId`,
      { env: { LINES_OF_SANDBOX: sandbox.lines.join('\n') } },
    );
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    await sandbox.stop('SIGTERM');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it at once with exit code %i', async (signal, exitCode) => {
    const sandbox = await startSandboxProcess();
    const start = performance.now();
    expect(await sandbox.stop(signal)).toBe(exitCode);
    // A busy machine takes a while to end a process; a transfer would take half a minute.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('ends at once while a transfer is under way', async () => {
    const sandbox = await startSandboxProcess();
    const transfer = runProgram(['transfer', 'SCL_noNotify0001', '--to', 'sip:1@x.y', '--yes'], {
      env: sandbox.env,
    });
    await sandbox.untilMutated();
    expect(await sandbox.stop('SIGINT')).toBe(130);
    // 39: the connection is lost after sending: nobody knows what became of it.
    expect(await transfer).toMatchObject({ exitCode: 7 });
  });

  it('says in JSON where it is', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--json'], {
      cwd: makeFolder(),
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      expect(Object.keys(JSON.parse(line))).toEqual(['url', 'apiKey', 'apiSecret']);
      child.kill('SIGTERM');
    }
  });

  it('exits 2 when the port is taken, and names it', async () => {
    const sandbox = await startSandboxProcess();
    const port = new URL(sandbox.env.LIVEKIT_URL ?? '').port;
    const result = await runProgram(['sandbox', '--port', port]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(port);
    expect(await sandbox.stop('SIGTERM')).toBe(143);
  });

  const cli = cliAgainst();

  it.each(['--port 70000', '--port -1', '--port x', '--speed 0', '--speed fast', 'extra'])(
    'exits 2 for `%s`',
    async (words) => {
      const { exitCode, stdout } = await cli(`sandbox ${words}`);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    },
  );

  it('runs faster with --speed', async () => {
    const sandbox = await startSandboxProcess('--speed', '100');
    const result = await runProgram(
      ['transfer', 'SCL_noAnswer0001', '--to', 'sip:1@x.y', '--yes', '--json'],
      { env: sandbox.env },
    );
    // In real time an unanswered REFER takes 32 s to fail, on no machine less.
    expect(JSON.parse(result.stdout).durationMs).toBeLessThan(30_000);
    expect(result.exitCode).not.toBe(0);
    expect(await sandbox.mutations()).toHaveLength(1);
    await sandbox.stop('SIGTERM');
  });

  it('33: counts what changes something, for tests in other processes', async () => {
    const sandbox = await startSandboxProcess();
    const line = 'echo y | lk-transfer transfer SCL_noAgent00001 --to sip:1@x.y';
    expect(await runShell(line, { env: sandbox.env })).toMatchObject({ exitCode: 2 });
    expect(await sandbox.mutations()).toEqual([]);
    await sandbox.stop('SIGTERM');
  });

  it('does not go with somebody’s project', async () => {
    const result = await runProgram(['calls', '--sandbox', '--project', 'staging']);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain('--project');
  });
});
