import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readRoom, rereadStuckCalls, scanCalls } from '../../src/calls/scan.ts';
import { SeenCalls } from '../../src/calls/stuck.ts';
import { KnownError } from '../../src/core/errors.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import {
  agent,
  call,
  caller,
  fakeClient,
  MUTED,
  NOW,
  room,
  secondsAgo,
} from '../support/livekit.ts';

type Contents = Participant[] | Error;

const options = { isAgent: () => false, now: () => NOW };
const down = () => new KnownError('server', 'cannot be read');
const sip = (callId: string, { attributes, ...wishes }: Parameters<typeof caller>[0] = {}) =>
  caller({
    identity: `sip_${callId}`,
    attributes: { 'sip.callID': callId, ...attributes },
    ...wishes,
  });

/** A LiveKit with these rooms; `later` is who is in them from the second list of rooms on. */
function livekit(rooms: Record<string, Contents>, remaining = Object.keys(rooms)) {
  const asked: string[] = [];
  const listed: (string[] | undefined)[] = [];
  const client: LiveKitClient = fakeClient({
    listRooms: async (names) => {
      listed.push(names);
      const there = listed.length === 1 ? Object.keys(rooms) : remaining;
      return there
        .filter((name) => names === undefined || names.includes(name))
        .map((name) => room({ name, sid: `RM_${name}` }));
    },
    listParticipants: async (name) => {
      asked.push(name);
      await turn();
      const contents = rooms[name] ?? [];
      if (contents instanceof Error) throw contents;
      return contents;
    },
  });
  return { client, asked, listed };
}

const idsOf = (calls: readonly { callId: string }[]) => calls.map(({ callId }) => callId);

