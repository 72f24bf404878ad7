import { describe, expect, it } from 'vitest';
import { type RescueResult, rescueCall } from '../../src/call-control/rescue.ts';
import type { RescuePlan } from '../../src/call-control/rescue-words.ts';
import { InterruptedError, KnownError } from '../../src/core/errors.ts';
import type { Signal } from '../../src/core/host.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import type { DispatchRequest } from '../../src/livekit/twirp.ts';
import {
  AUDIO,
  agent,
  caller,
  call as callOf,
  fakeClient,
  MUTED,
  NOW,
  participant,
} from '../support/livekit.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';

const MADE = answer(200, { id: 'AD_1', agent_name: 'fallback', room: 'room-1' });
const ringing = () => caller({ attributes: { 'sip.callStatus': 'ringing' } });
const old = agent({ sid: 'PA_old', identity: 'agent-old', tracks: [] });
const fresh = (wishes = {}) => agent({ sid: 'PA_new', identity: 'agent-new', ...wishes });
const trouble = new KnownError('unreachable', 'LiveKit did not answer.');

/** Who is in the room, so many ms after the dispatch (null: before it). */
type World = (sinceMs: number | null) => Participant[] | KnownError;

interface Situation {
  world?: World;
  plan?: Partial<RescuePlan>;
  dispatch?: HttpOutcome;
  /** What DeleteDispatch does. */
  deletion?: boolean | KnownError;
  /** The metadata of dispatches that are listed: those that were asked for, by default. */
  listed?: 'none' | KnownError;
  removal?: KnownError;
  /** A signal comes so many ms after the dispatch; or while it is asked for, or before. */
  interrupt?: number | 'at the dispatch' | 'before';
  bug?: boolean;
  /** Nothing can be had that would take the dispatch back. */
  unsteady?: boolean;
}

async function run(situation: Situation = {}) {
  const { dispatch = MADE, deletion = true, interrupt } = situation;
  const { world = (since) => (since === null || since < 500 ? [caller()] : [caller(), fresh()]) } =
    situation;
  let nowMs = 0;
  let sentMs: number | null = null;
  let signal: Signal | null = null;
  const posts: string[] = [];
  const asked: DispatchRequest[] = [];
  const since = () => (sentMs === null ? null : nowMs - sentMs);
  const look = async () => {
    if (situation.bug && sentMs !== null) throw new TypeError('a bug');
    const seen = world(since());
    if (seen instanceof KnownError) throw seen;
    return seen;
  };
  const notice = () => {
    const sinceMs = since();
    if (typeof interrupt === 'number' && sinceMs !== null && sinceMs >= interrupt)
      signal = 'SIGINT';
  };
  const removing = {
    deleteDispatch: async (_room: string, id: string) => {
      posts.push(`Delete ${id}`);
      if (deletion instanceof KnownError) throw deletion;
      return deletion;
    },
    listDispatches: async () => {
      const { listed } = situation;
      if (listed instanceof KnownError) throw listed;
      const ours = asked.map(({ metadata }) => ({ id: 'AD_ours', metadata }));
      return [{ id: 'AD_other', metadata: '' }, ...(listed === 'none' ? [] : ours)];
    },
  };
  const client = fakeClient({
    listParticipants: async () => {
      if (interrupt === 'before') signal = 'SIGINT';
      notice();
      if (signal !== null) throw trouble;
      return look();
    },
    createDispatch: async (request) => {
      posts.push('Create');
      asked.push(request);
      sentMs = nowMs;
      if (interrupt !== 'at the dispatch') return dispatch;
      signal = 'SIGINT';
      return failure('ABORTED', true);
    },
    removeParticipant: async (_room, identity) => {
      posts.push(`Remove ${identity}`);
      if (situation.removal) throw situation.removal;
      return true;
    },
    ...removing,
  });
  const clock = {
    now: () => NOW + nowMs,
    elapsed: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
      notice();
    },
  };
  const before = world(null);
  const plan: RescuePlan = {
    ...{ call: callOf(), agentName: 'fallback', waitMs: 20_000, replace: false },
    seen: before instanceof KnownError ? [] : before,
    ...situation.plan,
  };
  const ended = await rescueCall(client, plan, {
    clock,
    isAgent: (identity) => identity.startsWith('bot-'),
    interruption: {
      get signal() {
        return signal;
      },
    },
    steady: async () => {
      if (situation.unsteady) throw trouble;
      return fakeClient({ listParticipants: look, ...removing });
    },
  }).catch((error: unknown) => error);
  return { ended, posts, asked, nowMs };
}

