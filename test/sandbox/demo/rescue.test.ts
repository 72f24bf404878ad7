/** The demo's calls that cannot be transferred: what else can be done for them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoRooms, OUTBOUND_TRUNK } from '../../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { seenIn, until } from '../dialled.ts';
import { ask } from '../requests.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ speed: 10 });
});
afterAll(() => sandbox.close());

/** The room of one of the demo's calls. */
function roomOf(callId: string): string {
  const room = demoRooms.find(({ participants }) =>
    participants.some((each) => each.kind === 'caller' && each.callId === callId),
  );
  if (!room) throw new Error(`The demo has no call ${callId}`);
  return room.name;
}

interface Audible {
  identity: string;
  kind: string;
  tracks: unknown[];
}

async function agentsIn(room: string): Promise<Audible[]> {
  const seen = (await seenIn(sandbox, room)) as unknown as Audible[];
  return seen.filter(({ kind }) => kind === 'AGENT');
}

const dispatch = (room: string, agent_name: string) =>
  ask(sandbox, 'AgentDispatchService/CreateDispatch', { room, agent_name }, room);

async function rpc(room: string, identity: string, method: string): Promise<Response> {
  const request = { room, destination_identity: identity, method, response_timeout_ms: 5_000 };
  return ask(sandbox, 'RoomService/PerformRpc', request, room);
}

const statusOf = async (room: string) =>
  (await seenIn(sandbox, room)).find(({ kind }) => kind === 'SIP')?.attributes['sip.callStatus'];

describe.concurrent('in the demo', () => {
  it('a call that nobody answered is, once the fallback agent has come', async () => {
    const room = roomOf('SCL_ringing00001');
    expect(await statusOf(room)).toBe('ringing');
    await dispatch(room, 'fallback-agent');
    await until(async () => expect(await statusOf(room)).toBe('active'));
  });

  it('a silent agent gets another one beside it that is heard, or one that is not', async () => {
    const room = roomOf('SCL_silent000001');
    await dispatch(room, 'mute-agent');
    await until(async () => expect(await agentsIn(room)).toHaveLength(2));
    expect((await agentsIn(room)).flatMap(({ tracks }) => tracks)).toEqual([]);
    await dispatch(room, 'fallback-agent');
    await until(async () => {
      expect((await agentsIn(room)).filter(({ tracks }) => tracks.length > 0)).toHaveLength(1);
    });
  });

  it('agents can announce, but for one without methods and one that hangs', async () => {
    const healthy = roomOf('SCL_healthy00001');
    const ready = await rpc(healthy, 'agent-AJ_healthy', 'lk-transfer.ready');
    expect(await ready.json()).toEqual({ payload: '{"version":1,"ready":true}' });
    const said = await rpc(healthy, 'agent-AJ_healthy', 'lk-transfer.announce');
    expect(await said.json()).toEqual({ payload: '{"version":1,"interrupted":false}' });

    const outbound = roomOf('SCL_outbound0001');
    const unable = await rpc(outbound, 'agent-AJ_outbound', 'lk-transfer.ready');
    expect(unable.status).toBe(400);
    const hung = await rpc(roomOf('SCL_silent000001'), 'agent-AJ_silent', 'lk-transfer.ready');
    expect(hung.status).toBe(408);
  });

  it('a caller whose trunk has no REFER can be joined by somebody who is dialled', async () => {
    const room = roomOf('SCL_refuses40501');
    const answer = await ask(sandbox, 'SIP/CreateSIPParticipant', {
      sip_trunk_id: OUTBOUND_TRUNK.id,
      sip_call_to: '+15105550100',
      room_name: room,
      participant_identity: 'target',
      wait_until_answered: true,
    });
    expect(answer.status).toBe(200);
    const statuses = (await seenIn(sandbox, room)).map((each) => each.attributes['sip.callStatus']);
    expect(statuses).toEqual(['active', 'active']);
  });
});
