/** Everything that can become of a transfer, and what is to be said of it. */
import type { TransferAnswer, TrunkBehaviour, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import type { Era } from '../../src/sandbox/server.ts';
import type { OpenTransfer } from '../../src/transfer/outcome.ts';
import { BEHAVIOURS, type Scene, SIP_CODES } from './behaviours.ts';
import type { Operator } from './outcome-engine.ts';
import type { OutcomeRow } from './outcome-row.ts';

/** What is to be said: in every era the same, or in each its own. */
export type Expected = OutcomeRow | Readonly<Record<Era, OutcomeRow>>;

export interface OutcomeCase {
  name: string;
  /** What a caller source is asked for; `staged-…` where the table of behaviours has no name. */
  behaviour: string;
  scene: Scene;
  /** Runs in every era, as LiveKit's words differ from one to another. */
  everyEra?: boolean;
  /** Who transfers, and what each of them is told; one operator in most cases. */
  operators: readonly [Operator, Expected][];
}

/** How a case begins: its call by the name of a behaviour, or as the sandbox alone can stage it. */
function begin(
  name: string,
  call: string | Scene,
): Pick<OutcomeCase, 'name' | 'behaviour' | 'scene'> {
  if (typeof call !== 'string') {
    return { name, behaviour: `staged-${name.replace(/[^\w]+/g, '-')}`, scene: call };
  }
  const scene = BEHAVIOURS[call];
  if (!scene) throw new Error(`There is no behaviour "${call}"`);
  return { name, behaviour: call, scene };
}

/** A case with one operator. */
function one(
  name: string,
  call: string | Scene,
  expected: Expected,
  operator: Operator = {},
): OutcomeCase {
  return { ...begin(name, call), operators: [[operator, expected]] };
}

/** The rows that may be told: that of the era, or, where nobody knows it, that of any. */
export function rowsIn(era: Era | null, expected: Expected): OutcomeRow[] {
  if ('outcome' in expected) return [expected];
  return era === null ? Object.values(expected) : [expected[era]];
}

/** Whether a case comes out, or is worded, differently in one era and in another. */
export function differsByEra({ everyEra = false, operators }: OutcomeCase): boolean {
  return everyEra || operators.some(([, expected]) => !('outcome' in expected));
}

const onTrunk = (behaviour: TrunkBehaviour, more: Partial<TrunkSeed> = {}): Scene => ({
  trunk: { behaviour, ...more },
});
const answered = (transferAnswer: TransferAnswer, behaviour?: TrunkBehaviour): Scene => ({
  room: { transferAnswer },
  ...(behaviour !== undefined && onTrunk(behaviour)),
});

const ROW: OutcomeRow = {
  outcome: '',
  stage: null,
  sip: null,
  caller: 'unknown',
  leg: 'listed',
  evidence: null,
  exitCode: 7,
  posts: 1,
};
const GONE = { caller: 'left', leg: 'gone' } as const;
const BUSY: TrunkBehaviour = { notifies: 486 };
const STAYS = { caller: 'on-the-line', leg: 'listed' } as const;

const LINGERED: OutcomeRow = {
  ...ROW,
  outcome: 'completed',
  evidence: 'lingered',
  ...GONE,
  exitCode: 0,
};
const BY_TRUNK: OutcomeRow = { ...LINGERED, evidence: 'trunk' };
/** Stated by the server, and the leg seen to leave as well. */
const STATED: OutcomeRow = { ...LINGERED, evidence: 'reason' };
const ENDED: OutcomeRow = { ...ROW, outcome: 'ended', ...GONE };
const ENDED_AS_STATED: OutcomeRow = { ...ENDED, stage: 'notify' };

/** What is told of a success where nothing states it, and in the one era that does. */
const inLateAugust = (row: OutcomeRow, stated: OutcomeRow): Expected => ({
  '2025': row,
  '1.13': row,
  '1.13.11-august': stated,
  '1.13.11': row,
});

/** The target answered, and LiveKit hung up a second later. */
const COMPLETED = inLateAugust(LINGERED, STATED);
/** A success, and the leg gone at once. */
const GONE_AT_ONCE = inLateAugust(ENDED, STATED);
const GONE_AT_ONCE_MARKED = inLateAugust(BY_TRUNK, STATED);
/** The call was over before the final NOTIFY: since late August 2026 LiveKit says so. */
const ENDS: Expected = {
  '2025': ENDED,
  '1.13': ENDED,
  '1.13.11-august': ENDED_AS_STATED,
  '1.13.11': ENDED_AS_STATED,
};
/** The same on a trunk that is known to hang up first. */
const ENDS_MARKED: Expected = { ...ENDS, '2025': BY_TRUNK, '1.13': BY_TRUNK };
const UNCONFIRMED: OutcomeRow = { ...ROW, outcome: 'unconfirmed' };
const UNCONFIRMED_GONE: OutcomeRow = { ...UNCONFIRMED, ...GONE };
/** A success, and the leg stays. */
const STALE = inLateAugust(UNCONFIRMED, { ...STATED, leg: 'listed', caller: 'unknown' });
const unknown = (stage: OutcomeRow['stage'], more: Partial<OutcomeRow> = {}): OutcomeRow => ({
  ...ROW,
  outcome: 'unknown',
  stage,
  ...more,
});
const refused = (sip: number): OutcomeRow => ({
  ...ROW,
  outcome: 'refused',
  stage: 'refer',
  sip,
  ...STAYS,
  exitCode: 1,
});
const targetFailed = (sip: number): OutcomeRow => ({
  ...refused(sip),
  outcome: 'target-failed',
  stage: 'notify',
});
/** It failed, and LiveKit does not say whether at the trunk or at the target. */
const failedSomewhere = (sip: number): OutcomeRow => ({ ...refused(sip), stage: null });
const notSent = (exitCode: number, more: Partial<OutcomeRow> = {}): OutcomeRow => ({
  ...ROW,
  outcome: 'not-sent',
  stage: 'api',
  ...STAYS,
  exitCode,
  ...more,
});
/** LiveKit was never asked. */
const NEVER_SENT = notSent(1, { stage: null, posts: 0 });
/** Nothing was ever asked for: the error stands for the result. */
const failed = (code: string, exitCode: number): OutcomeRow => ({
  ...ROW,
  outcome: code,
  caller: null,
  leg: null,
  exitCode,
  posts: 0,
});

const SHORT = { waitMs: 5_000 };

/** What each kind of trunk leads to, and the same on a trunk that is marked to hang up first. */
const BY_BEHAVIOUR: Readonly<Record<string, readonly [plain: Expected, marked: Expected]>> = {
  answers: [COMPLETED, COMPLETED],
  'hangs-up-after-200': [GONE_AT_ONCE, GONE_AT_ONCE_MARKED],
  'hangs-up-early': [ENDS, ENDS_MARKED],
  'holds-without-audio': [ENDS, ENDS_MARKED],
  'never-reports': [unknown('notify'), unknown('notify')],
  'never-answers-the-refer': [unknown('refer'), unknown('refer')],
  'stops-reporting': [unknown('notify'), unknown('notify')],
};

const trunkCases: OutcomeCase[] = [
  ...Object.entries(BY_BEHAVIOUR).flatMap(([behaviour, [plain, marked]]) => {
    // An unanswered REFER is told apart only by whoever waits for more than 32 s.
    const operator = { waitMs: 40_000 };
    return [
      one(`trunk: ${behaviour}`, behaviour, plain, operator),
      one(`trunk: ${behaviour}, marked`, behaviour, marked, { ...operator, hangsUpFirst: true }),
    ];
  }),
  one('the call went out', 'answers-outbound', COMPLETED),
  // LiveKit hangs up when it has sent them.
  one('the call is still sending digits', 'answers-while-digits-are-sent', STALE),
  one('the REFER is not answered in time', 'never-answers-the-refer', unknown('notify'), SHORT),
  one('the target answers after the wait', 'answers-after-8-s', unknown('notify'), SHORT),
  one(
    'the trunk would hang up first, and the target is busy',
    onTrunk('hangs-up-after-notify'),
    targetFailed(486),
    { hangsUpFirst: true, to: 'sip:486@pbx.company.com' },
  ),
  ...[202, 204].map((sip) =>
    one(`the trunk reports ${sip}`, `reports-${sip}`, unknown('notify', { sip })),
  ),
  ...[404, 408, 480, 486, 603].map((sip) =>
    one(`the target says ${sip}`, onTrunk('honours-refer'), targetFailed(sip), {
      to: `tel:+15105550${sip}`,
    }),
  ),
];

/** In one era or another these are grouped or worded differently. */
const IN_EVERY_ERA: readonly number[] = [403, 405, 480, 481, 486, 491];

const sipCases: OutcomeCase[] = SIP_CODES.flatMap((sip) => {
  const everyEra = IN_EVERY_ERA.includes(sip);
  return [
    { ...one(`REFER ${sip}`, `refuses-${sip}`, refused(sip)), everyEra },
    { ...one(`NOTIFY ${sip}`, `reports-${sip}`, targetFailed(sip)), everyEra },
  ];
});

type Manner = Extract<TransferAnswer, string>;

/** Timers that are due in one turn of a busy loop may run out of order: a second apart they do not. */
const PATIENT_MS = 30_000;

/** One case for every manner in which an answer comes, of a transfer that always goes the same way. */
function inEveryManner(
  what: string,
  behaviour: TrunkBehaviour,
  rows: Record<Manner, Expected>,
): OutcomeCase[] {
  return Object.entries(rows).map(([manner, row]) =>
    one(`${what}: ${manner}`, answered(manner as Manner, behaviour), row, { waitMs: PATIENT_MS }),
  );
}

const noAnswer = unknown('transport');
const noAnswerAndGone = unknown('transport', GONE);

const answerCases: OutcomeCase[] = [
  ...inEveryManner(
    'a refusal',
    { refuses: 603 },
    {
      // In a 200 nothing tells the answer to the REFER from the report about the target.
      'failure-in-200': failedSomewhere(603),
      'json-as-page': refused(603),
      'connection-reset': noAnswer,
      'reset-before-refer': noAnswer,
      'reset-mid-body': noAnswer,
      silence: noAnswer,
      'silence-mid-body': noAnswer,
      'bad-gateway-page': unknown('api'),
      'gateway-timeout-page': unknown('api'),
      'error-page-as-json': unknown('api'),
      'page-as-json': noAnswer,
      garbage: noAnswer,
      'truncated-json': noAnswer,
      'huge-body': noAnswer,
    },
  ),
  ...inEveryManner('the call ends', 'hangs-up-before-notify', {
    'failure-in-200': ENDS,
    'json-as-page': ENDS,
    'connection-reset': noAnswerAndGone,
    'reset-before-refer': noAnswer,
    'reset-mid-body': noAnswerAndGone,
    silence: noAnswerAndGone,
    'silence-mid-body': noAnswerAndGone,
    'bad-gateway-page': unknown('api', GONE),
    'gateway-timeout-page': unknown('api', GONE),
    'error-page-as-json': unknown('api', GONE),
    'page-as-json': noAnswerAndGone,
    garbage: noAnswerAndGone,
    'truncated-json': noAnswerAndGone,
    'huge-body': noAnswerAndGone,
  }),
  one('the target answers: json-as-page', answered('json-as-page'), COMPLETED),
  one('the target is busy: failure-in-200', answered('failure-in-200', BUSY), failedSomewhere(486)),
  one('the target is busy: json-as-page', answered('json-as-page', BUSY), targetFailed(486)),
  one(
    'the answer comes long after the end',
    { room: { transferAnswerDelayMs: 45_000 } },
    GONE_AT_ONCE,
  ),
  {
    ...one('REFER refused without a phrase', 'refuses-488-without-phrase', refused(488)),
    everyEra: true,
  },
  {
    ...one('the target is busy, without a phrase', 'busy-486-without-phrase', targetFailed(486)),
    everyEra: true,
  },
  one(
    'REFER refused with a phrase that misleads',
    onTrunk({ refuses: 403, phrase: 'call transfer failed: sip status: 200: OK' }),
    refused(403),
  ),
];

const page = (title: string) => `<html><head><title>${title}</title></head></html>`;
const turnedAway = (turnsAway: number, text: string): Scene => answered({ turnsAway, text });
const INVALID = 'invalid authorization token: token';

/** What ends before any REFER, as it looks at the transfer itself. */
const rejectedCases: OutcomeCase[] = [
  one('unknown key', turnedAway(401, 'invalid API key'), notSent(4)),
  one('wrong secret', turnedAway(401, `${INVALID} signature is invalid`), notSent(4)),
  one(
    'expired token',
    turnedAway(401, `${INVALID} has invalid claims: token is expired`),
    notSent(4),
  ),
  one(
    'clock ahead',
    turnedAway(401, `${INVALID} has invalid claims: token is not valid yet`),
    notSent(4),
  ),
  one('garbage for a token', turnedAway(401, 'invalid authorization token'), notSent(4)),
  one(
    'a grant missing',
    answered({ fails: 'unauthenticated', message: 'permissions denied' }),
    notSent(4),
  ),
  one(
    'a grant missing, as 403',
    answered({ fails: 'permission_denied', message: 'permissions denied' }),
    notSent(4),
  ),
  one('a bad address', 'answers', notSent(2), { to: 'SIP:100@pbx.company.com' }),
  one('a header that is not allowed', 'answers', notSent(2), { headers: { Contact: 'x' } }),
  one('a header value that is not allowed', 'answers', notSent(2), {
    headers: { 'X-Dept': 'a\r\nb' },
  }),
  one('the caller has just left', { caller: { leaves: 'at-second-read' } }, notSent(5, GONE)),
  one(
    'the room has just gone',
    answered({ fails: 'not_found', message: 'requested room does not exist' }),
    notSent(5),
  ),
  one(
    'the SIP service has lost the call',
    answered({ fails: 'not_found', message: 'unknown call' }),
    notSent(5),
  ),
  one(
    'not a SIP participant',
    answered({
      fails: 'invalid_argument',
      message: 'no SIP session associated with participant',
    }),
    notSent(5),
  ),
  one('the SIP service is down', 'sip-service-frozen', notSent(1)),
  one(
    'still ringing, though it seemed active',
    { caller: { status: 'ringing', attributes: { 'sip.callStatus': 'active' } } },
    notSent(1),
  ),
  one(
    'a LiveKit phone number',
    answered({
      fails: 'unimplemented',
      message: "we don't yet support transfers for this phone number type",
    }),
    notSent(1),
  ),
  one('wrong path', turnedAway(404, '404 page not found\n'), notSent(2)),
  one('wrong method', answered({ fails: 'bad_route', message: 'no handler' }), notSent(2)),
  one('region pinned', turnedAway(451, 'project not allowed in this region.'), notSent(2)),
  one('too many requests', turnedAway(429, 'slow down'), notSent(1)),
  one('too many requests, as JSON', turnedAway(429, '{"message":"slow down"}'), notSent(1)),
  one('too large', turnedAway(413, page('413 Payload Too Large')), notSent(1)),
  one('a firewall’s page', turnedAway(403, page('403 Forbidden')), notSent(2)),
  one('a proxy that wants a login', turnedAway(407, page('407')), notSent(2)),
  one('a redirect', turnedAway(307, page('Moved')), notSent(2)),
];

/** What leaves nobody knowing. */
const unsettledCases: OutcomeCase[] = [
  one(
    'refer canceled',
    answered({ fails: 'canceled', message: 'refer canceled' }),
    unknown('notify'),
  ),
  one(
    'context deadline exceeded',
    answered({ fails: 'deadline_exceeded', message: 'context deadline exceeded' }),
    unknown('notify'),
  ),
  one(
    'the SIP service is stopping',
    answered({ fails: 'canceled', message: 'service shutting down' }),
    unknown('api'),
  ),
  one(
    'the REFER could not be sent',
    answered({ fails: 'unknown', message: 'write udp 10.0.0.1:5060: network is unreachable' }),
    unknown('api'),
  ),
  one(
    'something that nobody has listed',
    answered({ fails: 'internal', message: 'something new' }),
    unknown('api'),
  ),
  one(
    'a proxy’s 503 in JSON',
    turnedAway(503, '{"message":"no healthy upstream"}'),
    unknown('api'),
  ),
  one('a proxy’s 408', turnedAway(408, page('408 Request Time-out')), unknown('api')),
  one('half a 403 in JSON', turnedAway(403, '{"code":"permission_den'), unknown('api')),
];

const REJOINS = { as: 'sip_again', afterTransferMs: 0 };

const callerCases: OutcomeCase[] = [
  one(
    'the caller hangs up meanwhile',
    { ...onTrunk('never-notifies'), caller: { leaves: { afterTransferMs: 1_000 } } },
    ENDS,
  ),
  one(
    'the caller hangs up after a refusal',
    { ...onTrunk({ refuses: 603 }), caller: { leaves: { afterTransferMs: 1_500 } } },
    { ...refused(603), ...GONE },
  ),
  one(
    'the caller hangs up while the line is dead',
    {
      ...answered('connection-reset', 'never-notifies'),
      caller: { leaves: { afterTransferMs: 5 } },
    },
    noAnswerAndGone,
  ),
  one(
    'the caller is back under another identity, and the target answers',
    { caller: { rejoins: REJOINS } },
    COMPLETED,
  ),
  one(
    'the caller is back under another identity, and the target is busy',
    { caller: { rejoins: REJOINS } },
    targetFailed(486),
    { to: 'sip:486@pbx.company.com' },
  ),
  one(
    'the caller is back under another identity after a refusal',
    { ...onTrunk({ refuses: 405 }), caller: { rejoins: { ...REJOINS, afterTransferMs: 1_500 } } },
    refused(405),
  ),
  one(
    'the caller is back under another identity, and nothing is known',
    { ...answered('bad-gateway-page', 'never-notifies'), caller: { rejoins: REJOINS } },
    unknown('api'),
  ),
  one(
    'the room is deleted meanwhile',
    { ...onTrunk('never-notifies'), room: { closes: { afterTransferMs: 1_000 } } },
    ENDS,
  ),
  one(
    'the caller left before the last look',
    { caller: { leaves: 'at-first-read' } },
    failed('no-such-call', 5),
  ),
  one('the room has vanished', { room: { vanished: true } }, failed('no-such-call', 5)),
  one('the call still rings', 'still-ringing', NEVER_SENT),
  one('the call is still being dialled', 'still-dialing', NEVER_SENT),
  one(
    'the call is being hung up',
    { caller: { attributes: { 'sip.callStatus': 'hangup' } } },
    NEVER_SENT,
  ),
];

const UNREAD = { leg: 'unread', caller: 'unknown' } as const;
const unreadable: Scene = { room: { reading: { unavailable: 'after-transfer' } } };

/** A success that is stated does not need a look at the leg. */
const UNREADABLE = inLateAugust({ ...UNCONFIRMED, ...UNREAD }, { ...STATED, ...UNREAD });

const readingCases: OutcomeCase[] = [
  one('nobody can say where the caller is', unreadable, UNREADABLE),
  one(
    'nobody can say where the caller is, and the target is busy',
    unreadable,
    { ...targetFailed(486), ...UNREAD },
    { to: 'sip:486@pbx.company.com' },
  ),
  one('the leg never leaves the list', { room: { reading: { stale: 'after-transfer' } } }, STALE),
  one('the wall clock leaps ahead', 'answers', COMPLETED, { clockLeapsByMs: 86_400_000 }),
  one('the wall clock leaps back', 'answers', COMPLETED, { clockLeapsByMs: -86_400_000 }),
  one('the wall clock leaps back, and the call ends', 'hangs-up-early', ENDS, {
    clockLeapsByMs: -86_400_000,
  }),
];

const OPEN: OpenTransfer = {
  startedAt: '2026-11-23T20:47:40.692Z',
  to: 'support',
  referTo: 'sip:200@pbx.company.com',
  transferMethod: 'refer',
  outcome: 'unknown',
  underWay: null,
};
const KNOWN = { earlier: [OPEN], again: true };
/** Long enough for a second operator to come meanwhile. */
const SLOW = 'answers-after-30-s';

const operatorCases: OutcomeCase[] = [
  {
    ...begin('two operators, one target', SLOW),
    operators: [
      [{}, COMPLETED],
      [{ comesAfter: 'request' }, COMPLETED],
    ],
  },
  {
    ...begin('two operators, two targets', SLOW),
    operators: [
      [{}, COMPLETED],
      [{ comesAfter: 'request', to: 'sip:200@pbx.company.com' }, notSent(1)],
    ],
  },
  {
    ...begin('an earlier transfer’s answer comes late', SLOW),
    operators: [
      [{ waitMs: 2_000 }, unknown('notify')],
      [{ ...KNOWN, comesAfter: 'result', to: 'sip:408@pbx.company.com' }, UNCONFIRMED_GONE],
    ],
  },
  one(
    'an earlier transfer is open',
    'answers',
    { ...NEVER_SENT, exitCode: 2, caller: 'unknown' },
    {
      earlier: [OPEN],
    },
  ),
  one('an earlier transfer is open, and the target answers', 'answers', UNCONFIRMED_GONE, KNOWN),
  one(
    'an earlier transfer is open, and the target is busy',
    'busy-486',
    unknown('notify', { sip: 486 }),
    KNOWN,
  ),
  one(
    'an earlier transfer is open, and the trunk refuses',
    'refuses-405',
    { ...refused(405), caller: 'unknown' },
    KNOWN,
  ),
];

const keyCases: OutcomeCase[] = [
  one('unknown key, from the start', 'answers', failed('credentials', 4), { apiKey: 'APInobody' }),
  one('wrong secret, from the start', 'answers', failed('credentials', 4), {
    apiSecret: 'x'.repeat(40),
  }),
];

/** Those that take longest come first, so that nobody waits for them at the end. */
export const outcomeCases: readonly OutcomeCase[] = [
  ...readingCases,
  ...trunkCases,
  ...operatorCases,
  ...answerCases,
  ...callerCases,
  ...rejectedCases,
  ...unsettledCases,
  ...keyCases,
  ...sipCases,
];

/** What a request that never arrives is told; where it goes is up to the test. */
export const NEVER_ARRIVED: OutcomeRow = notSent(1, { stage: 'transport', posts: 0 });
