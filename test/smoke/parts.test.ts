import { describe, expect, it } from 'vitest';
import { runConcurrently } from '../../src/commands/smoke/execute.ts';
import { type Arrivals, type ArrivalWatch, watchArrivals } from '../../src/smoke/arrivals.ts';
import type { SmokeContext } from '../../src/smoke/context.ts';
import { isSameNumber, readTestNumber } from '../../src/smoke/plan.ts';
import { observeTarget } from '../../src/smoke/refer.ts';
import { caller, fakeClient, NOW, room, call as someCall } from '../support/livekit.ts';

describe('two writings of a number', () => {
  it.each([
    ['+15105550177', '+15105550177', true],
    ['+15105550177', '15105550177', true],
    ['+15105550177', '5105550177', true],
    ['+442079460177', '02079460177', true],
    ['+15105550177', '+15105550178', false],
    ['+15105550177', '+4915105550177', false],
    ['+15105550177', '4915105550177', false],
    ['+15105550177', '0015105550177', true],
    ['+15105550177', '01115105550177', true],
    ['+15105550177', '0177', false],
    // What some networks show for a hidden number.
    ['+15105550177', '0000000000', false],
    ['1001', '1001', true],
    ['anonymous', 'anonymous', true],
    ['anonymous', '', false],
    ['+15105550177', null, false],
  ])('%j and %j: %s', (one, other, same) => {
    expect(isSameNumber(one, other)).toBe(same);
    expect(isSameNumber(other, one)).toBe(same);
  });
});

describe('a number to dial', () => {
  const config = { defaultCountry: 'US' };
  it.each([
    ['(510) 555-0177', '+15105550177'],
    ['+49 30 123456', '+4930123456'],
    ['100', '100'],
  ])('%s is dialled as %s', (text, number) => {
    expect(readTestNumber(text, config, false)).toBe(number);
  });

  it.each(['911', '112', '+1 911', '9-1-1', '988'])('%s is never dialled', (text) => {
    expect(() => readTestNumber(text, config, false)).toThrow(/emergency/);
    expect(() => readTestNumber(text, { ...config, policy: { premium: true } }, true)).toThrow(
      /emergency/,
    );
  });

  it('is no emergency number of the file, whatever the country of this run', () => {
    const elsewhere = { ...config, defaultCountry: 'DE', fileCountry: 'US' };
    expect(() => readTestNumber('988', elsewhere, false)).toThrow(/emergency/);
  });

  it('is no address', () => {
    expect(() => readTestNumber('sip:100@pbx', config, false)).toThrow(/a test dials a number/);
  });

  it('is bound to the policy’s countries where it was typed', () => {
    expect(() => readTestNumber('+442079460177', config, true)).toThrow(/policy/);
    expect(readTestNumber('+442079460177', config, false)).toBe('+442079460177');
    expect(() => readTestNumber('+19005550177', config, false)).toThrow(/premium/);
  });
});

describe('a call that comes in at our number', () => {
  const OURS = '+15550001111';
  const call = (id: string, from: string, to = OURS) =>
    caller({
      identity: `sip_${id}`,
      attributes: { 'sip.callID': id, 'sip.phoneNumber': from, 'sip.trunkPhoneNumber': to },
    });

  async function watchWith(rooms: Record<string, ReturnType<typeof call>[]>) {
    const client = fakeClient({
      listRooms: async () => Object.keys(rooms).map((name) => room({ name })),
      listParticipants: async (name) => rooms[name] ?? [],
    });
    const options = { number: OURS, isAgent: () => false, now: () => NOW };
    return watchArrivals(client, options);
  }

  it('is ours when it is new, at our number, and from our number', async () => {
    const rooms = { old: [call('SCL_old', '+15105550009')] };
    const watch = await watchWith(rooms);
    Object.assign(rooms, {
      one: [call('SCL_ours', '5105550009')],
      two: [call('SCL_stranger', '+15105550142')],
      three: [call('SCL_elsewhere', '+15105550009', '+15550002222')],
    });
    const { ours, foreign } = await watch.look(['+15105550009']);
    expect(ours.map(({ callId }) => callId)).toEqual(['SCL_ours']);
    expect(foreign.map(({ callId }) => callId)).toEqual(['SCL_stranger']);
    expect([watch.isNewRoom('old'), watch.isNewRoom('one')]).toEqual([false, true]);
  });

  it('is found in a room that was there before, too', async () => {
    const rooms: Record<string, ReturnType<typeof call>[]> = { lobby: [] };
    const watch = await watchWith(rooms);
    rooms.lobby = [call('SCL_ours', '+15105550009')];
    let found: string[] = [];
    for (let look = 0; look < 4 && found.length === 0; look += 1) {
      found = (await watch.look(['+15105550009'])).ours.map(({ callId }) => callId);
    }
    expect(found).toEqual(['SCL_ours']);
  });
});

