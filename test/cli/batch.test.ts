import { describe, expect, it } from 'vitest';
import type { RoomSeed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { Abandoned } from '../support/fake-host.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const trunk = (id: string, behaviour: TrunkSeed['behaviour']): TrunkSeed => ({
  ...ONE_TRUNK,
  id,
  name: id,
  behaviour,
});

const CALLS: Record<string, string> = {
  SCL_one: 'ST_one',
  SCL_two: 'ST_one',
  SCL_three: 'ST_one',
  SCL_refused1: 'ST_none',
  SCL_refused2: 'ST_none',
  SCL_silent: 'ST_silent',
};

const rooms = Object.entries(CALLS).map(
  ([callId, id], index): RoomSeed => ({
    name: callId.toLowerCase(),
    participants: [
      { kind: 'caller', callId, trunk: id, number: `+1510555010${index}`, age: 60 },
      { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
    ],
  }),
);

/** A fresh sandbox for every run: a caller moves only once. */
const SEED = {
  trunks: [ONE_TRUNK, trunk('ST_none', { refuses: 405 }), trunk('ST_silent', 'never-notifies')],
  rooms,
};
const batch = (ids: string[], flags: string, options: CliOptions = {}) =>
  cliAgainst({ seed: SEED })(`transfer - ${flags}`, {
    stdin: { text: `${ids.join('\n')}\n` },
    ...options,
  });

interface Event {
  type: string;
  time: string;
  callId?: string;
  outcome?: string;
  exitCode?: number;
  call?: { callId: string };
  [field: string]: unknown;
}
const events = (stdout: string): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.concurrent('a batch wants a number (conduct 37)', () => {
  it.each([
    ['nothing', '--to 100', 'that number is not confirmed'],
    ['--yes', '--to 100 --yes', 'that number is not confirmed'],
    ['another number', '--to 100 --confirm 3', '--confirm says 3'],
    ['--yes with another number', '--to 100 --yes --confirm 1', '--confirm says 1'],
  ])('and stops before any request with %s', async (_, flags, message) => {
    const { exitCode, stderr, stdout, mutations } = await batch(['SCL_one', 'SCL_two'], flags);
    expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 2, stdout: '', mutations: [] });
    expect(stderr).toContain(message);
    expect(stderr).toContain('--confirm 2');
  });

  it('counts a caller that is named twice once', async () => {
    const { exitCode, mutations } = await batch(['SCL_one', 'SCL_one'], '--to 100 --confirm 1');
    expect({ exitCode, mutations }).toEqual({
      exitCode: 0,
      mutations: ['SIP/TransferSIPParticipant'],
    });
  });

  it('takes --yes for one caller', async () => {
    expect(await batch(['SCL_one'], '--to 100 --yes')).toMatchObject({ exitCode: 0 });
  });

  it('is stopped where the list is empty and a number says that it was not to be', async () => {
    const { exitCode, stdout, stderr } = await batch([], '--to 100 --confirm 2');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Standard input names 0 callers, and --confirm says 2');
    expect(stderr).toContain('may have failed, or found nobody');
  });

  it.each(['', ' --confirm 0', ' --yes'])('does nothing for nobody%s', async (flags) => {
    expect(await batch([], `--to 100${flags}`)).toMatchObject({
      exitCode: 0,
      mutations: [],
      stdout: 'Of 0 callers: nothing was done.\n',
    });
  });
});

describe.concurrent('a batch needs', () => {
  it.each([
    ['callers on standard input (conduct 26)', '--to 100 --confirm 1', { stdin: { isTTY: true } }],
    ['a destination', '--confirm 1', {}],
    ['no room beside it', '--to 100 --room r --confirm 1', {}],
    ['standard input for itself', '--to 100 --confirm 1 --api-secret-file -', {}],
    ['fields that exist', '--to 100 --confirm 1 --fields outkome', {}],
    ['a rate that makes sense', '--to 100 --confirm 1 --rate 0', {}],
    ['call ids', '--to 100 --confirm 1', { stdin: { text: '+15105550100' } }],
  ])('%s', async (_, flags, options) => {
    expect(await batch(['SCL_one'], flags, options)).toMatchObject({ exitCode: 2, mutations: [] });
  });

  it.each(['--confirm 1', '--rate 2'])('and only a batch takes %s', async (flag) => {
    const { exitCode, stderr } = await cliAgainst({ seed: SEED })(
      `transfer SCL_one --to 100 --yes ${flag}`,
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('standard input');
  });

  it('a destination that leads somewhere, before anything is sent', async () => {
    const { exitCode, stderr, mutations } = await batch(
      ['SCL_one', 'SCL_two'],
      '--to slaes --confirm 2',
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 5, mutations: [] });
    expect(stderr).toContain('sales');
  });
});

