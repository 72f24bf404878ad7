import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { ReadPace } from '../../src/livekit/token-and-pace.ts';
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
  const limit = pLimit(24);
  /** As a scan reads rooms. */
  const read = () => limit(() => pace.read(send));
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
    expect(Math.max(...most.slice(1))).toBe(24);
    expect(pauses).toEqual([]);
  });

  it('all wait where one is asked to, for as long, and then fewer go at a time', async () => {
    const { read, most, pauses, sent, turn, resume } = pacedBy((count) =>
      count >= 40 && count < 56 ? answer(429, 7000) : answer(200),
    );
    const reads = Array.from({ length: 300 }, read);
    await turn();
    const before = sent();
    expect(before).toBeLessThanOrEqual(64);
    expect(pauses).toEqual([7000]);
    await turn();
    expect(sent()).toBe(before);
    await resume();
    expect(await statuses(reads)).toEqual(Array(300).fill(200));
    expect(Math.max(...most.slice(before + 1, before + 20))).toBe(16);
    // By and by they are as many as before.
    expect(Math.max(...most.slice(-60))).toBeGreaterThan(16);
    // Each is sent once, and once more where it was turned away.
    expect(sent()).toBeLessThanOrEqual(300 + 24);
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
