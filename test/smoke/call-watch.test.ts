import { describe, expect, it } from 'vitest';
import { watchArrivals, watchCalls } from '../../src/smoke/arrivals.ts';
import { NOW } from '../support/livekit.ts';
import { arrived, clientOf, OURS, type Rooms } from './rooms.ts';

const options = { isAgent: () => false, now: () => NOW };

/** Looks once; every look reads all rooms unless a test says otherwise. */
async function watching(rooms: Rooms, fullLookEvery = 1) {
  const watch = await watchCalls(clientOf(rooms), { ...options, fullLookEvery });
  const look = async () => {
    const { calls, undated, unread } = await watch.look();
    const ids = (list: typeof calls) => list.map(({ callId }) => callId);
    return { calls: ids(calls), undated: ids(undated), unread };
  };
  return { watch, look };
}

describe('the calls since a moment', () => {
  it('are not those that were there, whatever LiveKit showed of them then', async () => {
    const rooms: Rooms = { one: [arrived('SCL_customer', '+15105550142', '')] };
    const { look } = await watching(rooms);
    rooms.one = [arrived('SCL_customer')];
    rooms.two = [arrived('SCL_new')];
    expect((await look()).calls).toEqual(['SCL_new']);
  });

  it('are never those of a room that could not be read then, even once they are moved', async () => {
    const rooms: Rooms = { blind: 'unreadable', other: [] };
    const { watch, look } = await watching(rooms);
    expect(watch.blindRooms).toEqual(['blind']);
    expect(watch.isNewRoom('blind')).toBe(false);
    expect(await look()).toEqual({ calls: [], undated: [], unread: ['blind'] });
    rooms.blind = [arrived('SCL_customer')];
    expect(await look()).toEqual({ calls: [], undated: ['SCL_customer'], unread: [] });
    rooms.blind = [];
    rooms.other = [arrived('SCL_customer')];
    expect(await look()).toEqual({ calls: [], undated: ['SCL_customer'], unread: [] });
  });

  it.each([1, 4])('are found beside a new room that cannot be read (%i)', async (every) => {
    const rooms: Rooms = {};
    const { look } = await watching(rooms, every);
    Object.assign(rooms, { ending: 'unreadable', one: [arrived('SCL_new')] });
    expect(await look()).toEqual({ calls: ['SCL_new'], undated: [], unread: ['ending'] });
    delete rooms.ending;
    expect((await look()).unread).toEqual([]);
  });

  it('are looked for in so many rooms at a time as any list of calls is', async () => {
    const rooms: Rooms = {};
    const client = clientOf(rooms);
    let reading = 0;
    let most = 0;
    const watch = await watchCalls(
      {
        ...client,
        listParticipants: async (room) => {
          reading += 1;
          most = Math.max(most, reading);
          await new Promise(setImmediate);
          reading -= 1;
          return client.listParticipants(room);
        },
      },
      { ...options, fullLookEvery: 4 },
    );
    for (let index = 0; index < 200; index += 1) rooms[`new-${index}`] = [arrived(`SCL_${index}`)];
    expect((await watch.look()).calls).toHaveLength(200);
    expect(most).toBe(client.readsAtATime());
  });

  it('cannot be told with a key that may not read', async () => {
    const rooms: Rooms = {};
    const { look } = await watching(rooms, 4);
    rooms.one = 'forbidden';
    await expect(look()).rejects.toMatchObject({ code: 'permission' });
  });

  it('may hide in an old room until it is read again', async () => {
    const rooms: Rooms = { lobby: [] };
    const { look } = await watching(rooms, 2);
    await look();
    rooms.lobby = 'unreadable';
    expect((await look()).unread).toEqual(['lobby']);
    rooms.lobby = [arrived('SCL_new')];
    expect(await look()).toEqual({ calls: [], undated: [], unread: ['lobby'] });
    expect(await look()).toEqual({ calls: ['SCL_new'], undated: [], unread: [] });
  });
});

describe('a call that comes in at our number', () => {
  it('may be there all the same where a room of the start shows one like it', async () => {
    const rooms: Rooms = { blind: 'unreadable' };
    const watch = await watchArrivals(clientOf(rooms), { ...options, number: OURS });
    rooms.blind = [arrived('SCL_maybe', '+15105550009')];
    let seen = await watch.look(['+15105550009']);
    for (let look = 2; look <= 4; look += 1) seen = await watch.look(['+15105550009']);
    expect(seen).toEqual({ ours: [], foreign: [], unread: ['blind'] });
    expect((await watch.look(['+15105550177'])).unread).toEqual([]);
  });
});
