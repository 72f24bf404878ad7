import { describe, expect, it } from 'vitest';
import { type ArrivalWatch, awaitLoop } from '../../src/smoke/arrivals.ts';
import type { SmokeContext } from '../../src/smoke/context.ts';
import { call } from '../support/livekit.ts';

/** A loop whose dial is answered, and what each look at our number shows. */
async function loop(seen: Partial<Awaited<ReturnType<ArrivalWatch['look']>>>) {
  const lab = {
    clock: { sleep: async () => {} },
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
