import { describe, expect, it } from 'vitest';
import { OURS, OUTSIDE, trunks, until } from '../sandbox/dialled.ts';
import { only, smokeAgainst } from './smoke-cli.ts';

const TARGET = '+15105550100';
const TEST = `--trunk out --dial ${OUTSIDE} --to ${TARGET}`;
/** Each run has a LiveKit of its own: many run side by side. */
const smoke: ReturnType<typeof smokeAgainst> = (line, given) => smokeAgainst(trunks())(line, given);

describe.concurrent('consent', () => {
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
    expect(ran.stderr).toMatch(
      /Afterwards +.*connects the test number with the target.*You pay for it/,
    );
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
        testNumber: OUTSIDE,
        trunk: { id: 'ST_out', name: 'out', host: 'sbc.example.net', provider: null },
        request: expect.objectContaining({ waitMs: 90_000 }),
      }),
    ]);
  });
});

describe.concurrent('a line that cannot lead to a test', () => {
  it.each([
    ['', 'What is to be tested?'],
    [`--dial ${OUTSIDE} --to ${TARGET}`, 'goes with --trunk'],
    [`--trunk out --dial ${OUTSIDE}`, '--to is missing'],
    [`${TEST} --loop ${OURS}`, '--dial does not go with --loop'],
    [`${TEST} --all`, '--dial does not go with --all'],
    ['--all --to sales', '--to does not go with --all'],
    [`${TEST} --within 5s`, '--within does not go with --dial'],
    [`--call ${OURS} --to ${TARGET} --repeat 2`, '--repeat does not go with --call'],
    [`${TEST} --interval 5s`, '--interval goes with --repeat'],
    [`${TEST} --wait 20s`, '--wait must be 40s or more'],
    [`${TEST} --fields verdikt`, 'There is no field “verdikt”'],
    [`${TEST} --expect maybe`, 'Allowed choices'],
  ])('%s', async (line, says) => {
    const ran = await smoke(line.split(' ').filter((word) => word !== ''));
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', mutations: [] });
    expect(JSON.parse(ran.stderr).error.message).toContain(says);
  });
});

describe.concurrent('the policy', () => {
  it.each([
    ['an emergency number to dial', `--trunk out --dial 911 --to ${TARGET}`, 'emergency'],
    ['one behind a country code', `--trunk out --dial +1911 --to ${TARGET}`, 'emergency'],
    ['one as our own', `--trunk out --loop 112 --to ${TARGET}`, 'emergency'],
    ['a premium number to dial', `--trunk out --dial +19005550177 --to ${TARGET}`, 'premium'],
    [
      'a loop over a number that is not ours',
      `--trunk out --loop +442079460177 --to ${TARGET}`,
      'GB',
    ],
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

  it('lets a trunk be tested that the config holds for one without REFER', async () => {
    const config = { defaultCountry: 'US', trunks: { ST_out: { refer: false } } };
    expect(only(await smoke(TEST, { config })).verdict).toBe('supported');
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

describe.concurrent('the trunk that is meant', () => {
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
    expect(JSON.parse(ran.stderr).error.candidateTrunks).toMatchObject([
      { id: 'ST_out', name: 'out' },
      { id: 'ST_twin', name: 'out' },
    ]);
  });
});

describe.concurrent('off a terminal', () => {
  it('a test is one line, TAB-separated', async () => {
    const ran = await smoke(TEST, { flags: ['--yes', '--quiet'] });
    expect(ran.stdout).toMatch(
      /^out\toutbound\toutbound\tsupported\taccepted\t\tyes\tcold\t\d+\t\d+\t[^\t\n]+\trefer\n$/,
    );
    expect(ran.stderr).toMatch(/^\+15105550177 [^\n]*\n$/);
    const fields = await smoke(TEST, { flags: ['--yes', '--fields', 'verdict,proof,direction'] });
    expect(fields.stdout).toBe('supported\tlivekit\toutbound\n');
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
