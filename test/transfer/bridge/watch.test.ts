/** Who is hung up on, and who is not, when one of the two leaves. */
import { describe, expect, it } from 'vitest';
import { KnownError } from '../../../src/core/errors.ts';
import { type LegsSeen, watchBridge } from '../../../src/transfer/bridge/watch.ts';
import { AUDIO, agent, caller, participant } from '../../support/livekit.ts';
import { BridgeRoom, TARGET, target } from './room.ts';

const CALLER = caller().identity;

/** When the watch begins, by the wall clock. */
const BEGIN = Date.parse('2026-01-05T09:41:00Z');

async function watch(
  happens: (room: BridgeRoom) => void,
  room = new BridgeRoom(),
  since: string | null = null,
) {
  room.remove('agent-x');
  room.add(target());
  happens(room);
  const told: LegsSeen[] = [];
  const end = await watchBridge(
    'SCL_1',
    { room: 'room-1', identity: TARGET, since },
    {
      client: room.client,
      looks: room.client,
      isAgent: () => false,
      elapsed: room.elapsed,
      now: () => BEGIN + room.elapsed(),
      pause: room.rest,
      rest: room.rest,
      stopped: () => room.signal !== null,
      onSight: (sight) => told.push(sight),
    },
  );
  return { end, told, room };
}

