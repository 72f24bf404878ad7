import { describe, expect, it } from 'vitest';
import { checkClock } from '../../../src/commands/doctor/network.ts';

/** The server's clock against ours, in seconds. */
describe('a clock', () => {
  it.each([
    [0, 'ok'],
    [4.9, 'ok'],
    [-4.9, 'ok'],
    [5, 'warning'],
    [599, 'warning'],
    [600, 'failed'],
    [-20, 'warning'],
    [-60, 'failed'],
  ])('of the server that is %d s ahead: %s', (seconds, status) => {
    const found = checkClock(seconds * 1000);
    expect(found).toMatchObject({ id: 'clock', status, exitCode: status === 'failed' ? 1 : 0 });
    expect(found.hint === null).toBe(status === 'ok');
  });

  it('that is not told is not checked', () => {
    expect(checkClock(null).status).toBe('not-checked');
  });
});
