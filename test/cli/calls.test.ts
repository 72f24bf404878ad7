import { describe, expect, it } from 'vitest';
import { CANARY, type RoomSeed } from '../../src/sandbox/seeds.ts';
import { cliAgainst, ONE_TRUNK } from './run-cli.ts';

const cli = cliAgainst();

describe.concurrent('calls', () => {
  it('lists every SIP call across all rooms, a line each (conduct 11)', async () => {
    const { exitCode, stdout, stderr } = await cli('calls --fields callId,phoneNumber,condition');
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        'SCL_byeAfter0001\t+15105550115\tno-agent',
        'SCL_byeFirst0001\t+15105550114\tno-agent',
        'SCL_escapes00001\t+15105550109\tunremarkable',
        'SCL_healthy00001\t+15105550101\tunremarkable',
        'SCL_hidden000001\t\tunremarkable',
        'SCL_noAgent00001\t+15105550102\tno-agent',
        'SCL_noAnswer0001\t+15105550113\tno-agent',
        'SCL_noNotify0001\t+15105550112\tno-agent',
        'SCL_onHold000001\t+15105550116\tno-agent',
        'SCL_outbound0001\t+15105550105\tunremarkable',
        'SCL_refuses40501\t+15105550110\tno-agent',
        'SCL_refuses60301\t+15105550111\tno-agent',
        'SCL_ringing00001\t+15105550104\tunanswered',
        'SCL_silent000001\t+15105550103\tagent-silent',
        'SCL_twoInRoom001\t+15105550107\tunremarkable',
        'SCL_twoInRoom002\t+15105550108\tunremarkable',
      ].sort(),
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  it('answers to its alias', async () => {
    const { exitCode, stdout } = await cli('participants --fields callId --direction outbound');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'SCL_outbound0001\n' });
  });

  it('gives every field in JSON, and these names stay (conduct 24)', async () => {
    const { stdout } = await cli('calls --json --room conference-0042');
    const calls = JSON.parse(stdout);
    expect(calls).toHaveLength(2);
    expect(calls[0]).toEqual({
      callId: 'SCL_twoInRoom001',
      room: 'conference-0042',
      roomSid: expect.stringMatching(/^RM_/),
      identity: 'sip_+15105550107',
      name: 'Phone +15105550107',
      phoneNumber: '+15105550107',
      phoneNumberRaw: '+15105550107',
      calledNumber: '+15105550001',
      direction: 'inbound',
      status: 'active',
      condition: 'unremarkable',
      stuck: false,
      transferable: true,
      recording: false,
      trunkId: 'ST_honours00001',
      ruleId: expect.stringMatching(/^SDR_/),
      host: 'example.pstn.twilio.com',
      provider: 'twilio',
      agent: { identity: expect.any(String), state: 'listening' },
      joinedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ageSeconds: expect.any(Number),
    });
  });

  it.each([
    ['--stuck --direction inbound --status ringing', ['SCL_ringing00001']],
    ['--status active --trunk ST_refuses40501', ['SCL_refuses40501']],
    ['--room conference-0042', ['SCL_twoInRoom001', 'SCL_twoInRoom002']],
    ['--stuck --trunk ST_outbound0001', []],
  ])('filters by %s', async (filters, expected) => {
    const { exitCode, stdout } = await cli(`calls --json --fields callId ${filters}`);
    expect(JSON.parse(stdout)).toEqual(expected.map((callId) => ({ callId })));
    expect(exitCode).toBe(0);
  });

  it('says that there is nothing, and names the filter, beside an empty result (conduct 13)', async () => {
    const nothing = await cli('calls --room nowhere');
    expect(nothing).toMatchObject({ exitCode: 0, stdout: '' });
    expect(nothing.stderr).toBe('No active SIP calls in room nowhere.\n');
    expect((await cli('calls --room nowhere --json')).stdout).toBe('[]\n');
  });

  it('draws a table with headings and ages on a terminal (conduct 12)', async () => {
    const { stdout } = await cli('calls --room conference-0042', { isTTY: true, columns: 200 });
    const [head, first] = stdout.split('\n');
    expect(head).toContain(
      'CALL              CALLER        CALLED        WAY      STATUS  CONDITION',
    );
    expect(first).toMatch(/^SCL_twoInRoom001 {2}\+15105550107 .* \d+m( \d+s)? .*conference-0042/);
  });

  it('never lets a caller’s name reach the terminal raw, in any format (conduct 16)', async () => {
    for (const line of ['calls', 'calls --json', 'calls --fields name', 'rooms', 'rooms --all']) {
      for (const isTTY of [false, true]) {
        const { stdout, stderr } = await cli(line, { isTTY, columns: 120, env: { NO_COLOR: '1' } });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
        const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
        expect(stdout).not.toMatch(raw);
        expect(stderr.replaceAll('\r\u001b[2K', '')).not.toMatch(raw);
      }
    }
  });

  it('prints no password that stands in LiveKit’s answers', async () => {
    for (const line of ['rooms --all --json', 'calls --json', 'rooms --debug']) {
      const { stdout, stderr } = await cli(line);
      expect(stdout + stderr).not.toContain(CANARY);
    }
  });

  it('refuses a field that does not exist before it asks anybody (conduct 19)', async () => {
    const { exitCode, stdout, stderr } = await cli('calls --fields callId,colour');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('“colour”');
    expect(stderr).toContain('phoneNumberRaw');
  });
});

describe.concurrent('rooms', () => {
  it('lists the rooms with SIP callers', async () => {
    const { stdout } = await cli('rooms --json');
    const rooms: { room: string; callers: number; agents: number }[] = JSON.parse(stdout);
    expect(rooms).toHaveLength(15);
    expect(rooms.every(({ callers }) => callers > 0)).toBe(true);
    expect(rooms.find(({ room }) => room === 'conference-0042')).toMatchObject({
      callers: 2,
      agents: 1,
      participants: 3,
    });
  });

  it('lists every room with --all', async () => {
    const { stdout } = await cli('rooms --all --json');
    const rooms: { callers: number }[] = JSON.parse(stdout);
    expect(rooms.filter(({ callers }) => callers === 0)).toHaveLength(1);
  });
});

const caller = (callId: string, number: string) =>
  ({ kind: 'caller', callId, trunk: 'ST_one', number, age: 60 }) as const;

describe.concurrent('rooms that cannot be read', () => {
  const rooms: RoomSeed[] = [
    { name: 'good', participants: [caller('SCL_good00000001', '+15105550101')] },
    {
      name: 'bad',
      participants: [caller('SCL_bad000000001', '+15105550102')],
      reading: { unavailable: 'always' },
    },
    {
      name: 'flaky',
      participants: [caller('SCL_flaky0000001', '+15105550103')],
      reading: { unavailable: 'first-read' },
    },
    { name: 'closed', participants: [], vanished: true },
  ];
  const troubled = cliAgainst({ seed: { trunks: [ONE_TRUNK], rooms } });

  it('are reported, with what could be read; rooms that vanished are not', async () => {
    const { exitCode, stdout, stderr } = await troubled('calls --fields callId');
    expect(stdout.trim().split('\n').sort()).toEqual(['SCL_flaky0000001', 'SCL_good00000001']);
    expect(stderr).toContain('Room bad could not be read');
    expect(stderr).not.toContain('closed');
    expect(exitCode).toBe(1);
  });

  it('are reported as JSON objects in JSON mode', async () => {
    const { stdout, stderr } = await troubled('calls --json');
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(JSON.parse(stderr)).toMatchObject({
      warning: { message: expect.stringContaining('bad') },
    });
  });
});
