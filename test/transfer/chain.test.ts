import { describe, expect, it } from 'vitest';
import { KnownError } from '../../src/core/errors.ts';
import type { Participant, TransferRequest } from '../../src/livekit/messages.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyDial } from '../../src/transfer/bridge/dial-outcome.ts';
import type { OpenTransfer } from '../../src/transfer/outcome.ts';
import type { TransferPlan, TransferStep } from '../../src/transfer/plan.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import {
  concludeTransfer,
  NO_RECORD,
  type TransferEnding,
  type TransferRecord,
  UnreadableRecordError,
} from '../../src/transfer/result.ts';
import { leftOf, type SendTransferOptions, sendTransfer } from '../../src/transfer/send.ts';
import { caller, fakeClient, NOW } from '../support/livekit.ts';
import { answer, failure, sipFailure, twirp } from './answers.ts';
import { plan, step } from './plans.ts';

const BUSY = sipFailure(429, 'x', { code: 486, reason: 'Busy Here', notify: true });
const refused = (code: number) => sipFailure(400, 'x', { code, reason: 'No' });
const DONE = answer(200, { reason: 'STR_COMPLETED' });

interface Scene {
  answers: HttpOutcome[];
  planned?: Partial<TransferPlan>;
  options?: Partial<SendTransferOptions>;
  /** The caller as seen once so many requests were answered; null when gone. */
  seen?: (answered: number) => Participant | null;
  /** GetParticipant alone, where that differs from the list. */
  reread?: (answered: number) => Promise<Participant | null>;
  /** The list of the room, where it is another than `seen`. */
  list?: () => Promise<Participant[]>;
}

async function play({ answers, planned = {}, options = {}, seen, reread, list }: Scene) {
  let nowMs = 0;
  const posts: TransferRequest[] = [];
  const there = () => (seen === undefined ? caller() : seen(posts.length));
  const client = fakeClient({
    getParticipant: async () => (reread === undefined ? there() : reread(posts.length)),
    listParticipants: list ?? (async () => [there()].filter((each) => each !== null)),
    transfer: async (request, onSent) => {
      posts.push(request);
      onSent?.();
      return answers[posts.length - 1] ?? answer(500, 'one request too many');
    },
  });
  const transfer = plan({ fallbacks: [step('200'), step('300')], ...planned });
  const result = await sendTransfer(client, transfer, {
    clock: {
      now: () => NOW,
      elapsed: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
    },
    isAgent: () => false,
    interruption: { signal: null },
    record: NO_RECORD,
    ...options,
  });
  return {
    result,
    posts: posts.map(({ transferTo }) => /\d+/.exec(transferTo)?.[0]),
    requests: posts,
  };
}