describe.concurrent('a batch moves everybody it can', () => {
  it('and tells each transfer as it goes out and as it ends, and the sum (conduct 21)', async () => {
    const ids = ['SCL_one', 'SCL_refused1', 'SCL_nobody', 'SCL_refused2', 'SCL_two'];
    const { exitCode, stdout, stderr, mutations } = await batch(
      ids,
      '--to 100 --confirm 5 --json --rate 0.1',
    );
    expect(stderr).toBe('');
    expect(mutations).toHaveLength(3);
    const all = events(stdout);
    for (const { time } of all) expect(time).toBe(new Date(time).toISOString());
    const of = (type: string) => all.filter((event) => event.type === type);
    expect(of('attempt').map(({ callId }) => callId)).toEqual([
      'SCL_one',
      'SCL_refused1',
      'SCL_two',
    ]);
    expect(of('attempt')[0]).toMatchObject({ destination: { referTo: 'sip:100@pbx.company.com' } });
    expect(
      Object.fromEntries(of('result').map(({ call, outcome }) => [call?.callId, outcome])),
    ).toEqual({ SCL_one: 'completed', SCL_refused1: 'refused', SCL_two: 'completed' });
    expect(of('not-tried')).toMatchObject([
      { callId: 'SCL_nobody', code: 'no-such-call', exitCode: 5 },
      { callId: 'SCL_refused2', code: 'stopped', exitCode: 1, reason: expect.any(String) },
    ]);
    expect(all.at(-1)).toMatchObject({
      type: 'summary',
      callers: 5,
      sent: 3,
      outcomes: { completed: 2, refused: 1 },
      notTried: [
        { callId: 'SCL_nobody', code: 'no-such-call', exitCode: 5 },
        { callId: 'SCL_refused2', code: 'stopped', exitCode: 1 },
      ],
      exitCode: 1,
    });
    expect(exitCode).toBe(1);
  });

  it('in sentences, for people', async () => {
    const { exitCode, stdout, stderr } = await batch(
      ['SCL_one', 'SCL_refused1', 'SCL_refused2'],
      '--to 100 --confirm 3 --rate 0.1',
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('+15105550100 → 100: transferred. The caller has left the room.');
    expect(stdout).toContain('Not tried: SCL_refused2: trunk ST_none refused a transfer with 405.');
    expect(stdout).toContain('Of 3 callers: 1 completed, 1 refused, 1 not tried.\n');
    expect(stderr).toContain('SCL_refused1');
  });

  it('names a fallback that is passed over, and why', async () => {
    const { exitCode, stdout, stderr } = await batch(
      ['SCL_one', 'SCL_two', 'SCL_three'],
      '--to +15105550603 --fallback +15105550486 --fallback 100 --confirm 3 --rate 0.1 --json',
    );
    expect(exitCode).toBe(0);
    const third = events(stdout).find(
      ({ type, call }) => type === 'result' && call?.callId === 'SCL_three',
    );
    expect(third).toMatchObject({
      outcome: 'completed',
      passedOver: [{ destination: { input: '+15105550486' } }],
    });
    expect(stderr).toMatch(
      /The fallback \+15105550486 .* was not tried for .*\(SCL_three\): .* was busy 2 times/,
    );
  });

  it('names a first target that is passed over for a fallback, and why', async () => {
    const { exitCode, stdout, stderr, mutations } = await batch(
      ['SCL_one', 'SCL_two', 'SCL_three'],
      '--to +15105550486 --fallback 100 --confirm 3 --rate 0.1 --json',
    );
    expect({ exitCode, posts: mutations.length }).toEqual({ exitCode: 0, posts: 5 });
    expect(events(stdout).findLast(({ type }) => type === 'result')).toMatchObject({
      ...{ callId: 'SCL_three', outcome: 'completed', destination: { input: '100' } },
      passedOver: [{ destination: { input: '+15105550486' } }],
    });
    expect(stderr).toMatch(
      /\(SCL_three\) is not sent to \+15105550486 .*: .* was busy 2 times in a row\./,
    );
  });

  it('reads what `calls --json` prints', async () => {
    const cli = cliAgainst({ seed: SEED });
    const listed = await cli('calls --json --trunk ST_one');
    const { exitCode, mutations } = await cli('transfer - --to 100 --confirm 3', {
      stdin: { text: listed.stdout },
    });
    expect({ exitCode, posts: mutations.length }).toEqual({ exitCode: 0, posts: 3 });
  });

  it('with the worst exit code of all', async () => {
    const { exitCode, stdout } = await batch(
      ['SCL_one', 'SCL_silent', 'SCL_nobody', 'SCL_refused1'],
      '--to 100 --confirm 4 --json --wait 2s --rate 20',
    );
    expect(exitCode).toBe(7);
    expect(events(stdout).at(-1)).toMatchObject({
      outcomes: { completed: 1, unknown: 1, refused: 1 },
    });
  });

  it('but not with --dry-run (conduct 36)', async () => {
    const { exitCode, stdout, mutations } = await batch(
      ['SCL_one', 'SCL_two'],
      '--to 100 --dry-run --confirm 2',
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 0, mutations: [] });
    expect(stdout).toBe(
      'Would transfer SCL_one to sip:100@pbx.company.com.\nWould transfer SCL_two to sip:100@pbx.company.com.\nNothing was sent.\n',
    );
    const json = await batch(['SCL_one', 'SCL_two'], '--to 100 --dry-run --json');
    expect(events(json.stdout)).toMatchObject([
      { dryRun: true, call: { callId: 'SCL_one' } },
      { dryRun: true, call: { callId: 'SCL_two' } },
    ]);
  });
});

