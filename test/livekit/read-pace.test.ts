import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReadPace, readEach } from '../../src/livekit/read-pace.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';

const answer = (httpStatus: number, retryAfterMs: number | null = null): HttpOutcome => ({
  kind: 'answer',
  httpStatus,
  contentType: '',
  body: '',
  retryAfterMs,
});

/** A pace whose pauses end when the test says so, over a server that answers as told. */
function pacedBy(reply: (count: number) => HttpOutcome, patienceMs = 10_000) {
  const pauses: number[] = [];
  const waiting: (() => void)[] = [];
  let nowMs = 0;
  let atOnce = 0;
  /** How many were under way, with each that was sent. */
  const most: number[] = [];
  const pace = new ReadPace({
    patienceMs,
    sleep: (ms) => {
      pauses.push(ms);
      return new Promise((resolve) => {
        waiting.push(() => {
          nowMs += ms;
          resolve();
        });
      });
    },
    elapsed: () => nowMs,
    stopped: () => false,
  });
  let sent = 0;
  const read = () => pace.read(send);
  const send = async () => {
    sent += 1;
    const count = sent;
    atOnce += 1;
    most[count] = atOnce;
    await new Promise(setImmediate);
    atOnce -= 1;
    return reply(count);
  };
  const turn = async () => {
    for (let count = 0; count < 200; count += 1) await new Promise(setImmediate);
  };
  return {
    pace,
    pauses,
    most,
    sent: () => sent,
    read,
    turn,
    passTime: (ms: number) => {
      nowMs += ms;
    },
    /** Lets the pause pass. */
    resume: async () => {
      waiting.shift()?.();
      await turn();
    },
  };
}

const statuses = async (reads: Promise<HttpOutcome>[]) =>
  (await Promise.all(reads)).map((each) => (each.kind === 'answer' ? each.httpStatus : each.code));

