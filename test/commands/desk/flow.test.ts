import { describe, expect, it, vi } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import type { CallWatch, WatchState } from '../../../src/calls/watched-calls.ts';
import type { SessionControls } from '../../../src/commands/desk/controls.ts';
import { callOf as callOfDeed } from '../../../src/commands/desk/deeds.ts';
import { Flow } from '../../../src/commands/desk/flow.ts';
import type { DestinationStep, SendingStep } from '../../../src/commands/desk/steps.ts';
import type { SessionTransfers } from '../../../src/commands/desk/transfers.ts';
import type { Context } from '../../../src/commands/shared/context.ts';
import type { Session } from '../../../src/commands/shared/session.ts';
import { CommandNames } from '../../../src/core/package.ts';
import { loadPalette } from '../../../src/terminal/style.ts';
import type { TransferPlan } from '../../../src/transfer/plan.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { callOf, stateOf, watchedOf } from './calls.ts';

const palette = await loadPalette(false);
const size = { columns: 100, rows: 20 };
const [picked, other] = [watchedOf({ callId: 'SCL_picked' }), watchedOf({ callId: 'SCL_other' })];

/** A flow whose engine only notes what it is asked to send, and whose clock stands still. */
function open() {
  let state: WatchState = stateOf([picked, other]);
  let elapsed = 0;
  const sent: string[] = [];
  const asked: [string, string][] = [];
  const call = callOf({ callId: 'SCL_picked' });
  const destination = { input: 'sales', department: 'sales', number: null, rule: 'as typed' };
  const plan = {
    ...{ call, bridge: null, fallbacks: [], openTransfers: [], again: false },
    destination: { ...destination, referTo: 'sip:1@x.y', warnings: [] },
    request: { waitMs: 90_000, headers: {} },
    bridge: null,
  } as unknown as TransferPlan;
  const transfers = {
    plan: async () => ({ planned: { plan, leftOut: [] }, refusal: null }),
    readTrunk: async (_: Call, step: DestinationStep) => {
      Object.assign(step, { trunk: {}, verdict: 'it accepted' });
    },
  } as unknown as SessionTransfers;
  const controls = {
    carryOut: (step: SendingStep) => {
      sent.push(callOfDeed(step.deed).callId);
      return new Promise(() => {});
    },
    first: async (what: string, call: Call) => {
      asked.push([what, call.callId]);
      return { kind: 'details', scroll: 0, rows: [['What', what]] };
    },
  } as unknown as SessionControls;
  const watch = {
    get state() {
      return state;
    },
    look: () => {},
  } as unknown as CallWatch;
  const config = { departments: { sales: 'sip:1@x.y' } };
  const session = { client: {}, config, place: 'here' } as unknown as Session;
  const host = { elapsed: () => elapsed, sleep: async () => {} };
  const output = { commands: new CommandNames(fakeHost().host) };
  const context = { host, output, interruption: { signal: null } } as unknown as Context;
  let refreshed = 0;
  const refresh = () => {
    refreshed += 1;
  };
  const flow = new Flow({ session, context, watch, transfers, controls, refresh });
  const key = (name: string, text = '') => flow.onKey({ name, text, ctrl: false });
  const lines = () => flow.lines(size, palette).join('\n');
  return {
    flow,
    sent,
    asked,
    key,
    lines,
    refreshed: () => refreshed,
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
      await vi.waitUntil(() => lines().includes('it accepted'), 15_000);
      key('return');
      await vi.waitUntil(() => flow.keys.startsWith('y and Enter'), 15_000);
    },
  };
}

