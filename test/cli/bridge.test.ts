/** A target dialled into the caller's room: every way it ends, and who is left where. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import type {
  AgentSeed,
  CallerSeed,
  RoomSeed,
  Seed,
  TrunkSeed,
} from '../../src/sandbox/demo/rooms.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { type CliOptions, type CliResult, cliAgainst } from './run-cli.ts';

const INBOUND: TrunkSeed = {
  id: 'ST_in',
  name: 'In',
  direction: 'inbound',
  number: '+15105550001',
  hostname: 'sbc.example.net',
  behaviour: { refuses: 405 },
};
const OUTBOUND: TrunkSeed = {
  id: 'ST_out',
  name: 'Out',
  direction: 'outbound',
  number: '+15105550009',
  hostname: 'pbx.company.com',
  behaviour: 'honours-refer',
};

const caller = (more: Partial<CallerSeed> = {}): CallerSeed => ({
  kind: 'caller',
  callId: 'SCL_1',
  trunk: 'ST_in',
  number: '+15105550100',
  age: 60,
  ...more,
});
const agent = (more: Partial<AgentSeed> = {}): AgentSeed => ({
  kind: 'agent',
  identity: 'agent-1',
  audio: 'published',
  age: 60,
  ...more,
});

interface Scene {
  caller?: Partial<CallerSeed>;
  agents?: readonly AgentSeed[];
  room?: Partial<RoomSeed>;
  inbound?: Partial<TrunkSeed>;
  outbound?: Partial<TrunkSeed>;
  seed?: Partial<Seed>;
}

const CONFIG = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.company.com', number: 'sip:{number}@pbx.company.com' },
  bridge: { trunk: 'Out' },
  departments: {
    sales: '100',
    busy: { to: '486', fallback: ['voicemail'] },
    voicemail: '250',
    elsewhere: 'sip:300@other.example.com',
  },
};

async function bridging(
  line: string,
  scene: Scene = {},
  options: CliOptions = {},
): Promise<CliResult & { sandbox: Sandbox }> {
  const room: RoomSeed = {
    name: 'room',
    participants: [caller(scene.caller), ...(scene.agents ?? [agent()])],
    ...scene.room,
  };
  const trunks = [
    { ...INBOUND, ...scene.inbound },
    { ...OUTBOUND, ...scene.outbound },
  ];
  const run = cliAgainst({ seed: { trunks, rooms: [room], ...scene.seed } });
  let seen: Sandbox | undefined;
  const result = await run(line, {
    config: CONFIG,
    ...options,
    during: async (fake, sandbox) => {
      seen = sandbox;
      await options.during?.(fake, sandbox);
    },
  });
  if (seen === undefined) throw new Error('no sandbox');
  return { ...result, sandbox: seen };
}

const LINE = 'transfer SCL_1 --to sales --method bridge --yes';
const present = async (sandbox: Sandbox) =>
  (await identitiesIn(sandbox)).map((each) =>
    each.replace(/^lk-transfer-bridge-.*/, 'target').replace(/^sip_.*/, 'caller'),
  );

async function identitiesIn({ url, apiKey, apiSecret }: Sandbox): Promise<string[]> {
  const rooms = new RoomServiceClient(url, apiKey, apiSecret);
  const found = await rooms.listParticipants('room').catch(() => []);
  return found.map(({ identity }) => identity).sort();
}

/**
 * Runs lines in a room in which a target of an earlier run talks with the caller. Whoever bridges with
 * --detach and is gone looks the same as one that was killed.
 */
async function besideTarget() {
  const room: RoomSeed = { name: 'room', participants: [caller()] };
  const run = cliAgainst({ seed: { trunks: [INBOUND, OUTBOUND], rooms: [room] } });
  await run(`${LINE} --detach`, { config: CONFIG, pid: 4242 });
  return run;
}
const dials = ({ mutations }: CliResult) =>
  mutations.filter((method) => method.endsWith('CreateSIPParticipant')).length;
