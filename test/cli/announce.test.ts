/** What a caller is told before a transfer: by an agent of the sandbox, or by a sound file. */
import { describe, expect, it, vi } from 'vitest';
import type { AgentSeed, AimedFault, RoomSeed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/server.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const SAYS = (answer: object | string, afterMs = 0): AgentSeed['rpc'] => ({
  'lk-transfer.ready': { payload: '{"ready":true}' },
  'lk-transfer.announce': {
    payload: typeof answer === 'string' ? answer : JSON.stringify(answer),
    afterMs,
  },
});
const OBEYS = SAYS({ interrupted: false });

const CONFIG = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.company.com', number: 'tel:{number}' },
  announce: 'One moment, {department} will take over.',
  departments: {
    sales: '100',
    support: { to: '101', announce: 'Support will be with you.' },
    busy: { to: '486', fallback: ['sales'] },
  },
};

interface World {
  /** How the agent answers; null: there is none. */
  rpc?: AgentSeed['rpc'] | null;
  trunk?: TrunkSeed;
  /** More rooms. */
  rooms?: readonly RoomSeed[];
  era?: SandboxOptions['era'];
  faults?: readonly AimedFault[];
}

function roomOf(name: string, callId: string, rpc: AgentSeed['rpc'] | null | undefined): RoomSeed {
  const agent = { kind: 'agent', identity: `agent-${name}`, audio: 'published', age: 60 } as const;
  return {
    name,
    participants: [
      { kind: 'caller', callId, trunk: 'ST_one', number: '+15105550100', age: 60 },
      ...(rpc === null ? [] : [{ ...agent, ...(rpc !== undefined && { rpc }) }]),
    ],
  };
}

interface Asked {
  destination_identity: string;
  method: string;
  payload: string;
  response_timeout_ms: number;
}

const READY = 'lk-transfer.ready';
const ANNOUNCE = 'lk-transfer.announce';
const REFER = 'REFER';

/** Runs a line; `order` has what an agent was asked and what was sent, in their order. */
async function run(line: string | string[], world: World = {}, given: CliOptions = {}) {
  const { rpc = OBEYS, trunk = ONE_TRUNK, rooms = [], era, faults } = world;
  const seed = {
    trunks: [trunk],
    rooms: [roomOf('room', 'SCL_1', rpc), ...rooms],
    ...(faults && { faults }),
  };
  let sandbox: Sandbox | undefined;
  const result = await cliAgainst({ seed, ...(era && { era }) })(line, {
    config: CONFIG,
    ...given,
    during: (fake, started) => {
      sandbox = started;
      return given.during?.(fake, started);
    },
  });
  const requests = sandbox?.requests ?? [];
  const asked = requests.flatMap(({ method, body }) =>
    method.endsWith('PerformRpc') && body !== null ? [body as Asked] : [],
  );
  const order = requests.flatMap(({ method, body }) => {
    if (method.endsWith('TransferSIPParticipant')) return [REFER];
    // What the server does not know it does not read.
    return method.endsWith('PerformRpc') ? [(body as Asked | null)?.method ?? READY] : [];
  });
  return { ...result, asked, order };
}

const TO_SALES = 'transfer SCL_1 --to sales --yes';

