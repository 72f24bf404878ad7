/** The demo: its trunks, the calls that come over them, and ready-made seeds. */
import { stableSuffix } from '../world/participants.ts';
import type {
  AgentSeed,
  CallerSeed,
  ParticipantSeed,
  RoomSeed,
  RpcBehaviour,
  Seed,
  TrunkSeed,
  WorkerSeed,
} from '../world/seed-types.ts';
import { demoTestTrunks } from './test-trunks.ts';

export { CANARY } from '../world/open-rooms.ts';
export type * from '../world/seed-types.ts';

export const HONOURING_TRUNK: TrunkSeed = {
  id: 'ST_honours00001',
  name: 'Twilio main',
  direction: 'inbound',
  number: '+15105550001',
  hostname: 'example.pstn.twilio.com',
  behaviour: 'honours-refer',
  attributes: {
    'sip.twilio.accountSid': 'AC00000000000000000000000000005a4d',
    'sip.twilio.callSid': 'CA00000000000000000000000000005a4d',
  },
};

export const OUTBOUND_TRUNK: TrunkSeed = {
  id: 'ST_outbound0001',
  name: 'Twilio outbound',
  direction: 'outbound',
  number: '+15105550009',
  hostname: 'example.pstn.twilio.com',
  behaviour: 'honours-refer',
};

/** Trunks that misbehave, each with one stuck call on it. */
export const MISBEHAVING_TRUNKS: readonly TrunkSeed[] = [
  {
    id: 'ST_refuses40501',
    name: 'No REFER (405)',
    direction: 'inbound',
    number: '+15105550002',
    hostname: 'sbc.example.net',
    behaviour: { refuses: 405 },
  },
  {
    // Telnyx declines every REFER until it has switched the feature on for the account.
    id: 'ST_refuses60301',
    name: 'Telnyx, REFER off (603)',
    direction: 'inbound',
    number: '+15105550003',
    hostname: 'sip.telnyx.com',
    behaviour: { refuses: 603 },
    attributes: {
      'sip.telnyx.callLegID': stableSuffix('telnyx leg'),
      'sip.telnyx.callSessionID': stableSuffix('telnyx session'),
    },
  },
  {
    id: 'ST_noNotify0001',
    name: 'Never reports',
    direction: 'inbound',
    number: '+15105550004',
    hostname: 'quiet.example.net',
    behaviour: 'never-notifies',
  },
  {
    id: 'ST_noAnswer0001',
    name: 'Ignores REFER',
    direction: 'inbound',
    number: '+15105550005',
    hostname: 'deaf.example.net',
    behaviour: 'never-answers',
  },
  {
    id: 'ST_byeFirst0001',
    name: 'Hangs up before it reports',
    direction: 'inbound',
    number: '+15105550006',
    hostname: 'hasty.example.net',
    behaviour: 'hangs-up-before-notify',
  },
  {
    id: 'ST_byeAfter0001',
    name: 'Hangs up first',
    direction: 'inbound',
    number: '+15105550007',
    hostname: 'pbx.example.net',
    behaviour: 'hangs-up-after-notify',
  },
  {
    id: 'ST_onHold000001',
    name: 'Puts on hold',
    direction: 'inbound',
    number: '+15105550008',
    hostname: 'hold.example.net',
    behaviour: 'holds-without-audio',
  },
];

export const demoTrunks: readonly TrunkSeed[] = [
  HONOURING_TRUNK,
  ...MISBEHAVING_TRUNKS,
  OUTBOUND_TRUNK,
  ...demoTestTrunks,
];

/** What lk-transfer asks of an agent: whether it can announce, and to. It takes its time for that. */
const ANNOUNCES: RpcBehaviour = {
  'lk-transfer.ready': { payload: '{"version":1,"ready":true}' },
  'lk-transfer.announce': { payload: '{"version":1,"interrupted":false}', afterMs: 2_500 },
};

/** Agents that can be sent for: one that comes and speaks, and one that comes and never does. */
const demoWorkers: readonly WorkerSeed[] = [
  {
    agentName: 'fallback-agent',
    joinsAfterMs: 1_200,
    state: 'listening',
    audio: 'published',
    rpc: ANNOUNCES,
  },
  { agentName: 'mute-agent', joinsAfterMs: 1_200, state: 'initializing', audio: 'none' },
];

// The demo's rooms: one call of every kind a client has to tell apart.

const MINUTE = 60;

/** What a hostile caller id would do to a terminal that prints it: colour, title, bell, lines, order. */
const ESCAPES =
  'Phone \u001b[31m+15105550109\u001b[0m\u001b]0;owned\u0007\r\nSCL_forged000001\u202e gnp.exe';

const healthyCall: RoomSeed = callRoom('+15105550101', 'UXhTJCKREUsw', [
  agent('agent-AJ_healthy', 4 * MINUTE),
  caller('SCL_healthy00001', '+15105550101', 4 * MINUTE + 2),
]);

const deadAgent: RoomSeed = callRoom('+15105550102', 'Qm3vZrT8yNcK', [
  caller('SCL_noAgent00001', '+15105550102', 7 * MINUTE),
]);

/** Its process hangs: it is heard by nobody, and answers nobody. */
const silentAgent: RoomSeed = {
  ...callRoom('+15105550103', 'h7LxWb2PfEaD', [
    { ...agent('agent-AJ_silent', 11 * MINUTE), audio: 'none', rpc: 'hung' },
    caller('SCL_silent000001', '+15105550103', 11 * MINUTE + 3),
  ]),
  recording: true,
};