describe('a fallback', () => {
  it('is tried when the target did not take the call, in the order of the list', async () => {
    const { result, posts } = await play({ answers: [BUSY, refused(404), DONE] });
    expect(posts).toEqual(['100', '200', '300']);
    expect(result).toMatchObject({ outcome: 'completed', exitCode: 0 });
    expect(result.attempts.map(({ outcome, sip }) => [outcome, sip?.code])).toEqual([
      ['target-failed', 486],
      ['refused', 404],
      ['completed', undefined],
    ]);
    expect(result.attempts.map(({ destination }) => destination.input)).toEqual([
      'sales',
      '200',
      '300',
    ]);
  });

  it.each([400, 404, 410, 414, 416, 484, 485, 604])(
    'is tried after the REFER was refused with %d, which is about the address',
    async (code) => {
      expect((await play({ answers: [refused(code), DONE] })).posts).toEqual(['100', '200']);
    },
  );

  it.each([401, 403, 405, 407, 429, 480, 481, 486, 488, 489, 491, 500, 501, 503, 603, 606])(
    'is not tried after the REFER was refused with %d, which is about more than the address',
    async (code) => {
      const { result, posts } = await play({ answers: [refused(code)] });
      expect(posts).toEqual(['100']);
      expect(result.attempts).toHaveLength(1);
    },
  );

  it('is tried after a failure of trunk or target only where it is certain after either', async () => {
    const somewhere = (code: number) =>
      twirp(412, 'x', `sip transfer failed: STR_REJECTED: sip status: ${code}: No`);
    expect((await play({ answers: [somewhere(404), DONE] })).posts).toEqual(['100', '200']);
    const { result, posts } = await play({ answers: [somewhere(486), DONE] });
    expect(posts).toEqual(['100']);
    expect(result).toMatchObject({ outcome: 'refused', stage: null, caller: 'on-the-line' });
  });

  it.each<[string, HttpOutcome]>([
    ['success', DONE],
    ['a success that nothing proves', answer(200, {})],
    ['a time-out', twirp(408, 'deadline_exceeded', 'request timed out')],
    ['a call that ended', twirp(409, 'aborted', 'call ended before transfer completed')],
    ['a broken connection', failure('ECONNRESET', true)],
    ['no connection', failure('ECONNREFUSED', false)],
    ['a rejection by LiveKit', twirp(503, 'unavailable', 'no response from servers')],
    ['an answer nobody knows', answer(500, '<html>')],
    ['NOTIFY 202', sipFailure(500, 'x', { code: 202, reason: 'Accepted', notify: true })],
  ])('is never tried after %s', async (_, first) => {
    expect((await play({ answers: [first, DONE] })).posts).toEqual(['100']);
  });

  it('is not tried for a caller who has gone, or is being hung up', async () => {
    const hangup = caller({ attributes: { 'sip.callStatus': 'hangup' } });
    for (const later of [null, hangup]) {
      const scene = { answers: [BUSY, DONE], seen: (n: number) => (n === 0 ? caller() : later) };
      expect((await play(scene)).posts).toEqual(['100']);
    }
  });

  it('follows a caller who came back under another identity', async () => {
    const back = caller({ identity: 'sip_again' });
    const { requests, result } = await play({
      answers: [BUSY, DONE],
      seen: (answered) => (answered === 0 ? caller() : back),
    });
    expect(requests.map(({ identity }) => identity)).toEqual(['sip_+15105550100', 'sip_again']);
    expect(result.call.identity).toBe('sip_again');
  });

  type Where = Pick<TransferResult, 'leg' | 'caller'>;
  const unreadable = () => Promise.reject(new KnownError('server', 'no'));
  const nobody = async () => null;
  it.each<[string, () => Promise<null>, () => Promise<Participant[]>, Where]>([
    ['left', nobody, async () => [], { leg: 'gone', caller: 'left' }],
    [
      'is back under another identity',
      nobody,
      async () => [caller({ identity: 'sip_again' })],
      { leg: 'listed', caller: 'on-the-line' },
    ],
    [
      'is not there as before, and nobody can say more,',
      nobody,
      unreadable,
      { leg: 'unread', caller: 'unknown' },
    ],
    ['cannot be read', unreadable, unreadable, { leg: 'unread', caller: 'unknown' }],
  ])('is not sent when the caller %s just before it', async (_, later, list, expected) => {
    let looks = 0;
    const { result, posts } = await play({
      answers: [BUSY, DONE],
      reread: (answered) => {
        if (answered === 0) return Promise.resolve(caller());
        looks += 1;
        return later();
      },
      list: () => (looks === 0 ? Promise.resolve([caller()]) : list()),
    });
    expect(posts).toEqual(['100']);
    expect(result).toMatchObject({ outcome: 'target-failed', sip: { code: 486 }, ...expected });
    expect(result.attempts).toMatchObject([{ leg: expected.leg, outcome: 'target-failed' }]);
  });

  it.each<[string, number, RegExp]>([
    ['before the next target is tried', 1, /^Interrupted before the next target was tried\. .*486/],
    ['once the next target was asked', 2, /^Interrupted before it was clear where the caller is\./],
  ])('is interrupted %s, and says what happened', async (_, answered, message) => {
    let signal: 'SIGINT' | null = null;
    const posted: number[] = [];
    const interrupted = play({
      answers: [BUSY, refused(404), DONE],
      options: {
        interruption: {
          get signal() {
            return signal;
          },
        },
        onSent: () => posted.push(posted.length + 1),
        onFallback: () => {
          if (answered === 1) signal = 'SIGINT';
        },
        onAnswer: () => {
          if (posted.length === answered && answered === 2) signal = 'SIGINT';
        },
      },
    });
    await expect(interrupted).rejects.toMatchObject({
      exitCode: 130,
      message: expect.stringMatching(message),
    });
    expect(posted).toHaveLength(answered);
  });

  it('never passes for not tried when something fails after its request went out', async () => {
    let answered = 0;
    const lost = play({
      answers: [BUSY, DONE],
      options: {
        onSent: () => {},
        onAnswer: () => {
          answered += 1;
          if (answered === 2) throw new TypeError('no such thing');
        },
      },
    });
    await expect(lost).rejects.toMatchObject({ code: 'outcome-lost', exitCode: 7 });
  });

  it('may be forbidden by whoever asks, and the next one tried', async () => {
    const { posts } = await play({
      answers: [BUSY, DONE],
      options: { mayTry: ({ request }) => !request.transferTo.includes('200') },
    });
    expect(posts).toEqual(['100', '300']);
  });

  it('is told of before it is sent, with what became of the one before', async () => {
    const told: string[] = [];
    await play({
      answers: [BUSY, DONE],
      options: {
        onSent: () => told.push('sent'),
        onFallback: ({ outcome }, { destination }) => {
          told.push(`${outcome}, then ${destination.input}`);
        },
        onAnswer: ({ outcome }) => told.push(outcome),
      },
    });
    expect(told.filter((each) => each !== 'sent')).toEqual([
      'target-failed',
      'target-failed, then 200',
      'completed',
    ]);
  });
});

