/** Every sentence about hanging up and about rescues, in one document to be read as prose. */
import { expect, it } from 'vitest';
import * as hangUp from '../../src/call-control/hang-up-words.ts';
import * as rescue from '../../src/call-control/rescue-words.ts';
import { KnownError } from '../../src/core/errors.ts';
import type { RpcAnswer } from '../../src/livekit/twirp.ts';
import type { Leg } from '../../src/transfer/outcome.ts';
import { agent, caller, call as callOf, NOW, participant } from '../support/livekit.ts';

const isAgent = () => false;
const trouble = new KnownError('unreachable', 'LiveKit did not answer in time.', { hint: 'Try.' });
const seen = (leg: Leg, room = leg === 'unread' ? null : leg === 'listed' ? [caller()] : []) => ({
  ...{ leg, lastListedMs: null, room },
});

function paragraph(
  title: string,
  { headline, message, hint, advice }: hangUp.ControlWords,
): string {
  expect(message, title).toMatch(/^[A-Z+“\w].*\.$/s);
  if (hint !== null) expect(hint, title).toMatch(/^[A-Z].*[.`]$/s);
  expect(`${headline} ${message} ${hint ?? ''}`, title).not.toMatch(
    /undefined|null|NaN|\.\.|\?\.| {2}/,
  );
  const { action, meaning } = advice;
  const data = meaning === null ? action : `${action}: ${meaning}`;
  return `### ${title}\n**${headline}**\n${message}\n→ ${hint ?? '(nothing)'}\n(${data})`;
}

type HangUp = hangUp.HangUpFacts & { outcome: hangUp.HangUpOutcome };
const ended = (facts: Partial<HangUp>): hangUp.ControlWords =>
  hangUp.explainHangUp({
    ...{ call: callOf(), endCall: { kind: 'answered', payload: '' }, removed: null },
    isAnswerLost: false,
    ...{ removalFailure: null, observation: seen('gone'), isAgent, outcome: 'hung-up' },
    ...facts,
  });

const ANSWERS: readonly RpcAnswer[] = [
  { kind: 'answered', payload: '' },
  { kind: 'no-method' },
  { kind: 'absent', nobody: false },
  { kind: 'silent' },
  { kind: 'impossible', message: '404 page not found' },
  { kind: 'unknown', message: 'ECONNRESET happened' },
];

function* hangUpCases(): Iterable<[string, hangUp.ControlWords]> {
  const party = caller({
    identity: 'target',
    attributes: { 'sip.callID': 'SCL_2', 'sip.phoneNumber': '+15105550177' },
  });
  const with_ = (...room: ReturnType<typeof caller>[]) =>
    ended({ observation: seen('gone', room) });
  yield ['hung up', ended({})];
  yield ['hung up while it rang', ended({ call: callOf({ status: 'ringing' }) })];
  yield [
    'an outbound call hung up while it rang',
    ended({ call: callOf({ status: 'dialing', direction: 'outbound' }) }),
  ];
  yield ['hung up, status unknown', ended({ call: callOf({ status: null }) })];
  yield ['hung up, another party stays', with_(party)];
  yield ['hung up, another party and an agent stay', with_(party, agent())];
  yield ['hung up, an agent stays', with_(agent())];
  yield ['gone before', ended({ outcome: 'already-gone', endCall: null })];
  yield ['gone meanwhile', ended({ outcome: 'already-gone', endCall: { kind: 'no-method' } })];
  const nothing = { outcome: 'not-sent', endCall: null } as const;
  yield ['not sent: under another identity', ended({ ...nothing, observation: seen('listed') })];
  yield ['not sent: not read', ended({ ...nothing, observation: seen('unread') })];
  yield [
    'not sent: not allowed',
    ended({
      ...{ ...nothing, endCall: { kind: 'impossible', message: '' }, observation: seen('listed') },
      removalFailure: new KnownError('permission', 'x.example refuses this request.', {
        hint: 'Use another key.',
      }),
    }),
  ];
  for (const endCall of ANSWERS) {
    for (const leg of ['gone', 'listed', 'unread'] as const) {
      if (endCall.kind === 'answered' && leg === 'gone') continue;
      const facts = { outcome: 'unknown', endCall, removed: true, observation: seen(leg) } as const;
      yield [`unknown: EndCall ${endCall.kind}, ${leg}`, ended(facts)];
    }
  }
  const dialled = callOf({ status: 'dialing', direction: 'outbound' });
  yield [
    'unknown: EndCall silent, gone while it was dialled',
    ended({ outcome: 'unknown', call: dialled, endCall: { kind: 'silent' }, removed: true }),
  ];
  const failed = { removalFailure: trouble, observation: seen('listed') };
  yield [
    'unknown: the removal failed',
    ended({ outcome: 'unknown', endCall: { kind: 'no-method' }, ...failed }),
  ];
}

type Rescue = rescue.RescueFacts & { outcome: rescue.RescueOutcome };
const sent = (facts: Partial<Rescue>): Rescue => ({
  plan: { call: callOf(), agentName: 'fallback', waitMs: 20_000, replace: false, seen: [] },
  ...{ call: callOf(), wasAnswered: true, trouble: null, dispatch: 'stands', leftStanding: null },
  ...{ heardAfterMs: 1400, newcomers: [], removed: [], notRemoved: [], isAgent, nowMs: NOW },
  ...{ observation: seen('listed'), outcome: 'rescued' },
  ...facts,
});
const HEARD = [{ identity: 'agent-AJ_new', heard: true }];
const SILENT = [{ identity: 'agent-AJ_new', heard: false }];
const UNCLEAR = { kind: 'unclear', message: 'ECONNRESET happened' } as const;
const RINGING = callOf({
  status: 'ringing',
  condition: 'unanswered',
  ageSeconds: 60,
  transferable: false,
});

const RESCUES: Readonly<Record<string, Partial<Rescue>>> = {
  rescued: { newcomers: HEARD },
  'rescued, answered': { newcomers: HEARD, wasAnswered: false },
  'rescued, not answered yet': { newcomers: HEARD, wasAnswered: false, call: RINGING },
  'rescued by somebody else': { newcomers: HEARD, dispatch: 'none', heardAfterMs: null },
  'rescued, and two came': { newcomers: [...HEARD, { identity: 'agent-2', heard: true }] },
  'rescued, the old one removed': { newcomers: HEARD, removed: ['agent-old'] },
  'rescued, the old one still there': { newcomers: HEARD, notRemoved: ['agent-old (no answer)'] },
  'rescued in the last moment': { newcomers: HEARD, dispatch: 'taken-back', heardAfterMs: null },
  'rescued, the dispatch unclear': { newcomers: HEARD, trouble: UNCLEAR, dispatch: 'unknown' },
  'nobody came': { outcome: 'no-agent-came', dispatch: 'taken-back' },
  'nobody came to one who rings': {
    outcome: 'no-agent-came',
    dispatch: 'taken-back',
    call: RINGING,
  },
  'one came, silent': { outcome: 'no-agent-came', dispatch: 'taken-back', newcomers: SILENT },
  'the caller had left': { outcome: 'caller-gone', dispatch: 'none', observation: seen('gone') },
  'the caller left': { outcome: 'caller-gone', dispatch: 'taken-back', observation: seen('gone') },
  'the caller left, an agent came': {
    ...{
      outcome: 'caller-gone',
      dispatch: 'taken-back',
      observation: seen('gone'),
      newcomers: SILENT,
    },
  },
  'not sent: refused': {
    ...{ outcome: 'not-sent', dispatch: 'none' },
    trouble: { kind: 'refused', message: 'HTTP 400, invalid_argument: bad name', isDenial: false },
  },
  'not sent: not allowed': {
    ...{ outcome: 'not-sent', dispatch: 'none' },
    trouble: { kind: 'refused', message: 'HTTP 401, unauthenticated: no', isDenial: true },
  },
  'not sent: not read': { outcome: 'not-sent', dispatch: 'none', observation: seen('unread') },
  'not sent: hanging up': { outcome: 'not-sent', dispatch: 'none' },
  'unknown: not read': { outcome: 'unknown', dispatch: 'taken-back', observation: seen('unread') },
  'unknown: the dispatch stands': {
    ...{ outcome: 'unknown', dispatch: 'unknown', leftStanding: 'LiveKit did not answer in time' },
  },
  'unknown: no clear answer, no dispatch there': {
    ...{ outcome: 'unknown', dispatch: 'none', trouble: UNCLEAR },
  },
  'unknown: no clear answer, taken back': {
    ...{ outcome: 'unknown', dispatch: 'taken-back', trouble: UNCLEAR },
  },
};

const brokenOff = (title: string, { message, hint }: hangUp.BrokenOff) =>
  `### ${title}\n${message}\n→ ${hint}`;

it('the sentences about hanging up and rescues are these', async () => {
  const interrupted = (facts: Partial<Rescue>) =>
    rescue.interruptedRescue(sent(facts), { message: 'What the result says.' });
  const company = hangUp.companyOf(
    callOf(),
    [caller(), agent(), participant({ identity: 'ann', name: 'Ann' })],
    isAgent,
  );
  const target = { ...callOf(), identity: 'lk-transfer-bridge-1' };
  const phone = (identity: string): hangUp.Company => ({
    ...{ kind: 'telephone', identity, callId: 'SCL_2', name: '+15105550177' },
  });
  const bug = new TypeError('a bug');
  const document = [
    '# What is said about hanging up, and about rescues',
    'Each case: its name, the headline, the message, → the hint, and in brackets the advice as data.',
    '## Hanging up',
    ...[...hangUpCases()].map(([title, words]) => paragraph(title, words)),
    '## Rescues',
    ...Object.entries(RESCUES).map(([title, facts]) =>
      paragraph(title, rescue.explainRescue(sent(facts))),
    ),
    '## Broken off',
    brokenOff('a hang-up, by a signal', hangUp.interruptedHangUp(callOf())),
    brokenOff('a hang-up, by a bug', hangUp.hangUpLost(callOf(), bug)),
    brokenOff('a rescue, by a signal', interrupted({ dispatch: 'taken-back' })),
    brokenOff(
      '… the dispatch stands',
      interrupted({ dispatch: 'unknown', leftStanding: 'no answer' }),
    ),
    brokenOff('… one came', interrupted({ dispatch: 'taken-back', newcomers: SILENT })),
    brokenOff('… not read', interrupted({ dispatch: 'taken-back', observation: seen('unread') })),
    brokenOff(
      '… the caller left',
      interrupted({ dispatch: 'taken-back', observation: seen('gone') }),
    ),
    brokenOff('… once rescued', interrupted({ newcomers: HEARD })),
    brokenOff('a rescue, by a bug', rescue.rescueLost(sent({ dispatch: 'taken-back' }), bug)),
    '## Clauses, and the rest',
    hangUp.cutOffFrom(callOf(), null),
    hangUp.cutOffFrom(callOf(), []),
    hangUp.cutOffFrom(callOf(), company),
    hangUp.cutOffFrom(target, null),
    hangUp.cutOffFrom(target, [phone(callOf().identity)]),
    hangUp.cutOffFrom(callOf(), [phone(target.identity)]),
    hangUp.warningBeforeHangUp({ condition: 'transfer-open' }),
    hangUp.HANG_UP_DECLINED,
    hangUp.STOPPING_HANG_UPS,
    hangUp.leavingHangUps([]),
    hangUp.leavingHangUps(['SCL_1', 'SCL_2']),
    rescue.RESCUE_DECLINED,
    rescue.leavingRescue({ agentName: 'fallback' }),
  ].join('\n\n');
  await expect(`${document}\n`).toMatchFileSnapshot('./sentences.md');
});
