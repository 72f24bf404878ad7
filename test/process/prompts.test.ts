import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoRooms, demoTrunks } from '../../src/sandbox/demo/rooms.ts';
import {
  CTRL_C,
  cursorIsVisible,
  ENTER,
  openTerminal,
  stylesIn,
  withoutEscapes,
} from './open-terminal.ts';
import { makeFolder, openSandbox } from './run-program.ts';

const TRANSFER = 'lk-transfer transfer SCL_noAgent00001 --to sales';
const DOWN = '\u001b[B';

const CTRL_Z = '\u001a';

/** The one process that another has started. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** A shell with job control, in which a program can be stopped, and brought back. */
async function openShell(env: Readonly<Record<string, string>>) {
  const settings = "PS1='ready> '\nbind 'set enable-bracketed-paste off'\n";
  const file = join(makeFolder({ bashrc: settings }), 'bashrc');
  const terminal = openTerminal(`bash --noprofile --rcfile '${file}' -i`, { env });
  await terminal.until(/ready> $/);
  /** Types a line, and waits for what it leads to. */
  const line = async (text: string, leadsTo: RegExp) => {
    terminal.type(`${text}${ENTER}`);
    await terminal.until(leadsTo);
  };
  const exit = async (): Promise<void> => {
    terminal.type(`exit${ENTER}`);
    await terminal.left;
  };
  return { ...terminal, line, exit };
}