const EARLIER: OpenTransfer = {
  startedAt: '2026-11-23T20:00:00.000Z',
  to: 'support',
  referTo: 'sip:200@pbx.company.com',
  transferMethod: 'refer',
  outcome: 'unknown',
  underWay: null,
};

describe('a call with an earlier transfer whose outcome nobody knows', () => {
  const earlier = [EARLIER];

  it('is not transferred again without being told to', async () => {
    const { result, posts } = await play({ answers: [DONE], planned: { openTransfers: earlier } });
    expect(posts).toEqual([]);
    expect(result).toMatchObject({
      outcome: 'not-sent',
      // Listed as they are, they may be talking to the other target.
      leg: 'listed',
      caller: 'unknown',
      exitCode: 2,
      earlier,
    });
  });

  it.each<[string, number, { message: unknown; hint: RegExp }]>([
    [
      'just now',
      3000,
      { message: expect.stringContaining('under way'), hint: /^Wait until it ends/ },
    ],
    [
      'before a batch began',
      60_000,
      {
        message: expect.stringContaining('is still open (outcome not known)'),
        hint: /^Ask at support/,
      },
    ],
  ])('is said to be under way as long as that holds: seen %s', async (_, agoMs, words) => {
    const underWay = { pid: 123, forMs: 1500 };
    const startedAt = new Date(NOW - agoMs - underWay.forMs).toISOString();
    const seenEarlier = { ...EARLIER, startedAt, outcome: null, underWay };
    const { result } = await play({ answers: [], planned: { openTransfers: [seenEarlier] } });
    expect(result).toMatchObject({
      ...words,
      outcome: 'not-sent',
      hint: expect.stringMatching(words.hint),
      earlier: [{ underWay: agoMs < 10_000 ? underWay : null }],
    });
  });

  it.each<[string, HttpOutcome, object]>([
    ['a success is unconfirmed', DONE, { outcome: 'unconfirmed', evidence: null, exitCode: 7 }],
    [
      'the failure of the target is unknown',
      BUSY,
      { outcome: 'unknown', sip: { code: 486 }, caller: 'unknown', exitCode: 7 },
    ],
    [
      'a failure that may be the target’s may be the earlier one’s',
      twirp(404, 'x', 'sip transfer failed: STR_REJECTED: sip status: 404: No'),
      { outcome: 'unknown', caller: 'unknown', exitCode: 7 },
    ],
    [
      'a refusal of this REFER is a refusal',
      refused(404),
      { outcome: 'refused', caller: 'unknown', exitCode: 1 },
    ],
  ])('%s, and no fallback is tried', async (_, first, expected) => {
    const { result, posts } = await play({
      answers: [first, DONE],
      planned: { openTransfers: earlier, again: true },
    });
    expect(posts).toEqual(['100']);
    expect(result).toMatchObject({ ...expected, earlier });
  });

  it('is unconfirmed though the leg lingered and left', async () => {
    const { result } = await play({
      answers: [answer(200, {})],
      planned: { openTransfers: earlier, again: true, hangsUpFirst: true },
      seen: (answered) => (answered === 0 ? caller() : null),
    });
    expect(result).toMatchObject({ outcome: 'unconfirmed', caller: 'left', exitCode: 7 });
  });
});