describe('the call at a target of ours', () => {
  const sightedBeside = (unread: string[], ...looks: Arrivals['ours'][]) => {
    const watch: ArrivalWatch = {
      isNewRoom: () => true,
      look: async () => ({
        ours: looks.length > 1 ? (looks.shift() ?? []) : (looks[0] ?? []),
        foreign: [],
        unread,
      }),
    };
    const signal = new AbortController().signal;
    const lab = {
      clock: { sleep: async () => {} },
      interruption: { signal: null, abort: signal },
      tell: () => {},
    };
    return observeTarget(lab as unknown as SmokeContext, watch, ['+15105550177'], true);
  };
  const sighted = (...looks: Arrivals['ours'][]) => sightedBeside([], ...looks);
  const ringing = someCall({ callId: 'SCL_one', status: 'ringing', transferable: false });
  const up = someCall({ callId: 'SCL_one', status: 'active', transferable: true });
  const other = someCall({ callId: 'SCL_two', status: 'active', transferable: true });

  it('is waited for until it is answered', async () => {
    expect(await sighted([], [ringing], [up])).toEqual({ arrival: 'answered', call: up });
    expect(await sighted([ringing])).toEqual({ arrival: 'ringing', call: ringing });
    expect(await sighted([])).toEqual({ arrival: 'none', call: null });
  });

  it('is not known where one that was not found may be in a room that cannot be read', async () => {
    expect(await sightedBeside(['blind'], [])).toEqual({ arrival: null, call: null });
    // The one that is seen may be somebody else's: it is no proof, and not ours to end.
    expect(await sightedBeside(['blind'], [up])).toEqual({ arrival: null, call: null });
    expect(await sightedBeside(['blind'], [ringing])).toEqual({ arrival: null, call: null });
  });

  it('is none of several that it may be: none of them is proof, and none ours to end', async () => {
    expect(await sighted([up, other])).toEqual({ arrival: 'several', call: null });
    expect(await sighted([ringing], [ringing, other])).toEqual({ arrival: 'several', call: null });
  });
});

describe('tests side by side', () => {
  it('are never more than so many, and never two that share something', async () => {
    const running = new Set<string>();
    let most = 0;
    const done: string[] = [];
    const works = ['a1', 'a2', 'b1', 'c1', 'd1'].map((name) => ({ name, keys: [name.charAt(0)] }));
    await runConcurrently(
      works,
      3,
      () => false,
      async ({ name, keys: [key = ''] }) => {
        expect([...running].some((other) => other.startsWith(key))).toBe(false);
        running.add(name);
        most = Math.max(most, running.size);
        await new Promise((resolve) => setImmediate(resolve));
        running.delete(name);
        done.push(name);
      },
    );
    expect([most, done.length]).toEqual([3, 5]);
  });

  it('are begun no more once somebody wants to stop', async () => {
    let begun = 0;
    await runConcurrently(
      [{ keys: ['a'] }, { keys: ['a'] }],
      4,
      () => begun > 0,
      async () => {
        begun += 1;
      },
    );
    expect(begun).toBe(1);
  });

  it('come to their end before anybody hears of one that failed, and no more are begun', async () => {
    const ended: string[] = [];
    let end = () => {};
    const other = new Promise<void>((resolve) => {
      end = resolve;
    });
    const works = ['fails', 'goes on', 'waits'].map((name) => ({ name, keys: [] }));
    const running = runConcurrently(
      works,
      2,
      () => false,
      async ({ name }) => {
        if (name === 'fails') throw new Error('the first');
        await other;
        ended.push(name);
      },
    );
    const heard = expect(running).rejects.toThrow('the first');
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual([]);
    end();
    await heard;
    expect(ended).toEqual(['goes on']);
  });
});
