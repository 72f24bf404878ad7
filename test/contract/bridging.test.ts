/**
 * Every captured answer around a bridge, replayed: somebody dialled into a caller's room, hang-ups,
 * dispatches of agents, and RPC. The same status, content type and body, names and ids apart, after
 * about the same time.
 */
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Era } from '../../src/sandbox/server.ts';
import type { PlacedBridge } from './behaviours.ts';
import { bridgeWhich, type Place } from './caller-source.ts';
import { bridgeAnswers, type CapturedAnswer, captured } from './captured-answers.ts';
import {
  ALL_ERAS,
  type Answer,
  bearer,
  call,
  expectLike,
  inBrackets,
  isSandbox,
  SPEED,
  send,
} from './livekit-under-test.ts';

const TARGET = 'target-1';
const NOBODY = 'nobody-at-all';
const NO_ROOM = `contract-no-room-${process.pid}`;

type Bridge = Place & PlacedBridge;

const dial = ({ livekit, room, trunkId, callTo }: Bridge, more: object = {}): Promise<Answer> =>
  call(livekit, 'SIP/CreateSIPParticipant', {
    sip_trunk_id: trunkId,
    sip_call_to: callTo,
    room_name: room,
    participant_identity: TARGET,
    wait_until_answered: true,
    ringing_timeout: '60s',
    max_call_duration: '120s',
    ...more,
  });

const remove = ({ livekit, room }: Bridge, identity: string): Promise<Answer> =>
  call(livekit, 'RoomService/RemoveParticipant', { room, identity }, room);

const dispatched = ({ livekit, room }: Bridge): Promise<Answer> => {
  const metadata = '{"why":"rescue"}';
  const request = { room, agent_name: 'nobody-serves-this', metadata };
  return call(livekit, 'AgentDispatchService/CreateDispatch', request, room);
};

const rpc = ({ livekit, room }: Bridge, identity: string): Promise<Answer> => {
  const request = { room, destination_identity: identity, method: 'lk-transfer.ready' };
  return call(livekit, 'RoomService/PerformRpc', request, room);
};

interface Seen {
  identity: string;
  kind: string;
  attributes: Record<string, string>;
}

async function seenIn({ livekit, room }: Bridge): Promise<Seen[]> {
  return JSON.parse((await call(livekit, 'RoomService/ListParticipants', { room }, room)).body)
    .participants;
}

const PATIENTLY = { timeout: 15_000, interval: 50 };

/** Waits until the target rings, so that there is somebody to remove. */
const untilRinging = (bridge: Bridge) =>
  vi.waitFor(async () => {
    const target = (await seenIn(bridge)).find(({ identity }) => identity === TARGET);
    expect(target?.attributes['sip.callStatus']).toBe('ringing');
  }, PATIENTLY);

/** Dials somebody who rings, and removes them. */
async function cancelled(
  bridge: Bridge,
): Promise<{ removal: Answer; dialled: () => Promise<Answer> }> {
  const pending = dial(bridge);
  await untilRinging(bridge);
  return { removal: await remove(bridge, TARGET), dialled: () => pending };
}

interface Row {
  behaviour: string;
  /** How long it takes is the doing of whoever asks. */
  isUntimed?: boolean;
  /** Brings about what comes before the request that was captured. */
  before?(bridge: Bridge): Promise<unknown>;
  /** @param prior what `before` made */
  ask(bridge: Bridge, prior: unknown): Promise<Answer>;
}

const idOf = (prior: unknown): string => JSON.parse((prior as Answer).body).id;

const LIST = 'AgentDispatchService/ListDispatch';
const DELETE = 'AgentDispatchService/DeleteDispatch';

