/** `smoke --method bridge`: a trunk dials, whatever it says to a REFER. */
import { describe, expect, it } from 'vitest';
import type { TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { OURS, OUTSIDE, trunks, until } from '../sandbox/dialled.ts';
import { countOf, NO_REFER_SENT, only, smokeAgainst } from './smoke-cli.ts';

const TEST = `--method bridge --trunk out --dial ${OUTSIDE}`;
/** Hung up on once, and cleaned up after. */
const ONE_DIAL = { ...NO_REFER_SENT, RemoveParticipant: 2 };

/** A LiveKit whose phones are fast; the program's own pauses are as short as a test allows. */
const on = (trunk: Partial<TrunkSeed> = {}) => smokeAgainst(trunks(trunk));

describe.concurrent('the trunk dials', () => {
  it('says that it was answered and is gone, and that nobody counts packets', async () => {
    const ran = await on({ behaviour: { refuses: 405 } })(TEST);
    const result = only(ran);
    expect(result).toMatchObject({
      ...{ transferMethod: 'bridge', method: 'outbound', direction: 'outbound' },
      ...{ verdict: 'supported', answered: true, proof: 'livekit', use: 'warm', exitCode: 0 },
      ...{ refer: null, notify: null, transfer: null, leftBehind: [] },
      dial: { ok: true, durationMs: expect.any(Number) },
      bridge: { invite: null, audio: 'published', packets: null, gone: true },
    });
    expect(result.bridge?.seenMs).toBeGreaterThan(0);
    expect(ran).toMatchObject({ exitCode: 0, rooms: [], participants: [] });
    expect(countOf(ran.mutations)).toEqual(ONE_DIAL);
    expect(ran.events.flatMap(({ step }) => step ?? [])).toEqual([
      ...['dialling', 'answered', 'on-the-line', 'hung-up', 'cleaned-up'],
    ]);
    expect(ran.events[0]).toMatchObject({ transferMethod: 'bridge', method: 'outbound' });
    expect(result.ticket[0]).toBe('Test of an outbound call: supported');
    expect(result.ticket.join('\n')).not.toContain('REFER');
  });

  it.each([486, 480, 408, 600])('and the number does not take it: %i', async (code) => {
    const ran = await on({ dial: { refuses: code } })(TEST);
    expect(only(ran)).toMatchObject({
      ...{ verdict: 'supported', answered: false, exitCode: 0 },
      bridge: { invite: { code }, audio: null, seenMs: null, gone: null },
    });
    expect(ran).toMatchObject({ rooms: [], participants: [] });
    expect(countOf(ran.mutations)).toEqual(NO_REFER_SENT);
  });
});

describe.concurrent('it does not, or nobody knows', () => {
  it.each<[string, Partial<TrunkSeed>, verdict: string, exitCode: number]>([
    ['the password is refused', { dial: 'refuses-password' }, 'needs-configuration', 1],
    ['there is no password', { dial: 'wants-password' }, 'needs-configuration', 1],
    ['the provider forbids it', { dial: { refuses: 403 } }, 'refused', 1],
    ['there is no such number', { dial: { refuses: 404 } }, 'call-failed', 1],
    ['the trunk is in trouble', { dial: { refuses: 503 } }, 'call-failed', 1],
    ['there is no SIP service', { dial: 'no-service' }, 'call-failed', 1],
    ['it declines', { dial: { refuses: 603 } }, 'inconclusive', 7],
    ['nobody answers, as far as LiveKit waits', { calleeAnswersAfterMs: 1e7 }, 'inconclusive', 7],
  ])('%s', async (_, trunk, verdict, exitCode) => {
    const ran = await on(trunk)(TEST);
    expect(only(ran)).toMatchObject({ verdict, exitCode, use: null, transfer: null });
    expect(ran).toMatchObject({ exitCode, rooms: [], participants: [] });
    expect(countOf(ran.mutations).CreateSIPParticipant).toBe(1);
  });
});

it.concurrent('a trunk without a number to call from wants one first', async () => {
  const [{ number: _, ...out }, ...others] = trunks().trunks as [TrunkSeed, ...TrunkSeed[]];
  const ran = await smokeAgainst({ trunks: [out, ...others], rooms: [] })(TEST);
  expect(only(ran)).toMatchObject({ verdict: 'needs-configuration', exitCode: 1 });
  expect(ran).toMatchObject({ rooms: [], participants: [] });
});

describe.concurrent('on the way', () => {
  const interrupted = (trunk: Partial<TrunkSeed>, when: string) =>
    on(trunk)(TEST, {
      flags: ['--yes'],
      during: async (fake, sandbox) => {
        // As long as anybody looks: the signal comes before the end of the look.
        sandbox.aim([{ method: 'RoomService/ListParticipants', delayMs: 60_000 }]);
        await until(async () => expect(fake.stderr()).toContain(when));
        fake.raise('SIGINT');
      },
    });

  it.each([
    ['while it rings', { calleeAnswersAfterMs: 10_000_000 }, 'Dialling'],
    ['while it stands', {}, 'Staying on the line'],
  ])('a Ctrl-C %s hangs up, and nothing is left', async (_, trunk, when) => {
    const ran = await interrupted(trunk, when);
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [], stdout: '' });
    expect(ran.stderr).toContain('Nothing of the test is left in LiveKit');
    expect(countOf(ran.mutations)).toMatchObject({ CreateSIPParticipant: 1 });
  });

  it('a call that ends by itself proves nothing', async () => {
    const ran = await on({ calleeHangsUpAfterMs: 1 })(TEST);
    expect(only(ran)).toMatchObject({
      ...{ verdict: 'call-failed', answered: true, exitCode: 1, bridge: { gone: null } },
      message: expect.stringContaining('ended by itself'),
    });
    expect(ran).toMatchObject({ rooms: [], participants: [] });
  });

  it('a room that nobody can read leaves it open', async () => {
    const ran = await on()(TEST, {
      during: (_, sandbox) =>
        sandbox.aim([
          { method: 'RoomService/ListParticipants', answer: { status: 503, body: 'no' } },
        ]),
    });
    expect(only(ran)).toMatchObject({
      ...{ verdict: 'inconclusive', answered: true, exitCode: 7 },
      bridge: { audio: null, seenMs: null, gone: null },
    });
    expect(countOf(ran.mutations)).toEqual(ONE_DIAL);
  });
});

