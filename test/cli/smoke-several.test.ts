import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { isMet } from '../../src/smoke/result.ts';
import { json, serve } from '../livekit/loopback.ts';
import { OURS, OUTSIDE, trunks, until } from '../sandbox/dialled.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { countOf, only, smokeAgainst } from './smoke-cli.ts';

const TARGET = '+15105550100';
const TEST = `--trunk out --dial ${OUTSIDE} --to ${TARGET}`;
/** Every run has a sandbox of its own: the tests run side by side. */
const smoke: ReturnType<typeof smokeAgainst> = (line, given) => smokeAgainst(trunks())(line, given);

describe.concurrent('an expectation', () => {
  const refusing: typeof smoke = (line, given) =>
    smokeAgainst(trunks({ behaviour: { refuses: 405 } }))(line, given);
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
    expect(ran.stderr).toMatch(/^out: supported .* unsupported/m);
  });
});

describe.concurrent('--repeat', () => {
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

  it('is shown before anybody is asked, with the number of calls that are paid for', async () => {
    const ran = await smoke(`${TEST} --repeat 50 --interval 1m`, {
      config,
      flags: ['--no-color'],
      isTTY: true,
      columns: 200,
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain('Place these 50 test calls'));
        fake.type('\r');
      },
    });
    expect(ran).toMatchObject({ exitCode: 3, mutations: [] });
    expect(ran.stderr).toMatch(/Repeated +50 times, 1m apart: 50 calls, and you pay for each/);
  });

  /** Runs two rounds, the second of which cannot read LiveKit: once the first room is removed. */
  async function withBlindRound(flags: string[]) {
    // It says of a success that it is one: no machine is too busy to see how long a leg lingers.
    const sandbox = await startSandbox({ seed: trunks(), speed: 20, era: '1.13.11-august' });
    atTheEnd(() => sandbox.close());
    let isBlind = false;
    const { origin } = await serve(async (response, request, count) => {
      isBlind ||= request.path.endsWith('/DeleteRoom');
      if (isBlind && request.path.endsWith('/ListParticipants')) {
        json(500, {})(response, request, count);
        return;
      }
      const answer = await fetch(`${sandbox.url.replace(/^ws/, 'http')}${request.path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: request.headers.authorization ?? '',
        },
        body: request.body,
      });
      json(answer.status, await answer.json())(response, request, count);
    });
    const env = { LIVEKIT_URL: origin };
    return smoke(`${TEST} --repeat 2 --interval 1s`, { config, env, flags });
  }

  it('has a round that could not be finished among its results', async () => {
    const ran = await withBlindRound(['--yes', '--json']);
    expect(ran.results.map(({ verdict, message }) => [verdict, message])).toEqual([
      ['supported', expect.any(String)],
      ['call-failed', expect.any(String)],
    ]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).not.toContain('"error"');
    expect(ran.events.at(-1)).toMatchObject({ type: 'summary', tests: 2, exitCode: 1 });
  });

  it('is one line for Nagios, and no second one for such a round', async () => {
    const ran = await withBlindRound(['--yes', '--quiet', '--format', 'nagios']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout.match(/^SIP REFER/gm)).toHaveLength(1);
    expect(ran.stdout).toMatch(/^SIP REFER CRITICAL - /);
  });

  it('tells the exit code of an interruption in the sum, too', async () => {
    const ran = await smoke(`${TEST} --repeat 100 --interval 1h`, {
      config,
      during: async (fake) => {
        await until(async () => expect(fake.stdout()).toContain('"type":"result"'));
        fake.raise('SIGINT');
      },
    });
    expect(ran.exitCode).toBe(130);
    expect(ran.events.at(-1)).toMatchObject({ type: 'summary', tests: 1, exitCode: 130 });
  });

  it('says why it ended, even where its report cannot be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-report-'));
    const ran = await smoke(
      `${TEST} --repeat 100 --interval 1h --format junit --output ${join(folder, 'smoke.xml')}`,
      {
        config,
        flags: ['--yes'],
        during: async (fake) => {
          await until(async () => expect(fake.stderr()).toContain('Cleaned up'));
          rmSync(folder, { recursive: true });
          fake.raise('SIGINT');
        },
      },
    );
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toMatch(/smoke\.xml[\s\S]*Interrupted/);
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

describe.concurrent('--all', () => {
  const entry = { trunk: 'out', dial: OUTSIDE, to: TARGET };

  it('wants tests in the config', async () => {
    const ran = await smoke('--all', { config: { defaultCountry: 'US' } });
    expect(ran).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(ran.stderr).error.message).toContain('no smoke tests');
  });

  it.each([
    ['supported', true, 0],
    ['refused', false, 1],
  ])('says whether each was as expected: %s, %s', async (expected, met, exitCode) => {
    const smokeTests = [entry, { trunk: 'out', loop: OURS, to: TARGET }];
    const config = {
      defaultCountry: 'US',
      smoke: smokeTests.map((each) => ({ ...each, expect: expected })),
    };
    const ran = await smoke('--all', { config });
    expect(ran.results.map(isMet)).toEqual([met, met]);
    expect(ran.events.at(-1)).toMatchObject({ type: 'summary', verdicts: { supported: 2 } });
    expect(ran.exitCode).toBe(exitCode);
    const told = await smoke('--all', { config, flags: ['--yes'] });
    expect(told.stderr.includes('; each as expected.')).toBe(met);
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

  it('exits a dry run with the worst of what cannot be run, whichever comes first', async () => {
    const forbidden = { ...entry, dial: '911' };
    const config = { defaultCountry: 'US', smoke: [forbidden, { ...entry, trunk: 'gone' }, entry] };
    const ran = await smoke('--all', { config, flags: ['--dry-run'] });
    expect(ran).toMatchObject({ exitCode: 5, mutations: [] });
    expect(ran.stderr).toMatch(/out cannot be tested:[\s\S]*gone cannot be tested:/);
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
