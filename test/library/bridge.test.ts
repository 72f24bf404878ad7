/** Callers who are bridged by a program, and the agent's process that watches. */
import type { Room } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  type BridgeEnd,
  type BridgeRoom,
  isKnownError,
  type KnownError,
  type OpenOptions,
  openTransfers,
  type TransferConfig,
  type TransferOutcome,
  type Transfers,
  type TransferTool,
  transferTool,
} from '../../src/index.ts';
import type { AgentSeed, CallerSeed, Seed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import '../support/all-sources.ts';
import { MirrorRoom } from '../support/mirror-room.ts';

const CONFIG: TransferConfig = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.company.com' },
  bridge: { trunk: 'Out' },
  departments: { sales: '100', busy: { to: '486', fallback: ['sales'] }, away: '480' },
};
const BRIDGED: TransferConfig = { ...CONFIG, trunks: { ST_in: { method: 'bridge' } } };

/** Rings for longer than any test takes. */
const RINGS_ON = { calleeAnswersAfterMs: 10_000_000 };

interface Scene {
  caller?: Partial<CallerSeed>;
  agents?: readonly AgentSeed[];
  inbound?: Partial<TrunkSeed>;
  outbound?: Partial<TrunkSeed>;
}

const AGENT: AgentSeed = { kind: 'agent', identity: 'agent-1', audio: 'published', age: 60 };

function seed({ caller, agents = [AGENT], inbound, outbound }: Scene): Seed {
  return {
    trunks: [
      {
        ...{ id: 'ST_in', name: 'In', direction: 'inbound', number: '+15105550001' },
        ...{ hostname: 'sbc.example.net', behaviour: { refuses: 405 }, ...inbound },
      },
      {
        ...{ id: 'ST_out', name: 'Out', direction: 'outbound', number: '+15105550009' },
        ...{ hostname: 'pbx.company.com', behaviour: 'honours-refer', ...outbound },
      },
    ],
    rooms: [
      {
        name: 'room',
        participants: [
          {
            ...{ kind: 'caller', callId: 'SCL_1', trunk: 'ST_in', number: '+15105550100' },
            ...{ identity: 'sip_caller', age: 60, ...caller },
          },
          ...agents,
        ],
      },
    ],
  };
}

const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

interface Opened extends Transfers {
  sandbox: Sandbox;
  /** Who is in the room. */
  present(): Promise<string[]>;
  /** Who is there by telephone: agents leave by themselves, some time after their caller. */
  phones(): Promise<string[]>;
  /** Hangs up, as the target or as the caller. */
  leave(who: 'target' | 'caller'): Promise<void>;
  dials(): number;
  /** How often the room was asked after. */
  looks(): number;
}

async function open(scene: Scene = {}, options: OpenOptions = {}): Promise<Opened> {
  // LiveKit lets nobody ring for longer than 80 s.
  const speed = scene.outbound === RINGS_ON ? 1 : 10;
  const sandbox = await startSandbox({ seed: seed(scene), speed });
  const { url, apiKey, apiSecret } = sandbox;
  const transfers = await openTransfers({ config: BRIDGED, url, apiKey, apiSecret, ...options });
  cleanUps.unshift(
    () => sandbox.close(),
    () => transfers.close(),
  );
  const rooms = new RoomServiceClient(url, apiKey, apiSecret);
  const requestsOf = (method: string) =>
    sandbox.requests.filter((each) => each.method.endsWith(method)).length;
  const present = async () => {
    const found = await rooms.listParticipants('room').catch(() => []);
    return found.map(({ identity }) => identity.replace(/^lk-transfer-bridge-.*/, 'target')).sort();
  };
  return {
    ...transfers,
    sandbox,
    present,
    phones: async () => (await present()).filter((each) => !each.startsWith('agent')),
    leave: async (who) => {
      const found = await rooms.listParticipants('room');
      const prefix = who === 'caller' ? 'sip_' : 'lk-transfer-bridge-';
      const leg = found.find(({ identity }) => identity.startsWith(prefix));
      if (leg === undefined) throw new Error(`there is no ${who}`);
      await rooms.removeParticipant('room', leg.identity);
    },
    dials: () => requestsOf('/CreateSIPParticipant'),
    looks: () => requestsOf('/ListParticipants'),
  };
}

