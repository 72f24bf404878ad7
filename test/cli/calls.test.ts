import { describe, expect, it } from 'vitest';
import { CANARY, type RoomSeed, type Seed } from '../../src/sandbox/demo/rooms.ts';
import { type CliOptions, cliAgainst, cliOnFresh, ONE_TRUNK } from './run-cli.ts';

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
      conditionSince: null,
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
    expect(head).toMatch(
      /CALLER {8}CONDITION {5}FOR {2}AGE {2}AGENT {16}CALL {14}ROOM {13}STATUS {2}WAY/,
    );
    expect(first).toMatch(
      /^\+15105550107 {2}looks normal {2}- {4}9m {3}agent-AJ_conference {2}SCL_twoInRoom001 {2}conference-0042/,
    );
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

describe.concurrent('calls on one trunk', () => {
  const MAIN = { ...ONE_TRUNK, name: 'Twilio main' } as const;
  const OTHER = { ...ONE_TRUNK, id: 'ST_two', name: 'Other', number: '+15105550002' } as const;
  const seed = {
    trunks: [MAIN, OTHER],
    rooms: [
      {
        name: 'one',
        participants: [
          { kind: 'caller', callId: 'SCL_one', trunk: 'ST_one', number: '+15105550142', age: 60 },
        ],
      },
    ],
  } satisfies Seed;
  /** A call that names no trunk. */
  const nameless = (attributes: Record<string, string>): Seed => ({
    ...seed,
    rooms: seed.rooms.map((room) => ({
      ...room,
      participants: room.participants.map((caller) => ({
        ...caller,
        attributes: { 'sip.trunkID': '', ...attributes },
      })),
    })),
  });
  const down = (method: 'SIP/ListSIPInboundTrunk' | 'SIP/ListSIPOutboundTrunk'): Partial<Seed> => ({
    faults: [{ method, answer: { status: 503 } }],
  });
  const list = (trunk: string, place: Seed = seed, options: CliOptions = {}) =>
    cliOnFresh({ seed: place })(
      ['calls', '--json', '--fields', 'callId', '--trunk', trunk],
      options,
    );
  const ONE = '[{"callId":"SCL_one"}]\n';
  const errorOf = (stderr: string) => JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error;

  it.each([
    ['its id', 'ST_one'],
    ['its name', 'Twilio main'],
    ['its name in other capitals', ' twilio  MAIN '],
    ['the host of its calls', 'sbc.example.net'],
  ])('are found by %s', async (_, trunk) => {
    expect(await list(trunk)).toMatchObject({ exitCode: 0, stdout: ONE, stderr: '' });
  });

  it.each(['ST_two', 'Other'])('are none where the trunk %s has none', async (trunk) => {
    expect(await list(trunk)).toMatchObject({ exitCode: 0, stdout: '[]\n', stderr: '' });
  });

  it.each([
    ['ST_on', ['ST_one']],
    ['Twilio man', ['Twilio main']],
    ['sbc.example.org', []],
    ['nothing like it', []],
  ])('are not searched for on %s, which does not exist', async (trunk, suggestions) => {
    const { exitCode, stdout, stderr } = await list(trunk);
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(errorOf(stderr)).toMatchObject({
      code: 'no-such-trunk',
      message: `There is no trunk “${trunk}”.`,
      hint: expect.stringContaining(suggestions[0] ?? 'Twilio main (ST_one)'),
      suggestions: suggestions[0] === undefined ? [] : expect.arrayContaining(suggestions),
    });
  });

  it('are none on a trunk that the config alone knows, and that is said', async () => {
    const config = { trunks: { Old: { refer: false } } };
    const { exitCode, stdout, stderr } = await list('old', seed, { config });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '[]\n' });
    expect(stderr).toContain('LiveKit has none of that name');
  });

  it.each<[string, Partial<Seed>, string, number]>([
    ['may not be listed', { withheldGrants: ['sip.admin'] }, 'permission', 4],
    ['cannot be listed', down('SIP/ListSIPInboundTrunk'), 'server', 1],
    ['can only be listed one way', down('SIP/ListSIPOutboundTrunk'), 'server', 1],
  ])('go by id alone where trunks %s', async (_, fault, code, exitCode) => {
    const place = { ...seed, ...fault };
    expect(await list('ST_one', place)).toMatchObject({ exitCode: 0, stdout: ONE, stderr: '' });

    const unseen = await list('ST_gone', place);
    expect(unseen).toMatchObject({ exitCode: 0, stdout: '[]\n' });
    expect(unseen.stderr).toContain('Whether there is a trunk “ST_gone” is not known');

    const named = await list('Twilio main', place);
    expect({ exitCode: named.exitCode, stdout: named.stdout }).toEqual({ exitCode, stdout: '' });
    expect(errorOf(named.stderr)).toMatchObject({ code, hint: expect.stringContaining('ST_') });
  });

  it('are found by a name where only lists of the other direction are missing', async () => {
    const cli = cliOnFresh({ seed: { ...seed, ...down('SIP/ListSIPOutboundTrunk') } });
    const line = [
      'calls',
      '--direction',
      'inbound',
      '--fields',
      'callId',
      '--trunk',
      'Twilio main',
    ];
    expect(await cli(line)).toMatchObject({ exitCode: 0, stdout: 'SCL_one\n', stderr: '' });
  });

  it('are known by the number that was called, where they name no trunk', async () => {
    for (const trunk of ['ST_one', 'Twilio main']) {
      expect(await list(trunk, nameless({}))).toMatchObject({ exitCode: 0, stdout: ONE });
      const elsewhere = nameless({ 'sip.trunkPhoneNumber': '+15105550077' });
      const { exitCode, stdout, stderr } = await list(trunk, elsewhere);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '[]\n' });
      expect(stderr).toContain(`Whether SCL_one is on trunk ${trunk} is not known`);
    }
  });
});
