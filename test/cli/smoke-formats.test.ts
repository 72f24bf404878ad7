/** Reports for other programs, as the command line asks for them. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OUTSIDE, trunks } from '../sandbox/dialled.ts';
import { smokeAgainst } from './smoke-cli.ts';

const TEST = `--trunk out --dial ${OUTSIDE} --to +15105550100`;
/** Every run has a sandbox of its own: the tests run side by side. */
const smoke: ReturnType<typeof smokeAgainst> = (line, given) => smokeAgainst(trunks())(line, given);
const refusing: typeof smoke = (line, given) =>
  smokeAgainst(trunks({ behaviour: { refuses: 405 } }))(line, given);
const flags = ['--yes', '--quiet'];

describe.concurrent('--format', () => {
  it('nagios prints a plugin line, with the state for exit code', async () => {
    const good = await smoke(`${TEST} --format nagios`, { flags });
    expect(good.exitCode).toBe(0);
    expect(good.stdout).toMatch(/^SIP REFER OK - [^\n|]*\| \S+=/);
    const bad = await refusing(`${TEST} --format nagios`, { flags });
    expect(bad.exitCode).toBe(2);
    expect(bad.stdout).toMatch(/^SIP REFER CRITICAL - /);
  });

  it.each([
    [`--trunk out --dial ${OUTSIDE} --format nagios`, flags],
    ['--bogus --format=nagios', flags],
    [`${TEST} --format nagios`, ['--quiet']],
    [`--trunk nowhere --dial ${OUTSIDE} --to 100 --format nagios`, flags],
  ])('nagios: %s %j is UNKNOWN, and exits 3', async (line, more) => {
    const ran = await smoke(line, { flags: more });
    expect(ran).toMatchObject({ exitCode: 3, stderr: '', mutations: [] });
    expect(ran.stdout).toMatch(/^SIP REFER UNKNOWN - /);
  });

  it('junit and prometheus print what their readers read', async () => {
    const junit = await refusing(`${TEST} --format junit`, { flags });
    expect(junit.exitCode).toBe(1);
    expect(junit.stdout).toMatch(/^<\?xml [\s\S]*<testsuites/);
    const metrics = await smoke(`${TEST} --format prometheus`, { flags });
    expect(metrics.exitCode).toBe(0);
    expect(metrics.stdout).toMatch(/^# HELP /);
  });

  it.each(['junit', 'prometheus'])(
    '%s has a test that could not be finished among its results',
    async (format) => {
      const blind = smokeAgainst({ ...trunks(), withheldGrants: ['roomAdmin'] });
      const ran = await blind(`${TEST} --format ${format}`, { flags });
      expect(ran.exitCode).toBe(4);
      expect(ran.stdout).toContain(format === 'junit' ? '<error' : 'verdict="call-failed"');
    },
  );

  it('--output writes the report to a file, and what it rests on to standard output', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-report-'));
    const file = join(folder, 'smoke.prom');
    const ran = await smoke(`${TEST} --format prometheus --output ${file}`, { flags });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^# HELP /);
    expect(readdirSync(folder)).toEqual(['smoke.prom']);
    const told = await smoke(`${TEST} --format junit --output ${file}`, { flags: ['--yes'] });
    expect(told.stdout).toMatch(
      /^out, dial \S+ to \S+: supported, REFER accepted, target answered\. The trunk takes/,
    );
    expect(told.stderr).toContain(`The report is in ${file}.`);
    const failed = await smoke(`${TEST} --format junit --expect refused --output ${file}`, {
      flags,
    });
    expect(failed).toMatchObject({ exitCode: 1 });
    expect(failed.stderr).toContain('refused was expected, and the verdict is supported');
  });

  it('leaves no measurements of an earlier run where none could be made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-report-'));
    const file = join(folder, 'smoke.prom');
    const line = `${TEST} --format prometheus --output ${file}`;
    expect(await smoke(line, { flags })).toMatchObject({ exitCode: 0 });
    expect(readFileSync(file, 'utf8')).toContain('lk_transfer_smoke_run_failed 0');
    const gone = line.replace('--trunk out', '--trunk nowhere');
    expect(await smoke(gone, { flags })).toMatchObject({ exitCode: 5 });
    const measured = readFileSync(file, 'utf8');
    expect(measured).toContain('lk_transfer_smoke_run_failed 1');
    expect(measured).not.toContain('lk_transfer_smoke_supported');
  });

  it.each([
    [`${TEST} --output x`, '--output goes with --format'],
    [`${TEST} --format junit --json`, '--format does not go with --json'],
    [`${TEST} --format junit --dry-run`, '--format does not go with --dry-run'],
    ['--clean --format junit', '--format does not go with --clean'],
    [`${TEST} --format junit --output /nowhere/at/all`, '--output'],
    [`${TEST} --format yaml`, 'Allowed choices'],
  ])('%s is refused before anything is asked', async (line, says) => {
    const ran = await smoke(line, { flags: ['--yes'] });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', methods: [] });
    expect(ran.stderr).toContain(says);
  });
});
