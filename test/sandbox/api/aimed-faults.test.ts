/** Faults that are aimed: at a room, at a method, from a request on, for so many or so long. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import type { AimedFault, RoomSeed } from '../../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { ask, oneCall } from '../requests.ts';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

const room = (name: string): RoomSeed => ({
  name,
  participants: [
    { kind: 'caller', callId: `SCL_${name}`, trunk: 'ST_one', number: '+15105550142', age: 60 },
  ],
});

async function start(faults: readonly AimedFault[], speed = 1): Promise<Sandbox> {
  const seed = { ...oneCall(), rooms: [room('a'), room('b')], faults };
  const sandbox = await startSandbox({ seed, speed });
  open.push(sandbox);
  return sandbox;
}

const LIST = 'RoomService/ListParticipants';

/** HTTP statuses of so many reads of a room, one after the other; 0 for a broken connection. */
async function statuses(sandbox: Sandbox, name: string, reads: number): Promise<number[]> {
  const seen: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const answer = await ask(sandbox, LIST, { room: name }, name).catch(() => null);
    await answer?.text();
    seen.push(answer?.status ?? 0);
  }
  return seen;
}

const answer = { status: 503 };

it('hits one room and one method', async () => {
  const sandbox = await start([{ method: LIST, room: 'b', answer }]);
  expect(await statuses(sandbox, 'a', 2)).toEqual([200, 200]);
  expect(await statuses(sandbox, 'b', 2)).toEqual([503, 503]);
  const one = { room: 'b', identity: 'sip_+15105550142' };
  expect((await ask(sandbox, 'RoomService/GetParticipant', one, 'b')).status).toBe(200);
  expect(sandbox.requests.map(({ status }) => status)).toEqual([200, 200, 503, 503, 200]);
});

it('hits whatever names a room, and every room where none is named', async () => {
  const sandbox = await start([{ room: 'b', answer }]);
  expect((await ask(sandbox, 'RoomService/ListRooms', { names: ['a', 'b'] })).status).toBe(503);
  expect((await ask(sandbox, 'RoomService/ListRooms', {})).status).toBe(200);
  const transfer = { room_name: 'b', participant_identity: 'x', transfer_to: 'tel:100' };
  expect((await ask(sandbox, 'SIP/TransferSIPParticipant', transfer, 'b')).status).toBe(503);
  sandbox.aim([{ method: LIST, answer: 'reset' }]);
  expect(await statuses(sandbox, 'a', 1)).toEqual([0]);
});

it('begins at the n-th request, and ends after so many', async () => {
  const sandbox = await start([{ method: LIST, room: 'a', from: 2, times: 2, answer }]);
  expect(await statuses(sandbox, 'a', 5)).toEqual([200, 503, 503, 200, 200]);
});

it('ends after so long, in the sandbox’s own time', async () => {
  const sandbox = await start([{ method: LIST, from: 2, forMs: 6000, answer }], 20);
  expect(await statuses(sandbox, 'a', 2)).toEqual([200, 503]);
  await sleep(400);
  expect(await statuses(sandbox, 'a', 1)).toEqual([200]);
});

it('answers with these headers and this body', async () => {
  const headers = { 'Content-Type': 'application/json', 'Retry-After': '7' };
  const sandbox = await start([{ answer: { status: 429, headers, body: '{"code":"x"}' } }]);
  const given = await ask(sandbox, LIST, { room: 'a' }, 'a');
  expect([given.status, await given.text()]).toEqual([429, '{"code":"x"}']);
  expect(given.headers.get('retry-after')).toBe('7');
  expect(given.headers.get('content-type')).toBe('application/json');
});

it('can be nothing at all, or LiveKit’s own answer, later', async () => {
  const sandbox = await start(
    [
      { room: 'a', answer: 'silence' },
      { room: 'b', delayMs: 4000 },
    ],
    20,
  );
  const silent = ask(sandbox, LIST, { room: 'a' }, 'a').catch(() => null);
  expect(await Promise.race([silent, sleep(150).then(() => 'nothing')])).toBe('nothing');
  const begin = performance.now();
  expect(await statuses(sandbox, 'b', 1)).toEqual([200]);
  expect(performance.now() - begin).toBeGreaterThan(180);
});

it('keeps LiveKit from acting: a transfer that met it never was', async () => {
  const sandbox = await start([{ method: 'SIP/TransferSIPParticipant', answer }]);
  const transfer = {
    room_name: 'a',
    participant_identity: 'sip_+15105550142',
    transfer_to: 'tel:+15105550100',
  };
  expect((await ask(sandbox, 'SIP/TransferSIPParticipant', transfer, 'a')).status).toBe(503);
  await sleep(100);
  expect(await statuses(sandbox, 'a', 1)).toEqual([200]);
});

it('counts anew when it is aimed anew, and is gone when nothing is aimed', async () => {
  const sandbox = await start([]);
  sandbox.aim([{ from: 2, answer }]);
  expect(await statuses(sandbox, 'a', 2)).toEqual([200, 503]);
  sandbox.aim([{ from: 2, answer }]);
  expect(await statuses(sandbox, 'a', 2)).toEqual([200, 503]);
  sandbox.aim([]);
  expect(await statuses(sandbox, 'a', 1)).toEqual([200]);
});
