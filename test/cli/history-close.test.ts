/** `history close`, and what it changes for everybody else. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { markMachine } from '../../src/history/entry.ts';
import { OUTCOME, SENT } from '../history/entries.ts';
import { writeRecord } from '../history/records.ts';
import { type CliOptions, cliAgainst } from './run-cli.ts';

const cli = cliAgainst();
const CALL = 'SCL_noAgent00001';

const folderIn = (home: string) => join(home, '.local', 'state', 'lk-transfer');

/** A home whose record holds these lines. */
function homeWith(lines: readonly object[]): string {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  writeRecord(folderIn(home), lines);
  return home;
}

const textIn = (home: string) => readFileSync(join(folderIn(home), 'history.jsonl'), 'utf8');

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const sent = (id: string, wishes: object = {}) => ({
  ...{ v: 1, ...SENT, id, callId: CALL, time: ago(60_000), pid: null, machine: null },
  ...wishes,
});
const ended = (id: string, outcome: string) => ({
  v: 1,
  ...OUTCOME,
  id,
  time: ago(50_000),
  outcome,
});
const UNKNOWN = [sent('a'), ended('a', 'unknown')];

const close = (words: string[], home: string, more: CliOptions = {}) =>
  cli(['history', 'close', ...words], { home, env: { USER: 'ann' }, ...more });
const YES = ['--reason', 'sales has the caller', '--yes'];

