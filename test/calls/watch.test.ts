import { describe, expect, it } from 'vitest';
import { KnownError } from '../../src/core/errors.ts';
import { agent, NOW } from '../support/livekit.ts';
import { inbound, served, unreadable, WatchWorld } from './watch-world.ts';

const MINUTE = 60_000;
const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`room-${index}`, served(`SCL_${index}`)]),
  );

describe('a watch of the calls', () => {
  it('begins with every call there is, none of them new', async () => {
    const world = await new WatchWorld(many(3)).start(100);
    expect(world.told().sort()).toEqual([
      'call-started SCL_0',
      'call-started SCL_1',
      'call-started SCL_2',
    ]);
    expect(world.watch.state).toMatchObject({ isWhole: true, rooms: 3, lost: null, tickMs: 2000 });
    expect(world.watch.state.calls.map(({ isNew }) => isNew)).toEqual([false, false, false]);
    expect(world.watch.state.slowedBy).toBeNull();
    await world.end();
  });

  it('lists the rooms every 2 s, and reads each at least every 15 s', async () => {
    const world = await new WatchWorld(many(5)).start(5 * MINUTE);
    const times = (what: string) =>
      world.requests.filter((each) => each.what === what).map(({ atMs }) => atMs);
    const gaps = (what: string) => times(what).map((at, i, all) => at - (all[i - 1] ?? 0));
    expect(Math.max(...gaps('list'))).toBeLessThanOrEqual(2200);
    expect(times('list').length).toBeLessThanOrEqual(155);
    for (let index = 0; index < 5; index += 1) {
      expect(Math.max(...gaps(`room-${index}`))).toBeLessThanOrEqual(15_000);
      // And no oftener than it takes.
      expect(world.reads(`room-${index}`)).toBeLessThanOrEqual(26);
    }
    await world.end();
  });

  it.each([
    ['numParticipants', { numParticipants: 2 }],
    ['activeRecording', { activeRecording: true }],
    ['sid', { sid: 'RM_another' }],
  ])('reads a room at once whose %s has changed', async (_, change) => {
    const world = await new WatchWorld(many(2)).start(1000);
    world.listed.set('room-1', change);
    await world.clock.advance(1500);
    expect([world.reads('room-0'), world.reads('room-1')]).toEqual([1, 2]);
    await world.end();
  });

  it('tells of a call that comes, changes and goes, each once', async () => {
    const world = await new WatchWorld(many(1)).start(1000);
    world.told();
    world.rooms.set('room-9', [inbound('SCL_9', { attributes: { 'sip.callStatus': 'ringing' } })]);
    await world.clock.advance(2500);
    expect(world.told()).toEqual(['call-started SCL_9']);
    expect(world.watch.state.calls.find(({ call }) => call.callId === 'SCL_9')?.isNew).toBe(true);
    world.rooms.set('room-9', served('SCL_9'));
    world.watch.look('room-9');
    await world.clock.advance(500);
    const [changed] = world.events;
    expect(changed).toMatchObject({
      type: 'call-changed',
      changed: expect.arrayContaining(['status', 'condition', 'agent', 'transferable']),
      time: expect.stringMatching(/^2026-11-23T20:49:\d\d\.\d{3}Z$/),
    });
    world.told();
    world.rooms.delete('room-9');
    await world.clock.advance(2500);
    expect(world.told()).toEqual(['call-ended SCL_9']);
    // It is shown for some seconds.
    const shown = () => world.watch.state.calls.map(({ call }) => call.callId);
    expect(shown()).toContain('SCL_9');
    await world.clock.advance(12_000);
    expect(shown()).toEqual(['SCL_0']);
    expect(world.told()).toEqual([]);
    await world.end();
  });

  it('takes a call that moves to another room for one call', async () => {
    const world = await new WatchWorld({ a: served('SCL_a'), b: [agent()] }).start(1000);
    world.told();
    // Its room is gone, another has come.
    world.rooms.delete('a');
    world.rooms.set('c', served('SCL_a'));
    await world.clock.advance(3000);
    expect(world.told()).toEqual(['call-changed SCL_a']);
    // From one room to another that both stay.
    world.rooms.set('b', served('SCL_a'));
    world.rooms.set('c', [agent()]);
    for (const name of ['c', 'b']) world.watch.look(name);
    await world.clock.advance(3000);
    expect(world.told()).toEqual(['call-changed SCL_a']);
    expect(world.watch.state.calls).toHaveLength(1);
    await world.end();
  });

  it('makes no more requests a minute than it may, whatever happens', async () => {
    // Twice as many as it may read in a minute.
    const ROOMS = 600;
    const world = await new WatchWorld(many(ROOMS), { maxRequests: 300 }).start(1000);
    expect(world.watch.state.isWhole).toBe(true);
    expect(world.requests.length).toBe(ROOMS + 1);
    const first = world.clock.elapsed();
    for (let second = 0; second < 15 * 60; second += 1) {
      // Every room seems to change all the time.
      for (let index = 0; index < 50; index += 1) {
        world.listed.set(`room-${(second * 50 + index) % ROOMS}`, { numParticipants: second });
      }
      if (second % 7 === 0) world.watch.look(`room-${second % ROOMS}`);
      if (second % 5 === 0) world.watch.look();
      await world.clock.advance(1000);
    }
    expect(world.busiestMinute(first)).toBeLessThanOrEqual(300);
    expect(world.watch.state.requestsPerMinute).toBeLessThanOrEqual(300);
    expect(world.watch.state.slowedBy).toMatch(/^600 rooms, 300 requests a minute: /);
    await world.end();
  });

  it('sees every room of a project that is too large for the budget, in turn', async () => {
    const world = await new WatchWorld(many(600), { maxRequests: 120 }).start(1000);
    await world.clock.advance(15 * MINUTE);
    const counts = Array.from({ length: 600 }, (_, index) => world.reads(`room-${index}`));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(world.busiestMinute(1000)).toBeLessThanOrEqual(120);
    await world.end();
  });

  it('reads the quiet rooms too, where others change all the time', async () => {
    const world = await new WatchWorld(many(300), { maxRequests: 120 }).start(1000);
    const before = world.reads('room-299');
    for (let second = 0; second < 25 * 60; second += 1) {
      for (let index = 0; index < 200; index += 1) {
        world.listed.set(`room-${index}`, { numParticipants: second });
      }
      await world.clock.advance(1000);
    }
    const quiet = Array.from({ length: 100 }, (_, index) => world.reads(`room-${200 + index}`));
    expect(Math.min(...quiet) - before).toBeGreaterThanOrEqual(2);
    // Changes get the larger part all the same.
    const all = world.requests.filter(({ what }) => what !== 'list').length - 300;
    expect(quiet.reduce((sum, each) => sum + each - before, 0)).toBeLessThan(all / 2);
    await world.end();
  });

  it('looks less often on a large project, and says so', async () => {
    const world = await new WatchWorld(many(1000), { maxRequests: 100_000 }).start(1000);
    expect(world.watch.state.tickMs).toBeGreaterThan(2000);
    expect(world.watch.state.slowedBy).toMatch(/1000 rooms/);
    await world.end();
  });

  it('calls back some times a look, not once a room', async () => {
    const world = await new WatchWorld(many(2000)).start(1000);
    expect(world.states).toBeLessThan(20);
    expect(world.events).toHaveLength(2000);
    await world.end();
  });

  it('slows down where LiveKit asks for it, says so, and comes back', async () => {
    const world = await new WatchWorld(many(20)).start(1000);
    world.rateLimits += 1;
    await world.clock.advance(2500);
    expect(world.watch.state.slowedBy).toBe('LiveKit asks for fewer requests');
    await world.clock.advance(5 * MINUTE);
    expect(world.watch.state.slowedBy).toBeNull();
    await world.end();
  });

  it('keeps the calls of a room that cannot be read, and says so once an episode', async () => {
    const world = await new WatchWorld(many(2)).start(1000);
    world.told();
    world.rooms.set('room-1', unreadable());
    await world.clock.advance(2 * MINUTE);
    expect(world.told()).toEqual(['room-unreadable']);
    expect(world.watch.state.unreadable).toEqual([
      { room: 'room-1', message: 'nobody may read it' },
    ]);
    const calls = world.watch.state.calls.map(({ call, endedAtMs }) => [call.callId, endedAtMs]);
    expect(calls.sort()).toEqual([
      ['SCL_0', null],
      ['SCL_1', null],
    ]);
    world.rooms.set('room-1', served('SCL_1'));
    await world.clock.advance(MINUTE);
    expect(world.watch.state.unreadable).toEqual([]);
    world.rooms.set('room-1', unreadable());
    await world.clock.advance(MINUTE);
    expect(world.told()).toEqual(['room-unreadable']);
    await world.end();
  });

  it('is whole although a room cannot be read from the beginning', async () => {
    const world = await new WatchWorld({ ...many(1), bad: unreadable() }).start(5000);
    expect(world.watch.state.isWhole).toBe(true);
    expect(world.told().sort()).toEqual(['call-started SCL_0', 'room-unreadable']);
    await world.end();
  });

  it('ends no call while LiveKit gives no answer, and tries on', async () => {
    const world = await new WatchWorld(many(2)).start(1000);
    world.told();
    world.listFails = new KnownError('server', 'LiveKit cannot be reached');
    await world.clock.advance(5 * MINUTE);
    expect(world.told()).toEqual(['connection-lost']);
    const { lost } = world.watch.state;
    expect(lost?.message).toBe('LiveKit cannot be reached');
    expect((lost?.sinceMs ?? 0) - NOW).toBeLessThan(4000);
    expect(world.watch.state.calls.every(({ endedAtMs }) => endedAtMs === null)).toBe(true);
    world.listFails = null;
    await world.clock.advance(12_000);
    const restored = world.events.find(({ type }) => type === 'connection-restored');
    expect(restored).toMatchObject({ lostSeconds: expect.any(Number) });
    const { lostSeconds } = restored as { lostSeconds: number };
    expect(lostSeconds).toBeGreaterThan(295);
    expect(lostSeconds).toBeLessThan(312);
    expect(world.told()).toEqual(['connection-restored']);
    expect(world.watch.state.lost).toBeNull();
    await world.end();
  });

  it('takes no room for unreadable that could not be read while LiveKit was away', async () => {
    const world = await new WatchWorld(many(3)).start(1000);
    world.told();
    // The list is there, and then everything fails.
    for (const name of world.rooms.keys()) world.rooms.set(name, unreadable('connection reset'));
    for (const name of world.rooms.keys()) world.watch.look(name);
    await world.clock.advance(500);
    world.listFails = new KnownError('server', 'LiveKit cannot be reached');
    await world.clock.advance(MINUTE);
    world.listFails = null;
    for (const [name, contents] of Object.entries(many(3))) world.rooms.set(name, contents);
    await world.clock.advance(30_000);
    expect(world.told()).toEqual(['connection-lost', 'connection-restored']);
    expect(world.watch.state.unreadable).toEqual([]);
    await world.end();
  });

  it('takes no room for read, nor for unreadable, while LiveKit asks for fewer requests', async () => {
    const world = new WatchWorld(many(3));
    world.rooms.set('room-1', unreadable('too many requests'));
    const started = world.start(50);
    world.rateLimits += 1;
    await started;
    await world.clock.advance(10_000);
    expect(world.told().sort()).toEqual(['call-started SCL_0', 'call-started SCL_2']);
    expect(world.watch.state).toMatchObject({ isWhole: false, unreadable: [] });
    world.rooms.set('room-1', served('SCL_1'));
    await world.clock.advance(10_000);
    expect(world.told()).toEqual(['call-started SCL_1']);
    expect(world.watch.state.isWhole).toBe(true);
    await world.end();
  });

  it('tells that it has no connection from the start, and goes on when there is one', async () => {
    const world = new WatchWorld(many(1));
    world.listFails = new KnownError('server', 'nobody there');
    await world.start(30_000);
    expect(world.told()).toEqual(['connection-lost']);
    expect(world.watch.state).toMatchObject({ isWhole: false, lastLookMs: null });
    world.listFails = null;
    await world.clock.advance(12_000);
    expect(world.told()).toEqual(['connection-restored', 'call-started SCL_0']);
    expect(world.watch.state.isWhole).toBe(true);
    await world.end();
  });

  it('ends with the failure when no credentials fit', async () => {
    const world = new WatchWorld(many(1));
    world.listFails = new KnownError('credentials', 'the key is not accepted');
    await world.start(1000);
    await expect(world.ended).rejects.toThrow('the key is not accepted');
  });

  it('looks at once after the machine was asleep', async () => {
    const world = await new WatchWorld(many(2000), { maxRequests: 60 }).start(1000);
    const { tickMs } = world.watch.state;
    expect(tickMs).toBeGreaterThanOrEqual(4000);
    await world.clock.advance(tickMs + 200);
    const lists = world.reads('list');
    world.clock.jump(3_600_000);
    world.rooms.delete('room-7');
    await world.clock.advance(2100);
    expect(world.reads('list')).toBe(lists + 1);
    await world.end();
  });

  it('takes no agent for hung since a clock was set, also in the middle of a look', async () => {
    const thinking = agent({
      sid: 'PA_a',
      version: 5,
      attributes: { 'lk.agent.state': 'thinking' },
    });
    const world = await new WatchWorld({ a: [inbound('SCL_a'), thinking] }).start(5000);
    const answerList = world.hold('list');
    await world.clock.advance(2500);
    world.watch.look('a');
    world.clock.jump(60 * MINUTE);
    answerList();
    await world.clock.advance(3000);
    const call = () => world.watch.state.calls[0]?.call;
    expect(world.reads('a')).toBeGreaterThanOrEqual(2);
    expect(world.told()).toEqual(['call-started SCL_a']);
    expect(call()).toMatchObject({ condition: 'unremarkable' });
    await world.clock.advance(40_000);
    expect(call()).toMatchObject({ condition: 'agent-hung' });
    await world.end();
  });

  it('begins anew, and in no future, after a clock was set back', async () => {
    const world = await new WatchWorld({ a: [inbound('SCL_a')] }).start(10_000);
    const call = () => world.watch.state.calls[0]?.call;
    expect(call()?.stuck).toBe(true);
    world.clock.jump(-60 * MINUTE);
    await world.clock.advance(20_000);
    expect(call()).toMatchObject({ condition: 'no-agent', stuck: true });
    const sinceMs = Date.parse(call()?.conditionSince ?? '');
    expect(sinceMs).toBeLessThan(world.clock.now());
    expect(sinceMs).toBeGreaterThan(world.clock.now() - 20_500);
    await world.end();
  });

  it('marks a call as stuck that two looks some seconds apart saw so', async () => {
    const world = await new WatchWorld({ a: [inbound('SCL_a')] }).start(500);
    expect(world.watch.state.calls[0]?.call).toMatchObject({ condition: 'no-agent', stuck: null });
    await world.clock.advance(6000);
    expect(world.watch.state.calls[0]?.call.stuck).toBe(true);
    expect(world.told()).toEqual(['call-started SCL_a', 'call-changed SCL_a']);
    await world.end();
  });

  it.each([
    ['thinking', 20],
    ['speaking', 120],
  ])('sees that an agent hangs that is %s for %s s', async (state, seconds) => {
    const at = (version: number) => [
      inbound('SCL_a'),
      agent({ sid: 'PA_agent', version, attributes: { 'lk.agent.state': state } }),
    ];
    const world = await new WatchWorld({ a: at(5) }).start((seconds - 3) * 1000);
    const call = () => world.watch.state.calls[0]?.call;
    expect(call()?.condition).toBe('unremarkable');
    await world.clock.advance(20_000);
    expect(call()).toMatchObject({ condition: 'agent-hung', stuck: true });
    world.rooms.set('a', at(6));
    await world.clock.advance(16_000);
    expect(call()).toMatchObject({ condition: 'unremarkable', stuck: false });
    await world.end();
  });

  it('reads the record of open transfers now and then', async () => {
    const SENT_AT = '2026-05-01T11:59:00.000Z';
    let open: string[] = [];
    const world = await new WatchWorld(many(1), {
      readOpenTransfers: async () => new Map(open.map((callId) => [callId, Date.parse(SENT_AT)])),
    }).start(1000);
    open = ['SCL_0'];
    await world.clock.advance(30_000);
    expect(world.watch.state.calls[0]?.call).toMatchObject({
      condition: 'transfer-open',
      conditionSince: SENT_AT,
    });
    await world.end();
  });

  it('reads nothing but what is named, and a slow sweep, where webhooks feed it', async () => {
    let lastMs: number | null = null;
    const options = { byWebhooks: true, lastWebhookMs: () => lastMs };
    const world = await new WatchWorld(many(10), options).start(1000);
    expect(world.watch.state.webhooks).toEqual({ lastMs: null });
    await world.clock.advance(10 * MINUTE);
    expect(world.reads('list')).toBeLessThanOrEqual(23);
    expect(world.reads('room-3')).toBeLessThanOrEqual(22);
    expect(world.reads('room-3')).toBeGreaterThanOrEqual(10);
    const before = world.requests.length;
    world.rooms.set('room-3', [agent()]);
    lastMs = world.clock.now();
    world.watch.look('room-3');
    await world.clock.advance(300);
    expect(world.watch.state.webhooks).toEqual({ lastMs });
    expect(world.requests.slice(before).map(({ what }) => what)).toContain('room-3');
    expect(world.told()).toContain('call-ended SCL_3');
    await world.end();
  });

  it('sees soon that a call is answered, of which LiveKit sends no webhook', async () => {
    const ringing = inbound('SCL_a', { attributes: { 'sip.callStatus': 'ringing' } });
    const world = await new WatchWorld({ a: [ringing] }, { byWebhooks: true }).start(1000);
    world.rooms.set('a', served('SCL_a'));
    await world.clock.advance(6000);
    expect(world.watch.state.calls[0]?.call.status).toBe('active');
    await world.end();
  });

  it('is not driven beyond its budget by the same webhook again and again', async () => {
    const world = await new WatchWorld(many(10), { byWebhooks: true, maxRequests: 60 }).start(1000);
    for (let index = 0; index < 6000; index += 1) {
      world.watch.look(index % 2 === 0 ? 'room-3' : 'unknown');
      if (index % 10 === 0) await world.clock.advance(500);
    }
    expect(world.busiestMinute(1000)).toBeLessThanOrEqual(60);
    await world.end();
  });
});

