import { describe, expect, it } from 'vitest';
import { KnownError } from '../../src/core/errors.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import type { Announcement, AnnouncementPlan } from '../../src/transfer/announce.ts';
import { type NotTried, runBatch } from '../../src/transfer/batch.ts';
import type { TransferPlan } from '../../src/transfer/plan.ts';
import { NO_RECORD } from '../../src/transfer/result.ts';
import { call, caller, fakeClient, NOW } from '../support/livekit.ts';
import { answer, sipFailure, twirp } from './answers.ts';
import { plan, step } from './plans.ts';

const DONE = answer(200, { reason: 'STR_COMPLETED' });
const BUSY = sipFailure(429, 'x', { code: 486, reason: 'Busy Here', notify: true });
const DECLINED = sipFailure(403, 'x', { code: 603, reason: 'Decline', notify: true });
const refused = (code: number) => sipFailure(400, 'x', { code, reason: 'No' });
/** LiveKit does not say whether the trunk or the target gave this answer. */
const failedSomewhere = (code: number) =>
  twirp(412, 'x', `sip transfer failed: STR_REJECTED: sip status: ${code}: No`);

const SAID: Announcement = {
  ...{ text: 'One moment.', agent: 'agent', file: null, reason: null },
  ...{ outcome: 'said', by: 'agent' },
};
const WANTED: AnnouncementPlan = {
  ...{ text: 'One moment.', by: 'unasked', agent: null, file: null, reason: null },
  required: false,
};

interface Wish {
  id: string;
  answers: HttpOutcome[];
  trunk?: string;
  fallback?: string[];
  /** How long LiveKit takes to answer, in ms. */
  takesMs?: number;
  gone?: boolean;
  /** How long the announcement takes, in ms; there is none by default. */
  announceMs?: number;
  /** How long it takes to read the caller just before the request, in ms. */
  readMs?: number;
}