/** The agent's room, as its process sees it. */
async function roomOf({ sandbox }: Opened): Promise<MirrorRoom> {
  const room = await new MirrorRoom(sandbox, 'room', 'agent-1').start();
  cleanUps.unshift(() => room.stop());
  return room;
}

const failure = (promise: Promise<unknown>): Promise<KnownError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => (isKnownError(error) ? error : Promise.reject(error)),
  );

const until = (check: () => boolean | Promise<boolean>) => vi.waitUntil(check, 20_000);

/** Bridges the caller with the agent's process as the watcher. */
async function watched(scene: Scene = {}, more: { keepAgent?: boolean } = {}) {
  const transfers = await open(scene);
  const room = await roomOf(transfers);
  let told: (end: BridgeEnd | null) => void = () => {};
  const ended = new Promise<BridgeEnd | null>((resolve) => {
    told = resolve;
  });
  const onBridgeEnd = (end: BridgeEnd | null) => told(end);
  const result = await transfers.transfer({ room: 'room' }, 'sales', {
    ...{ room, onBridgeEnd, ...more },
  });
  expect(result).toMatchObject({ outcome: 'bridged', caller: 'with-target' });
  await until(() => room.remoteParticipants.has(result.bridge?.identity ?? ''));
  return { transfers, room, result, ended };
}

describe.concurrent('a program', () => {
  it('bridges where the config says so of the trunk', async () => {
    const transfers = await open();
    const told: string[] = [];
    const result = await transfers.transfer({ room: 'room' }, 'sales', {
      onAnswer: ({ outcome, say }) => told.push(outcome, say),
    });
    expect(result).toMatchObject({
      ...{ outcome: 'bridged', transferMethod: 'bridge', caller: 'with-target', exitCode: 0 },
      ...{ say: 'Sales is on the line.', warnings: [], call: { callId: 'SCL_1' } },
      destination: { referTo: 'sip:100@pbx.company.com' },
      bridge: { number: '100', watchedBy: null, removedAgents: ['agent-1'] },
    });
    expect(told).toEqual(['bridged', 'Sales is on the line.']);
    expect(result.hint).toMatch(/^Nobody watches the two: .*`watchBridge`/);
    expect(await transfers.present()).toEqual(['sip_caller', 'target']);
    expect(transfers.dials()).toBe(1);
    // The target is no caller, and is not dialled a second time beside the first.
    expect((await transfers.findCall({ room: 'room' })).identity).toBe('sip_caller');
    const second = await transfers.transfer({ room: 'room' }, 'sales');
    expect(second).toMatchObject({ outcome: 'not-sent', advice: { action: 'look' } });
    expect(second.hint).not.toMatch(/lk-transfer|--/);
    expect(transfers.dials()).toBe(1);
  });

  it('bridges where it asks for it, and can leave the agents there', async () => {
    const transfers = await open({}, { config: CONFIG });
    const wishes = { method: 'bridge', keepAgent: true } as const;
    expect(await transfers.transfer({ room: 'room' }, 'sales', wishes)).toMatchObject({
      ...{ outcome: 'bridged', bridge: { removedAgents: [] } },
    });
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller', 'target']);
  });

  it('bridges around a trunk that refuses the REFER, where it leaves the way open', async () => {
    const transfers = await open({}, { config: CONFIG });
    const result = await transfers.transfer({ room: 'room' }, 'sales', { method: 'auto' });
    expect(result).toMatchObject({
      outcome: 'bridged',
      attempts: [{ transferMethod: 'refer', outcome: 'refused' }, { transferMethod: 'bridge' }],
    });
  });

  it('hears of a refused REFER that a bridge is what works, in its own words', async () => {
    const transfers = await open({}, { config: CONFIG });
    const result = await transfers.transfer({ room: 'room' }, 'sales');
    expect(result).toMatchObject({ outcome: 'refused', advice: { action: 'bridge' } });
    expect(result.hint).toContain("`method: 'bridge'`");
  });

  it('cannot ask for a method that there is not', async () => {
    const transfers = await open();
    const wishes = { method: 'warm' as never };
    const error = await failure(transfers.transfer({ room: 'room' }, 'sales', wishes));
    expect(error).toMatchObject({ code: 'usage' });
    expect(transfers.dials()).toBe(0);
  });

  it('has the fallbacks bridged as well', async () => {
    const transfers = await open();
    const result = await transfers.transfer({ room: 'room' }, 'busy');
    expect(result.attempts).toMatchObject([{ outcome: 'target-failed' }, { outcome: 'bridged' }]);
    expect(transfers.dials()).toBe(2);
  });

  it('has words for callers after a dial that nobody answered', async () => {
    const transfers = await open();
    const busy = await transfers.transfer({ room: 'room' }, 'busy', { fallback: false });
    expect(busy).toMatchObject({ outcome: 'target-failed', say: 'Busy is busy.' });
    const silent = await transfers.transfer({ room: 'room' }, '408', { wait: '5s' });
    expect(silent).toMatchObject({ outcome: 'target-failed', caller: 'on-the-line' });
    expect(silent.say).toMatch(/did not take the call|does not answer/);
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller']);
  });

  it('answers a caller who rings by the dial only where it says so', async () => {
    const transfers = await open({ caller: { status: 'ringing' }, agents: [] });
    const unsent = await transfers.transfer({ room: 'room' }, 'sales');
    expect(unsent).toMatchObject({ outcome: 'not-sent' });
    expect(unsent.hint).toContain('`answerCaller: true`');
    expect(unsent.hint).not.toContain('lk-transfer');
    expect(transfers.dials()).toBe(0);
    const wishes = { answerCaller: true };
    const result = await transfers.transfer({ room: 'room' }, 'sales', wishes);
    expect(result).toMatchObject({ outcome: 'bridged' });
  });

  it('sees where a word leads over the trunk that would dial', async () => {
    const transfers = await open();
    const call = await transfers.findCall({ room: 'room' });
    expect(await transfers.resolve('100', call)).toMatchObject({
      referTo: 'sip:100@pbx.company.com',
    });
    const elsewhere = failure(transfers.resolve('sip:1@elsewhere.example.com', call));
    expect((await elsewhere).message).toContain('the outbound trunk');
    const byRefer = await transfers.resolve('sip:1@elsewhere.example.com', call, {
      method: 'refer',
    });
    expect(byRefer.referTo).toBe('sip:1@elsewhere.example.com');
  });

  it('hears that the outbound trunk is not there before anything is sent', async () => {
    const config = { ...BRIDGED, bridge: { trunk: 'Nowhere' } };
    const transfers = await open({}, { config });
    const error = await failure(transfers.transfer({ room: 'room' }, 'sales'));
    expect(error).toMatchObject({ code: 'no-such-trunk' });
    expect(transfers.dials()).toBe(0);
  });
});