it('never passes a bug of ours for a transfer that failed', async () => {
  const broken = play({
    answers: [DONE],
    options: {
      onAnswer: () => {
        throw new TypeError('no such thing');
      },
    },
  });
  await expect(broken).rejects.toMatchObject({
    code: 'outcome-lost',
    exitCode: 7,
    message: expect.stringContaining('how the transfer ended is not known'),
  });
});

const UNREAD = new UnreadableRecordError('/state', 'permission denied (EACCES)', true);

describe('the record', () => {
  /** @param unreadFrom from which transfer on it cannot be read; from none when left out */
  function recording(earlier: OpenTransfer[] = [], unreadFrom = Number.POSITIVE_INFINITY) {
    let begun = 0;
    const entries: (string | TransferEnding)[] = [];
    const record: TransferRecord = {
      trace: 'recorded',
      begin: async ({ destination }) => {
        entries.push(`begin ${destination.input}`);
        return {
          earlier,
          refusal: begun++ < unreadFrom ? null : UNREAD,
          end: async (ending) => {
            entries.push(ending);
          },
        };
      },
    };
    return { record, entries };
  }

  it('has an entry before every request and one after every outcome', async () => {
    const { record, entries } = recording();
    const order: string[] = [];
    await play({
      answers: [BUSY, DONE],
      options: {
        record: {
          trace: 'recorded',
          begin: async (intended) => {
            order.push('begin');
            const recorded = await record.begin(intended);
            return {
              ...recorded,
              end: async (ending) => {
                order.push('end');
                await recorded.end(ending);
              },
            };
          },
        },
        onAnswer: () => order.push('answered'),
      },
    });
    expect(order).toEqual(['begin', 'answered', 'end', 'begin', 'answered', 'end']);
    expect(entries).toMatchObject([
      'begin sales',
      { kind: 'result', result: { outcome: 'target-failed' } },
      'begin 200',
      { kind: 'result', result: { outcome: 'completed' } },
    ]);
  });

  it('stops a transfer that somebody else on this machine was faster with', async () => {
    const { record, entries } = recording([{ ...EARLIER, outcome: null }]);
    const { result, posts } = await play({
      answers: [DONE],
      planned: { again: true },
      options: { record },
    });
    expect(posts).toEqual([]);
    expect(result).toMatchObject({ outcome: 'not-sent', exitCode: 2, caller: 'unknown' });
    expect(entries).toMatchObject(['begin sales', { kind: 'result' }]);
  });

  it('stops one also where the earlier transfer that was known has ended meanwhile', async () => {
    const other = { ...EARLIER, startedAt: new Date(NOW).toISOString(), outcome: null };
    const { record } = recording([other]);
    const { result, posts } = await play({
      answers: [DONE],
      planned: { openTransfers: [EARLIER], again: true },
      options: { record },
    });
    expect(posts).toEqual([]);
    expect(result).toMatchObject({ outcome: 'not-sent', earlier: [other] });
  });

  it('stops one where it cannot be read whether somebody else was faster', async () => {
    const { record, entries } = recording([], 0);
    const playing = play({ answers: [], options: { record } });
    await expect(playing).rejects.toBe(UNREAD);
    expect(entries).toMatchObject(['begin sales', { kind: 'not-sent' }]);
  });

  it('that cannot be read before a fallback leaves it at the first result, and says why', async () => {
    const { record, entries } = recording([], 1);
    const passedOver: string[] = [];
    const { result, posts } = await play({
      answers: [BUSY],
      options: {
        record,
        onPassedOver: ({ destination }, reason) =>
          passedOver.push(`${destination.input}: ${reason}`),
      },
    });
    expect(posts).toEqual(['100']);
    expect(result).toMatchObject({
      outcome: 'target-failed',
      caller: 'on-the-line',
      attempts: [{ outcome: 'target-failed' }],
    });
    expect(passedOver).toEqual([`200: ${UNREAD.reason}`, `300: ${UNREAD.reason}`]);
    expect(UNREAD.reason).not.toContain('Nothing was sent');
    expect(entries).toMatchObject([
      'begin sales',
      { kind: 'result' },
      'begin 200',
      { kind: 'not-sent' },
    ]);
  });

  it('does not stop one whose earlier transfers were known and reckoned with', async () => {
    const { record } = recording([EARLIER]);
    const { posts } = await play({
      answers: [refused(405)],
      planned: { openTransfers: [EARLIER], again: true },
      options: { record },
    });
    expect(posts).toEqual(['100']);
  });
});

