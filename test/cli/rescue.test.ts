import { describe, expect, it, vi } from 'vitest';
import { connectTo } from '../../src/livekit/connect.ts';
import type { RoomSeed, Seed, WorkerSeed } from '../../src/sandbox/demo/rooms.ts';
import type { PhoneSignal } from '../../src/sandbox/server.ts';
import { Abandoned } from '../support/fake-host.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const CALLER = {
  kind: 'caller',
  callId: 'SCL_one',
  trunk: 'ST_one',
  number: '+15105550101',
  age: 60,
} as const;
const RINGING = { ...CALLER, status: 'ringing' } as const;
const OLD = { kind: 'agent', identity: 'agent-old', audio: 'none', age: 60 } as const;
const WORKER: WorkerSeed = { agentName: 'fallback', state: 'listening', audio: 'published' };

const seedOf = (
  participants: RoomSeed['participants'],
  workers: readonly WorkerSeed[] = [WORKER],
): Seed => ({ trunks: [ONE_TRUNK], rooms: [{ name: 'call-1', participants }], workers });

async function run(line: string, seed: Seed, options: CliOptions = {}) {
  let signals: readonly PhoneSignal[] = [];
  const ran = await cliAgainst({ seed })(line, {
    ...options,
    during: async (fake, sandbox) => {
      signals = sandbox.signals;
      await options.during?.(fake, sandbox);
    },
  });
  return { ...ran, phones: signals.map(({ signal }) => signal) };
}

const CREATE = 'AgentDispatchService/CreateDispatch';
const DELETE = 'AgentDispatchService/DeleteDispatch';
const REMOVE = 'RoomService/RemoveParticipant';
const RESCUE = 'rescue SCL_one --agent fallback --yes';