describe.concurrent('a room that cannot be read', () => {
  const [first, ...others] = rooms.slice(0, 2);
  if (first === undefined) throw new Error('there are no rooms');
  const seed = {
    ...SEED,
    rooms: [{ ...first, reading: { unavailable: 'always' } as const }, ...others],
  };

  it('may hold the caller: nobody says that there is no such call', async () => {
    const { exitCode, stdout, stderr } = await cliAgainst({ seed })(
      'transfer - --to 100 --confirm 2 --json',
      { stdin: { text: 'SCL_one\nSCL_two\n' } },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('could not be read');
    expect(events(stdout).at(-1)).toMatchObject({
      outcomes: { completed: 1 },
      notTried: [{ callId: 'SCL_one', code: 'server', exitCode: 1 }],
    });
  });

  it('may hold the caller of a single transfer', async () => {
    const { exitCode, stderr, mutations } = await cliAgainst({ seed })(
      'transfer SCL_one --to 100 --yes',
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 1, mutations: [] });
    expect(stderr).toContain('No call matches “SCL_one” where calls could be seen');
  });
});

describe.concurrent('Ctrl-C in a batch', () => {
  const mutated = async (sandbox: { requests: readonly { mutating: boolean }[] }) => {
    for (let tries = 0; tries < 500; tries += 1) {
      if (sandbox.requests.some(({ mutating }) => mutating)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('starts no more, and waits for those under way (%s)', async (signal, code) => {
    const { exitCode, stdout, stderr, mutations } = await batch(
      ['SCL_one', 'SCL_two', 'SCL_three'],
      '--to 100 --confirm 3 --json --rate 0.1',
      {
        during: async (fake, sandbox) => {
          await mutated(sandbox);
          fake.raise(signal);
        },
      },
    );
    expect({ exitCode, posts: mutations.length }).toEqual({ exitCode: code, posts: 1 });
    expect(stderr).toContain('no more transfers are started');
    expect(events(stdout).at(-1)).toMatchObject({
      outcomes: { completed: 1 },
      notTried: [
        { callId: 'SCL_two', code: 'interrupted', exitCode: code },
        { callId: 'SCL_three', code: 'interrupted', exitCode: code },
      ],
      exitCode: code,
    });
  });

  it('leaves on the second one, and says what was sent', async () => {
    let left: unknown;
    let stderr = '';
    const running = batch(['SCL_silent', 'SCL_one'], '--to 100 --confirm 2 --rate 0.05 --quiet', {
      during: async (fake, sandbox) => {
        await mutated(sandbox);
        fake.raise('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 20));
        try {
          fake.raise('SIGINT');
        } catch (error) {
          left = error;
        }
        stderr = fake.stderr();
      },
    });
    // In a real process nothing comes after that; here the transfer runs into its time-out.
    await running;
    expect(left).toBeInstanceOf(Abandoned);
    expect(left).toMatchObject({ exitCode: 130 });
    expect(stderr).toContain('These were sent and continue');
    expect(stderr).toContain('SCL_silent');
  });

  it('has named who was not tried by the time somebody leaves', async () => {
    let stdout = '';
    const line = '--to 100 --confirm 3 --rate 0.05 --json';
    const running = batch(['SCL_silent', 'SCL_one', 'SCL_two'], line, {
      during: async (fake, sandbox) => {
        await mutated(sandbox);
        fake.raise('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(() => fake.raise('SIGINT')).toThrow(Abandoned);
        stdout = fake.stdout();
      },
    });
    await running;
    expect(events(stdout).filter(({ type }) => type === 'not-tried')).toMatchObject([
      { callId: 'SCL_one', code: 'interrupted', exitCode: 130 },
      { callId: 'SCL_two', code: 'interrupted', exitCode: 130 },
    ]);
    expect(events(stdout).filter(({ type }) => type === 'summary')).toEqual([]);
  });

  it('sends nothing before the first one is sent', async () => {
    const { exitCode, stderr, mutations } = await batch(
      ['SCL_one', 'SCL_two'],
      '--to 100 --confirm 2',
      {
        during: async (fake, sandbox) => {
          while (sandbox.requests.length === 0) {
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          fake.raise('SIGINT');
        },
      },
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 130, mutations: [] });
    expect(stderr).toContain('Nothing was sent');
  });
});
