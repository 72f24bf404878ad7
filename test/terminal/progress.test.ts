import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProgress } from '../../src/terminal/style.ts';
import { fakeHost } from '../support/fake-host.ts';

describe('a progress line', () => {
  let nowMs = 0;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function begin(label: string | (() => string) = 'Looking') {
    nowMs = 0;
    const fake = fakeHost({ isTTY: true, columns: 40 });
    const progress = startProgress(fake.host.stderr, () => nowMs, label);
    const pass = (ms: number) => {
      nowMs += ms;
      vi.advanceTimersByTime(ms);
    };
    const lines = () =>
      fake
        .stderr()
        .split('\r\u001b[2K')
        .filter((line) => line !== '');
    return { progress, pass, lines };
  }

  it('does not flash up for a short wait', () => {
    const { progress, pass, lines } = begin();
    pass(79);
    progress.stop();
    pass(1000);
    expect(lines()).toEqual([]);
  });

  it('asks for a text that tells the time by itself, and adds none', () => {
    let pairs = 2;
    const { pass, lines } = begin(() => `${pairs} calls`);
    pass(2000);
    pairs = 1;
    pass(500);
    expect(new Set(lines())).toEqual(new Set(['2 calls', '1 calls']));
  });

  it('shows the latest news, counts the seconds, and goes away', () => {
    const { progress, pass, lines } = begin();
    progress.update('Looking: room 1 of 9');
    pass(80);
    expect(lines()).toEqual(['Looking: room 1 of 9']);
    pass(1000);
    expect(lines().at(-1)).toBe('Looking: room 1 of 9 (1 s)');
    const drawn = lines().length;
    progress.stop();
    progress.stop();
    pass(5000);
    expect(lines()).toHaveLength(drawn);
  });

  it('escapes the names of strangers, and fits all the same', () => {
    const { progress, pass, lines } = begin();
    progress.update('Found SCL_1 in room a\u001b]0;x\u0007\r\n\u202e');
    pass(80);
    expect(lines()).toEqual(['Found SCL_1 in room a\\x1b]0;x\\x07\\r\\n\\…']);
  });

  it('is not drawn anew for each of a thousand rooms', () => {
    const { progress, pass, lines } = begin();
    pass(100);
    for (let room = 1; room <= 1000; room += 1) progress.update(`Looking: room ${room} of 1000`);
    expect(lines()).toHaveLength(1);
    pass(50);
    progress.update('Looking: room 1000 of 1000');
    expect(lines()).toEqual(['Looking', 'Looking: room 1000 of 1000']);
  });

  it('fits its terminal', () => {
    const { progress, pass, lines } = begin();
    progress.update('x'.repeat(100));
    pass(80);
    expect(lines()[0]).toBe(`${'x'.repeat(38)}…`);
    progress.stop();
  });
});
