/** A target that a program has left which is no longer running: who is asked what, and what is done. */
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/commands/shared/context.ts';
import type { Session } from '../../../src/commands/shared/session.ts';
import { askAboutTarget } from '../../../src/commands/transfer/bridge.ts';
import type { Participant } from '../../../src/livekit/messages.ts';
import { diallerAt, newBridgeIdentity } from '../../../src/transfer/bridge/dial-plan.ts';
import type { TransferPlan } from '../../../src/transfer/plan.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { call, caller, fakeClient, participant } from '../../support/livekit.ts';

const RINGS = 'Hang up on it?';
const TALKS = 'Hang up on it, and end their conversation?';

/**
 * @param statuses of the target, look by look; the last one stays, and null: it is not there
 * @param answers to one question after the other
 */
async function offer(statuses: readonly (string | null)[], answers: readonly string[]) {
  const fake = fakeHost({ isTTY: true, columns: 100, env: { NO_COLOR: '1' } });
  const identity = newBridgeIdentity(diallerAt({ machine: fake.host.machine, pid: 4242 }));
  const removed: string[] = [];
  let looks = 0;
  const client = fakeClient({
    listParticipants: async (): Promise<Participant[]> => {
      const status = statuses[Math.min(looks, statuses.length - 1)] ?? null;
      looks += 1;
      const attributes = { 'sip.callID': 'SCL_t', 'sip.callStatus': status ?? '' };
      const target = participant({ identity, kind: 'SIP', attributes });
      return status === null ? [caller()] : [caller(), target];
    },
    removeParticipant: async (_room, who) => {
      removed.push(who);
      return true;
    },
  });
  const warned: string[] = [];
  const context = {
    host: fake.host,
    output: { warn: (text: string) => warned.push(text) },
    interruption: { signal: null, abort: new AbortController().signal },
  } as unknown as Context;
  const session = { client, steadyClient: async () => client } as unknown as Session;
  let hungUp = false;
  const plan = { call: call(), openTransfers: [], bridge: null } as unknown as TransferPlan;
  const offered = askAboutTarget(plan, session, context, () => {
    hungUp = true;
  });
  for (const [index, answer] of answers.entries()) {
    while (warned.length <= index) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 5));
    while (!fake.stderr().includes(index === 0 ? 'Hang up on it' : TALKS)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    fake.type(`${answer}\r`);
  }
  expect(await offered).toEqual(plan);
  return { hungUp, removed: removed.length, stderr: fake.stderr(), warned };
}

describe('a target that was left', () => {
  it('is hung up on after a yes', async () => {
    const ringing = await offer(['ringing'], ['y']);
    expect(ringing).toMatchObject({ hungUp: true, removed: 1 });
    expect(ringing.stderr).toContain(RINGS);
    expect(await offer(['ringing'], ['n'])).toMatchObject({ hungUp: false, removed: 0 });
  });

  it('that answers during the question is asked about anew', async () => {
    const refused = await offer(['ringing', 'active'], ['y', 'n']);
    expect(refused).toMatchObject({ hungUp: false, removed: 0 });
    expect(refused.stderr).toContain(TALKS);
    expect(refused.warned.at(-1)).toContain('talks with the caller');
    const agreed = await offer(['ringing', 'active'], ['y', 'y']);
    expect(agreed).toMatchObject({ hungUp: true, removed: 1 });
  });

  it('that has gone during the question is left alone', async () => {
    expect(await offer(['ringing', null], ['y'])).toMatchObject({ hungUp: false, removed: 0 });
  });
});
