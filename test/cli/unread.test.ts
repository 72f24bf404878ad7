/** Half a picture is no picture: what was not read must never decide. */
import { describe, expect, it } from 'vitest';
import type { AimedFault, FaultAnswer, RoomSeed, Seed } from '../../src/sandbox/demo/rooms.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const LIST = 'RoomService/ListParticipants';
const NUMBER = '+15105550142';
const TRANSFER = ['SIP/TransferSIPParticipant'];

const healthy = (name: string, wishes: object = {}): RoomSeed => ({
  name,
  participants: [
    { kind: 'agent', identity: `agent-${name}`, audio: 'published', age: 60 },
    {
      kind: 'caller',
      callId: `SCL_${name}`,
      trunk: 'ST_one',
      number: NUMBER,
      identity: 'sip_twin',
      age: 60,
      ...wishes,
    },
  ],
});

/** Two callers from one number, under one identity, and somebody else. */
const TWINS: Seed = {
  trunks: [ONE_TRUNK],
  rooms: [
    healthy('one'),
    healthy('two'),
    healthy('other', { number: '+15105550199', identity: 'sip_other' }),
  ],
};

const against = (faults: AimedFault[], seed = TWINS) => cliAgainst({ seed: { ...seed, faults } });
const unread = (room: string, answer: FaultAnswer = { status: 503 }): AimedFault => ({
  method: LIST,
  room,
  answer,
});

