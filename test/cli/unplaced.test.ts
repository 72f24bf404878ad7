/** A call whose trunk is not known among those of the config: nothing is sent by a guess. */
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/core/host.ts';
import type { CallerSeed, Seed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { OUTSIDE, trunks } from '../sandbox/dialled.ts';
import { cliOnFresh, ONE_TRUNK } from './run-cli.ts';
import { only, smokeAgainst } from './smoke-cli.ts';

const TRANSFER = ['SIP/TransferSIPParticipant'];
const MAIN: TrunkSeed = { ...ONE_TRUNK, name: 'Main' };
/** Another one, so that a number is needed to tell the two apart. */
const OTHER: TrunkSeed = { ...ONE_TRUNK, id: 'ST_two', name: 'Other', number: '+15105550002' };
const DIAL = { extension: 'sip:{extension}@pbx.company.com', number: 'sip:{number}@wrong.example' };
/** What the config says of that trunk must not be passed over: it has no REFER. */
const NO_REFER = { dial: DIAL, defaultCountry: 'US', trunks: { Main: { refer: false } } };

function seed(wishes: Partial<CallerSeed> = {}, more: Partial<Seed> = {}): Seed {
  return {
    trunks: [MAIN, OTHER],
    rooms: [
      {
        name: 'one',
        participants: [
          {
            kind: 'caller',
            callId: 'SCL_one',
            trunk: 'ST_one',
            number: '+15105550142',
            age: 60,
            ...wishes,
          },
        ],
      },
    ],
    ...more,
  };
}

const NO_TRUNK_ID = { attributes: { 'sip.trunkID': '' } };
const DENIED: Partial<Seed> = { withheldGrants: ['sip.admin'] };
const DOWN: Partial<Seed> = {
  faults: [{ method: 'SIP/ListSIPInboundTrunk', answer: { status: 503 } }],
};

const errorOf = (stderr: string) => JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error;

describe.concurrent('where trunks are named in the config', () => {
  it.each<[string, Seed, string, number]>([
    ['may not be listed', seed({}, DENIED), 'permission', 4],
    ['could not be listed', seed({}, DOWN), 'server', 1],
    ['is listed no more', seed({ attributes: { 'sip.trunkID': 'ST_gone' } }), 'unplaced-trunk', 1],
    [
      'is not named by the call, nor known by its number',
      seed({ attributes: { 'sip.trunkID': '', 'sip.trunkPhoneNumber': '+15105550077' } }),
      'unplaced-trunk',
      1,
    ],
  ])('nothing is sent where the trunk %s, save with --via', async (_, place, code, exitCode) => {
    const cli = cliOnFresh({ seed: place });
    for (const flags of ['--yes', '--dry-run']) {
      for (const to of ['100', '+15105550199', 'sip:ann@pbx.company.com']) {
        const line = `transfer SCL_one --to ${to} --json ${flags}`;
        const ran = await cli(line, { config: NO_REFER });
        expect(ran).toMatchObject({ exitCode, stdout: '', mutations: [] });
        expect(errorOf(ran.stderr)).toMatchObject({
          code,
          message: expect.stringContaining('trunks.Main'),
          hint: expect.stringContaining('--via Main'),
        });
      }
    }
    const batch = await cli('transfer - --to 100 --confirm 1 --json', {
      config: NO_REFER,
      stdin: { text: 'SCL_one\n' },
    });
    expect(batch).toMatchObject({ exitCode, mutations: [] });

    const meant = await cli('transfer SCL_one --to 100 --yes --json --via Main', {
      config: NO_REFER,
    });
    expect(meant.mutations).toEqual([]);
    expect(errorOf(meant.stderr).message).toContain('no REFER');
    const elsewhere = await cli(
      'transfer SCL_one --to +15105550199 --yes --json --via pbx.example.com',
      {
        config: NO_REFER,
      },
    );
    expect(elsewhere).toMatchObject({ exitCode: 0, mutations: TRANSFER });
    const address = await cli(
      'transfer SCL_one --to sip:ann@pbx.company.com --yes --json --via pbx.example.com',
      {
        config: NO_REFER,
      },
    );
    expect(address).toMatchObject({ exitCode: 0, mutations: TRANSFER });
  });

  it('a trunk that the call does not name is known by the number that was called', async () => {
    const cli = cliOnFresh({ seed: seed(NO_TRUNK_ID) });
    const ran = await cli('transfer SCL_one --to 100 --yes --json', { config: NO_REFER });
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(errorOf(ran.stderr).message).toContain('Main is known to have no REFER');
    const byId = { ...NO_REFER, trunks: { ST_one: { refer: false } } };
    const same = await cli('transfer SCL_one --to 100 --yes --json', { config: byId });
    expect(same).toMatchObject({ exitCode: 2, mutations: [] });
    const other = { ...NO_REFER, trunks: { ST_two: { refer: false } } };
    const sent = await cli('transfer SCL_one --to 100 --yes --json', { config: other });
    expect(sent).toMatchObject({ exitCode: 0, mutations: TRANSFER });
  });

  it('a name that no trunk has is told, once a run', async () => {
    const config = { ...NO_REFER, trunks: { Mian: { refer: false } } };
    const cli = cliOnFresh({ seed: seed() });
    const told = /LiveKit has no trunk Mian, which the config names/g;
    // What is only told is waited for no longer than a moment: in real time.
    const ran = await cli('transfer SCL_one --to 100 --dry-run', { config, sleep });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr.match(told)).toHaveLength(1);
    const batch = await cli('transfer - --to 100 --dry-run', {
      ...{ config, sleep },
      stdin: { text: 'SCL_one\n' },
    });
    expect(batch.stderr.match(told)).toHaveLength(1);
    const online = await cli('config check --online', { config });
    expect(online.exitCode).toBe(0);
    expect(online.stderr.match(told)).toHaveLength(1);
    expect((await cli('config check', { config })).stderr).not.toMatch(told);
    const doctor = await cli('doctor', { config });
    expect(doctor.stdout).toMatch(/^warning\tconfig-trunks\t.*Mian/m);
  });

  it.each<[string, Seed, number]>([
    ['may not be listed', seed({}, DENIED), 4],
    ['cannot be listed', seed({}, DOWN), 1],
  ])('`config check --online` says where trunks %s', async (_, place, exitCode) => {
    const cli = cliOnFresh({ seed: place });
    const ran = await cli('config check --online --json', { config: NO_REFER });
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect((await cli('config check', { config: NO_REFER })).exitCode).toBe(0);
  });
});