describe.concurrent('an abort', () => {
  /** Aborts once the target rings. */
  async function abortWhileItRings(transfers: Opened): Promise<KnownError> {
    const controller = new AbortController();
    const wishes = { signal: controller.signal, wait: '290s' };
    const failed = failure(transfers.transfer({ room: 'room' }, 'sales', wishes));
    await until(async () => (await transfers.present()).includes('target'));
    controller.abort();
    return failed;
  }

  it('hangs up on a target that rings, and changes nothing for the caller', async () => {
    const transfers = await open({ outbound: RINGS_ON });
    const error = await abortWhileItRings(transfers);
    expect(error).toMatchObject({ code: 'interrupted' });
    expect(error.message).toMatch(/^The transfer was aborted\. The call to sales .* while it rang/);
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller']);
    expect(transfers.dials()).toBe(1);
    // Nothing is left open by it.
    const next = await transfers.transfer({ room: 'room' }, 'sales', { method: 'refer' });
    expect(next.outcome).toBe('refused');
  });

  it('does not say that the target rings no more where nobody could see to it', async () => {
    const transfers = await open({ outbound: RINGS_ON });
    const unreachable = { method: 'RoomService/RemoveParticipant', answer: { status: 503 } };
    transfers.sandbox.aim([unreachable]);
    const error = await abortWhileItRings(transfers);
    expect(error).toMatchObject({ code: 'outcome-lost', exitCode: 7 });
    expect(error.message).toContain('still rings is not known');
    expect(`${error.message} ${error.hint}`).not.toMatch(/Ctrl|lk-transfer/);
    const next = await transfers.transfer({ room: 'room' }, 'sales');
    expect(next).toMatchObject({ outcome: 'not-sent', earlier: [{ outcome: 'unknown' }] });
    expect(transfers.dials()).toBe(1);
  });

  it('changes nothing once the two talk', async () => {
    const transfers = await open();
    const controller = new AbortController();
    const result = await transfers.transfer({ room: 'room' }, 'sales', {
      signal: controller.signal,
      onAnswer: () => controller.abort(),
    });
    expect(result.outcome).toBe('bridged');
    expect(await transfers.present()).toEqual(['sip_caller', 'target']);
  });
});