describe('history close', () => {
  it('ends what an open transfer stands in the way of, and rewrites nothing', async () => {
    const home = homeWith(UNKNOWN);
    const before = textIn(home);
    const transfer = ['transfer', CALL, '--to', 'sales', '--yes'];
    expect((await cli(transfer, { home })).mutations).toEqual([]);
    const list = async () => JSON.parse((await cli('calls --json', { home })).stdout);
    const conditionOf = (calls: { callId: string; condition: string }[]) =>
      calls.find(({ callId }) => callId === CALL)?.condition;
    expect(conditionOf(await list())).toBe('transfer-open');

    const { exitCode, stdout, stderr, mutations } = await close([CALL, ...YES], home);
    expect({ exitCode, stderr, mutations }).toEqual({ exitCode: 0, stderr: '', mutations: [] });
    expect(stdout).toMatch(/^Closed: the transfer to sales, sent .* ago \(unknown\), of SCL_/);
    expect(stdout).toContain('By ann: sales has the caller');

    expect(textIn(home).startsWith(before)).toBe(true);
    const history = JSON.parse((await cli('history --json', { home })).stdout);
    expect(history).toMatchObject([
      {
        outcome: 'unknown',
        open: false,
        closed: { by: 'ann', reason: 'sales has the caller', at: expect.stringMatching(/Z$/) },
      },
    ]);
    expect((await cli('history --open', { home })).stdout).toBe('');
    expect(conditionOf(await list())).not.toBe('transfer-open');
    expect((await cli(transfer, { home })).mutations).toEqual(['SIP/TransferSIPParticipant']);
  });

  it('tells on a terminal of who closed it, and why', async () => {
    const home = homeWith([sent('a')]);
    await close([CALL, ...YES, '--by', 'Bob'], home);
    const terminal = { isTTY: true, columns: 200, env: { NO_COLOR: '1' }, home };
    const { stdout } = await cli('history', terminal);
    expect(stdout).toContain('unrecorded, closed');
    expect(stdout).toMatch(/closed by Bob on \d{4}-\d\d-\d\d: sales has the caller/);
  });

  it('says on stderr what was closed where stdout takes nothing, and succeeds', async () => {
    for (const lost of ['ENOSPC', 'EPIPE']) {
      const home = homeWith(UNKNOWN);
      const { exitCode, stderr } = await close([CALL, ...YES], home, { stdout: { lost } });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 0,
        stderr: expect.stringMatching(
          /^The result could not be written to standard output \(.*\)\. Closed: the transfer to sales, .* By ann: sales has the caller\n$/,
        ),
      });
    }
  });

  it('gives programs what stands there now', async () => {
    const { stdout } = await close(
      [CALL, ...YES, '--json', '--fields', 'id,open'],
      homeWith(UNKNOWN),
    );
    expect(JSON.parse(stdout)).toEqual([{ id: 'a', open: false }]);
  });

  const SEVERAL = [sent('a'), ended('a', 'unconfirmed'), sent('b', { to: 'support' })];

  it('of several closes the one that is named, or all with --all', async () => {
    const home = homeWith(SEVERAL);
    const refused = await close([CALL, ...YES, '--json'], home);
    expect({ exitCode: refused.exitCode, stdout: refused.stdout }).toEqual({
      exitCode: 2,
      stdout: '',
    });
    expect(JSON.parse(refused.stderr).error).toMatchObject({
      code: 'ambiguous-call',
      candidates: [
        { id: 'a', outcome: 'unconfirmed', to: 'sales' },
        { id: 'b', outcome: null, to: 'support' },
      ],
    });
    const openIds = async () => (await cli('history --open --fields id', { home })).stdout;
    expect(await openIds()).toBe('a\nb\n');
    expect((await close(['b', ...YES], home)).exitCode).toBe(0);
    expect(await openIds()).toBe('a\n');
    const all = homeWith(SEVERAL);
    expect((await close([CALL, '--all', ...YES], all)).exitCode).toBe(0);
    expect((await cli('history --open', { home: all })).stdout).toBe('');
  });

  const GOING = [
    sent('a', { time: ago(2000), pid: 123, machine: markMachine('machine-of-the-test') }),
  ];

  it.each<[string, object[], string[], number, string, RegExp]>([
    [
      'a call that it does not know',
      UNKNOWN,
      ['SCL_noAgent0001', ...YES],
      5,
      'no-such-call',
      /Did you mean SCL_noAgent00001\?/,
    ],
    [
      'a call with no open transfer',
      [sent('a'), ended('a', 'refused')],
      [CALL, ...YES],
      5,
      'no-open-transfer',
      /ended with a known outcome: refused/,
    ],
    [
      'one that is under way',
      GOING,
      [CALL, ...YES],
      2,
      'transfer-under-way',
      /under way \(process/,
    ],
    ['no reason', UNKNOWN, [CALL, '--yes'], 2, 'usage', /--reason is needed/],
    [
      'an empty reason',
      UNKNOWN,
      [CALL, '--reason', ' ', '--yes'],
      2,
      'usage',
      /--reason is needed/,
    ],
    ['no confirmation', UNKNOWN, [CALL, '--reason', 'x'], 2, 'confirmation-needed', /--yes/],
    ['the sandbox', UNKNOWN, [CALL, ...YES, '--sandbox'], 2, 'usage', /not recorded/],
  ])('refuses %s, and writes nothing', async (_, lines, words, exitCode, code, text) => {
    const home = homeWith(lines);
    const before = textIn(home);
    const options = { isRunning: (pid: number) => pid === 123 };
    const found = await close([...words, '--json'], home, options);
    expect({ exitCode: found.exitCode, stdout: found.stdout }).toEqual({ exitCode, stdout: '' });
    expect(JSON.parse(found.stderr).error.code).toBe(code);
    expect(found.stderr).toMatch(text);
    expect(textIn(home)).toBe(before);
  });

  it('names who the system says it is, where nobody says it otherwise', async () => {
    const { stdout } = await close([CALL, ...YES], homeWith(UNKNOWN), { env: {} });
    expect(stdout).toContain(`By ${userInfo().username}: `);
    const { exitCode, stderr } = await close([CALL, ...YES, '--by', ' '], homeWith(UNKNOWN));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--by is needed');
  });

  it('says by whom one is closed that is', async () => {
    const home = homeWith(UNKNOWN);
    await close([CALL, ...YES], home);
    const { exitCode, stderr } = await close([CALL, ...YES], home, { env: { USER: 'bob' } });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('closed by ann');
  });

  it('lets the first of two at once stand, and loses neither', async () => {
    const home = homeWith(UNKNOWN);
    const both = await Promise.all(
      ['ann', 'bob'].map((name) => close([CALL, ...YES, '--by', name], home)),
    );
    const stands = JSON.parse((await cli('history --json', { home })).stdout)[0].closed.by;
    for (const { exitCode, stdout, stderr } of both) {
      expect([0, 5]).toContain(exitCode);
      expect(stdout + stderr).toContain(stands);
    }
  });

  it('is an error when the record cannot be read', async () => {
    const home = homeWith([]);
    rmSync(join(folderIn(home), 'history.jsonl'));
    writeRecord(join(folderIn(home), 'history.jsonl'), []);
    const { exitCode, stderr } = await close([CALL, ...YES], home);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot be read');
  });

  it('keeps secrets and, where the config says so, numbers out of the record', async () => {
    const home = homeWith(UNKNOWN);
    const config = { history: { maskNumbers: true } };
    const reason = 'asked +15105550142, token=abcdef';
    await close([CALL, '--reason', reason, '--yes'], home, { config });
    const [{ closed }] = JSON.parse((await cli('history --json', { home, config })).stdout);
    expect(closed.reason).toMatch(/^asked \+\*{9}42/);
    expect(closed.reason).not.toContain('abcdef');
  });

  it('asks on a terminal for the reason and a yes, and takes no for an answer', async () => {
    for (const [answer, exitCode] of [
      ['y', 0],
      ['n', 3],
    ] as const) {
      const home = homeWith(UNKNOWN);
      const found = await close([CALL], home, {
        isTTY: true,
        columns: 100,
        during: async (fake) => {
          await vi.waitUntil(() => fake.stderr().includes('How do you know'), { timeout: 15_000 });
          fake.type('sales has them\r');
          await vi.waitUntil(() => fake.stderr().includes('(y/N)'), { timeout: 15_000 });
          fake.type(`${answer}\r`);
        },
      });
      expect(found.exitCode).toBe(exitCode);
      expect(textIn(home).includes('"type":"closed"')).toBe(answer === 'y');
    }
  });

  it('closes nothing whose outcome has become known while the question stood there', async () => {
    const home = homeWith([sent('a')]);
    const found = await close([CALL], home, {
      isTTY: true,
      columns: 100,
      during: async (fake) => {
        await vi.waitUntil(() => fake.stderr().includes('How do you know'), { timeout: 15_000 });
        fake.type('nobody has them\r');
        await vi.waitUntil(() => fake.stderr().includes('(y/N)'), { timeout: 15_000 });
        writeRecord(folderIn(home), [sent('a'), ended('a', 'completed')]);
        fake.type('y\r');
      },
    });
    expect({ exitCode: found.exitCode, stdout: found.stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(found.stderr).toContain('ended with a known outcome: completed');
    expect(textIn(home)).not.toContain('"type":"closed"');
  });

  it.each<[string, object, boolean]>([
    ['of a process of another machine', { pid: 123, machine: markMachine('elsewhere') }, true],
    ['of a process that is gone', { pid: 9, machine: markMachine('machine-of-the-test') }, true],
    ['sent longer ago than any takes', { time: ago(600_000), pid: 123 }, false],
  ])('warns that one may still be under way: %s', async (_, wishes, warns) => {
    const home = homeWith([sent('a', { time: ago(5000), ...wishes })]);
    const { exitCode, stderr } = await close([CALL, ...YES], home);
    expect(exitCode).toBe(0);
    expect(stderr.includes('may still be under way')).toBe(warns);
  });

  it('is no longer what is known, once the outcome is', async () => {
    const home = homeWith([sent('a'), ended('a', 'unknown')]);
    await close([CALL, ...YES], home);
    const late = { v: 1, ...OUTCOME, id: 'a', outcome: 'completed', message: 'Transferred.' };
    const lines = textIn(home)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    writeRecord(folderIn(home), [...lines, late]);
    const terminal = { isTTY: true, columns: 200, env: { NO_COLOR: '1' }, home };
    expect((await cli('history', terminal)).stdout).toMatch(
      / completed, closed .* Transferred\. +\S+$/m,
    );
  });

  it('takes no flag of history itself', async () => {
    const { exitCode, stderr } = await close([CALL, '--open', ...YES], homeWith(UNKNOWN));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--open is for `history`, not for `history close`.');
  });
});

describe('history --caller', () => {
  const of = (id: string, phoneNumber: string | null, phoneNumberRaw: string | null) =>
    sent(id, { phoneNumber, phoneNumberRaw });
  const LINES = [
    of('a', '+15105550100', '+15105550100'),
    of('b', '+15105550142', '15105550142'),
    of('h', null, 'anonymous'),
    of('m', '+*********42', '*********42'),
    of('n', null, null),
  ];
  const ids = (caller: string, more: CliOptions = {}) =>
    cli(['history', '--fields', 'id', '--caller', caller], { home: homeWith(LINES), ...more });

  it.each([
    ['+1 (510) 555-0100', 'a\n'],
    ['(510) 555-0100', 'a\n'],
    ['0015105550100', 'a\n'],
    ['anonymous', 'h\nn\n'],
    ['hidden', 'h\nn\n'],
    ['+15105550199', ''],
  ])('finds every writing: %s', async (caller, expected) => {
    expect((await ids(caller)).stdout).toBe(expected);
  });

  it('says where only a part of the number was recorded', async () => {
    const { stdout, stderr } = await ids('+15105550142');
    expect(stdout).toBe('b\nm\n');
    expect(stderr).toContain(
      '1 of these may be of another caller: only the length and the last two digits',
    );
  });

  it('says that a number could not be read, where nobody knows its country', async () => {
    const { stdout, stderr } = await ids('510 555 0100', { config: {} });
    expect(stdout).toBe('');
    expect(stderr).toContain('“510 555 0100” could not be read as a phone number');
    expect(stderr).toContain('Write it with + and its country code');
    expect((await ids('hidden', { config: {} })).stderr).not.toContain('could not be read');
  });

  it('finds a number that was recorded in the form of its country, once that is known', async () => {
    const home = homeWith([of('a', null, '030 1234567'), of('b', null, '030 1234568')]);
    const { stdout } = await ids('+49301234567', { home, config: { defaultCountry: 'DE' } });
    expect(stdout).toBe('a\n');
  });

  it('leaves out none whose number was recorded masked and in the form of its country', async () => {
    const home = homeWith([of('a', null, '********67'), of('b', null, '********68')]);
    const { stdout, stderr } = await ids('0301234567', { home, config: {} });
    expect(stdout).toBe('a\n');
    expect(stderr).toContain(
      '1 of these may be of another caller: only the length and the last two digits',
    );
  });
});

describe('history --summary', () => {
  const LINES = [
    ...[sent('a'), ended('a', 'completed'), sent('b'), ended('b', 'target-failed'), sent('c')],
    ...[sent('d', { to: '営業部', trunkId: null }), ended('d', 'not-sent')],
    ...[sent('e', { to: 'old', time: ago(9 * 86_400_000) }), ended('e', 'ended')],
  ];

  it('gives programs rows that add up', async () => {
    const { stdout } = await cli('history --summary --json', { home: homeWith(LINES) });
    expect(JSON.parse(stdout)[0]).toEqual({
      ...{ by: 'all', name: null, transfers: 5, completed: 1, bridged: 0, ended: 1 },
      ...{ refused: 0, failed: 1, notSent: 1, unknown: 1, medianMs: 7 },
    });
    const some = '--summary --since 1d --outcome completed,unrecorded --fields by,name,transfers';
    const filtered = await cli(`history ${some}`, { home: homeWith(LINES) });
    expect(filtered.stdout).toBe('all\t\t2\ndepartment\tsales\t2\ntrunk\tST_1\t2\n');
  });

  it.each([40, 60, 80, 120, 300])('fits a terminal of %i columns', async (columns) => {
    const { default: stringWidth } = await import('string-width');
    const terminal = { isTTY: true, columns, env: { NO_COLOR: '1' }, home: homeWith(LINES) };
    const { stdout } = await cli('history --summary', terminal);
    expect(Math.max(...stdout.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(
      columns,
    );
    expect(stdout).toMatch(/^sales +3 +1 +0 +1 +1/m);
    expect(/^sales .* #+x+\?+$/m.test(stdout)).toBe(columns >= 80);
  });

  it('counts a caller who was bridged among those that are done, in figures and in bars', async () => {
    const lines = [
      ...[sent('a'), ended('a', 'bridged'), sent('b'), ended('b', 'completed')],
      ...[sent('c'), ended('c', 'refused')],
    ];
    const terminal = { isTTY: true, columns: 120, env: { NO_COLOR: '1' }, home: homeWith(lines) };
    const { stdout } = await cli('history --summary', terminal);
    // All, done, refused, failed, unknown; and of a bar of 36 two thirds and one third.
    expect(stdout).toMatch(/^sales +3 +2 +1 +0 +0 +\S+ +#{24}x{12}$/m);
    expect(stdout).toContain('# completed or bridged');
  });

  it('says that there is nothing', async () => {
    const { exitCode, stdout, stderr } = await cli('history --summary', {
      ...{ isTTY: true, columns: 80, home: homeWith([]) },
    });
    expect({ exitCode, stdout, stderr }).toEqual({
      ...{
        exitCode: 0,
        stdout: '',
        stderr: 'No transfers recorded. Those with --sandbox are never recorded.\n',
      },
    });
  });
});