describe('one of the two leaves', () => {
  it.each([
    ['caller', CALLER, TARGET],
    ['target', TARGET, CALLER],
  ])('the %s: the other is hung up on', async (leftFirst, one, other) => {
    const { end, room } = await watch((it) => it.at(9000, () => it.remove(one)));
    expect(end).toMatchObject({ leftFirst, other: 'hung-up' });
    expect(room.removed).toEqual([other]);
  });

  it.each([
    ['2026-01-05T09:31:00.000Z', 609_000],
    // By another machine's clock, or of a result that was kept without it.
    ['2026-01-05T09:51:00.000Z', 9000],
    ['soon', 9000],
    [null, 9000],
  ])('they have talked since %s: %i ms', async (since, atLeastMs) => {
    const leave = (it: BridgeRoom) => it.at(9000, () => it.remove(TARGET));
    const { end } = await watch(leave, new BridgeRoom(), since);
    expect(end?.durationMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(end?.durationMs).toBeLessThan(atLeastMs + 5000);
  });

  it('misses of the one are not counted for the other', async () => {
    const { end, room } = await watch((it) => {
      // Missing in one look: they are coming back under another identity.
      it.at(2000, () => it.remove(CALLER));
      it.at(2400, () => {
        it.add(caller({ identity: 'sip_again' }));
        it.remove(TARGET);
      });
      it.at(2900, () => it.add(target()));
      it.at(9000, () => it.remove(TARGET));
    });
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(end?.durationMs).toBeGreaterThan(9000);
    expect(room.removed).toEqual(['sip_again']);
  });

  it('LiveKit is away just then: the other is hung up on when it is back', async () => {
    const { end, room } = await watch((it) => {
      it.at(2000, () => it.remove(TARGET));
      it.at(2500, () => {
        it.away = true;
      });
      it.at(120_000, () => {
        it.away = false;
      });
    });
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(room.people.size).toBe(0);
  });

  it('a LiveKit of which every answer takes six seconds still shows it', async () => {
    const room = new BridgeRoom();
    const list = room.client.listParticipants;
    room.client.listParticipants = async (name) => {
      await room.rest(6000);
      return list(name);
    };
    const { end } = await watch((it) => it.at(20_000, () => it.remove(TARGET)), room);
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(end?.durationMs).toBeLessThan(60_000);
  });

  it('so does one that answers every other time', async () => {
    const room = new BridgeRoom();
    const list = room.client.listParticipants;
    let asked = 0;
    room.client.listParticipants = async (name) => {
      asked += 1;
      if (asked % 2 === 0) throw new KnownError('server', 'LiveKit is away.');
      return list(name);
    };
    const { end } = await watch((it) => it.at(20_000, () => it.remove(TARGET)), room);
    expect(end).toMatchObject({ leftFirst: 'target' });
    expect(end?.durationMs).toBeLessThan(60_000);
  });

  it('LiveKit goes away between seeing it and hanging up', async () => {
    let reads = 0;
    const room = new BridgeRoom();
    const list = room.client.listParticipants;
    room.client.listParticipants = (name) => {
      reads += 1;
      if (reads === 3) {
        room.away = true;
        room.at(room.nowMs + 60_000, () => {
          room.away = false;
        });
      }
      return list(name);
    };
    const { end } = await watch((it) => it.at(100, () => it.remove(TARGET)), room);
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(room.people.size).toBe(0);
  });

  it('Ctrl-C while LiveKit is away says that it is not known', async () => {
    const room = new BridgeRoom();
    room.client.removeParticipant = async () => {
      room.away = true;
      room.at(room.nowMs + 5000, () => {
        room.signal = 'SIGINT';
      });
      return true;
    };
    const { end } = await watch((it) => it.at(100, () => it.remove(TARGET)), room);
    expect(end).toMatchObject({ other: 'unknown' });
  });

  it('one who does not go is not said to be gone', async () => {
    const { end } = await watch((it) => {
      it.deaf = true;
      it.at(100, () => it.remove(TARGET));
    });
    expect(end).toMatchObject({ leftFirst: 'target', other: 'unknown' });
  });
});

/** Has something happen just before the n-th look. */
function atLook(room: BridgeRoom, ...happen: [look: number, () => void][]): void {
  const list = room.client.listParticipants;
  let looks = 0;
  room.client.listParticipants = (name) => {
    looks += 1;
    for (const [at, it] of happen) if (at === looks) it();
    return list(name);
  };
}

const AGAIN = caller({ identity: 'sip_again' });

describe('a caller who comes back under another identity', () => {
  it('after two looks, just before the target is hung up on: the two talk on', async () => {
    const room = new BridgeRoom();
    // Looks 2 and 3 decide; the fourth is the one before the hang-up.
    atLook(room, [2, () => room.remove(CALLER)], [4, () => room.add(AGAIN)]);
    const { end } = await watch((it) => it.at(30_000, () => it.remove('sip_again')), room);
    expect(end).toMatchObject({ leftFirst: 'caller', other: 'hung-up' });
    expect(end?.durationMs).toBeGreaterThan(30_000);
  });

  it('while they are hung up on is not said to be gone', async () => {
    const room = new BridgeRoom();
    atLook(
      room,
      [2, () => room.remove(TARGET)],
      [4, () => room.remove(CALLER)],
      [5, () => room.add(AGAIN)],
    );
    const { end } = await watch(() => {}, room);
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(room.people.size).toBe(0);
  });
});

describe('nobody is hung up on', () => {
  it.each([
    ['a person who talks', participant({ identity: 'lead', tracks: [AUDIO] }), 'with-others'],
    ['another target', target('active', 'lk-transfer-bridge-abc123-43-f01'), 'with-others'],
    ['an agent', agent(), 'with-agent'],
  ])('beside %s', async (_, other, what) => {
    const { end, room } = await watch((it) => {
      it.at(5000, () => it.add(other));
      it.at(9000, () => it.remove(TARGET));
    });
    expect(end).toMatchObject({ leftFirst: 'target', other: what });
    expect(room.removed).toEqual([]);
  });

  it.each([
    ['a recorder', participant({ identity: 'EG_1', kind: 'EGRESS', tracks: [AUDIO] })],
    ['somebody who only listens', participant({ identity: 'lead' })],
    ['a target that only rings', target('ringing', 'lk-transfer-bridge-abc123-43-f01')],
  ])('but beside %s they are alone', async (_, other) => {
    const { end } = await watch((it) => {
      it.at(5000, () => it.add(other));
      it.at(9000, () => it.remove(TARGET));
    });
    expect(end).toMatchObject({ other: 'hung-up' });
  });

  it('an agent keeps no target company whose caller has left', async () => {
    const { end } = await watch((it) => {
      it.at(5000, () => it.add(agent()));
      it.at(9000, () => it.remove(CALLER));
    });
    expect(end).toMatchObject({ leftFirst: 'caller', other: 'hung-up' });
  });

  it('nor does another target, which its own watcher hangs up on', async () => {
    const second = participant({
      identity: 'lk-transfer-bridge-abc123-43-f01',
      kind: 'SIP',
      attributes: { 'sip.callStatus': 'active', 'lk-transfer.caller': 'SCL_1' },
    });
    const { end, room } = await watch((it) => {
      it.at(5000, () => it.add(second));
      it.at(9000, () => it.remove(CALLER));
    });
    expect(end).toMatchObject({ leftFirst: 'caller', other: 'hung-up' });
    expect(room.removed).toEqual([TARGET]);
  });

  it.each([
    ['a person who talks', participant({ identity: 'lead', tracks: [AUDIO] })],
    ['the target of another caller', target('active', 'lk-transfer-bridge-abc123-43-f01')],
  ])('%s keeps a target company whose caller has left', async (_, other) => {
    const { end, room } = await watch((it) => {
      it.at(5000, () => it.add(other));
      it.at(9000, () => it.remove(CALLER));
    });
    expect(end).toMatchObject({ leftFirst: 'caller', other: 'with-others' });
    expect(room.removed).toEqual([]);
  });

  it('another call under the identity of the caller is a stranger', async () => {
    const { end, room } = await watch((it) => {
      it.at(5000, () => {
        it.remove(TARGET);
        it.add(caller({ attributes: { 'sip.callID': 'SCL_2' } }));
      });
    });
    expect(end).toMatchObject({ leftFirst: 'both', other: 'gone' });
    expect(room.removed).toEqual([]);
  });
});

describe('a LiveKit that comes back', () => {
  it('lists them one after the other: the call goes on', async () => {
    const { end, told, room } = await watch((it) => {
      it.at(3000, () => {
        it.away = true;
      });
      it.at(40_000, () => {
        it.away = false;
        it.remove(CALLER, TARGET);
      });
      it.at(42_000, () => it.add(caller()));
      it.at(46_000, () => it.add(target()));
      it.at(90_000, () => it.remove(CALLER));
    });
    expect(end).toMatchObject({ leftFirst: 'caller', other: 'hung-up' });
    expect(end?.durationMs).toBeGreaterThan(90_000);
    expect(told).toEqual(['unread', 'missing', 'both', 'missing']);
    expect(room.removed).toEqual([TARGET]);
  });

  it('one look before it was away and one after it do not make two', async () => {
    const room = new BridgeRoom();
    const { end } = await watch((it) => {
      it.at(1900, () => it.remove(CALLER));
      it.at(2100, () => {
        it.away = true;
      });
      it.at(40_000, () => {
        it.away = false;
      });
      it.at(44_000, () => it.add(AGAIN));
      it.at(90_000, () => it.remove('sip_again'));
    }, room);
    expect(end).toMatchObject({ leftFirst: 'caller', other: 'hung-up' });
    expect(end?.durationMs).toBeGreaterThan(90_000);
    expect(room.removed).toEqual([TARGET]);
  });

  it('one who is missing for long and another who is missing once do not make both', async () => {
    const { end, room } = await watch((it) => {
      it.at(3000, () => {
        it.away = true;
      });
      it.at(40_000, () => {
        it.away = false;
        it.remove(TARGET);
      });
      it.at(49_800, () => it.remove(CALLER));
      it.at(50_400, () => it.add(AGAIN));
    });
    expect(end).toMatchObject({ leftFirst: 'target', other: 'hung-up' });
    expect(room.removed).toEqual(['sip_again']);
  });

  it('an empty list for a moment is no end', async () => {
    const { end } = await watch((it) => {
      it.at(3000, () => it.remove(CALLER, TARGET));
      it.at(5500, () => it.add(caller(), target()));
      it.at(20_000, () => it.remove(CALLER, TARGET));
    });
    expect(end).toMatchObject({ leftFirst: 'both', other: 'gone' });
    expect(end?.durationMs).toBeGreaterThan(20_000);
  });
});

it('looks every two seconds, and no more', async () => {
  const { room } = await watch((it) => it.at(60_000, () => it.remove(CALLER, TARGET)));
  expect(room.reads).toBeLessThan(45);
});

it('a signal leaves the two as they are', async () => {
  const { end, room } = await watch((it) =>
    it.at(5000, () => {
      it.signal = 'SIGINT';
    }),
  );
  expect(end).toBeNull();
  expect(room.removed).toEqual([]);
});

it('a look that was given up for a signal is no lost connection', async () => {
  const room = new BridgeRoom();
  room.client.listParticipants = async () => {
    room.signal = 'SIGINT';
    throw new KnownError('server', 'given up');
  };
  const { end, told } = await watch(() => {}, room);
  expect({ end, told }).toEqual({ end: null, told: [] });
});
