import { describe, expect, it } from 'vitest';
import { type CallStatus, isTransferable } from '../../src/calls/call.ts';
import { type ArrivalWatch, awaitLoop } from '../../src/smoke/arrivals.ts';
import type { SmokeContext } from '../../src/smoke/context.ts';
import type { Dialled } from '../../src/transfer/bridge/dial-outcome.ts';
import { call } from '../support/livekit.ts';

/** A loop whose dial is answered, and what each look at our number shows. */
async function loop(seen: Partial<Awaited<ReturnType<ArrivalWatch['look']>>>) {
  const lab = {
    clock: { elapsed: () => 0, sleep: async () => {} },
    interruption: { signal: null, abort: new AbortController().signal },
  };
  const watch: ArrivalWatch = {
    isNewRoom: () => true,
    look: async () => ({ ours: [], foreign: [], unread: [], ...seen }),
  };
  const dialled = { outcome: { ok: true }, durationMs: 1 } as const;
  const { failure: trouble } = await awaitLoop(
    lab as unknown as SmokeContext,
    Promise.resolve(dialled),
    watch,
    {
      callers: async () => ['+15105550009'],
      onArrival: () => {},
    },
  );
  return trouble;
}

describe('a loop that was answered, and whose call is not found', () => {
  it('is one where none came in, if every room could be read', async () => {
    expect(await loop({})).toEqual({ kind: 'no-arrival' });
    const foreign = [call({ phoneNumberRaw: '+15105550142' })];
    expect(await loop({ foreign })).toEqual({ kind: 'foreign-arrival', from: '+15105550142' });
  });

  it('is one of which nothing is known, if not', async () => {
    const unread = ['blind'];
    const trouble = { kind: 'arrival-unread', rooms: unread };
    expect(await loop({ unread })).toEqual(trouble);
    expect(await loop({ unread, foreign: [call()] })).toEqual(trouble);
  });

  it('is none that was seen beside a room that cannot be read: another may fit as well', async () => {
    const unread = ['blind'];
    const trouble = { kind: 'arrival-unread', rooms: unread };
    expect(await loop({ ours: [call()], unread })).toEqual(trouble);
    expect(await loop({ ours: [call()] })).toBeNull();
  });
});

describe('a call from our number', () => {
  /** A loop on a clock of its own: how its dial ends, and when, and what is there from when on. */
  async function loopOf(
    outcome: Dialled['outcome'],
    endsAtMs: number,
    arrivesAtMs: number,
    status: CallStatus,
  ) {
    let nowMs = 0;
    let end: (dialled: Dialled) => void = () => {};
    const dialling = new Promise<Dialled>((resolve) => {
      end = resolve;
    });
    const lab = {
      clock: {
        elapsed: () => nowMs,
        sleep: async (ms: number) => {
          nowMs += ms;
          if (nowMs >= endsAtMs) end({ outcome, durationMs: nowMs });
        },
      },
      interruption: { signal: null, abort: new AbortController().signal },
    };
    const there = call({ callId: 'SCL_1', status, transferable: isTransferable(status) });
    const ended = await awaitLoop(
      lab as unknown as SmokeContext,
      dialling,
      {
        isNewRoom: () => true,
        look: async () => ({ ours: nowMs >= arrivesAtMs ? [there] : [], foreign: [], unread: [] }),
      },
      { callers: async () => ['+15105550009'], onArrival: () => {} },
    );
    return ended.call?.callId ?? ended.failure?.kind;
  }
  const answered = { ok: true } as const;
  const failed = { ok: false, cause: 'no-answer', sip: null, message: '' } as const;

  it.each([
    ['with it', 20_000, 20_000, 'SCL_1'],
    ['some seconds before it', 20_000, 16_000, 'SCL_1'],
    ['some seconds after it, as behind a menu', 20_000, 29_000, 'SCL_1'],
    ['long before it', 20_000, 14_000, 'early-arrival'],
    ['long after it', 20_000, 35_000, 'no-arrival'],
  ])('is ours by when it was answered: %s', async (_, dialMs, legMs, found) => {
    expect(await loopOf(answered, dialMs, legMs, 'active')).toBe(found);
  });

  it('beside a dial that failed is ours at most if nobody answered it', async () => {
    expect(await loopOf(failed, 20_000, 1_000, 'ringing')).toBe('arrival-unanswered');
    expect(await loopOf(failed, 20_000, 19_000, 'active')).toBe('dial');
    expect(await loopOf(failed, 20_000, 1_000, 'active')).toBe('dial');
  });
});
