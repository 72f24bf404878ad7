/**
 * The built program on a real LiveKit: judged by what it says, and by what SIPp saw on the other side.
 * `npm run test:live` runs this; lab/README.md says what it needs.
 */
import { describe, expect, it, vi } from 'vitest';
import { makeFolder, type RunResult } from '../process/run-program.ts';
import {
  agentServing,
  countOf,
  documentsOf,
  headerOf,
  type LabCall,
  lab,
  lastOf,
  peopleIn,
  placed,
  untilOnWire,
  wire,
} from './lab-call.ts';

const TARGET = 'tel:+15105550100';

describe.concurrent('a caller on a real LiveKit', () => {
  it('is listed', async (context) => {
    const caller = await placed('answers-with-agent', context);
    const { exitCode, stdout } = await lab(caller, ['calls', '--json']);
    expect(exitCode).toBe(0);
    const listed = JSON.parse(stdout) as Record<string, unknown>[];
    expect(listed.find(({ callId }) => callId === caller.callId)).toMatchObject({
      room: caller.room,
      phoneNumber: caller.phoneNumber,
      direction: 'inbound',
      status: 'active',
      condition: 'unremarkable',
      transferable: true,
      stuck: false,
      agent: { identity: 'agent-1' },
    });
  });

  it('who is served by nobody is stuck', async (context) => {
    const caller = await placed('answers-outbound', context);
    const { exitCode, stdout } = await lab(caller, ['calls', '--stuck', '--json']);
    expect(exitCode).toBe(0);
    const stuck = JSON.parse(stdout) as Record<string, unknown>[];
    expect(stuck.find(({ callId }) => callId === caller.callId)).toMatchObject({
      condition: 'no-agent',
      stuck: true,
    });
  });

  it('is transferred, once', async (context) => {
    const caller = await placed('answers', context);
    const words = ['--header', 'X-Dept: sales', '--yes', '--json'];
    const result = await lab(caller, ['transfer', caller.callId, '--to', TARGET, ...words]);
    expect(lastOf(result)).toMatchObject({
      outcome: 'completed',
      evidence: 'lingered',
      caller: 'left',
      leg: 'gone',
    });
    expect(result.exitCode).toBe(0);
    await untilOnWire(caller.sippLog, '< BYE');
    expect(countOf(caller.sippLog, '< REFER')).toBe(1);
    expect(headerOf(caller.sippLog, 'REFER', 'Refer-To')).toBe(TARGET);
    expect(headerOf(caller.sippLog, 'REFER', 'X-Dept')).toBe('sales');
  });

  it('of a sip URI is transferred to it, whole', async (context) => {
    const caller = await placed('answers-outbound', context);
    const to = 'sip:+15105550100@pbx.example.com;user=phone';
    const words = ['transfer', caller.callId, '--to', to, '--yes', '--json'];
    const result = await lab(caller, words);
    expect(lastOf(result)).toMatchObject({ outcome: 'completed', caller: 'left' });
    expect(headerOf(caller.sippLog, 'REFER', 'Refer-To')).toBe(`<${to}>`);
  });

  it('stays where the trunk refuses', async (context) => {
    const caller = await placed('refuses-405', context);
    const words = ['transfer', caller.callId, '--to', TARGET, '--yes', '--json'];
    const result = await lab(caller, words);
    expect(lastOf(result)).toMatchObject({
      outcome: 'refused',
      stage: 'refer',
      sip: { code: 405, reason: 'Method Not Allowed' },
      caller: 'on-the-line',
    });
    expect(result.exitCode).toBe(1);
    expect(countOf(caller.sippLog, '< REFER')).toBe(1);
    expect(wire(caller.sippLog)).not.toContain('< BYE');
    expect((await peopleIn(caller)).get(caller.identity)).toBe('active');
  });

  it('stays where the target is busy, and is moved to the next one asked for', async (context) => {
    const caller = await placed('busy-486', context);
    const fallback = 'tel:+15105550101';
    const words = ['--fallback', fallback, '--yes', '--json'];
    const result = await lab(caller, ['transfer', caller.callId, '--to', TARGET, ...words]);
    const { attempts, ...last } = lastOf(result);
    expect(last).toMatchObject({
      outcome: 'target-failed',
      stage: 'notify',
      sip: { code: 486 },
      caller: 'on-the-line',
    });
    expect(attempts).toHaveLength(2);
    expect(result.exitCode).toBe(1);
    expect(countOf(caller.sippLog, '< REFER')).toBe(2);
  });

  it('who hangs up before the target answers is not said to be transferred', async (context) => {
    const caller = await placed('hangs-up-early', context);
    const words = ['transfer', caller.callId, '--to', TARGET, '--yes', '--json'];
    const result = await lab(caller, words);
    expect(lastOf(result)).toMatchObject({ outcome: 'ended', caller: 'left', evidence: null });
    expect(result.exitCode).toBe(7);
  });

  it('is not said to be anywhere where the trunk never reports', async (context) => {
    const caller = await placed('never-reports', context);
    const words = ['--wait', '5s', '--yes', '--json'];
    const result = await lab(caller, ['transfer', caller.callId, '--to', TARGET, ...words]);
    expect(lastOf(result)).toMatchObject({ outcome: 'unknown', stage: 'notify', leg: 'listed' });
    expect(result.exitCode).toBe(7);
    expect(countOf(caller.sippLog, '< REFER')).toBe(1);
  });

  it('who still rings is not asked to be moved', async (context) => {
    const caller = await placed('still-ringing', context);
    const words = ['transfer', caller.callId, '--to', TARGET, '--yes', '--json'];
    const result = await lab(caller, words);
    expect(lastOf(result)).toMatchObject({ outcome: 'not-sent', exitCode: 1 });
    expect(wire(caller.sippLog)).not.toContain('< REFER');
  });

  it('is hung up on', async (context) => {
    const caller = await placed('answers', context);
    const result = await lab(caller, ['hangup', caller.callId, '--yes', '--json']);
    expect(lastOf(result)).toMatchObject({ outcome: 'hung-up', caller: 'left', leg: 'gone' });
    expect(result.exitCode).toBe(0);
    await untilOnWire(caller.sippLog, '< BYE');
  });
});

