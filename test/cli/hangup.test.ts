import { describe, expect, it, vi } from 'vitest';
import type { RoomSeed, Seed } from '../../src/sandbox/demo/rooms.ts';
import type { PhoneSignal, SandboxOptions } from '../../src/sandbox/server.ts';
import { Abandoned } from '../support/fake-host.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const OUTBOUND = { ...ONE_TRUNK, id: 'ST_out', name: 'out', direction: 'outbound' } as const;

const CALLER = {
  kind: 'caller',
  callId: 'SCL_one',
  trunk: 'ST_one',
  number: '+15105550101',
  age: 60,
} as const;
const AGENT = { kind: 'agent', identity: 'agent-x', audio: 'published', age: 60 } as const;

const room = (...participants: RoomSeed['participants'][number][]): RoomSeed => ({
  ...{ name: 'call-1', participants },
});
const seedOf = (...rooms: RoomSeed[]): Seed => ({ trunks: [ONE_TRUNK, OUTBOUND], rooms });

/** One run with a sandbox of its own, and what its phones were told. */
async function run(line: string, seed: Seed, given: CliOptions & Pick<SandboxOptions, 'era'> = {}) {
  const { era, ...options } = given;
  let signals: readonly PhoneSignal[] = [];
  const ran = await cliAgainst({ seed, era })(line, {
    ...options,
    during: async (fake, sandbox) => {
      signals = sandbox.signals;
      await options.during?.(fake, sandbox);
    },
  });
  return { ...ran, phones: signals.map(({ callId, signal }) => `${callId} ${signal}`) };
}

const END_CALL = 'RoomService/PerformRpc';
const REMOVE = 'RoomService/RemoveParticipant';