const lines = ({ stdout }: CliResult) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.concurrent('a bridge', () => {
  it('puts caller and target into one room, and sends the agent away', async () => {
    const done = await bridging(`${LINE} --detach --json`);
    expect(done.exitCode).toBe(0);
    const [dialling, bridged, ...rest] = lines(done);
    expect(rest).toEqual([]);
    expect(dialling).toMatchObject({ type: 'dialling', callId: 'SCL_1' });
    expect(bridged).toMatchObject({
      type: 'bridged',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      callId: 'SCL_1',
      outcome: 'bridged',
      transferMethod: 'bridge',
      caller: 'with-target',
      evidence: 'in-room',
      exitCode: 0,
      destination: { referTo: 'sip:100@pbx.company.com' },
      bridge: { number: '100', trunkId: 'ST_out', watchedBy: null, removedAgents: ['agent-1'] },
    });
    expect(bridged.bridge.present.toSorted()).toEqual([
      bridged.bridge.identity,
      'sip_+15105550100',
    ]);
    expect(await present(done.sandbox)).toEqual(['target', 'caller']);
    expect(dials(done)).toBe(1);
  });

  it('says that nobody watches, and how to end it', async () => {
    const { stdout, stderr } = await bridging(`${LINE} --detach`);
    expect(stdout).toContain('sales: bridged. The caller talks with the target in the room.');
    expect(stderr).toContain('Nobody watches the two');
    expect(stderr).toMatch(/`lk-transfer hangup SCL_\w+`/);
  });

  it('keeps the agent where that is wanted', async () => {
    const done = await bridging(`${LINE} --detach --keep-agent`);
    expect(await present(done.sandbox)).toEqual(['agent-1', 'target', 'caller']);
    expect(done.stderr).toContain('Also in the room: agent-1.');
  });

  it('rings for the caller, with the limits of the config', async () => {
    const config = {
      ...CONFIG,
      bridge: { trunk: 'ST_out', callerId: 'caller', maxDuration: '90m', mediaTimeout: '2m' },
    };
    const { sandbox } = await bridging(`${LINE} --detach --wait 20s --dialtone us`, {}, { config });
    const dial = sandbox.requests.find(({ method }) => method.endsWith('CreateSIPParticipant'));
    expect(dial?.body).toMatchObject({
      sip_trunk_id: 'ST_out',
      sip_call_to: '100',
      sip_number: '+15105550100',
      wait_until_answered: true,
      play_dialtone: true,
      dialtone: 'SIP_DIALTONE_US',
      ringing_timeout: '20s',
      max_call_duration: '5400s',
      media: { media_timeout: '120s' },
    });
  });

  it('shows the number of its trunk, and lasts two hours at most, where the config says nothing', async () => {
    const { sandbox, stderr } = await bridging(`${LINE} --detach`);
    const dial = sandbox.requests.find(({ method }) => method.endsWith('CreateSIPParticipant'));
    expect(dial?.body).toMatchObject({
      ringing_timeout: '90s',
      max_call_duration: '7200s',
      media: { media_timeout: '300s' },
    });
    expect(dial?.body).not.toHaveProperty('sip_number');
    expect(stderr).not.toContain('Shown as');
  });

  it('says before that many providers refuse the number of the caller', async () => {
    const config = { ...CONFIG, bridge: { trunk: 'Out', callerId: 'caller' } };
    const shown = await bridging(`${LINE} --dry-run`, {}, { config });
    expect(shown.stderr).toMatch(/^Shown as +\+15105550100$/m);
    expect(shown.stderr).toContain('which many providers refuse');
    const hidden = { number: 'anonymous' };
    const unknown = await bridging(`${LINE} --dry-run`, { caller: hidden }, { config });
    expect(unknown.stderr).toContain('is hidden: the target sees the number of the trunk');
  });

  it.each<[string, string, object]>([
    ['what the whole config says', 'ST_out', {}],
    ['what it says of the trunk', 'ST_b', { trunks: { ST_in: { bridge: { trunk: 'B' } } } }],
    [
      'what it says of the department',
      'ST_c',
      {
        trunks: { ST_in: { bridge: { trunk: 'B' } } },
        departments: { sales: { to: '100', bridge: { trunk: 'ST_c' } } },
      },
    ],
  ])('is dialled over the trunk of %s', async (_, trunkId, more) => {
    const trunks = [
      INBOUND,
      OUTBOUND,
      { ...OUTBOUND, id: 'ST_b', name: 'B' },
      { ...OUTBOUND, id: 'ST_c', name: 'C' },
    ];
    const config = { ...CONFIG, ...more };
    const { sandbox } = await bridging(`${LINE} --detach`, { seed: { trunks } }, { config });
    const dial = sandbox.requests.find(({ method }) => method.endsWith('CreateSIPParticipant'));
    expect(dial?.body).toMatchObject({ sip_trunk_id: trunkId });
  });

  it('is recorded, and counted as bridged', async () => {
    const room: RoomSeed = { name: 'room', participants: [caller(), agent()] };
    const run = cliAgainst({ seed: { trunks: [INBOUND, OUTBOUND], rooms: [room] } });
    const home = mkdtempSync(join(tmpdir(), 'lk-transfer-bridged-'));
    atTheEnd(() => rmSync(home, { recursive: true, force: true }));
    await run(`${LINE} --detach`, { config: CONFIG, home });
    const { stdout } = await run('history --json', { config: CONFIG, home });
    expect(JSON.parse(stdout)).toMatchObject([
      {
        ...{ callId: 'SCL_1', to: 'sales', transferMethod: 'bridge', outcome: 'bridged' },
        ...{ caller: 'with-target', open: false, exitCode: 0 },
        bridgeTrunkId: OUTBOUND.id,
      },
    ]);
    const sum = await run('history --summary --json', { config: CONFIG, home });
    expect(JSON.parse(sum.stdout)).toContainEqual(
      expect.objectContaining({ by: 'all', transfers: 1, bridged: 1 }),
    );
  });

  it('is announced before the dial, and not dialled where the caller speaks', async () => {
    const says = (interrupted: boolean) =>
      agent({
        rpc: {
          'lk-transfer.ready': { payload: '{"ready":true}' },
          'lk-transfer.announce': { payload: JSON.stringify({ interrupted }) },
        },
      });
    const line = `${LINE} --detach --announce One-moment`;
    const said = await bridging(line, { agents: [says(false)] });
    const order = said.sandbox.requests.flatMap(({ method, body }) => {
      if (method.endsWith('CreateSIPParticipant')) return ['dial'];
      return method.endsWith('PerformRpc') ? [(body as { method: string }).method] : [];
    });
    expect(order).toEqual(['lk-transfer.ready', 'lk-transfer.announce', 'dial']);
    const spoke = await bridging(line, { agents: [says(true)] });
    expect(spoke.exitCode).toBe(3);
    expect(dials(spoke)).toBe(0);
    expect(await present(spoke.sandbox)).toEqual(['agent-1', 'caller']);
  });

  it('has an identity of its own for every dial', async () => {
    const identityOf = async () => {
      const done = await bridging(`${LINE} --detach --json`);
      return lines(done)[1].bridge.identity;
    };
    expect(await identityOf()).not.toBe(await identityOf());
  });

  it.each([
    ['486', 'target-failed', 'busy (486)'],
    ['480', 'target-failed', 'not available (480)'],
    ['404', 'target-failed', 'no such number (404)'],
  ])('%s: the caller is where they were', async (to, outcome, words) => {
    const done = await bridging(`transfer SCL_1 --to ${to} --method bridge --yes --json`);
    const result = lines(done)[1];
    expect(result).toMatchObject({ outcome, caller: 'on-the-line', stage: 'invite', exitCode: 1 });
    expect(result.headline).toContain(words);
    expect(await present(done.sandbox)).toEqual(['agent-1', 'caller']);
    expect(dials(done)).toBe(1);
  });

  it('no answer: it stops ringing after the wait', async () => {
    const done = await bridging('transfer SCL_1 --to 408 --method bridge --wait 5s --yes --json');
    expect(lines(done)[1]).toMatchObject({ outcome: 'target-failed', caller: 'on-the-line' });
    expect(lines(done)[1].headline).toContain('no answer');
    expect(await present(done.sandbox)).toEqual(['agent-1', 'caller']);
  });

  it.each<[string, Partial<TrunkSeed>, string, string]>([
    ['a wrong password', { dial: 'refuses-password' }, 'not-sent', 'user or the password'],
    ['no password', { dial: 'wants-password' }, 'not-sent', 'needs a user and a password'],
    ['no SIP service', { dial: 'no-service' }, 'not-sent', 'SIP service did not answer'],
    ['no number to call from', { number: undefined as never }, 'not-sent', 'no number'],
  ])('%s: nobody was called', async (_, outbound, outcome, words) => {
    const done = await bridging(`${LINE} --json`, { outbound });
    expect(done.exitCode).toBe(1);
    expect(lines(done).at(-1)).toMatchObject({ outcome, caller: 'on-the-line' });
    expect(lines(done).at(-1).message).toContain(words);
    expect(await present(done.sandbox)).toEqual(['agent-1', 'caller']);
  });
});

