/** Every verdict on the sandbox, by every way of testing, and nothing left behind each time. */
import { describe, expect, it, vi } from 'vitest';
import type { Seed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { callFailureWords, dialWords } from '../../src/smoke/failure-words.ts';
import type { SmokeVerdict } from '../../src/smoke/result.ts';
import { sipWords } from '../../src/transfer/explain/status.ts';
import type { DialCause } from '../../src/transfer/outcome.ts';
import {
  dial,
  FROM,
  LEG,
  OFFICE_PHONE,
  OUR_TARGET,
  OURS,
  OUTSIDE,
  officeCalls,
  trunks,
  withOffice,
} from '../sandbox/dialled.ts';
import { SPEED } from './run-cli.ts';
import {
  countOf,
  dialFailureWords,
  NO_REFER_SENT,
  ONE_TEST,
  only,
  smokeAgainst,
} from './smoke-cli.ts';

const TARGET = '+15105550100';
const BUSY = '+15105550486';
const outbound = `--trunk out --dial ${OUTSIDE} --to`;
const loop = `--trunk out --loop ${OURS} --to`;
const NOTHING_LEFT = { rooms: [], participants: [] };

type Row = [
  what: string,
  trunk: Partial<TrunkSeed>,
  to: string,
  verdict: SmokeVerdict,
  exit: number,
];

const rows: Row[] = [
  ['a target that answers', {}, TARGET, 'supported', 0],
  ['a target that is busy', {}, BUSY, 'supported', 0],
  ['no report', { behaviour: 'never-notifies' }, TARGET, 'supported', 0],
  ['reports that end', { behaviour: 'stops-reporting' }, TARGET, 'supported', 0],
  ['NOTIFY 202', { behaviour: { notifies: 202 } }, TARGET, 'supported', 0],
  ['405', { behaviour: { refuses: 405 } }, TARGET, 'unsupported', 1],
  ['489', { behaviour: { refuses: 489 } }, TARGET, 'unsupported', 1],
  ['603', { behaviour: { refuses: 603 } }, TARGET, 'refused', 1],
  ['403', { behaviour: { refuses: 403 } }, TARGET, 'refused', 1],
  ['407', { behaviour: { refuses: 407 } }, TARGET, 'needs-configuration', 1],
  ['429', { behaviour: { refuses: 429 } }, TARGET, 'needs-configuration', 1],
  ['400', { behaviour: { refuses: 400 } }, TARGET, 'inconclusive', 7],
  ['503', { behaviour: { refuses: 503 } }, TARGET, 'inconclusive', 7],
  ['no answer at all', { behaviour: 'never-answers' }, TARGET, 'inconclusive', 7],
  ['a leg gone at once', { behaviour: 'hangs-up-after-notify' }, TARGET, 'inconclusive', 7],
  ['481', { behaviour: { refuses: 481 } }, TARGET, 'call-failed', 1],
];

/** Gives up before an ignored REFER would have shown, since it runs faster than the program's clock. */
const HASTY = { speed: 2 * SPEED };

/** What the words about a failed loop name. */
const LOOPED = { number: OURS, method: 'loop' } as const;

describe.concurrent('outbound', () => {
  it.each(rows)('%s', async (_, trunk, to, verdict, exit) => {
    const ran = await smokeAgainst(trunks(trunk))(`${outbound} ${to}`);
    expect(only(ran)).toMatchObject({
      verdict,
      exitCode: exit,
      method: 'outbound',
      direction: 'outbound',
      dial: { ok: true },
      trunk: { id: 'ST_out', name: 'out', host: 'sbc.example.net' },
      leftBehind: [],
    });
    expect(ran.exitCode).toBe(exit);
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('is open where a LiveKit without a report gave up too soon', async () => {
    const ran = await smokeAgainst(
      trunks({ behaviour: 'never-notifies' }),
      HASTY,
    )(`${outbound} ${TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'inconclusive', exitCode: 7 });
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('knows of a trunk that hangs up first', async () => {
    const ran = await smokeAgainst(trunks({ behaviour: 'hangs-up-after-notify' }))(
      `${outbound} ${TARGET}`,
      { config: { trunks: { ST_out: { hangsUpFirst: true } } } },
    );
    expect(only(ran)).toMatchObject({ verdict: 'supported', answered: true, proof: 'trunk' });
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('tells the two numbers apart', async () => {
    const busy = only(await smokeAgainst(trunks())(`${outbound} ${BUSY}`));
    expect(busy).toMatchObject({
      refer: { accepted: true, code: null, reason: null },
      notify: { code: 486, reason: 'Busy Here' },
      answered: false,
      use: 'cold',
    });
    const refused = only(
      await smokeAgainst(trunks({ behaviour: { refuses: 405 } }))(`${outbound} ${TARGET}`),
    );
    expect(refused).toMatchObject({
      refer: { accepted: false, code: 405, reason: 'Method Not Allowed' },
      notify: null,
      use: 'warm',
    });
  });
});

describe.concurrent('loop', () => {
  it.each(rows)('%s', async (_, trunk, to, verdict, exit) => {
    const ran = await smokeAgainst(trunks({}, trunk))(`${loop} ${to}`);
    expect(only(ran)).toMatchObject({
      verdict,
      exitCode: exit,
      method: 'loop',
      direction: 'inbound',
      trunk: { id: 'ST_in', name: 'in' },
      leftBehind: [],
    });
    // The room that the call came in to was made for it, and goes with it.
    const counted = countOf(ran.mutations);
    expect(counted).toMatchObject({ CreateSIPParticipant: 1, TransferSIPParticipant: 1 });
    expect(counted.DeleteRoom).toBe(2);
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('is open where a LiveKit without a report gave up too soon', async () => {
    const silent = trunks({}, { behaviour: 'never-notifies' });
    const ran = await smokeAgainst(silent, HASTY)(`${loop} ${TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'inconclusive', exitCode: 7 });
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('says so when no call comes in', async () => {
    const ran = await smokeAgainst(trunks({ connectsInternally: true }))(`${loop} ${TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', refer: null, transfer: null });
    expect(only(ran)).toMatchObject(callFailureWords({ kind: 'no-arrival' }, LOOPED));
    expect(countOf(ran.mutations)).toEqual(NO_REFER_SENT);
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('says so when nobody answers the call in LiveKit', async () => {
    const dispatch = { agentAfterMs: null };
    const ran = await smokeAgainst(trunks({}, { dispatch }))(`${loop} ${TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', dial: { ok: false } });
    expect(only(ran)).toMatchObject(callFailureWords({ kind: 'arrival-unanswered' }, LOOPED));
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('touches none of two calls that may be its own', async () => {
    const slow = trunks({}, { dispatch: { agentAfterMs: 10_000 } });
    let hasArrived = () => false;
    let ring = (): Promise<unknown> => Promise.resolve();
    let rung: Promise<unknown> | undefined;
    const ran = await smokeAgainst(slow)(`${loop} ${TARGET}`, {
      // Nobody looks again before the second one is on the line.
      beforePause: () => {
        if (hasArrived()) rung ??= ring();
        return rung;
      },
      during: (fake, sandbox) => {
        hasArrived = () => fake.stdout().includes('"arrived"');
        ring = () => dial(sandbox, OURS, { wait_until_answered: false, max_call_duration: '600s' });
      },
    });
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', transfer: null });
    expect(only(ran)).toMatchObject(
      callFailureWords({ kind: 'several-arrivals', count: 2 }, LOOPED),
    );
    expect(countOf(ran.mutations)).toEqual({ ...NO_REFER_SENT, CreateSIPParticipant: 2 });
    // The other one is there still, on both its sides.
    expect(ran.participants).toContain(LEG);
    expect(ran.participants.some((identity) => identity.startsWith('sip_'))).toBe(true);
  });

  /** A loop beside somebody who calls from the same number, and talks with an agent before it ends. */
  async function besideOffice(outbound: Partial<TrunkSeed>) {
    let theirs = '';
    const ran = await smokeAgainst(withOffice(outbound))(`${loop} ${TARGET}`, {
      during: async (_, sandbox) => {
        theirs = await officeCalls(sandbox, OURS);
      },
    });
    // They talk on: nobody was transferred or hung up on, and their room is there.
    expect(ran.rooms.sort()).toEqual([theirs, 'office'].sort());
    expect(ran.participants).toEqual(expect.arrayContaining([OFFICE_PHONE, `sip_${FROM}`]));
    expect(ran.participants).toHaveLength(3);
    expect(countOf(ran.mutations)).toEqual({ ...NO_REFER_SENT, CreateSIPParticipant: 2 });
    return only(ran);
  }

  it('hangs up on nobody where its own dial fails', async () => {
    const result = await besideOffice({ dial: 'never-answers' });
    expect(result).toMatchObject({ verdict: 'call-failed', dial: { ok: false } });
    expect(result).toMatchObject(dialFailureWords('no-answer', OURS));
  });

  it('transfers nobody who was answered long before its own dial', async () => {
    const elsewhere = { connectsInternally: true, calleeAnswersAfterMs: 20_000 };
    const result = await besideOffice(elsewhere);
    expect(result).toMatchObject({ verdict: 'call-failed', dial: { ok: true }, transfer: null });
    expect(result).toMatchObject(callFailureWords({ kind: 'early-arrival' }, LOOPED));
  });

  it('takes its own call however long it has rung', async () => {
    const slow = trunks({}, { dispatch: { agentAfterMs: 30_000 } });
    const ran = await smokeAgainst(slow)(`${loop} ${TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'supported', direction: 'inbound' });
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('takes the trunk that was dialled over for nothing but that', async () => {
    const ran = await smokeAgainst(
      trunks({ hostname: 'example.pstn.twilio.com' }, { behaviour: { refuses: 405 } }),
    )(`${loop} ${TARGET}`);
    expect(only(ran).trunk).toMatchObject({ id: 'ST_in', provider: null });
    expect(only(ran).hint).toBe(sipWords(405, 'refer').hint);
  });

  it('leaves a room alone that others share', async () => {
    const seed = trunks({}, { dispatch: { room: 'lobby' }, behaviour: { refuses: 405 } });
    const people = { kind: 'web', identity: 'alice', audio: 'published', age: 60 } as const;
    const ran = await smokeAgainst({ ...seed, rooms: [{ name: 'lobby', participants: [people] }] })(
      `${loop} ${TARGET}`,
    );
    expect(only(ran).verdict).toBe('unsupported');
    expect(ran.rooms).toEqual(['lobby']);
    expect(ran.participants).toContain('alice');
    expect(ran.participants.filter((identity) => identity.startsWith('sip_'))).toEqual([]);
  });
});

describe.concurrent('a target that is a number of ours', () => {
  it.each([
    // A success, by which the trunk's habit can be told; and the end of the call, which stays one.
    { era: '1.13', use: 'cold', hint: '"hangsUpFirst": true for ST_out' },
    { era: '1.13.11', use: 'warm', hint: 'LiveKit reports transfers on this trunk as ended' },
  ] as const)('proves that a trunk takes a REFER and hangs up first ($era)', async (shown) => {
    const seed = trunks({ behaviour: 'hangs-up-before-notify' });
    const ran = await smokeAgainst(seed, { era: shown.era })(`${outbound} ${OUR_TARGET}`);
    const result = only(ran);
    const proven = { verdict: 'supported', answered: true, proof: 'arrived', use: shown.use };
    expect(result).toMatchObject(proven);
    expect(result.hint).toContain(shown.hint);
    // Its call is ended as well, and with it the far end.
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('is ended where nothing had to be proven', async () => {
    const ran = await smokeAgainst(trunks())(`${outbound} ${OUR_TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'supported', proof: 'livekit' });
    expect(ran).toMatchObject(NOTHING_LEFT);
    expect(ran.events.map(({ step }) => step)).not.toContain('far-ends');
  });

  it('may be called in a loop, too', async () => {
    const ran = await smokeAgainst(trunks({}, { behaviour: 'hangs-up-before-notify' }))(
      `${loop} ${OUR_TARGET}`,
    );
    expect(only(ran)).toMatchObject({ verdict: 'supported', proof: 'arrived' });
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('shows that no call came', async () => {
    const trunk = { behaviour: 'hangs-up-before-notify', connectsInternally: true } as const;
    const ran = await smokeAgainst(trunks(trunk, {}, { dispatch: 'dropped' }))(
      `${outbound} ${OUR_TARGET}`,
    );
    expect(only(ran)).toMatchObject({ verdict: 'inconclusive', answered: null });
    const steps = ran.events.map(({ step }) => step);
    // Once: a room that could not be read would be told as well.
    expect(steps.filter((step) => step === 'looking-at-target')).toHaveLength(1);
    expect(steps).not.toContain('target-arrived');
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('is believed more than the config about how the trunk ends a transfer', async () => {
    const config = { defaultCountry: 'US', trunks: { ST_out: { hangsUpFirst: true } } };
    const line = `${outbound} ${OUR_TARGET}`;
    const trunk = { behaviour: 'hangs-up-before-notify' } as const;
    const came = await smokeAgainst(trunks(trunk))(line, { config });
    expect(only(came)).toMatchObject({ verdict: 'supported', proof: 'arrived' });
    const seed = trunks({ ...trunk, connectsInternally: true }, {}, { dispatch: 'dropped' });
    const missed = await smokeAgainst(seed)(line, { config });
    expect(only(missed)).toMatchObject({ verdict: 'inconclusive', answered: null, proof: null });
  });

  it('where its call is not found, the far ends are told of as with any other', async () => {
    const blind = { ...trunks(), withheldGrants: ['roomList'] } satisfies Seed;
    const ran = await smokeAgainst(blind)(`${outbound} ${OUR_TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'supported', proof: 'livekit' });
    expect(ran.events.map(({ step }) => step)).toContain('far-ends');
  });

  it('where the REFER was refused, nobody is told to be connected, cut off or not', async () => {
    const ran = await smokeAgainst(trunks({ behaviour: { refuses: 405 } }))(
      `${outbound} ${TARGET}`,
      {
        during: async (fake) => {
          await vi.waitFor(() => expect(fake.stdout()).toContain('"step":"transfer-answered"'), {
            timeout: 20_000,
            interval: 5,
          });
          fake.raise('SIGTERM');
        },
      },
    );
    expect(ran.exitCode).toBe(143);
    expect(ran.events.map(({ step }) => step)).toContain('refer');
    expect(ran.events.map(({ step }) => step)).not.toContain('far-ends');
    expect(ran).toMatchObject(NOTHING_LEFT);
  });
});

describe.concurrent('a test call that fails', () => {
  const dialled: [
    what: string,
    trunk: Partial<TrunkSeed>,
    number: string,
    cause: DialCause,
    code: number | null,
  ][] = [
    ['busy', {}, '+15105550486', 'busy', 486],
    ['unanswered', { dial: 'never-answers' }, OUTSIDE, 'no-answer', null],
    ['wrong', {}, '+15105550404', 'wrong-number', 404],
    ['declined', {}, '+15105550603', 'declined', 603],
    ['without a password', { dial: 'wants-password' }, OUTSIDE, 'password-missing', null],
    ['with a wrong password', { dial: 'refuses-password' }, OUTSIDE, 'password-refused', null],
    ['without SIP service', { dial: 'no-service' }, OUTSIDE, 'no-sip-service', null],
    ['with a full SIP service', { dial: 'cpu-exhausted' }, OUTSIDE, 'no-sip-service', null],
    ['forbidden', { dial: { refuses: 403 } }, OUTSIDE, 'forbidden', 403],
  ];
  it.each(dialled)('%s', async (_, trunk, number, cause, code) => {
    const ran = await smokeAgainst(trunks(trunk))(`--trunk out --dial ${number} --to ${TARGET}`);
    const result = only(ran);
    expect(result).toMatchObject({ verdict: 'call-failed', refer: null, dial: { ok: false } });
    const { why, hint } = dialWords({ ok: false, cause, sip: null, message: '' });
    expect(result).toMatchObject({ hint, message: expect.stringContaining(why) });
    const status = code === null ? 'not told by LiveKit' : `${code} `;
    expect(result.ticket).toContainEqual(expect.stringMatching(`^Answer to the INVITE: ${status}`));
    expect(ran.exitCode).toBe(1);
    expect(countOf(ran.mutations)).toEqual(NO_REFER_SENT);
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('over a trunk without numbers', async () => {
    const seed = trunks();
    const [{ number: _, ...out }, ...others] = seed.trunks as [TrunkSeed, ...TrunkSeed[]];
    const ran = await smokeAgainst({ ...seed, trunks: [out, ...others] })(`${outbound} ${TARGET}`);
    expect(only(ran)).toMatchObject(dialFailureWords('no-numbers', OUTSIDE));
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('by dropping before it is transferred', async () => {
    const ran = await smokeAgainst(trunks({ calleeHangsUpAfterMs: 300 }))(`${outbound} ${TARGET}`);
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', dial: { ok: true }, transfer: null });
    expect(countOf(ran.mutations)).toEqual(NO_REFER_SENT);
    expect(ran).toMatchObject(NOTHING_LEFT);
  });
});

describe.concurrent('what a result tells beside the verdict', () => {
  it('the agent that a rule sent into the test room', async () => {
    const seed = { ...trunks(), agentInDialledRooms: { afterMs: 100 } };
    const ran = await smokeAgainst(seed)(`${outbound} ${BUSY}`);
    expect(only(ran).agentIdentity).toMatch(/^agent-/);
    expect(ran.events.map(({ step }) => step)).toContain('agent');
    expect(ran).toMatchObject(NOTHING_LEFT);
  });

  it('a ticket for the provider’s support, with ids read before the REFER', async () => {
    const attributes = { 'sip.twilio.callSid': 'CA1' };
    const ran = await smokeAgainst(trunks({ attributes }))([
      ...`${outbound} ${TARGET}`.split(' '),
      '--header',
      'X-Reason: test',
    ]);
    const ticket = only(ran).ticket.join('\n');
    for (const text of [
      'Trunk host: sbc.example.net, transport udp',
      'Direction of the call: outbound',
      `From: ${FROM}`,
      `To: ${OUTSIDE}`,
      'sip.callIDFull: ',
      'sip.callTag: ',
      'sip.twilio.callSid: CA1',
      `Refer-To: `,
      'X-Reason: test',
      'Answer to the REFER: accepted; the code is not told by LiveKit',
    ]) {
      expect(ticket).toContain(text);
    }
    expect(ticket).toMatch(/REFER requested \(UTC\): \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/);
    expect(ran.events.map(({ step }) => step)).toContain('far-ends');
  });

  it('while it waits, that an ignored REFER takes more than half a minute to show', async () => {
    const ran = await smokeAgainst(trunks({ behaviour: 'never-notifies' }))(
      `${outbound} ${TARGET}`,
    );
    const waiting = ran.events.filter(({ step }) => step === 'still-waiting');
    // Two things, told one after the other.
    expect(waiting).toHaveLength(2);
    expect(waiting[0]?.message).not.toBe(waiting[1]?.message);
  });

  it('the sum, as the last event', async () => {
    const ran = await smokeAgainst(trunks())(`${outbound} ${TARGET}`);
    expect(ran.events.at(-1)).toMatchObject({
      type: 'summary',
      tests: 1,
      verdicts: { supported: 1 },
      exitCode: 0,
    });
    expect(ran.stderr).toBe('');
  });
});
