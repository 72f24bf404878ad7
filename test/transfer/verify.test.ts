import { describe, expect, it } from 'vitest';
import { KnownError } from '../../src/core/errors.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import {
  evidenceOf,
  type LegObservation,
  observeRoom,
  readLegAfterFailure,
  watchLegLeave,
} from '../../src/transfer/verify.ts';
import { agent, call, caller, fakeClient } from '../support/livekit.ts';

const UNREADABLE = 'unreadable';
/** The identity is gone, and the list of the room cannot be read. */
const UNLISTED = 'unlisted';
/** Who is in the room from a moment on, in ms; or that nobody can say. */
type Scene = readonly [fromMs: number, there: Participant[] | typeof UNREADABLE | typeof UNLISTED];

/** A room that changes as time goes by, and time that goes by only when somebody waits. */
function stage(scenes: readonly Scene[], { readMs = 0, stopAt = Number.POSITIVE_INFINITY } = {}) {
  let nowMs = 10_000;
  let reads = 0;
  const there = async (isList: boolean) => {
    reads += 1;
    const sinceMs = nowMs - 10_000;
    nowMs += readMs;
    const scene = scenes.findLast(([fromMs]) => sinceMs >= fromMs);
    if (scene === undefined) throw new Error('the first scene must start at 0');
    const seen = scene[1] === UNLISTED && !isList ? [] : scene[1];
    if (typeof seen === 'string') throw new KnownError('unreachable', 'no answer');
    return seen;
  };
  const client: LiveKitClient = fakeClient({
    listParticipants: () => there(true),
    getParticipant: async (_, identity) =>
      (await there(false)).find((each) => each.identity === identity) ?? null,
  });
  return {
    client,
    clock: {
      elapsed: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
      },
      stopped: () => nowMs - 10_000 >= stopAt,
    },
    sinceMs: () => nowMs - 10_000,
    reads: () => reads,
  };
}

const HERE = [caller(), agent()];
const GONE = [agent()];
/** The call has ended, and the SIP service has not left the room yet. */
const LEAVING = [
  caller({ attributes: { 'sip.callID': 'SCL_1', 'sip.callStatus': 'hangup' } }),
  agent(),
];
/** Another call that has the identity of the first. */
const SUCCESSOR = [caller({ attributes: { 'sip.callID': 'SCL_2' } }), agent()];
/** The same call under another identity. */
const RENAMED = [caller({ identity: 'sip_+15105550100_2' }), agent()];

async function watched(scenes: readonly Scene[], options?: Parameters<typeof stage>[1]) {
  const { client, clock, sinceMs } = stage(scenes, options);
  const observation = await watchLegLeave(client, call(), clock);
  return {
    leg: observation.leg,
    proof: evidenceOf(observation, false),
    onTrunkThatHangsUpFirst: evidenceOf(observation, true),
    room: observation.room?.map(({ identity }) => identity) ?? null,
    tookMs: sinceMs(),
  };
}