describe.concurrent('an agent whose process watches', () => {
  it('has a room of LiveKit’s that fits', () => {
    const fits = (room: Room): BridgeRoom => room;
    expect(fits).toBeTypeOf('function');
  });

  it('stays in the room, and asks nothing while the two talk', async () => {
    const { transfers, room, result } = await watched({
      agents: [AGENT, { ...AGENT, identity: 'agent-2' }],
    });
    expect(result.bridge).toMatchObject({ watchedBy: 'agent', removedAgents: ['agent-2'] });
    expect(result.hint).toBeNull();
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller', 'target']);
    await room.stop();
    const before = transfers.looks();
    // Longer than a look would be away.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(transfers.looks()).toBe(before);
  });

  it.each(['target', 'caller'] as const)(
    'hangs up on the other when the %s leaves',
    async (who) => {
      const { transfers, ended } = await watched();
      await transfers.leave(who);
      expect(await ended).toMatchObject({ leftFirst: who, other: 'hung-up' });
      expect(await transfers.phones()).toEqual([]);
    },
  );

  it('leaves the caller to an agent who is there for them', async () => {
    const { transfers, ended } = await watched({}, { keepAgent: true });
    await transfers.leave('target');
    expect(await ended).toMatchObject({ leftFirst: 'target', other: 'with-agent' });
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller']);
  });

  it('hangs up on nobody when the caller comes back under another identity', async () => {
    const { transfers, room, ended } = await watched();
    await room.stop();
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const looks = transfers.looks();
    const { attributes } = room.lose('sip_caller');
    await until(() => transfers.looks() > looks);
    room.remoteParticipants.set('sip_again', { identity: 'sip_again', attributes });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(over).toBe(false);
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller', 'target']);
  });

  it.each<[string, (room: MirrorRoom) => Promise<void>]>([
    ['is lost', (room) => room.disconnect()],
    [
      'is being made anew',
      async (room) => {
        await room.stop();
        room.emit('reconnecting');
      },
    ],
  ])('asks LiveKit while its connection to the room %s', async (_, lose) => {
    const { transfers, room, ended } = await watched();
    await lose(room);
    await transfers.leave('target');
    expect(await ended).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(await transfers.phones()).toEqual([]);
  });

  it('listens no longer once the transfers are closed', async () => {
    const { transfers, room, ended } = await watched();
    expect(room.listenerCount('participantDisconnected')).toBe(1);
    transfers.close();
    expect(await ended).toBeNull();
    expect(room.eventNames()).toEqual([]);
  });

  it.each<[string, (room: MirrorRoom) => BridgeRoom, string]>([
    ['not connected', (room) => Object.assign(room, { isConnected: false }), 'is not connected'],
    ['another one', (room) => Object.assign(room, { name: 'other' }), 'the caller is in room'],
  ])('is not taken for one whose room is %s', async (_, change, words) => {
    const transfers = await open();
    const room = change(await roomOf(transfers));
    // Whoever is moved by REFER needs nobody to watch.
    const refer = { room, method: 'refer' } as const;
    const refused = await transfers.transfer({ room: 'room' }, 'sales', refer);
    expect(refused.outcome).toBe('refused');
    const error = await failure(transfers.transfer({ room: 'room' }, 'sales', { room }));
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(words) });
    expect(transfers.dials()).toBe(0);
  });

  it('does not lose the end to a callback that throws', async () => {
    const troubles: string[] = [];
    const transfers = await open({}, { onTrouble: (trouble) => troubles.push(trouble) });
    await transfers.transfer({ room: 'room' }, 'sales', {
      room: await roomOf(transfers),
      onBridgeEnd: () => {
        throw new Error('no disk');
      },
    });
    await transfers.leave('caller');
    await until(() => troubles.length > 0);
    expect(troubles).toEqual(['onBridgeEnd threw, and the transfer went on: Error: no disk']);
    expect(await transfers.phones()).toEqual([]);
  });
});