describe.concurrent('while the target rings', () => {
  const slow = { calleeAnswersAfterMs: 60_000 };

  it('Ctrl-C says that a caller who still rang has been answered by the dial', async () => {
    const done = await bridging(
      `${LINE} --answer-caller`,
      { outbound: slow, caller: { status: 'ringing' }, agents: [] },
      {
        during: async (fake, sandbox) => {
          await until(async () => (await present(sandbox)).includes('target'));
          fake.raise('SIGINT');
        },
      },
    );
    expect(done.stderr).toContain('lk-transfer rescue SCL_1');
    expect(done.stderr).not.toContain('Nothing has changed');
  });

  it('a second Ctrl-C says that the target may ring on', async () => {
    const done = bridging(
      LINE,
      {
        outbound: slow,
        seed: {
          faults: [
            { method: 'RoomService/RemoveParticipant', answer: { status: 503 }, forMs: 60_000 },
          ],
        },
      },
      {
        during: async (fake, sandbox) => {
          await until(async () => (await present(sandbox)).includes('target'));
          fake.raise('SIGINT');
          expect(() => fake.raise('SIGINT')).toThrow('left at once');
          expect(fake.stderr()).toContain('The target may still ring');
        },
      },
    );
    await done;
  });

  it('a caller who hangs up ends the ringing', async () => {
    const done = await bridging(`${LINE} --json`, {
      outbound: slow,
      caller: { leaves: { afterDialMs: 3000 } },
    });
    expect(lines(done)[1]).toMatchObject({ outcome: 'ended', caller: 'left', exitCode: 1 });
    expect(lines(done)[1].message).toContain('hung up before');
    const left = await present(done.sandbox);
    expect(left.filter((each) => each !== 'agent-1')).toEqual([]);
    expect(dials(done)).toBe(1);
  });

  it('Ctrl-C ends the ringing, and changes nothing for the caller', async () => {
    const done = await bridging(
      LINE,
      { outbound: slow },
      {
        during: async (fake, sandbox) => {
          await until(async () => (await present(sandbox)).includes('target'));
          fake.raise('SIGINT');
        },
      },
    );
    expect(done.exitCode).toBe(130);
    expect(done.stderr).toContain('was stopped while it rang');
    expect(await present(done.sandbox)).toEqual(['agent-1', 'caller']);
    expect(dials(done)).toBe(1);
  });

  it('a target who answers in the moment the caller hangs up is hung up on', async () => {
    const done = await bridging(`${LINE} --json`, {
      agents: [],
      caller: { leaves: { afterAnswerMs: 0 } },
    });
    const result = lines(done).at(-1);
    expect(['ended', 'caller', 'both']).toContain(result.outcome ?? result.leftFirst);
    await until(async () => (await present(done.sandbox)).length === 0);
  });

  // Every look takes longer than the target stays.
  const slowLooks = { method: 'RoomService/ListParticipants', delayMs: 1000 };

  it('a target who hangs up at once did not take the call', async () => {
    const done = await bridging(`${LINE} --json`, {
      outbound: { calleeHangsUpAfterMs: 0 },
      seed: { faults: [slowLooks] },
    });
    const result = lines(done)[1];
    expect(result).toMatchObject({ outcome: 'target-failed', caller: 'on-the-line' });
    expect(result.bridge).toMatchObject({ removedAgents: [], since: null });
    expect(await present(done.sandbox)).toEqual(['agent-1', 'caller']);
  });

  const asAgentsLeave = { calleeHangsUpAfterMs: 'agents-left' as const };

  it('one who hangs up as the agent goes has not either: the caller is alone, and that is said', async () => {
    const done = await bridging(`${LINE} --json`, { outbound: asAgentsLeave });
    const result = lines(done)[1];
    expect(done.exitCode).toBe(1);
    expect(result).toMatchObject({
      type: 'result',
      outcome: 'target-failed',
      caller: 'on-the-line',
      advice: { action: 'other-destination' },
      bridge: { removedAgents: ['agent-1'], since: null, watchedBy: null },
    });
    expect(result.bridge.present).toEqual(['sip_+15105550100']);
    expect(result.message).toContain(
      'hung up as the agent (agent-1) was sent away. The caller is still on the line, in silence',
    );
    expect(result.hint).toContain('`lk-transfer rescue SCL_1`');
    expect(result.hint).toContain('`lk-transfer hangup SCL_1`');
    expect(await present(done.sandbox)).toEqual(['caller']);
  });

  it('and the next target is tried, with the caller who waits', async () => {
    const busy = `${LINE} --fallback 486 --json`;
    const done = await bridging(busy, { outbound: asAgentsLeave });
    expect(lines(done).at(-1)).toMatchObject({
      outcome: 'target-failed',
      caller: 'on-the-line',
      attempts: [{ outcome: 'target-failed' }, { outcome: 'target-failed' }],
      bridge: { removedAgents: ['agent-1'] },
    });
    expect(lines(done).at(-1).message).toContain('in silence');
    expect(dials(done)).toBe(2);
  });

  it('Ctrl-C while the next one rings says whom the caller is left without', async () => {
    const line = `${LINE} --fallback 408`;
    const done = await bridging(
      line,
      { outbound: asAgentsLeave },
      {
        during: async (fake, sandbox) => {
          const dialled = () =>
            sandbox.requests.filter(({ method }) => method.endsWith('CreateSIPParticipant')).length;
          await until(async () => dialled() === 2 && (await present(sandbox)).includes('target'));
          fake.raise('SIGINT');
        },
      },
    );
    expect(done.exitCode).toBe(130);
    expect(done.stderr).toContain('The agent (agent-1) was sent away for an earlier target');
    expect(done.stderr).toContain('`lk-transfer rescue SCL_1`');
    expect(done.stderr).not.toContain('Nothing has changed');
  });

  it('a connection that breaks leaves nobody ringing unheard', async () => {
    const done = await bridging(`${LINE} --json`, {
      outbound: slow,
      seed: {
        faults: [{ method: 'SIP/CreateSIPParticipant', answer: 'reset', delayMs: 500 }],
      },
    });
    expect(lines(done)[1]).toMatchObject({
      outcome: 'unknown',
      caller: 'on-the-line',
      exitCode: 7,
    });
    expect(await present(done.sandbox)).toEqual(['agent-1', 'caller']);
    expect(dials(done)).toBe(1);
  });
});

describe.concurrent('while the two talk', () => {
  it.each<[string, Scene, string]>([
    ['target', { outbound: { calleeHangsUpAfterMs: 20_000 } }, 'target'],
    ['caller', { caller: { leaves: { afterAnswerMs: 20_000 } } }, 'caller'],
  ])('the %s hangs up: the other is hung up on', async (_, scene, by) => {
    const done = await bridging(`${LINE} --json`, { agents: [], ...scene });
    expect(done.exitCode).toBe(0);
    expect(lines(done).at(-1)).toMatchObject({ type: 'ended', leftFirst: by, other: 'hung-up' });
    expect(await present(done.sandbox)).toEqual([]);
  });

  it('a voicemail that never hangs up is hung up on by LiveKit, and the caller by the program', async () => {
    const config = { ...CONFIG, bridge: { trunk: 'Out', maxDuration: '60s' } };
    const line = `${LINE} --wait 20s --json`;
    const done = await bridging(line, { agents: [] }, { config });
    expect(lines(done).at(-1)).toMatchObject({
      ...{ type: 'ended', leftFirst: 'target', other: 'hung-up' },
    });
    expect(done.exitCode).toBe(0);
    expect(await present(done.sandbox)).toEqual([]);
  });

  it('says so in words', async () => {
    const { stdout } = await bridging(LINE, { outbound: { calleeHangsUpAfterMs: 20_000 } });
    expect(stdout).toMatch(/The target hung up after \d+s, and the caller was hung up on\./);
  });

  it('an agent who is back keeps the caller', async () => {
    const done = await bridging(`${LINE} --json`, {
      agents: [agent({ returns: { as: 'agent-2', afterMs: 1000 } })],
      outbound: { calleeHangsUpAfterMs: 20_000 },
    });
    expect(lines(done).at(-1)).toMatchObject({
      type: 'ended',
      leftFirst: 'target',
      other: 'with-agent',
    });
    expect(await present(done.sandbox)).toEqual(['agent-2', 'caller']);
  });

  it('Ctrl-C leaves, and the call goes on', async () => {
    const done = await bridging(
      LINE,
      {},
      {
        during: async (fake) => {
          await until(() => fake.stdout().includes('bridged'));
          fake.raise('SIGINT');
        },
      },
    );
    expect(done.exitCode).toBe(130);
    expect(done.stderr).toContain(
      'The caller and the target stay in the room, and nobody watches them.',
    );
    expect(await present(done.sandbox)).toEqual(['target', 'caller']);
  });

  it('LiveKit away for a minute is no end', async () => {
    const away = { method: 'RoomService/ListParticipants', answer: { status: 503 }, forMs: 60_000 };
    const done = await bridging(
      `${LINE} --json`,
      { outbound: { calleeHangsUpAfterMs: 100_000 } },
      {
        during: async (fake, sandbox) => {
          await until(() => fake.stdout().includes('"bridged"'));
          sandbox.aim([away]);
        },
      },
    );
    const types = lines(done).map(({ type }) => type);
    expect(types).toEqual([
      'dialling',
      'bridged',
      'connection-lost',
      'connection-restored',
      'ended',
    ]);
    expect(await present(done.sandbox)).toEqual([]);
  });

  it('is seen in the list as bridged, both legs', async () => {
    const room: RoomSeed = { name: 'room', participants: [caller(), agent()] };
    const run = cliAgainst({ seed: { trunks: [INBOUND, OUTBOUND], rooms: [room] } });
    await run(`${LINE} --detach`, { config: CONFIG });
    const { stdout } = await run('calls --fields condition', { config: CONFIG });
    expect(stdout.trim().split('\n')).toEqual(['bridged', 'bridged']);
  });
});