describe.concurrent('a number of our own, where the list of trunks cannot be read', () => {
  it.each([
    ['refused', DENIED],
    ['down', DOWN],
  ])('may be the target: the preview says that it was not checked (%s)', async (_, more) => {
    const cli = cliOnFresh({ seed: seed({}, more) });
    const config = { dial: DIAL, defaultCountry: 'US' };
    const ran = await cli('transfer SCL_one --to +15105550002 --yes', { config });
    expect(ran.stderr).toMatch(
      /Warning +whether \+15105550002 is a number of our own.* was not checked/,
    );
    expect(ran.mutations).toEqual(TRANSFER);
    const none = await cli('transfer SCL_one --to 100 --dry-run', { config });
    expect(none.stderr).not.toContain('not checked');
  });
});

describe.concurrent('a smoke test of a trunk that is not known among those of the config', () => {
  const blind = () => smokeAgainst({ ...trunks(), withheldGrants: ['sip.admin'] });
  const config = { dial: DIAL, defaultCountry: 'US', trunks: { out: { provider: 'twilio' } } };
  const line = `--trunk ST_out --dial ${OUTSIDE} --to 100`;

  it('places no call, save with --via', async () => {
    const ran = await blind()(line, { config });
    expect(ran).toMatchObject({ exitCode: 1, mutations: [] });
    expect(errorOf(ran.stderr)).toMatchObject({ code: 'unplaced-trunk' });
    const meant = await blind()(`${line} --via pbx.example.com`, { config });
    expect(only(meant)).toMatchObject({ verdict: 'supported' });
  });

  it('is made where its id or its name is known', async () => {
    const byId = { ...config, trunks: { ST_out: {} } };
    expect(only(await blind()(line, { config: byId }))).toMatchObject({ verdict: 'supported' });
    const seen = smokeAgainst(trunks());
    expect(only(await seen(line, { config: { ...config, trunks: { out: {} } } }))).toMatchObject({
      verdict: 'supported',
    });
  });
});
