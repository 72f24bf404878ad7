import { describe, expect, it } from 'vitest';
import { normalise, steady } from '../../scripts/shared/normalise.js';
import { KEYS, openTerminalScreen } from './terminal-screen.ts';

/** A line of bash for the terminal: `printf` knows `\e`. */
const bash = (script: string) => `bash -c '${script}'`;

describe.concurrent('the screen of a terminal', () => {
  it('shows what stands on it after everything that was drawn over', async () => {
    const screen = openTerminalScreen(bash('printf "one\\ntwo\\n\\e[2A\\e[2KONE\\n"'));
    expect((await screen.left).exitCode).toBe(0);
    expect(screen.lines().slice(0, 3)).toEqual(['ONE', 'two', '']);
    expect(screen.sent()).toContain('one');
    expect(screen.isAlternate()).toBe(false);
    expect(screen.isCursorVisible()).toBe(true);
  });

  it('tells the alternate screen and a hidden cursor, and both when they are back', async () => {
    const drawing =
      'printf "before\\n\\e[?1049h\\e[?25l\\e[Hdrawn"; read; printf "\\e[?25h\\e[?1049l"';
    const screen = openTerminalScreen(bash(drawing));
    await screen.waitFor('drawn');
    expect([screen.isAlternate(), screen.isCursorVisible()]).toEqual([true, false]);
    screen.type(KEYS.enter);
    await screen.left;
    expect([screen.isAlternate(), screen.isCursorVisible()]).toEqual([false, true]);
    expect(screen.lines()[0]).toBe('before');
  });

  it('finds the terminal as it was, or not', async () => {
    const kept = await openTerminalScreen(bash('was=$(stty -g); stty raw; stty $was; exit 3')).left;
    expect(kept).toEqual({ exitCode: 3, isRestored: true });
    const left = await openTerminalScreen(bash('stty -echo')).left;
    expect(left).toEqual({ exitCode: 0, isRestored: false });
  });

  it('says so of a program that is killed', async () => {
    const screen = openTerminalScreen(bash('stty -echo; echo up; read'));
    await screen.waitFor('up');
    screen.kill('SIGKILL');
    expect(await screen.left).toEqual({ exitCode: 137, isRestored: false });
  });

  it('tells the program its size, and every other one', async () => {
    const sizes = 'trap "stty size" WINCH; stty size; while :; do read -t 0.05; done';
    const screen = openTerminalScreen(bash(sizes), { columns: 80, rows: 24 });
    await screen.waitFor('24 80');
    screen.resize(120, 10);
    await screen.waitFor('10 120');
    screen.kill('SIGKILL');
  });

  it('answers a program that asks where the cursor is', async () => {
    const asks = 'printf "abc\\e[6n"; read -s -d R answer; echo; echo "$answer" | tr -d "\\033"';
    const screen = openTerminalScreen(bash(asks));
    await screen.waitFor('[1;4');
  });

  it('Ctrl-C reaches the program, and what it does with it counts', async () => {
    const screen = openTerminalScreen(
      bash('trap "exit 7" INT; echo up; while :; do sleep 0.05; done'),
    );
    await screen.waitFor('up');
    screen.type(KEYS.ctrlC);
    expect((await screen.left).exitCode).toBe(7);
  });

  it('does not wait for what cannot come any more', async () => {
    const screen = openTerminalScreen(bash('echo bye'));
    await expect(screen.waitFor('hello')).rejects.toThrow('left without hello:\nbye');
    const waiting = openTerminalScreen(bash('echo here; read'));
    await waiting.waitFor('here');
    await expect(waiting.waitFor(/there/, 100)).rejects.toThrow('waited without /there/:\nhere');
  });

  it('tells the styles of a line, and gives a wide character its two columns', async () => {
    const screen = openTerminalScreen(bash('printf "\\e[31m日本\\e[0m \\e[1mx\\e[0m"'));
    await screen.left;
    const [red, blank, bold] = screen.runs()[0] ?? [];
    expect(red).toMatchObject({ text: '日本', column: 0, width: 4, style: { colour: 1 } });
    expect(blank).toMatchObject({ text: ' ', column: 4, style: { colour: null, bold: false } });
    expect(bold).toMatchObject({ text: 'x', column: 5, width: 1, style: { bold: true } });
  });
});

describe('a screen as every run shows it', () => {
  it.each([
    ['at 2026-11-29T05:40:10.079Z', 'at 0000-00-00T00:00:00.000Z'],
    ['05:40:10  05:40', '00:00:00  00:00'],
    ['7m 11m+ 1m 05s 2.4s 300 ms 20 seconds', '#m ##m+ #m ##s #.#s ### ms ## seconds'],
    ['120/300 requests a minute', '###/### requests a minute'],
    ['http://127.0.0.1:40123/', 'http://127.0.0.1:#####/'],
    ['⠋ sending', '⠿ sending'],
  ])('%s', (text, expected) => {
    expect(normalise(text)).toBe(expected);
    expect(expected).toHaveLength(text.length);
  });

  it.each([
    '+15105550102',
    'SCL_noAgent00001',
    'sip:100@pbx.company.com',
    '16 calls: 2 stuck (!)',
    '487 Request Terminated',
  ])('leaves %s alone', (text) => expect(normalise(text)).toBe(text));
});

describe('a screen as a picture shows it', () => {
  it.each([
    ['Looked 0s ago, every 2s', 'Looked 2s ago, every 2s'],
    ['7s of at most 1m 30s', '2s of at most 1m 30s'],
    ['19 requests a minute, at most 300', '30 requests a minute, at most 300'],
    ['since 05:40:10', 'since 09:41:00'],
    ['http://127.0.0.1:40123', 'http://127.0.0.1:47880'],
    ['SCL_noAgent00001 +15105550102', 'SCL_noAgent00001 +15105550102'],
  ])('%s', (text, expected) => {
    expect(steady(text)).toBe(expected);
    expect(expected).toHaveLength(text.length);
  });
});