describe.concurrent('which way a caller goes', () => {
  it('auto: a trunk that refuses the REFER is bridged around', async () => {
    const done = await bridging('transfer SCL_1 --to sales --method auto --yes --detach --json');
    expect(lines(done).at(-1)).toMatchObject({
      outcome: 'bridged',
      attempts: [
        { transferMethod: 'refer', outcome: 'refused' },
        { transferMethod: 'bridge', outcome: 'bridged' },
      ],
    });
  });

  it('auto: a busy target is not called twice', async () => {
    const inbound = { behaviour: 'honours-refer' as const };
    const done = await bridging('transfer SCL_1 --to 486 --method auto --yes --json', { inbound });
    expect(lines(done).at(-1)).toMatchObject({
      outcome: 'target-failed',
      attempts: [{ transferMethod: 'refer' }],
    });
    expect(dials(done)).toBe(0);
  });

  it('auto: after an unknown end nothing is dialled', async () => {
    const inbound = { behaviour: 'never-notifies' as const };
    const line = 'transfer SCL_1 --to sales --method auto --wait 5s --yes --json';
    const done = await bridging(line, { inbound });
    expect(lines(done).at(-1)).toMatchObject({ outcome: 'unknown', exitCode: 7 });
    expect(dials(done)).toBe(0);
  });

  it('auto: both methods in one chain, REFER no more once the trunk has refused it', async () => {
    const line = 'transfer SCL_1 --to busy --method auto --yes --detach --json';
    const done = await bridging(line);
    expect(lines(done).at(-1)).toMatchObject({
      outcome: 'bridged',
      attempts: [
        { transferMethod: 'refer', outcome: 'refused', destination: { department: 'busy' } },
        { transferMethod: 'bridge', outcome: 'target-failed' },
        {
          ...{ transferMethod: 'bridge', outcome: 'bridged' },
          destination: { department: 'voicemail' },
        },
      ],
    });
    expect(dials(done)).toBe(2);
  });

  it('auto: a fallback is transferred by REFER where the trunk takes it', async () => {
    const inbound = { behaviour: 'honours-refer' as const };
    const done = await bridging('transfer SCL_1 --to busy --method auto --yes --json', { inbound });
    expect(lines(done).at(-1).attempts).toMatchObject([
      { transferMethod: 'refer', outcome: 'target-failed', destination: { department: 'busy' } },
      { transferMethod: 'refer', destination: { department: 'voicemail' } },
    ]);
    expect(dials(done)).toBe(0);
  });

  it('a trunk that the config says has no REFER names the line that bridges, and auto bridges', async () => {
    const config = { ...CONFIG, trunks: { ST_in: { refer: false } } };
    const refused = await bridging('transfer SCL_1 --to sales --yes --json', {}, { config });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('--method bridge');
    const line = 'transfer SCL_1 --to sales --method auto --yes --detach';
    const done = await bridging(line, {}, { config });
    expect(done.stdout).toContain('bridged');
    expect(done.mutations.some((method) => method.includes('Transfer'))).toBe(false);
  });

  it('by the config of the trunk, so that nobody need know', async () => {
    const config = { ...CONFIG, trunks: { ST_in: { method: 'bridge' } } };
    const done = await bridging('transfer SCL_1 --to sales --yes --detach', {}, { config });
    expect(done.stdout).toContain('bridged');
    expect(done.mutations.some((method) => method.includes('Transfer'))).toBe(false);
  });

  it('fallbacks of a bridge are bridged, without the targets that were busy', async () => {
    const done = await bridging('transfer SCL_1 --to busy --method bridge --yes --detach --json');
    expect(lines(done).at(-1)).toMatchObject({
      outcome: 'bridged',
      destination: { department: 'voicemail' },
      attempts: [{ outcome: 'target-failed' }, { outcome: 'bridged' }],
    });
    expect(dials(done)).toBe(2);
  });

  it('a refused REFER names the line that bridges', async () => {
    const done = await bridging('transfer SCL_1 --to sales --yes --json');
    const command = 'lk-transfer transfer SCL_1 --to sales --method bridge';
    expect(JSON.parse(done.stdout)).toMatchObject({
      outcome: 'refused',
      advice: { action: 'bridge', command },
    });
    expect(JSON.parse(done.stdout).hint).toContain(command);
  });

  it('an address elsewhere is refused, with the reason', async () => {
    const done = await bridging('transfer SCL_1 --to elsewhere --method bridge --yes');
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toContain('is at other.example.com');
    expect(dials(done)).toBe(0);
  });

  it.each([
    [{ extension: 'sip:{extension}@pbx.company.com' }],
    [{ number: 'sip:{number}@sip.example.com' }],
    [{ extension: 'sip:{extension}@{domain}' }],
  ])('an extension is not dialled at a provider of phone numbers: %j', async (dial) => {
    const trunks = { other: { domain: 'sip.example.com' } };
    const config = { ...CONFIG, dial, trunks };
    const outbound = { hostname: 'example.pstn.twilio.com', name: 'Twilio outbound' };
    const bridge = { trunk: 'Twilio outbound' };
    const done = await bridging(
      `${LINE} --dry-run`,
      { outbound },
      { config: { ...config, bridge } },
    );
    expect(done.exitCode).toBe(2);
    expect(done.stdout).toBe('');
    expect(done.stderr).toContain(
      'extension 100: this trunk cannot dial extensions (outbound trunk Twilio outbound, Twilio Elastic SIP Trunking by its host)',
    );
    expect(done.stderr).toContain('trunks["Twilio outbound"].dial.extension');
    expect(dials(done)).toBe(0);
  });

  it.each([
    [{ dial: { extension: 'sip:{extension}@example.pstn.twilio.com' } }, '100'],
    [{ trunks: { Out: { dial: { extension: 'sip:{extension}@pbx.company.com' } } } }, '100'],
    [{ departments: { sales: { to: '100', number: '+15105550200' } } }, '+15105550200'],
  ])('unless the config says that it has them: %j', async (more, dialled) => {
    const outbound = { hostname: 'example.pstn.twilio.com' };
    const done = await bridging(
      `${LINE} --dry-run`,
      { outbound },
      { config: { ...CONFIG, ...more } },
    );
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toContain(`Would bridge SCL_1 to ${dialled} over Out. Nothing was sent.`);
  });

  it('a limit that is shorter than the ringing is refused', async () => {
    const config = { ...CONFIG, bridge: { trunk: 'Out', maxDuration: '30s' } };
    const done = await bridging(LINE, {}, { config });
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toContain('bridge.maxDuration');
    expect(dials(done)).toBe(0);
  });

  it('a number that leads back to the same agent is warned of', async () => {
    const done = await bridging(`transfer SCL_1 --to ${INBOUND.number} --method bridge --dry-run`);
    expect(done.stderr).toContain('it may come back to the same agent');
    expect(dials(done)).toBe(0);
  });

  it.each([
    ['without a terminal and without --yes', 'transfer SCL_1 --to sales --method bridge', {}],
    [
      'to another country than the policy allows',
      'transfer SCL_1 --to +442079460958 --method bridge --yes',
      { policy: { countries: ['US'] } },
    ],
    [
      'to a number that nobody has configured, where the policy wants that',
      'transfer SCL_1 --to +15105550123 --method bridge --yes',
      { policy: { adHoc: false } },
    ],
  ])('nobody is dialled %s', async (_, line, more) => {
    const done = await bridging(line, {}, { config: { ...CONFIG, ...more } });
    expect(done.exitCode).toBe(2);
    expect(dials(done)).toBe(0);
  });

  it('an emergency number is not dialled either', async () => {
    const done = await bridging('transfer SCL_1 --to 911 --method bridge --yes');
    expect(done.exitCode).toBe(2);
    expect(dials(done)).toBe(0);
  });

  it.each([
    ['no outbound trunk of that name', { trunk: 'Nowhere' }, 5, 'no outbound trunk'],
    ['several, and none is named', {}, 2, 'which outbound trunk'],
  ])('%s', async (_, bridge, exitCode, words) => {
    const seed = {
      trunks: [INBOUND, OUTBOUND, { ...OUTBOUND, id: 'ST_other', name: 'Other' }],
    };
    const done = await bridging(LINE, { seed }, { config: { ...CONFIG, bridge } });
    expect(done.exitCode).toBe(exitCode);
    expect(done.stderr).toContain(words);
    expect(dials(done)).toBe(0);
  });
});

