/** Agents that are fetched by their names, and asked for something by PerformRpc. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentSeed, CallerSeed, Seed } from '../../../src/sandbox/demo/rooms.ts';
import { type Era, type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { roomNames, type Seen, seenIn, until } from '../dialled.ts';
import { ask, CALLER, look, oneCall, ROOM, transfer, warmUp } from '../requests.ts';

const SPEED = 20;

beforeAll(warmUp);

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function start(seed: Seed, era?: Era, speed = SPEED): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed, speed, era });
  open.push(sandbox);
  return sandbox;
}

interface Dispatched {
  id: string;
  agent_name: string;
  state: { jobs: unknown[]; created_at: string };
}

async function dispatch(sandbox: Sandbox, agentName: string, room = ROOM): Promise<Dispatched> {
  const request = { room, agent_name: agentName };
  const answer = await ask(sandbox, 'AgentDispatchService/CreateDispatch', request, room);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Dispatched;
}

async function dispatchesIn(sandbox: Sandbox, more: object = {}): Promise<Dispatched[]> {
  const request = { room: ROOM, ...more };
  const answer = await ask(sandbox, 'AgentDispatchService/ListDispatch', request);
  return ((await answer.json()) as { agent_dispatches: Dispatched[] }).agent_dispatches;
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return (performance.now() - started) * SPEED;
}

const agentsIn = async (sandbox: Sandbox) =>
  (await seenIn(sandbox, ROOM)).filter(({ kind }) => kind === 'AGENT');

const tracksOf = (participant: Seen | undefined) =>
  (participant as unknown as { tracks: unknown[] } | undefined)?.tracks ?? [];

const ALONE = { participants: [{ ...callerOf(oneCall()), age: 60 }] };

function callerOf(seed: Seed): CallerSeed {
  const caller = seed.rooms[0]?.participants.find(({ kind }) => kind === 'caller');
  return caller as CallerSeed;
}

const RINGING = { participants: [{ ...callerOf(oneCall()), status: 'ringing' as const }] };

function withAgent(agent: Partial<AgentSeed>, caller: Partial<CallerSeed> = {}): Seed {
  return oneCall(
    {},
    {
      participants: [
        { kind: 'agent', identity: 'agent', audio: 'published', age: 60, ...agent },
        { ...callerOf(oneCall()), ...caller },
      ],
    },
  );
}

describe.concurrent('an agent that is dispatched', () => {
  const workers = [{ agentName: 'rescuer', audio: 'published', joinsAfterMs: 400 }] as const;

  it('comes a while later, and its jobs are told by nobody', async () => {
    const sandbox = await start({ ...oneCall({}, ALONE), workers });
    const { id } = await dispatch(sandbox, 'rescuer');
    await until(async () => {
      const [agent] = await agentsIn(sandbox);
      expect(agent?.identity).toMatch(/^agent-AJ_\w{12}$/);
      expect(tracksOf(agent)).toHaveLength(1);
    });
    const listed = await dispatchesIn(sandbox);
    expect(listed.map(({ agent_name }) => agent_name)).toEqual(['', 'rescuer']);
    for (const { state } of listed) expect(state.jobs).toEqual([]);
    expect(await dispatchesIn(sandbox, { dispatch_id: id })).toHaveLength(1);
  });

  it('does not come when nobody serves its name', async () => {
    const sandbox = await start({ ...oneCall({}, ALONE), workers });
    await dispatch(sandbox, 'nobody-serves-this');
    await dispatch(sandbox, 'rescuer');
    await until(async () => expect(await agentsIn(sandbox)).toHaveLength(1));
    expect(await dispatchesIn(sandbox)).toHaveLength(3);
  });

  it('answers a call that rings, when it is heard', async () => {
    const wrong: string[] = [];
    const later = { ...workers[0], audio: 'none' as const, publishesAfterMs: 4_000 };
    const sandbox = await start({ ...oneCall({}, RINGING), workers: [later] });
    await dispatch(sandbox, 'rescuer');
    await until(async () => {
      const seen = await seenIn(sandbox, ROOM);
      const agent = seen.find(({ kind }) => kind === 'AGENT');
      const status = seen.find(({ kind }) => kind === 'SIP')?.attributes['sip.callStatus'];
      // At every look, whether the agent is there or not: one goes with the other.
      const whileHeard = tracksOf(agent).length > 0 ? 'active' : 'ringing';
      if (status !== whileHeard) wrong.push(`${status}, not ${whileHeard}`);
      expect(status).toBe('active');
    });
    expect(wrong).toEqual([]);
    expect(sandbox.signals.map(({ signal }) => signal)).toEqual(['ANSWER']);
  });

  it('can stay silent, and leave the call ringing', async () => {
    const sandbox = await start({
      ...oneCall({}, RINGING),
      workers: [{ agentName: 'mute', audio: 'none' }],
    });
    await dispatch(sandbox, 'mute');
    await until(async () => expect(await agentsIn(sandbox)).toHaveLength(1));
    expect(sandbox.signals).toEqual([]);
  });

  it('stays when its dispatch is deleted', async () => {
    const sandbox = await start({ ...oneCall({}, ALONE), workers });
    const { id } = await dispatch(sandbox, 'rescuer');
    await until(async () => expect(await agentsIn(sandbox)).toHaveLength(1));
    const request = { room: ROOM, dispatch_id: id };
    const remove = () => ask(sandbox, 'AgentDispatchService/DeleteDispatch', request);
    expect(await (await remove()).json()).toMatchObject({ id, agent_name: 'rescuer' });
    expect((await remove()).status).toBe(404);
    expect(await agentsIn(sandbox)).toHaveLength(1);
    expect(await dispatchesIn(sandbox)).toHaveLength(1);
  });

  it('makes its room, which closes again when nobody comes', async () => {
    const sandbox = await start(oneCall({}, ALONE), undefined, 40);
    await dispatch(sandbox, 'nobody', 'made');
    expect(await roomNames(sandbox)).toContain('made');
    await until(async () => expect(await roomNames(sandbox)).not.toContain('made'));
  });

  it('is looked for 3 s in a room that is not there', async () => {
    const sandbox = await start(oneCall());
    for (const method of ['ListDispatch', 'DeleteDispatch']) {
      const request = { room: 'nowhere', dispatch_id: 'AD_x' };
      const took = await timed(async () => {
        const answer = await ask(sandbox, `AgentDispatchService/${method}`, request, 'nowhere');
        expect(await answer.json()).toEqual({
          code: 'unavailable',
          msg: 'no response from servers',
        });
      });
      expect(took).toBeGreaterThan(2_900);
    }
  });

  it.each(['CreateDispatch', 'ListDispatch', 'DeleteDispatch'])(
    'needs room admin of that room: %s',
    async (method) => {
      const sandbox = await start(oneCall());
      const name = `AgentDispatchService/${method}`;
      const answer = await ask(sandbox, name, { room: ROOM, dispatch_id: 'AD_x' }, 'another');
      expect(answer.status).toBe(401);
    },
  );
});

describe.concurrent('an agent', () => {
  it('can leave by itself, and be back as somebody else', async () => {
    const agent = { leaves: { afterMs: 1_000 }, returns: { as: 'agent-again', afterMs: 1_000 } };
    const sandbox = await start(withAgent(agent));
    await until(async () => {
      expect((await agentsIn(sandbox)).map(({ identity }) => identity)).toEqual(['agent-again']);
    });
  });

  it('can leave when a transfer of its caller is asked for', async () => {
    const sandbox = await start(withAgent({ leaves: { afterTransferMs: 100 } }));
    await transfer(sandbox, 'sip:100@pbx.company.com');
    await until(async () => expect(await agentsIn(sandbox)).toEqual([]));
  });

  it('can be back after it was removed', async () => {
    const sandbox = await start(withAgent({ returns: { as: 'agent-again', afterMs: 500 } }));
    await ask(sandbox, 'RoomService/RemoveParticipant', { room: ROOM, identity: 'agent' });
    await until(async () => {
      expect((await agentsIn(sandbox)).map(({ identity }) => identity)).toEqual(['agent-again']);
    });
  });
});

describe.concurrent('PerformRpc', () => {
  const SAY = 'lk-transfer.announce';
  const rpc = (sandbox: Sandbox, more: object = {}, room = ROOM) => {
    const request = { room: ROOM, destination_identity: 'agent', method: SAY, ...more };
    return ask(sandbox, 'RoomService/PerformRpc', request, room);
  };
  const INTERRUPTED = '{"interrupted":true}';

  it('is answered by the agent that has the method, as soon as it likes', async () => {
    const handlers = { [SAY]: { payload: INTERRUPTED, afterMs: 4_000 } };
    const sandbox = await start(withAgent({ rpc: handlers }));
    const took = await timed(async () => {
      const answer = await rpc(sandbox, { payload: 'One moment, please.' });
      expect(await answer.text()).toBe(JSON.stringify({ payload: INTERRUPTED }));
    });
    expect(took).toBeGreaterThan(3_900);
    expect(sandbox.requests.at(-1)?.body).toMatchObject({ payload: 'One moment, please.' });
  });

  it('does not wait longer than it is told to', async () => {
    const handlers = { [SAY]: { payload: '', afterMs: 60_000 } };
    const sandbox = await start(withAgent({ rpc: handlers }));
    const answer = await rpc(sandbox, { response_timeout_ms: 2_000 });
    expect(answer.status).toBe(408);
    expect(await answer.json()).toMatchObject({
      code: 'canceled',
      msg: expect.stringContaining('RpcError 1502'),
    });
  });

  it.each([
    [0, 6_900, 'RpcError 1501'],
    [3_000, 2_900, 'RpcError 1502'],
  ])('is not answered by an agent that hangs: %i ms', async (waitMs, atLeast, message) => {
    const sandbox = await start(withAgent({ rpc: 'hung' }));
    const took = await timed(async () => {
      const answer = await rpc(sandbox, { response_timeout_ms: waitMs });
      expect(answer.status).toBe(408);
      expect(((await answer.json()) as { msg: string }).msg).toContain(message);
    });
    expect(took).toBeGreaterThan(atLeast);
  });

  it('is refused where there is no such method, nobody, or no grant', async () => {
    const sandbox = await start(withAgent({ rpc: { other: { payload: '' } } }));
    for (const method of [SAY, 'toString', '']) {
      const answer = await rpc(sandbox, { method });
      expect(await answer.json()).toEqual({
        code: 'invalid_argument',
        msg: 'RpcError 1400: Method not supported at destination',
      });
    }
    expect((await rpc(sandbox, { destination_identity: 'nobody' })).status).toBe(503);
    expect((await rpc(sandbox, {}, 'another')).status).toBe(401);
  });

  it('is no method of a server before it came', async () => {
    const sandbox = await start(withAgent({}), '2025');
    expect(await (await rpc(sandbox)).json()).toMatchObject({ code: 'bad_route' });
  });

  const END = { destination_identity: CALLER, method: 'lk.sip.EndCall' };

  it('hangs a phone up', async () => {
    const sandbox = await start(withAgent({}));
    expect((await rpc(sandbox, END)).status).toBe(200);
    expect(await look(sandbox)).toBe(404);
    expect(sandbox.signals).toEqual([{ callId: 'SCL_one', number: '+15105550142', signal: 'BYE' }]);
  });

  it('does not with an older SIP service', async () => {
    const sandbox = await start(withAgent({}), '1.13');
    expect((await rpc(sandbox, END)).status).toBe(400);
    expect(await look(sandbox)).toBe(200);
  });

  it('cannot transfer a call whose SIP service is dead', async () => {
    const sandbox = await start(withAgent({}, { sipService: 'dead' }));
    const answer = await transfer(sandbox, 'sip:100@pbx.company.com');
    expect(answer.status).toBe(503);
    expect(await look(sandbox)).toBe(200);
  });

  it.each([
    ['dead', 404],
    ['dead-and-listed', 200],
  ] as const)('tells a SIP service that is %s from one that hangs up', async (sipService, then) => {
    const sandbox = await start(withAgent({}, { sipService }));
    const answer = await rpc(sandbox, { ...END, response_timeout_ms: 1_000 });
    expect(await answer.json()).toMatchObject({
      code: 'canceled',
      msg: expect.stringContaining('RpcError 1502'),
    });
    const request = { room: ROOM, identity: CALLER };
    const removal = await ask(sandbox, 'RoomService/RemoveParticipant', request);
    expect(removal.status).toBe(200);
    expect(await look(sandbox)).toBe(then);
    expect(sandbox.signals).toEqual([]);
  });
});