async function result(situation: Situation = {}) {
  const ran = await run(situation);
  if (ran.ended instanceof Error) throw ran.ended;
  return { ...ran, ended: ran.ended as RescueResult };
}

const always =
  (...there: Participant[]): World =>
  () =>
    there;

describe('a rescue', () => {
  it('is an agent that was not there and is heard; it is asked for once', async () => {
    const { ended, posts, asked, nowMs } = await result();
    expect(ended).toMatchObject({
      ...{ outcome: 'rescued', exitCode: 0, caller: 'on-the-line', leg: 'listed' },
      ...{ agentName: 'fallback', dispatch: 'stands', answered: true, removed: [] },
      newcomers: [{ identity: 'agent-new', heard: true }],
    });
    expect(posts).toEqual(['Create']);
    expect(asked[0]).toMatchObject({ room: 'room-1', agentName: 'fallback' });
    expect(JSON.parse(asked[0]?.metadata ?? '')).toMatchObject({
      purpose: 'rescue',
      call: 'SCL_1',
    });
    expect(nowMs).toBeLessThan(2000);
  });

  it('is not asked for where it could not be taken back', async () => {
    const { ended, posts } = await run({ unsteady: true });
    expect(ended).toBe(trouble);
    expect(posts).toEqual([]);
  });

  /** The n-th look does not list the caller; the first one is that of the plan. */
  const missedAt = (look: number, there: World): World => {
    let looks = 0;
    return (since) => {
      looks += 1;
      const seen = there(since);
      if (looks !== look || seen instanceof KnownError) return seen;
      return seen.filter(({ kind }) => kind !== 'SIP');
    };
  };

  it('is sent for though one look lacked the caller', async () => {
    const comes: World = (since) => (since === null ? [caller()] : [caller(), fresh()]);
    const { ended, posts } = await result({ world: missedAt(2, comes) });
    expect(posts).toEqual(['Create']);
    expect(ended).toMatchObject({ outcome: 'rescued' });
  });

  it('that failed leaves nobody out by one look that lacks them', async () => {
    // The looks of the plan, before the dispatch, after 0.7 s, at the end of the wait, and after it.
    const waits = { world: missedAt(5, always(caller())), plan: { waitMs: 1000 } };
    const { ended, posts } = await result(waits);
    expect(posts).toEqual(['Create', 'Delete AD_1']);
    expect(ended).toMatchObject({ outcome: 'no-agent-came', caller: 'on-the-line', exitCode: 1 });
  });

  it('takes two looks for a caller who is gone, and time between them', async () => {
    const waits = { world: missedAt(4, always(caller())), plan: { waitMs: 1000 } };
    const { ended, nowMs } = await result(waits);
    expect(ended).toMatchObject({ outcome: 'no-agent-came', caller: 'on-the-line' });
    expect(nowMs).toBeGreaterThanOrEqual(1700);
  });

  it('counts an identity of the config, and audio of an avatar', async () => {
    const bot = participant({ sid: 'PA_b', identity: 'bot-7', tracks: [AUDIO] });
    const named = await result({ world: (since) => [caller(), ...(since === null ? [] : [bot])] });
    expect(named.ended.outcome).toBe('rescued');
    const avatar = participant({
      ...{ sid: 'PA_a', identity: 'avatar', kind: 'AGENT', tracks: [AUDIO] },
      attributes: { 'lk.publish_on_behalf': 'agent-new' },
    });
    const silent = fresh({ tracks: [] });
    const spoken = await result({
      world: (since) => [caller(), ...(since === null ? [] : [silent, avatar])],
    });
    expect(spoken.ended).toMatchObject({
      outcome: 'rescued',
      newcomers: [{ identity: 'agent-new', heard: true }],
    });
  });

  it.each([
    ['has no audio', { tracks: [] }],
    ['is muted', { tracks: [MUTED] }],
    ['is not connected', { state: 'JOINED' }],
  ])('is none by an agent that %s', async (_, wishes) => {
    const world: World = (since) => [caller(), ...(since === null ? [] : [fresh(wishes)])];
    const { ended, posts, nowMs } = await result({ world });
    expect(ended).toMatchObject({
      ...{ outcome: 'no-agent-came', exitCode: 1, dispatch: 'taken-back' },
      newcomers: [{ identity: 'agent-new', heard: false }],
    });
    expect(ended.message).toContain('could not be heard');
    expect(posts).toEqual(['Create', 'Delete AD_1']);
    expect(nowMs).toBeGreaterThanOrEqual(20_000);
    expect(nowMs).toBeLessThan(22_000);
  });

  it('is none by the agent that was there, whatever it does now', async () => {
    const world: World = (since) => [caller(), since === null ? old : { ...old, tracks: [AUDIO] }];
    expect((await result({ world })).ended).toMatchObject({
      outcome: 'no-agent-came',
      newcomers: [],
    });
  });

  it('takes the dispatch back where nobody comes, and looks frugally', async () => {
    let looks = 0;
    const { ended, posts } = await result({
      world: () => {
        looks += 1;
        return [caller()];
      },
    });
    expect(ended).toMatchObject({ outcome: 'no-agent-came', exitCode: 1, dispatch: 'taken-back' });
    expect(ended.message).toContain('The caller hears silence.');
    expect(posts).toEqual(['Create', 'Delete AD_1']);
    expect(looks).toBeLessThan(35);
  });

  it('says so where one comes in the very moment in which it is taken back', async () => {
    const { ended } = await result({
      plan: { waitMs: 5000 },
      world: (since) => [
        caller(),
        ...(since !== null && since >= 5000 && seen++ > 0 ? [fresh()] : []),
      ],
    });
    expect(ended).toMatchObject({ outcome: 'rescued', exitCode: 0, dispatch: 'taken-back' });
    expect(ended.message).toContain('cancelled; the agent stays');
  });
  let seen = 0;

  it('is unknown where the dispatch cannot be taken back: one may still come', async () => {
    const { ended } = await result({ world: always(caller()), deletion: trouble });
    expect(ended).toMatchObject({ outcome: 'unknown', exitCode: 7, dispatch: 'unknown' });
    expect(ended.message).toContain('may still come');
  });

  it('is unknown where the room cannot be read in the end', async () => {
    const { ended, posts } = await result({
      world: (since) => (since !== null && since > 3000 ? trouble : [caller()]),
    });
    expect(ended).toMatchObject({ outcome: 'unknown', exitCode: 7, leg: 'unread', answered: null });
    expect(posts).toEqual(['Create', 'Delete AD_1']);
  });

  it('outlasts a room that cannot be read for a while', async () => {
    const { ended } = await result({
      world: (since) =>
        since === null || since > 4000 ? [caller(), ...(since === null ? [] : [fresh()])] : trouble,
    });
    expect(ended.outcome).toBe('rescued');
  });
});

