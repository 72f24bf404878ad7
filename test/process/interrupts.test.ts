import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { CTRL_C, cursorIsVisible, ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import { isRunning, makeFolder, openSandbox, runProgram } from './run-program.ts';

/** A trunk that takes the REFER and never says what became of it. */
const NEVER_ENDS = 'lk-transfer transfer SCL_noNotify0001 --to sales --yes';
const TRANSFER = 'lk-transfer transfer SCL_noAgent00001 --to sales';
const GOES_ON = /was already sent\. It\s+continues, and cannot be cancelled/;

describe.concurrent('interrupted', () => {
  it.each([
    ['Ctrl-C', 130],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('40: %s at the confirmation sends nothing and exits %i', async (how, exitCode) => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(TRANSFER, { env: sandbox.env });
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    if (how === 'Ctrl-C') terminal.type(CTRL_C);
    else terminal.kill(how as NodeJS.Signals);
    expect(await terminal.left).toBe(exitCode);
    expect(terminal.sent()).toMatch(/\n[^\n]*Nothing was sent\.\r\n$/);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(sandbox.mutations()).toEqual([]);
  });

  it.each([
    ['Ctrl-C', 130],
    ['SIGTERM', 143],
  ])('40: %s in a list to pick from sends nothing and exits %i', async (how, exitCode) => {
    const { env } = await openSandbox();
    const terminal = openTerminal('lk-transfer transfer', { env });
    await terminal.until(/Which caller\?[\s\S]*❯ /);
    terminal.type(ENTER);
    await terminal.until(/Where to\?[\s\S]*❯ /);
    if (how === 'Ctrl-C') terminal.type(CTRL_C);
    else terminal.kill('SIGTERM');
    expect(await terminal.left).toBe(exitCode);
    expect(terminal.sent()).toMatch(/\n[^\n]*Nothing was sent\.\r\n$/);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
  });

  it('40: the end of the input at the confirmation sends nothing', async () => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(TRANSFER, { env: sandbox.env });
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type('\u0004');
    expect(await terminal.left).toBe(130);
    expect(terminal.sent()).toContain('Nothing was sent.');
    expect(sandbox.mutations()).toEqual([]);
  });

  it.each([
    ['a list', 'lk-transfer transfer --sandbox', /Which caller\?[\s\S]*❯ /],
    ['a question for a word', 'lk-transfer config init', /Country of numbers/],
  ])('40: the end of the input in %s leaves as Ctrl-C does', async (_, line, asked) => {
    const terminal = openTerminal(line);
    await terminal.until(asked);
    // With something typed before the cursor it takes nothing away, and ends nothing.
    terminal.type('x\u0004');
    await terminal.until(/x/);
    terminal.type('\u007f');
    await terminal.until(asked);
    terminal.type('\u0004');
    expect(await terminal.left).toBe(130);
    expect(terminal.sent()).toMatch(/Nothing was (sent|written)\./);
    expect(terminal.sent()).not.toContain('bug');
    expect(cursorIsVisible(terminal.sent())).toBe(true);
  });

  it.each([
    ['Ctrl-C', 130],
    ['SIGTERM', 143],
  ])('41: %s after sending says that the transfer goes on, and exits %i', async (how, exitCode) => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(NEVER_ENDS, { env: sandbox.env });
    await terminal.until(/REFER sent, waiting up to 1m 30s\. Ctrl-C exits; the transfer continues/);
    const start = performance.now();
    if (how === 'Ctrl-C') terminal.type(CTRL_C);
    else terminal.kill('SIGTERM');
    expect(await terminal.left).toBe(exitCode);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(withoutEscapes(terminal.sent())).toMatch(GOES_ON);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(sandbox.mutations()).toEqual(['SIP/TransferSIPParticipant']);
  });

  it('41: SIGINT after sending does the same without a terminal, in JSON too', async () => {
    const sandbox = await openSandbox();
    const words = NEVER_ENDS.split(' ').slice(1);
    const result = await runProgram([...words, '--json'], {
      env: sandbox.env,
      during: async ({ kill }) => {
        while (sandbox.mutations().length === 0) await pause(20);
        kill('SIGINT');
      },
    });
    expect(result).toMatchObject({ exitCode: 130, stdout: '' });
    const { error } = JSON.parse(result.stderr);
    expect(error).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(error.message).toMatch(GOES_ON);
    expect(error.hint).toMatch(/: ask at the target\. `lk-transfer history --open` lists it\./);
    expect(error.hint).toContain('`lk-transfer history close SCL_noNotify0001`');
  });

  it('41: a terminal that closes before sending ends the run, and sends nothing', async () => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(TRANSFER, { env: sandbox.env });
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.close();
    await vi.waitFor(() => expect(isRunning(terminal.pid)).toBe(false), 10_000);
    expect(sandbox.mutations()).toEqual([]);
  });

  it.each([
    ['--yes', `${TRANSFER} --yes`],
    ['a question', TRANSFER],
  ])('41: a terminal that closes after sending, by %s, ends nothing', async (_, line) => {
    const sandbox = await openSandbox();
    const cwd = makeFolder();
    const env = { ...sandbox.env, XDG_STATE_HOME: cwd };
    const terminal = openTerminal(line, { env, cwd });
    if (line === TRANSFER) {
      await terminal.until(/Transfer this caller\? \(y\/N\)/);
      terminal.type(`y${ENTER}`);
    }
    await terminal.until(/REFER sent/);
    terminal.close();
    await vi.waitFor(() => expect(isRunning(terminal.pid)).toBe(false), 15_000);
    expect(sandbox.mutations()).toEqual(['SIP/TransferSIPParticipant']);
    const { stdout } = await runProgram(['history', '--json'], { env, cwd });
    expect(JSON.parse(stdout)).toMatchObject([{ outcome: 'completed' }]);
  });

  it('41: in the sandbox it names no command that could not see the transfer', async () => {
    const terminal = openTerminal(`${NEVER_ENDS} --sandbox`);
    await terminal.until(/REFER sent/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    const said = withoutEscapes(terminal.sent()).replaceAll(/\s+/g, ' ');
    expect(said).toMatch(
      /ask at the target\. Here the sandbox ends with this command, and no later/,
    );
    expect(said).not.toMatch(/`lk-transfer/);
  });

  it('41: Ctrl-C while the caller is looked for tells what LiveKit said', async () => {
    const sandbox = await openSandbox();
    const terminal = openTerminal('lk-transfer transfer SCL_refuses40501 --to sales --yes', {
      env: sandbox.env,
    });
    await terminal.until(/looking where the caller is/);
    terminal.type(CTRL_C);
    const start = performance.now();
    expect(await terminal.left).toBe(130);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(terminal.sent()).toContain('Interrupted before it was clear where the caller is');
    expect(terminal.sent()).toContain('405');
    expect(cursorIsVisible(terminal.sent())).toBe(true);
  });

  it('41: a second Ctrl-C leaves at once, and says what was sent', async () => {
    // After the first one a batch waits for what is under way: here for a minute and a half.
    const sandbox = await openSandbox();
    const cwd = makeFolder({ 'ids.txt': 'SCL_noNotify0001\nSCL_noAgent00001\n' });
    const terminal = openTerminal(
      'lk-transfer transfer - --to sales --confirm 2 --rate 0.1 < ids.txt',
      { env: sandbox.env, cwd },
    );
    await terminal.until(/1 under way, up to 1m 30s each; 1 to go\. Ctrl-C starts no more/);
    terminal.type(CTRL_C);
    await terminal.until(/no more transfers are started/);
    terminal.type(CTRL_C);
    const start = performance.now();
    expect(await terminal.left).toBe(130);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(terminal.sent()).toMatch(/Stopped waiting\. These were sent[\s\S]*SCL_noNotify0001/);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(sandbox.mutations()).toHaveLength(1);
  });

  it.each([
    ['Ctrl-C', 130],
    ['SIGTERM', 143],
  ])(
    '41: %s while an agent is waited for takes the dispatch back, and exits %i',
    async (how, exitCode) => {
      const sandbox = await openSandbox();
      const line = 'lk-transfer rescue SCL_noAgent00001 --agent nobody-serves-this --yes';
      const terminal = openTerminal(line, { env: sandbox.env });
      await terminal.until(/Agent requested, waiting up to 20s\. Ctrl-C cancels the request/);
      const start = performance.now();
      if (how === 'Ctrl-C') terminal.type(CTRL_C);
      else terminal.kill('SIGTERM');
      expect(await terminal.left).toBe(exitCode);
      expect(performance.now() - start).toBeLessThan(5000);
      expect(withoutEscapes(terminal.sent())).toMatch(/The\s+request\s+was\s+cancelled/);
      expect(cursorIsVisible(terminal.sent())).toBe(true);
      expect(sandbox.mutations()).toEqual([
        'AgentDispatchService/CreateDispatch',
        'AgentDispatchService/DeleteDispatch',
      ]);
    },
  );

  it('42: a secret is not typed at a terminal, where it would be seen', async () => {
    const terminal = openTerminal(
      'lk-transfer calls --url ws://127.0.0.1:9 --api-key k --api-secret-file -',
    );
    expect(await terminal.left).toBe(2);
    expect(terminal.sent()).toContain('Pipe it in');
  });

  it('Ctrl-C during the scan exits 130', async () => {
    const { env } = await openSandbox();
    const terminal = openTerminal('lk-transfer calls --sure', { env });
    await terminal.until(/Looking again at \d+ calls/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(withoutEscapes(terminal.sent())).toMatch(/Interrupted\.\r\n$/);
  });
});