describe.concurrent('hangup', () => {
  it('ends the call, and says what the phone gets', async () => {
    const ran = await run('hangup SCL_one --yes', seedOf(room(CALLER, AGENT)));
    expect(ran).toMatchObject({ exitCode: 0, mutations: [END_CALL], phones: ['SCL_one BYE'] });
    expect(ran.stdout).toMatch(/^\+15105550101: hung up\.\n.*The phone gets a BYE\.\n$/s);
    expect(ran.stderr).toContain('the caller, from the agent agent-x');
  });

  it.each([
    ['who rings', { ...CALLER, status: 'ringing' }, '486', 'SIP 486'],
    ['on an outbound call', { ...CALLER, trunk: 'ST_out' }, 'BYE', 'a BYE'],
  ] as const)('does so to one %s', async (_, caller, signal, text) => {
    const ran = await run('hangup SCL_one --yes --json', seedOf(room(caller)));
    expect(ran).toMatchObject({ exitCode: 0, phones: [`SCL_one ${signal}`] });
    const result = JSON.parse(ran.stdout);
    expect(result).toMatchObject({
      outcome: 'hung-up',
      caller: 'left',
      call: { callId: 'SCL_one' },
    });
    expect(result.message).toContain(text);
  });

  it('finds one of several in a room by identity, and says who is left alone', async () => {
    const target = {
      ...CALLER,
      callId: 'SCL_two',
      identity: 'target',
      trunk: 'ST_out',
      number: '+15105550177',
    } as const;
    const ran = await run(
      'hangup --room call-1 --identity target --yes',
      seedOf(room(CALLER, target)),
    );
    expect(ran).toMatchObject({ exitCode: 0, phones: ['SCL_two BYE'] });
    expect(ran.stderr).toMatch(/the other phone \+15105550101/);
    expect(ran.stderr).toContain('`lk-transfer hangup SCL_one` does');
  });

  it('of a bridge says which of the two it is', async () => {
    const identity = 'lk-transfer-bridge-abc123-1-ff';
    const target = {
      ...CALLER,
      ...{ callId: 'SCL_two', identity, trunk: 'ST_out', number: '+15105550177' },
    };
    const ask = (callId: string) =>
      run(`hangup ${callId}`, seedOf(room(CALLER, target)), {
        ...{ isTTY: true, columns: 120, env: { NO_COLOR: '1' } },
        during: async ({ stderr, type }) => {
          await vi.waitUntil(() => stderr().includes('(y/N)'), { timeout: 60_000, interval: 5 });
          type('y\r');
        },
      });
    const ended = await ask('SCL_two');
    expect(ended.phones).toEqual(['SCL_two BYE']);
    expect(ended.stderr).toMatch(/Target +\+15105550177/);
    expect(ended.stderr).toContain('the target, from the caller +15105550101');
    expect(ended.stderr).toContain('Hang up on this target?');
    expect(ended.stdout + ended.stderr).toContain('The caller, +15105550101, is alone');
    const caller = await ask('SCL_one');
    expect(caller.stderr).toContain('the caller, from the target +15105550177');
    expect(caller.stderr).toContain('Hang up on this caller?');
  });

  it.each([
    ['2025', 'impossible'],
    ['1.13', 'no-method'],
  ] as const)('claims nothing with a LiveKit of %s', async (era, endCall) => {
    const ran = await run('hangup SCL_one --yes --json', seedOf(room(CALLER)), { era });
    expect(ran).toMatchObject({
      ...{ exitCode: 7, mutations: [END_CALL, REMOVE], phones: ['SCL_one BYE'] },
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: 'unknown', endCall, leg: 'gone' });
  });

  it('claims nothing of one who is still dialled: the SIP service does not answer then', async () => {
    const dialled = { ...CALLER, trunk: 'ST_out', status: 'dialing' } as const;
    const ran = await run('hangup SCL_one --yes --json', seedOf(room(dialled)));
    expect(ran).toMatchObject({ exitCode: 7, mutations: [REMOVE], phones: ['SCL_one CANCEL'] });
    const result = JSON.parse(ran.stdout);
    expect(result).toMatchObject({
      ...{ outcome: 'unknown', caller: 'unknown', endCall: 'silent', removed: true, leg: 'gone' },
    });
    expect(result.message).toContain('does not answer while it dials');
  });

  it.each(['dead', 'dead-and-listed'] as const)(
    'claims nothing where the SIP service is %s',
    async (sipService) => {
      const ran = await run('hangup SCL_one --yes --json', seedOf(room({ ...CALLER, sipService })));
      expect(ran).toMatchObject({ exitCode: 7, mutations: [REMOVE], phones: [] });
      expect(JSON.parse(ran.stdout)).toMatchObject({
        ...{ outcome: 'unknown', caller: 'unknown', endCall: 'silent', removed: true },
        leg: sipService === 'dead' ? 'gone' : 'listed',
      });
    },
  );

  it('says of one who has left that nothing was sent', async () => {
    const leaves = await run(
      'hangup SCL_one --yes --json',
      seedOf(room({ ...CALLER, leaves: 'at-first-read' }, AGENT)),
    );
    expect(leaves).toMatchObject({ exitCode: 5, mutations: [] });
    expect(JSON.parse(leaves.stdout)).toMatchObject({ outcome: 'already-gone', endCall: null });
    const none = await run('hangup SCL_none --yes --json', seedOf(room(CALLER)));
    expect(none).toMatchObject({ exitCode: 5, stdout: '', mutations: [] });
    expect(JSON.parse(none.stderr).error.code).toBe('no-such-call');
  });

  it('previews, and hangs up on nobody, with --dry-run', async () => {
    const ran = await run('hangup SCL_one --dry-run --json', seedOf(room(CALLER, AGENT)));
    expect(ran).toMatchObject({ exitCode: 0, mutations: [] });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      ...{ dryRun: true, wouldSend: true, call: { callId: 'SCL_one' } },
      cutsOffFrom: [{ kind: 'agent', identity: 'agent-x' }],
    });
  });

  it.each([
    'hangup SCL_one',
    'hangup --yes',
    'hangup SCL_one --room x --yes',
    'hangup SCL_one --confirm 1 --yes',
  ])('stops before any request: %s', async (line) => {
    const { exitCode, stdout, mutations } = await run(line, seedOf(room(CALLER)));
    expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 2, stdout: '', mutations: [] });
  });

  it('asks on a terminal, and takes Enter for no', async () => {
    const ask = (keys: string) =>
      run('hangup SCL_one', seedOf(room(CALLER)), {
        isTTY: true,
        during: async ({ stderr, type }) => {
          await vi.waitUntil(() => stderr().includes('(y/N)'), { timeout: 60_000, interval: 5 });
          type(keys);
        },
      });
    const no = await ask('\r');
    expect(no).toMatchObject({ exitCode: 3, mutations: [] });
    expect(no.stderr).toContain('Not hung up: you did not confirm. Nothing was sent.');
    expect(await ask('y\r')).toMatchObject({ exitCode: 0, phones: ['SCL_one BYE'] });
  });
});

