/** `calls` answers with its first look; who wants to be sure waits for a second; earlier runs count. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterAll, describe, expect, it } from 'vitest';
import { userId } from '../../src/core/host.ts';
import type { ParticipantSeed, RoomSeed, Seed } from '../../src/sandbox/demo/rooms.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { openTimed } from '../support/simulated-time.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const LIST = 'RoomService/ListParticipants';
const PAUSE_MS = 3000;

const caller = (name: string, wishes: object = {}): ParticipantSeed => ({
  kind: 'caller',
  callId: `SCL_${name}`,
  trunk: 'ST_one',
  number: '+15105550142',
  identity: `sip_${name}`,
  age: 300,
  ...wishes,
});
const agent = (name: string, wishes: object = {}): ParticipantSeed => ({
  kind: 'agent',
  identity: `agent-AJ_${name}`,
  state: 'listening',
  audio: 'published',
  age: 290,
  ...wishes,
});
const rooms: RoomSeed[] = [
  { name: 'alone', participants: [caller('alone')] },
  { name: 'lonely', participants: [caller('lonely', { age: 200 })] },
  { name: 'rings', participants: [caller('rings', { status: 'ringing', age: 60 })] },
  { name: 'silent', participants: [caller('silent'), agent('silent', { audio: 'none' })] },
  { name: 'well', participants: [caller('well'), agent('well')] },
];
const seed: Seed = { trunks: [ONE_TRUNK], rooms };

let opened: Promise<Sandbox> | undefined;
const sandbox = () => {
  opened ??= openTimed({ seed });
  return opened;
};
afterAll(async () => (await opened)?.close());
const cli = cliAgainst({ seed: { trunks: [], rooms: [] } });

function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-state-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Place {
  state?: string;
  /** How much later than now it runs, in ms. */
  laterMs?: number;
}

/** One run, with what it asked LiveKit for and how long it paused. */
async function look(
  line: string,
  { state = stateFolder(), laterMs = 0 }: Place = {},
  more: CliOptions = {},
) {
  const { url, requests } = await sandbox();
  const before = requests.length;
  const pauses: number[] = [];
  const ran = await cli(line, {
    now: () => Date.now() + laterMs + pauses.reduce((sum, ms) => sum + ms, 0),
    sleep: async (ms) => {
      pauses.push(ms);
    },
    ...more,
    env: { LIVEKIT_URL: url, XDG_STATE_HOME: state, NO_COLOR: '1', ...more.env },
  });
  const reads = requests.slice(before).filter(({ method }) => method.includes('ListParticipants'));
  const rooms = reads.map(({ body }) => (body as { room: string }).room);
  return { ...ran, rooms: rooms.sort(), requests: requests.slice(before).length, pauses };
}

/** `stuck` by call id. */
const stuckIn = (stdout: string) =>
  Object.fromEntries(
    (JSON.parse(stdout) as { callId: string; stuck: boolean | null }[]).map(({ callId, stuck }) => [
      callId.replace('SCL_', ''),
      stuck,
    ]),
  );
const NAMES = rooms.map(({ name }) => name).sort();

describe('`calls`', () => {
  it('reads each room once, and returns without a pause', async () => {
    const ran = await look('calls --json');
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', rooms: NAMES, requests: 6, pauses: [] });
    expect(stuckIn(ran.stdout)).toEqual({
      alone: null,
      lonely: null,
      rings: true,
      silent: true,
      well: false,
    });
  });

  it('is sorted: stuck, not yet known, the rest, each by age', async () => {
    const { stdout } = await look('calls --fields callId');
    expect(stdout.split('\n').map((id) => id.replace('SCL_', ''))).toEqual([
      'silent',
      'rings',
      'alone',
      'lonely',
      'well',
      '',
    ]);
  });

  it.each([
    ['--sure', { alone: true, lonely: true, rings: true, silent: true, well: false }],
    ['--stuck', { alone: true, lonely: true, rings: true, silent: true }],
  ])('with %s looks again, at those alone that need it', async (flag, expected) => {
    const ran = await look(`calls --json ${flag}`);
    expect(stuckIn(ran.stdout)).toEqual(expected);
    expect(ran.rooms).toEqual([...NAMES, 'alone', 'lonely'].sort());
    expect(ran).toMatchObject({ exitCode: 0, pauses: [PAUSE_MS] });
  });

  it.each(['--sure', '--stuck'])('with %s waits for nothing that one look tells', async (flag) => {
    const ran = await look(`calls --json ${flag} --status ringing`);
    expect(stuckIn(ran.stdout)).toEqual({ rings: true });
    expect(ran.pauses).toEqual([]);
  });

  it('says since when, as far as LiveKit shows it', async () => {
    const { stdout } = await look('calls --json');
    const calls: { callId: string; conditionSince: string | null; joinedAt: string }[] =
      JSON.parse(stdout);
    const since = new Map(calls.map((call) => [call.callId, call.conditionSince]));
    expect(since.get('SCL_alone')).toBeNull();
    const rings = calls.find(({ callId }) => callId === 'SCL_rings');
    expect(rings?.conditionSince).toBe(rings?.joinedAt);
  });
});