describe.concurrent('a question that is stopped and brought back', () => {
  const MODE = "stty -a | tr -d ';' | grep -oE -- '-?(icanon|isig|echo)\\b' | xargs";

  it('a confirmation stands there again, takes an answer, and leaves the terminal as it was', async () => {
    const sandbox = await openSandbox();
    const shell = await openShell(sandbox.env);
    await shell.line(TRANSFER, /Transfer this caller\? \(y\/N\)/);
    for (let times = 0; times < 2; times += 1) {
      shell.type(CTRL_Z);
      await shell.until(/Stopped[\s\S]*ready> $/);
      await shell.line(MODE, /^isig icanon echo\r$[\s\S]*ready> $/m);
      await shell.line('fg', /Transfer this caller\? \(y\/N\)/);
    }
    shell.type(`n${ENTER}`);
    await shell.until(/Nothing was sent\.[\s\S]*ready> $/);
    await shell.line('echo "code $?"', /code 3[\s\S]*ready> $/);
    expect(sandbox.mutations()).toEqual([]);
    await shell.exit();
  });

  it('a confirmation takes Ctrl-C afterwards, and a yes', async () => {
    const sandbox = await openSandbox();
    const shell = await openShell(sandbox.env);
    for (const [key, said, code] of [
      [CTRL_C, /Nothing was sent\.[\s\S]*ready> $/, 130],
      [`yes${ENTER}`, /: transferred\. [\s\S]*ready> $/, 0],
    ] as const) {
      await shell.line(TRANSFER, /Transfer this caller\? \(y\/N\)/);
      shell.type(CTRL_Z);
      await shell.until(/Stopped[\s\S]*ready> $/);
      await shell.line('fg', /Transfer this caller\? \(y\/N\)/);
      shell.type(key);
      await shell.until(said);
      await shell.line('echo "code $?"', new RegExp(`code ${code}[\\s\\S]*ready> $`));
    }
    expect(sandbox.mutations()).toHaveLength(1);
    await shell.exit();
  });

  it('is followed by a transfer that ends in the background, too', async () => {
    const sandbox = await openSandbox({
      seed: {
        trunks: demoTrunks,
        rooms: demoRooms,
        faults: [{ method: 'SIP/TransferSIPParticipant', delayMs: 2000 }],
      },
    });
    const shell = await openShell(sandbox.env);
    await shell.line(TRANSFER, /Transfer this caller\? \(y\/N\)/);
    shell.type(`y${ENTER}`);
    await shell.until(/REFER sent/);
    shell.type(CTRL_Z);
    await shell.until(/Stopped[\s\S]*ready> $/);
    // Who sets the mode of the terminal from there is stopped by it, and has not ended.
    await shell.line('bg; wait %1; echo "code $?"', /: transferred\. [\s\S]*code 0\r$/m);
    expect(sandbox.mutations()).toHaveLength(1);
    await shell.exit();
  });

  it('a list is drawn again with what was typed, and goes on', async () => {
    const shell = await openShell((await openSandbox()).env);
    await shell.line('lk-transfer transfer', /Which caller\?[\s\S]*❯ /);
    shell.type('0109');
    await shell.until(/❯ \+15105550109/);
    shell.type(CTRL_Z);
    await shell.until(/Stopped[\s\S]*ready> $/);
    await shell.line('fg', /Which caller\? \(type to search\) 0109[\s\S]*❯ \+15105550109/);
    shell.type(ENTER);
    await shell.until(/Where to\?[\s\S]*❯ /);
    shell.type(CTRL_Z);
    await shell.until(/Stopped[\s\S]*ready> $/);
    await shell.line('fg', /Where to\?[\s\S]*❯ /);
    shell.type('billing');
    await shell.until(/❯ billing/);
    shell.type(CTRL_C);
    await shell.until(/Nothing was sent\.[\s\S]*ready> $/);
    await shell.line('echo "code $?"', /code 130[\s\S]*ready> $/);
    await shell.exit();
  });

  it('every question of config init goes on', async () => {
    const shell = await openShell({});
    await shell.line('lk-transfer config init', /Country of numbers/);
    const questions: [typed: string, answers: RegExp, next: RegExp][] = [
      ['DE', /❯ DE/, /Who provides the SIP trunk\?/],
      ['other', /❯ /, /Domain of the trunk|Its domain/],
    ];
    let asked = /Country of numbers[\s\S]*/;
    for (const [typed, shown, next] of questions) {
      shell.type(CTRL_Z);
      await shell.until(/Stopped[\s\S]*ready> $/);
      await shell.line('fg', asked);
      shell.type(typed);
      await shell.until(shown);
      shell.type(ENTER);
      await shell.until(next);
      asked = next;
    }
    // A line of text, with half of it typed before.
    shell.type('sip.exa');
    await shell.until(/sip\.exa$/);
    shell.type(CTRL_Z);
    await shell.until(/Stopped[\s\S]*ready> $/);
    await shell.line('fg', /sip\.exa$/);
    shell.type(`mple.com${ENTER}`);
    await shell.until(/Which of your LiveKit trunks/);
    shell.type(CTRL_C);
    await shell.until(/Nothing was written\.[\s\S]*ready> $/);
    expect(shell.sent()).not.toContain('bug');
    await shell.exit();
  });

  it('goes on where nothing can stop it, too', async () => {
    // Without a shell that could bring it back, the system leaves it running.
    const terminal = openTerminal(TRANSFER, { env: (await openSandbox()).env });
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(CTRL_Z);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(`n${ENTER}`);
    expect(await terminal.left).toBe(3);
  });

  it('goes on when it was stopped from outside', async () => {
    const sandbox = await openSandbox();
    const shell = await openShell(sandbox.env);
    await shell.line(TRANSFER, /Transfer this caller\? \(y\/N\)/);
    const pid = childOf(shell.pid);
    process.kill(pid, 'SIGSTOP');
    await shell.until(/Stopped[\s\S]*ready> $/);
    await shell.line('fg', /Transfer this caller\? \(y\/N\)/);
    shell.type(CTRL_C);
    await shell.until(/Nothing was sent\.[\s\S]*ready> $/);
    await shell.line('echo "code $?"', /code 130[\s\S]*ready> $/);
    await shell.exit();
  });
});

