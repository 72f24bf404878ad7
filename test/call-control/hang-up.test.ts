import { describe, expect, it } from 'vitest';
import { type HangUpResult, hangUp } from '../../src/call-control/hang-up.ts';
import { companyOf, cutOffFrom } from '../../src/call-control/hang-up-words.ts';
import type { Call } from '../../src/calls/call.ts';
import { InterruptedError, KnownError } from '../../src/core/errors.ts';
import { type Signal, sleep } from '../../src/core/host.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import type { RpcRequest } from '../../src/livekit/twirp.ts';
import {
  agent,
  caller,
  call as callOf,
  fakeClient,
  NOW,
  type participant,
} from '../support/livekit.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';

/** Answers of server 1.13.11 to EndCall, as captured. */
const TAKEN = answer(200, { payload: '' });
const HEADERS = answer(200, { payload: '{"headers":{}}' });
const NO_METHOD = twirp(
  400,
  'invalid_argument',
  'RpcError 1400: Method not supported at destination',
);
const ABSENT = twirp(503, 'unavailable', 'no response from servers');
const NOBODY = twirp(404, 'not_found', 'RpcError 1401: Recipient not found');
const SILENT = twirp(408, 'canceled', 'RpcError 1502: Response timeout');
const NO_SUCH_CALL = answer(404, '404 page not found', 'text/plain');
const LOST = failure('ECONNRESET', true);

interface Situation {
  call?: Call;
  endCall?: HttpOutcome;
  /** What comes of asking before whether the SIP service is alive; it is, where it answers EndCall. */
  probe?: HttpOutcome;
  /** When the caller leaves, in ms after the SIP service was asked; by default when it takes EndCall. Null: never. */
  leavesAfterMs?: number | null;
  /** What RemoveParticipant does: true by default, and the caller is gone. */
  removal?: boolean | KnownError | 'leaves them';
  /** Who the re-reading finds. */
  reread?: () => Promise<ReturnType<typeof caller> | null>;
  /** So long the connection for EndCall takes, in real ms. */
  connectsAfterMs?: number;
  /** The n-th look does not list the caller. */
  missedAt?: number;
  /** The room cannot be read from the n-th look on. */
  unreadFrom?: number;
  identityAfter?: string;
  company?: ReturnType<typeof participant>[];
  interrupt?: 'before' | 'at the probe' | 'at EndCall' | 'after EndCall' | 'at the removal';
  bug?: boolean;
}

const trouble = new KnownError('unreachable', 'LiveKit did not answer.');