describe('after a reported success', () => {
  it.each<[string, Scene[], object]>([
    [
      'lingers about a second, then leaves',
      [
        [0, HERE],
        [1030, GONE],
      ],
      { leg: 'gone', proof: 'lingered' },
    ],
    [
      'lingers for three seconds, then leaves',
      [
        [0, HERE],
        [3000, GONE],
      ],
      { leg: 'gone', proof: 'lingered' },
    ],
    [
      'is gone at once',
      [[0, GONE]],
      { leg: 'gone', proof: null, onTrunkThatHangsUpFirst: 'trunk' },
    ],
    [
      'is gone within the half second',
      [
        [0, HERE],
        [450, GONE],
      ],
      { leg: 'gone', proof: null, onTrunkThatHangsUpFirst: 'trunk' },
    ],
    [
      'is being hung up at once, and takes its time',
      [
        [0, LEAVING],
        [1030, GONE],
      ],
      { leg: 'gone', proof: null, onTrunkThatHangsUpFirst: 'trunk' },
    ],
    [
      'lingers about a second, and is being hung up',
      [
        [0, HERE],
        [1000, LEAVING],
        [1200, GONE],
      ],
      { leg: 'gone', proof: 'lingered' },
    ],
    ['never leaves', [[0, HERE]], { leg: 'listed', proof: null, onTrunkThatHangsUpFirst: null }],
    [
      'cannot be read',
      [[0, UNREADABLE]],
      { leg: 'unread', proof: null, onTrunkThatHangsUpFirst: null },
    ],
    [
      'cannot be read, then is gone',
      [
        [0, UNREADABLE],
        [900, GONE],
      ],
      { leg: 'gone', proof: null },
    ],
    [
      'lingers, cannot be read, and is gone',
      [
        [0, HERE],
        [700, UNREADABLE],
        [1500, GONE],
      ],
      { leg: 'gone', proof: 'lingered' },
    ],
    [
      'lingers, and may be back under another identity: the list cannot be read',
      [
        [0, HERE],
        [700, UNLISTED],
      ],
      { leg: 'unread', proof: null, onTrunkThatHangsUpFirst: null, room: null },
    ],
    [
      'is gone at once, as far as can be seen without the list',
      [[0, UNLISTED]],
      { leg: 'unread', proof: null, onTrunkThatHangsUpFirst: null },
    ],
    [
      'lingers, then is gone, and the list is read late',
      [
        [0, HERE],
        [700, UNLISTED],
        [1500, GONE],
      ],
      { leg: 'gone', proof: 'lingered', room: ['agent-x'] },
    ],
    [
      'is back under another identity, as a late list shows',
      [
        [0, HERE],
        [700, UNLISTED],
        [1500, RENAMED],
      ],
      { leg: 'listed', proof: null },
    ],
    [
      'makes place for another call of the same identity',
      [[0, SUCCESSOR]],
      { leg: 'gone', proof: null },
    ],
    [
      'lingers and makes place for another call',
      [
        [0, HERE],
        [1030, SUCCESSOR],
      ],
      { leg: 'gone', proof: 'lingered' },
    ],
    ['is back under another identity', [[0, RENAMED]], { leg: 'listed', proof: null }],
    [
      'lingers under another identity, then leaves',
      [
        [0, RENAMED],
        [1030, GONE],
      ],
      { leg: 'gone', proof: 'lingered' },
    ],
    ['has a room that is closed at once', [[0, []]], { leg: 'gone', proof: null, room: [] }],
  ])('the leg %s', async (_, scenes, expected) => {
    expect(await watched(scenes)).toMatchObject(expected);
  });

  it('tells who is left in the room', async () => {
    expect(
      (
        await watched([
          [0, HERE],
          [1030, GONE],
        ])
      ).room,
    ).toEqual(['agent-x']);
  });

  it('looks for some seconds and no longer', async () => {
    const { tookMs } = await watched([[0, HERE]]);
    expect(tookMs).toBeGreaterThanOrEqual(3000);
    expect(tookMs).toBeLessThan(6000);
  });

  it('sees a leg leave within a quarter of a second', async () => {
    expect(
      (
        await watched([
          [0, HERE],
          [1030, GONE],
        ])
      ).tookMs,
    ).toBeLessThan(1280);
  });

  it('counts a slow look from when it was asked, and claims no more', async () => {
    // The look asked at 0 ms comes back at 600 ms, and tells of some moment in between.
    const slow = { readMs: 600 };
    expect(
      (
        await watched(
          [
            [0, HERE],
            [1, GONE],
          ],
          slow,
        )
      ).proof,
    ).toBeNull();
    expect(
      (
        await watched(
          [
            [0, HERE],
            [1100, GONE],
          ],
          slow,
        )
      ).proof,
    ).toBe('lingered');
  });

  it.each([0, 300, 1000])('stops looking when somebody leaves after %d ms', async (stopAt) => {
    const { leg, proof, tookMs } = await watched([[0, HERE]], { stopAt });
    expect(leg).toBe('listed');
    expect(proof).toBeNull();
    expect(tookMs).toBeLessThan(stopAt + 250);
  });

  it('lets a bug be a bug', async () => {
    const { clock } = stage([[0, HERE]]);
    const broken = fakeClient({ getParticipant: () => Promise.reject(new TypeError('a bug')) });
    await expect(watchLegLeave(broken, call(), clock)).rejects.toThrow('a bug');
  });
});