describe.concurrent('an announcement', () => {
  it('is asked about, said once, and then the caller is moved', async () => {
    const { exitCode, stdout, stderr, asked, order } = await run(`${TO_SALES} --json`);
    expect({ exitCode, stderr, order }).toEqual({
      exitCode: 0,
      stderr: '',
      order: [READY, ANNOUNCE, REFER],
    });
    expect(asked.map((each) => each.response_timeout_ms)).toEqual([1000, 30_000]);
    expect(JSON.parse(asked[1]?.payload ?? '')).toMatchObject({
      text: 'One moment, sales will take over.',
      department: 'sales',
      callId: 'SCL_1',
    });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      outcome: 'completed',
      announcement: {
        text: 'One moment, sales will take over.',
        outcome: 'said',
        by: 'agent',
        agent: 'agent-room',
        file: null,
        reason: null,
      },
    });
  });

  it('is shown before, with who says it', async () => {
    const { stderr, order } = await run('transfer SCL_1 --to sales --dry-run');
    expect(stderr).toMatch(/^Announced +“One moment, sales will take over\.”, by agent-room$/m);
    expect(order).toEqual([READY]);
    const { stdout } = await run('transfer SCL_1 --to sales --dry-run --json');
    expect(JSON.parse(stdout)).toMatchObject({
      wouldSend: true,
      announcement: { by: 'agent', agent: 'agent-room', reason: null, required: false },
    });
  });

  it.each<[string[], string | null]>([
    [['--to', 'support'], 'Support will be with you.'],
    [['--to', '102'], 'One moment, that extension will take over.'],
    [['--to', 'support', '--announce', 'Hello from {department}!'], 'Hello from support!'],
    [['--to', 'support', '--no-announce'], null],
  ])('has the words of the line, the department, or the config: %j', async (words, text) => {
    const { stdout, order } = await run(['transfer', 'SCL_1', ...words, '--yes', '--json']);
    expect(JSON.parse(stdout).announcement?.text ?? null).toBe(text);
    expect(order).toEqual(text === null ? [REFER] : [READY, ANNOUNCE, REFER]);
  });

  it('costs nothing where there is none', async () => {
    const config = { ...CONFIG, announce: undefined };
    const { stdout, order } = await run(`${TO_SALES} --json`, {}, { config });
    expect(JSON.parse(stdout).announcement).toBeNull();
    expect(order).toEqual([REFER]);
  });

  it('is said once for a chain of targets, about the first', async () => {
    const { asked, order } = await run('transfer SCL_1 --to busy --yes --json');
    expect(order).toEqual([READY, ANNOUNCE, REFER, REFER]);
    expect(JSON.parse(asked[1]?.payload ?? '').department).toBe('busy');
  });

  it('that the caller interrupts sends nothing', async () => {
    const rpc = SAYS({ interrupted: true });
    const { exitCode, stdout, stderr, mutations, order } = await run(`${TO_SALES} --json`, { rpc });
    expect({ exitCode, stdout, order }).toEqual({
      exitCode: 3,
      stdout: '',
      order: [READY, ANNOUNCE],
    });
    expect(mutations.filter((method) => method.includes('Transfer'))).toEqual([]);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'caller-spoke',
      exitCode: 3,
      callId: 'SCL_1',
      announcement: { outcome: 'interrupted', agent: 'agent-room' },
    });
    const told = await run(TO_SALES, { rpc });
    expect(told.stderr).toContain('spoke during the announcement, so nothing was sent.');
    expect(told.stderr).not.toContain('error:');
  });

  it('is cut off by Ctrl-C, and nothing is sent', async () => {
    const { exitCode, stderr, order } = await run(
      TO_SALES,
      { rpc: SAYS({ interrupted: false }, 60_000) },
      {
        during: async (fake, sandbox) => {
          await vi.waitFor(
            () => expect(JSON.stringify(sandbox.requests)).toContain(ANNOUNCE),
            10_000,
          );
          fake.raise('SIGINT');
        },
      },
    );
    expect({ exitCode, order }).toEqual({ exitCode: 130, order: [READY, ANNOUNCE] });
    expect(stderr).toContain('Nothing was sent.');
  });
});

const NO_GRANT = '{"code":"unauthenticated","msg":"permissions denied"}';

const NOBODY: [string, World, RegExp, string[]][] = [
  ['no agent', { rpc: null }, /no agent is in the room/, []],
  ['no handler', { rpc: {} }, /agent-room takes no announcements/, [READY]],
  [
    'a hung agent',
    { rpc: 'hung' },
    /agent-room does not answer, and may have stopped working/,
    [READY],
  ],
  [
    'an agent that is not ready',
    { rpc: { [READY]: { payload: '{"ready":false,"reason":"no TTS"}' } } },
    /agent-room is not ready \(no TTS\)/,
    [READY],
  ],
  [
    'a key without the right',
    { faults: [{ method: 'RoomService/PerformRpc', answer: { status: 401, body: NO_GRANT } }] },
    /the key may not ask an agent: that needs roomAdmin \(permissions denied\)/,
    [READY],
  ],
  ['an old server', { era: '2025' }, /this LiveKit server cannot ask an agent/, [READY]],
];