const BRIDGE = {
  ...{ trunkId: 'ST_out', trunkName: 'Out', number: '100', from: null, longestMs: 7_200_000 },
  ...{ mediaTimeoutMs: 300_000, keepsAgent: false, answersCaller: false },
};

it.each([
  ['refer', 'unknown'],
  ['bridge', 'on-the-line'],
] as const)(
  'beside an open %s, whoever is listed after a busy dial is %s',
  (transferMethod, where) => {
    const sip = { code: 486, reason: 'Busy Here' };
    const end = { cause: 'busy', sip, answer: null } as const;
    const { caller: location } = concludeTransfer(
      {
        ...plan({ bridge: BRIDGE }),
        openTransfers: [{ ...EARLIER, transferMethod }],
        ...{ waitMs: 90_000, startedAt: EARLIER.startedAt, durationMs: 1500, isAgent: () => false },
        nowMs: NOW,
      },
      classifyDial(end),
      { leg: 'listed', lastListedMs: null, room: [caller()] },
    );
    expect(location).toBe(where);
  },
);

describe('what others have left of a plan', () => {
  /** The same target dialled into the room, which may be written in another way there. */
  const bridgeTo = (user: string): TransferStep => {
    const refer = step(user);
    const request = { ...refer.request, transferTo: `sip:${user}@out.example.com` };
    return { ...refer, request, bridge: BRIDGE };
  };
  const METHODS = ['100', '200'].flatMap((user) => [step(user), bridgeTo(user)]);
  const nameOf = ({ destination, bridge }: TransferStep) =>
    `${bridge === null ? 'refer' : 'bridge'} ${destination.input}`;

  /** @param blocked what must not be tried, and why @param ends where a plan would end at that */
  function left(
    steps: readonly TransferStep[],
    blocked: Record<string, string>,
    { ends = false, refusesRefer = false } = {},
  ) {
    const [first, ...fallbacks] = steps;
    const reasonFor = (each: TransferStep) => blocked[nameOf(each)] ?? null;
    const {
      plan: rest,
      passed,
      reason,
    } = leftOf(plan({ ...first, fallbacks }), {
      blockReason: (_, each) => reasonFor(each),
      endReason: (each) => (ends ? reasonFor(each) : null),
      refusesRefer: () => refusesRefer,
    });
    const remaining = reason === null ? [rest, ...rest.fallbacks].map(nameOf) : [];
    return { steps: remaining, passed: passed.map(([each]) => nameOf(each)), reason };
  }

  it('is all of it where nothing stands in the way', () => {
    expect(left(METHODS, {})).toEqual({
      ...{ steps: ['refer 100', 'bridge 100', 'refer 200', 'bridge 200'] },
      ...{ passed: [], reason: null },
    });
  });

  it('is the bridges, where the trunk refuses the REFER', () => {
    const refused = { 'refer 100': 'refused', 'refer 200': 'refused' };
    expect(left(METHODS, refused, { refusesRefer: true })).toEqual({
      ...{ steps: ['bridge 100', 'bridge 200'], passed: [], reason: null },
    });
  });

  it('has a busy target in neither way', () => {
    expect(left(METHODS, { 'refer 100': 'busy' })).toEqual({
      ...{ steps: ['refer 200', 'bridge 200'], passed: ['refer 100'], reason: null },
    });
  });

  it('is nothing where every target is busy, for the reasons of all', () => {
    const busy = { 'refer 100': 'one is busy', 'refer 200': 'two is busy' };
    expect(left(METHODS, busy)).toEqual({
      ...{ steps: [], passed: [], reason: 'one is busy; two is busy' },
    });
  });

  it('is nothing where the first cannot be dialled: its fallbacks would not be tried after it', () => {
    const dead = { 'bridge 100': 'no connection' };
    const steps = [bridgeTo('100'), step('200')];
    expect(left(steps, dead, { ends: true })).toEqual({
      ...{ steps: [], passed: [], reason: 'no connection' },
    });
  });
});