const FAILURES: [string, FaultAnswer][] = [
  ['503', { status: 503 }],
  ['429', { status: 429, headers: { 'Retry-After': '1' } }],
  ['a reset', 'reset'],
  ['a page', { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>' }],
  [
    'an error that says 200',
    { status: 200, body: '{"code":"unavailable","msg":"no response from servers"}' },
  ],
  ['a time-out', 'silence'],
];

describe.concurrent('a caller whose number another may have, in a room that was not read', () => {
  it.each(FAILURES)('is not moved: %s', async (_, answer) => {
    const cli = against([unread('two', answer)]);
    // The rooms that do answer need their time on a busy machine.
    const patience = answer === 'silence' ? ' --timeout 4s' : '';
    const ran = await cli(`transfer ${NUMBER} --to sales --yes${patience}`);
    expect(ran).toMatchObject({ exitCode: 1, stdout: '', mutations: [] });
    expect(ran.stderr).toContain(`Another call may match “${NUMBER}”: room two could not be read.`);
    expect(ran.stderr).toMatch(/SCL_one {2}\+15105550142 {2}room one {2}active/);
    expect(ran.stderr).toContain(`\`lk-transfer transfer SCL_one --to sales${patience}\``);
  });

  it.each([NUMBER, '+1 (510) 555-0142', 'sip_twin', 'one'])('nor as %s', async (name) => {
    const cli = against([unread('two')]);
    for (const flags of [['--yes'], ['--dry-run']]) {
      const ran = await cli(['transfer', name, '--to', 'new business', '--json', ...flags]);
      expect(ran).toMatchObject({ exitCode: 1, stdout: '', mutations: [] });
      const { error } = JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '');
      expect(error).toEqual({
        code: 'unread-rooms',
        message: `Another call may match “${name}”: room two could not be read.`,
        hint: expect.stringMatching(
          /`lk-transfer transfer SCL_one --to 'new business' --json(?: --dry-run)?`/,
        ),
        exitCode: 1,
        candidates: [
          {
            callId: 'SCL_one',
            phoneNumber: NUMBER,
            room: 'one',
            identity: 'sip_twin',
            status: 'active',
          },
        ],
        unreadRooms: 1,
      });
    }
  });

  it('is moved as call id, beside the same room', async () => {
    const cli = against([unread('two')]);
    expect(await cli('transfer SCL_one --to sales --yes')).toMatchObject({
      exitCode: 0,
      mutations: TRANSFER,
    });
  });

  it('is moved by the SID of a room, and where the room is named', async () => {
    const cli = against([unread('two')]);
    const listed = await cli('rooms --fields room,roomSid');
    const [, sid = ''] = /^other\t(\S+)$/m.exec(listed.stdout) ?? [];
    expect(await cli(`transfer ${sid} --to sales --dry-run`)).toMatchObject({ exitCode: 0 });
    expect(await cli(`transfer --room ${sid} --to sales --dry-run`)).toMatchObject({ exitCode: 0 });
    expect(await cli('transfer --room one --to sales --dry-run')).toMatchObject({ exitCode: 0 });
  });

  it('is moved once the room can be read again', async () => {
    const cli = against([{ ...unread('two'), times: 3 }], {
      ...TWINS,
      rooms: [healthy('one'), healthy('two', { number: '+15105550177', identity: 'sip_else' })],
    });
    const first = await cli(`transfer ${NUMBER} --to sales --yes`);
    expect(first).toMatchObject({ exitCode: 1, mutations: [] });
    const second = await cli(`transfer ${NUMBER} --to sales --yes`);
    expect(second).toMatchObject({ exitCode: 0, mutations: TRANSFER });
  });

  it('is not tested by `smoke --call` either, which its id is', async () => {
    const cli = against([unread('two')]);
    const ran = await cli(`smoke --call ${NUMBER} --to sales --yes --json`);
    expect(ran).toMatchObject({ exitCode: 1, stdout: '', mutations: [] });
    const { error } = JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '');
    expect(error).toMatchObject({
      code: 'unread-rooms',
      candidates: [{ callId: 'SCL_one' }],
      unreadRooms: 1,
    });
    expect(error.hint).toContain('`lk-transfer smoke --call SCL_one --to sales --json`');
    const dry = await cli('smoke --call SCL_one --to sales --dry-run');
    expect(dry).toMatchObject({ exitCode: 0, mutations: [] });
  });

  it.each([NUMBER, 'sip_twin'])('is one of two where every room was read: %s', async (name) => {
    const ran = await against([])(`transfer ${name} --to sales --yes --json`);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', mutations: [] });
    expect(JSON.parse(ran.stderr.trim()).error).toMatchObject({
      code: 'ambiguous-call',
      candidates: [{ callId: 'SCL_one' }, { callId: 'SCL_two' }],
      unreadRooms: 0,
    });
  });

  it('is one of more than can be counted, where several were seen', async () => {
    const cli = against([unread('other')]);
    const ran = await cli(`transfer ${NUMBER} --to sales --yes --json`);
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '').error).toMatchObject({
      code: 'ambiguous-call',
      message: `“${NUMBER}” could be any of 2 calls, and room other could not be read.`,
      candidates: [{ callId: 'SCL_one' }, { callId: 'SCL_two' }],
      unreadRooms: 1,
    });
  });

  it('is not said to be nobody where nobody was seen', async () => {
    const cli = against([unread('two'), unread('one')]);
    const ran = await cli(`transfer ${NUMBER} --to sales --yes --json`);
    expect(ran).toMatchObject({ exitCode: 1, mutations: [] });
    expect(JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '').error).toMatchObject({
      code: 'server',
      candidates: [],
      unreadRooms: 2,
    });
  });

  it('is not said to be nobody in the list to pick from', async () => {
    const cli = against(['one', 'two', 'other'].map((room) => unread(room)));
    const ran = await cli('transfer', { isTTY: true, columns: 200 });
    expect(ran).toMatchObject({ exitCode: 1, mutations: [] });
    expect(ran.stderr).toContain('3 rooms could not be read');
  });

  it('does not keep a batch of ids', async () => {
    const stdin: CliOptions['stdin'] = { text: 'SCL_one\nSCL_two\n' };
    const ran = await against([unread('two')])('transfer - --to sales --confirm 2', { stdin });
    expect(ran).toMatchObject({ exitCode: 1, mutations: TRANSFER });
    expect(ran.stdout).toContain(
      'Not tried: SCL_two: no such call was seen, and a room could not be read.',
    );
  });
});

/** Alone with nobody: stuck, once it was seen twice. */
const lonely = (name: string): RoomSeed => ({
  name,
  participants: [
    { kind: 'caller', callId: `SCL_${name}`, trunk: 'ST_one', number: NUMBER, age: 60 },
  ],
});
const STUCK: Seed = {
  trunks: [ONE_TRUNK],
  rooms: [lonely('sure'), lonely('blink'), healthy('well')],
};

