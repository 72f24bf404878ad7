import { describe, expect, it } from 'vitest';
import { openTerminal } from './open-terminal.ts';
import { makeFolder, openSandbox, runProgram, runShell } from './run-program.ts';

const TRANSFER = 'lk-transfer transfer SCL_noAgent00001 --to sales';

describe.concurrent('consent', () => {
  it.each([
    `yes | ${TRANSFER}`,
    `echo y | ${TRANSFER}`,
    `printf 'y\\n' | ${TRANSFER} --color`,
    `${TRANSFER} </dev/null`,
    `${TRANSFER} <&-`,
    `echo y | ${TRANSFER} --json`,
    `yes | lk-transfer --sandbox transfer SCL_noAgent00001`,
  ])('33: `%s` transfers nobody', async (line) => {
    const sandbox = await openSandbox();
    // What the shell says of `yes`, which is killed by the closed pipe, is not the question.
    const { exitCode, stdout, stderr } = await runShell(`${line}; exit \${PIPESTATUS[-1]}`, {
      env: sandbox.env,
    });
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/--yes|--to/);
    // 32: before any word to a server.
    expect(sandbox.methods()).toEqual([]);
  });

  it('33: `yes |` on a terminal transfers nobody', async () => {
    const sandbox = await openSandbox();
    const script = makeFolder({ 'piped.sh': `yes | ${TRANSFER}; exit \${PIPESTATUS[1]}` });
    const terminal = openTerminal('bash piped.sh', { cwd: script, env: sandbox.env });
    expect(await terminal.left).toBe(2);
    expect(terminal.sent()).toContain('--yes');
    expect(sandbox.methods()).toEqual([]);
  });

  it.each([
    `${TRANSFER} --no-input`,
    `${TRANSFER} --json`,
    `${TRANSFER} 2>/dev/null`,
    'lk-transfer transfer --to sales --no-input',
    'lk-transfer transfer SCL_noAgent00001 --yes --json',
  ])('32: `%s` on a terminal asks nothing and transfers nobody', async (line) => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(line, { env: sandbox.env });
    expect(await terminal.left).toBe(2);
    expect(terminal.sent()).not.toContain('?25');
    expect(terminal.sent()).not.toContain('Transfer this caller');
    expect(sandbox.methods()).toEqual([]);
  });

  it('33: --yes transfers, and sends exactly one request that changes anything', async () => {
    const sandbox = await openSandbox();
    const { exitCode, stdout } = await runShell(`${TRANSFER} --yes </dev/null`, {
      env: sandbox.env,
    });
    expect(exitCode).toBe(0);
    // 17: a success names who was moved, and where to.
    expect(stdout).toMatch(
      /^\+15105550102 → sales: transferred\. The caller has left the room\.\nTransferred \+15105550102 \(SCL_noAgent00001\) to sales \(sip:100@/,
    );
    expect(sandbox.mutations()).toEqual(['SIP/TransferSIPParticipant']);
  });

  it('35: --yes chooses neither a caller nor a destination', async () => {
    const sandbox = await openSandbox();
    for (const words of [['--to', 'sales'], ['SCL_noAgent00001']]) {
      const { exitCode } = await runProgram(['transfer', '--yes', ...words], { env: sandbox.env });
      expect(exitCode).toBe(2);
    }
    expect(sandbox.methods()).toEqual([]);
  });

  it('36: --dry-run sends nothing, --yes or not', async () => {
    const sandbox = await openSandbox();
    const words = ['transfer', 'SCL_noAgent00001', '--to', 'sales', '--dry-run', '--yes', '--json'];
    const { exitCode, stdout } = await runProgram(words, { env: sandbox.env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, call: { callId: words[1] } });
    expect(sandbox.mutations()).toEqual([]);
  });
});
