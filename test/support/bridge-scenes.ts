/**
 * What a bridge has to withstand, each as a sandbox's seed: a caller with their agent, a trunk to dial
 * somebody over into their room, and the one thing that goes wrong.
 */
import type {
  AgentSeed,
  CallerSeed,
  ParticipantSeed,
  Seed,
  TrunkSeed,
} from '../../src/sandbox/demo/rooms.ts';
import type { PhoneSignal } from '../../src/sandbox/server.ts';

export const BRIDGE_ROOM = 'call-_+15105550142_bridge';
export const BRIDGED_CALLER = 'sip_+15105550142';
export const CALLER_NUMBER = '+15105550142';
export const DIAL_TRUNK = 'ST_out';
/** Somebody who picks up after 0.7 s. */
export const TARGET_NUMBER = '+15105550177';

interface Setting {
  /** The number to dial: one who picks up by default. */
  to?: string;
  caller?: Partial<CallerSeed>;
  /** Null: there is none. */
  agent?: Partial<AgentSeed> | null;
  /** The trunk that is dialled over. */
  trunk?: Partial<TrunkSeed>;
  /** Who else is in the room. */
  others?: readonly ParticipantSeed[];
  seed?: Partial<Seed>;
}

/** Lets it ring for longer than any test takes. */
const RINGS_ON = { calleeAnswersAfterMs: 10_000_000 };

/** Somebody whom another operator, or a run that was killed, has dialled into the room. */
const dialledBefore = (identity: string, status: 'active' | 'ringing'): CallerSeed => ({
  kind: 'caller',
  callId: 'SCL_dialledEarly',
  trunk: DIAL_TRUNK,
  number: '+15105550178',
  identity,
  status,
  age: 10,
});

const SETTINGS = {
  'picks up': {},
  'is a voicemail that never hangs up': { to: '+15105550179' },
  'is busy': { to: '+15105550486' },
  'says no': { to: '+15105550603' },
  'is away': { to: '+15105550480' },
  'has a wrong number': { to: '+15105550404' },
  'does not answer': { trunk: RINGS_ON },
  'hangs up': { trunk: { calleeHangsUpAfterMs: 3_000 } },
  'sends no audio': { trunk: { calleeIsSilent: true } },
  'has a trunk that does not answer': { trunk: { dial: 'never-answers' } },
  'has a trunk where nothing listens': { trunk: { dial: 'connection-refused' } },
  'has a trunk whose host nobody knows': { trunk: { dial: 'unknown-host' } },
  'has a trunk that refuses the password': { trunk: { dial: 'refuses-password' } },
  'has a trunk that wants a password': { trunk: { dial: 'wants-password' } },
  'has no SIP service': { trunk: { dial: 'no-service' } },
  'rings when the caller hangs up': {
    trunk: { calleeAnswersAfterMs: 4_000 },
    caller: { leaves: { afterDialMs: 1_000 } },
  },
  'answers as the caller hangs up': { caller: { leaves: { afterAnswerMs: 0 } } },
  'talks when the caller hangs up': { caller: { leaves: { afterAnswerMs: 3_000 } } },
  'is dialled when the agent leaves': { agent: { leaves: { afterDialMs: 100 } } },
  'talks when the agent comes back': { agent: { returns: { as: 'agent-again', afterMs: 1_000 } } },
  'meets a caller who rings': { caller: { status: 'ringing' }, agent: null, trunk: RINGS_ON },
  'meets a caller whose SIP service is dead': { caller: { sipService: 'dead' } },
  'meets another target who talks': { others: [dialledBefore('bridge-earlier', 'active')] },
  'meets another target who rings': { others: [dialledBefore('bridge-earlier', 'ringing')] },
} satisfies Record<string, Setting>;

export type BridgeSceneName = keyof typeof SETTINGS;

/** All of them, as what is said of the target. */
export const BRIDGE_SCENES = Object.keys(SETTINGS) as BridgeSceneName[];

/** A scene as a seed, and the number to dial. */
export function bridgeScene(name: BridgeSceneName): { seed: Seed; to: string } {
  const setting: Setting = SETTINGS[name];
  const { to = TARGET_NUMBER, caller, agent, trunk, others = [] } = setting;
  const hostname = 'sbc.example.net';
  const inbound: TrunkSeed = {
    id: 'ST_in',
    name: 'Carrier without REFER',
    direction: 'inbound',
    number: '+15105550001',
    hostname,
    behaviour: { refuses: 405 },
  };
  const outbound: TrunkSeed = {
    id: DIAL_TRUNK,
    name: 'Carrier to dial over',
    direction: 'outbound',
    number: '+15105550009',
    hostname,
    behaviour: { refuses: 405 },
    ...trunk,
  };
  const agents: AgentSeed[] =
    agent === null
      ? []
      : [
          {
            kind: 'agent',
            identity: 'agent',
            state: 'listening',
            audio: 'published',
            age: 60,
            ...agent,
          },
        ];
  const call: CallerSeed = {
    kind: 'caller',
    callId: 'SCL_bridgeCaller',
    trunk: inbound.id,
    number: CALLER_NUMBER,
    age: 61,
    ...caller,
  };
  const room = { name: BRIDGE_ROOM, participants: [...agents, call, ...others] };
  return { seed: { trunks: [inbound, outbound], rooms: [room], ...setting.seed }, to };
}

/** What the phones were told, one after the other: `INVITE +15105550177`. */
export function toldPhones(signals: readonly PhoneSignal[]): string[] {
  return signals.map(({ signal, number }) => `${signal} ${number}`);
}