describe('a watch whose answers come late, or cross', () => {
  const webhooks = { byWebhooks: true };

  it('ends a call whose room is gone, also where an old answer for it comes last', async () => {
    const world = await new WatchWorld({ a: served('SCL_a'), b: [agent()] }).start(1000);
    const answerRoom = world.hold('a');
    world.watch.look('a');
    // It is still being read when the tick is over.
    await world.clock.advance(1500);
    world.rooms.delete('a');
    const answerList = world.hold('list');
    await world.clock.advance(2500);
    answerRoom();
    await world.clock.advance(0);
    answerList();
    await world.clock.advance(MINUTE);
    expect(world.told()).toEqual(['call-started SCL_a', 'call-ended SCL_a']);
    expect(world.watch.state.calls).toEqual([]);
    await world.end();
  });

  it('lists the rooms again where one is named while a list is under way', async () => {
    const world = await new WatchWorld(many(1), webhooks).start(1000);
    const answerList = world.hold('list');
    world.watch.look('other');
    await world.clock.advance(500);
    world.rooms.set('new', served('SCL_new'));
    world.watch.look('new');
    answerList();
    await world.clock.advance(2000);
    expect(world.told()).toEqual(['call-started SCL_0', 'call-started SCL_new']);
    await world.end();
  });

  it('reads what is named also while ever new rooms are named', async () => {
    const world = await new WatchWorld(many(5), { ...webhooks, maxRequests: 60 }).start(1000);
    await world.clock.advance(MINUTE);
    const before = world.reads('room-3');
    for (let index = 0; index < 1200; index += 1) {
      world.watch.look(`unknown-${index}`);
      if (index % 100 === 0) world.watch.look('room-3');
      await world.clock.advance(100);
    }
    expect(world.reads('room-3') - before).toBeGreaterThanOrEqual(12);
    expect(world.busiestMinute(1000)).toBeLessThanOrEqual(60);
    await world.end();
  });

  it('is kept for seconds at most from a named room by another that gives no answer', async () => {
    const world = await new WatchWorld(many(5), webhooks).start(1000);
    const answer = world.hold('room-1');
    world.watch.look('room-1');
    await world.clock.advance(500);
    world.rooms.set('room-3', [agent()]);
    world.watch.look('room-3');
    await world.clock.advance(4200);
    expect(world.told()).toContain('call-ended SCL_3');
    answer();
    await world.end();
  });

  it.each([{}, webhooks])('counts what waits in the client (%j)', async (options) => {
    const world = await new WatchWorld(many(300), { ...options, maxRequests: 60 }).start(1000);
    await world.clock.advance(MINUTE);
    const letGo = world.hold('reads');
    for (let second = 0; second < 60; second += 1) {
      for (let index = 0; index < 300; index += 1) world.watch.look(`room-${index}`);
      await world.clock.advance(1000);
    }
    letGo();
    await world.clock.advance(2 * MINUTE);
    expect(world.busiestMinute(1000)).toBeLessThanOrEqual(60);
    await world.end();
  });

  it('ends no call that may be in a room for which the budget has no request left', async () => {
    const world = await new WatchWorld(many(10), { maxRequests: 10 }).start(1000);
    world.told();
    await world.clock.advance(MINUTE);
    world.rooms.set('room-0', [agent()]);
    world.rooms.set('room-1', [...served('SCL_1'), inbound('SCL_0')]);
    // Each of them costs what there is.
    for (const name of ['room-0', 'room-1']) world.watch.look(name);
    await world.clock.advance(2 * MINUTE);
    expect(world.told()).toEqual(['call-changed SCL_0']);
    await world.end();
  });

  it('ends no call that may be in a new room, of which a webhook has told', async () => {
    const options = { ...webhooks, maxRequests: 60 };
    const world = await new WatchWorld({ ...many(3), a: served('SCL_a') }, options).start(1000);
    world.told();
    // What is left pays for reads, and for lists now and then.
    for (let index = 0; index < 8; index += 1) {
      world.watch.look('room-0');
      await world.clock.advance(200);
    }
    world.rooms.set('a', [agent()]);
    world.rooms.set('new', served('SCL_a'));
    for (const name of ['a', 'new']) world.watch.look(name);
    await world.clock.advance(30_000);
    expect(world.told()).toEqual(['call-changed SCL_a']);
    await world.end();
  });

  it.each([
    ['a new room', 'new'],
    ['a room that was there', 'room-0'],
  ])('takes a call for moved to %s, of which the webhook comes late', async (_, to) => {
    const world = await new WatchWorld({ ...many(1), a: served('SCL_a') }, webhooks).start(1000);
    await world.clock.advance(3000);
    world.told();
    world.rooms.set('a', [agent()]);
    world.rooms.set(to, [...(to === 'new' ? [] : served('SCL_0')), ...served('SCL_a')]);
    world.listed.set(to, { numParticipants: 7 });
    world.watch.look('a');
    await world.clock.advance(400);
    world.watch.look(to);
    await world.clock.advance(2000);
    expect(world.told()).toEqual(['call-changed SCL_a']);
    await world.end();
  });

  it('ends calls also while another room changes all the time', async () => {
    const world = await new WatchWorld(many(3)).start(1000);
    world.told();
    world.rooms.set('room-1', [agent()]);
    world.watch.look('room-1');
    for (let turn = 0; turn < 50; turn += 1) {
      world.watch.look('room-2');
      await world.clock.advance(100);
    }
    expect(world.told()).toEqual(['call-ended SCL_1']);
    await world.end();
  });

  it('sees soon that a room is gone which cannot be read for that', async () => {
    const world = await new WatchWorld(many(3), webhooks).start(1000);
    world.told();
    world.rooms.set('room-1', unreadable());
    world.vanished.add('room-1');
    world.watch.look('room-1');
    await world.clock.advance(2500);
    expect(world.told()).toEqual(['call-ended SCL_1']);
    await world.end();
  });

  it('lists the rooms no more often for a room that cannot be read at all', async () => {
    const world = await new WatchWorld(many(3), webhooks).start(1000);
    world.rooms.set('room-1', unreadable());
    const before = world.reads('list');
    for (let turn = 0; turn < 60; turn += 1) {
      world.watch.look('room-1');
      await world.clock.advance(1000);
    }
    expect(world.reads('list') - before).toBeLessThanOrEqual(4);
    await world.end();
  });

  it('takes another room of the same name for another, also where it cannot be read', async () => {
    const world = await new WatchWorld({ a: served('SCL_old') }).start(1000);
    world.listed.set('a', { sid: 'RM_another' });
    world.rooms.set('a', unreadable());
    await world.clock.advance(2500);
    expect(world.watch.state.isWhole).toBe(false);
    await world.clock.advance(10_000);
    expect(world.told()).toEqual(['call-started SCL_old', 'room-unreadable', 'call-ended SCL_old']);
    await world.end();
  });

  it('ends no call that may be in a new room which could not be read at once', async () => {
    const world = await new WatchWorld({ a: served('SCL_a') }).start(1000);
    world.rooms.delete('a');
    world.rooms.set('c', unreadable());
    await world.clock.advance(2000);
    world.rooms.set('c', served('SCL_a'));
    await world.clock.advance(3000);
    expect(world.told()).toEqual(['call-started SCL_a', 'room-unreadable', 'call-changed SCL_a']);
    await world.end();
  });
});

