import { describe, expect, it } from 'vitest';
import { checkClock } from '../../../src/commands/doctor/network.ts';

/** The server's clock against ours, in seconds. */
describe('a clock', () => {
  it.each([
    [0, 'ok', 'this machine and the server agree to within 5 s'],
    [4.9, 'ok', 'agree'],
    [-4.9, 'ok', 'agree'],
    [5, 'warning', 'this machine is 5s behind the server; tokens are good for 10m by our clock'],
    [599, 'warning', 'this machine is 9m 59s behind the server'],
    [600, 'failed', 'this machine is 10m behind the server: its tokens are out of their time'],
    [
      -20,
      'warning',
      'this machine is 20s ahead of the server; LiveKit allows tokens to be up to 1m early, and other servers none',
    ],
    [-60, 'failed', 'this machine is 1m ahead of the server: its tokens are out of their time'],
  ])('of the server that is %d s ahead: %s, %s', (seconds, status, detail) => {
    const found = checkClock(seconds * 1000);
    expect(found).toMatchObject({ status, exitCode: status === 'failed' ? 1 : 0 });
    expect(found.detail).toContain(detail);
    expect(found.hint === null).toBe(status === 'ok');
  });

  it('that is not told is not checked', () => {
    expect(checkClock(null).status).toBe('not-checked');
  });
});