/** A clock that jumps from one thing that happens to the next. */
function simulation() {
  let nowMs = 0;
  const waiting: { at: number; go: () => void }[] = [];
  const sleep = (ms: number) =>
    new Promise<void>((go) => {
      waiting.push({ at: nowMs + ms, go });
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  async function run(until: Promise<unknown>) {
    let done = false;
    const end = () => {
      done = true;
    };
    void until.then(end, end);
    for (await settle(); !done; await settle()) {
      waiting.sort((a, b) => a.at - b.at);
      const next = waiting.shift();
      if (next === undefined) continue;
      nowMs = next.at;
      next.go();
    }
    return until;
  }
  return { elapsed: () => nowMs, sleep, run };
}

async function batch(
  wishes: Wish[],
  { rate = 1, stopAtMs = Number.POSITIVE_INFINITY }: { rate?: number; stopAtMs?: number } = {},
) {
  const { elapsed, sleep, run } = simulation();
  const byId = new Map(wishes.map((wish) => [wish.id, { wish, posts: 0 }]));
  const identityOf = (id: string) => `sip_${id}`;
  const find = (identity: string) => {
    const found = byId.get(identity.replace('sip_', ''));
    if (found === undefined) throw new Error(`no ${identity}`);
    return found;
  };
  const participantOf = (id: string) =>
    caller({ identity: identityOf(id), attributes: { 'sip.callID': id } });
  const starts: [string, number][] = [];
  const client = fakeClient({
    getParticipant: async (_room, identity) => {
      const { wish } = find(identity);
      if (wish.readMs !== undefined) await sleep(wish.readMs);
      return wish.gone ? null : participantOf(wish.id);
    },
    listParticipants: async () => wishes.map(({ id }) => participantOf(id)),
    transfer: async ({ identity }, onSent) => {
      const found = find(identity);
      starts.push([found.wish.id, elapsed()]);
      onSent?.();
      await sleep(found.wish.takesMs ?? 10);
      const outcome = found.wish.answers[found.posts];
      found.posts += 1;
      return outcome ?? answer(500, 'one request too many');
    },
  });
  const plans = wishes.map(({ id, trunk = 'ST_1', fallback = [], announceMs }): TransferPlan => {
    const base = plan();
    const to = { ...base.request, identity: identityOf(id) };
    return {
      ...base,
      call: call({ callId: id, identity: identityOf(id), trunkId: trunk }),
      request: to,
      ...(announceMs !== undefined && { announcement: WANTED }),
      fallbacks: fallback.map((user) => {
        const next = step(user);
        return { ...next, request: { ...next.request, identity: identityOf(id) } };
      }),
    };
  });
  const results: [string, string][] = [];
  const passedOver: string[] = [];
  const notTried: NotTried[] = [];
  const sent: string[] = [];
  const stoppingSignal = () => (elapsed() >= stopAtMs ? 'SIGINT' : null);
  await run(
    runBatch(client, plans, {
      clock: { now: () => NOW, elapsed, sleep },
      isAgent: () => false,
      interruption: { signal: null },
      record: NO_RECORD,
      rate,
      pause: (ms) => sleep(Math.min(ms, Math.max(0, stopAtMs - elapsed()))),
      stoppingSignal,
      announce: async ({ call: { callId } }) => {
        await sleep(find(identityOf(callId)).wish.announceMs ?? 0);
        return SAID;
      },
      onSent: ({ call: { callId } }, { request }) => sent.push(`${callId} ${request.transferTo}`),
      onResult: ({ call: { callId } }, { outcome }) => results.push([callId, outcome]),
      onPassedOver: ({ call: { callId } }, { request }, reason) =>
        passedOver.push(`${callId} ${request.transferTo}: ${reason}`),
      onNotTried: (each) => notTried.push(each),
      onLost: ({ call: { callId } }, { code }) => results.push([callId, code]),
    }),
  );
  return { starts, results: Object.fromEntries(results), notTried, passedOver, sent };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `SCL_${index}`);
const done = (id: string): Wish => ({ id, answers: [DONE] });

describe('a batch', () => {
  it('starts one a second, and waits for none to finish', async () => {
    const wishes = ids(5).map((id) => ({ ...done(id), takesMs: 60_000 }));
    const { starts, results } = await batch(wishes);
    expect(starts.map(([, at]) => at)).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(Object.values(results)).toEqual(Array(5).fill('completed'));
  });

  it.each([
    [4, 250],
    [0.5, 2000],
  ])('starts %d a second', async (rate, apart) => {
    const { starts } = await batch(ids(3).map(done), { rate });
    expect(starts.map(([, at]) => at)).toEqual([0, apart, 2 * apart]);
  });

  it('goes on though one caller has left, and another was not taken', async () => {
    const { results, notTried } = await batch([
      { id: 'SCL_gone', answers: [], gone: true },
      { id: 'SCL_declined', answers: [DECLINED] },
      done('SCL_done'),
    ]);
    expect(results).toEqual({ SCL_declined: 'target-failed', SCL_done: 'completed' });
    expect(notTried).toMatchObject([{ callId: 'SCL_gone', code: 'no-such-call', exitCode: 5 }]);
    expect(notTried[0]).not.toHaveProperty('announcement');
  });

  it('does not send a caller whose announcement others have made pointless meanwhile', async () => {
    const { results, notTried, starts } = await batch(
      [
        { id: 'SCL_0', answers: [refused(405)], takesMs: 5000 },
        { ...done('SCL_1'), announceMs: 20_000 },
        { ...done('SCL_2'), trunk: 'ST_2', announceMs: 20_000 },
      ],
      { rate: 10 },
    );
    expect(results).toEqual({ SCL_0: 'refused', SCL_2: 'completed' });
    expect(notTried).toMatchObject([
      { callId: 'SCL_1', code: 'stopped', exitCode: 1, announcement: SAID },
    ]);
    expect(starts.map(([id]) => id)).toEqual(['SCL_0', 'SCL_2']);
  });

  it('sends nobody who was being told when the signal to stop came', async () => {
    const wishes = [{ ...done('SCL_0'), announceMs: 5000 }, done('SCL_1')];
    const { results, notTried, starts } = await batch(wishes, { rate: 10, stopAtMs: 2000 });
    expect(results).toEqual({ SCL_1: 'completed' });
    expect(notTried).toMatchObject([{ callId: 'SCL_0', code: 'interrupted', announcement: SAID }]);
    expect(starts.map(([id]) => id)).toEqual(['SCL_1']);
  });

  it.each([403, 405, 501, 603])(
    'uses a trunk no more once it refused with %d, and others on',
    async (code) => {
      const { results, notTried } = await batch([
        { id: 'SCL_0', answers: [refused(code)] },
        { ...done('SCL_1'), trunk: 'ST_2' },
        done('SCL_2'),
      ]);
      expect(results).toEqual({ SCL_0: 'refused', SCL_1: 'completed' });
      expect(notTried).toMatchObject([
        {
          callId: 'SCL_2',
          code: 'stopped',
          exitCode: 1,
          reason: `trunk ST_1 refused a transfer with ${code}`,
        },
      ]);
    },
  );

  it.each([
    ['a refusal of the address', refused(404)],
    ['a target that declined', DECLINED],
    ['a provider that is busy', refused(503)],
    ['a failure that may be the target’s', failedSomewhere(603)],
    [
      'a failure that LiveKit states in a 200',
      answer(200, { status: 'STS_TRANSFER_FAILED', sip_status: { code: 405 } }),
    ],
  ])('goes on using a trunk after %s', async (_, first) => {
    const { results } = await batch([{ id: 'SCL_0', answers: [first] }, done('SCL_1')]);
    expect(results.SCL_1).toBe('completed');
  });

  it('does not take a busy trunk, or a busy somebody, for a busy target', async () => {
    const first = [refused(486), failedSomewhere(486), failedSomewhere(486)];
    const wishes = first.map((each, at): Wish => ({ id: `SCL_${at}`, answers: [each] }));
    const { results } = await batch([...wishes, done('SCL_last')]);
    expect(results).toMatchObject({ SCL_0: 'refused', SCL_2: 'refused', SCL_last: 'completed' });
  });

  it('uses a target no more once it was busy twice in a row', async () => {
    const { results, notTried } = await batch([
      { id: 'SCL_0', answers: [BUSY] },
      done('SCL_1'),
      { id: 'SCL_2', answers: [BUSY] },
      { id: 'SCL_3', answers: [BUSY] },
      done('SCL_4'),
    ]);
    expect(results.SCL_3).toBe('target-failed');
    expect(notTried).toMatchObject([
      {
        callId: 'SCL_4',
        code: 'stopped',
        reason: expect.stringContaining('busy 2 times in a row'),
      },
    ]);
  });

  it('passes over a fallback that was busy twice in a row', async () => {
    const wish = (id: string, answers: HttpOutcome[]): Wish => ({
      id,
      answers,
      fallback: ['200', '300'],
    });
    const { sent, passedOver } = await batch(
      [
        wish('SCL_0', [DECLINED, BUSY, DONE]),
        wish('SCL_1', [DECLINED, BUSY, DONE]),
        wish('SCL_2', [DECLINED, DONE]),
      ],
      { rate: 0.1 },
    );
    expect(sent.filter((each) => each.startsWith('SCL_2'))).toEqual([
      'SCL_2 sip:100@pbx.company.com',
      'SCL_2 sip:300@pbx.company.com',
    ]);
    expect(passedOver).toEqual([
      'SCL_2 sip:200@pbx.company.com: sip:200@pbx.company.com was busy 2 times in a row',
    ]);
  });

  it('goes to the fallback at once where the first target was busy twice in a row', async () => {
    const wish = (id: string, answers: HttpOutcome[]) => ({ id, answers, fallback: ['200'] });
    const { sent, results, passedOver, notTried } = await batch(
      [
        wish('SCL_0', [BUSY, DONE]),
        wish('SCL_1', [BUSY, DONE]),
        wish('SCL_2', [DONE]),
        { id: 'SCL_3', answers: [] },
      ],
      { rate: 0.1 },
    );
    expect(sent.filter((each) => each.startsWith('SCL_2'))).toEqual([
      'SCL_2 sip:200@pbx.company.com',
    ]);
    expect(results).toMatchObject({ SCL_0: 'completed', SCL_2: 'completed' });
    const reason = 'sip:100@pbx.company.com was busy 2 times in a row';
    expect(passedOver).toEqual([`SCL_2 sip:100@pbx.company.com: ${reason}`]);
    expect(notTried).toMatchObject([{ callId: 'SCL_3', code: 'stopped', reason }]);
  });

  it('tries nobody of whom all targets were busy twice in a row', async () => {
    const wish = (id: string, answers: HttpOutcome[]) => ({ id, answers, fallback: ['200'] });
    const { notTried, passedOver } = await batch(
      [wish('SCL_0', [BUSY, BUSY]), wish('SCL_1', [BUSY, BUSY]), wish('SCL_2', [])],
      { rate: 0.1 },
    );
    expect(notTried).toMatchObject([
      {
        callId: 'SCL_2',
        reason:
          'sip:100@pbx.company.com was busy 2 times in a row; sip:200@pbx.company.com was busy 2 times in a row',
      },
    ]);
    expect(passedOver).toEqual([]);
  });

  it('goes to the fallback where the first target was found busy during the announcement', async () => {
    const wish = (id: string, answers: HttpOutcome[]) => ({ id, answers, fallback: ['200'] });
    const { sent, passedOver } = await batch([
      wish('SCL_0', [BUSY, DONE]),
      wish('SCL_1', [BUSY, DONE]),
      { ...wish('SCL_2', [DONE]), announceMs: 20_000 },
    ]);
    expect(sent.at(-1)).toBe('SCL_2 sip:200@pbx.company.com');
    expect(passedOver).toEqual([expect.stringContaining('SCL_2 sip:100@pbx.company.com: ')]);
  });

  it('tells which target of a chain was sent to', async () => {
    const { sent } = await batch([{ id: 'SCL_0', answers: [BUSY, DONE], fallback: ['200'] }]);
    expect(sent).toEqual(['SCL_0 sip:100@pbx.company.com', 'SCL_0 sip:200@pbx.company.com']);
  });

  it.each<[string, HttpOutcome, string]>([
    [
      'LiveKit does not accept the key',
      twirp(401, 'unauthenticated', 'permissions denied'),
      'rejected (HTTP 401: permissions denied)',
    ],
    [
      'a firewall lets nobody through',
      answer(403, '<html>\n<h1>403 Forbidden</h1>'),
      'rejected (HTTP 403)',
    ],
    [
      'a portal sends everybody to its login',
      { ...answer(307, ''), redirectsTo: 'https://portal.example.net/' },
      'rejected (HTTP 307)',
    ],
  ])('stops when %s', async (_, outcome, words) => {
    const { results, notTried } = await batch([{ id: 'SCL_0', answers: [outcome] }, done('SCL_1')]);
    expect(results).toEqual({ SCL_0: 'not-sent' });
    expect(notTried).toMatchObject([
      { callId: 'SCL_1', code: 'stopped', reason: expect.stringContaining(words) },
    ]);
  });

  it('starts no more once somebody wants to stop, and waits for those under way', async () => {
    const wishes = ids(4).map((id) => ({ ...done(id), takesMs: 30_000 }));
    const { results, notTried } = await batch(wishes, { stopAtMs: 1500 });
    expect(results).toEqual({ SCL_0: 'completed', SCL_1: 'completed' });
    expect(notTried).toMatchObject([
      { callId: 'SCL_2', code: 'interrupted', exitCode: 130 },
      { callId: 'SCL_3', code: 'interrupted', exitCode: 130 },
    ]);
  });

  it('sends nothing for a caller who is still being read when somebody wants to stop', async () => {
    const { sent, results, notTried } = await batch([{ ...done('SCL_0'), readMs: 4000 }], {
      stopAtMs: 1000,
    });
    expect({ sent, results }).toEqual({ sent: [], results: {} });
    expect(notTried).toMatchObject([{ callId: 'SCL_0', code: 'interrupted', exitCode: 130 }]);
  });

  it('tries no fallback of which the caller is just being read again when somebody wants to stop', async () => {
    const wish = { id: 'SCL_0', answers: [BUSY, DONE], fallback: ['200'], readMs: 3000 };
    const { sent, results } = await batch([wish], { stopAtMs: 7000 });
    expect(sent).toEqual(['SCL_0 sip:100@pbx.company.com']);
    expect(results).toEqual({ SCL_0: 'target-failed' });
  });

  it('tries no fallback once somebody wants to stop', async () => {
    const { sent } = await batch(
      [{ id: 'SCL_0', answers: [BUSY, DONE], fallback: ['200'], takesMs: 5000 }],
      { stopAtMs: 1000 },
    );
    expect(sent).toHaveLength(1);
  });

  it('lets a bug surface, once all others have ended', async () => {
    const ended: string[] = [];
    const client = fakeClient({
      getParticipant: async (_room, identity) => {
        if (identity === 'bug') throw new TypeError('no such thing');
        throw new KnownError('server', 'not now');
      },
    });
    const [a, b] = ['bug', 'other'].map((identity) => ({
      ...plan(),
      call: call({ callId: identity, identity }),
    }));
    const running = runBatch(
      client,
      [a, b].filter((each) => each !== undefined),
      {
        clock: { now: () => NOW, elapsed: () => 0, sleep: async () => {} },
        isAgent: () => false,
        interruption: { signal: null },
        record: NO_RECORD,
        rate: 1,
        pause: async () => {},
        stoppingSignal: () => null,
        onSent: () => {},
        onResult: () => {},
        onPassedOver: () => {},
        onNotTried: ({ callId }) => ended.push(callId),
        onLost: () => {},
      },
    );
    await expect(running).rejects.toThrow('no such thing');
    expect(ended).toEqual(['other']);
  });
});