describe('a scan', () => {
  it('finds the calls of all rooms, the longest-waiting first', async () => {
    const { client } = livekit({
      a: [sip('SCL_young', { joinedAtMs: secondsAgo(5) }), agent()],
      web: [agent()],
      b: [
        sip('SCL_old', {
          joinedAtMs: secondsAgo(1),
          attributes: { 'lk.sip.inviteTime': `${secondsAgo(500)}` },
        }),
        sip('SCL_ageless', { joinedAtMs: 0 }),
      ],
    });
    const { calls, rooms, unreadable } = await scanCalls(client, options);
    expect(idsOf(calls)).toEqual(['SCL_old', 'SCL_young', 'SCL_ageless']);
    expect(rooms).toHaveLength(3);
    expect(unreadable).toEqual([]);
  });

  it('is empty where nobody is', async () => {
    const { client } = livekit({});
    expect(await scanCalls(client, options)).toEqual({
      rooms: [],
      calls: [],
      unreadable: [],
      left: 0,
    });
  });

  it('lists calls of one age by their ids, however long the reading of the rooms takes', async () => {
    const { client } = livekit({ a: [sip('SCL_a'), agent()], b: [sip('SCL_b'), agent()] });
    let nowMs = NOW;
    const now = () => {
      nowMs += 1000;
      return nowMs;
    };
    const { calls } = await scanCalls(client, { ...options, now });
    expect(new Set(calls.map(({ ageSeconds }) => ageSeconds)).size).toBe(2);
    expect(idsOf(calls)).toEqual(['SCL_a', 'SCL_b']);
  });

  it('judges each call from its room, and names the agent', async () => {
    const talkative = agent({ attributes: { 'lk.agent.state': 'listening' } });
    const { client } = livekit({ a: [sip('SCL_1'), talkative], b: [sip('SCL_2')] });
    const { calls } = await scanCalls(client, options);
    expect(calls).toMatchObject([
      {
        callId: 'SCL_1',
        condition: 'unremarkable',
        stuck: false,
        agent: { identity: 'agent-x', state: 'listening' },
      },
      { callId: 'SCL_2', condition: 'no-agent', agent: null, stuck: null },
    ]);
  });

  it.each([
    ['first', { a: 'copy', b: 'original' }],
    ['last', { a: 'original', b: 'copy' }],
  ])('lists a call once, where it came in, when the copy comes %s', async (_, order) => {
    const copy = sip('SCL_1', { kindDetails: ['FORWARDED'] });
    const rooms = Object.entries(order).map(([name, what]) => [
      name,
      [what === 'copy' ? copy : sip('SCL_1')],
    ]);
    const { client } = livekit(Object.fromEntries(rooms));
    const { calls } = await scanCalls(client, options);
    const home = Object.entries(order).find(([, what]) => what === 'original')?.[0];
    expect(calls.map(({ room: name }) => name)).toEqual([home]);
  });

  it.each([
    ['whose original is not to be seen', {}],
    [
      'whose own room is not looked at',
      { isScanned: ({ name }: { name: string }) => name === 'a' },
    ],
    ['in the one room that is read', { room: 'a' }],
  ])('lists a copy %s, and does not say whether it is stuck', async (_, choice) => {
    const home = Object.keys(choice).length === 0 ? [] : [sip('SCL_1'), agent()];
    const { client } = livekit({ a: [sip('SCL_1', { kindDetails: ['FORWARDED'] })], home });
    const { calls } = await scanCalls(client, { ...options, ...choice });
    expect(calls).toMatchObject([{ callId: 'SCL_1', room: 'a', stuck: null }]);
    const again = { ...options, ...choice, sleep: async () => {} };
    const looked = await rereadStuckCalls(client, calls, again);
    expect(looked.calls).toMatchObject([{ callId: 'SCL_1', stuck: null }]);
    expect(looked.undecided).toEqual([
      { callIds: ['SCL_1'], reason: 'only a copy was read, in room a' },
    ]);
  });

  it('skips rooms that vanish while it runs, and reports those that cannot be read', async () => {
    const { client } = livekit({ gone: down(), broken: down(), fine: [sip('SCL_1')] }, [
      'broken',
      'fine',
    ]);
    const { calls, unreadable } = await scanCalls(client, options);
    expect(idsOf(calls)).toEqual(['SCL_1']);
    expect(unreadable).toEqual([{ room: 'broken', message: 'cannot be read' }]);
  });

  it('asks again only for the rooms that failed', async () => {
    const failing = livekit({ broken: down(), fine: [] });
    await scanCalls(failing.client, options);
    expect(failing.listed).toEqual([undefined, ['broken']]);
    const fine = livekit({ fine: [] });
    await scanCalls(fine.client, options);
    expect(fine.listed).toEqual([undefined]);
  });

  it('reports all that failed when it cannot ask again', async () => {
    const { client } = livekit({ broken: down() });
    const { listRooms } = client;
    let times = 0;
    client.listRooms = async (names) => {
      times += 1;
      if (times > 1) throw down();
      return listRooms(names);
    };
    expect((await scanCalls(client, options)).unreadable).toHaveLength(1);
  });

  it('asks for one room only, when one is named', async () => {
    const { client, listed, asked } = livekit({ a: [sip('SCL_1')], b: [sip('SCL_2')] });
    const { calls } = await scanCalls(client, { ...options, room: 'b' });
    expect([idsOf(calls), listed, asked]).toEqual([['SCL_2'], [['b']], ['b']]);
  });

  it('finds the one room by its SID, too, and reads no other', async () => {
    const { client, asked } = livekit({ a: [sip('SCL_1')], b: [sip('SCL_2')] });
    const { calls } = await scanCalls(client, { ...options, room: 'RM_b' });
    expect([idsOf(calls), asked]).toEqual([['SCL_2'], ['b']]);
  });

  it('reads many rooms at a time, but never very many', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `room-${index}`);
    const { client } = livekit(Object.fromEntries(names.map((name) => [name, []])));
    const { listParticipants } = client;
    let under = 0;
    let most = 0;
    client.listParticipants = async (name) => {
      under += 1;
      most = Math.max(most, under);
      const participants = await listParticipants(name);
      under -= 1;
      return participants;
    };
    expect((await scanCalls(client, options)).rooms).toHaveLength(200);
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(32);
  });

  it.each(['credentials', 'permission'] as const)('ends at once on a lack of %s', async (code) => {
    const names = Array.from({ length: 200 }, (_, index) => `room-${index}`);
    const refused = new KnownError(code, 'no');
    const { client, asked } = livekit(Object.fromEntries(names.map((name) => [name, refused])));
    await expect(scanCalls(client, options)).rejects.toBe(refused);
    for (let turns = 0; turns < 50; turns += 1) await turn();
    expect(asked.length).toBeLessThanOrEqual(64);
  });

  it('ends on a bug, and on a list of rooms that cannot be had', async () => {
    const { client } = livekit({ a: new TypeError('a bug') as Error });
    await expect(scanCalls(client, options)).rejects.toThrow('a bug');
    const nowhere = fakeClient({ listRooms: () => Promise.reject(down()) });
    await expect(scanCalls(nowhere, options)).rejects.toThrow('cannot be read');
  });

  it('counts what an earlier look saw, but for a copy of a call that came in elsewhere', async () => {
    const alone = () => call({ condition: 'no-agent', stuck: null });
    const contents = (kindDetails: string[]) => ({ a: [sip('SCL_1', { kindDetails })] });
    const stuckAfter = async (kindDetails: string[]) => {
      const seen = new SeenCalls();
      seen.note(alone(), NOW - 5000);
      const { client } = livekit(contents(kindDetails));
      const { calls } = await scanCalls(client, { ...options, readSeen: async () => seen });
      return calls.map(({ stuck, conditionSince }) => [stuck, conditionSince]);
    };
    expect(await stuckAfter([])).toEqual([[true, new Date(NOW - 5000).toISOString()]]);
    expect(await stuckAfter(['FORWARDED'])).toEqual([[null, null]]);
  });

  it('tells how far it is', async () => {
    const { client } = livekit({ a: [], b: down(), c: [] });
    const told: string[] = [];
    await scanCalls(client, {
      ...options,
      onProgress: (read, total) => told.push(`${read}/${total}`),
    });
    expect(told).toEqual(['1/3', '2/3', '3/3']);
  });
});