describe.concurrent('rescue', () => {
  it('brings an agent to a caller who has none', async () => {
    const ran = await run(`${RESCUE} --json`, seedOf([CALLER]));
    expect(ran).toMatchObject({ exitCode: 0, mutations: [CREATE] });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      ...{ outcome: 'rescued', caller: 'on-the-line', agentName: 'fallback', dispatch: 'stands' },
      ...{ answered: true, newcomers: [{ heard: true }] },
    });
  });

  it('has a caller who rings answered', async () => {
    const ran = await run(RESCUE, seedOf([RINGING]));
    expect(ran).toMatchObject({ exitCode: 0, mutations: [CREATE], phones: ['ANSWER'] });
    expect(ran.stdout).toContain('The call is answered now.');
    expect(ran.stderr).toContain('the call, which still rings: the agent’s audio does that');
  });

  it('takes the dispatch back where nobody serves the name', async () => {
    const ran = await run(`${RESCUE} --wait 2s --json`, seedOf([CALLER], []));
    expect(ran).toMatchObject({ exitCode: 1, mutations: [CREATE, DELETE] });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      outcome: 'no-agent-came',
      dispatch: 'taken-back',
      newcomers: [],
    });
  });

  it('does so for one who comes and says nothing', async () => {
    const mute: WorkerSeed = { ...WORKER, audio: 'none' };
    const ran = await run(`${RESCUE} --wait 2s --json`, seedOf([CALLER], [mute]));
    expect(ran).toMatchObject({ exitCode: 1, mutations: [CREATE, DELETE] });
    expect(JSON.parse(ran.stdout)).toMatchObject({ newcomers: [{ heard: false }] });
  });

  it('removes the silent agent with --replace, after the new one is heard', async () => {
    const ran = await run(`${RESCUE} --replace --json`, seedOf([OLD, CALLER]));
    expect(ran).toMatchObject({ exitCode: 0, mutations: [CREATE, REMOVE] });
    expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: 'rescued', removed: ['agent-old'] });
    const kept = await run(`${RESCUE} --json`, seedOf([OLD, CALLER]));
    expect(kept.mutations).toEqual([CREATE]);
    const none = await run(`${RESCUE} --replace --wait 2s`, seedOf([OLD, CALLER], []));
    expect(none.mutations).toEqual([CREATE, DELETE]);
  });

  it('says that the caller left, and takes the dispatch back', async () => {
    const gone = await run(`${RESCUE} --wait 60s --json`, seedOf([CALLER], []), {
      during: async ({ host }, { url, apiKey, apiSecret, requests }) => {
        await vi.waitUntil(() => requests.some(({ method }) => method === CREATE), {
          ...{ timeout: 60_000, interval: 5 },
        });
        const client = await connectTo({ url, apiKey, apiSecret, source: 'test' }, host, {});
        await client.removeParticipant('call-1', 'sip_+15105550101');
        client.close();
      },
    });
    expect(gone.exitCode).toBe(5);
    expect(gone.mutations).toEqual([CREATE, REMOVE, DELETE]);
    expect(JSON.parse(gone.stdout)).toMatchObject({ outcome: 'caller-gone', caller: 'left' });
  });

  it.each([
    ['--agent', '--agent fallback', {}],
    ['rescue.agent', '', { rescue: { agent: 'fallback' } }],
    [
      'the number called',
      '',
      { rescue: { agent: 'other', numbers: { '+15105550001': 'fallback' } } },
    ],
  ])('takes the name from %s', async (origin, flags, config) => {
    const line = `rescue SCL_one ${flags} --yes --dry-run --json`.replace('  ', ' ');
    const ran = await run(line, seedOf([CALLER]), { config: { ...config } });
    expect(ran).toMatchObject({ exitCode: 0, mutations: [] });
    expect(JSON.parse(ran.stdout)).toMatchObject({ agentName: 'fallback', waitMs: 20_000 });
    const words = await run(line.replace(' --json', ''), seedOf([CALLER]), {
      config: { ...config },
    });
    expect(words.stderr).toContain(origin === 'the number called' ? 'rescue.numbers' : origin);
  });

  it('goes by rescue.wait', async () => {
    const config = { rescue: { agent: 'fallback', wait: '7s' } };
    const ran = await run('rescue SCL_one --dry-run --json', seedOf([CALLER]), { config });
    expect(JSON.parse(ran.stdout)).toMatchObject({ waitMs: 7000 });
  });

  it.each([
    ['rescue SCL_one --yes', 'Which agent'],
    ['rescue SCL_one --agent fallback', '--yes'],
    ['rescue SCL_one --agent fallback --wait 1s --yes', '--wait'],
    ['rescue - --agent fallback --yes', 'one caller at a time'],
  ])('sends for nobody: %s', async (line, text) => {
    const ran = await run(line, seedOf([CALLER]), { config: {} });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', mutations: [] });
    expect(ran.stderr).toContain(text);
  });

  it('refuses what is no name', async () => {
    const ran = await run('x', seedOf([CALLER]), {});
    expect(ran.exitCode).toBe(2);
    for (const name of ['', ' ', 'a\nb', 'x'.repeat(300)]) {
      const refused = await cliAgainst({ seed: seedOf([CALLER]) })(
        ['rescue', 'SCL_one', '--agent', name, '--yes'],
        {},
      );
      expect(refused).toMatchObject({ exitCode: 2, mutations: [] });
    }
  });

  it('warns where the caller seems to be served', async () => {
    const served = seedOf([{ ...OLD, audio: 'published' }, CALLER]);
    const ran = await run('rescue SCL_one --agent fallback --dry-run', served);
    expect(ran.stderr).toMatch(
      /Warning +agent-old can be heard in the room: two agents would speak/,
    );
  });

  it('asks on a terminal, and takes Enter for no', async () => {
    const ran = await run('rescue SCL_one --agent fallback', seedOf([CALLER]), {
      isTTY: true,
      during: async ({ stderr, type }) => {
        await vi.waitUntil(() => stderr().includes('(y/N)'), { timeout: 60_000, interval: 5 });
        type('\r');
      },
    });
    expect(ran).toMatchObject({ exitCode: 3, mutations: [] });
    expect(ran.stderr).toContain('No agent was requested: you did not confirm. Nothing was sent.');
  });

  it('takes the dispatch back at a signal', async () => {
    const ran = await run(`${RESCUE} --wait 60s`, seedOf([CALLER], []), {
      during: async ({ raise }, { requests }) => {
        await vi.waitUntil(() => requests.some(({ method }) => method === CREATE), {
          ...{ timeout: 60_000, interval: 5 },
        });
        raise('SIGTERM');
      },
    });
    expect(ran).toMatchObject({ exitCode: 143, stdout: '', mutations: [CREATE, DELETE] });
    expect(ran.stderr).toContain('was cancelled');
  });

  it('leaves at a second signal, and says that the dispatch may stand', async () => {
    let stderr = () => '';
    const left = run(`${RESCUE} --wait 60s`, seedOf([CALLER], []), {
      during: async (fake, { requests, aim }) => {
        stderr = fake.stderr;
        aim([{ method: DELETE, answer: 'silence' }]);
        await vi.waitUntil(() => requests.some(({ method }) => method === CREATE), {
          ...{ timeout: 60_000, interval: 5 },
        });
        fake.raise('SIGINT');
        fake.raise('SIGINT');
      },
    });
    await expect(left).rejects.toThrow(Abandoned);
    expect(stderr()).toContain('the request was not cancelled: an agent may still come');
  });
});