/** Nobody publishes audio, so the call was never answered. */
const ringing: RoomSeed = callRoom('+15105550104', 'zK9tRy4GmVsJ', [
  { ...caller('SCL_ringing00001', '+15105550104', MINUTE), status: 'ringing' },
]);

const outbound: RoomSeed = {
  name: `outbound-${stableSuffix('outbound')}`,
  participants: [
    // The one agent that has no methods: it cannot announce anything.
    { ...agent('agent-AJ_outbound', 2 * MINUTE + 5), rpc: {} },
    {
      ...caller('SCL_outbound0001', '+15105550105', 2 * MINUTE),
      trunk: OUTBOUND_TRUNK.id,
      identity: 'callee',
    },
  ],
};

const hiddenNumber: RoomSeed = {
  name: `call-_${stableSuffix('hidden room')}`,
  participants: [
    agent('agent-AJ_hidden', 6 * MINUTE),
    { ...caller('SCL_hidden000001', '+15105550106', 6 * MINUTE + 1), hidden: true },
  ],
};

const twoCallers: RoomSeed = {
  name: 'conference-0042',
  participants: [
    agent('agent-AJ_conference', 9 * MINUTE),
    caller('SCL_twoInRoom001', '+15105550107', 9 * MINUTE),
    caller('SCL_twoInRoom002', '+15105550108', 8 * MINUTE),
  ],
};

const escapes: RoomSeed = callRoom('+15105550109', 'c5HnUq8XkWpB', [
  agent('agent-AJ_escapes', 3 * MINUTE),
  { ...caller('SCL_escapes00001', '+15105550109', 3 * MINUTE + 2), name: ESCAPES },
]);

const webOnly: RoomSeed = {
  name: 'standup',
  participants: [
    { kind: 'web', identity: 'alice', name: 'Alice', audio: 'published', age: 15 * MINUTE },
    { kind: 'web', identity: 'bob', name: 'Bob', audio: 'muted', age: 14 * MINUTE },
  ],
};

/** A caller without an agent on every trunk that misbehaves: the trunk's id names the call too. */
const stuckOnBadTrunks = MISBEHAVING_TRUNKS.map((trunk, index): RoomSeed => {
  const number = `+151055501${10 + index}`;
  const call = caller(trunk.id.replace('ST_', 'SCL_'), number, (index + 4) * (MINUTE / 2));
  return callRoom(number, stableSuffix(number), [{ ...call, trunk: trunk.id }]);
});

export const demoRooms: readonly RoomSeed[] = [
  healthyCall,
  deadAgent,
  silentAgent,
  ringing,
  outbound,
  hiddenNumber,
  twoCallers,
  escapes,
  webOnly,
  ...stuckOnBadTrunks,
];

/** A room as a dispatch rule makes it for each caller: `call-_<number>_<random>`. */
function callRoom(
  number: string,
  suffix: string,
  participants: readonly ParticipantSeed[],
): RoomSeed {
  return { name: `call-_${number}_${suffix}`, participants };
}

function caller(callId: string, number: string, age: number): CallerSeed {
  return { kind: 'caller', callId, number, trunk: HONOURING_TRUNK.id, age };
}

function agent(identity: string, age: number): AgentSeed {
  return { kind: 'agent', identity, state: 'listening', audio: 'published', age, rpc: ANNOUNCES };
}

// Ready-made seeds: the demo's calls, and as many rooms as a benchmark needs.

/** One call of every kind, on every kind of trunk, with the same ids at every start. */
export const demoSeed: Seed = { trunks: demoTrunks, rooms: demoRooms, workers: demoWorkers };

/**
 * Many rooms, some of them with a healthy call: caller, and an agent that publishes audio. The
 * others hold two people in browsers.
 * @param rooms how many rooms in all
 * @param callers how many of them have a SIP caller, spread evenly over the list
 */
export function seedManyRooms(rooms: number, callers: number): Seed {
  return {
    trunks: [HONOURING_TRUNK],
    rooms: Array.from({ length: rooms }, (_, index) => {
      const isCall =
        Math.floor(((index + 1) * callers) / rooms) > Math.floor((index * callers) / rooms);
      return isCall ? manyCallRoom(index) : meetingRoom(index);
    }),
  };
}

function manyCallRoom(index: number): RoomSeed {
  const number = `+1510${String(5_550_000 + index).padStart(7, '0')}`;
  const participants: ParticipantSeed[] = [
    {
      kind: 'agent',
      identity: `agent-${stableSuffix(number)}`,
      state: 'listening',
      audio: 'published',
      age: 60,
    },
    {
      kind: 'caller',
      callId: `SCL_many${String(index).padStart(8, '0')}`,
      trunk: HONOURING_TRUNK.id,
      number,
      age: 61,
    },
  ];
  return { name: `call-_${number}_${stableSuffix(`many ${index}`)}`, participants };
}

function meetingRoom(index: number): RoomSeed {
  const people = ['alice', 'bob'].map((identity): ParticipantSeed => {
    return { kind: 'web', identity: `${identity}-${index}`, audio: 'published', age: 300 };
  });
  return { name: `meeting-${stableSuffix(`meeting ${index}`)}`, participants: people };
}
