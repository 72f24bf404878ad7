import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { markMachine } from '../../src/history/entry.ts';
import { OUTCOME, SENT } from '../history/entries.ts';
import { DAY, writeRecord } from '../history/records.ts';
import { commandTree } from '../support/command-tree.ts';
import { NOW } from '../support/livekit.ts';
import { type CliOptions, cliAgainst } from './run-cli.ts';

const cli = cliAgainst();

/** A home whose record holds these lines. */
function homeWith(lines: readonly (object | string)[] | null): string {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  if (lines !== null) writeRecord(join(home, '.local', 'state', 'lk-transfer'), lines);
  return home;
}

const ago = (ms: number) => new Date(NOW - ms).toISOString();
const MINUTE = 60_000;

/** Four transfers: refused, of unknown outcome, never recorded, and completed. */
const LINES = [
  { v: 1, ...SENT, id: 'a', callId: 'SCL_a', time: ago(3 * DAY), to: 'billing' },
  { v: 1, ...OUTCOME, id: 'a', time: ago(3 * DAY - 1000) },
  { v: 1, ...SENT, id: 'b', callId: 'SCL_b', time: ago(90 * MINUTE) },
  {
    ...{ v: 1, ...OUTCOME, id: 'b', time: ago(89 * MINUTE), outcome: 'unknown', sip: null },
    ...{ leg: 'listed', callerIs: 'unknown', stage: 'transport', message: 'Nobody knows.' },
  },
  { v: 1, ...SENT, id: 'c', callId: 'SCL_c', time: ago(2 * MINUTE), to: 'support' },
  { v: 1, ...SENT, id: 'd', callId: 'SCL_d', time: ago(5000) },
  {
    ...{ v: 1, ...OUTCOME, id: 'd', time: ago(1000), outcome: 'completed', sip: null },
    ...{ leg: 'gone', callerIs: 'left', stage: null, evidence: 'lingered', exitCode: 0 },
    message: 'Transferred.',
  },
];

const history = (line: string, lines: readonly (object | string)[] | null, more: CliOptions = {}) =>
  cli(`history ${line}`.trim(), { home: homeWith(lines), now: () => NOW, ...more });

describe('history, of a transfer that another process is at', () => {
  const HERE = markMachine('machine-of-the-test');
  const going = (wishes: object = {}) => [
    { v: 1, ...SENT, id: 'a', time: ago(1500), pid: 123, machine: HERE, ...wishes },
  ];
  const isRunning = (pid: number) => pid === 123;

  it('says so, with the process, and counts it as open', async () => {
    const terminal = { isTTY: true, columns: 200, env: { NO_COLOR: '1' }, isRunning };
    const { stdout } = await history('--open', going(), terminal);
    expect(stdout).toMatch(/ under way +- +under way \(process 123, for 1\.5 s\) +room-1/);
    const document = await history('--json --outcome unrecorded', going(), { isRunning });
    expect(JSON.parse(document.stdout)).toMatchObject([
      { outcome: null, open: true, underWay: { pid: 123, forMs: 1500 } },
    ]);
    const list = await history('--fields id,outcome', going(), { isRunning });
    expect(list.stdout).toBe('a\tunrecorded\n');
  });

  it.each<[string, object, (pid: number) => boolean]>([
    ['the process is gone', {}, () => false],
    ['it is one of another machine', { machine: markMachine('elsewhere') }, () => true],
    ['no transfer takes so long', { time: ago(10 * MINUTE) }, () => true],
    ['the entry has no process', { pid: undefined, machine: undefined }, () => true],
    ['the entry makes no sense', { pid: '123', machine: 7 }, () => true],
  ])('does not say so where %s', async (_, wishes, there) => {
    const { stdout } = await history('--json', going(wishes), { isRunning: there });
    expect(JSON.parse(stdout)).toMatchObject([{ outcome: null, open: true, underWay: null }]);
  });
});

