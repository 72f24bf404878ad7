import { describe, expect, it } from 'vitest';
import { InterruptedError, KnownError } from '../../src/core/errors.ts';
import { type Signal, sleep } from '../../src/core/host.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { Participant, TransferRequest } from '../../src/livekit/messages.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { CallerAwayError } from '../../src/transfer/before-sending.ts';
import { NO_RECORD, type TransferEnding, type TransferRecord } from '../../src/transfer/result.ts';
import { sendTransfer } from '../../src/transfer/send.ts';
import { agent, caller, fakeClient, NOW } from '../support/livekit.ts';
import { answer, failure, sipFailure, twirp } from './answers.ts';
import { plan } from './plans.ts';

/** A room that the caller leaves so long after the answer, an answer, and somebody at the keys. */
interface Situation {
  there?: Participant | null;
  /** The list of the room, where it is another than what is there. */
  list?: () => Promise<Participant[]>;
  /** The participant as the re-reading before the POST shows it. */
  reread?: () => Promise<Participant | null>;
  outcome?: HttpOutcome;
  leavesAfterMs?: number;
  interrupt?: 'at the re-reading' | 'after sending' | 'while verifying';
  signal?: Signal;
  hangsUpFirst?: boolean;
  /** From the request to the answer. */
  takesMs?: number;
  /** Every look at the wall clock finds it a year earlier. */
  clockJumps?: boolean;
  /** So long the connection for the request takes, in real ms. */
  connectsAfterMs?: number;
  /** So long the record takes, in ms. */
  recordsAfterMs?: number;
}

const A_YEAR_MS = 365 * 24 * 3_600_000;

async function send(situation: Situation = {}) {
  const { there = caller(), outcome = answer(200, {}), interrupt } = situation;
  const { leavesAfterMs = Number.POSITIVE_INFINITY } = situation;
  let nowMs = 0;
  let wallMs = NOW;
  let answeredMs: number | null = null;
  const posts: TransferRequest[] = [];
  const told: string[] = [];
  let signal: Signal | null = null;
  const stop = () => {
    signal = situation.signal ?? 'SIGINT';
  };
  const present = () => (answeredMs !== null && nowMs - answeredMs >= leavesAfterMs ? null : there);
  const client: LiveKitClient = fakeClient({
    getParticipant: async () => {
      if (answeredMs === null && interrupt === 'at the re-reading') stop();
      if (answeredMs === null && situation.reread) return situation.reread();
      return present();
    },
    listParticipants:
      situation.list ?? (async () => [present(), agent()].filter((each) => each !== null)),
    transfer: async (request: TransferRequest, onSent?: () => void) => {
      await sleep(situation.connectsAfterMs ?? 0, request.abortUnsent);
      if (request.abortUnsent?.aborted) return failure('ABORTED', false);
      posts.push(request);
      onSent?.();
      nowMs += situation.takesMs ?? 1500;
      answeredMs = nowMs;
      if (interrupt === 'after sending') {
        stop();
        return failure('ABORTED', outcome.kind === 'failure' ? outcome.mayHaveBeenSent : true);
      }
      return outcome;
    },
  });
  const recorded: TransferEnding[] = [];
  const record: TransferRecord = {
    ...NO_RECORD,
    begin: async () => {
      nowMs += situation.recordsAfterMs ?? 0;
      const end = async (ending: TransferEnding) => void recorded.push(ending);
      return { earlier: [], refusal: null, end };
    },
  };
  const result = sendTransfer(client, plan({ hangsUpFirst: situation.hangsUpFirst ?? false }), {
    clock: {
      now: () => {
        if (situation.clockJumps) wallMs -= A_YEAR_MS;
        return wallMs;
      },
      elapsed: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
    },
    isAgent: () => false,
    interruption: {
      get signal() {
        return signal;
      },
    },
    record,
    onSent: () => told.push('sent'),
    onAnswer: () => {
      told.push('verifying');
      if (interrupt === 'while verifying') stop();
    },
  });
  const [settled] = await Promise.allSettled([result]);
  return {
    posts,
    told,
    recorded,
    result: settled.status === 'fulfilled' ? settled.value : null,
    error: settled.status === 'rejected' ? (settled.reason as unknown) : null,
  };
}