describe.concurrent('what is asked for', () => {
  it.each([
    [`--method bridge --trunk out --loop ${OURS}`, '--method bridge does not go with --loop'],
    [`--method bridge --wait-call ${OURS}`, '--method bridge does not go with --wait-call'],
    ['--method bridge --call SCL_1', '--method bridge does not go with --call'],
    ['--method bridge --all', '--method does not go with --all'],
    [`${TEST} --to sales`, '--to does not go with --method bridge'],
    [`${TEST} --wait 60s`, '--wait does not go with --method bridge'],
    [`--method bridge --dial ${OUTSIDE}`, 'goes with --trunk'],
    ['--method bridge --trunk out --dial 911', 'emergency'],
    [`--method auto --trunk out --dial ${OUTSIDE}`, 'Allowed choices'],
  ])('%s is refused', async (line, says) => {
    const ran = await on()(line);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', mutations: [] });
    expect(JSON.parse(ran.stderr).error.message).toContain(says);
  });

  it('a dry run shows it, and sends nothing', async () => {
    const people = await on()(TEST, { flags: ['--dry-run'] });
    expect(people.stdout).toBe(
      `Would test out: dial ${OUTSIDE}, and hang up.\nNothing was sent.\n`,
    );
    const ran = await on()(TEST, { flags: ['--dry-run', '--json'] });
    expect(ran).toMatchObject({ exitCode: 0, mutations: [] });
    expect(ran.events).toEqual([
      expect.objectContaining({
        ...{ transferMethod: 'bridge', method: 'outbound', testNumber: OUTSIDE },
        ...{ destination: null, request: null, afterwards: expect.stringContaining('is ended') },
      }),
    ]);
  });

  it('is asked on a terminal, and No sends nothing', async () => {
    const ran = await on()(TEST, {
      flags: ['--no-color'],
      isTTY: true,
      columns: 120,
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain('Place this test call?'));
        fake.type('\r');
      },
    });
    expect(ran).toMatchObject({ exitCode: 3, mutations: [] });
    expect(ran.stderr).toMatch(/Afterwards +the call is ended/);
    expect(ran.stderr).not.toContain('Goes to');
  });
});

describe.concurrent('with others', () => {
  const config = {
    defaultCountry: 'US',
    smoke: [
      { trunk: 'out', dial: OUTSIDE, to: '+15105550100', expect: 'unsupported' },
      { trunk: 'out', dial: OUTSIDE, method: 'bridge', expect: 'supported' },
    ],
  };
  const smoke: ReturnType<typeof on> = (line, given) =>
    on({ behaviour: { refuses: 405 } })(line, given);

  it('--all runs it beside tests of REFER, and the table says which is which', async () => {
    const ran = await smoke('--all', { config });
    expect(ran.exitCode).toBe(0);
    expect(ran.results.map(({ transferMethod, verdict }) => [transferMethod, verdict])).toEqual([
      ['refer', 'unsupported'],
      ['bridge', 'supported'],
    ]);
    const people = await smoke('--all', { config, flags: ['--yes'], isTTY: true, columns: 80 });
    expect(people.stdout).toMatch(/TRUNK +TESTED +METHOD +WAY +VERDICT/);
    expect(people.stdout).toMatch(/\nout +REFER +outbound +out +unsupported +405/);
    expect(people.stdout).toMatch(/\nout +bridge +outbound +out +supported +- +- +yes +warm/);
  });

  it('is repeated without a target that hangs up by itself: we do', async () => {
    const ran = await smoke(`${TEST} --repeat 2 --interval 1s`);
    expect(ran.exitCode).toBe(0);
    expect(ran.results).toHaveLength(2);
    expect(countOf(ran.mutations).CreateSIPParticipant).toBe(2);
  });

  it('--expect and every report tell it apart', async () => {
    const unmet = await smoke(`${TEST} --expect unsupported`);
    expect([unmet.exitCode, only(unmet).expected]).toEqual([1, 'unsupported']);
    const nagios = await smoke(`${TEST} --format nagios`, { flags: ['--yes'] });
    expect(nagios.exitCode).toBe(0);
    expect(nagios.stdout).toMatch(
      /^SIP BRIDGE OK - out bridge, dial \+15105550177: supported, audio track published, target answered \|/,
    );
    const junit = await smoke(`${TEST} --format junit`, { flags: ['--yes'] });
    expect(junit.stdout).toContain('<testcase name="bridge, dial +15105550177"');
    const both = await smoke('--all --format nagios', { config, flags: ['--yes'] });
    expect(both.stdout).toMatch(/^SIP REFER\/BRIDGE OK - 2 tests: 2 ok/);
    const all = await smoke('--all --format prometheus', { config, flags: ['--yes'] });
    expect(all.stdout).toMatch(/_supported\{[^}]*transfer_method="refer"[^}]*\} 0/);
    expect(all.stdout).toMatch(/_supported\{[^}]*transfer_method="bridge"[^}]*\} 1/);
  });
});