describe('the consent to a transfer', () => {
  it('is asked for by a cursor once keys count, and not before', async () => {
    const desk = open();
    await desk.toQuestion();
    expect(desk.lines()).not.toContain('▏');
    desk.draw();
    desk.wait(200);
    expect(desk.lines()).not.toContain('▏');
    desk.key('y', 'y');
    desk.wait(200);
    expect(desk.lines()).not.toContain('▏');
    desk.wait(100);
    expect(desk.lines()).toContain('(y/N) ▏');
    desk.yes();
    expect(desk.sent).toEqual(['SCL_picked']);
  });

  it('has the cursor drawn as soon as keys count, though nothing else happens', async () => {
    const desk = open();
    await desk.toQuestion();
    const before = desk.refreshed();
    desk.draw();
    desk.wait(300);
    await vi.waitUntil(() => desk.refreshed() > before, 15_000);
    expect(desk.lines()).toContain('(y/N) ▏');
  });

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

  it('counts once the preview was seen to its end, at this size of the terminal', async () => {
    const desk = open();
    await desk.toQuestion();
    const small = { columns: 100, rows: 5 };
    const drawSmall = () => {
      const text = desk.flow.lines(small, palette).join('\n');
      desk.flow.onDrawn();
      desk.wait(400);
      return text;
    };
    expect(drawSmall()).not.toContain('Goes to');
    desk.yes();
    expect(desk.sent).toEqual([]);
    expect(drawSmall()).toContain('Scroll to the end first');
    for (let times = 0; times < 20; times += 1) {
      desk.key('down');
      drawSmall();
    }
    // Another size shows it from the beginning.
    desk.flow.lines({ columns: 60, rows: 5 }, palette);
    desk.yes();
    expect(desk.sent).toEqual([]);
    for (let times = 0; times < 20; times += 1) {
      desk.key('up');
      drawSmall();
    }
    for (let times = 0; times < 20; times += 1) {
      desk.key('down');
      drawSmall();
    }
    desk.yes();
    expect(desk.sent).toEqual(['SCL_picked']);
  });

  it('does not count where the question itself is not seen', async () => {
    const desk = open();
    await desk.toQuestion();
    desk.flow.lines({ columns: 40, rows: 1 }, palette);
    desk.flow.onDrawn();
    desk.wait(400);
    desk.yes();
    expect(desk.sent).toEqual([]);
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

describe('what fits a call', () => {
  it('stays as it was listed while it is looked at, and is checked when it is chosen', () => {
    const desk = open();
    const ringing = { callId: 'SCL_picked', status: 'ringing', transferable: false } as const;
    desk.see(stateOf([watchedOf({ ...ringing, condition: 'unanswered' })]));
    desk.flow.open(callOf({ ...ringing, condition: 'unanswered' }));
    expect(desk.lines()).toMatch(/❯ Rescue .*\n {2}Bridge .*\n {2}Hang up .*\n {2}Show/);
    // The agent came meanwhile.
    desk.see(stateOf([watchedOf({ callId: 'SCL_picked', condition: 'unremarkable' })]));
    expect(desk.lines()).toMatch(/❯ Rescue .*\n {2}Bridge/);
    desk.see(stateOf([watchedOf({ ...ringing, status: 'hangup', condition: 'hanging-up' })]));
    desk.key('down');
    desk.key('return');
    expect(desk.lines()).toContain('The call is hangup. It cannot be bridged now.');
  });

  it('leads to what is to be known first, and back to where it was chosen', async () => {
    const desk = open();
    const call = { callId: 'SCL_picked', condition: 'transfer-open' } as const;
    desk.see(stateOf([watchedOf(call)]));
    desk.flow.open(callOf(call));
    desk.key('return');
    await vi.waitUntil(() => desk.lines().includes('What'), 15_000);
    expect(desk.asked).toEqual([['open', 'SCL_picked']]);
    desk.key('escape');
    expect(desk.lines()).toContain('❯ Ask at the target');
    desk.key('down');
    desk.key('return');
    await vi.waitUntil(() => desk.asked.length === 2, 15_000);
    expect(desk.asked[1]).toEqual(['hangup', 'SCL_picked']);
    expect(desk.sent).toEqual([]);
  });
});
