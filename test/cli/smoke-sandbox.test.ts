import { describe, expect, it } from 'vitest';
import { SANDBOX_SPEED } from '../../src/commands/smoke/options.ts';
import { sleep } from '../../src/core/host.ts';
import { OUTSIDE, trunks } from '../sandbox/dialled.ts';
import { smokeAgainst } from './smoke-cli.ts';

const TARGET = '+15105550100';
const smoke = smokeAgainst(trunks());

describe('--all --sandbox', () => {
  it('shows every verdict, each as it was expected, and asks nobody', async () => {
    const ran = await smoke('--all --sandbox', {
      flags: ['--json'],
      config: null,
      // The pauses of the program shrink as the time of that sandbox does.
      sleep: (ms, signal) => sleep(ms / SANDBOX_SPEED, signal),
      elapsed: () => performance.now(),
    });
    const found = new Set(ran.results.map(({ verdict }) => verdict));
    expect([...found].sort()).toEqual([
      'call-failed',
      'inconclusive',
      'needs-configuration',
      'refused',
      'supported',
      'unsupported',
    ]);
    expect(ran.results.filter(({ verdict, expected }) => verdict !== expected)).toEqual([]);
    expect(new Set(ran.results.map(({ method }) => method))).toEqual(new Set(['outbound', 'loop']));
    expect(ran.results.flatMap(({ leftBehind }) => leftBehind)).toEqual([]);
    expect(ran.exitCode).toBe(0);
  }, 60_000);

  it('asks before it runs the tests of a config of the user’s own', async () => {
    const config = { smoke: [{ trunk: 'Sinch', dial: OUTSIDE, to: TARGET }] };
    const ran = await smoke('--all --sandbox', { flags: ['--json'], config });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(JSON.parse(ran.stderr).error.code).toBe('confirmation-needed');
  });
});
