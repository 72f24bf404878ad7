/** Several bridges that one run watches. */
import { expect, it } from 'vitest';
import type { Context } from '../../../src/commands/shared/context.ts';
import type { Session } from '../../../src/commands/shared/session.ts';
import { BridgeWatchers } from '../../../src/commands/transfer/bridge.ts';
import type { ChainResult } from '../../../src/transfer/result.ts';
import { call, caller, fakeClient } from '../../support/livekit.ts';

it('a bug in the watch of one leaves the others watched to their end', async () => {
  const removed: string[] = [];
  let nowMs = 0;
  const client = fakeClient({
    listParticipants: async (room) => {
      if (room === 'room-bug') throw new TypeError('a bug');
      return removed.length === 0 ? [caller()] : [];
    },
    removeParticipant: async (_room, identity) => {
      removed.push(identity);
      return true;
    },
  });
  const [said, warned]: [string[], string[]] = [[], []];
  const host = {
    elapsed: () => nowMs,
    sleep: async (ms: number) => {
      // Others have their turn meanwhile.
      await new Promise(setImmediate);
      nowMs += ms;
    },
  };
  const output = {
    progress: () => ({ update: () => {} }),
    sentence: (text: string) => said.push(text),
    warn: (text: string) => warned.push(text),
    close: () => {},
  };
  const context = {
    ...{ host, output },
    interruption: { signal: null, abort: new AbortController().signal },
  } as unknown as Context;
  const session = { client, steadyClient: async () => client, isAgent: () => false };
  const watchers = new BridgeWatchers(session as unknown as Session, context);
  for (const room of ['room-bug', 'room-1']) {
    const bridge = { room, identity: 'lk-transfer-bridge-abc123-42-f00' };
    watchers.add({ call: call({ room }), outcome: 'bridged', bridge } as unknown as ChainResult);
  }
  await expect(watchers.stay()).rejects.toThrow('a bug');
  expect(removed).toEqual([caller().identity]);
  expect(warned).toEqual([expect.stringContaining('nobody watches them')]);
  expect(said).toEqual([expect.stringContaining('the caller was hung up on')]);
});