it('ends calls also where a new room cannot be read while LiveKit asks for fewer requests', async () => {
  const world = await new WatchWorld(many(2)).start(1000);
  world.told();
  world.rooms.set('bad', unreadable());
  world.rooms.set('room-1', [agent()]);
  for (let second = 0; second < 60; second += 1) {
    if (second % 10 === 0) world.rateLimits += 1;
    await world.clock.advance(1000);
  }
  expect(world.watch.state.slowedBy).toBe('LiveKit asks for fewer requests');
  expect(world.told()).toEqual(['call-ended SCL_1']);
  await world.end();
});

describe('what a watch has seen of a call', () => {
  const copyOf = (callId: string) => inbound(callId, { kindDetails: ['FORWARDED'] });

  it('is nothing of whether it is stuck, where only a copy could be read', async () => {
    const rooms = { home: unreadable(), copy: [copyOf('SCL_a')] };
    const world = await new WatchWorld(rooms).start(MINUTE);
    const [seen] = world.watch.state.calls;
    expect(seen?.call).toMatchObject({ room: 'copy', condition: 'no-agent', stuck: null });
    expect(seen?.call.conditionSince).toBeNull();
    await world.end();
  });

  it('is no reason to read the room of a copy again and again', async () => {
    const rooms = { home: served('SCL_a'), copy: [copyOf('SCL_a')] };
    const world = await new WatchWorld(rooms).start(MINUTE);
    expect(world.reads('copy')).toBeLessThanOrEqual(6);
    expect(world.watch.state.calls[0]?.call.room).toBe('home');
    await world.end();
  });

  it.each<[string, (world: WatchWorld) => Promise<void>]>([
    ['the machine was asleep', async (world) => world.clock.jump(60 * MINUTE)],
    [
      'LiveKit was away',
      async (world) => {
        world.listFails = new KnownError('server', 'LiveKit cannot be reached');
        await world.clock.advance(10 * MINUTE);
        world.listFails = null;
      },
    ],
  ])('begins anew after %s', async (_, pass) => {
    const world = await new WatchWorld({ a: [inbound('SCL_a')] }).start(10_000);
    const call = () => world.watch.state.calls[0]?.call;
    expect(call()?.stuck).toBe(true);
    await pass(world);
    const backMs = world.clock.now();
    const seen: unknown[] = [];
    world.watch.onEvent((event) => 'call' in event && seen.push(event.call.stuck));
    await world.clock.advance(20_000);
    expect(seen).toEqual([null, true]);
    expect(Date.parse(call()?.conditionSince ?? '')).toBeGreaterThanOrEqual(backMs);
    await world.end();
  });

  it.each([-3_600_000, 3_600_000])(
    'counts for no agent that hangs by a clock set by %d ms',
    async (ms) => {
      const thinking = agent({ version: 5, attributes: { 'lk.agent.state': 'thinking' } });
      const world = await new WatchWorld({ a: [inbound('SCL_a'), thinking] }).start(2000);
      const condition = () => world.watch.state.calls[0]?.call.condition;
      world.clock.jump(ms);
      await world.clock.advance(10_000);
      expect(condition()).toBe('unremarkable');
      await world.clock.advance(40_000);
      expect(condition()).toBe('agent-hung');
      await world.end();
    },
  );
});
