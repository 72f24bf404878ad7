import { describe, expect, it } from 'vitest';
import { CANARY, demoSeed, seedManyRooms } from '../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { cpuMs } from '../support/cpu-time.ts';
import { ask } from './requests.ts';

const callers = demoSeed.rooms.flatMap(({ participants }) =>
  participants.filter((person) => person.kind === 'caller'),
);

async function listings(): Promise<string[]> {
  const sandbox = await startSandbox();
  try {
    const rooms = await (await ask(sandbox, 'RoomService/ListRooms', {})).text();
    const inbound = await (await ask(sandbox, 'SIP/ListSIPInboundTrunk', {})).text();
    const outbound = await (await ask(sandbox, 'SIP/ListSIPOutboundTrunk', {})).text();
    return [rooms, inbound, outbound];
  } finally {
    await sandbox.close();
  }
}

describe('the demo', () => {
  it('has ids in the shape that LiveKit gives them', () => {
    for (const { callId } of callers) expect(callId).toMatch(/^SCL_[0-9A-Za-z]{12}$/);
    for (const { id } of demoSeed.trunks) expect(id).toMatch(/^ST_[0-9A-Za-z]{12}$/);
  });

  it('has no id or room twice', () => {
    for (const names of [
      callers.map(({ callId }) => callId),
      demoSeed.trunks.map(({ id }) => id),
      demoSeed.rooms.map(({ name }) => name),
    ]) {
      expect(names.length).toBeGreaterThan(5);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('has a stuck call on every trunk that misbehaves', () => {
    const bad = demoSeed.trunks.filter(
      ({ direction, behaviour }) => direction === 'inbound' && behaviour !== 'honours-refer',
    );
    expect(bad.map(({ behaviour }) => JSON.stringify(behaviour)).sort()).toEqual([
      '"hangs-up-after-notify"',
      '"hangs-up-before-notify"',
      '"holds-without-audio"',
      '"never-answers"',
      '"never-notifies"',
      '{"refuses":405}',
      '{"refuses":603}',
    ]);
    for (const { id } of bad) {
      const rooms = demoSeed.rooms.filter(({ participants }) =>
        participants.some((person) => person.kind === 'caller' && person.trunk === id),
      );
      expect(rooms.map(({ participants }) => participants.length)).toEqual([1]);
    }
  });

  it('is the same at every start, times apart', async () => {
    const withoutTimes = (text: string) => text.replace(/"creation_time(?:_ms)?":"\d+"/g, '');
    const [first, second] = [await listings(), await listings()];
    expect(first.map(withoutTimes)).toEqual(second.map(withoutTimes));
  });

  it('has the canary wherever LiveKit shows a secret', async () => {
    for (const listing of await listings()) expect(listing).toContain(CANARY);
  });

  it('refuses a caller on a trunk that does not exist', async () => {
    const seed = { ...demoSeed, trunks: [] };
    await expect(startSandbox({ seed })).rejects.toThrow('SCL_healthy00001');
  });
});

describe('many rooms', () => {
  it('hold as many calls as asked for, each with an agent that is heard', () => {
    const { rooms } = seedManyRooms(2_000, 200);
    const calls = rooms.filter(({ participants }) =>
      participants.some(({ kind }) => kind === 'caller'),
    );
    expect(rooms).toHaveLength(2_000);
    expect(calls).toHaveLength(200);
    for (const { participants } of calls) {
      expect(participants).toContainEqual(
        expect.objectContaining({ kind: 'agent', audio: 'published' }),
      );
    }
    expect(new Set(rooms.map(({ name }) => name)).size).toBe(2_000);
  });

  it('are listed without keeping the server busy', async () => {
    const sandbox = await startSandbox({ seed: seedManyRooms(2_000, 200) });
    try {
      await (await ask(sandbox, 'RoomService/ListRooms', {})).text();
      const started = cpuMs();
      const listed = await (await ask(sandbox, 'RoomService/ListRooms', {})).json();
      expect(listed).toHaveProperty('rooms.length', 2_000);
      expect(cpuMs() - started).toBeLessThan(500);
    } finally {
      await sandbox.close();
    }
  });
});
