/** Every scene of a bridge, with one dial and nothing after it: what LiveKit leaves to its client. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { seenIn, until } from '../sandbox/dialled.ts';
import { ask } from '../sandbox/requests.ts';
import {
  BRIDGE_ROOM,
  BRIDGE_SCENES,
  BRIDGED_CALLER,
  type BridgeSceneName,
  bridgeScene,
  CALLER_NUMBER,
  DIAL_TRUNK,
  TARGET_NUMBER,
  toldPhones,
} from '../support/bridge-scenes.ts';
import { isSandbox } from './livekit-under-test.ts';

const SPEED = 20;
const TARGET = 'bridge-target';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

interface Outcome {
  /** HTTP status of the dial, and the code of its error. */
  dial: number | string;
  /** Who is in the room at last, if nobody does anything. */
  left: readonly string[];
  /** What the phones were told until then. */
  told: readonly string[];
}

const INVITE = `INVITE ${TARGET_NUMBER}`;
const CALLER = `${BRIDGED_CALLER} active`;
const BRIDGED = ['agent', CALLER, `${TARGET} active`];
const AS_BEFORE = ['agent', CALLER];
const FAILED = { left: AS_BEFORE, told: [INVITE] };
const CANCELLED = { left: AS_BEFORE, told: [INVITE, `CANCEL ${TARGET_NUMBER}`] };

const OUTCOMES: Readonly<Record<BridgeSceneName, Outcome>> = {
  'picks up': { dial: 200, left: BRIDGED, told: [INVITE] },
  'is a voicemail that never hangs up': {
    dial: 200,
    left: BRIDGED,
    told: ['INVITE +15105550179'],
  },
  'is busy': { dial: '412 failed_precondition', left: AS_BEFORE, told: ['INVITE +15105550486'] },
  'says no': { dial: '403 permission_denied', left: AS_BEFORE, told: ['INVITE +15105550603'] },
  'is away': { dial: '412 failed_precondition', left: AS_BEFORE, told: ['INVITE +15105550480'] },
  'has a wrong number': { dial: '404 not_found', left: AS_BEFORE, told: ['INVITE +15105550404'] },
  'does not answer': { dial: '408 canceled', ...CANCELLED },
  'hangs up': { dial: 200, ...FAILED },
  'sends no audio': {
    dial: 200,
    left: AS_BEFORE,
    told: [INVITE, `BYE ${TARGET_NUMBER}`],
  },
  'has a trunk that does not answer': { dial: '408 canceled', ...CANCELLED },
  'has a trunk where nothing listens': { dial: '412 failed_precondition', ...FAILED },
  'has a trunk whose host nobody knows': { dial: '400 invalid_argument', ...FAILED },
  'has a trunk that refuses the password': { dial: '412 failed_precondition', ...FAILED },
  'has a trunk that wants a password': { dial: '412 failed_precondition', ...FAILED },
  'has no SIP service': { dial: '503 unavailable', left: AS_BEFORE, told: [] },
  'rings when the caller hangs up': {
    dial: 200,
    left: ['agent', `${TARGET} active`],
    told: [INVITE],
  },
  'answers as the caller hangs up': {
    dial: 200,
    left: ['agent', `${TARGET} active`],
    told: [INVITE],
  },
  'talks when the caller hangs up': {
    dial: 200,
    left: ['agent', `${TARGET} active`],
    told: [INVITE],
  },
  'is dialled when the agent leaves': {
    dial: 200,
    left: [CALLER, `${TARGET} active`],
    told: [INVITE],
  },
  'talks when the agent comes back': { dial: 200, left: BRIDGED, told: [INVITE] },
  'meets a caller who rings': {
    dial: '408 canceled',
    left: [CALLER],
    told: [INVITE, `ANSWER ${CALLER_NUMBER}`, `CANCEL ${TARGET_NUMBER}`],
  },
  'meets a caller whose SIP service is dead': { dial: 200, left: BRIDGED, told: [INVITE] },
  'meets another target who talks': {
    dial: 200,
    left: ['agent', CALLER, 'bridge-earlier active', `${TARGET} active`],
    told: [INVITE],
  },
  'meets another target who rings': {
    dial: 200,
    left: ['agent', CALLER, 'bridge-earlier ringing', `${TARGET} active`],
    told: [INVITE],
  },
};

async function peopleIn(sandbox: Sandbox): Promise<string[]> {
  return (await seenIn(sandbox, BRIDGE_ROOM))
    .map(({ identity, attributes }) => `${identity} ${attributes['sip.callStatus'] ?? ''}`.trim())
    .toSorted();
}

async function outcomeOf(answer: Response): Promise<number | string> {
  if (answer.ok) return answer.status;
  return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
}

describe.runIf(isSandbox).concurrent('a target who', () => {
  it.each(BRIDGE_SCENES)('%s', async (name) => {
    const { seed, to } = bridgeScene(name);
    const sandbox = await startSandbox({ seed, speed: SPEED });
    open.push(sandbox);
    const answer = await ask(
      sandbox,
      'SIP/CreateSIPParticipant',
      {
        sip_trunk_id: DIAL_TRUNK,
        sip_call_to: to,
        room_name: BRIDGE_ROOM,
        participant_identity: TARGET,
        wait_until_answered: true,
        ringing_timeout: '20s',
      },
      BRIDGE_ROOM,
    );
    const { dial, left, told } = OUTCOMES[name];
    expect(await outcomeOf(answer)).toBe(dial);
    await until(async () => expect(await peopleIn(sandbox)).toEqual(left.toSorted()));
    expect(toldPhones(sandbox.signals)).toEqual(told);
    const changes = sandbox.requests.filter(({ mutating }) => mutating);
    expect(changes.map(({ method }) => method)).toEqual(['SIP/CreateSIPParticipant']);
  });
});
