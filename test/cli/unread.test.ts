/** Half a picture is no picture: what was not read must never decide. */
import { describe, expect, it } from 'vitest';
import type { AimedFault, FaultAnswer, RoomSeed, Seed } from '../../src/sandbox/seeds.ts';
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
];

describe.concurrent('a caller whose number another may have, in a room that was not read', () => {
  it.each(FAILURES)('is not moved: %s', async (_, answer) => {
    const cli = against([unread('two', answer)]);
    const ran = await cli(`transfer ${NUMBER} --to sales --yes`);
    expect(ran).toMatchObject({ exitCode: 1, stdout: '', mutations: [] });
    expect(ran.stderr).toContain(`Another call may go by “${NUMBER}”: room two could not be read.`);
    expect(ran.stderr).toMatch(/SCL_one {2}\+15105550142 {2}room one {2}active/);
    expect(ran.stderr).toContain('`lk-transfer transfer SCL_one --to sales`');
  });

  it.each([NUMBER, '+1 (510) 555-0142', 'sip_twin', 'one'])('nor as %s', async (name) => {
    const cli = against([unread('two')]);
    for (const flags of [['--yes'], ['--dry-run']]) {
      const ran = await cli(['transfer', name, '--to', 'new business', '--json', ...flags]);
      expect(ran).toMatchObject({ exitCode: 1, stdout: '', mutations: [] });
      const { error } = JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '');
      expect(error).toEqual({
        code: 'unread-rooms',
        message: `Another call may go by “${name}”: room two could not be read.`,
        hint: expect.stringContaining("`lk-transfer transfer SCL_one --to 'new business'`"),
        exitCode: 1,
        details: [expect.stringContaining('SCL_one')],
        candidates: ['SCL_one'],
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
    expect(error).toMatchObject({ code: 'unread-rooms', candidates: ['SCL_one'], unreadRooms: 1 });
    expect(error.hint).toContain('`lk-transfer smoke --call SCL_one --to sales`');
    const dry = await cli('smoke --call SCL_one --to sales --dry-run');
    expect(dry).toMatchObject({ exitCode: 0, mutations: [] });
  });

  it('is one of more than can be counted, where several were seen', async () => {
    const cli = against([unread('other')]);
    const ran = await cli(`transfer ${NUMBER} --to sales --yes --json`);
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '').error).toMatchObject({
      code: 'ambiguous-call',
      message: `“${NUMBER}” could be any of 2 calls, and room other could not be read.`,
      candidates: ['SCL_one', 'SCL_two'],
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