async function run(situation: Situation = {}) {
  const { endCall = TAKEN, removal = true, interrupt, company = [] } = situation;
  const taken = endCall === TAKEN && situation.probe === undefined ? 0 : null;
  const { leavesAfterMs = taken } = situation;
  let nowMs = 0;
  let askedMs: number | null = null;
  let signal: Signal | null = null;
  let isRemoved = false;
  let looks = 0;
  const posts: string[] = [];
  const requests: RpcRequest[] = [];
  const isThere = () =>
    !isRemoved && (askedMs === null || leavesAfterMs === null || nowMs - askedMs < leavesAfterMs);
  const identity = situation.identityAfter ?? 'sip_+15105550100';
  const client = fakeClient({
    getParticipant: async () => {
      if (interrupt === 'before') signal = 'SIGINT';
      return situation.reread === undefined ? caller() : situation.reread();
    },
    listParticipants: async () => {
      looks += 1;
      if (situation.bug) throw new TypeError('a bug');
      if (looks >= (situation.unreadFrom ?? Number.POSITIVE_INFINITY)) throw trouble;
      const isListed = isThere() && looks !== situation.missedAt;
      return [...(isListed ? [caller({ identity })] : []), ...company];
    },
    performRpc: async (request, onSent) => {
      if (request.method === 'lk.sip.GetRemoteHeaders') {
        askedMs = nowMs;
        if (interrupt === 'at the probe') signal = 'SIGINT';
        return situation.probe ?? HEADERS;
      }
      await sleep(situation.connectsAfterMs ?? 0, request.abortUnsent);
      if (request.abortUnsent?.aborted) return failure('ABORTED', false);
      onSent?.();
      requests.push(request);
      posts.push('EndCall');
      askedMs = nowMs;
      if (interrupt === 'at EndCall') {
        signal = 'SIGINT';
        return failure('ABORTED', true);
      }
      if (interrupt === 'after EndCall') signal = 'SIGTERM';
      return endCall;
    },
    removeParticipant: async (_room, who) => {
      posts.push(`Remove ${who}`);
      if (interrupt === 'at the removal') signal = 'SIGINT';
      if (removal instanceof KnownError) throw removal;
      isRemoved = removal === true;
      return removal !== false;
    },
  });
  const clock = {
    now: () => NOW + nowMs,
    elapsed: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const told: string[] = [];
  const ended = await hangUp(client, situation.call ?? callOf(), {
    clock,
    isAgent: () => false,
    interruption: {
      get signal() {
        return signal;
      },
    },
    onSent: ({ callId }) => told.push(callId),
  }).catch((error: unknown) => error);
  return { ended, posts, requests, told, nowMs };
}

async function result(situation: Situation = {}) {
  const ran = await run(situation);
  if (ran.ended instanceof Error) throw ran.ended;
  return { ...ran, ended: ran.ended as HangUpResult };
}

const REMOVE = 'Remove sip_+15105550100';

describe('a hang-up', () => {
  it('is one EndCall, where the SIP service takes it and the caller leaves', async () => {
    const { ended, posts, requests, told } = await result();
    expect(ended).toMatchObject({
      ...{ outcome: 'hung-up', exitCode: 0, caller: 'left', leg: 'gone' },
      ...{ endCall: 'answered', removed: null },
    });
    expect(posts).toEqual(['EndCall']);
    expect(told).toEqual(['SCL_1']);
    expect(requests[0]).toMatchObject({
      room: 'room-1',
      identity: 'sip_+15105550100',
      method: 'lk.sip.EndCall',
      payload: '{}',
    });
  });

  it('waits for a caller who takes a second to leave, and then takes them off the list', async () => {
    const slow = await result({ leavesAfterMs: 1000 });
    expect(slow.ended.outcome).toBe('hung-up');
    expect(slow.posts).toEqual(['EndCall']);
    const slower = await result({ leavesAfterMs: null });
    expect(slower.posts).toEqual(['EndCall', REMOVE]);
    expect(slower.ended).toMatchObject({ outcome: 'hung-up', removed: true });
  });

  it.each([
    ['no-method', NO_METHOD],
    ['absent', ABSENT],
    ['silent', SILENT],
    ['impossible', NO_SUCH_CALL],
    ['unknown', LOST],
  ])('proves nothing by a RemoveParticipant alone: EndCall is %s', async (endCall, outcome) => {
    const { ended, posts } = await result({ endCall: outcome });
    expect(posts).toEqual(['EndCall', REMOVE]);
    expect(ended).toMatchObject({
      ...{ outcome: 'unknown', exitCode: 7, caller: 'unknown', leg: 'gone', endCall },
      removed: true,
    });
    expect(ended.message).toContain('proves nothing about the phone');
  });

  it.each([
    ['absent', ABSENT],
    ['silent', SILENT],
    ['impossible', NO_SUCH_CALL],
    ['unknown', LOST],
  ])('asks a SIP service for nothing that is %s', async (endCall, probe) => {
    const { ended, posts } = await result({ probe });
    expect(posts).toEqual([REMOVE]);
    expect(ended).toMatchObject({ outcome: 'unknown', exitCode: 7, endCall, removed: true });
  });

  // Whoever joins under an identity takes the place of whoever had it.
  it.each([
    ['by the answer of the probe', 2, 0],
    ['while the connection is made', 3, 5000],
  ])('is none of another call that has the identity %s', async (_, fromRead, connectsAfterMs) => {
    let reads = 0;
    const other = caller({ attributes: { 'sip.callID': 'SCL_2' } });
    const reread = async () => {
      reads += 1;
      return reads < fromRead ? caller() : other;
    };
    const situation = { reread, connectsAfterMs, company: [other] };
    const { ended, posts } = await result({ ...situation, leavesAfterMs: 0 });
    expect(posts).toEqual([]);
    expect(ended).toMatchObject({ endCall: null, removed: null, caller: 'left', exitCode: 5 });
    expect(ended.outcome).toBe('already-gone');
  });

  it('that was not carried out does not show where a caller with an open transfer is', async () => {
    const mayNot = { removal: new KnownError('permission', 'no'), probe: ABSENT };
    const open = callOf({ condition: 'transfer-open' });
    const { ended } = await result({ ...mayNot, call: open, leavesAfterMs: null });
    expect(ended).toMatchObject({ outcome: 'not-sent', leg: 'listed', caller: 'unknown' });
    const other = await result({ ...mayNot, leavesAfterMs: null });
    expect(other.ended).toMatchObject({ outcome: 'not-sent', caller: 'on-the-line' });
  });

  it('is one of a SIP service that was alive and left before its answer had', async () => {
    const lost = await result({ endCall: ABSENT, leavesAfterMs: 0 });
    expect(lost.ended).toMatchObject({ outcome: 'hung-up', exitCode: 0, caller: 'left' });
    expect(lost.posts).toEqual(['EndCall']);
    const listed = await result({ endCall: ABSENT, leavesAfterMs: null });
    expect(listed.ended).toMatchObject({ outcome: 'unknown', exitCode: 7, removed: true });
    expect(listed.ended.message).toContain('was asked, and did not answer');
  });

  it.each([
    ['absent', ABSENT, 'unknown'],
    ['no-method', NO_METHOD, 'unknown'],
  ])('is not believed for one look that lacks them: %s', async (_, endCall, outcome) => {
    const { ended, posts } = await result({ endCall, leavesAfterMs: null, missedAt: 1 });
    expect(posts).toEqual(['EndCall', REMOVE]);
    expect(ended).toMatchObject({ outcome, removed: true });
  });

  it('is none where they leave between the two requests', async () => {
    const { ended, posts } = await result({ endCall: NOBODY, leavesAfterMs: 0 });
    expect(posts).toEqual(['EndCall']);
    expect(ended).toMatchObject({ outcome: 'already-gone', exitCode: 5, removed: null });
  });

  it.each([
    ['no-method', NO_METHOD, 'already-gone', 5],
    ['silent', SILENT, 'unknown', 7],
    ['unknown', LOST, 'unknown', 7],
  ])(
    'of one who leaves meanwhile is judged by what EndCall did: %s',
    async (_, endCall, outcome, exitCode) => {
      const left = await result({ endCall, leavesAfterMs: 0 });
      expect(left.ended).toMatchObject({ outcome, exitCode, removed: null });
      expect(left.posts).toEqual(['EndCall']);
      const raced = await result({ endCall, leavesAfterMs: 1, removal: false });
      expect(raced.ended).toMatchObject({ outcome, exitCode, removed: false, leg: 'gone' });
    },
  );

  it.each([
    ['absent', ABSENT],
    ['impossible', NO_SUCH_CALL],
  ])('of one who leaves before EndCall is none: the SIP service is %s', async (_, probe) => {
    const { ended, posts } = await result({ probe, leavesAfterMs: 0 });
    expect(ended).toMatchObject({ outcome: 'already-gone', exitCode: 5, removed: null });
    expect(posts).toEqual([]);
  });

  it('is unknown for as long as they are listed', async () => {
    for (const endCall of [TAKEN, NO_METHOD, SILENT]) {
      const { ended } = await result({ endCall, leavesAfterMs: null, removal: 'leaves them' });
      expect(ended).toMatchObject({ outcome: 'unknown', exitCode: 7, leg: 'listed' });
      expect(ended.message).toContain('still listed');
    }
  });

  it('takes what is not read for nothing', async () => {
    const taken = await result({ unreadFrom: 1 });
    expect(taken.ended).toMatchObject({ outcome: 'unknown', exitCode: 7, leg: 'unread' });
    expect(taken.posts).toEqual(['EndCall']);
    const none = await result({ endCall: NO_METHOD, unreadFrom: 1 });
    expect(none.ended).toMatchObject({ outcome: 'not-sent', exitCode: 1, caller: 'unknown' });
    const removed = await result({ endCall: NO_METHOD, unreadFrom: 2 });
    expect(removed.ended).toMatchObject({ outcome: 'unknown', exitCode: 7, leg: 'unread' });
  });

  it('follows the call to another identity before it takes it off the list', async () => {
    const { posts } = await result({ endCall: NO_METHOD, identityAfter: 'sip_back' });
    expect(posts).toEqual(['EndCall', 'Remove sip_back']);
  });

  it('does nothing where the key may not', async () => {
    const denial = new KnownError('permission', 'The key may not.', { hint: 'Another key.' });
    const endCall = twirp(401, 'unauthenticated', 'permissions denied');
    const { ended } = await result({ endCall, removal: denial });
    expect(ended).toMatchObject({ outcome: 'not-sent', exitCode: 4, caller: 'on-the-line' });
    expect(ended).toMatchObject({ hint: 'Another key.', advice: { action: 'fix-credentials' } });
  });

  it('is unknown where the removal may have been carried out', async () => {
    const { ended } = await result({ endCall: NO_METHOD, removal: trouble });
    expect(ended).toMatchObject({ outcome: 'unknown', exitCode: 7, removed: null });
    expect(ended.message).toContain('LiveKit did not answer.');
  });
});

describe('just before it', () => {
  it.each([
    ['is gone', async () => null],
    ['is another call', async () => caller({ attributes: { 'sip.callID': 'SCL_2' } })],
  ])('the caller %s: nothing is sent', async (_, reread) => {
    const { ended, posts, told } = await result({
      reread,
      leavesAfterMs: 0,
      unreadFrom: 99,
      company: [],
      call: callOf({ callId: 'SCL_9' }),
    });
    expect(ended).toMatchObject({
      outcome: 'already-gone',
      exitCode: 5,
      caller: 'left',
      endCall: null,
    });
    expect(ended.message).toContain('Nothing was sent.');
    expect({ posts, told }).toEqual({ posts: [], told: [] });
  });

  it('the caller is back under another identity: nothing is done', async () => {
    const { ended, posts } = await result({ reread: async () => null });
    expect(ended).toMatchObject({ outcome: 'not-sent', exitCode: 5, leg: 'listed' });
    expect(posts).toEqual([]);
  });

  it('the room cannot be read: nobody is said to be gone', async () => {
    const { ended } = await result({ reread: async () => null, unreadFrom: 1 });
    expect(ended).toMatchObject({ outcome: 'not-sent', exitCode: 1, caller: 'unknown' });
  });

  it('LiveKit cannot be reached: that is told, and nothing was sent', async () => {
    const { ended, posts } = await run({ reread: () => Promise.reject(trouble) });
    expect(ended).toBe(trouble);
    expect(posts).toEqual([]);
  });

  it('LiveKit cannot be reached behind the probe: nothing has gone out yet', async () => {
    let reads = 0;
    const reread = async () => {
      reads += 1;
      if (reads > 1) throw trouble;
      return caller();
    };
    const { ended, posts, told } = await run({ reread });
    expect(ended).toBe(trouble);
    expect({ posts, told }).toEqual({ posts: [], told: [] });
  });

  it('a call without an id is told by the moment of its joining', async () => {
    const nameless = () => caller({ attributes: { 'sip.callID': '' } });
    const meant = callOf({ callId: '' });
    const same = await run({ call: meant, reread: async () => nameless() });
    expect(same.posts[0]).toBe('EndCall');
    const other = await run({
      call: meant,
      reread: async () => ({ ...nameless(), joinedAtMs: NOW - 1000 }),
    });
    expect(other.posts).toEqual([]);
    expect(other.ended).toMatchObject({ outcome: 'already-gone' });
  });
});

it('leaves the next call alone that has the identity of one without an id by now', async () => {
  const nameless = () => caller({ attributes: { 'sip.callID': '' } });
  for (const endCall of [TAKEN, NO_METHOD, SILENT]) {
    const { posts, ended } = await result({
      ...{ call: callOf({ callId: '' }), reread: async () => nameless(), endCall },
      leavesAfterMs: 0,
      company: [{ ...nameless(), sid: 'PA_next', joinedAtMs: NOW + 50 }],
    });
    expect(posts).toEqual(['EndCall']);
    expect(ended.leg).toBe('gone');
  }
});

describe('what it says', () => {
  it.each([
    ['active', 'inbound', 'a BYE'],
    ['ringing', 'inbound', '486'],
    ['ringing', 'outbound', 'CANCEL'],
    [null, 'inbound', 'a BYE, or SIP 486'],
  ] as const)('of the phone of one who is %s, %s', async (status, direction, text) => {
    const attributes = {
      'sip.callStatus': status ?? '',
      'sip.ruleID': direction === 'inbound' ? 'SDR_1' : '',
    };
    const { ended } = await result({ reread: async () => caller({ attributes }) });
    expect(ended.message).toContain(text);
  });

  it('names a few of a crowd, each as far as a line goes', () => {
    const crowd = Array.from({ length: 40 }, (_, index) =>
      agent({ sid: `PA_${index}`, identity: `agent-${index}-${'x'.repeat(5000)}` }),
    );
    const text = cutOffFrom(
      callOf(),
      companyOf(callOf(), crowd, () => false),
    );
    expect(text.length).toBeLessThan(1200);
    expect(text).toContain('and 34 more');
  });

  it('of those who stay: another party is alone then, and has a command', async () => {
    const party = caller({
      identity: 'target',
      attributes: { 'sip.callID': 'SCL_2', 'sip.phoneNumber': '+15105550177' },
    });
    const alone = await result({ company: [party] });
    expect(alone.ended.hint).toContain('+15105550177');
    expect(alone.ended.hint).toContain('`lk-transfer hangup SCL_2`');
    const served = await result({ company: [party, agent()] });
    expect(served.ended.hint).toMatch(/the other phone \+15105550177, the agent agent-x/);
    const agents = await result({ company: [agent()] });
    expect(agents.ended.hint).toContain('closes by itself');
  });
});

describe('a signal', () => {
  it.each(['before', 'at the probe'] as const)('%s sends nothing', async (interrupt) => {
    const { ended, posts } = await run({ interrupt });
    expect(ended).toBeInstanceOf(InterruptedError);
    expect((ended as Error).message).toContain('Nothing was sent.');
    expect(posts).toEqual([]);
  });

  it.each(['at EndCall', 'after EndCall', 'at the removal'] as const)(
    '%s says that it had begun',
    async (interrupt) => {
      const endCall = interrupt === 'at the removal' ? NO_METHOD : TAKEN;
      const { ended } = await run({ interrupt, endCall });
      expect(ended).toBeInstanceOf(InterruptedError);
      expect((ended as Error).message).toContain('had begun');
    },
  );
});

it('is lost by a bug of ours once it was sent', async () => {
  const { ended } = await run({ bug: true });
  expect(ended).toMatchObject({ code: 'outcome-lost', exitCode: 7 });
  expect((ended as Error).message).toContain('TypeError: a bug');
});