const MANY = ['SCL_a', 'SCL_b', 'SCL_c'];
const many = seedOf(
  ...MANY.map(
    (callId, index): RoomSeed => ({
      name: callId,
      participants: [
        {
          ...CALLER,
          callId,
          number: `+1510555011${index}`,
          ...(callId === 'SCL_b' && { sipService: 'dead' as const }),
        },
      ],
    }),
  ),
);
const batch = (flags: string, options: CliOptions = {}) =>
  run(`hangup - ${flags}`, many, { stdin: { text: [...MANY, 'SCL_none'].join('\n') }, ...options });

describe.concurrent('hangup of several', () => {
  it('wants their number, and hangs up on each once', async () => {
    const unconfirmed = await batch('--yes');
    expect(unconfirmed).toMatchObject({ exitCode: 2, mutations: [] });
    expect(unconfirmed.stderr).toContain('--confirm 4');
    const ran = await batch('--confirm 4 --rate 50 --json');
    expect(ran.exitCode).toBe(7);
    expect(ran.phones.sort()).toEqual(['SCL_a BYE', 'SCL_c BYE']);
    const events = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ended = events.filter(({ type }) => type === 'result');
    expect(ended.map(({ callId, outcome }) => [callId, outcome]).sort()).toEqual([
      ['SCL_a', 'hung-up'],
      ['SCL_b', 'unknown'],
      ['SCL_c', 'hung-up'],
    ]);
    expect(events.filter(({ type }) => type === 'attempt')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({
      ...{ type: 'summary', callers: 4, outcomes: { 'hung-up': 2, unknown: 1 }, exitCode: 7 },
      notTried: [{ callId: 'SCL_none', code: 'no-such-call' }],
    });
  });

  it('leaves out a caller of whom the list does not know whether they are stuck', async () => {
    const list = [
      { callId: 'SCL_a', stuck: null },
      { callId: '', stuck: true },
      { callId: 'SCL_c', stuck: true },
    ];
    const ran = await batch('--confirm 3 --rate 50 --json', {
      stdin: { text: JSON.stringify(list) },
    });
    expect(ran.phones).toEqual(['SCL_c BYE']);
    expect(JSON.parse(ran.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      notTried: [
        { callId: 'SCL_a', code: 'stuck-unknown', exitCode: 1 },
        { callId: '', code: 'no-call-id', exitCode: 1 },
      ],
    });
  });

  it('says it in words', async () => {
    const { stdout, stderr } = await batch('--confirm 4 --rate 50');
    expect(stdout).toContain('+15105550110: hung up.');
    expect(stdout).toContain('Not tried: SCL_none: there is no such call.');
    expect(stdout).toMatch(/Of 4 callers: 2 hung-up, 1 unknown, 1 not tried\.\n$/);
    expect(stderr).toContain('+15105550110 (SCL_a)');
  });

  it('shows whom it would hang up on', async () => {
    const ran = await batch('--dry-run');
    expect(ran).toMatchObject({ exitCode: 5, mutations: [] });
    expect(ran.stdout).toContain('Would hang up on +15105550110 (SCL_a).');
  });

  it('begins no more after a signal, and looks after those under way', async () => {
    const ran = await batch('--confirm 4 --rate 0.1 --json', {
      during: async ({ raise }, sandbox) => {
        await vi.waitUntil(() => sandbox.signals.length > 0, { timeout: 60_000, interval: 5 });
        raise('SIGINT');
      },
    });
    expect(ran.exitCode).toBe(130);
    expect(ran.phones).toEqual(['SCL_a BYE']);
    expect(ran.stderr).toContain('nobody else is hung up on');
    const left = batch('--confirm 4 --rate 50 --json', {
      during: async ({ raise }, sandbox) => {
        await vi.waitUntil(() => sandbox.requests.some(({ method }) => method === END_CALL), {
          timeout: 60_000,
          interval: 1,
        });
        raise('SIGINT');
        raise('SIGINT');
      },
    });
    await expect(left).rejects.toThrow(Abandoned);
  });
});
