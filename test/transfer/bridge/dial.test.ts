/** A dial on a clock of the test's own: who is left ringing, or alone, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { KnownError } from '../../../src/core/errors.ts';
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
  { room = new BridgeRoom(), watches = true, steady = () => {} } = {},
) {
  // LiveKit shows the target as soon as it rings.
  room.at(100, () => {
    if (room.dials > 0) room.add(target('ringing'));
  });
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
      steady: async () => {
        steady();
        return room.client;
      },
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

describe('while the connection for the dial is made', () => {
  const MINUTE_MS = 60_000;

  it('a signal gives it up: nothing was sent, and nothing is', async () => {
    const { room, tried } = await dial((it) => {
      it.connectsAfterMs = 9000;
      it.at(2000, () => {
        it.signal = 'SIGINT';
      });
    });
    expect(tried).toEqual({ kind: 'unsent' });
    expect(room.nowMs).toBeLessThan(4000);
    await room.rest(MINUTE_MS);
    expect({ dials: room.dials, removed: room.removed }).toEqual({ dials: 0, removed: [] });
  });

  it('a caller who hangs up ends it: nobody is called for them', async () => {
    const { room, tried } = await dial((it) => {
      it.connectsAfterMs = 9000;
      it.at(2000, () => it.remove(CALLER));
    });
    expect(tried).toMatchObject({ cause: 'caller-left', observation: { leg: 'gone' } });
    expect(room.nowMs).toBeLessThan(6000);
    await room.rest(MINUTE_MS);
    expect(room.dials).toBe(0);
  });

  it('once it stands, the answer is waited for', async () => {
    const { room, tried } = await dial((it) => {
      it.connectsAfterMs = 1000;
      it.at(5000, picksUp(it));
    });
    expect(tried).toMatchObject({ cause: 'none' });
    expect(room.dials).toBe(1);
  });
});

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

  it('the agent stays until the target is seen to be up', async () => {
    const room = new BridgeRoom();
    const seen: (string | undefined)[] = [];
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = (name, identity) => {
      seen.push(room.people.get(TARGET)?.attributes.get('sip.callStatus'));
      return remove(name, identity);
    };
    const late = (it: BridgeRoom) => {
      it.at(5000, () => it.answer(OK));
      it.at(5700, () => it.add(target()));
    };
    const { tried } = await dial(late, { room });
    expect(tried).toMatchObject({ cause: 'none', bridge: { removedAgents: ['agent-x'] } });
    expect(seen).toEqual(['active']);
  });

  it('a target that is listed as leaving has not taken the call: the agent stays', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.add(target('hangup'));
        it.answer(OK);
      });
    });
    expect(tried).toMatchObject({ cause: 'target-left', bridge: { removedAgents: [] } });
    expect(room.removed).not.toContain('agent-x');
  });

  it('beside a target that is never shown to be up the agent stays', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.add(target(''));
        it.answer(OK);
      });
    });
    expect(tried).toMatchObject({
      cause: 'none',
      bridge: { removedAgents: [], stayingAgents: ['agent-x'] },
    });
    expect(room.removed).toEqual([]);
  });

  describe('LiveKit says so too early', () => {
    const early = (it: BridgeRoom) => it.at(300, () => it.answer(OK));

    it('the agent stays while it rings, and goes once the target is there', async () => {
      const { tried, room } = await dial((it) => {
        early(it);
        it.at(20_000, () => {
          expect(it.removed).toEqual([]);
          it.add(target());
        });
      });
      expect(tried).toMatchObject({ cause: 'none', bridge: { removedAgents: ['agent-x'] } });
      expect(room.dials).toBe(1);
    });

    it('one who never picks up did not answer', async () => {
      const { tried, room } = await dial((it) => {
        early(it);
        it.at(20_000, () => it.remove(TARGET));
      });
      expect(tried).toMatchObject({ cause: 'no-answer', bridge: { removedAgents: [] } });
      expect(room.people.has('agent-x')).toBe(true);
    });

    it('Ctrl-C ends the ringing', async () => {
      const { tried, room } = await dial((it) => {
        early(it);
        it.at(5000, () => {
          it.signal = 'SIGINT';
        });
      });
      expect(tried).toEqual({ kind: 'interrupted', cancelled: true });
      expect(room.people.has(TARGET)).toBe(false);
    });
  });

  it('an agent whose removal LiveKit did not answer is looked for', async () => {
    const room = new BridgeRoom();
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = async (name, identity) => {
      await remove(name, identity);
      throw new KnownError('server', 'LiveKit is away.');
    };
    const { tried } = await dial((it) => it.at(5000, picksUp(it)), { room });
    expect(tried).toMatchObject({
      cause: 'none',
      bridge: { removedAgents: ['agent-x'], stayingAgents: [] },
    });
    expect(tried).toMatchObject({ bridge: { present: [CALLER, TARGET] } });
  });

  it('a target who hangs up while the room cannot be read has not taken the call', async () => {
    const room = new BridgeRoom();
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = async (name, identity) => {
      const removed = await remove(name, identity);
      room.remove(TARGET);
      room.away = identity === 'agent-x';
      room.at(room.nowMs + 3000, () => {
        room.away = false;
      });
      return removed;
    };
    const { tried } = await dial((it) => it.at(5000, picksUp(it)), { room, watches: false });
    expect(tried).toMatchObject({ cause: 'target-left', bridge: { removedAgents: ['agent-x'] } });
  });

  it('a room that cannot be read after the agents have gone shows nobody', async () => {
    const room = new BridgeRoom();
    const remove = room.client.removeParticipant;
    room.client.removeParticipant = async (name, identity) => {
      const removed = await remove(name, identity);
      room.away = true;
      return removed;
    };
    const { tried } = await dial((it) => it.at(5000, picksUp(it)), { room });
    expect(tried).toMatchObject({
      cause: 'none',
      observation: { leg: 'unread' },
      bridge: { removedAgents: ['agent-x'], present: null },
    });
  });

  it('a LiveKit that comes back lists the caller late: the target is not hung up on', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.away = true;
        picksUp(it)();
      });
      it.at(9000, () => {
        it.away = false;
        it.remove(CALLER);
      });
      it.at(12_000, () => it.add(caller()));
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

  it('a LiveKit that comes back lists the caller late: the target rings on', async () => {
    const { tried, room } = await dial((it) => {
      it.at(3000, () => {
        it.away = true;
      });
      it.at(9000, () => {
        it.away = false;
        it.remove(CALLER);
      });
      it.at(12_000, () => it.add(caller()));
      it.at(15_000, picksUp(it));
    });
    expect(tried).toMatchObject({ cause: 'none' });
    expect(room.removed).toEqual(['agent-x']);
  });

  it('Ctrl-C before the dial: nobody is called', async () => {
    const room = new BridgeRoom();
    const { tried } = await dial(() => {}, {
      room,
      steady: () => {
        room.signal = 'SIGINT';
      },
    });
    expect(tried).toEqual({ kind: 'unsent' });
    expect(room.dials).toBe(0);
  });

  it('a target that cannot be hung up on is not said to be', async () => {
    const room = new BridgeRoom();
    room.deaf = true;
    const { tried } = await dial((it) => it.at(5000, () => it.remove(CALLER)), { room });
    expect(tried).toMatchObject({ cause: 'still-there', observation: { leg: 'gone' } });
  });

  it('a target that cannot be removed is not said to be gone by one list that lacks it', async () => {
    const room = new BridgeRoom();
    room.client.removeParticipant = async (_name, identity) => {
      // LiveKit is coming back: it takes nobody off, and lists the target again in a moment.
      room.removed.push(identity);
      if (room.removed.length === 1) room.remove(identity);
      room.at(room.nowMs + 300, () => room.add(target()));
      throw new KnownError('server', 'LiveKit is away.');
    };
    const { tried } = await dial(
      (it) =>
        it.at(5000, () => {
          it.remove(CALLER);
          picksUp(it)();
        }),
      { room },
    );
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

  it('one who has answered all the same stays, though one look lacks the caller', async () => {
    const { tried, room } = await dial((it) => {
      it.at(5000, () => {
        it.add(target());
        it.remove(CALLER);
        it.at(5200, () => it.add(caller()));
        it.answer(failure('ECONNRESET', true));
      });
    });
    expect(tried).toMatchObject({ cause: 'none', bridge: { removedAgents: ['agent-x'] } });
    expect(room.people.has(TARGET)).toBe(true);
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