describe('reads', () => {
  it('go side by side while nothing is in their way', async () => {
    const { read, most, pauses } = pacedBy(() => answer(200));
    const reads = Array.from({ length: 100 }, read);
    expect(await statuses(reads)).toEqual(Array(100).fill(200));
    expect(Math.max(...most.slice(1, 25))).toBe(24);
    expect(Math.max(...most.slice(1))).toBeLessThanOrEqual(128);
    expect(pauses).toEqual([]);
  });

  it('all wait where one is asked to, for as long, and then fewer go at a time', async () => {
    const { read, most, pauses, sent, turn, resume } = pacedBy((count) =>
      count >= 40 && count < 56 ? answer(429, 7000) : answer(200),
    );
    const reads = Array.from({ length: 300 }, read);
    await turn();
    const before = sent();
    expect(before).toBeLessThanOrEqual(40 + 54);
    expect(pauses).toEqual([7000]);
    await turn();
    expect(sent()).toBe(before);
    await resume();
    expect(await statuses(reads)).toEqual(Array(300).fill(200));
    expect(Math.max(...most.slice(before + 1, before + 12))).toBeLessThanOrEqual(54 / 2);
    expect(Math.max(...most.slice(before + 1))).toBeLessThanOrEqual(54 / 2);
    // Each is sent once, and once more where it was turned away.
    expect(sent()).toBeLessThanOrEqual(300 + 54);
  });

  it('wait twice as long each time where nobody says how long', async () => {
    const { read, pauses, resume, turn } = pacedBy((count) => answer(count < 4 ? 429 : 200));
    const one = read();
    await turn();
    for (let round = 0; round < 3; round += 1) await resume();
    expect(await statuses([one])).toEqual([200]);
    expect(pauses).toEqual([500, 1000, 2000]);
  });

  it('do not wait longer than there is time, and then none is sent until that is over', async () => {
    const { read, pauses, sent, passTime } = pacedBy((count) =>
      count < 40 ? answer(429, 60_000) : answer(200),
    );
    expect(await statuses(Array.from({ length: 300 }, read))).toEqual(Array(300).fill(429));
    expect(pauses).toEqual([]);
    expect(sent()).toBeLessThanOrEqual(24);
    const before = sent();
    passTime(59_000);
    expect(await statuses([read()])).toEqual([429]);
    expect(sent()).toBe(before);
    passTime(2000);
    expect(await statuses([read()])).not.toEqual([]);
    expect(sent()).toBe(before + 1);
  });

  it('are made again some day, whatever an answer asks for', async () => {
    const { read, sent, passTime } = pacedBy((count) =>
      count === 1 ? answer(429, 999_999_999_000) : answer(200),
    );
    expect(await statuses([read()])).toEqual([429]);
    passTime(299_000);
    expect(await statuses([read()])).toEqual([429]);
    expect(sent()).toBe(1);
    passTime(2000);
    expect(await statuses([read()])).toEqual([200]);
  });

  it('wait for a 503 only where it says how long', async () => {
    const plain = pacedBy(() => answer(503));
    expect(await statuses([plain.read()])).toEqual([503]);
    const paced = pacedBy((count) => (count === 1 ? answer(503, 2000) : answer(200)));
    const one = paced.read();
    await paced.turn();
    await paced.resume();
    expect(await statuses([one])).toEqual([200]);
    expect(paced.pauses).toEqual([2000]);
  });

  it.each([0, 1])('pause at least half a second, also where %d ms are asked for', async (asked) => {
    const { read, pauses, sent, resume, turn } = pacedBy(() => answer(429, asked), 2000);
    const one = read();
    await turn();
    for (let round = 0; round < 10; round += 1) await resume();
    expect(await statuses([one])).toEqual([429]);
    expect(pauses).toEqual([500, 500, 500, 500]);
    expect(sent()).toBe(5);
  });

  it('wait no longer than they may, while others are answered well', async () => {
    const { pace, pauses, resume, turn } = pacedBy(() => answer(200), 2000);
    const bad = pace.read(async () => answer(429));
    const good: Promise<HttpOutcome>[] = [];
    await turn();
    for (let round = 0; round < 12; round += 1) {
      good.push(pace.read(async () => answer(200)));
      await resume();
    }
    expect(await statuses([bad])).toEqual([429]);
    expect(await statuses(good)).toEqual(Array(12).fill(200));
    // The next pause is the first again after each good answer.
    expect(pauses.length).toBeGreaterThan(3);
    expect(pauses.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(2500);
  });
});

describe('how many reads go at a time', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /**
   * Reads 2,000 rooms of a server.
   * @param away the round trip, in ms
   * @param worksMs how long it works on each request, one after the other
   */
  async function readFrom({
    away = 0,
    worksMs = 0,
    reply = () => answer(200),
  }: {
    away?: number;
    worksMs?: number;
    reply?: (count: number) => HttpOutcome;
  }) {
    const beganMs = Date.now();
    const pace = new ReadPace({
      patienceMs: 10_000,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      elapsed: () => Date.now() - beganMs,
      stopped: () => false,
    });
    let [busyMs, atOnce, sent] = [0, 0, 0];
    const seen: number[] = [];
    const send = async () => {
      sent += 1;
      const count = sent;
      atOnce += 1;
      seen.push(atOnce);
      busyMs = Math.max(busyMs, Date.now()) + worksMs;
      await new Promise((resolve) => setTimeout(resolve, busyMs - Date.now() + away));
      atOnce -= 1;
      return reply(count);
    };
    const rooms = Array.from({ length: 2000 }, (_, index) => index);
    const client = { readsAtATime: () => pace.atATime };
    const reading = readEach(
      client,
      rooms,
      () => false,
      async () => {
        await pace.read(send);
      },
    );
    await vi.runAllTimersAsync();
    await reading;
    return { ms: Date.now() - beganMs, most: Math.max(...seen), seen, atATime: pace.atATime };
  }

  it('is as much as the answers of a far server bear', async () => {
    const { ms, most } = await readFrom({ away: 60 });
    expect(most).toBe(128);
    expect(ms).toBeLessThan(2000);
  });

  it('stays as it is where more would only wait for each other', async () => {
    expect((await readFrom({ away: 1, worksMs: 1 })).most).toBe(24);
  });

  it('ends before the answers of a far and slow server take much longer', async () => {
    // Some 30 are enough to keep it busy.
    const { ms, most, atATime } = await readFrom({ away: 60, worksMs: 2 });
    expect(most).toBeLessThanOrEqual(54);
    expect(atATime).toBeLessThanOrEqual(54);
    expect(ms).toBeLessThan(2000 * 2 * 1.1);
  });

  it('is half as much once answers do not come in time, for all that were sent together', async () => {
    const late: HttpOutcome = {
      kind: 'failure',
      code: 'TIMEOUT',
      message: 'no answer',
      mayHaveBeenSent: true,
    };
    const reply = (count: number) => (count > 1500 && count <= 1600 ? late : answer(200));
    const { seen, atATime } = await readFrom({ away: 60, reply });
    expect(Math.max(...seen.slice(0, 1500))).toBe(128);
    expect(Math.max(...seen.slice(-50))).toBeLessThanOrEqual(64);
    expect(atATime).toBeGreaterThanOrEqual(16);
  });
});

describe('reading one after another', () => {
  const client = { readsAtATime: () => 3 };
  const all = [1, 2, 3, 4, 5, 6, 7, 8];

  it('begins in their order, and ends when it is done', async () => {
    const begun: number[] = [];
    await readEach(
      client,
      all,
      () => begun.includes(5),
      async (each) => {
        begun.push(each);
        await new Promise(setImmediate);
      },
    );
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    await expect(
      readEach(
        client,
        [],
        () => false,
        () => Promise.reject(),
      ),
    ).resolves.toBe(undefined);
  });

  it('ends at once where one fails', async () => {
    const begun: number[] = [];
    const reading = readEach(
      client,
      all,
      () => false,
      async (each) => {
        begun.push(each);
        await new Promise(setImmediate);
        if (each === 2) throw new Error('not this one');
      },
    );
    await expect(reading).rejects.toThrow('not this one');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(begun.length).toBeLessThan(all.length);
  });
});
