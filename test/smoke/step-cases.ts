/** What is said while a test runs and when it is cleaned up, on a LiveKit of the tests' own. */
import { resolveSettings } from '../../src/config/settings.ts';
import { KnownError } from '../../src/core/errors.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import { CleanUp } from '../../src/smoke/clean-up.ts';
import type { SmokeContext, SmokeStep } from '../../src/smoke/context.ts';
import { planSmoke, type SmokeRequest, type SmokeTrunk } from '../../src/smoke/plan.ts';
import { runSmokeTest } from '../../src/smoke/run.ts';
import { NO_RECORD } from '../../src/transfer/result.ts';
import { agent, caller, fakeClient, NOW } from '../support/livekit.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';
import { arrived, clientOf, OURS, type Rooms } from './rooms.ts';
import { OUTBOUND } from './runs.ts';

const INBOUND: SmokeTrunk = { ...OUTBOUND, id: 'ST_in', name: 'in', numbers: [OURS] };
const RULES = { config: {}, settings: resolveSettings({ config: {} }) };
const TEST_ROOM = 'lk-transfer-smoke-room';

/** The leg that a test has dialled. */
function dialledLeg(): Participant {
  return caller({
    identity: 'lk-transfer-smoke',
    attributes: {
      'sip.callID': 'SCL_out',
      'sip.callIDFull': 'abc@10.0.0.1',
      'sip.phoneNumber': '+15105550177',
      'sip.trunkPhoneNumber': '+15105550009',
      'sip.trunkID': 'ST_out',
      'sip.ruleID': '',
    },
  });
}

/** What happens in LiveKit, and when. */
interface Script {
  title: string;
  request?: Partial<SmokeRequest>;
  rooms?: Rooms;
  /** Who is in the room of the test, and in others, once it was dialled. */
  dialled?: () => Rooms;
  dial?: SmokeContext['steady']['createSipParticipant'];
  /** After so many pauses somebody else's doing is seen. */
  meanwhile?: Rooms;
  /** What the transfer changes. */
  transferred?: () => Rooms;
  isStuck?: boolean;
}

const OUR_TARGET: Partial<SmokeRequest> = { to: OURS };
const cameFrom = (number: string) => ({ arrived: [arrived('SCL_in', number)] });

const SCRIPTS: readonly Script[] = [
  {
    title: 'A number is dialled, and an agent is there',
    dialled: () => ({ [TEST_ROOM]: [dialledLeg(), agent()] }),
  },
  { title: 'The target hangs up by itself', request: { endsItself: true } },
  { title: 'The dial fails', dial: async () => failure('ECONNREFUSED', false) },
  {
    title: 'Nothing can be removed',
    dial: async () => twirp(408, 'canceled', 'sip request timed out'),
    isStuck: true,
  },
  {
    title: 'The target is ours, and the call arrives',
    request: OUR_TARGET,
    transferred: () => cameFrom('+15105550177'),
  },
  { title: 'The target is ours, and no call arrives', request: OUR_TARGET },
  {
    title: 'The target is ours, and a room cannot be read',
    request: OUR_TARGET,
    rooms: { blind: 'unreadable' },
  },
  {
    title: 'A bridge test, and an agent is there',
    request: { transferMethod: 'bridge', to: null },
    dialled: () => ({ [TEST_ROOM]: [dialledLeg(), agent()] }),
  },
  {
    title: 'A bridge test, and the call ends by itself',
    request: { transferMethod: 'bridge', to: null },
    dialled: () => ({ [TEST_ROOM]: [] }),
  },
  {
    title: 'A bridge test, and the room cannot be read',
    request: { transferMethod: 'bridge', to: null },
    dialled: () => ({ [TEST_ROOM]: 'unreadable' }),
  },
  {
    title: 'Our own number is dialled',
    request: { method: 'loop', number: OURS },
    dialled: () => ({ [TEST_ROOM]: [dialledLeg()], ...cameFrom('+15105550009') }),
  },
  {
    title: 'A call is waited for, and comes to an agent',
    request: { method: 'live', trunk: null, number: OURS },
    meanwhile: { arrived: [arrived('SCL_in'), agent()] },
  },
  {
    title: 'A call is waited for where rooms cannot be read',
    request: { method: 'live', trunk: null, number: OURS },
    rooms: { one: 'unreadable', two: 'unreadable' },
  },
];

