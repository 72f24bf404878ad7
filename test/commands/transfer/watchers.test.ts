/** Several bridges that one run watches. */
import { expect, it } from 'vitest';
import type { Context } from '../../../src/commands/shared/context.ts';
import type { Session } from '../../../src/commands/shared/session.ts';
import { BridgeWatchers } from '../../../src/commands/transfer/bridge.ts';
import type { LiveKitClient } from '../../../src/livekit/client.ts';
import type { ChainResult } from '../../../src/transfer/result.ts';
import { call, caller, fakeClient } from '../../support/livekit.ts';
import { TARGET, target } from '../../transfer/bridge/room.ts';

/** Watches bridges in these rooms, with a clock that only pauses move. */
function watchers(rooms: readonly string[], client: LiveKitClient) {
  const [said, warned]: [string[], string[]] = [[], []];
  let nowMs = 0;
  let line = (): string => '';
  const host = {
    elapsed: () => nowMs,
    now: () => nowMs,
    sleep: async (ms: number) => {
      // Others have their turn meanwhile.
      await new Promise(setImmediate);
      nowMs += ms;
    },
  };
  const output = {
    progress: (label: () => string) => {
      line = label;
    },
    sentence: (text: string) => said.push(text),
    warn: (text: string) => warned.push(text),
    close: () => {},
  };
  const context = {
    ...{ host, output },
    interruption: { signal: null, abort: new AbortController().signal },
  } as unknown as Context;
  const session = { client, steadyClient: async () => client, isAgent: () => false };
  const watching = new BridgeWatchers(session as unknown as Session, context);
  for (const room of rooms) {
    const bridge = { room, identity: TARGET };
    const result = { call: call({ room }), outcome: 'bridged', bridge };
    watching.add(result as unknown as ChainResult);
  }
  return { watching, said, warned, line: () => line() };
}

it('a bug in the watch of one leaves the others watched to their end', async () => {
  const removed: string[] = [];
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
  const { watching, said, warned } = watchers(['room-bug', 'room-1'], client);
  await expect(watching.stay()).rejects.toThrow('a bug');
  expect(removed).toEqual([caller().identity]);
  expect(warned).toEqual([expect.stringContaining('nobody watches them')]);
  expect(said).toEqual([expect.stringContaining('the caller was hung up on')]);
});

it('nobody is said to talk who was missing when it was looked last', async () => {
  const lines: string[] = [];
  const looks = [[caller(), target()], [caller()], [caller(), target()], []];
  let shown = (): string => '';
  const client = fakeClient({
    listParticipants: async () => {
      lines.push(shown());
      return looks.shift() ?? [];
    },
  });
  const { watching, said, line } = watchers(['room-1'], client);
  shown = line;
  expect(await watching.stay()).toBe(0);
  expect(lines.slice(1, 5)).toEqual([
    expect.stringMatching(/^The two are talking: \d+s\. Ctrl-C exits; their call continues$/),
    expect.stringMatching(/^Not certain: one of the two may have left: \d+s\./),
    expect.stringMatching(/^The two are talking: /),
    expect.stringMatching(/^Not certain: /),
  ]);
  expect(said).toEqual([expect.stringContaining('both have hung up')]);
});