const secondLook = (answer: FaultAnswer, room = 'blink'): AimedFault => ({
  ...unread(room, answer),
  from: 2,
});
const lines = (text: string) => text.trimEnd().split('\n');

describe.concurrent('a call whose second look failed', () => {
  const failures: [string, FaultAnswer][] = [
    ...FAILURES,
    ['401', { status: 401, body: 'invalid API key: APIsandboxKey01' }],
  ];

  it.each(failures)('is neither stuck nor not: %s', async (_, answer) => {
    const cli = against([secondLook(answer)], STUCK);
    const ran = await cli('calls --stuck --json --timeout 3s');
    const calls: { callId: string; stuck: boolean | null }[] = JSON.parse(ran.stdout);
    expect(Object.fromEntries(calls.map(({ callId, stuck }) => [callId, stuck]))).toEqual({
      SCL_sure: true,
      SCL_blink: null,
    });
    expect(JSON.parse(ran.stderr).warning.message).toMatch(
      /^Whether SCL_blink is stuck is not known: room blink could not be read a second time: ./,
    );
    expect(ran.exitCode).toBe(1);
  });

  it('is one even where nothing can be read any more', async () => {
    const faults: AimedFault[] = [
      { ...secondLook({ status: 503 }, 'sure') },
      { ...secondLook({ status: 503 }) },
      { method: 'RoomService/ListRooms', from: 2, answer: { status: 503 } },
    ];
    const ran = await against(faults, STUCK)('calls --stuck --json');
    expect(JSON.parse(ran.stdout)).toMatchObject([{ stuck: null }, { stuck: null }]);
    expect(ran.exitCode).toBe(1);
  });

  it('is one where the server went away between the looks', async () => {
    const ran = await against([], STUCK)('calls --stuck --json', {
      during: async (_, { requests, close }) => {
        const answered = () => requests.filter(({ status }) => status === 200).length;
        while (answered() < 4) await new Promise((resolve) => setTimeout(resolve, 1));
        await new Promise((resolve) => setTimeout(resolve, 20));
        await close();
      },
    });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ stuck: null }, { stuck: null }]);
    expect(ran.stderr).toContain('the connection was refused');
    expect(ran.exitCode).toBe(1);
  });

  it('is gone when its room is: some servers answer 503 for both', async () => {
    const faults: AimedFault[] = [
      secondLook({ status: 503 }),
      { method: 'RoomService/ListRooms', room: 'blink', answer: { status: 200, body: '{}' } },
    ];
    const ran = await against(faults, STUCK)('calls --stuck --fields callId');
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'SCL_sure\n', stderr: '' });
  });

  it('stands as such in every form of the list', async () => {
    const cli = () => against([secondLook({ status: 429 })], STUCK);
    for (const flag of [' --sure', ' --stuck']) {
      const people = await cli()(`calls${flag}`, {
        isTTY: true,
        columns: 200,
        env: { NO_COLOR: '1' },
      });
      expect(people.stdout).toMatch(/ \? no agent .* SCL_blink/);
      expect(people.stdout).toMatch(/ ! no agent .* SCL_sure/);
      expect(people.stdout).toContain(': 1 stuck (!), 1 not known (?).');
      const programs = await cli()(`calls${flag}`);
      const rows = lines(programs.stdout).map((line) => line.split('\t'));
      expect(rows.find(([id]) => id === 'SCL_blink')?.[11]).toBe('unknown');
      expect(rows.find(([id]) => id === 'SCL_sure')?.[11]).toBe('true');
      const fields = await cli()(`calls --fields callId,stuck${flag}`);
      expect(lines(fields.stdout)).toContain('SCL_blink\tunknown');
      expect([people, programs, fields].map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    }
  });

  it.each(['', ' --json'])(
    'is left out where nothing would tell it from a stuck one%s',
    async (f) => {
      const ran = await against(
        [secondLook({ status: 503 })],
        STUCK,
      )(`calls --stuck --fields callId${f}`);
      expect(ran.stdout).not.toContain('SCL_blink');
      expect(ran.stdout).toContain('SCL_sure');
      expect(ran.stderr).toContain(
        'Left out, because it would look stuck: SCL_blink. `stuck` among the --fields lists it.',
      );
      expect(ran.exitCode).toBe(1);
    },
  );

  it('is not denied by a word that there is none', async () => {
    const seed = { ...STUCK, rooms: [lonely('blink')] };
    const ran = await against([secondLook({ status: 503 })], seed)('calls --stuck --fields callId');
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).not.toContain('No active SIP calls');
    const never = await against([unread('blink')], seed)('calls --stuck');
    expect(never).toMatchObject({ exitCode: 1, stdout: '' });
    expect(never.stderr).toContain('No active SIP calls that are stuck were seen.');
    const rooms = await against([unread('blink')], seed)('rooms');
    expect(rooms.stderr).toContain('No rooms with SIP callers were seen.');
  });

  it('may be served in the room that it came in to, where only a copy of it was read', async () => {
    const home = healthy('home', { identity: 'sip_home' });
    const copy = lonely('copy');
    const agent = {
      identity: 'agent',
      kind: 'AGENT',
      state: 'ACTIVE',
      tracks: [{ type: 'AUDIO' }],
    };
    const seed = { trunks: [ONE_TRUNK], rooms: [home, copy] };
    const forwarded = {
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
    const asCopy = unread('copy', { status: 200, body: JSON.stringify(forwarded) });
    const served = { participants: [...forwarded.participants, agent] };
    const asServed = unread('copy', { status: 200, body: JSON.stringify(served) });
    const all = await against([asCopy], seed)('calls --stuck --json');
    expect(all).toMatchObject({ exitCode: 0, stdout: '[]\n' });
    for (const fault of [asCopy, asServed]) {
      const half = await against([fault, unread('home')], seed)('calls --stuck --json');
      expect(JSON.parse(half.stdout)).toMatchObject([{ callId: 'SCL_home', stuck: null }]);
      expect(half.stderr).toContain('only a copy was read, in room copy');
      expect(half.exitCode).toBe(1);
    }
  });
});

