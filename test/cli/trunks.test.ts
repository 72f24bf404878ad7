/** `trunks`, and what is known of a trunk before a caller moves on it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TrunkRecord } from '../../src/commands/destinations/command.ts';
import type { AimedFault } from '../../src/sandbox/demo/rooms.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { OURS, trunks } from '../sandbox/dialled.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { type CliOptions, cliAgainst } from './run-cli.ts';

const SANDBOX: SandboxOptions = {
  seed: {
    ...trunks({ mediaTimeoutS: 120 }, { behaviour: { refuses: 405 } }),
    rooms: [
      {
        name: 'call',
        participants: [
          {
            ...{ kind: 'caller', callId: 'SCL_one', trunk: 'ST_in', number: '+15105550142' },
            ...{ identity: 'sip_one', age: 60 },
          },
        ],
      },
    ],
  },
};

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-home-'));
  atTheEnd(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** The lines of one user, with a home and a LiveKit of their own: many run side by side. */
function user() {
  const cli = cliAgainst(SANDBOX);
  const home = makeHome();
  const config = { departments: { sales: '+15105550100' }, defaultCountry: 'US' };
  return {
    state: join(home, '.local', 'state', 'lk-transfer'),
    run: (line: string, faults: readonly AimedFault[] = [], more: CliOptions = {}) =>
      cli(line, { home, config, ...more, during: (_, sandbox) => sandbox.aim(faults) }),
  };
}

const rowsOf = (stdout: string): TrunkRecord[] => JSON.parse(stdout);
const rowOf = (stdout: string, id: string) => rowsOf(stdout).find((row) => row.trunkId === id);

const OUT = 'smoke --trunk ST_out --dial +15105550177 --to sales --yes';
const LOOP = `smoke --trunk ST_out --loop ${OURS} --to sales --yes`;
const unread = (method: string): AimedFault => ({
  method: `SIP/${method}`,
  answer: { status: 401, body: 'permissions denied' },
});