describe.concurrent('where nobody can announce', () => {
  it.each(NOBODY)('the preview says so, and it goes on: %s', async (_, world, why, asks) => {
    const { exitCode, stdout, stderr, order } = await run(TO_SALES, world);
    expect({ exitCode, order }).toEqual({ exitCode: 0, order: [...asks, REFER] });
    expect(stderr).toMatch(
      /^Announced +nothing, in place of “One moment, sales will take over\.”$/m,
    );
    expect(stderr.replace(/\s+/g, ' ')).toMatch(/Warning it cannot be announced: /);
    expect(stderr.replace(/\s+/g, ' ')).toMatch(why);
    expect(stdout).toMatch(/^Transferred /m);
  });

  it.each(NOBODY)('nothing is sent if it is required: %s', async (_, world, why, asks) => {
    const line = `${TO_SALES} --announce-required --json`;
    const { exitCode, stdout, stderr, order } = await run(line, world);
    expect({ exitCode, stdout, order }).toEqual({ exitCode: 1, stdout: '', order: asks });
    const { error } = JSON.parse(stderr);
    expect(error).toMatchObject({ code: 'not-announced', exitCode: 1 });
    expect(error.message).toMatch(why);
    const dry = await run('transfer SCL_1 --to sales --announce-required --dry-run --json', world);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      wouldSend: false,
      announcement: { by: 'nobody', reason: expect.stringMatching(why), required: true },
    });
  });

  it('the result says so, and JSON mode warns', async () => {
    const { stdout, stderr } = await run(`${TO_SALES} --json`, { rpc: null });
    expect(JSON.parse(stdout).announcement).toEqual({
      text: 'One moment, sales will take over.',
      outcome: 'not-said',
      by: null,
      agent: null,
      file: null,
      reason: 'no agent is in the room',
    });
    expect(JSON.parse(stderr).warning.message).toContain('no agent is in the room');
  });

  it.each<[string, AgentSeed['rpc'], RegExp]>([
    ['does not answer', SAYS({ interrupted: false }, 40_000), /does not answer/],
    ['does not say how it went', SAYS('fine'), /does not say whether it was spoken/],
  ])('whether it was heard is not known of an agent that %s', async (_, rpc, why) => {
    const { exitCode, stdout, stderr, order } = await run(`${TO_SALES} --json`, { rpc });
    expect({ exitCode, order }).toEqual({ exitCode: 0, order: [READY, ANNOUNCE, REFER] });
    expect(JSON.parse(stdout).announcement).toMatchObject({
      outcome: 'unknown',
      by: 'agent',
      reason: expect.stringMatching(why),
    });
    expect(JSON.parse(stderr).warning.message).toMatch(/^Whether .* is not known/);
    const required = await run(`${TO_SALES} --announce-required --json`, { rpc });
    expect({ exitCode: required.exitCode, order: required.order }).toEqual({
      exitCode: 1,
      order: [READY, ANNOUNCE],
    });
    const { error } = JSON.parse(required.stderr);
    expect(error.announcement).toMatchObject({ outcome: 'unknown' });
    expect(error.message).toMatch(/^Whether .* heard the announcement is not known/);
  });

  it('of an agent that refuses after all the caller heard nothing', async () => {
    const rpc = SAYS({ refused: 'no TTS' });
    const { stdout, order } = await run(`${TO_SALES} --json`, { rpc });
    expect(order).toEqual([READY, ANNOUNCE, READY, REFER]);
    expect(JSON.parse(stdout).announcement).toMatchObject({ outcome: 'not-said', by: null });
  });
});

describe.concurrent('the flags', () => {
  it.each<[string[], RegExp]>([
    [['--announce', ''], /--announce is empty/],
    [['--announce', 'One\nTwo'], /U\+000A/],
    [['--announce', 'x'.repeat(301)], /301 characters/],
    [
      ['--announce', '{department}'.repeat(20), '--to', 'longest'],
      /once \{department\} is filled in/,
    ],
    [['--no-announce', '--announce-required'], /--no-announce says nothing/],
    [['--no-announce', '--announce-file', 'x.ogg'], /--no-announce says nothing/],
    [['--announce-file', 'none.ogg'], /none\.ogg, cannot be read \(ENOENT\)/],
  ])('are refused before anything is sent: %j', async (words, why) => {
    const longest = 'The department of a great many long words';
    const config = {
      ...CONFIG,
      departments: { ...CONFIG.departments, [longest]: { to: '100', aliases: ['longest'] } },
    };
    const to = words.includes('--to') ? [] : ['--to', 'sales'];
    const line = ['transfer', 'SCL_1', ...to, ...words, '--yes'];
    const { exitCode, stdout, stderr, order } = await run(line, {}, { config });
    expect({ exitCode, stdout, order }).toEqual({ exitCode: 2, stdout: '', order: [] });
    expect(stderr.replace(/\s+/g, ' ')).toMatch(why);
  });

  it('that require an announcement want one', async () => {
    const config = { ...CONFIG, announce: undefined };
    const { exitCode, stderr, order } = await run(
      `${TO_SALES} --announce-required`,
      {},
      { config },
    );
    expect({ exitCode, order }).toEqual({ exitCode: 2, order: [] });
    expect(stderr).toContain('there is none');
  });
});