/** Dials a number over a trunk, and joins the caller with whoever answers. */
function bridge(caller: LabCall, trunkId: string, to: string): Promise<RunResult> {
  const cwd = makeFolder({
    'transfer.config.json': JSON.stringify({ bridge: { trunk: trunkId } }),
  });
  const words = ['--to', to, '--method', 'bridge', '--yes', '--json'];
  return lab(caller, ['transfer', caller.callId, ...words], { cwd });
}

describe.concurrent('a bridge on a real LiveKit', () => {
  it('joins the two, and hangs up on the target when the caller has left', async (context) => {
    const caller = await placed('answers-outbound', context);
    const trunk = await placed('dial-answers', context);
    const bridging = bridge(caller, trunk.trunkId, trunk.phoneNumber);
    await untilOnWire(trunk.sippLog, '< ACK');
    await vi.waitFor(
      async () =>
        expect([...(await peopleIn(caller)).values()].toSorted()).toEqual(['active', 'active']),
      { timeout: 10_000, interval: 100 },
    );
    // The program has seen them together, too, before one of them leaves.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const hangup = await lab(caller, ['hangup', caller.callId, '--yes', '--json']);
    expect(lastOf(hangup)).toMatchObject({ outcome: 'hung-up' });

    const result = await bridging;
    const events = documentsOf(result);
    expect(events.find(({ type }) => type === 'bridged')).toMatchObject({
      outcome: 'bridged',
      caller: 'with-target',
      evidence: 'in-room',
    });
    expect(events.at(-1)).toMatchObject({ type: 'ended', leftFirst: 'caller', other: 'hung-up' });
    expect(result.exitCode).toBe(0);
    await untilOnWire(trunk.sippLog, '< BYE');
    await untilOnWire(caller.sippLog, '< BYE');
    expect(wire(caller.sippLog)).not.toContain('< REFER');
  });

  it('to somebody who is busy leaves the caller where they are', async (context) => {
    const caller = await placed('bridge-busy-486', context);
    const result = await bridge(caller, caller.trunkId, caller.callTo);
    expect(lastOf(result)).toMatchObject({
      outcome: 'target-failed',
      sip: { code: 486 },
      caller: 'on-the-line',
    });
    expect(result.exitCode).toBe(1);
    expect(wire(caller.targetLog)).toEqual(['< INVITE', '> 486', '< ACK']);
    expect([...(await peopleIn(caller)).keys()].toSorted()).toEqual([
      caller.identity,
      'standard-1',
    ]);
  });
});

describe.concurrent('a rescue on a real LiveKit', () => {
  it('brings an agent, whose audio answers a caller who rings', async (context) => {
    const name = `lab-agent-${process.pid}`;
    await agentServing(name, context);
    const caller = await placed('still-ringing', context);
    const words = ['rescue', caller.callId, '--agent', name, '--yes', '--json'];
    const result = await lab(caller, words);
    expect(lastOf(result)).toMatchObject({
      outcome: 'rescued',
      caller: 'on-the-line',
      newcomers: [{ heard: true }],
    });
    expect(result.exitCode).toBe(0);
    await untilOnWire(caller.sippLog, '< 200');
  });

  it('by an agent that nobody serves is taken back', async (context) => {
    const caller = await placed('answers-outbound', context);
    const words = ['--agent', 'nobody-serves-this', '--wait', '3s', '--yes', '--json'];
    const result = await lab(caller, ['rescue', caller.callId, ...words]);
    expect(lastOf(result)).toMatchObject({
      outcome: 'no-agent-came',
      dispatch: 'taken-back',
      newcomers: [],
    });
    expect(result.exitCode).toBe(1);
    expect((await peopleIn(caller)).get(caller.identity)).toBe('active');
  });
});

describe.concurrent('a smoke test on a real LiveKit', () => {
  it.for([
    ['dial-answers', 'supported', 0],
    ['dial-answers-then-refuses-405', 'unsupported', 1],
    ['dial-answers-then-refuses-603', 'refused', 1],
    ['dial-answers-then-busy-486', 'supported', 0],
    ['dial-busy-486', 'call-failed', 1],
  ] as const)('%s: %s', async ([behaviour, verdict, exitCode], context) => {
    const trunk = await placed(behaviour, context);
    const over = ['--trunk', trunk.trunkId, '--dial', trunk.phoneNumber, '--to', TARGET];
    const result = await lab(trunk, ['smoke', ...over, '--yes', '--json']);
    const events = documentsOf(result);
    expect(events.find(({ type }) => type === 'result')).toMatchObject({
      verdict,
      direction: 'outbound',
      leftBehind: [],
    });
    expect(result.exitCode).toBe(exitCode);
    const wasAnswered = behaviour.startsWith('dial-answers');
    expect(countOf(trunk.sippLog, '< REFER')).toBe(wasAnswered ? 1 : 0);
  });
});