describe('an earlier run', () => {
  const afterFirst = async () => {
    const state = stateFolder();
    await look('calls', { state });
    return { state, file: seenFile(state) };
  };
  const seenFile = (state: string) => {
    const folder = join(state, 'lk-transfer');
    const [name = 'none'] = readdirSync(folder).filter((each) => each.startsWith('seen-'));
    return join(folder, name);
  };

  it('tells that a call is stuck, and since when', async () => {
    const { state } = await afterFirst();
    const ran = await look('calls --json', { state, laterMs: 20_000 });
    expect(stuckIn(ran.stdout)).toMatchObject({ alone: true, lonely: true, well: false });
    expect(ran.pauses).toEqual([]);
    const [alone] = (JSON.parse(ran.stdout) as { callId: string; conditionSince: string }[]).filter(
      ({ callId }) => callId === 'SCL_alone',
    );
    const agoMs = Date.now() + 20_000 - Date.parse(alone?.conditionSince ?? '');
    expect(agoMs).toBeGreaterThanOrEqual(20_000);
    expect(agoMs).toBeLessThan(30_000);
    const stuck = await look('calls --stuck --json', { state, laterMs: 30_000 });
    expect(stuck.pauses).toEqual([]);
    expect(Object.keys(stuckIn(stuck.stdout)).sort()).toEqual([
      'alone',
      'lonely',
      'rings',
      'silent',
    ]);
  });

  it('is shown to people with how long at least', async () => {
    const { state } = await afterFirst();
    const ran = await look('calls', { state, laterMs: 20_000 }, { isTTY: true, columns: 120 });
    expect(ran.stdout).toMatch(/! no agent +2\ds\+ +5m +- +SCL_alone/);
  });

  it.each([
    ['sooner than a handover takes', 500],
    ['more than a minute ago', 61_500],
    ['in the future', -30_000],
  ])('tells nothing where it was %s', async (_, laterMs) => {
    const { state } = await afterFirst();
    const ran = await look('calls --json', { state, laterMs });
    expect(stuckIn(ran.stdout)).toMatchObject({ alone: null, lonely: null });
  });

  it('tells nothing of another project', async () => {
    const { state } = await afterFirst();
    const other = await openTimed({ seed });
    const env = { LIVEKIT_URL: other.url };
    const ran = await look('calls --json', { state, laterMs: 20_000 }, { env });
    await other.close();
    expect(stuckIn(ran.stdout)).toMatchObject({ alone: null, lonely: null });
    const files = readdirSync(join(state, 'lk-transfer')).filter((each) =>
      each.startsWith('seen-'),
    );
    expect(files).toHaveLength(2);
  });

  it('of one room alone leaves what was seen of the others', async () => {
    const { state } = await afterFirst();
    await look('calls --room well', { state, laterMs: 10_000 });
    const ran = await look('calls --json', { state, laterMs: 20_000 });
    expect(stuckIn(ran.stdout)).toMatchObject({ alone: true, lonely: true });
  });

  it('keeps no more than ids, conditions and times, in a file for this user alone', async () => {
    const { state, file } = await afterFirst();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const { apiKey, apiSecret } = await sandbox();
    for (const word of [apiKey, apiSecret, '15105550142', 'sip_', 'localhost', '127.0.0.1']) {
      expect(text + file).not.toContain(word);
    }
    expect(readdirSync(join(state, 'lk-transfer'))).toHaveLength(1);
  });

  it('is none at the sandbox inside the program', async () => {
    const state = stateFolder();
    const ran = await look('calls --sandbox --json', { state });
    expect(ran.exitCode).toBe(0);
    expect(readdirSync(state)).toEqual([]);
  });

  const instead: [string, (file: string, text: string) => void][] = [
    ['nothing sensible', (file) => writeFileSync(file, '{"a":')],
    ['nothing', (file) => writeFileSync(file, '')],
    ['something large', (file, text) => writeFileSync(file, text + ' '.repeat(3_000_000))],
    [
      'a folder',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'a pipe that nobody writes to',
      (file) => {
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
    ],
    ['what others may write', (file) => chmodSync(file, 0o666)],
    [
      'a link to what says that they are stuck',
      (file, text) => {
        writeFileSync(`${file}.elsewhere`, text);
        rmSync(file);
        symlinkSync(`${file}.elsewhere`, file);
      },
    ],
  ];
  // Only root can give a file away.
  if (userId === 0) {
    instead.push(['what is somebody else’s', (file) => chownSync(file, 12_345, 12_345)]);
  }
  it.each(instead)('tells nothing where %s lies in its place', async (_, put) => {
    const { state, file } = await afterFirst();
    const text = readFileSync(file, 'utf8');
    put(file, text);
    const ran = await look('calls --json', { state, laterMs: 20_000 });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(stuckIn(ran.stdout)).toMatchObject({ alone: null, lonely: null });
    // What a link leads to is not touched, and nothing is left lying about.
    const names = readdirSync(join(state, 'lk-transfer'));
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    if (names.some((name) => name.endsWith('.elsewhere'))) {
      expect(readFileSync(`${file}.elsewhere`, 'utf8')).toBe(text);
      expect(lstatSync(file).isSymbolicLink()).toBe(false);
    }
  });

  it('is no trouble where it cannot be kept', async () => {
    const state = join(stateFolder(), 'file');
    writeFileSync(state, 'no folder');
    const ran = await look('calls --json --no-color', { state });
    expect(ran.exitCode).toBe(0);
    expect(stuckIn(ran.stdout)).toMatchObject({ alone: null, rings: true });
    expect(readFileSync(state, 'utf8')).toBe('no folder');
  });
});

describe('below the list stands', () => {
  const people = (line: string, columns: number, config: object | null = null) =>
    look(line, {}, { isTTY: true, columns, config });
  const last = ({ stdout }: { stdout: string }, count: number) =>
    stdout.trimEnd().split('\n').slice(-count);

  it('how many there are, and the next command', async () => {
    const config = { defaultCountry: 'US', departments: { 'new business': '100', sales: '200' } };
    const wide = await people('calls', 200, config);
    expect(last(wide, 1)).toEqual([
      "5 calls: 2 stuck (!), 2 not yet known (?); --sure looks twice. Next: lk-transfer transfer SCL_silent --to 'new business'",
    ]);
    expect(last(await people('calls', 80, config), 2)).toEqual([
      '5 calls: 2 stuck (!), 2 not yet known (?); --sure looks twice.',
      "Next: lk-transfer transfer SCL_silent --to 'new business'",
    ]);
  });

  it('a place for the destination where the config names none', async () => {
    const ran = await people('calls --sure', 200, { defaultCountry: 'US' });
    expect(last(ran, 1)[0]).toMatch(
      /^5 calls: 4 stuck \(!\)\. Next: lk-transfer transfer SCL_\w+ --to DESTINATION$/,
    );
  });

  it('no command where none of them can be moved', async () => {
    const ran = await people('calls --status ringing', 200);
    expect(last(ran, 1)).toEqual(['1 call: 1 stuck (!).']);
    expect(last(await people('calls --room well', 200), 1)).toEqual(['1 call: none stuck.']);
    expect(last(await people('calls --room alone', 200), 1)).toEqual([
      '1 call: none known to be stuck, 1 not yet known (?); --sure looks twice.',
    ]);
  });

  it('nothing for programs, nor where it was not asked for', async () => {
    for (const line of ['calls', 'calls --json', 'calls --fields callId']) {
      const { stdout, stderr } = await look(line);
      expect(stdout + stderr).not.toMatch(/stuck \(|Next:/);
    }
    for (const line of ['calls --json', 'calls --fields callId', 'calls --quiet']) {
      const { stdout, stderr } = await people(line, 120);
      expect(stdout + stderr).not.toMatch(/stuck \(|Next:/);
    }
  });
});

describe('on a terminal', () => {
  const LONGEST = '+491511234567890';
  const ID = 'SCL_ABCDEFGHIJKL';
  const AGENT = 'agent-AJ_ABCDEFGHIJKL';
  const NAME = 'Somebody whose name is as long as names can be';
  const crowd = (number: string, name: string): Seed => ({
    trunks: [ONE_TRUNK],
    rooms: [
      {
        name: 'a-room-with-a-name-that-is-long',
        participants: [
          { ...caller('x', { number }), callId: ID } as ParticipantSeed,
          { ...agent('x', { audio: 'none' }), identity: AGENT } as ParticipantSeed,
        ],
      },
      {
        name: 'rings',
        participants: [caller('rings', { status: 'ringing', age: 59 * 60, number })],
      },
      {
        name: 'hidden',
        participants: [
          caller('hidden', {
            hidden: true,
            name,
          }),
          caller('other'),
        ],
      },
    ],
  });
  const table = async (columns: number, number = LONGEST, name = NAME) => {
    const place = await openTimed({ seed: crowd(number, name) });
    const env = { LIVEKIT_URL: place.url };
    const { stdout } = await look('calls', {}, { isTTY: true, columns, env });
    await place.close();
    const lines = stdout.trimEnd().split('\n');
    return { stdout, rows: lines.filter((line) => !/^Next: |\(!\)/.test(line)) };
  };

  it.each([80, 100, 120])(
    'number, condition, age, agent and id are whole at %i columns',
    async (columns) => {
      const { stdout, rows } = await table(columns);
      for (const whole of [
        LONGEST,
        ID,
        AGENT,
        '! agent silent',
        '! not answered',
        'phone to phone',
      ]) {
        expect(stdout).toContain(whole);
      }
      expect(stdout).toMatch(/! not answered +(59m +)?59m +- +SCL_rings/);
      expect(rows.filter((row) => stringWidth(row) > columns)).toEqual([]);
      expect(rows).toHaveLength(5);
    },
  );

  it('says for how long at 80 columns, where numbers are of ordinary length', async () => {
    const { rows } = await table(80, '+15105550142', 'Phone 0142');
    expect(rows[0]).toMatch(/^CALLER +CONDITION +FOR +AGE +AGENT +CALL$/);
    const long = await table(120);
    expect(long.rows[0]).toMatch(/^CALLER +CONDITION +FOR +AGE +AGENT +CALL +ROOM/);
  });

  it('shows what is asked for', async () => {
    const line = 'calls --fields callId,stuck,conditionSince,condition';
    const { stdout } = await look(line, {}, { isTTY: true, columns: 120 });
    expect(stdout).toMatch(/^SCL_alone +unknown +- +\? no agent$/m);
    expect(stdout).toMatch(/^SCL_rings +true +\d+[sm] +! not answered$/m);
  });

  it('is coloured, and says the same without', async () => {
    const options = { isTTY: true, columns: 120 } as const;
    const plain = await look('calls', {}, options);
    const coloured = await look('calls --color', {}, { ...options, env: { NO_COLOR: '' } });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject.
    const SGR = /\u001b\[[\d;]*m/g;
    expect(coloured.stdout).toContain('\u001b[31m! agent silent\u001b[39m');
    expect(coloured.stdout).toContain('\u001b[33m? no agent\u001b[39m');
    expect(plain.stdout).not.toMatch(SGR);
    expect(coloured.stdout.replace(SGR, '')).toBe(plain.stdout);
  });
});

it(`${LIST} of a copy, whose own room was not read, is neither kept nor told from before`, async () => {
  const state = stateFolder();
  const copy = {
    participants: [
      {
        identity: 'sip_home',
        kind: 'SIP',
        kind_details: ['FORWARDED'],
        state: 'ACTIVE',
        attributes: { 'sip.callID': 'SCL_home', 'sip.callStatus': 'active', 'sip.ruleID': 'R' },
      },
    ],
  };
  const place = await openTimed({
    seed: {
      trunks: [ONE_TRUNK],
      rooms: [
        { name: 'home', participants: [caller('home'), agent('home')] },
        { name: 'copy', participants: [caller('copy')] },
      ],
      faults: [
        { method: LIST, room: 'home', answer: { status: 501 } },
        { method: LIST, room: 'copy', answer: { status: 200, body: JSON.stringify(copy) } },
      ],
    },
  });
  const env = { LIVEKIT_URL: place.url };
  for (const laterMs of [0, 20_000]) {
    const ran = await look('calls --json', { state, laterMs }, { env });
    expect(stuckIn(ran.stdout)).toEqual({ home: null });
  }
  await place.close();
});