describe.concurrent('a confirmation', () => {
  it('of config init takes no word that only begins with y, either', async () => {
    const cwd = makeFolder({ 'transfer.config.json': '{}' });
    const terminal = openTerminal('lk-transfer config init --country US', { cwd });
    await terminal.until(/Overwrite it\? \(y\/N\)/);
    terminal.type(`yup${ENTER}`);
    await terminal.until(/Answer y \(yes\) or n \(no\)\./);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(readFileSync(join(cwd, 'transfer.config.json'), 'utf8')).toBe('{}');
  });
});

describe.concurrent('questions on a terminal', () => {
  it('lets a person pick a call and a department, and transfers on y', async () => {
    const terminal = openTerminal('lk-transfer transfer --sandbox');
    await terminal.until(/Which caller\?[\s\S]*❯ /);
    terminal.type(ENTER);
    await terminal.until(/Where to\?[\s\S]*❯ /);
    terminal.type(ENTER);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(`y${ENTER}`);
    expect(await terminal.left).toBe(0);
    const text = withoutEscapes(terminal.sent());
    expect(text).toMatch(/Goes to {5}\S+ → sip:\d+@pbx\.company\.com/);
    expect(text).toMatch(/\S+ → \S+: transferred\. The caller has left the room\./);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
  });

  it('takes what is typed and not what stood there before, when text and Enter come together', async () => {
    const { env } = await openSandbox();
    const terminal = openTerminal('lk-transfer transfer', { env });
    await terminal.until(/Which caller\?[\s\S]*❯ /);
    terminal.type(`+15105550109${ENTER}`);
    await terminal.until(/Where to\?[\s\S]*❯ /);
    terminal.type(`billing${ENTER}`);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    const text = withoutEscapes(terminal.sent());
    expect(text).toContain('(SCL_escapes00001)');
    expect(text).toMatch(/Goes to {5}billing → sip:300@pbx\.company\.com/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
  });

  it('34: is not confirmed by what was typed before the question stood there', async () => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(TRANSFER, { env: sandbox.env });
    terminal.type(`y${ENTER}`);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(sandbox.mutations()).toEqual([]);
  });

  it('40: Ctrl-C before the question stands there leaves, too', async () => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(TRANSFER, { env: sandbox.env });
    await terminal.until(/Caller {6}/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(terminal.sent()).toContain('Nothing was sent.');
    expect(sandbox.mutations()).toEqual([]);
  });

  it('34: shows the preview before it asks, and takes Enter for No', async () => {
    const rooms = demoRooms.filter(({ name }) => /555010[12]|standup/.test(name));
    const sandbox = await openSandbox({ seed: { trunks: demoTrunks, rooms } });
    const terminal = openTerminal('lk-transfer transfer', { env: sandbox.env });
    // Who is stuck comes first.
    await terminal.until(/Which caller\?[\s\S]*❯ \+15105550102 {2}\? no agent +7m/);
    terminal.type(ENTER);
    await terminal.until(/Where to\?[\s\S]*❯ /);
    terminal.type(DOWN);
    await terminal.until(/❯ /);
    terminal.type(ENTER);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    const text = withoutEscapes(terminal.sent());
    expect(text).toMatch(/Caller {6}\+15105550102 \(SCL_noAgent00001\)/);
    expect(text).toMatch(/On the line 7m( \d+s)?, active, no agent/);
    expect(text).toMatch(/Goes to {5}\S+ → sip:\d+@pbx\.company\.com \(/);
    expect(text).toMatch(/Trunk {7}ST_honours00001/);
    expect(text).toMatch(/LiveKit {5}127\.0\.0\.1/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(terminal.sent()).toContain('Nothing was sent.');
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(sandbox.mutations()).toEqual([]);
  });

  it('34: asks and answers when stdout is a file: questions are on stderr', async () => {
    const sandbox = await openSandbox();
    const folder = makeFolder();
    const terminal = openTerminal(`${TRANSFER} >out`, { cwd: folder, env: sandbox.env });
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(`y${ENTER}`);
    expect(await terminal.left).toBe(0);
    const result = readFileSync(join(folder, 'out'), 'utf8');
    expect(result).toMatch(/^[^\n]* → [^\n]*: transferred\. [^\n]*\nTransferred [^\n]*\n$/);
    expect(result).not.toContain('\u001b');
    expect(sandbox.mutations()).toHaveLength(1);
  });

  it('30: shows on stderr what is waited for, and clears it before the result', async () => {
    const sandbox = await openSandbox();
    const folder = makeFolder();
    const terminal = openTerminal(`${TRANSFER} --yes >out`, { cwd: folder, env: sandbox.env });
    expect(await terminal.left).toBe(0);
    const sent = terminal.sent();
    expect(sent).toContain('\r\u001b[2KREFER sent, waiting up to 1m 30s. Ctrl-C exits; ');
    expect(sent).toContain('\r\u001b[2KLiveKit reports success, looking where the caller is');
    const lines = sent.split('\u001b[2K');
    expect(lines.at(-1)).not.toMatch(/REFER sent|LiveKit reports/);
    expect(cursorIsVisible(sent)).toBe(true);
    expect(readFileSync(join(folder, 'out'), 'utf8')).not.toContain('\u001b');
  });

  it.each([
    ['--no-color', `${TRANSFER} --no-color`, {}],
    ['NO_COLOR=1', TRANSFER, { NO_COLOR: '1' }],
    ['TERM=dumb', TRANSFER, { TERM: 'dumb' }],
  ])('28: %s leaves no colour in preview, question and error', async (_, line, env) => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(line, { env: { ...sandbox.env, ...env } });
    await terminal.until(/Transfer this caller\?/);
    terminal.type(`n${ENTER}`);
    expect(await terminal.left).toBe(3);
    expect(stylesIn(terminal.sent())).toEqual([]);
  });

  it('28: NO_COLOR=1 leaves no colour in lists to pick from', async () => {
    const sandbox = await openSandbox();
    const terminal = openTerminal('lk-transfer transfer', {
      env: { ...sandbox.env, NO_COLOR: '1' },
    });
    await terminal.until(/Which caller\?[\s\S]*❯ /);
    terminal.type(ENTER);
    await terminal.until(/Where to\?[\s\S]*❯ /);
    terminal.type(ENTER);
    await terminal.until(/Transfer this caller\?/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(stylesIn(terminal.sent())).toEqual([]);
  });

  it.each([
    ['nothing', {}],
    ['an empty NO_COLOR', { NO_COLOR: '' }],
  ])('28: there is colour on a terminal with %s', async (_, env) => {
    const sandbox = await openSandbox();
    const terminal = openTerminal(TRANSFER, { env: { ...sandbox.env, ...env } });
    await terminal.until(/Transfer this caller\?/);
    const [preview = '', question = ''] = terminal.sent().split('LiveKit  ');
    expect(stylesIn(preview)).not.toEqual([]);
    expect(stylesIn(question)).not.toEqual([]);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(terminal.sent()).toContain('\u001b[2mLiveKit     \u001b[22m');
  });

  it.each([
    ['a wrong command line', 'lk-transfer calls --bogus --no-color'],
    ['a wrong value', 'lk-transfer --no-color calls --timeout soon'],
  ])('27: --no-color counts for %s too', async (_, line) => {
    const terminal = openTerminal(line);
    expect(await terminal.left).toBe(2);
    expect(stylesIn(terminal.sent())).toEqual([]);
  });

  it('12: calls are a table with headings, and a hostile name stays text', async () => {
    const sandbox = await openSandbox();
    const line = 'lk-transfer calls --room call-_+15105550109_c5HnUq8XkWpB --fields callId,name';
    const terminal = openTerminal(`${line} --no-color`, { env: sandbox.env });
    expect(await terminal.left).toBe(0);
    // 16: what is left of escape sequences is what our own progress line draws.
    expect(terminal.sent().replaceAll('\u001b[2K', '')).not.toContain('\u001b');
    expect(terminal.sent()).toMatch(/CALL {14}NAME\r\nSCL_escapes00001 {2}Phone \\x1b\[31m/);
  });
});