describe('a caller who rings', () => {
  it('is answered by the agent’s audio', async () => {
    const { ended } = await result({
      world: (since) =>
        since === null || since < 1000
          ? [ringing()]
          : [since < 2500 ? ringing() : caller(), fresh()],
    });
    expect(ended).toMatchObject({ outcome: 'rescued', answered: true });
    expect(ended.call.status).toBe('active');
    expect(ended.headline).toContain('answered by agent-new');
    expect(ended.message).toContain('1s after');
  });

  it('is told of where LiveKit does not show that', async () => {
    const { ended, nowMs } = await result({
      world: (since) => [ringing(), ...(since === null ? [] : [fresh()])],
    });
    expect(ended).toMatchObject({ outcome: 'rescued', answered: false });
    expect(ended.message).toContain('does not show the call as answered yet');
    expect(nowMs).toBeLessThan(6000);
  });

  it('keeps the agent that was heard, where the room cannot be read then', async () => {
    const { ended } = await result({
      world: (since) =>
        since === null ? [ringing()] : since < 1000 ? [ringing(), fresh()] : trouble,
    });
    expect(ended).toMatchObject({ outcome: 'rescued', answered: false, dispatch: 'stands' });
  });
});

describe('--replace', () => {
  const replace = { replace: true };

  it('removes nobody where the new one is not seen once more just before', async () => {
    for (const after of [[caller(), old], [caller()], trouble]) {
      let looks = 0;
      const world: World = (since) => {
        if (since === null || since < 500) return [caller(), old];
        looks += 1;
        if (looks === 1) return [caller(), old, fresh()];
        return after instanceof KnownError ? after : [...after];
      };
      const { ended, posts } = await result({ plan: replace, world });
      expect(posts).toEqual(['Create']);
      expect(ended.removed).toEqual([]);
      const stays = ended.message.includes(
        'agent-old (the new agent was not seen there on the second look)',
      );
      expect(stays).toBe(after instanceof KnownError || after.length === 2);
    }
  });

  it('leaves a session alone that has the identity of an old one by then', async () => {
    let looks = 0;
    const world: World = (since) => {
      if (since === null || since < 500) return [caller(), old];
      looks += 1;
      const back = agent({ sid: 'PA_back', identity: 'agent-old' });
      return [caller(), looks === 1 ? old : back, fresh()];
    };
    const { posts } = await result({ plan: replace, world });
    expect(posts).toEqual(['Create']);
  });

  const joins: World = (since) => [
    caller(),
    old,
    ...(since === null || since < 900 ? [] : [fresh()]),
  ];

  it('removes the old agent once the new one is heard', async () => {
    const { ended, posts } = await result({ plan: replace, world: joins });
    expect(posts).toEqual(['Create', 'Remove agent-old']);
    expect(ended).toMatchObject({ outcome: 'rescued', removed: ['agent-old'] });
    expect(ended.message).toContain('agent-old');
  });

  it('removes nobody before, nor where nobody is heard', async () => {
    const world: World = (since) => [
      caller(),
      old,
      ...(since === null ? [] : [fresh({ tracks: [] })]),
    ];
    const { posts } = await result({ plan: replace, world });
    expect(posts).toEqual(['Create', 'Delete AD_1']);
  });

  it('removes only whom the confirmation showed', async () => {
    const other = agent({ sid: 'PA_3', identity: 'agent-other', tracks: [] });
    const world: World = (since) =>
      since === null ? [caller(), old] : [caller(), old, other, fresh()];
    const { posts } = await result({ plan: replace, world });
    expect(posts).toEqual(['Create', 'Remove agent-old']);
    const replaced: World = (since) =>
      since === null ? [caller(), old] : [caller(), fresh({ identity: 'agent-old' })];
    expect((await result({ plan: replace, world: replaced })).posts).toEqual(['Create']);
  });

  it('says who could not be removed', async () => {
    const { ended } = await result({ plan: replace, world: joins, removal: trouble });
    expect(ended).toMatchObject({ outcome: 'rescued', removed: [] });
    expect(ended.message).toContain('agent-old (LiveKit did not answer)');
  });
});

