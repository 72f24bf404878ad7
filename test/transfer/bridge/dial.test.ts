/** A dial on a clock of the test's own: who is left ringing, or alone, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { dialTarget } from '../../../src/transfer/bridge/dial.ts';
import type { BridgePlan } from '../../../src/transfer/bridge/dial-plan.ts';
import { agent, call, caller } from '../../support/livekit.ts';
import { answer, failure, twirp } from '../answers.ts';
import { plan } from '../plans.ts';
import { BridgeRoom, TARGET, target } from './room.ts';

const BRIDGE: BridgePlan = {
  trunkId: 'ST_out',
  trunkName: 'Out',
  number: '100',
  from: null,
  longestMs: 7_200_000,
  mediaTimeoutMs: 300_000,
  keepsAgent: false,
  answersCaller: false,
};
const CALLER = caller().identity;
const OK = answer(200, { sip_call_id: 'SCL_t' });
const TIMED_OUT = twirp(408, 'canceled', 'sip request timed out');

async function dial(
  happens: (room: BridgeRoom) => void,
  { room = new BridgeRoom(), watches = true } = {},
) {
  // LiveKit shows the target as soon as it rings.
  room.at(100, () => room.add(target('ringing')));
  happens(room);
  const tried = await dialTarget({ request: plan().request, bridge: BRIDGE }, call(), {
    clock: { now: room.now, elapsed: room.elapsed, sleep: room.rest },
    interruption: {
      get signal() {
        return room.signal;
      },
    },
    isAgent: () => false,
    speed: 1,
    means: {
      steady: async () => room.client,
      pause: room.rest,
      newIdentity: () => TARGET,
      watches,
    },
  });
  return { room, tried };
}

/** The target picks up. */
const picksUp = (it: BridgeRoom) => () => {
  it.add(target());
  it.answer(OK);
};

describe('the target answers', () => {
  it('the two are together, and the agent goes', async () => {
    const { room, tried } = await dial((it) => it.at(5000, picksUp(it)));
    expect(tried).toMatchObject({ cause: 'none', bridge: { removedAgents: ['agent-x'] } });
    expect([...room.people.keys()].sort()).toEqual([TARGET, CALLER].sort());
    expect(room.dials).toBe(1);
  });

  it('an agent that serves another caller in the room stays', async () => {
    const other = caller({ identity: 'sip_other', attributes: { 'sip.callID': 'SCL_2' } });
    const room = new BridgeRoom(caller(), other, agent());
    const { tried } = await dial((it) => it.at(5000, picksUp(it)), { room });
    expect(tried).toMatchObject({
      cause: 'none',
      bridge: { removedAgents: [], stayingAgents: ['agent-x'] },
    });
    expect(room.removed).toEqual([]);
  });

  it('misses of the caller are not counted for the target', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.remove(CALLER);
        picksUp(it)();
      });
      it.at(5300, () => {
        it.add(caller({ identity: 'sip_again' }));
        it.remove(TARGET);
      });
      it.at(5700, () => it.add(target()));
    });
    expect(tried).toMatchObject({ cause: 'none' });
    expect(room.people.has(TARGET)).toBe(true);
  });

  it('a room that cannot be read for some seconds is waited for', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.away = true;
        picksUp(it)();
      });
      it.at(20_000, () => {
        it.away = false;
      });
    });
    expect(tried).toMatchObject({ cause: 'none' });
    expect(room.removed).toEqual(['agent-x']);
  });

  it('a caller who hangs up while the agent goes leaves no target behind', async () => {
    const room = new BridgeRoom();
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = (name, identity) => {
      room.remove(CALLER);
      return remove(name, identity);
    };
    const { tried } = await dial((it) => it.at(5000, picksUp(it)), { room, watches: false });
    expect(tried).toMatchObject({ cause: 'caller-left', bridge: { since: null } });
    expect(room.people.size).toBe(0);
  });

  it('and a target who hangs up while the agent goes has not taken the call', async () => {
    const room = new BridgeRoom();
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = (name, identity) => {
      room.remove(TARGET);
      return remove(name, identity);
    };
    const { tried } = await dial((it) => it.at(5000, picksUp(it)), { room, watches: false });
    expect(tried).toMatchObject({
      cause: 'target-left',
      observation: { leg: 'listed' },
      bridge: { removedAgents: ['agent-x'] },
    });
  });
});