describe('just before the request', () => {
  const left = { code: 'no-such-call', exitCode: 5 };
  it.each<[string, Situation]>([
    ['a caller who has left', { reread: async () => null }],
    [
      'another call under the same identity',
      { there: caller({ attributes: { 'sip.callID': 'SCL_2' } }) },
    ],
    ['somebody else under the same identity', { there: caller({ kind: 'STANDARD' }) }],
  ])('%s stops it', async (_, situation) => {
    const { error, posts } = await send(situation);
    expect(error).toBeInstanceOf(CallerAwayError);
    expect(error).toMatchObject(left);
    expect((error as Error).message).toContain('Nothing was sent');
    expect(posts).toEqual([]);
  });

  it('a caller who is back under another identity stops it, and is not said to have left', async () => {
    const { error, posts } = await send({
      reread: async () => null,
      there: caller({ identity: 'sip_+15105550100_2' }),
    });
    expect(error).toMatchObject(left);
    expect((error as Error).message).toContain('came back under another identity');
    expect(posts).toEqual([]);
  });

  it('a caller who is not there as before, in a room that cannot be read, is not said to be gone', async () => {
    const unreadable = () => Promise.reject(new KnownError('server', 'no'));
    const { error, posts } = await send({ reread: async () => null, list: unreadable });
    expect(error).toMatchObject({ code: 'server', exitCode: 1 });
    expect((error as Error).message).toContain('the room could not be read. Nothing was sent.');
    expect(posts).toEqual([]);
  });

  it('a caller who cannot be read stops it', async () => {
    const unreachable = new KnownError('unreachable', 'no answer');
    const { error, posts } = await send({ reread: () => Promise.reject(unreachable) });
    expect(error).toBe(unreachable);
    expect(posts).toEqual([]);
  });

  // Whoever joins under an identity takes the place of whoever had it.
  describe.each<[string, Situation]>([
    ['the connection takes long', { connectsAfterMs: 5000 }],
    ['the record takes long', { recordsAfterMs: 3000 }],
  ])('where %s', (_, slow) => {
    const later = (next: () => Promise<Participant | null>) => {
      let reads = 0;
      return () => {
        reads += 1;
        return reads === 1 ? Promise.resolve(caller()) : next();
      };
    };

    it('another call under the same identity by then stops it', async () => {
      const next = async () => caller({ attributes: { 'sip.callID': 'SCL_2' } });
      const { error, posts, told, recorded } = await send({ ...slow, reread: later(next) });
      expect(error).toBeInstanceOf(CallerAwayError);
      expect(error).toMatchObject({
        ...left,
        message: expect.stringMatching(/Nothing was sent\.$/),
      });
      expect({ posts, told }).toEqual({ posts: [], told: [] });
      expect(recorded).toEqual([{ kind: 'not-sent', reason: (error as Error).message }]);
    });

    it('so does a caller who cannot be read any more', async () => {
      const unreachable = new KnownError('unreachable', 'no answer');
      const { error, posts } = await send({
        ...slow,
        reread: later(() => Promise.reject(unreachable)),
      });
      expect(error).toBe(unreachable);
      expect(posts).toEqual([]);
    });
  });

  it('a connection that takes long is waited for while the caller is there', async () => {
    const { result, posts } = await send({ connectsAfterMs: 1200, leavesAfterMs: 1030 });
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(posts).toHaveLength(1);
  });

  it.each(['dialing', 'ringing', 'hangup', '', 'novelty'])(
    'a call that is “%s” is not sent',
    async (status) => {
      const { result, posts, told } = await send({
        there: caller({ attributes: { 'sip.callStatus': status } }),
      });
      expect(result).toMatchObject({
        outcome: 'not-sent',
        caller: 'on-the-line',
        leg: 'listed',
        stage: null,
        exitCode: 1,
        durationMs: 0,
      });
      expect([posts, told]).toEqual([[], []]);
    },
  );

  it.each(['active', 'automation'])('a call that is “%s” is sent', async (status) => {
    const { posts } = await send({ there: caller({ attributes: { 'sip.callStatus': status } }) });
    expect(posts).toHaveLength(1);
  });
});

