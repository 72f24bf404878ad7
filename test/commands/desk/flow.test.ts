import { describe, expect, it, vi } from 'vitest';
import type { CallWatch, WatchState } from '../../../src/calls/watched-calls.ts';
import { Flow } from '../../../src/commands/desk/flow.ts';
import type { SessionTransfers } from '../../../src/commands/desk/transfers.ts';
import type { Context } from '../../../src/commands/shared/context.ts';
import type { Session } from '../../../src/commands/shared/session.ts';
import { loadPalette } from '../../../src/terminal/style.ts';
import type { TransferPlan } from '../../../src/transfer/plan.ts';
import { callOf, stateOf, watchedOf } from './calls.ts';

const palette = await loadPalette(false);
const size = { columns: 100, rows: 20 };
const [picked, other] = [watchedOf({ callId: 'SCL_picked' }), watchedOf({ callId: 'SCL_other' })];

/** A flow whose engine only notes what it is asked to send, and whose clock stands still. */
function open() {
  let state: WatchState = stateOf([picked, other]);
  let elapsed = 0;
  const sent: string[] = [];
  const call = callOf({ callId: 'SCL_picked' });
  const destination = { input: 'sales', department: 'sales', number: null, rule: 'as typed' };
  const plan = {
    ...{ call, fallbacks: [], openTransfers: [], again: false },
    destination: { ...destination, referTo: 'sip:1@x.y', warnings: [] },
    request: { waitMs: 90_000, headers: {} },
  } as unknown as TransferPlan;
  const transfers = {
    plan: async () => ({ planned: { plan, leftOut: [] }, refusal: null }),
    send: (given: TransferPlan) => {
      sent.push(given.call.callId);
      return new Promise(() => {});
    },
    verdictOn: async () => 'it accepted',
  } as unknown as SessionTransfers;
  const watch = {
    get state() {
      return state;
    },
    look: () => {},
  } as unknown as CallWatch;
  const config = { departments: { sales: 'sip:1@x.y' } };
  const session = { client: {}, config, place: 'here' } as unknown as Session;
  const host = { elapsed: () => elapsed, sleep: async () => {} };
  const context = { host, interruption: { signal: null } } as unknown as Context;
  const flow = new Flow(session, context, watch, transfers, () => {});
  const key = (name: string, text = '') => flow.onKey({ name, text, ctrl: false });
  const lines = () => flow.lines(size, palette).join('\n');
  return {
    flow,
    sent,
    key,
    lines,
    /** The picture stands on the terminal. */
    draw: () => {
      lines();
      flow.onDrawn();
    },
    wait: (ms: number) => {
      elapsed += ms;
    },
    see: (next: WatchState) => {
      state = next;
    },
    yes: () => {
      key('y', 'y');
      key('return');
    },
    toQuestion: async () => {
      flow.open(picked.call);
      key('return');
      await vi.waitUntil(() => lines().includes('it accepted'));
      key('return');
      await vi.waitUntil(() => flow.keys.startsWith('y and Enter'));
    },
  };
}

describe('the consent to a transfer', () => {
  it('counts once the question has stood there for a moment, and sends once', async () => {
    const desk = open();
    await desk.toQuestion();
    desk.yes();
    desk.wait(1000);
    // Not even drawn yet.
    desk.yes();
    desk.draw();
    desk.yes();
    // Whoever goes on typing has not read it.
    desk.wait(200);
    desk.yes();
    desk.wait(200);
    desk.yes();
    expect(desk.sent).toEqual([]);
    desk.wait(400);
    desk.yes();
    expect(desk.sent).toEqual(['SCL_picked']);
    desk.yes();
    expect(desk.sent).toHaveLength(1);
  });

  it('takes two keys, and neither a paste nor Enter alone is one', async () => {
    const desk = open();
    await desk.toQuestion();
    desk.draw();
    desk.wait(400);
    desk.key('paste', 'y');
    desk.key('return');
    expect(desk.sent).toEqual([]);
    expect(desk.lines()).toContain('where to?');
  });

  it('is gone after the terminal was away', async () => {
    const desk = open();
    await desk.toQuestion();
    desk.draw();
    desk.wait(400);
    desk.key('y', 'y');
    desk.flow.onReturn();
    desk.draw();
    desk.wait(400);
    desk.key('return');
    expect(desk.sent).toEqual([]);
  });

  it('is to one call: when that has ended, none other is sent', async () => {
    const desk = open();
    await desk.toQuestion();
    desk.draw();
    desk.wait(400);
    desk.see(stateOf([other]));
    desk.yes();
    expect(desk.sent).toEqual([]);
    expect(desk.flow.isOpen).toBe(false);
  });

  it('stays with the call that was picked, wherever it stands in the list', async () => {
    const desk = open();
    await desk.toQuestion();
    desk.see(stateOf([other, watchedOf({ callId: 'SCL_new' }, { isNew: true }), picked]));
    desk.draw();
    desk.wait(400);
    desk.yes();
    expect(desk.sent).toEqual(['SCL_picked']);
  });
});