describe.concurrent('a caller whom nobody has answered', () => {
  const ringing: Scene = { caller: { status: 'ringing' }, agents: [] };

  it('is not answered by a dial that nobody asked for', async () => {
    const done = await bridging(LINE, ringing);
    expect(done.exitCode).toBe(1);
    expect(done.stdout + done.stderr).toContain('lk-transfer rescue');
    expect(dials(done)).toBe(0);
  });

  it('is answered and bridged where that is wanted', async () => {
    const done = await bridging(`${LINE} --answer-caller --detach --json`, ringing);
    expect(lines(done).at(-1)).toMatchObject({ outcome: 'bridged', caller: 'with-target' });
  });

  it('waits in silence where the target did not answer, and that is said', async () => {
    const line = 'transfer SCL_1 --to 408 --method bridge --wait 5s --yes --answer-caller --json';
    const done = await bridging(line, ringing);
    expect(lines(done).at(-1).message).toContain('in silence');
  });
});

describe.concurrent('a target in the room already', () => {
  it('stops a second operator, and --again dials another beside it', async () => {
    const room: RoomSeed = { name: 'room', participants: [caller()] };
    const run = cliAgainst({ seed: { trunks: [INBOUND, OUTBOUND], rooms: [room] } });
    expect((await run(`${LINE} --detach`, { config: CONFIG })).exitCode).toBe(0);
    const second = await run(`${LINE} --detach`, { config: CONFIG });
    expect(second.exitCode).toBe(2);
    expect(second.stdout).toContain('another target already rings or talks');
    expect(second.stderr).toMatch(/hang up on it: `lk-transfer hangup SCL_\w+`/);
    expect(dials(second)).toBe(0);
    const dry = await run(`${LINE} --dry-run`, { config: CONFIG });
    expect(dry.stdout).toContain('it is bridged already, so --again is needed');
    const again = await run(`${LINE} --detach --again`, { config: CONFIG });
    expect(again.exitCode).toBe(0);
  });
});

describe.concurrent('a bridge in a sandbox of its own', () => {
  it('ends with it, and that is said beside how to hang up', async () => {
    const line = 'transfer SCL_refuses60301 --to sales --method bridge --sandbox --yes --detach';
    const { exitCode, stderr } = await cliAgainst()(line);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Here the sandbox ends with this command');
  });
});

describe.concurrent('a target that still rings', () => {
  it('is reckoned with by --dry-run, of one and of many', async () => {
    const room: RoomSeed = { name: 'room', participants: [caller()] };
    const outbound = { ...OUTBOUND, calleeAnswersAfterMs: 600_000 };
    const run = cliAgainst({ seed: { trunks: [INBOUND, outbound], rooms: [room] } });
    const dry: string[] = [];
    await run(`${LINE} --wait 80s`, {
      config: CONFIG,
      during: async (fake, sandbox) => {
        await until(() => sandbox.signals.some(({ signal }) => signal === 'INVITE'));
        const more = { config: CONFIG, stdin: { text: 'SCL_1\n' } };
        dry.push((await run(`${LINE} --dry-run`, more)).stdout);
        dry.push((await run(`${LINE.replace('SCL_1', '-')} --dry-run --json`, more)).stdout);
        fake.raise('SIGINT');
      },
    });
    expect(dry[0]).toContain('a target is called for it already, so --again is needed');
    expect(JSON.parse(dry[1] ?? '')).toMatchObject({ dryRun: true, wouldSend: false });
  });
});