describe.concurrent('in a batch', () => {
  const rooms = [
    roomOf('deaf', 'SCL_2', null),
    roomOf('talks', 'SCL_3', SAYS({ interrupted: true })),
  ];
  const stdin = { text: 'SCL_1\nSCL_2\nSCL_3\n' };
  const LINE = 'transfer - --to sales --confirm 3 --rate 20';

  it('each caller is told in their turn, and who speaks is not moved', async () => {
    const { exitCode, stdout, order } = await run(`${LINE} --json`, { rooms }, { stdin });
    expect(exitCode).toBe(3);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const results = events.filter(({ type }) => type === 'result');
    expect(
      Object.fromEntries(results.map(({ callId, announcement }) => [callId, announcement.outcome])),
    ).toEqual({ SCL_1: 'said', SCL_2: 'not-said' });
    expect(events.filter(({ type }) => type === 'not-tried')).toMatchObject([
      {
        ...{ callId: 'SCL_3', code: 'caller-spoke', exitCode: 3 },
        announcement: { outcome: 'interrupted', by: 'agent' },
      },
    ]);
    expect(order.filter((each) => each === REFER)).toHaveLength(2);
    expect(order.filter((each) => each === ANNOUNCE)).toHaveLength(2);
  });

  it('whoever goes to a fallback at once is told of that one', async () => {
    const rooms = ['2', '3'].map((each) => roomOf(each, `SCL_${each}`, OBEYS));
    const line = 'transfer - --to busy --confirm 3 --rate 0.1 --json';
    const { exitCode, asked, order } = await run(line, { rooms }, { stdin });
    expect(exitCode).toBe(0);
    expect(order.filter((each) => each === REFER)).toHaveLength(5);
    const announced = asked.filter(({ method }) => method === ANNOUNCE);
    expect(announced.map(({ payload }) => JSON.parse(payload).department)).toEqual([
      ...['busy', 'busy', 'sales'],
    ]);
    expect(JSON.parse(announced[2]?.payload ?? '').text).toBe('One moment, sales will take over.');
    const { announce, departments } = CONFIG;
    const config = {
      ...CONFIG,
      announce: undefined,
      departments: { ...departments, busy: { ...departments.busy, announce } },
    };
    // That one has no text: the first target's would be wrong.
    const silent = await run(line, { rooms }, { stdin, config });
    expect(silent.order.filter((each) => each === REFER)).toHaveLength(5);
    expect(silent.order.filter((each) => each === ANNOUNCE)).toHaveLength(2);
  });

  it('whoever was told in vain is named with what they heard', async () => {
    const trunk: TrunkSeed = { ...ONE_TRUNK, behaviour: { refuses: 405 } };
    const world: World = {
      ...{ trunk, rpc: SAYS({ interrupted: false }, 1000) },
      rooms: [roomOf('late', 'SCL_2', SAYS({ interrupted: false }, 9000))],
    };
    const two = { stdin: { text: 'SCL_1\nSCL_2\n' } };
    const line = LINE.replace('--confirm 3', '--confirm 2');
    const { stdout, order } = await run(`${line} --json`, world, two);
    expect(order.filter((each) => each === REFER)).toHaveLength(1);
    const text = 'One moment, sales will take over.';
    const vain = {
      ...{ callId: 'SCL_2', code: 'stopped', exitCode: 1 },
      announcement: { text, outcome: 'said', by: 'agent', agent: 'agent-late' },
    };
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each));
    expect(events.filter(({ type }) => type === 'not-tried')).toMatchObject([vain]);
    expect(events.at(-1).notTried).toMatchObject([vain]);
    const told = await run(line, world, two);
    expect(told.stdout).toContain(
      `Not tried: SCL_2: trunk ST_one refused a transfer with 405. The caller has already heard “${text}”\n`,
    );
  });

  it('whoever cannot be told is not moved where that is required', async () => {
    const line = `${LINE} --announce-required`;
    const { exitCode, stderr, stdout, order } = await run(line, { rooms }, { stdin });
    expect(exitCode).toBe(1);
    expect(order.filter((each) => each === REFER)).toHaveLength(1);
    expect(stderr).toMatch(
      /^Announced +“One moment, sales will take over\.”, where an agent can say it$/m,
    );
    expect(stdout).toContain('no agent is in the room');
  });
});
