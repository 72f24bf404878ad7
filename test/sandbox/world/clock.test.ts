import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../../src/sandbox/world/clock.ts';

describe('the clock', () => {
  it('runs as fast as it is told, but keeps real time where that is asked for', async () => {
    const clock = new Clock(100);
    const order: string[] = [];
    clock.after(3_000, () => order.push('scaled'));
    clock.afterReal(150, () => order.push('real'));
    await sleep(90);
    expect(order).toEqual(['scaled']);
    await expect.poll(() => order).toEqual(['scaled', 'real']);
  });

  it('counts no real time in which it could not run', async () => {
    const clock = new Clock(1);
    const order: string[] = [];
    clock.afterReal(200, () => order.push('over'));
    const start = performance.now();
    while (performance.now() - start < 300);
    setTimeout(() => order.push('asked'), 20);
    await expect.poll(() => order).toEqual(['asked', 'over']);
  });

  it('forgets what is taken back, and everything when it is stopped', async () => {
    const clock = new Clock(1);
    const happened: string[] = [];
    clock.after(5, () => happened.push('taken back'))();
    clock.afterReal(5, () => happened.push('taken back'))();
    const takeBack = clock.afterReal(120, () => happened.push('taken back on the way'));
    await sleep(80);
    takeBack();
    clock.after(5, () => happened.push('stopped'));
    clock.afterReal(120, () => happened.push('stopped'));
    clock.stop();
    await sleep(130);
    expect(happened).toEqual([]);
  });

  it('does not cut a very long pause short', async () => {
    const clock = new Clock(0.001);
    const happened: string[] = [];
    clock.after(1e12, () => happened.push('early'));
    await sleep(30);
    clock.stop();
    expect(happened).toEqual([]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the speed %d', (speed) => {
    expect(() => new Clock(speed)).toThrow(RangeError);
  });
});