const ROWS: Readonly<Record<string, Row>> = {
  'CreateDispatch of an agent name that nobody serves': {
    behaviour: 'bridge-answers',
    ask: dispatched,
  },
  "ListDispatch 2 s later: no job, so no worker took it; the entry with an empty name is LiveKit's own automatic dispatch":
    {
      behaviour: 'bridge-answers',
      before: dispatched,
      ask: ({ livekit, room }) => call(livekit, LIST, { room }, room),
    },
  DeleteDispatch: {
    behaviour: 'bridge-answers',
    before: dispatched,
    ask: ({ livekit, room }, prior) =>
      call(livekit, DELETE, { room, dispatch_id: idOf(prior) }, room),
  },
  'DeleteDispatch of one that is not there': {
    behaviour: 'bridge-answers',
    ask: ({ livekit, room }) => call(livekit, DELETE, { room, dispatch_id: 'AD_none' }, room),
  },
  'CreateDispatch for a room that does not exist': {
    behaviour: 'bridge-answers',
    ask: ({ livekit }) => {
      const request = { room: NO_ROOM, agent_name: 'x' };
      return call(livekit, 'AgentDispatchService/CreateDispatch', request, NO_ROOM);
    },
  },
  'ListDispatch for a room that does not exist': {
    behaviour: 'bridge-answers',
    ask: ({ livekit }) => call(livekit, LIST, { room: `${NO_ROOM}-2` }, `${NO_ROOM}-2`),
  },
  'PerformRpc to a participant that has no such method': {
    behaviour: 'bridge-answers',
    ask: async (bridge) => {
      const other = (await seenIn(bridge)).find(({ kind }) => kind !== 'SIP');
      return rpc(bridge, other?.identity ?? '');
    },
  },
  'PerformRpc to an identity that is not in the room': {
    behaviour: 'bridge-answers',
    ask: (bridge) => rpc(bridge, NOBODY),
  },
  'PerformRpc without roomAdmin': {
    behaviour: 'bridge-answers',
    ask: ({ livekit, room }) => {
      const request = { room, destination_identity: NOBODY, method: 'x' };
      const authorization = bearer(livekit, { sip: { call: true } });
      const path = '/twirp/livekit.RoomService/PerformRpc';
      return send(livekit, path, JSON.stringify(request), { authorization });
    },
  },
  "CreateSIPParticipant into the caller's room: the target answers": {
    behaviour: 'bridge-answers',
    ask: (bridge) => dial(bridge),
  },
  'CreateSIPParticipant with an identity that is in the room already': {
    behaviour: 'bridge-answers',
    before: (bridge) => dial(bridge),
    ask: (bridge) => dial(bridge),
  },
  '… the target is busy': { behaviour: 'bridge-busy-486', ask: (bridge) => dial(bridge) },
  '… the target does not answer within ringing_timeout 4s': {
    behaviour: 'bridge-rings',
    ask: (bridge) => dial(bridge, { ringing_timeout: '4s' }),
  },
  'RemoveParticipant of the target while it rings (CANCEL on the wire)': {
    behaviour: 'bridge-rings',
    ask: async (bridge) => {
      const { removal, dialled } = await cancelled(bridge);
      await dialled();
      return removal;
    },
  },
  '… and what the dial then answers': {
    behaviour: 'bridge-rings',
    isUntimed: true,
    before: cancelled,
    ask: (_, prior) => (prior as Awaited<ReturnType<typeof cancelled>>).dialled(),
  },
  '… no such trunk': {
    behaviour: 'bridge-answers',
    ask: (bridge) => dial(bridge, { sip_trunk_id: 'ST_nobody' }),
  },
  'RemoveParticipant of an active caller (BYE on the wire)': {
    behaviour: 'bridge-answers',
    ask: (bridge) => remove(bridge, bridge.identity),
  },
  'RemoveParticipant of one that is gone': {
    behaviour: 'bridge-answers',
    before: (bridge) => remove(bridge, bridge.identity),
    ask: (bridge) => remove(bridge, bridge.identity),
  },
  'RemoveParticipant of an inbound caller who still rings (the caller gets SIP 486)': {
    behaviour: 'bridge-of-ringing-caller',
    ask: (bridge) => remove(bridge, bridge.identity),
  },
};

