import { describe, expect, it } from 'vitest';
import type { SmokeContext, SmokeStep } from '../../src/smoke/context.ts';
import { waitForCall } from '../../src/smoke/leg.ts';
import { NOW } from '../support/livekit.ts';
import { arrived, clientOf, OURS, type Rooms } from './rooms.ts';

/** Waits for three looks; `then` changes the rooms before each of them. */
async function wait(rooms: Rooms, ...then: Rooms[]) {
  const told: SmokeStep[] = [];
  const lab = {
    client: clientOf(rooms),
    isAgent: () => false,
    clock: {
      now: () => NOW,
      sleep: async () => {
        Object.assign(rooms, then.shift());
      },
    },
    interruption: { signal: null, abort: new AbortController().signal },
    callWithinMs: 3000,
    tell: (step: SmokeStep) => told.push(step),
  };
  const { call, failure: trouble } = await waitForCall(lab as unknown as SmokeContext, OURS);
  return { callId: call?.callId, trouble, told };
}

describe('the call that is waited for', () => {
  it('is the next one', async () => {
    const { callId } = await wait({ old: [arrived('SCL_old')] }, {}, { new: [arrived('SCL_new')] });
    expect(callId).toBe('SCL_new');
  });

  it('is not a customer’s whose number LiveKit shows late', async () => {
    const { trouble } = await wait(
      { one: [arrived('SCL_customer', '+15105550142', '')] },
      { one: [arrived('SCL_customer')] },
    );
    expect(trouble).toEqual({ kind: 'no-call' });
  });

  it('is not a customer’s whose room could not be read at first, which is said', async () => {
    const { trouble, told } = await wait({ blind: 'unreadable' }, { blind: [arrived('SCL_1')] });
    expect(trouble).toEqual({ kind: 'arrival-unread', rooms: ['blind'] });
    expect(told).toEqual([
      {
        step: 'waiting-for-call',
        testNumber: OURS,
        message: expect.stringContaining('room blind'),
      },
    ]);
  });

  it('is none that is seen beside a room that is not read, or was not at first', async () => {
    const news = { new: [arrived('SCL_new')] };
    for (const blind of ['unreadable' as const, [arrived('SCL_either')]]) {
      const { callId, trouble } = await wait({ blind: 'unreadable' }, { blind, ...news });
      expect(callId).toBeUndefined();
      expect(trouble).toEqual({ kind: 'arrival-unread', rooms: ['blind'] });
    }
    const { callId } = await wait({ blind: 'unreadable' }, { blind: [], ...news });
    expect(callId).toBe('SCL_new');
  });
});
