/** The tests that a config names, judged before any of them is run: by `config check` and `doctor`. */
import { describe, expect, it } from 'vitest';
import { trunks } from '../sandbox/dialled.ts';
import { cliAgainst } from './run-cli.ts';

const cli = cliAgainst({ seed: trunks() });
const good = { trunk: 'out', dial: '+15105550177', to: '+15105550100' };
const withTests = (...smoke: object[]) => ({ config: { defaultCountry: 'US', smoke } });

describe.concurrent('a test of the config', () => {
  it('that can be run is no problem', async () => {
    const given = withTests(good, { trunk: 'OUT', method: 'bridge', dial: '100' });
    expect(await cli('config check', given)).toMatchObject({ exitCode: 0 });
    expect(await cli('config check --online', given)).toMatchObject({ exitCode: 0 });
    const doctor = await cli('doctor --fields result,check', given);
    expect(doctor.stdout).toMatch(/^ok\tsmoke-tests$/m);
  });

  it.each([
    ['a target that is no department', { to: 'moblie' }, /smoke\[1\] \(out\): .*"moblie"/],
    ['a number that is none', { dial: 'mobile' }, /smoke\[1\] \(out\): /],
    ['an emergency number', { dial: '911' }, /smoke\[1\] \(out\): 911 is an emergency number/],
  ])('with %s is one without LiveKit', async (_, wrong, says) => {
    const given = withTests(good, { ...good, ...wrong });
    const checked = await cli('config check', given);
    expect(checked.exitCode).toBe(2);
    expect(checked.stderr).toMatch(says);
    expect(checked.stderr).toContain('tests of "smoke" could not be run');
    const doctor = await cli('doctor', given);
    expect(doctor.exitCode).toBe(2);
    expect(doctor.stdout).toMatch(/^failed\tsmoke-tests\t1 of 2 could not be run/m);
  });

  it('over a trunk that LiveKit does not have is one where LiveKit is asked', async () => {
    const given = withTests({ ...good, trunk: 'otu' });
    expect(await cli('config check', given)).toMatchObject({ exitCode: 0 });
    const online = await cli('config check --online', given);
    expect(online.exitCode).toBe(2);
    expect(online.stderr).toMatch(/smoke\[0\] \(otu\): [\s\S]*Did you mean “out”\?/);
    const doctor = await cli('doctor', given);
    expect(doctor.exitCode).toBe(2);
    expect(doctor.stdout).toMatch(/^failed\tsmoke-tests\t.*otu/m);
    // The dry run says the same of each, and what may be meant.
    const dry = await cli('smoke --all --dry-run', given);
    expect(dry.stderr).toContain('Did you mean “out”?');
  });
});