describe.concurrent('at a terminal', () => {
  const terminal = (during: NonNullable<CliOptions['during']>): CliOptions => ({
    isTTY: true,
    columns: 100,
    during,
    env: { NO_COLOR: '1' },
  });

  it('a refused REFER offers the bridge, and takes no silence for a yes', async () => {
    const done = await bridging(
      'transfer SCL_1 --to sales --yes --detach',
      {},
      terminal(async (fake) => {
        await until(() => fake.stderr().includes('Bridge the caller to the same target instead?'));
        fake.type('\r');
      }),
    );
    expect(done.exitCode).toBe(1);
    expect(dials(done)).toBe(0);
  });

  const OFFER = 'to the same target instead?';
  const ONLY_REFUSED = 'The trunk has refused the transfer, and no target was dialled.';

  it.each<[string, string, string[], number, string]>([
    ['Ctrl-C at the offer', OFFER, ['\u0003'], 130, `Interrupted. ${ONLY_REFUSED}`],
    [
      'Ctrl-C at the consent',
      'Bridge this caller?',
      ['y\r', '\u0003'],
      130,
      `Interrupted. ${ONLY_REFUSED}`,
    ],
    [
      'no consent',
      'Bridge this caller?',
      ['y\r', 'n\r'],
      1,
      `you did not confirm. ${ONLY_REFUSED}`,
    ],
  ])(
    'of a refused REFER is not said that nothing was sent: %s',
    async (_, last, keys, exitCode, words) => {
      const done = await bridging(
        'transfer SCL_1 --to sales --yes --detach',
        {},
        terminal(async (fake) => {
          await until(() => fake.stderr().includes(OFFER));
          fake.type(keys[0] ?? '');
          await until(() => fake.stderr().includes(last));
          if (keys[1] !== undefined) fake.type(keys[1]);
        }),
      );
      expect(done.exitCode).toBe(exitCode);
      expect(done.stderr).toContain(words);
      expect(done.stderr).not.toContain('Nothing was sent');
      expect(dials(done)).toBe(0);
    },
  );

  it('a bridge that cannot be planned leaves the outcome of the refused REFER as it is', async () => {
    const trunks = [INBOUND, OUTBOUND, { ...OUTBOUND, id: 'ST_out2', name: 'Out 2' }];
    const rooms = [{ name: 'room', participants: [caller()] }];
    const { bridge: _, ...config } = CONFIG;
    const done = await cliAgainst({ seed: { trunks, rooms } })('transfer SCL_1 --to sales --yes', {
      config,
      ...terminal(async (fake) => {
        await until(() => fake.stderr().includes(OFFER));
        fake.type('y\r');
      }),
    });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('does not say which outbound trunk dials. ');
    expect(done.stderr).toContain('bridge.trunk');
    expect(done.stderr).not.toContain('how it ended was not shown');
    expect(dials(done)).toBe(0);
  });

  it('a refused REFER and two yes: the caller is bridged', async () => {
    const done = await bridging(
      'transfer SCL_1 --to sales --yes --detach',
      {},
      terminal(async (fake) => {
        await until(() => fake.stderr().includes('to the same target instead?'));
        fake.type('y\r');
        await until(() => fake.stderr().includes('Bridge this caller?'));
        fake.type('y\r');
      }),
    );
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toContain('bridged');
    expect(dials(done)).toBe(1);
  });

  it('nobody is dialled for a caller who left after the question', async () => {
    const done = await bridging(
      'transfer SCL_1 --to sales --method bridge --detach',
      { agents: [] },
      terminal(async (fake, { url, apiKey, apiSecret }) => {
        await until(() => fake.stderr().includes('Bridge this caller?'));
        const rooms = new RoomServiceClient(url, apiKey, apiSecret);
        await rooms.removeParticipant('room', 'sip_+15105550100');
        fake.type('y\r');
      }),
    );
    expect(done.exitCode).toBe(5);
    expect(done.stderr).toContain('left before the transfer. Nothing was sent.');
    expect(dials(done)).toBe(0);
  });

  it('a caller who still rings is answered after a yes to that', async () => {
    const done = await bridging(
      'transfer SCL_1 --to sales --method bridge --detach',
      { caller: { status: 'ringing' }, agents: [] },
      terminal(async (fake) => {
        await until(() => fake.stderr().includes('Answer and bridge this caller?'));
        fake.type('y\r');
      }),
    );
    expect(done.stderr).toContain('The dial answers them at once');
    expect(done.exitCode).toBe(0);
  });

  it.each([
    ['no', 'Not transferred: you did not confirm. Only the earlier target was hung up on.', 3],
    ['Ctrl-C', 'Interrupted. Only the earlier target was hung up on.', 130],
  ])('%s after such a hang-up does not say that nothing was done', async (what, words, code) => {
    const run = await besideTarget();
    const next = await run('transfer SCL_1 --to voicemail --method bridge --detach', {
      config: CONFIG,
      ...terminal(async (fake) => {
        await until(() => fake.stderr().includes('Hang up on it, and end their conversation?'));
        fake.type('y\r');
        await until(() => fake.stderr().includes('Bridge this caller?'));
        if (what === 'no') fake.type('n\r');
        else fake.raise('SIGINT');
      }),
      isRunning: () => false,
    });
    expect(next.exitCode).toBe(code);
    expect(next.stderr.replaceAll('\n', ' ')).toContain(words);
    expect(dials(next)).toBe(0);
  });

  it('a target that a killed program left is offered to be hung up on', async () => {
    const run = await besideTarget();
    const next = await run('transfer SCL_1 --to voicemail --method bridge --detach', {
      config: CONFIG,
      ...terminal(async (fake) => {
        await until(() => fake.stderr().includes('Hang up on it, and end their conversation?'));
        fake.type('y\r');
        await until(() => fake.stderr().includes('Bridge this caller?'));
        fake.type('y\r');
      }),
      isRunning: () => false,
    });
    expect(next.stderr).toContain('by a program that is no longer running');
    expect(next.stderr).toContain('has\nanswered, and');
    expect(next.exitCode).toBe(0);
    expect(next.mutations.filter((method) => method.includes('Remove'))).toHaveLength(1);
  });
});

describe.concurrent('at a terminal, beside a target of somebody else', () => {
  const second = async (answer: string) => {
    const run = await besideTarget();
    return run('transfer SCL_1 --to voicemail --method bridge --detach', {
      config: CONFIG,
      isTTY: true,
      columns: 100,
      env: { NO_COLOR: '1' },
      isRunning: () => true,
      during: async (fake) => {
        await until(() => fake.stderr().includes('Dial another target beside it?'));
        fake.type(answer);
        if (!answer.startsWith('y')) return;
        await until(() => fake.stderr().includes('Bridge this caller?'));
        fake.type(answer);
      },
    });
  };

  it('a second operator is asked, and Enter dials nobody', async () => {
    const done = await second('\r');
    expect(done.stderr).toContain('Somebody else has dialled');
    expect(done.exitCode).toBe(2);
    expect(dials(done)).toBe(0);
  });

  it('a second operator who says yes dials another beside it', async () => {
    const done = await second('y\r');
    expect(done.exitCode).toBe(0);
    expect(dials(done)).toBe(1);
    expect(done.mutations.some((method) => method.includes('Remove'))).toBe(false);
  });
});