describe.concurrent('trunks', () => {
  it('lists every trunk, and of one that was never tested how to prove it', async () => {
    const { exitCode, stdout, stderr, mutations } = await user().run('trunks --json');
    expect({ exitCode, stderr, mutations }).toEqual({ exitCode: 0, stderr: '', mutations: [] });
    expect(rowsOf(stdout).map(({ trunkId }) => trunkId)).toEqual(['ST_in', 'ST_to', 'ST_out']);
    expect(rowOf(stdout, 'ST_in')).toEqual({
      ...{ trunkId: 'ST_in', name: 'in', direction: 'inbound', numbers: [OURS], address: null },
      ...{ provider: null, trunkKey: null, mediaTimeoutMs: null, smoke: [], knownRefer: null },
      refers: { honoured: 0, refused: 0, unknown: 0 },
      next: 'test whether it takes REFER',
      command: `lk-transfer smoke --trunk ST_out --loop ${OURS} --to sales`,
    });
    expect(rowOf(stdout, 'ST_out')).toMatchObject({
      ...{ address: 'sbc.example.net', mediaTimeoutMs: 120_000 },
      command: 'lk-transfer smoke --trunk ST_out --dial NUMBER --to sales',
    });
  });

  it('remembers what smoke found, each direction by itself, for preview, batch and doctor', async () => {
    const { run } = user();
    expect((await run(OUT)).exitCode).toBe(0);
    expect((await run(LOOP)).exitCode).toBe(1);
    const { stdout } = await run('trunks --json');
    expect(rowOf(stdout, 'ST_out')).toMatchObject({
      smoke: [{ transferMethod: 'refer', direction: 'outbound', verdict: 'supported', code: null }],
      knownRefer: { by: 'smoke', verdict: 'honoured' },
      ...{ next: null, command: null },
    });
    expect(rowOf(stdout, 'ST_in')).toMatchObject({
      smoke: [{ transferMethod: 'refer', direction: 'inbound', verdict: 'unsupported', code: 405 }],
      knownRefer: { by: 'smoke', verdict: 'refused', code: 405 },
      command: expect.stringContaining('--method bridge'),
    });
    expect(rowOf(stdout, 'ST_to')).toMatchObject({ smoke: [], knownRefer: null });

    const said = /no REFER here \(405, smoke test, \d+s ago\): bridge\? \(--method bridge\)/;
    const preview = await run('transfer SCL_one --to sales --dry-run');
    expect(preview.stderr).toMatch(new RegExp(`Warning +trunk ST_in: ${said.source}`));
    const json = await run('transfer SCL_one --to sales --dry-run --json');
    const warnings = json.stderr
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).warning.message);
    expect(warnings.filter((text) => said.test(text))).toHaveLength(1);
    const stdin = { text: 'SCL_one\n' };
    const batch = await run('transfer - --to sales --dry-run', [], { stdin });
    expect(batch.stderr.match(new RegExp(said, 'g'))).toHaveLength(1);
    const doctor = JSON.parse((await run('doctor --json')).stdout);
    const check = (id: string) =>
      doctor.checks.find((each: { check: string }) => each.check === id);
    expect(check('trunk:ST_in')).toMatchObject({ result: 'warning' });
    expect(check('trunk:ST_in').notes.at(-1)).toMatch(said);
    expect(check('trunk:ST_out')).toMatchObject({ result: 'ok' });
    expect(check('trunk:ST_to')).toMatchObject({ result: 'not-checked' });
  });

  it('counts what the record says, and warns of a trunk that has just refused', async () => {
    const { run } = user();
    const before = await run('transfer SCL_one --to sales --dry-run');
    expect(before.stderr).not.toContain('REFER here');
    expect((await run('transfer SCL_one --to sales --yes')).exitCode).toBe(1);
    const { stdout } = await run('trunks --json');
    expect(rowOf(stdout, 'ST_in')).toMatchObject({
      refers: { honoured: 0, refused: 1, unknown: 0 },
      knownRefer: { by: 'transfer', verdict: 'refused', code: 405 },
    });
    const after = await run('transfer SCL_one --to sales --dry-run');
    expect(after.stderr).toMatch(/no REFER here \(405, \d+s ago\): bridge\?/);
  });

  it.each([
    ['ListSIPOutboundTrunk', 'outbound', ['ST_in', 'ST_to']],
    ['ListSIPInboundTrunk', 'inbound', ['ST_out']],
  ])('says so where %s gives nothing: that is not none', async (method, direction, ids) => {
    const { exitCode, stdout, stderr } = await user().run('trunks --json', [unread(method)]);
    expect(exitCode).toBe(4);
    expect(rowsOf(stdout).map(({ trunkId }) => trunkId)).toEqual(ids);
    expect(stderr).toContain(`The ${direction} trunks could not be read`);
  });

  it('fails where neither list can be read, and prints no empty one', async () => {
    const faults = [unread('ListSIPInboundTrunk'), unread('ListSIPOutboundTrunk')];
    const { exitCode, stdout, stderr } = await user().run('trunks --json', faults);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(JSON.parse(stderr).error.code).toBe('permission');
  });

  it('never takes a record that it cannot read for one that says nothing', async () => {
    const { run, state } = user();
    mkdirSync(join(state, 'history.jsonl'), { recursive: true });
    const { exitCode, stdout, stderr } = await run('trunks --json');
    expect(exitCode).toBe(1);
    expect(rowOf(stdout, 'ST_in')).toMatchObject({ refers: null, smoke: [], command: null });
    expect(stderr).toContain('The record of transfers cannot be read');
    const people = { isTTY: true, columns: 80, env: { NO_COLOR: '1' } };
    expect((await run('trunks', [], people)).stdout).toContain('not read');
  });

  it('has what a trunk says to REFER and whether it dials in one row', async () => {
    const home = makeHome();
    const at405 = cliAgainst({ seed: trunks({ behaviour: { refuses: 405 } }) });
    const run = (line: string, more: CliOptions = {}) =>
      at405(line, { home, config: { departments: { sales: '+15105550100' } }, ...more });
    expect((await run(OUT)).exitCode).toBe(1);
    const bridge = 'smoke --method bridge --trunk ST_out --dial +15105550177 --yes';
    expect((await run(bridge)).exitCode).toBe(0);
    expect(rowOf((await run('trunks --json')).stdout, 'ST_out')).toMatchObject({
      smoke: [
        { transferMethod: 'refer', verdict: 'unsupported', code: 405 },
        { transferMethod: 'bridge', verdict: 'supported', code: null, direction: 'outbound' },
      ],
      knownRefer: { by: 'smoke', verdict: 'refused', code: 405 },
    });
    const people = { isTTY: true, columns: 120, env: { NO_COLOR: '1' } };
    const { stdout } = await run('trunks', people);
    expect(stdout).toMatch(/\nout +out +REFER no \(405, \d+s\), bridge yes \(\d+s\) /);
  });

  it('keeps nothing of the sandbox inside the program', async () => {
    const { run } = user();
    await run('smoke --trunk Sinch --dial +15105550177 --to +15105550100 --yes --sandbox');
    const { stdout, stderr } = await run('trunks --sandbox');
    expect(stdout.split('\n').length).toBeGreaterThan(10);
    expect(stdout).not.toContain('supported');
    expect(stderr).toContain('nothing is remembered about its trunks');
  });
});

describe.concurrent('the table of trunks', () => {
  it('fits 80 columns, with what to do below it, each command on a line of its own', async () => {
    const { run } = user();
    await run(OUT);
    await run(LOOP);
    const people = { isTTY: true, columns: 80, env: { NO_COLOR: '1' } };
    const { stdout } = await run('trunks', [], people);
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^TRUNK +WAY +SMOKE TEST +REFERS IN 30D +SILENCE/i);
    expect(lines[1]).toMatch(/^in +in +REFER no \(405, \d+s\) +- +15s/);
    expect(lines[3]).toMatch(/^out +out +REFER yes \(\d+s\) +- +2m/);
    expect(stdout).toMatch(/\nBridge its callers:\nin \(ST_in\)\n {2}lk-transfer transfer CALLER /);
    expect(stdout).toMatch(
      /\nTest whether it takes REFER:\nto \(ST_to\)\n {2}lk-transfer smoke --trunk ST_out /,
    );
    expect(stdout).not.toContain('out (ST_out)');
  });

  it('has a line a trunk for programs, and the fields that they ask for', async () => {
    const { run } = user();
    const { stdout } = await run('trunks --fields trunkId,refers,smoke,next');
    expect(stdout.split('\n')[0]).toBe('ST_in\t0 0 0\t\ttest whether it takes REFER');
  });
});
