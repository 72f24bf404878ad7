/** `calls --watch`, where no board is drawn. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sleep } from '../../src/core/host.ts';
import type { AimedFault, RoomSeed } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { SENT } from '../history/entries.ts';
import { writeRecord } from '../history/records.ts';
import type { FakeHost } from '../support/fake-host.ts';
import { readEvents } from '../support/watch-events.ts';
import { type CliOptions, cliOnFresh, ONE_TRUNK, SPEED } from './run-cli.ts';

/** Watches as fast as the sandbox runs, and every pause: a tick takes 0.2 s. */
const startMs = performance.now();
const startedAt = Date.now();
const FAST = {
  elapsed: () => performance.now() * SPEED,
  now: () => startedAt + (performance.now() - startMs) * SPEED,
};
const watchOn =
  (options: SandboxOptions = {}) =>
  (line: string, given: CliOptions = {}) =>
    cliOnFresh({ speed: SPEED, ...options })(line, { ...FAST, ...given });
const cli = watchOn();
const LONG = { timeout: 15_000 };

const roomOf = (id: string): RoomSeed => ({
  name: `room-${id}`,
  participants: [
    { kind: 'caller', callId: `SCL_${id}`, trunk: 'ST_one', number: '+15105550101', age: 60 },
    { kind: 'agent', identity: 'agent', state: 'listening', audio: 'published', age: 60 },
  ],
});
const seedOf = (...ids: string[]) => ({ trunks: [ONE_TRUNK], rooms: ids.map(roomOf) });

const lines = (fake: FakeHost) => fake.stdout().split('\n').slice(0, -1);
const types = (text: string) =>
  readEvents(text).map((event) =>
    `${event.type} ${'call' in event ? event.call.callId : ''}`.trim(),
  );

const clientOf = ({ url, apiKey, apiSecret }: Sandbox) =>
  new RoomServiceClient(url, apiKey, apiSecret, { failover: false });

/** Waits until so much was printed, and presses Ctrl-C. */
const stopAt = (count: number) => async (fake: FakeHost) => {
  await vi.waitUntil(() => lines(fake).length >= count, LONG);
  fake.raise('SIGINT');
};