describe('the second look', () => {
  const stuckCall = call({ condition: 'no-agent', stuck: null });
  const fine = call({ callId: 'SCL_2', room: 'room-2', condition: 'unremarkable' });

  async function look(calls: Parameters<typeof rereadStuckCalls>[1], now: Contents) {
    const { client, asked } = livekit({ 'room-1': now });
    const pauses: number[] = [];
    const announced: number[] = [];
    const { calls: seen, undecided } = await rereadStuckCalls(client, calls, {
      ...options,
      sleep: async (ms) => {
        pauses.push(ms);
      },
      onSecondLook: (count) => announced.push(count),
    });
    return { seen, undecided, asked, pauses, announced };
  }

  it('marks a call that is flagged twice', async () => {
    const { seen, pauses, announced } = await look([stuckCall, fine], [caller()]);
    expect(seen).toMatchObject([
      { callId: 'SCL_1', condition: 'no-agent', stuck: true },
      { callId: 'SCL_2', stuck: false },
    ]);
    expect([pauses, announced]).toEqual([[3000], [1]]);
  });

  it('marks a call that is flagged for another reason the second time', async () => {
    const { seen } = await look([stuckCall], [caller(), agent({ tracks: [MUTED] })]);
    expect(seen).toMatchObject([{ condition: 'agent-muted', stuck: true }]);
  });

  it('lets an agent hand over to the next', async () => {
    const { seen } = await look([stuckCall], [caller(), agent()]);
    expect(seen).toMatchObject([
      { condition: 'unremarkable', stuck: false, agent: { identity: 'agent-x' } },
    ]);
  });

  it('drops a call that has ended, and one whose room is gone', async () => {
    expect(idsOf((await look([stuckCall, fine], [agent()])).seen)).toEqual(['SCL_2']);
    expect(idsOf((await look([stuckCall, fine], [])).seen)).toEqual(['SCL_2']);
  });

  it('leaves open what it cannot see', async () => {
    const { seen, undecided } = await look([stuckCall, fine], down());
    expect(seen).toMatchObject([
      { callId: 'SCL_1', condition: 'no-agent', stuck: null },
      { callId: 'SCL_2', stuck: false },
    ]);
    const reason = 'room room-1 could not be read a second time: cannot be read';
    expect(undecided).toEqual([{ callIds: ['SCL_1'], reason }]);
  });

  it('is not taken when nothing is flagged', async () => {
    const { seen, asked, pauses } = await look([fine], []);
    expect([idsOf(seen), asked, pauses]).toEqual([['SCL_2'], [], []]);
  });

  it('reads each room once, and no room without a flagged call', async () => {
    const other = call({ callId: 'SCL_3', condition: 'no-agent', stuck: null });
    const { asked } = await look([stuckCall, other, fine], [caller(), sip('SCL_3')]);
    expect(asked).toEqual(['room-1']);
  });

  it('tells later runs of an agent that has come, and begins anew', async () => {
    const seen = new SeenCalls();
    const later = { ...stuckCall };
    seen.note(later, NOW - 3000);
    const { client } = livekit({ 'room-1': [caller(), agent()] });
    await rereadStuckCalls(client, [stuckCall], {
      ...options,
      sleep: async () => {},
      readSeen: async () => seen,
    });
    expect(seen.write(NOW)).toBeNull();
    seen.note(later, NOW + 1000);
    expect(later.stuck).toBeNull();
  });

  it('lets a bug be a bug', async () => {
    await expect(look([stuckCall], new TypeError('a bug'))).rejects.toThrow('a bug');
  });
});

it('a room is read from one look', () => {
  const reading = readRoom(room(), [sip('SCL_1'), sip('SCL_2')], options);
  expect(reading.calls.map(({ condition }) => condition)).toEqual([
    'with-sip-party',
    'with-sip-party',
  ]);
});

it('a target in the room shows where the caller is, whatever the record does not know', () => {
  const target = (status: string) =>
    caller({
      identity: 'lk-transfer-bridge-abc123-42-f00',
      attributes: { 'sip.callID': 'SCL_2', 'sip.callStatus': status },
    });
  const seen = (status: string, open = new Map([['SCL_1', 0]])) =>
    readRoom(room(), [sip('SCL_1'), target(status)], options, open).calls[0];
  expect(seen('active')?.condition).toBe('bridged');
  expect(seen('ringing')).toMatchObject({
    condition: 'transfer-open',
    conditionSince: new Date(0).toISOString(),
  });
  // Of a record by a clock that is ahead nobody knows.
  expect(seen('ringing', new Map([['SCL_1', NOW + 1]]))).toMatchObject({
    condition: 'transfer-open',
    conditionSince: null,
  });
  // One that rings talks with nobody.
  expect(seen('ringing', new Map())).toMatchObject({ condition: 'connecting', stuck: false });
});