describe('the request', () => {
  it('is the planned one', async () => {
    const [{ abortUnsent: _, ...request } = plan().request, ...more] = (await send()).posts;
    expect([request, more]).toEqual([plan().request, []]);
  });

  it.each<[string, Situation, object]>([
    [
      'the leg lingers and leaves',
      { leavesAfterMs: 1030 },
      { outcome: 'completed', evidence: 'lingered', caller: 'left', exitCode: 0 },
    ],
    [
      'the leg is gone at once',
      { leavesAfterMs: 0 },
      { outcome: 'ended', evidence: null, caller: 'left', exitCode: 7 },
    ],
    [
      'the leg is gone at once on a trunk that does so',
      { leavesAfterMs: 0, hangsUpFirst: true },
      { outcome: 'completed', evidence: 'trunk', exitCode: 0 },
    ],
    [
      'the leg stays',
      {},
      { outcome: 'unconfirmed', caller: 'unknown', leg: 'listed', exitCode: 7 },
    ],
    [
      'the trunk refuses',
      { outcome: sipFailure(403, 'permission_denied', { code: 603, reason: 'Decline' }) },
      { outcome: 'refused', caller: 'on-the-line', exitCode: 1 },
    ],
    [
      'the target is busy',
      { outcome: sipFailure(429, 'x', { code: 486, reason: 'Busy Here', notify: true }) },
      { outcome: 'target-failed', caller: 'on-the-line', exitCode: 1 },
    ],
    [
      'the target is busy and the leg is dropped',
      {
        outcome: sipFailure(429, 'x', { code: 486, reason: 'Busy Here', notify: true }),
        leavesAfterMs: 500,
      },
      { outcome: 'target-failed', caller: 'left', leg: 'gone', exitCode: 1 },
    ],
    [
      'LiveKit fails',
      { outcome: answer(503, '<html>', 'text/html') },
      { outcome: 'unknown', caller: 'unknown', exitCode: 7 },
    ],
    [
      'LiveKit is overloaded',
      { outcome: answer(429, 'slow down') },
      { outcome: 'not-sent', caller: 'on-the-line', exitCode: 1 },
    ],
    [
      'no connection comes about',
      { outcome: failure('ECONNREFUSED', false) },
      { outcome: 'not-sent', caller: 'on-the-line', exitCode: 1 },
    ],
    [
      'the connection breaks',
      { outcome: failure('ECONNRESET', true) },
      { outcome: 'unknown', caller: 'unknown', exitCode: 7 },
    ],
    [
      'no answer comes',
      { outcome: failure('TIMEOUT', true) },
      { outcome: 'unknown', caller: 'unknown', exitCode: 7 },
    ],
  ])('goes out once when %s', async (_, situation, expected) => {
    const { posts, result, told } = await send(situation);
    expect(posts).toHaveLength(1);
    expect(result).toMatchObject(expected);
    expect(told).toEqual(['sent', 'verifying']);
  });

  it.each([
    [1500, 'not-sent', 1],
    [8000, 'unknown', 7],
  ])('that met no SIP service after %d ms is %s', async (takesMs, outcome, exitCode) => {
    const { result } = await send({
      outcome: twirp(503, 'unavailable', 'no response from servers'),
      takesMs,
    });
    expect(result).toMatchObject({ outcome, exitCode });
  });

  it.each([
    [12, /gave up after 12 ms without the trunk’s answer .*may have been yes/],
    [29_000, /gave up after 29s without the trunk’s answer/],
    [32_023, /The trunk never answered the REFER/],
  ])('whose SIP transaction fails after %d ms says what that shows', async (takesMs, words) => {
    const { result } = await send({
      outcome: twirp(408, 'canceled', 'transaction failed to complete (0 intermediate responses)'),
      takesMs,
    });
    expect(result).toMatchObject({ outcome: 'unknown', stage: 'refer', exitCode: 7 });
    expect(result?.message).toMatch(words);
    expect(result?.message).not.toMatch(takesMs < 30_000 ? /ignores|never answered/ : /lost/);
    expect(result?.advice.warmTransfer).toBe(takesMs > 30_000);
  });

  it('is timed without the verification', async () => {
    const { result } = await send({ leavesAfterMs: 1030 });
    expect(result).toMatchObject({ durationMs: 1500, startedAt: new Date(NOW).toISOString() });
  });

  it('is timed right though the clock on the wall jumps back by years', async () => {
    const { result } = await send({ leavesAfterMs: 1030, clockJumps: true });
    expect(result).toMatchObject({ outcome: 'completed', evidence: 'lingered', durationMs: 1500 });
    expect(result?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(result?.call.ageSeconds).toBe(0);
  });

  it('keeps what was shown of the room, and takes the rest as re-read', async () => {
    const { result } = await send({ there: caller({ name: 'Renamed' }) });
    expect(result?.call).toMatchObject({ name: 'Renamed', condition: plan().call.condition });
  });
});

describe('an interruption', () => {
  it.each<[Signal, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('before sending (%s) sends nothing', async (signal, exitCode) => {
    const { error, posts } = await send({ interrupt: 'at the re-reading', signal });
    expect(error).toBeInstanceOf(InterruptedError);
    expect(error).toMatchObject({ exitCode, message: expect.stringContaining('Nothing was sent') });
    expect(posts).toEqual([]);
  });

  it.each<[Signal, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('after sending (%s) says that the transfer goes on', async (signal, exitCode) => {
    const { error, posts } = await send({ interrupt: 'after sending', signal });
    expect(error).toMatchObject({
      exitCode,
      message: expect.stringMatching(/SCL_1.*sent.*continues/s),
      hint: expect.stringContaining('lk-transfer calls'),
    });
    expect(posts).toHaveLength(1);
  });

  it('before a connection stood says that nothing was sent', async () => {
    const { error } = await send({
      interrupt: 'after sending',
      outcome: failure('ABORTED', false),
    });
    expect(error).toMatchObject({ exitCode: 130, message: 'Interrupted. Nothing was sent.' });
  });

  it('while the leg is watched tells what LiveKit said', async () => {
    const { error, posts } = await send({
      interrupt: 'while verifying',
      outcome: sipFailure(400, 'invalid_argument', { code: 405, reason: 'Method Not Allowed' }),
    });
    expect(error).toMatchObject({ exitCode: 130, message: expect.stringContaining('405') });
    expect(posts).toHaveLength(1);
  });
});