describe.concurrent('a program that was killed while the target rang', () => {
  const killed = async () => {
    const home = mkdtempSync(join(tmpdir(), 'lk-transfer-killed-'));
    atTheEnd(() => rmSync(home, { recursive: true, force: true }));
    const room: RoomSeed = { name: 'room', participants: [caller()] };
    const inbound = { ...INBOUND, behaviour: 'honours-refer' as const };
    const run = cliAgainst({ seed: { trunks: [inbound, OUTBOUND], rooms: [room] } });
    let seen: Sandbox | undefined;
    // Nobody hears of its end: the record has it as sent, by a process that is gone.
    const first = run('transfer SCL_1 --to 408 --method bridge --yes --wait 80s', {
      ...{ config: CONFIG, pid: 4242, home },
      during: async (_, sandbox) => {
        seen = sandbox;
      },
    });
    await until(() => seen?.signals.some(({ signal }) => signal === 'INVITE') === true);
    if (seen === undefined) throw new Error('no sandbox');
    return { run, first, sandbox: seen, later: { config: CONFIG, home, isRunning: () => false } };
  };

  it('leaves a ringing target, of which the next run says how to hang up on it', async () => {
    const { run, first, later } = await killed();
    const next = await run(LINE, later);
    expect(next.exitCode).toBe(2);
    expect(next.stderr).toMatch(/hang up on it: `lk-transfer hangup SCL_\w+`/);
    expect(dials(next)).toBe(0);
    await first;
  });

  it('hides nobody from a list: the caller waits while it rings, and is alone after that', async () => {
    const { run, first, sandbox, later } = await killed();
    const list = async () => {
      const rows = JSON.parse((await run('calls --sure --json', later)).stdout);
      return rows.find(({ callId }: { callId: string }) => callId === 'SCL_1');
    };
    expect(await list()).toMatchObject({ condition: 'connecting', stuck: false });
    const rooms = new RoomServiceClient(sandbox.url, sandbox.apiKey, sandbox.apiSecret);
    const people = await rooms.listParticipants('room');
    const target = people.find(({ identity }) => identity.startsWith('lk-transfer-bridge-'));
    await rooms.removeParticipant('room', target?.identity ?? '');
    expect(await list()).toMatchObject({ condition: 'no-agent', stuck: true });
    await first;
  });

  it.each([
    ['a bridge', `${LINE} --detach`, 'bridged', ['INVITE 100']],
    ['a REFER', 'transfer SCL_1 --to sales --yes', 'transferred', []],
  ])('leaves nothing open once %s has hung up on it', async (_, line, words, signals) => {
    const { run, first, sandbox, later } = await killed();
    const next = await run(line, {
      ...later,
      ...{ isTTY: true, columns: 100, env: { NO_COLOR: '1' } },
      during: async (fake) => {
        await until(() => fake.stderr().includes('Hang up on it?'));
        fake.type('y\r');
      },
    });
    expect(next.stdout).toContain(words);
    expect(next.exitCode).toBe(0);
    expect(dials(next)).toBe(signals.length);
    const told = sandbox.signals.map(({ signal, number }) => `${signal} ${number}`);
    expect(told.filter((each) => !each.startsWith('BYE'))).toEqual([
      ...['INVITE 408', 'CANCEL 408'],
      ...signals,
    ]);
    await first;
    const { stdout } = await run('history --open --json', later);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});

describe.concurrent('many callers', () => {
  const rooms: RoomSeed[] = ['1', '2'].map((each) => ({
    name: `room-${each}`,
    participants: [caller({ callId: `SCL_${each}`, number: `+1510555010${each}` })],
  }));
  const batch = (line: string, outbound: Partial<TrunkSeed> = {}, options: CliOptions = {}) =>
    cliAgainst({ seed: { trunks: [INBOUND, { ...OUTBOUND, ...outbound }], rooms } })(line, {
      ...options,
      config: CONFIG,
      stdin: { text: 'SCL_1\nSCL_2\n' },
    });
  const MANY = 'transfer - --to sales --method bridge --confirm 2 --rate 10';

  it('get a leg each, and nobody is left alone', async () => {
    const done = await batch(`${MANY} --json`, { calleeHangsUpAfterMs: 20_000 });
    expect(done.exitCode).toBe(0);
    const told = lines(done);
    expect(told.filter(({ type }) => type === 'ended')).toMatchObject([
      { leftFirst: 'target', other: 'hung-up' },
      { leftFirst: 'target', other: 'hung-up' },
    ]);
    expect(told.find(({ type }) => type === 'summary')).toMatchObject({ outcomes: { bridged: 2 } });
    expect(dials(done)).toBe(2);
  });

  it('are watched from the moment on, while others are still to come', async () => {
    const done = await batch(`${MANY.replace('--rate 10', '--rate 0.01')} --json`, {
      calleeHangsUpAfterMs: 20_000,
    });
    const told = lines(done).map(({ type, callId }) => `${type} ${callId ?? ''}`.trim());
    expect(told.indexOf('ended SCL_1')).toBeGreaterThan(-1);
    expect(told.indexOf('ended SCL_1')).toBeLessThan(told.indexOf('attempt SCL_2'));
  });

  it('are not dialled one after the other over a trunk that takes no call', async () => {
    const done = await batch(`${MANY.replace('--rate 10', '--rate 0.01')} --json`, {
      dial: 'refuses-password',
    });
    expect(dials(done)).toBe(1);
    expect(lines(done).find(({ type }) => type === 'not-tried')).toMatchObject({
      callId: 'SCL_2',
      code: 'stopped',
    });
  });

  it('are dialled for on where an answer came cut off: it may have been the target’s', async () => {
    const half = { status: 403, body: '{"code":"permission_denied","msg":"unexpected status fro' };
    const cut = { method: 'SIP/CreateSIPParticipant', times: 1, answer: half };
    const done = await cliAgainst({
      seed: { trunks: [INBOUND, OUTBOUND], rooms, faults: [cut] },
    })(`${MANY.replace('--rate 10', '--rate 0.05')} --detach --json`, {
      config: CONFIG,
      stdin: { text: 'SCL_1\nSCL_2\n' },
    });
    expect(done.exitCode).toBe(7);
    const told = lines(done);
    expect(told.find(({ type }) => type === 'result')).toMatchObject({
      ...{ callId: 'SCL_1', outcome: 'unknown' },
      message: expect.stringContaining('LiveKit gave no answer (HTTP 403)'),
    });
    expect(told.at(-1)).toMatchObject({ outcomes: { unknown: 1, bridged: 1 }, notTried: [] });
  });

  it('are bridged one and all where the trunk has refused the REFER of the first', async () => {
    const line = MANY.replace('bridge', 'auto').replace('--rate 10', '--rate 0.05');
    const done = await batch(`${line} --detach --json`);
    const told = lines(done);
    expect(told.filter(({ type }) => type === 'not-tried')).toEqual([]);
    expect(told.find(({ type }) => type === 'summary')).toMatchObject({ outcomes: { bridged: 2 } });
    // What one REFER has shown is not asked again.
    expect(done.mutations.filter((method) => method.includes('Transfer'))).toHaveLength(1);
    expect(dials(done)).toBe(2);
  });

  it('are bridged as well where they were being told of it while the trunk refused the first', async () => {
    const rpc = {
      'lk-transfer.ready': { payload: '{"ready":true}' },
      'lk-transfer.announce': { payload: '{"interrupted":false}', afterMs: 5000 },
    };
    const withAgents = rooms.map((room) => ({
      ...room,
      participants: [...room.participants, agent({ rpc })],
    }));
    const run = cliAgainst({ seed: { trunks: [INBOUND, OUTBOUND], rooms: withAgents } });
    const done = await run(`${MANY.replace('bridge', 'auto')} --detach --json`, {
      config: { ...CONFIG, announce: '{department} will take over.' },
      stdin: { text: 'SCL_1\nSCL_2\n' },
    });
    const told = lines(done);
    expect(told.filter(({ type }) => type === 'not-tried')).toEqual([]);
    expect(told.filter(({ type }) => type === 'result')).toMatchObject(
      rooms.map(() => ({ outcome: 'bridged', announcement: { outcome: 'said' } })),
    );
    expect(done.mutations.filter((method) => method.includes('TransferSIP'))).toHaveLength(1);
  });

  it('are all told of by --dry-run, also where one room can no longer be read', async () => {
    const unread = { method: 'RoomService/ListParticipants', room: 'room-2', from: 2 };
    const done = await cliAgainst({
      seed: {
        trunks: [INBOUND, OUTBOUND],
        rooms,
        faults: [{ ...unread, answer: { status: 403 } }],
      },
    })(`${MANY.replace('--rate 10', '--dry-run')} --json`, {
      config: CONFIG,
      stdin: { text: 'SCL_1\nSCL_2\n' },
    });
    expect(done.exitCode).not.toBe(0);
    expect(lines(done)).toMatchObject([
      { dryRun: true, wouldSend: true, call: { callId: 'SCL_1' } },
      { dryRun: true, notTried: [{ callId: 'SCL_2' }] },
    ]);
  });

  it('are watched by nobody where Ctrl-C came while they were brought together', async () => {
    const line = MANY.replace('--confirm 2', '--confirm 1').replace('--rate 10 ', '');
    const removal = { method: 'RoomService/RemoveParticipant', delayMs: 10_000 };
    const room: RoomSeed = { name: 'room', participants: [caller({ callId: 'SCL_1' }), agent()] };
    const run = cliAgainst({
      seed: { trunks: [INBOUND, OUTBOUND], rooms: [room], faults: [removal] },
    });
    const done = await run(`${line} --json`, {
      config: CONFIG,
      stdin: { text: 'SCL_1\n' },
      during: async (fake, sandbox) => {
        await until(() => sandbox.requests.some(({ method }) => method === removal.method));
        fake.raise('SIGINT');
      },
    });
    expect(done.exitCode).toBe(130);
    expect(lines(done).find(({ outcome }) => outcome === 'bridged')).toMatchObject({
      bridge: { watchedBy: null },
    });
  });

  it('ring no longer after Ctrl-C', async () => {
    let seen: Sandbox | undefined;
    const done = await batch(
      `${MANY} --json`,
      { calleeAnswersAfterMs: 60_000 },
      {
        during: async (fake, sandbox) => {
          seen = sandbox;
          await until(
            () => sandbox.signals.filter(({ signal }) => signal === 'INVITE').length === 2,
          );
          fake.raise('SIGINT');
        },
      },
    );
    expect(done.exitCode).toBe(130);
    expect(seen?.signals.filter(({ signal }) => signal === 'CANCEL')).toHaveLength(2);
    const stopped = lines(done).filter(({ type }) => type === 'not-tried');
    expect(stopped.map(({ callId }) => callId).sort()).toEqual(['SCL_1', 'SCL_2']);
    for (const each of stopped) {
      expect(each).toMatchObject({ code: 'interrupted', exitCode: 130 });
      expect(each.reason).toContain(
        'was stopped while it rang. Nothing has changed for the caller',
      );
    }
    expect(done.stderr).toContain('The ringing of 2 is stopped.');
    expect(done.stderr).not.toContain('LiveKit continues them');
  });

  it('are left with --detach', async () => {
    const done = await batch(`${MANY} --detach`);
    expect(done.stdout).toContain('2 bridged');
    expect(dials(done)).toBe(2);
  });
});

describe.concurrent('a target whose caller has hung up, and nobody watched', () => {
  it('is no caller for a list of stuck calls to move, unless that is said', async () => {
    const room: RoomSeed = { name: 'room', participants: [caller()] };
    const run = cliAgainst({ seed: { trunks: [INBOUND, OUTBOUND], rooms: [room] } });
    const given = { config: CONFIG };
    const bridged = await run(`${LINE} --detach --json`, given);
    const { callId } = lines(bridged)[1].bridge;
    await run('hangup SCL_1 --yes', given);
    const stuck = await run('calls --stuck --fields callId', given);
    expect(stuck.stdout).toBe(`${callId}\n`);
    const batch = { ...given, stdin: { text: stuck.stdout } };
    const moved = await run('transfer - --to voicemail --method auto --confirm 1', batch);
    expect(moved.exitCode).toBe(2);
    expect(moved.stdout).toContain('this is the target of a bridge, and no caller');
    expect(moved.stderr).toContain(`lk-transfer hangup ${callId}`);
    const dry = await run(`transfer ${callId} --to voicemail --dry-run`, given);
    expect(dry.stdout).toContain('so --again is needed');
    for (const { mutations } of [moved, dry]) expect(mutations).toEqual([]);
    const again = await run(`transfer ${callId} --to voicemail --again --yes`, given);
    expect(again.mutations.filter((method) => method.includes('Transfer'))).toHaveLength(1);
  });
});

describe.concurrent('what the config says of bridges', () => {
  const doctor = async (config: object) => {
    const { stdout } = await bridging('doctor --json', {}, { config: { ...CONFIG, ...config } });
    const { checks } = JSON.parse(stdout);
    return checks.find(({ check }: { check: string }) => check === 'bridge') ?? null;
  };

  it('is checked by doctor', async () => {
    const named = 'LiveKit has the outbound trunks that the config names';
    expect(await doctor({})).toMatchObject({ result: 'ok', detail: named });
    expect(await doctor({ bridge: undefined })).toBeNull();
    const one = 'LiveKit has one outbound trunk, which dials for every caller';
    const bridges = { bridge: undefined, trunks: { ST_in: { method: 'bridge' } } };
    expect(await doctor(bridges)).toMatchObject({ result: 'ok', detail: one });
    const wrong = await doctor({ bridge: { trunk: 'Nowhere' } });
    expect(wrong).toMatchObject({ result: 'failed' });
    expect(wrong.notes[0]).toContain('bridge.trunk');
  });

  it('is checked against LiveKit by `config check --online`', async () => {
    const config = { ...CONFIG, departments: { sales: '100' }, bridge: { trunk: 'Nowhere' } };
    const done = await bridging('config check --online', {}, { config });
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toContain('bridge.trunk: There is no outbound trunk Nowhere');
    const right = await bridging('config check --online', {}, { config: CONFIG });
    expect(right.stderr).not.toContain('bridge.trunk');
  });

  it.each([
    [{ trunks: { ST_in: { refer: false, method: 'refer' } } }, 'contradicts'],
    [{ rescue: { numbers: { '510 555': 'x' } } }, 'E.164'],
    [{ bridge: { maxDuration: '30h' } }, '24h'],
    [{ trunks: { ST_in: { method: 'brigde' } } }, 'did you mean "bridge"'],
  ])('%j is found by `config check`', async (config, words) => {
    const done = await bridging('config check', {}, { config: { ...CONFIG, ...config } });
    expect(done.exitCode).toBe(2);
    expect(done.stdout + done.stderr).toContain(words);
  });
});
