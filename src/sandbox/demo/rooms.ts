/** The demo's rooms: one call of every kind a client has to tell apart. */
import { stableSuffix } from '../world/participants.ts';
import type { AgentSeed, CallerSeed, ParticipantSeed, RoomSeed } from '../world/seed-types.ts';
import { HONOURING_TRUNK, MISBEHAVING_TRUNKS, OUTBOUND_TRUNK } from './trunks.ts';

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

const silentAgent: RoomSeed = {
  ...callRoom('+15105550103', 'h7LxWb2PfEaD', [
    { ...agent('agent-AJ_silent', 11 * MINUTE), audio: 'none' },
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
    agent('agent-AJ_outbound', 2 * MINUTE + 5),
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
  const call = caller(trunk.id.replace('ST_', 'SCL_'), number, (index + 5) * MINUTE);
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
  return { kind: 'agent', identity, state: 'listening', audio: 'published', age };
}