describe.concurrent('watching a bridge that nobody watches', () => {
  const bridge = async (): Promise<[Opened, TransferOutcome]> => {
    const transfers = await open();
    return [transfers, await transfers.transfer({ room: 'room' }, 'sales')];
  };

  it('hangs up on the other, from any process', async () => {
    const [transfers, result] = await bridge();
    const kept = JSON.parse(JSON.stringify(result));
    kept.bridge.since = new Date(Date.now() - 60_000).toISOString();
    await transfers.leave('target');
    const end = await transfers.watchBridge(kept);
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    // Not since it is watched.
    expect(end?.durationMs).toBeGreaterThanOrEqual(60_000);
    expect(await transfers.present()).toEqual([]);
  });

  it('can be given up', async () => {
    const [transfers, result] = await bridge();
    const controller = new AbortController();
    const watch = transfers.watchBridge(result, { signal: controller.signal });
    controller.abort();
    expect(await watch).toBeNull();
    expect(await transfers.present()).toEqual(['sip_caller', 'target']);
  });

  it('is refused where there is none: the caller would be hung up on', async () => {
    const transfers = await open();
    const result = await transfers.transfer({ room: 'room' }, 'busy', { fallback: false });
    expect(await failure(transfers.watchBridge(result))).toMatchObject({ code: 'usage' });
    expect(await transfers.present()).toEqual(['agent-1', 'sip_caller']);
  });
});

describe.concurrent('the tool of a voice agent', () => {
  /** A session that only pretends to be one, and what the log was told. */
  async function toolOn(scene: Scene, isConnected = true) {
    const transfers = await open(scene);
    const told: string[] = [];
    const hears = (what: string) => ({
      setAudioEnabled: (on: boolean) => void told.push(`${what} ${on ? 'on' : 'off'}`),
    });
    const ctx: Parameters<TransferTool['execute']>[1]['ctx'] = {
      waitForPlayout: async () => {},
      speechHandle: { interrupted: false },
      session: {
        ...{ userState: 'listening', input: hears('ears'), output: hears('voice') },
        say: () => ({ interrupted: false, waitForPlayout: async () => {} }),
      },
    };
    const connected = isConnected ? await roomOf(transfers) : 'room';
    const tool = transferTool(transfers, {
      room: () => connected,
      onOutcome: (outcome) => void told.push(isKnownError(outcome) ? 'error' : outcome.outcome),
      onBridgeEnd: ({ leftFirst }) => void told.push(`${leftFirst} left`),
      onLeft: ({ outcome }) => void told.push(`job ended: ${outcome}`),
    });
    const call = (department: string, abortSignal?: AbortSignal) =>
      tool.execute({ department }, { ctx, ...(abortSignal && { abortSignal }) });
    return { transfers, told, call };
  }

  it('silences the agent, which stays to watch, and lets the job end with the bridge', async () => {
    const agent = await toolOn({});
    expect(await agent.call('sales')).toBe(
      'Sales is on the line. The two talk with each other now: say nothing more.',
    );
    expect(agent.told).toEqual(['ears off', 'voice off', 'bridged']);
    expect(await agent.transfers.present()).toEqual(['agent-1', 'sip_caller', 'target']);
    await agent.transfers.leave('target');
    await until(() => agent.told.length === 5);
    expect(agent.told.slice(3)).toEqual(['target left', 'job ended: bridged']);
    expect(await agent.transfers.phones()).toEqual([]);
  });

  it('by the name of the room alone lets the job end at once: the agent was sent away', async () => {
    const agent = await toolOn({}, false);
    expect(await agent.call('sales')).toMatch(/^Sales is on the line\. /);
    expect(agent.told).toEqual(['bridged', 'job ended: bridged']);
    expect(await agent.transfers.present()).toEqual(['sip_caller', 'target']);
  });

  it('keeps the agent speaking where the target did not take the call', async () => {
    const agent = await toolOn({});
    expect(await agent.call('away')).toBe(
      'Away is not available right now. Go on helping the caller.',
    );
    expect(agent.told).toEqual(['target-failed']);
  });

  it('says that nobody answered where the session gives it up while it rings', async () => {
    const agent = await toolOn({ outbound: RINGS_ON });
    const controller = new AbortController();
    const answer = agent.call('sales', controller.signal);
    await until(async () => (await agent.transfers.present()).includes('target'));
    controller.abort();
    expect(await answer).toBe('The transfer was cancelled before anybody answered.');
    expect(agent.told).toEqual(['error']);
    expect(await agent.transfers.present()).toEqual(['agent-1', 'sip_caller']);
  });
});