describe('two operators', () => {
  it('send nothing where an agent of the other’s has come since the preview', async () => {
    const { ended, posts } = await result({
      plan: { seen: [caller()] },
      world: always(caller(), fresh()),
    });
    expect(ended).toMatchObject({ outcome: 'rescued', exitCode: 0, dispatch: 'none' });
    expect(ended.message).toContain('Nothing was sent');
    expect(posts).toEqual([]);
  });

  it('hear of it where two agents came', async () => {
    const second = fresh({ sid: 'PA_2', identity: 'agent-two' });
    const { ended } = await result({
      world: (since) => [caller(), ...(since === null ? [] : [fresh(), second])],
    });
    expect(ended.outcome).toBe('rescued');
    expect(ended.hint).toContain('They may all speak to the caller');
  });
});

describe('a caller who leaves', () => {
  it('before: nothing is sent', async () => {
    const { ended, posts } = await result({ world: always(old) });
    expect(ended).toMatchObject({ outcome: 'caller-gone', exitCode: 5, caller: 'left' });
    expect(posts).toEqual([]);
    const hanging = caller({ attributes: { 'sip.callStatus': 'hangup' } });
    const leaving = await result({ world: always(hanging) });
    expect(leaving.ended).toMatchObject({ outcome: 'not-sent', exitCode: 5 });
    expect(leaving.posts).toEqual([]);
  });

  it('meanwhile: it is said, once seen twice, and the dispatch taken back', async () => {
    const { ended, posts, nowMs } = await result({
      world: (since) => (since !== null && since > 1500 ? [] : [caller()]),
    });
    expect(ended).toMatchObject({ outcome: 'caller-gone', exitCode: 5, dispatch: 'taken-back' });
    expect(posts).toEqual(['Create', 'Delete AD_1']);
    expect(nowMs).toBeLessThan(4000);
    const blinking = await result({
      world: (since) =>
        since === null || since < 1000 ? [caller()] : since < 1600 ? [] : [caller(), fresh()],
    });
    expect(blinking.ended.outcome).toBe('rescued');
  });

  it('where the room cannot be read before: nothing is sent', async () => {
    const { ended, posts } = await result({ world: () => trouble });
    expect(ended).toMatchObject({ outcome: 'not-sent', exitCode: 1, caller: 'unknown' });
    expect(posts).toEqual([]);
  });
});