/** Runs a test on a LiveKit that does as the script says. */
async function follow(script: Script): Promise<SmokeStep[]> {
  const { request = {}, rooms = {}, isStuck = false } = script;
  const steps: SmokeStep[] = [];
  let elapsedMs = 0;
  const remove = async () => {
    if (isStuck) throw new KnownError('server', 'livekit.example.com did not answer.');
    for (const room of Object.keys(rooms)) if (rooms[room] !== 'unreadable') delete rooms[room];
  };
  const client = fakeClient({
    ...clientOf(rooms),
    createSipParticipant: async (asked) => {
      Object.assign(rooms, (script.dialled ?? (() => ({ [TEST_ROOM]: [dialledLeg()] })))());
      return script.dial === undefined ? answer(200, {}) : script.dial(asked);
    },
    getParticipant: async (room, identity) => {
      const present = await clientOf(rooms).listParticipants(room);
      return present.find((each) => each.identity === identity) ?? null;
    },
    // The leg is gone as soon as LiveKit has answered, long after somebody wonders.
    transfer: async (_, onSent) => {
      onSent?.();
      elapsedMs += 40_000;
      await new Promise((resolve) => setImmediate(resolve));
      await remove();
      Object.assign(rooms, script.transferred?.());
      return answer(200, {});
    },
    removeParticipant: async () => {
      await remove();
      return true;
    },
    deleteRoom: remove,
  });
  const test = planSmoke(
    {
      ...{
        name: { trunk: 'out', name: 'dial +15105550177 to +15105550100' },
        transferMethod: 'refer',
        method: 'outbound',
        trunk: OUTBOUND,
        number: '+15105550177',
        call: null,
      },
      ...{ to: '+15105550100', expected: null, endsItself: false },
      ...request,
    },
    { inbound: [INBOUND], outbound: [OUTBOUND] },
    { via: undefined, headers: {} },
    RULES,
  );
  await runSmokeTest(test, {
    client,
    steady: client,
    rules: RULES,
    isAgent: () => false,
    clock: {
      now: () => NOW,
      elapsed: () => elapsedMs,
      sleep: async (ms) => {
        elapsedMs += ms;
        Object.assign(rooms, script.meanwhile);
      },
    },
    speed: 1,
    interruption: {
      signal: null,
      abort: new AbortController().signal,
      happened: new Promise(() => {}),
    },
    record: NO_RECORD,
    earlierOf: async () => [],
    newRoomName: () => TEST_ROOM,
    ringingMs: 45_000,
    callWithinMs: 3000,
    tell: (step) => steps.push(step),
    onMade: () => {},
  });
  return steps;
}

export function stepCases(): Promise<[title: string, steps: SmokeStep[]][]> {
  return Promise.all(
    SCRIPTS.map(
      async (script): Promise<[string, SmokeStep[]]> => [script.title, await follow(script)],
    ),
  );
}

/** What could not be removed, a clause each. */
export async function leftBehindCases(): Promise<[title: string, left: string[]][]> {
  const no = () => Promise.reject(new KnownError('server', 'LiveKit did not answer.'));
  const means = {
    steady: fakeClient({ removeParticipant: no, deleteRoom: no, listParticipants: no }),
    isAgent: () => false,
    clock: { sleep: async () => {} },
    onMade: () => {},
  };
  const ended = new CleanUp(means);
  ended.addDialled({ room: 'dialled', identity: 'leg', dial: Promise.resolve(answer(200, {})) });
  const hanging = new CleanUp({
    ...means,
    steady: fakeClient({ removeParticipant: async () => true, deleteRoom: async () => {} }),
  });
  hanging.addDialled({ room: 'dialled', identity: 'leg', dial: new Promise(() => {}) });
  const came = new CleanUp(means);
  came.addArrived({ room: 'call-1', identity: 'sip_1', callId: 'SCL_1', isNewRoom: true });
  return [
    ['The leg that was dialled', await ended.run()],
    ['A dial that never ends', await hanging.run()],
    ['The leg that came in', await came.run()],
  ];
}