describe('history', () => {
  it('lists the transfers, the newest last, a line each (conduct 11)', async () => {
    const { exitCode, stdout, stderr } = await history('', LINES);
    expect(stdout.split('\n')).toEqual([
      `${ago(3 * DAY)}\tSCL_a\t+15105550100\tbilling\trefused\t405\troom-1\tThe trunk refused it.`,
      `${ago(90 * MINUTE)}\tSCL_b\t+15105550100\tsales\tunknown\t\troom-1\tNobody knows.`,
      `${ago(2 * MINUTE)}\tSCL_c\t+15105550100\tsupport\tunrecorded\t\troom-1\t`,
      `${ago(5000)}\tSCL_d\t+15105550100\tsales\tcompleted\t\troom-1\tTransferred.`,
      '',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['1001', null, '1001'],
    ['anonymous', null, 'anonymous'],
    [null, 'Ann', 'Ann'],
    [null, null, ''],
  ])(
    'has a caller without a number in E.164 in the lines, too: %j, %j',
    async (phoneNumberRaw, callerName, expected) => {
      const sent = {
        v: 1,
        ...SENT,
        time: ago(5000),
        phoneNumber: null,
        phoneNumberRaw,
        callerName,
      };
      const { stdout } = await history('', [sent]);
      expect(stdout.split('\t')[2]).toBe(expected);
      const selected = await history('--fields callId,phoneNumber', [sent]);
      expect(selected.stdout).toBe('SCL_1\t\n');
    },
  );

  it('gives every field in JSON, and these names stay (conduct 24)', async () => {
    const { stdout } = await history('--json', LINES);
    const attempts = JSON.parse(stdout);
    expect(attempts).toHaveLength(4);
    expect(attempts[0]).toEqual({
      id: 'a',
      startedAt: ago(3 * DAY),
      endedAt: ago(3 * DAY - 1000),
      callId: 'SCL_a',
      phoneNumber: '+15105550100',
      phoneNumberRaw: '+15105550100',
      callerName: null,
      room: 'room-1',
      identity: 'sip_+15105550100',
      direction: 'inbound',
      trunkId: 'ST_1',
      bridgeTrunkId: null,
      provider: 'twilio',
      to: 'billing',
      referTo: 'sip:100@pbx.company.com',
      transferMethod: 'refer',
      livekitHost: 'livekit.example.com',
      outcome: 'refused',
      caller: 'on-the-line',
      leg: 'listed',
      stage: 'refer',
      sip: { code: 405, reason: 'Method Not Allowed' },
      evidence: null,
      interrupted: false,
      durationMs: 7,
      exitCode: 1,
      message: 'The trunk refused it.',
      open: false,
      closed: null,
      underWay: null,
      calledNumber: '+15550001111',
      host: 'sip.example.com',
      sipIds: { 'sip.callIDFull': 'abc@10.0.0.1' },
      transferId: 'TR_1',
    });
    expect(attempts[2]).toMatchObject({
      outcome: null,
      endedAt: null,
      open: true,
      underWay: null,
    });
  });

  it('draws a table with headings and ages on a terminal (conduct 12)', async () => {
    const { stdout } = await history('', LINES, {
      isTTY: true,
      columns: 200,
      env: { NO_COLOR: '1' },
    });
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toBe(
      'AGE     CALL   CALLER        TO       OUTCOME     SIP  WHAT IS KNOWN               ROOM',
    );
    expect(lines).toEqual([
      '3d      SCL_a  +15105550100  billing  refused     405  The trunk refused it.       room-1',
      '1h 30m  SCL_b  +15105550100  sales    unknown     -    Nobody knows.               room-1',
      '2m      SCL_c  +15105550100  support  unrecorded  -    sent, outcome not recorded  room-1',
      '5s      SCL_d  +15105550100  sales    completed   -    Transferred.                room-1',
    ]);
    // What is known is no shorter for a long room.
    const long = LINES.map((line) => ({ ...line, room: 'call-_'.repeat(9) }));
    const { stdout: cut } = await history('', long, { isTTY: true, columns: 100 });
    expect(cut).toContain('sent, outcome not recorded');
    const narrow = await history('', LINES, {
      isTTY: true,
      columns: 60,
      env: { NO_COLOR: '1' },
    });
    expect(narrow.stdout).toContain('1h 30m  SCL_b  +15105550100  sales    unknown');
    expect(Math.max(...narrow.stdout.split('\n').map((line) => line.length))).toBeLessThan(61);
  });

  it.each([
    ['--call SCL_b', ['b']],
    ['--outcome completed', ['d']],
    ['--outcome completed,unknown', ['b', 'd']],
    ['--outcome refused --outcome unrecorded', ['a', 'c']],
    ['--outcome unrecorded', ['c']],
    ['--open', ['b', 'c']],
    ['--since 90m', ['b', 'c', 'd']],
    ['--since 3d', ['a', 'b', 'c', 'd']],
    ['--since 30', ['d']],
    ['--limit 1', ['d']],
    ['--open --limit 1', ['c']],
    ['--open --call SCL_d', []],
  ])('filters by %s', async (filters, expected) => {
    const { exitCode, stdout, stderr } = await history(`--json --fields id ${filters}`, LINES);
    expect(JSON.parse(stdout)).toEqual(expected.map((id) => ({ id })));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('says that there is nothing, and names the filter, beside an empty result (conduct 13)', async () => {
    const nothing = await history('', null);
    expect(nothing).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'No transfers recorded. Those with --sandbox are never recorded.\n',
    });
    expect(await history('--json', null)).toMatchObject({
      exitCode: 0,
      stdout: '[]\n',
      stderr: '',
    });
    const filters = '--call SCL_x --outcome refused --open --since 36h';
    expect((await history(filters, LINES)).stderr).toBe(
      'No transfers recorded of call SCL_x, with outcome refused, that are open, in the last 1d 12h.\n',
    );
  });

  it('lists the newest fifty, and says that there are more', async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ v: 1, ...SENT, id: String(index) }));
    const { stdout, stderr } = await history('--fields id', many);
    expect(stdout.trim().split('\n')).toEqual(many.slice(10).map(({ id }) => id));
    expect(stderr).toBe('These are the newest 50 of 60 transfers; --limit 60 lists them all.\n');
    const json = await history('--json', many);
    expect(JSON.parse(json.stdout)).toHaveLength(50);
    expect(JSON.parse(json.stderr)).toMatchObject({ warning: { message: stderr.trim() } });
    const all = await history('--fields id --limit 60', many);
    expect(all.stdout.trim().split('\n')).toHaveLength(60);
    expect(all.stderr).toBe('');
    expect((await history('--fields id --limit 3', many)).stderr).toBe('');
  });

  it('leaves out what is older than the config keeps', async () => {
    const config = { history: { days: 2 } };
    const { stdout } = await history('--json --fields id', LINES, { config });
    expect(JSON.parse(stdout)).toEqual([{ id: 'b' }, { id: 'c' }, { id: 'd' }]);
  });

  it('says when nothing is recorded at present, and lists what was', async () => {
    const env = { LK_TRANSFER_HISTORY: 'no' };
    const { stdout, stderr } = await history('--fields id', LINES, { env });
    expect(stdout).toBe('a\nb\nc\nd\n');
    expect(stderr).toBe(
      'Transfers are not recorded at present (environment LK_TRANSFER_HISTORY).\n',
    );
  });

  it('of the sandbox is empty: it keeps none', async () => {
    const { exitCode, stdout, stderr } = await history('--sandbox --json', LINES);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '[]\n', stderr: '' });
    expect((await history('--sandbox', LINES)).stderr).toContain('are not recorded');
  });

  it('asks no LiveKit, and needs none', async () => {
    const env = { LIVEKIT_URL: undefined, LIVEKIT_API_KEY: undefined };
    const { exitCode, stdout } = await history('--fields id', LINES, { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'a\nb\nc\nd\n' });
  });

  it('lies where XDG_STATE_HOME says', async () => {
    const home = homeWith(LINES);
    const env = { XDG_STATE_HOME: join(home, '.local', 'state') };
    expect(
      (await cli('history --fields id --outcome refused', { env, now: () => NOW })).stdout,
    ).toBe('a\n');
  });

  it('lets nothing of a damaged or forged file reach the terminal (conduct 16)', async () => {
    const forged = { v: 1, ...SENT, id: 'f', room: 'x\u001b[2J\ty\n', callId: '\u202eSCL_f' };
    const lines = ['\u001b]0;title\u0007', '{"v":1', forged];
    for (const isTTY of [true, false]) {
      const { exitCode, stdout } = await history('', lines, { isTTY, env: { NO_COLOR: '1' } });
      expect(exitCode).toBe(0);
      expect(stdout).toContain('x\\x1b[2J\\ty\\n');
      expect(stdout).toContain('\\u202eSCL_f');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
      expect(stdout).not.toMatch(/[\u001b\u0007\u202e]/);
    }
  });

  it('is an error when it cannot be read, since none would look the same (conduct 43)', async () => {
    const home = homeWith(null);
    // A folder in the place of the file: root could read anything else.
    writeRecord(join(home, '.local', 'state', 'lk-transfer', 'history.jsonl'), []);
    const { exitCode, stdout, stderr } = await cli('history --json', { home });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'unreadable-record',
      message:
        'The record of transfers cannot be read: something that is not a file is in its place.',
      hint: expect.stringContaining(join('lk-transfer', 'history.jsonl')),
    });
  });

  it('refuses a field that does not exist before it looks (conduct 19)', async () => {
    const { exitCode, stdout, stderr } = await history('--fields id,colour', null);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('startedAt');
  });

  it('has a filter for every outcome there is', () => {
    const { help = '' } = commandTree().find(({ name }) => name === 'history') ?? {};
    const choices = /choices: ([^)]*)\)/.exec(help.replace(/\s+/g, ' '))?.[1] ?? '';
    expect(choices.match(/[\w-]+/g)).toEqual([
      'completed',
      'bridged',
      'ended',
      'unconfirmed',
      'refused',
      'target-failed',
      'not-sent',
      'unknown',
      'unrecorded',
    ]);
  });
});
