/** How `smoke` behaves on the command line: consent, policy, names, expectations, clean-up. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Seed } from '../../src/sandbox/seeds.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { smokeRoomName } from '../../src/smoke/room-name.ts';
import { dial, FROM, OURS, OUTSIDE, roomNames, trunks, until } from '../sandbox/dialled.ts';
import { cliAgainst } from './run-cli.ts';
import { countOf, ONE_TEST, only, smokeAgainst } from './smoke-cli.ts';

const TARGET = '+15105550100';
const TEST = `--trunk out --dial ${OUTSIDE} --to ${TARGET}`;
const smoke = smokeAgainst(trunks());

describe('consent', () => {
  it.each([
    TEST,
    `--trunk out --loop ${OURS} --to ${TARGET}`,
    `--wait-call ${OURS} --to ${TARGET}`,
    `--call ${OURS} --to ${TARGET}`,
    '--all',
    '--clean',
  ])('without a terminal, %s stops before any request (conduct 32)', async (line) => {
    const ran = await smoke(line, { flags: ['--json'] });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', methods: [] });
    expect(JSON.parse(ran.stderr).error.code).toBe('confirmation-needed');
  });

  it('a piped y confirms nothing (conduct 33)', async () => {
    const ran = await smoke(TEST, {
      flags: [],
      stdin: { isTTY: false, text: 'y\n' },
      stderr: { isTTY: true },
    });
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
  });

  it('on a terminal, the question defaults to No, below what will happen', async () => {
    const ran = await smoke(TEST, {
      flags: ['--no-color'],
      isTTY: true,
      columns: 200,
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain('Place this test call'));
        fake.type('\r');
      },
    });
    expect(ran).toMatchObject({ exitCode: 3, mutations: [] });
    expect(ran.stderr).toMatch(/Test call +out: dial \+15105550177, transfer that call/);
    expect(ran.stderr).toMatch(/Goes to +\+15105550100 → /);
    expect(ran.stderr).toMatch(/Afterwards +.*joined at the provider.*at your cost/);
    expect(ran.stderr).toContain('Nothing was sent.');
  });

  it('a dry run sends reads only, whatever else is said (conduct 36)', async () => {
    const ran = await smoke(TEST, { flags: ['--dry-run', '--yes'] });
    expect(ran).toMatchObject({ exitCode: 0, mutations: [] });
    expect(ran.stdout).toMatch(/^Would test out: dial .*\nNothing was sent\.\n$/);
    const asData = await smoke(TEST, { flags: ['--dry-run', '--json'] });
    expect(asData.events).toEqual([
      expect.objectContaining({
        dryRun: true,
        method: 'outbound',
        number: OUTSIDE,
        trunk: { id: 'ST_out', name: 'out', host: 'sbc.example.net' },
        request: expect.objectContaining({ waitMs: 90_000 }),
      }),
    ]);
  });
});

describe('a line that cannot lead to a test', () => {
  it.each([
    ['', 'What is to be tested?'],
    [`--dial ${OUTSIDE} --to ${TARGET}`, 'goes with --trunk'],
    [`--trunk out --dial ${OUTSIDE}`, '--to is missing'],
    [`${TEST} --loop ${OURS}`, 'do not go together'],
    [`${TEST} --all`, 'do not go together'],
    ['--all --to sales', '--to does not go with --all'],
    [`${TEST} --within 5s`, '--within does not go with --dial'],
    [`--call ${OURS} --to ${TARGET} --repeat 2`, '--repeat does not go with --call'],
    [`${TEST} --interval 5s`, '--interval goes with --repeat'],
    [`${TEST} --wait 20s`, '--wait must be 40s or more'],
    [`${TEST} --fields verdict`, '--fields'],
    [`${TEST} --expect maybe`, 'Allowed choices'],
  ])('%s', async (line, says) => {
    const ran = await smoke(line.split(' ').filter((word) => word !== ''));
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', mutations: [] });
    expect(JSON.parse(ran.stderr).error.message).toContain(says);
  });
});

describe('the policy', () => {
  it.each([
    ['an emergency number to dial', `--trunk out --dial 911 --to ${TARGET}`, 'emergency'],
    ['one behind a country code', `--trunk out --dial +1911 --to ${TARGET}`, 'emergency'],
    ['one as our own', `--trunk out --loop 112 --to ${TARGET}`, 'emergency'],
    ['a premium number to dial', `--trunk out --dial +19005550177 --to ${TARGET}`, 'premium'],
    ['a country that is not listed', `--trunk out --dial +442079460177 --to ${TARGET}`, 'GB'],
    ['a premium target', `--trunk out --dial ${OUTSIDE} --to +19005550177`, 'premium'],
    ['an emergency target', `--wait-call ${OURS} --to 911`, 'emergency'],
  ])('refuses %s', async (_, line, says) => {
    const ran = await smoke(line);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', mutations: [] });
    const { error } = JSON.parse(ran.stderr);
    expect(error.code).toBe('policy');
    expect(error.message).toContain(says);
  });

  it('limits typed numbers to departments where it says so, and not those of the config', async () => {
    const section = { trunk: 'out', dial: OUTSIDE, to: 'desk' };
    const config = {
      defaultCountry: 'US',
      policy: { adHoc: false },
      departments: { desk: 'sip:100@pbx.company.com' },
      smoke: [section],
    };
    const typed = await smoke(`--trunk out --dial ${OUTSIDE} --to desk`, { config });
    expect(typed).toMatchObject({ exitCode: 2, mutations: [] });
    expect(only(await smoke('--all', { config })).verdict).toBe('supported');
  });
});

describe('the trunk that is meant', () => {
  it.each(['ST_out', 'out', 'OUT'])('goes by %s', async (name) => {
    const ran = await smoke(`--trunk ${name} --dial ${OUTSIDE} --to ${TARGET}`);
    expect(only(ran).trunk.id).toBe('ST_out');
  });

  it.each([
    ['nowhere', 'no outbound trunk “nowhere”'],
    ['in', 'inbound trunk'],
  ])('is not %s', async (name, says) => {
    const ran = await smoke(`--trunk ${name} --dial ${OUTSIDE} --to ${TARGET}`);
    expect(ran).toMatchObject({ exitCode: 5, stdout: '', mutations: [] });
    expect(JSON.parse(ran.stderr).error).toMatchObject({
      code: 'no-such-trunk',
      message: expect.stringContaining(says),
    });
  });

  it('is not one of two of the same name', async () => {
    const seed = trunks();
    const twin = { ...seed.trunks[0], id: 'ST_twin' } as (typeof seed.trunks)[0];
    const ran = await smokeAgainst({ ...seed, trunks: [...seed.trunks, twin] })(TEST);
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(ran.stderr).error.details).toHaveLength(2);
  });
});

describe('an expectation', () => {
  const refusing = smokeAgainst(trunks({ behaviour: { refuses: 405 } }));
  it.each([
    ['unsupported', 0],
    ['supported', 1],
    ['inconclusive', 1],
  ])('of %s exits %i where there is no REFER', async (expected, exitCode) => {
    const ran = await refusing(`${TEST} --expect ${expected}`);
    expect(ran.exitCode).toBe(exitCode);
    expect(only(ran)).toMatchObject({ verdict: 'unsupported', expected, exitCode });
  });

  it('that is not met is named', async () => {
    const ran = await refusing(`${TEST} --expect supported`, { flags: ['--yes'] });
    expect(ran.stderr).toContain('supported was expected, and the verdict is unsupported');
  });
});

describe('off a terminal', () => {
  it('a test is one line, TAB-separated', async () => {
    const ran = await smoke(TEST, { flags: ['--yes', '--quiet'] });
    expect(ran.stdout).toMatch(
      /^out\toutbound\toutbound\tsupported\taccepted\t\tyes\tcold\t\d+\t\d+\tThe trunk takes[^\n]*\n$/,
    );
    expect(ran.stderr).toMatch(/^\+15105550177 and the target may be joined[^\n]*\n$/);
    const fields = await smoke(TEST, { flags: ['--yes', '--fields', 'verdict,proof,direction'] });
    expect(fields.stdout).toBe('supported\tlivekit\toutbound\n');
  });
});

describe('--repeat', () => {
  const config = {
    defaultCountry: 'US',
    smoke: [{ trunk: 'out', dial: OUTSIDE, to: TARGET, endsItself: true }],
  };

  it('wants a target that the config says hangs up by itself', async () => {
    const ran = await smoke(`${TEST} --repeat 2`, { config: { defaultCountry: 'US' } });
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(ran.stderr).error.hint).toContain('endsItself');
  });

  it('tests so many times, one after the other', async () => {
    const ran = await smoke(`${TEST} --repeat 3 --interval 1s`, { config });
    expect(ran.results.map(({ verdict }) => verdict)).toEqual(Array(3).fill('supported'));
    expect(countOf(ran.mutations)).toEqual({
      CreateSIPParticipant: 3,
      TransferSIPParticipant: 3,
      RemoveParticipant: 3,
      DeleteRoom: 3,
    });
    expect(ran).toMatchObject({ exitCode: 0, rooms: [] });
    // Nobody has to be told to hang up there.
    expect(ran.events.map(({ step }) => step)).not.toContain('far-ends');
  });

  it('keeps what was found when somebody interrupts it', async () => {
    const ran = await smoke(`${TEST} --repeat 100 --interval 1h`, {
      config,
      flags: ['--yes'],
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain('Cleaned up'));
        fake.raise('SIGINT');
      },
    });
    expect(ran.exitCode).toBe(130);
    expect(ran.stdout.split('\n').filter((line) => line !== '')).toHaveLength(1);
    expect(ran.rooms).toEqual([]);
  });
});

describe('--all', () => {
  const entry = { trunk: 'out', dial: OUTSIDE, to: TARGET };

  it('wants tests in the config', async () => {
    const ran = await smoke('--all', { config: { defaultCountry: 'US' } });
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(ran.stderr).error.message).toContain('no smoke tests');
  });

  it('runs them all, those that cannot be run among them, and exits with the worst', async () => {
    const config = {
      defaultCountry: 'US',
      smoke: [
        { ...entry, expect: 'supported' },
        { ...entry, trunk: 'gone' },
        { trunk: 'out', loop: OURS, to: TARGET, expect: 'refused' },
        { ...entry, dial: '+1 510 555 0486' },
      ],
    };
    const ran = await smoke('--all', { config });
    const byStart = [...ran.results].map(({ verdict, exitCode }) => [verdict, exitCode]);
    expect(byStart.sort()).toEqual(
      [
        ['supported', 0],
        ['call-failed', 5],
        ['supported', 1],
        ['call-failed', 1],
      ].sort(),
    );
    expect(ran).toMatchObject({ exitCode: 1, rooms: [], participants: [] });
    const text = await smoke('--all', { config, flags: ['--yes', '--fields', 'verdict,expected'] });
    expect(text.stdout).toBe(
      'supported\tsupported\ncall-failed\t\nsupported\trefused\ncall-failed\t\n',
    );
  });

  it('never has two tests that would see each other’s calls', async () => {
    const config = {
      defaultCountry: 'US',
      smoke: Array(4).fill({ trunk: 'out', loop: OURS, to: TARGET }),
    };
    const ran = await smoke('--all', { config });
    expect(ran.results.map(({ verdict }) => verdict)).toEqual(Array(4).fill('supported'));
    expect(ran).toMatchObject({ exitCode: 0, rooms: [] });
  });
});

describe.concurrent('a call that somebody else made', () => {
  const seed = (status: 'active' | 'ringing' = 'active') => ({
    ...trunks({}, { behaviour: { refuses: 405 } }),
    rooms: [
      {
        name: 'call-42',
        participants: [
          {
            kind: 'caller',
            callId: 'SCL_live00000001',
            trunk: 'ST_in',
            number: '+15105550142',
            status,
            age: 60,
          },
        ],
      } as const,
    ],
  });

  it('is transferred once, and nothing of it is removed', async () => {
    const ran = await smokeAgainst(seed())(`--call SCL_live00000001 --to ${TARGET}`);
    expect(only(ran)).toMatchObject({
      verdict: 'unsupported',
      method: 'live',
      direction: 'inbound',
      dial: null,
      trunk: { id: 'ST_in', name: 'in' },
    });
    expect(countOf(ran.mutations)).toEqual({ TransferSIPParticipant: 1 });
    expect(ran.participants).toEqual(['sip_+15105550142']);
  });

  it('is not transferred while it rings', async () => {
    const ran = await smokeAgainst(seed('ringing'))(`--call SCL_live00000001 --to ${TARGET}`);
    expect(only(ran).verdict).toBe('call-failed');
    expect(ran.mutations).toEqual([]);
  });

  it('stands in the record of transfers, as a test call does not', async () => {
    const own = cliAgainst({ seed: seed() });
    const env = { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'lk-transfer-cli-')) };
    await own(`smoke --trunk out --dial ${OUTSIDE} --to ${TARGET} --yes --quiet`, { env });
    await own(`smoke --call SCL_live00000001 --to ${TARGET} --yes --quiet`, { env });
    const { stdout } = await own('history --fields callId,outcome', { env });
    expect(stdout).toBe('SCL_live00000001\trefused\n');
  });

  it('is waited for, by its number', async () => {
    const sandbox = await startSandbox({
      seed: trunks({}, { behaviour: { refuses: 603 } }),
      speed: 20,
    });
    const own = smokeAgainst(trunks());
    const env = { LIVEKIT_URL: sandbox.url };
    const ran = await own(`--wait-call ${OURS} --to ${TARGET}`, {
      env,
      during: async (fake) => {
        await until(async () => expect(fake.stdout()).toContain('waiting-for-call'));
        await dial(sandbox, OURS, { max_call_duration: '600s' });
      },
    });
    expect(only(ran)).toMatchObject({ verdict: 'refused', method: 'live', direction: 'inbound' });
    expect(only(ran).transfer?.call.phoneNumber).toBe(FROM);
    // Whoever rang stays where they are.
    expect(await roomNames(sandbox)).toHaveLength(2);
    await sandbox.close();
  });

  it('is waited for no longer than asked', async () => {
    const ran = await smoke(`--wait-call ${OURS} --to ${TARGET} --within 10s`);
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', method: 'live' });
    expect(only(ran).message).toBe(`Nobody called ${OURS} in time.`);
    expect(ran.mutations).toEqual([]);
  });
});

describe.concurrent('an interruption', () => {
  const interrupt = (seed: ReturnType<typeof trunks>, when: string, line = TEST) =>
    smokeAgainst(seed)(line, {
      flags: ['--yes'],
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain(when));
        fake.raise('SIGINT');
      },
    });

  it('while it rings hangs up', async () => {
    const ran = await interrupt(trunks({ calleeAnswersAfterMs: 10_000_000 }), 'Dialling');
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [], stdout: '' });
    expect(ran.stderr).toContain('Nothing of the test is left in LiveKit');
    expect(countOf(ran.mutations)).toMatchObject({ CreateSIPParticipant: 1 });
    expect(countOf(ran.mutations).TransferSIPParticipant).toBeUndefined();
  });

  it('while the REFER is under way says that it goes on, and removes the call', async () => {
    const ran = await interrupt(trunks({ behaviour: 'never-notifies' }), 'REFER sent');
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [] });
    expect(ran.stderr).toContain('it goes on without us');
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
  });

  it('ends a loop on both sides', async () => {
    const seed = trunks({}, { behaviour: 'never-notifies' });
    const ran = await interrupt(seed, 'REFER sent', `--trunk out --loop ${OURS} --to ${TARGET}`);
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [] });
  });

  it('starts no more of several tests', async () => {
    const seed = trunks({ behaviour: 'never-notifies' });
    const entry = { trunk: 'out', dial: OUTSIDE, to: TARGET };
    const ran = await smokeAgainst(seed)('--all', {
      config: { defaultCountry: 'US', smoke: [entry, entry, entry] },
      flags: ['--yes'],
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain('REFER sent'));
        fake.raise('SIGTERM');
      },
    });
    expect(ran).toMatchObject({ exitCode: 143, rooms: [], participants: [] });
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
  });
});

describe.concurrent('what an earlier test has left', () => {
  const name = smokeRoomName({ machine: '0f0f0f', pid: 7 }, Date.now() - 3_600_000, 'x');
  const left = () => ({
    ...trunks(),
    rooms: [
      { name, age: 3600, participants: [] },
      { name: 'call-1', participants: [] },
    ],
  });

  it('is named before the next one, with the way to remove it', async () => {
    const ran = await smokeAgainst(left())(TEST, { flags: ['--yes'] });
    expect(ran.stderr).toContain(name);
    expect(ran.stderr).toContain('lk-transfer smoke --clean --yes');
    expect(ran.rooms).toEqual([name, 'call-1']);
  });

  it('is removed by --clean, and nothing else is', async () => {
    const own = smokeAgainst(left());
    const dry = await own('--clean', { flags: ['--dry-run'] });
    expect(dry).toMatchObject({ exitCode: 0, mutations: [] });
    expect(dry.stdout).toContain(`Would remove room ${name}`);
    const ran = await own('--clean', { flags: ['--yes'] });
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: `Removed room ${name}.\n`,
      rooms: ['call-1'],
    });
    expect(countOf(ran.mutations)).toEqual({ DeleteRoom: 1 });
    const again = await own('--clean', { flags: ['--yes'] });
    expect(again).toMatchObject({ exitCode: 0, stdout: '', mutations: [] });
    expect(again.stderr).toContain('No smoke test has left anything.');
  });
});

describe.concurrent('whoever watched the target', () => {
  it.each([
    ['\u001b[B\r', 'supported', 0],
    ['\u001b[B\u001b[B\r', 'inconclusive', 7],
    ['\r', 'inconclusive', 7],
  ])('settles a doubt by typing %j: %s', async (keys, verdict, exitCode) => {
    const ran = await smokeAgainst(trunks({ behaviour: 'hangs-up-after-notify' }))(TEST, {
      flags: ['--yes'],
      isTTY: true,
      columns: 250,
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toMatch(/Did the target answer[\s\S]*❯/));
        fake.type(keys);
      },
    });
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stdout).toContain(verdict);
    // The question comes when everything is cleaned up.
    expect(ran.stderr.indexOf('Cleaned up')).toBeLessThan(ran.stderr.indexOf('Did the target'));
    expect(ran).toMatchObject({ rooms: [], participants: [] });
    if (verdict === 'supported') expect(ran.stderr).toContain('hangsUpFirst');
  });
});

describe.concurrent('a server that withholds grants', () => {
  const without = (...withheldGrants: NonNullable<Seed['withheldGrants']>) =>
    smokeAgainst({ ...trunks(), withheldGrants });

  it('of listing trunks: an id will do, a name will not', async () => {
    const own = without('sip.admin');
    const byId = await own(`--trunk ST_out --dial ${OUTSIDE} --to ${TARGET}`);
    expect(only(byId)).toMatchObject({ verdict: 'supported', trunk: { id: 'ST_out' } });
    const loop = await own(`--trunk ST_out --loop ${OURS} --to ${TARGET}`);
    expect(only(loop)).toMatchObject({ verdict: 'supported', direction: 'inbound' });
    const byName = await own(TEST);
    expect(byName).toMatchObject({ exitCode: 4, mutations: [] });
    expect(JSON.parse(byName.stderr).error.hint).toContain('sip.admin');
  });

  it('of dialling and transferring', async () => {
    const ran = await without('sip.call')(TEST);
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', dial: { ok: false } });
    expect(only(ran).hint).toContain('sip.call');
    expect(ran).toMatchObject({ exitCode: 4, rooms: [], participants: [] });
  });

  it('of deleting rooms: the call is ended all the same, and the room is named', async () => {
    const ran = await without('roomCreate')(TEST);
    expect(only(ran)).toMatchObject({ verdict: 'supported' });
    expect(only(ran).leftBehind).toEqual([expect.stringMatching(/the room lk-transfer-smoke-/)]);
    expect(ran.participants).toEqual([]);
  });

  it('of listing rooms: a test number can be dialled, a loop cannot be seen', async () => {
    const own = without('roomList');
    expect(only(await own(TEST)).verdict).toBe('supported');
    const loop = await own(`--trunk out --loop ${OURS} --to ${TARGET}`);
    expect(loop).toMatchObject({ exitCode: 4, mutations: [] });
  });

  it('of seeing participants: nothing is transferred blindly', async () => {
    const ran = await without('roomAdmin')(TEST);
    expect(ran.exitCode).toBe(4);
    expect(countOf(ran.mutations).TransferSIPParticipant).toBeUndefined();
    expect(ran.rooms).toEqual([]);
  });
});