/** The same text for any room, at any time, whatever the random ids. */
function anywhere<Text extends Pick<Answer, 'body'>>(answer: Text): Text {
  const body = answer.body
    .replace(/(PA|SCL|AD)_[0-9A-Za-z]{12}/g, '$1_')
    .replace(/"(room|room_name)":"[^"]*"/g, '"$1":""')
    .replace(/"created_at":"\d{19}"/g, '"created_at":""');
  return { ...answer, body: inOneOrder(body) };
}

/** Dispatches come in any order from a real LiveKit. */
function inOneOrder(body: string): string {
  if (isSandbox || !body.startsWith('{"agent_dispatches":')) return body;
  const { agent_dispatches: all } = JSON.parse(body) as {
    agent_dispatches: { agent_name: string }[];
  };
  const sorted = all.toSorted((one, other) => one.agent_name.localeCompare(other.agent_name));
  return JSON.stringify({ agent_dispatches: sorted });
}

/** The calls of a room, as `after` tells of them: `SIP:active`. */
const callsIn = (people: readonly string[]): string[] =>
  people.filter((each) => each.startsWith('SIP:')).toSorted();

function callsAfter({ after = '' }: CapturedAnswer): string[] {
  return callsIn(after.split(' ').map((each) => each.slice(each.indexOf(':') + 1)));
}

async function callsNow(bridge: Bridge): Promise<string[]> {
  const seen = await seenIn(bridge);
  return callsIn(seen.map(({ kind, attributes }) => `${kind}:${attributes['sip.callStatus']}`));
}

/** Shorter times than this are those of a machine, and not LiveKit's. */
const TELLING_MS = 1_000;

/** The eras of the server that was captured; the one whose name nobody knows is held against it, too. */
const ERAS = ALL_ERAS.filter((era) => era === null || era.startsWith('1.13.11'));

const cases = bridgeAnswers.flatMap((expected) =>
  ERAS.map((era) => [`${expected.case}${inBrackets(era)}`, expected, era] as const),
);

/** Where the era is not known, who is busy may be told under the status of an earlier one. */
function inEra(expected: CapturedAnswer, era: Era | null): CapturedAnswer[] {
  const isOfBusy = era === null && expected.case === '… the target is busy';
  return isOfBusy ? [expected, captured('dial: INVITE answered 486')] : [expected];
}

async function replay(expected: CapturedAnswer, era: Era | null, context: TestContext) {
  const row = ROWS[expected.case];
  if (!row) throw new Error(`Nothing brings about "${expected.case}"`);
  const bridge = await bridgeWhich(row.behaviour, context, { era });
  // A real LiveKit outlives the test: nobody is left on its phones, and no room.
  context.onTestFinished(async () => {
    await remove(bridge, TARGET).catch(() => {});
    await call(bridge.livekit, 'RoomService/DeleteRoom', { room: NO_ROOM }).catch(() => {});
  });
  // From before whatever brings it about: the answer to that may be late on a busy machine.
  const started = performance.now();
  const prior = await row.before?.(bridge);
  const answer = await row.ask(bridge, prior);
  const took = (performance.now() - started) * SPEED;
  return { bridge, answer, took: row.isUntimed ? null : took };
}

describe.concurrent('in somebody’s room, a captured', () => {
  it.for(cases)('%s', async ([, expected, era], context) => {
    const { bridge, answer, took } = await replay(expected, era, context);
    expectLike(anywhere(answer), inEra(expected, era).map(anywhere), era);
    if (expected.ms > TELLING_MS && took !== null) expect(took).toBeGreaterThan(expected.ms * 0.9);
    if (expected.after !== undefined) {
      // A list may lag behind the answer.
      await vi.waitFor(
        async () => expect(await callsNow(bridge)).toEqual(callsAfter(expected)),
        PATIENTLY,
      );
    }
  });

  it('answer is one of these, and no other', () => {
    const names = bridgeAnswers.map((each) => each.case);
    expect(Object.keys(ROWS).toSorted()).toEqual(names.toSorted());
  });
});