describe('a dispatch', () => {
  it.each([
    ['without the right', twirp(401, 'unauthenticated', 'permissions denied'), 4],
    ['that is malformed', twirp(400, 'invalid_argument', 'bad name'), 1],
    ['that LiveKit does not know', answer(404, 'not found', 'text/plain'), 1],
    ['that never got there', failure('ECONNREFUSED', false), 1],
  ])('%s is not made', async (_, dispatch, exitCode) => {
    const { ended, posts } = await result({ dispatch, world: always(caller()) });
    expect(ended).toMatchObject({ outcome: 'not-sent', exitCode, dispatch: 'none' });
    expect(posts).toEqual(['Create']);
  });

  const UNCLEAR = [
    failure('ECONNRESET', true),
    twirp(503, 'unavailable', 'no response from servers'),
    answer(200, 'half a'),
  ];

  it.each(UNCLEAR)(
    'without a clear answer is looked for, and taken back by its note',
    async (dispatch) => {
      const { ended, posts } = await result({ dispatch, world: always(caller()) });
      expect(ended).toMatchObject({ outcome: 'unknown', exitCode: 7, dispatch: 'taken-back' });
      expect(posts).toEqual(['Create', 'Delete AD_ours']);
      const none = await result({ dispatch, world: always(caller()), listed: 'none' });
      expect(none.ended).toMatchObject({ outcome: 'unknown', dispatch: 'none' });
      expect(none.posts).toEqual(['Create']);
      const unread = await result({ dispatch, world: always(caller()), listed: trouble });
      expect(unread.ended).toMatchObject({ outcome: 'unknown', dispatch: 'unknown' });
    },
  );

  it('without a clear answer is a rescue all the same where an agent comes', async () => {
    const { ended, posts } = await result({ dispatch: failure('ECONNRESET', true) });
    expect(ended).toMatchObject({ outcome: 'rescued', exitCode: 0 });
    expect(ended.message).toContain('no clear answer');
    expect(posts).toEqual(['Create']);
  });
});

describe('a signal', () => {
  it('before sends nothing', async () => {
    const { ended, posts } = await run({ interrupt: 'before' });
    expect((ended as Error).message).toContain('Nothing was sent.');
    expect(posts).toEqual([]);
  });

  it.each([
    ['meanwhile', 2000, 'Delete AD_1'],
    ['at the dispatch', 'at the dispatch', 'Delete AD_ours'],
  ] as const)('%s takes it back, and says what can still happen', async (_, interrupt, deleted) => {
    const { ended, posts } = await run({ interrupt, world: always(caller()) });
    expect(ended).toBeInstanceOf(InterruptedError);
    expect((ended as Error).message).toContain(
      'was cancelled: only an agent that was already on its way',
    );
    expect(posts).toEqual(['Create', deleted]);
  });

  it('says where it cannot be taken back, and who came all the same', async () => {
    const stuck = await run({ interrupt: 2000, world: always(caller()), deletion: trouble });
    expect((stuck.ended as Error).message).toContain('may still come');
    const late = await run({
      interrupt: 2000,
      world: (since) => [
        caller(),
        ...(since !== null && since >= 2000 ? [fresh({ tracks: [] })] : []),
      ],
    });
    expect((late.ended as Error).message).toContain('agent-new came, and stays in the room');
  });
});

it('is lost by a bug of ours, and takes the dispatch back', async () => {
  const { ended, posts } = await run({ bug: true });
  expect(ended).toMatchObject({ code: 'outcome-lost', exitCode: 7 });
  expect(posts).toEqual(['Create', 'Delete AD_1']);
});
