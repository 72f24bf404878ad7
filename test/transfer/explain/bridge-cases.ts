/** Every way a bridge ends that has a sentence of its own. */
import { classifyDial } from '../../../src/transfer/bridge/dial-outcome.ts';
import * as errors from '../../../src/transfer/explain/errors.ts';
import * as words from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { besideWords, leftoverWords } from '../../../src/transfer/explain/not-sent.ts';
import {
  type Bridge,
  type BridgeCause,
  bridgedCallerLocation,
  type Leg,
  type SipStatus,
} from '../../../src/transfer/outcome.ts';
import { agent, call, caller, participant } from '../../support/livekit.ts';
import { answer, failure, twirp } from '../answers.ts';
import { destination } from '../plans.ts';
import { facts } from './transfer-facts.ts';

const TARGET = 'lk-transfer-bridge-abc123-4242-0a1b2c';
const BRIDGE: Bridge = {
  room: 'room-1',
  identity: TARGET,
  callId: 'SCL_target',
  number: '100',
  trunkId: 'ST_out',
  since: null,
  endsAt: '2026-11-23T22:49:15.692Z',
  watchedBy: null,
  removedAgents: [],
  stayingAgents: [],
  present: ['sip_+15105550100'],
};
const TARGET_LEG = participant({
  ...{ identity: TARGET, kind: 'SIP' },
  attributes: { 'sip.callID': 'SCL_target', 'sip.callStatus': 'active' },
});

function ended(
  cause: BridgeCause,
  leg: Leg,
  bridge: Partial<Bridge> = {},
  sip: SipStatus | null = null,
): TransferFacts {
  const livekit =
    cause === 'lost'
      ? failure('TIMEOUT', true)
      : cause === 'unreachable'
        ? failure('ECONNREFUSED', false)
        : cause === 'intercepted'
          ? answer(407, {})
          : cause === 'unlisted'
            ? twirp(500, 'internal', 'something new')
            : answer(200, {});
  const classification = classifyDial({ cause, sip, answer: livekit });
  const { outcome } = classification;
  const isWithTarget = outcome === 'bridged';
  const room = isWithTarget ? [caller(), TARGET_LEG] : [caller(), agent()];
  return facts(outcome === 'accepted' ? 'unknown' : outcome, classification, {
    ...{ method: 'bridge', leg, bridge: { ...BRIDGE, ...bridge } },
    caller: bridgedCallerLocation(leg, isWithTarget, false),
    room: leg === 'unread' ? null : leg === 'gone' ? [] : room,
  });
}

const OF_SIP: readonly SipStatus[] = [
  { code: 486, reason: 'Busy Here' },
  { code: 404, reason: 'Not Found' },
  { code: 403, reason: 'Forbidden' },
  { code: 503, reason: '' },
];
/** All that have no SIP status with them. */
const CAUSES: readonly BridgeCause[] = [
  ...(['no-answer', 'target-left', 'address-silent'] as const),
  ...(['password-missing', 'password-refused', 'trunk-missing', 'no-numbers'] as const),
  ...(['no-sip-service', 'no-connection', 'address-unknown'] as const),
  ...(['permission', 'credentials', 'intercepted', 'unreachable', 'unlisted'] as const),
];

export function* bridgeCases(): Generator<readonly [string, TransferFacts]> {
  const since = '2026-11-23T20:49:15.692Z';
  const watched = { since, watchedBy: 'this-process' as const };
  yield ['bridged, watched', ended('none', 'listed', watched)];
  yield ['bridged, nobody watches', ended('none', 'listed', { since })];
  const kept = { ...watched, present: [caller().identity, TARGET, 'agent-1'] };
  yield ['bridged, and the agent stays', ended('none', 'listed', kept)];
  const staying = { ...watched, stayingAgents: ['agent-1'] };
  yield ['bridged, and an agent could not be sent away', ended('none', 'listed', staying)];
  yield ['the caller hung up while the target rang', ended('caller-left', 'gone')];
  yield ['the target answered, and the room cannot be read', ended('room-unread', 'unread')];
  for (const sip of OF_SIP)
    yield [`the target’s side says ${sip.code}`, ended('busy', 'listed', {}, sip)];
  for (const cause of CAUSES) yield [cause, ended(cause, 'listed')];
  const sentAway = ended('target-left', 'listed', { removedAgents: ['agent-1'] });
  yield ['the target left as the agent went', { ...sentAway, room: [caller()] }];
  yield ['the same, and another agent is there', sentAway];
  const unread = { ...watched, removedAgents: ['agent-1'], present: null };
  yield ['bridged, and then the room could not be read', ended('none', 'unread', unread)];
  for (const present of [['sip_+15105550100'], ['sip_+15105550100', TARGET], null]) {
    const where =
      present === null
        ? 'the room unread'
        : present.length > 1
          ? 'the target there'
          : 'no target there';
    yield [
      `no answer of LiveKit’s, ${where}`,
      ended('lost', present ? 'listed' : 'unread', { present }),
    ];
  }
  const half = answer(403, '{"code":"permission_denied","msg":"unexpec');
  yield [
    'half an answer of LiveKit’s, no target there',
    {
      ...ended('lost', 'listed'),
      classification: classifyDial({ cause: 'lost', sip: null, answer: half }),
    },
  ];
  yield ['the answer got lost', ended('answer-lost', 'listed')];
  const beside = facts(
    'not-sent',
    { cause: 'target-in-room' },
    { method: 'bridge', room: [caller(), TARGET_LEG] },
  );
  yield ['a target is in the room already', beside];
  yield ['a target was in the room, and no more', { ...beside, room: [caller()] }];
}

/** What is said beside a result. */
export function bridgeTexts(): [title: string, text: string][] {
  const who = { call: call(), destination: destination() };
  const said = ({ message, hint }: { message: string; hint: string | undefined }) =>
    `${message}\n→ ${hint ?? '(nothing)'}`;
  const ends = (['caller', 'target'] as const).flatMap((leftFirst) =>
    (['hung-up', 'gone', 'with-agent', 'unknown'] as const).map((other): [string, string] => [
      `the ${leftFirst} hangs up, the other: ${other}`,
      words.bridgeEndWords({ leftFirst, other, durationMs: 95_000 }),
    ]),
  );
  return [
    ['Ctrl-C while the target rings', said(errors.cancelledDial(who, []))],
    ['the same after an earlier target', said(errors.cancelledDial(who, ['agent-1']))],
    ['the same, and nobody knows whether it still rings', said(errors.interruptedDial(who))],
    ...ends,
    ['both hang up', words.bridgeEndWords({ leftFirst: 'both', other: 'gone', durationMs: 5000 })],
    ['Ctrl-C while the two talk', said(errors.leftBridges([BRIDGE], false))],
    ['the same of several', said(errors.leftBridges([BRIDGE, BRIDGE], false))],
    ['the same in the sandbox of a run', said(errors.leftBridges([BRIDGE], true))],
    ['a target that nobody waits for', leftoverWords('+15105550177', false)],
    ['a target of somebody else', besideWords('+15105550177', true)],
  ];
}
