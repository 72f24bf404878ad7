/** What is left of a transfer when the program dies in the middle of it. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import {
  cleanEnvironment,
  type Environment,
  makeFolder,
  openSandbox,
  PROGRAM,
  runProgram,
} from './run-program.ts';

/** A trunk that takes the REFER and never says what became of it. */
const NEVER_ENDS = ['transfer', 'SCL_noNotify0001', '--to', 'sales', '--yes'];

const recordIn = (state: string) => join(state, 'lk-transfer', 'history.jsonl');

/** Runs a transfer until its request has arrived, and then kills the program as a crash would. */
async function killWhileSent(env: Environment, arrived: () => boolean): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...NEVER_ENDS], {
    cwd: makeFolder(),
    env: cleanEnvironment(env),
    stdio: 'ignore',
  });
  const dead = new Promise((resolve) => child.on('close', resolve));
  while (!arrived()) await pause(20);
  child.kill('SIGKILL');
  await dead;
}

describe.concurrent('a program that is killed between its two entries', () => {
  it('leaves the first one, by which everybody is warned', async () => {
    const sandbox = await openSandbox();
    const state = makeFolder();
    const env = { ...sandbox.env, XDG_STATE_HOME: state };
    await killWhileSent(env, () => sandbox.mutations().length === 1);

    const entries = readFileSync(recordIn(state), 'utf8').trimEnd().split('\n');
    expect(entries.map((line) => JSON.parse(line))).toMatchObject([
      { type: 'sent', callId: 'SCL_noNotify0001', referTo: 'sip:100@pbx.company.com' },
    ]);
    expect(statSync(recordIn(state)).mode & 0o777).toBe(0o600);

    const history = await runProgram(['history', '--json'], { env });
    expect(JSON.parse(history.stdout)).toMatchObject([
      { callId: 'SCL_noNotify0001', outcome: null, open: true },
    ]);

    const calls = await runProgram(['calls', '--json'], { env });
    const listed: { callId: string }[] = JSON.parse(calls.stdout);
    expect(listed.find(({ callId }) => callId === 'SCL_noNotify0001')).toMatchObject({
      condition: 'transfer-open',
      stuck: false,
    });

    // The same again is not sent, and says what would be needed.
    const second = await runProgram([...NEVER_ENDS, '--json'], { env });
    expect(second.exitCode).toBe(2);
    expect(JSON.parse(second.stdout)).toMatchObject({ outcome: 'not-sent', caller: 'unknown' });
    expect(second.stderr).toContain('was never recorded');
    expect(JSON.parse(second.stdout).hint).toContain('--again');
    expect(sandbox.mutations()).toHaveLength(1);
  });
});

describe.concurrent('a record that cannot be kept', () => {
  it('stops a transfer, since it cannot be read either, and does not stop one with --again', async () => {
    const sandbox = await openSandbox({ speed: 10 });
    const folder = makeFolder({ 'lk-transfer': 'a file where the folder should be' });
    const env = { ...sandbox.env, XDG_STATE_HOME: folder };
    const words = ['transfer', 'SCL_noAgent00001', '--to', 'sales', '--yes', '--json'];
    const stopped = await runProgram(words, { env });
    expect(stopped).toMatchObject({ exitCode: 1, stdout: '' });
    expect(stopped.stderr).toContain('"unreadable-record"');
    expect(sandbox.mutations()).toEqual([]);

    const { exitCode, stdout, stderr } = await runProgram([...words, '--again'], { env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed' });
    expect(stderr).toContain('cannot be kept');
  });

  it.each(['', ' --no-history'])(
    'stops one that was confirmed, where it cannot be read any more%s',
    async (flags) => {
      const sandbox = await openSandbox();
      const state = makeFolder();
      const line = `lk-transfer transfer SCL_noAgent00001 --to sales${flags}`;
      const terminal = openTerminal(line, { env: { ...sandbox.env, XDG_STATE_HOME: state } });
      await terminal.until(/Transfer this caller\? \(y\/N\)/);
      mkdirSync(recordIn(state), { recursive: true });
      terminal.type(`y${ENTER}`);
      expect(await terminal.left).toBe(1);
      const screen = withoutEscapes(terminal.sent()).replace(/\s+/g, ' ');
      expect(screen).toMatch(/The record of transfers could not be read .* Nothing was sent\./);
      expect(screen).not.toContain('The transfer continues');
      expect(sandbox.mutations()).toEqual([]);
    },
  );

  it('is not missed with --no-history', async () => {
    const sandbox = await openSandbox({ speed: 20 });
    const state = makeFolder();
    const { exitCode } = await runProgram(
      ['transfer', 'SCL_noAgent00001', '--to', 'sales', '--yes', '--no-history'],
      { env: { ...sandbox.env, XDG_STATE_HOME: state } },
    );
    expect(exitCode).toBe(0);
    expect(() => statSync(recordIn(state))).toThrow('ENOENT');
  });
});