describe('the half second', () => {
  const seen = (
    lastListedMs: number | null,
    leg: LegObservation['leg'] = 'gone',
  ): LegObservation => ({
    leg,
    lastListedMs,
    room: [],
  });
  it.each<[LegObservation, boolean, string | null]>([
    [seen(null), false, null],
    [seen(0), false, null],
    [seen(499), false, null],
    [seen(500), false, 'lingered'],
    [seen(1030), false, 'lingered'],
    [seen(null), true, 'trunk'],
    [seen(499), true, 'trunk'],
    [seen(500), true, 'lingered'],
    [seen(4000, 'listed'), true, null],
    [seen(null, 'unread'), true, null],
    [seen(900, 'unread'), true, null],
  ])('%j on a trunk that hangs up first: %s → %s', (observation, hangsUpFirst, evidence) => {
    expect(evidenceOf(observation, hangsUpFirst)).toBe(evidence);
  });
});

describe('after anything else', () => {
  it.each<[string, Scene[], LegObservation['leg']]>([
    ['stays', [[0, HERE]], 'listed'],
    ['is gone', [[0, GONE]], 'gone'],
    [
      'is dropped by the provider a moment later',
      [
        [0, HERE],
        [600, GONE],
      ],
      'gone',
    ],
    ['is there under another identity', [[0, RENAMED]], 'listed'],
    ['made place for another call', [[0, SUCCESSOR]], 'gone'],
    ['cannot be read at all', [[0, UNREADABLE]], 'unread'],
    [
      'cannot be read at first',
      [
        [0, UNREADABLE],
        [600, HERE],
      ],
      'listed',
    ],
    [
      'cannot be read a second time',
      [
        [0, HERE],
        [600, UNREADABLE],
      ],
      'unread',
    ],
  ])('a leg that %s', async (_, scenes, leg) => {
    const { client, clock } = stage(scenes);
    expect((await readLegAfterFailure(client, call(), clock)).leg).toBe(leg);
  });

  it('is read twice, soon where it is gone already: one list may lag', async () => {
    const staying = stage([[0, HERE]]);
    await readLegAfterFailure(staying.client, call(), staying.clock);
    const leaving = stage([[0, GONE]]);
    await readLegAfterFailure(leaving.client, call(), leaving.clock);
    expect([staying.reads(), leaving.reads()]).toEqual([2, 2]);
    const missed = stage([
      [0, GONE],
      [100, HERE],
    ]);
    expect((await readLegAfterFailure(missed.client, call(), missed.clock)).leg).toBe('listed');
    expect(missed.reads()).toBe(3);
    const late = stage([
      [0, HERE],
      [2900, GONE],
      [3100, HERE],
    ]);
    expect((await readLegAfterFailure(late.client, call(), late.clock)).leg).toBe('listed');
  });

  it('is not read again when somebody leaves', async () => {
    const { client, clock, sinceMs } = stage([[0, HERE]], { stopAt: 0 });
    expect((await readLegAfterFailure(client, call(), clock)).leg).toBe('listed');
    expect(sinceMs()).toBe(0);
  });

  it('proves nothing about success', async () => {
    const { client } = stage([[0, GONE]]);
    expect(evidenceOf(await observeRoom(client, call()), false)).toBeNull();
  });
});