describe('LiveKit’s answer is lost', () => {
  it('and the target joined: the two are together, and the target is not hung up on', async () => {
    const { room, tried } = await dial((it) =>
      it.at(5000, () => {
        it.add(target());
        it.answer(failure('ECONNRESET', true));
      }),
    );
    expect(tried).toMatchObject({ cause: 'none', bridge: { removedAgents: ['agent-x'] } });
    expect([...room.people.keys()].sort()).toEqual([TARGET, CALLER].sort());
    expect(room.dials).toBe(1);
  });

  it('and the target rings: it is hung up on, and dialled no more', async () => {
    const { room, tried } = await dial((it) =>
      it.at(5000, () => it.answer(failure('ECONNRESET', true))),
    );
    expect(tried).toMatchObject({ cause: 'lost', observation: { leg: 'listed' } });
    expect(room.people.has(TARGET)).toBe(false);
    expect(room.dials).toBe(1);
  });
});

describe('the ringing is stopped', () => {
  /** A target that is removed while it rings ends the dial. */
  const cancels = (room: BridgeRoom) => {
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = (name, identity) => {
      if (identity === TARGET) room.answer(TIMED_OUT);
      return remove(name, identity);
    };
    return room;
  };

  it('a caller who hangs up', async () => {
    const room = cancels(new BridgeRoom());
    const { tried } = await dial((it) => it.at(5000, () => it.remove(CALLER)), { room });
    expect(tried).toMatchObject({ cause: 'caller-left', observation: { leg: 'gone' } });
    expect(room.people.has(TARGET)).toBe(false);
  });

  it('a target that cannot be hung up on is not said to be', async () => {
    const room = new BridgeRoom();
    room.deaf = true;
    const { tried } = await dial((it) => it.at(5000, () => it.remove(CALLER)), { room });
    expect(tried).toMatchObject({ cause: 'still-there', observation: { leg: 'gone' } });
  });

  it('a target who answers in the moment of Ctrl-C is hung up on', async () => {
    const { tried, room } = await dial((it) =>
      it.at(5000, () => {
        it.signal = 'SIGINT';
        it.at(5200, picksUp(it));
      }),
    );
    expect(tried).toMatchObject({ kind: 'interrupted', cancelled: true });
    expect([...room.people.keys()].sort()).toEqual(['agent-x', CALLER].sort());
  });

  it('a target that comes about after its first removal is removed again', async () => {
    const room = new BridgeRoom();
    const { tried } = await dial(
      (it) => {
        it.at(5000, () => it.answer(failure('ECONNRESET', true)));
        it.at(5800, () => it.add(target()));
      },
      { room },
    );
    expect(tried).toMatchObject({ cause: 'lost' });
    expect(room.people.has(TARGET)).toBe(false);
  });

  it('LiveKit away for twenty seconds: the target does not ring on', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.away = true;
        it.answer(failure('ECONNRESET', true));
      });
      it.at(25_000, () => {
        it.away = false;
      });
    });
    expect(tried).toMatchObject({ cause: 'lost', observation: { leg: 'listed' } });
    expect(room.people.has(TARGET)).toBe(false);
  });

  it('LiveKit waits no longer, and the target rings on: it is hung up on, and nobody answered', async () => {
    const late = twirp(408, 'deadline_exceeded', 'request timed out');
    const { tried, room } = await dial((it) => it.at(80_000, () => it.answer(late)));
    expect(tried).toMatchObject({ cause: 'no-answer', observation: { leg: 'listed' } });
    expect(room.people.has(TARGET)).toBe(false);
    const soon = await dial((it) => it.at(3000, () => it.answer(late)));
    expect(soon.tried).toMatchObject({ cause: 'unlisted' });
    expect(soon.room.people.has(TARGET)).toBe(false);
  });

  it('no answer, and a room that cannot be read just then: it may ring on, and is hung up on', async () => {
    const { tried, room } = await dial((it) => {
      it.at(80_000, () => {
        it.away = true;
        it.answer(TIMED_OUT);
      });
      it.at(82_000, () => {
        it.away = false;
      });
    });
    expect(tried).toMatchObject({ cause: 'no-answer', observation: { leg: 'listed' } });
    expect(room.people.has(TARGET)).toBe(false);
  });
});