/** A port of the loopback that is free, and was just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.concurrent('calls --watch for programs', () => {
  it('begins with every call there is, an event a line, and ends quietly by Ctrl-C', async () => {
    const ran = await cli('calls --watch', {
      during: async (fake) => {
        await vi.waitUntil(() => fake.stdout().split('call-started').length > 16, LONG);
        fake.raise('SIGINT');
      },
    });
    expect(ran).toMatchObject({ exitCode: 130, stderr: '' });
    // What happens next may be told before it ends.
    const started = readEvents(ran.stdout).filter(({ type }) => type === 'call-started');
    expect(started).toHaveLength(16);
    expect(Object.keys(JSON.parse(ran.stdout.split('\n')[0] ?? '')).slice(0, 2)).toEqual([
      'type',
      'time',
    ]);
  });

  it('ends by SIGTERM with 143', async () => {
    const during = async (fake: FakeHost) => {
      await vi.waitUntil(() => lines(fake).length > 0, LONG);
      fake.raise('SIGTERM');
    };
    expect(await cli('calls --watch --json', { during })).toMatchObject({
      exitCode: 143,
      stderr: '',
    });
  });

  it('tells of a call that comes and goes', async () => {
    const fresh = watchOn({ seed: seedOf('1') });
    const ran = await fresh('calls --watch', {
      during: async (fake, sandbox) => {
        await vi.waitUntil(() => lines(fake).length === 1, LONG);
        sandbox.add({ trunks: [ONE_TRUNK], rooms: [roomOf('2')] });
        await vi.waitUntil(() => lines(fake).length === 2, LONG);
        await clientOf(sandbox).deleteRoom('room-2');
        await stopAt(3)(fake);
      },
    });
    expect(types(ran.stdout)).toEqual([
      'call-started SCL_1',
      'call-started SCL_2',
      'call-ended SCL_2',
    ]);
  });

  it('tells what changed, and has seen twice who is stuck', async () => {
    const participants = roomOf('1').participants.filter(({ kind }) => kind === 'caller');
    const seed = { trunks: [ONE_TRUNK], rooms: [{ name: 'room', participants }] };
    const ran = await watchOn({ seed })('calls --watch', { during: stopAt(2) });
    const changed = readEvents(ran.stdout).find(({ type }) => type === 'call-changed');
    expect(changed).toMatchObject({ call: { stuck: true }, changed: ['stuck'] });
  });

  it('narrows by its filters, and by fields to what is asked for', async () => {
    const only = await cli('calls --watch --room conference-0042 --fields callId,status', {
      during: stopAt(2),
    });
    expect(
      only.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).call)
        .sort((a, b) => (a.callId < b.callId ? -1 : 1)),
    ).toEqual([
      { callId: 'SCL_twoInRoom001', status: 'active' },
      { callId: 'SCL_twoInRoom002', status: 'active' },
    ]);
    const outbound = await cli('calls --watch --direction outbound', { during: stopAt(1) });
    expect(types(outbound.stdout)).toEqual(['call-started SCL_outbound0001']);
    const ringing = await cli('calls --watch --status ringing', { during: stopAt(1) });
    expect(types(ringing.stdout)).toEqual(['call-started SCL_ringing00001']);
  });

  it('tells with --stuck of a call when it is known to be stuck, and of no other', async () => {
    const isTold = (line: string) => /call-changed.*SCL_noAgent00001/.test(line);
    const ran = await cli('calls --watch --stuck', {
      during: async (fake) => {
        await vi.waitUntil(() => lines(fake).length >= 6 && lines(fake).some(isTold), LONG);
        fake.raise('SIGINT');
      },
    });
    const events = readEvents(ran.stdout);
    for (const event of events) expect(event).toMatchObject({ call: { stuck: true } });
    expect(types(ran.stdout)).toContain('call-started SCL_ringing00001');
    expect(types(ran.stdout)).toContain('call-changed SCL_noAgent00001');
  });

  it('tells once more of a call that no longer passes', async () => {
    const room = roomOf('1');
    const fresh = watchOn({
      seed: {
        trunks: [ONE_TRUNK],
        rooms: [{ ...room, participants: room.participants.slice(0, 1) }],
      },
    });
    const ran = await fresh('calls --watch --stuck --fields callId', {
      during: async (fake, sandbox) => {
        await vi.waitUntil(() => lines(fake).length === 1, LONG);
        sandbox.add({ trunks: [ONE_TRUNK], rooms: [room] });
        await stopAt(2)(fake);
      },
    });
    expect(
      ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { type: 'call-changed', call: { callId: 'SCL_1' } },
      { type: 'call-changed', call: { callId: 'SCL_1' }, changed: [] },
    ]);
  });

  it.each([
    ['calls --watch --sure', /A watch looks again and again/],
    ['calls --watch --trunk ST_1', /trunkId/],
    ['calls --max-requests 100', /--max-requests goes with --watch/],
    ['calls --webhooks 7890', /--webhooks goes with --watch/],
    ['calls --watch --max-requests 3', /from 10 to 100000/],
    ['calls --watch --webhooks 70000', /--webhooks takes a port/],
    ['calls --watch --webhooks nowhere.example:80', /--webhooks takes a port/],
    ['calls --watch --fields nonsense', /nonsense/],
  ])('refuses %s', async (line, why) => {
    const ran = await cli(line);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(why);
  });

  it.each([
    ['calls --watch', 'dumb'],
    ['calls --watch --quiet', 'xterm'],
    ['calls --watch --no-input', 'xterm'],
  ])('shows words, a line each, on a terminal: %s, TERM=%s', async (line, TERM) => {
    const ran = await cli(line, {
      stdout: { isTTY: true, columns: 200 },
      stdin: { isTTY: true },
      env: { TERM },
      during: stopAt(16),
    });
    expect(ran.stdout).toMatch(/^\d\d:\d\d:\d\d {2}up {2}\+15105550102 {2}.* SCL_noAgent00001/m);
    expect(ran.stdout).not.toContain('{');
    expect(ran.exitCode).toBe(130);
  });
});

describe.concurrent('calls --watch in trouble', () => {
  it('outlives a LiveKit that goes away and comes back', async () => {
    const port = await freePort();
    const seed = seedOf('1');
    let server: Sandbox = await startSandbox({ port, seed });
    const ran = await cli('calls --watch', {
      env: { LIVEKIT_URL: server.url },
      during: async (fake) => {
        await vi.waitUntil(() => lines(fake).length === 1, LONG);
        await server.close();
        await vi.waitUntil(() => fake.stdout().includes('connection-lost'), LONG);
        server = await startSandbox({ port, seed });
        await vi.waitUntil(() => fake.stdout().includes('connection-restored'), LONG);
        fake.raise('SIGINT');
      },
    });
    await server.close();
    expect(types(ran.stdout)).toEqual([
      'call-started SCL_1',
      'connection-lost',
      'connection-restored',
    ]);
    expect(ran).toMatchObject({ exitCode: 130, stderr: '' });
  });

  it('keeps the calls of a room that cannot be read', async () => {
    const ran = await watchOn({ seed: seedOf('1', '2') })('calls --watch', {
      during: async (fake, sandbox) => {
        await vi.waitUntil(() => lines(fake).length === 2, LONG);
        const broken: AimedFault = { room: 'room-2', answer: { status: 403 } };
        sandbox.aim([{ ...broken, method: 'RoomService/ListParticipants' }]);
        await vi.waitUntil(() => lines(fake).length > 2, LONG);
        fake.raise('SIGINT');
      },
    });
    expect(types(ran.stdout).slice(2)).toEqual(['room-unreadable']);
  });

  it('slows down where LiveKit asks for fewer requests, and loses no call', async () => {
    let requests: Sandbox['requests'] = [];
    const ran = await watchOn({ seed: seedOf('1', '2') })('calls --watch', {
      during: async (fake, sandbox) => {
        await vi.waitUntil(() => lines(fake).length === 2, LONG);
        sandbox.aim([
          {
            method: 'RoomService/ListRooms',
            answer: { status: 429, headers: { 'Retry-After': '1' } },
            forMs: 2000,
          },
        ]);
        requests = sandbox.requests;
        const count = requests.length;
        await vi.waitUntil(() => requests.length > count + 6, LONG);
        fake.raise('SIGINT');
      },
    });
    expect(types(ran.stdout).filter((each) => each.startsWith('call-ended'))).toEqual([]);
    expect(ran.exitCode).toBe(130);
  });

  it('asks no more often than --max-requests allows, by the count of the sandbox', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `${index}`);
    let perMinute: number[] = [];
    await watchOn({ seed: seedOf(...ids) })('calls --watch --max-requests 60', {
      during: async (fake, sandbox) => {
        await vi.waitUntil(() => lines(fake).length === 60, LONG);
        const counts = [sandbox.requests.length];
        // A minute of the watch takes 6 s; half of one shows it: the burst and half of the rest.
        const until = performance.now() + 30_000 / SPEED;
        await vi.waitUntil(() => performance.now() > until, LONG);
        counts.push(sandbox.requests.length);
        perMinute = counts;
        fake.raise('SIGINT');
      },
    });
    const [first = 0, second = 0] = perMinute;
    expect(first).toBeGreaterThanOrEqual(61);
    expect(second - first).toBeGreaterThan(3);
    expect(second - first).toBeLessThanOrEqual(12 + 24 + 3);
  });

  it('knows an open transfer still, once the record cannot be read any more', async () => {
    const state = mkdtempSync(join(tmpdir(), 'lk-transfer-state-'));
    onTestFinished(() => rmSync(state, { recursive: true, force: true }));
    const folder = join(state, 'lk-transfer');
    writeRecord(folder, [{ v: 1, ...SENT, callId: 'SCL_1' }]);
    const alone = { ...roomOf('1'), participants: roomOf('1').participants.slice(0, 1) };
    const ran = await watchOn({ seed: { trunks: [ONE_TRUNK], rooms: [alone] } })('calls --watch', {
      env: { XDG_STATE_HOME: state },
      during: async (fake, { requests }) => {
        await vi.waitUntil(() => lines(fake).length === 1, LONG);
        rmSync(join(folder, 'history.jsonl'));
        mkdirSync(join(folder, 'history.jsonl'));
        await vi.waitUntil(() => fake.stderr() !== '', LONG);
        const reads = () => requests.filter(({ method }) => method.includes('ListParticipants'));
        const count = reads().length;
        await vi.waitUntil(() => reads().length >= count + 2, LONG);
        fake.raise('SIGINT');
      },
    });
    expect(ran.stderr).toContain(
      'The record of transfers could not be read (something that is not a file is in its place)',
    );
    expect(readEvents(ran.stdout)).toMatchObject([
      { type: 'call-started', call: { condition: 'transfer-open', stuck: false } },
    ]);
  });

  it('says that no credentials fit, and ends', async () => {
    const ran = await cli('calls --watch', { env: { LIVEKIT_API_SECRET: 'x'.repeat(40) } });
    expect(ran).toMatchObject({ exitCode: 4, stdout: '' });
  });

  it('says that the port for webhooks is taken, before anything is shown', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ran = await cli(`calls --watch --webhooks ${port}`);
    server.close();
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(`Nobody can listen on 127.0.0.1:${port} (EADDRINUSE).`);
  });
});

describe('calls --watch, fed by webhooks', () => {
  it('sees at once what the sandbox tells of, with few requests', async () => {
    const port = await freePort();
    const fresh = watchOn({ seed: seedOf('1'), webhook: `http://127.0.0.1:${port}/` });
    let requests: Sandbox['requests'] = [];
    const ran = await fresh(`calls --watch --webhooks ${port}`, {
      // In real time: by polling alone nothing would be seen for half a minute.
      elapsed: () => performance.now(),
      now: () => Date.now(),
      sleep,
      during: async (fake, sandbox) => {
        requests = sandbox.requests;
        await vi.waitUntil(() => lines(fake).length === 1, LONG);
        sandbox.add(seedOf('2'));
        await vi.waitUntil(() => lines(fake).length === 2, LONG);
        fake.raise('SIGINT');
      },
    });
    expect(types(ran.stdout)).toEqual(['call-started SCL_1', 'call-started SCL_2']);
    expect(requests.length).toBeLessThan(12);
    expect(ran).toMatchObject({ exitCode: 130, stderr: '' });
  });

  it.each(['name', 'sid'])(
    'asks for nothing where others than the one room change, by its %s',
    async (by) => {
      const port = await freePort();
      const webhook = `http://127.0.0.1:${port}/`;
      const place = await startSandbox({ seed: seedOf('1'), webhook });
      onTestFinished(() => place.close());
      const client = clientOf(place);
      const [room] = await client.listRooms();
      const { LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = {
        LIVEKIT_API_KEY: place.apiKey,
        LIVEKIT_API_SECRET: place.apiSecret,
      };
      const lists = () =>
        place.requests.filter(({ method }) => method.includes('ListRooms')).length;
      let count = 0;
      const ran = await cli(
        `calls --watch --room ${by === 'name' ? room?.name : room?.sid} --webhooks ${port}`,
        {
          elapsed: () => performance.now(),
          now: () => Date.now(),
          sleep,
          env: { LIVEKIT_URL: place.url, LIVEKIT_API_KEY, LIVEKIT_API_SECRET },
          during: async (fake) => {
            await vi.waitUntil(() => lines(fake).length === 1, LONG);
            count = lists();
            for (const id of ['2', '3', '4']) place.add(seedOf(id));
            // Webhooks come in the order of what happened.
            await client.removeParticipant('room-1', 'agent');
            await vi.waitUntil(() => lines(fake).length === 2, LONG);
            count = lists() - count;
            fake.raise('SIGINT');
          },
        },
      );
      expect(types(ran.stdout)).toEqual(['call-started SCL_1', 'call-changed SCL_1']);
      expect(count).toBe(0);
    },
  );
});
