import { describe, expect, it } from 'vitest';
import { SimulatedTime } from './simulated-time.ts';

const realPause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('simulated time', () => {
  it('passes in no time while somebody waits, and in the order of what is due', async () => {
    const time = new SimulatedTime();
    const order: string[] = [];
    time.after(90_000, () => order.push('late'));
    time.after(30_000, () => order.push('early'));
    time.after(10_000, () => order.push('taken back'))();
    const start = performance.now();
    await time.sleep(60_000);
    expect([time.now(), ...order]).toEqual([60_000, 'early']);
    await time.during(() => new Promise<void>((resolve) => time.after(40_000, resolve)));
    expect([time.now(), ...order]).toEqual([100_000, 'early', 'late']);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('stands still where nobody waits for it', async () => {
    const time = new SimulatedTime();
    let isOver = false;
    time.after(1, () => {
      isOver = true;
    });
    await realPause(50);
    expect([time.now(), isOver]).toEqual([0, false]);
  });

  it('passes no faster than somebody outside can keep up with, where that is asked for', async () => {
    const time = new SimulatedTime();
    const start = performance.now();
    await time.paced(() => time.sleep(1_000));
    expect(time.now()).toBe(1_000);
    // Node's timers may be a millisecond early, of ten steps.
    expect(performance.now() - start).toBeGreaterThan(80);
  });

  it('ends a pause by its signal', async () => {
    const time = new SimulatedTime();
    const ending = new AbortController();
    time.after(20, () => ending.abort());
    await time.sleep(60_000, ending.signal);
    expect(time.now()).toBe(20);
    await time.sleep(60_000, ending.signal);
    expect(time.now()).toBe(20);
  });
});