describe.concurrent('`calls --stuck | transfer -`', () => {
  const pipe = async (flags: string, more = '', batch = '--confirm 2') => {
    const cli = against([{ ...secondLook({ status: 503 }), times: 3 }], STUCK);
    const listed = await cli(`calls --stuck ${flags}`);
    expect(listed.stdout).toContain('SCL_sure');
    return cli(`transfer - --to sales ${batch}`, { stdin: { text: listed.stdout + more } });
  };

  it('moves nobody of whom it is not known whether they are stuck', async () => {
    const ran = await pipe('--json');
    expect(ran).toMatchObject({ exitCode: 1, mutations: TRANSFER });
    expect(ran.stdout).toContain('+15105550142 → sales: transferred.');
    expect(ran.stdout).toContain(
      'Not tried: SCL_blink: whether it is stuck is not known (`lk-transfer calls --sure` looks twice). To include it, give its call id alone.',
    );
    expect(ran.stdout).toContain('Of 2 callers: 1 completed, 1 not tried.');
  });

  it('says so to programs', async () => {
    const ran = await pipe('--json', '', '--confirm 2 --json');
    const events = lines(ran.stdout).map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === 'not-tried')).toMatchObject([
      { callId: 'SCL_blink', code: 'stuck-unknown', exitCode: 1 },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'summary', sent: 1, exitCode: 1 });
    const dry = await pipe('--json', '', '--dry-run --json');
    expect(dry).toMatchObject({ exitCode: 1, mutations: [] });
    expect(lines(dry.stdout).map((line) => JSON.parse(line))).toMatchObject([
      { wouldSend: true, call: { callId: 'SCL_sure' } },
      { dryRun: true, notTried: [{ callId: 'SCL_blink', code: 'stuck-unknown', exitCode: 1 }] },
    ]);
  });

  it('has no such caller in lines of ids', async () => {
    const ran = await pipe('--fields callId', '', '--confirm 1');
    expect(ran).toMatchObject({ exitCode: 0, mutations: TRANSFER });
    expect(ran.stdout).not.toContain('SCL_blink');
  });
});
