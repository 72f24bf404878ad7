/** Every case of a test that has a sentence of its own. */
import type { TransferConfig } from '../../src/config/types.ts';
import type { SmokeRequest } from '../../src/smoke/plan.ts';
import { sightOf } from '../../src/smoke/refer.ts';
import type { BridgeSight, CallFailure, SmokeFinding } from '../../src/smoke/result.ts';
import type { SmokeRun } from '../../src/smoke/run.ts';
import type { DialCause } from '../../src/transfer/outcome.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { call } from '../support/livekit.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';
import { openTransfer } from '../transfer/explain/transfer-facts.ts';
import { plan } from '../transfer/plans.ts';
import { LEG, smokeRun, smokeTest } from './runs.ts';
import {
  failedSomewhere,
  GONE,
  IGNORED,
  LINGERED,
  LOST,
  notified,
  refused,
  type Seen,
  SUCCESS,
  TIMED_OUT,
  transferred,
} from './transfers.ts';

export interface ToldCase {
  title: string;
  run: SmokeRun;
  config?: TransferConfig;
  operator?: boolean | null;
}

type HttpAnswerOfTransfer = Parameters<typeof transferred>[0];

/** How a leg came about: what a test of this kind asks for, and the leg that is transferred. */
type Way = 'outbound' | 'loop' | 'a call that was waited for' | 'a call that was up';

const INBOUND_CALL = call({ phoneNumberRaw: '+15105550142', phoneNumber: '+15105550142' });
const WAYS: Record<Way, { request: Partial<SmokeRequest>; leg: SmokeRun['leg'] }> = {
  outbound: { request: {}, leg: LEG },
  loop: {
    request: { method: 'loop', number: '+15550001111' },
    leg: { call: call({ phoneNumberRaw: '+15105550009' }), ids: [] },
  },
  'a call that was waited for': {
    request: { method: 'live', trunk: null, number: '+15550001111' },
    leg: { call: INBOUND_CALL, ids: [] },
  },
  'a call that was up': {
    request: { method: 'live', trunk: null, number: null, call: INBOUND_CALL },
    leg: { call: INBOUND_CALL, ids: [] },
  },
};
const EVERY_WAY = Object.keys(WAYS) as Way[];

/** What was seen of a target, or said of it. */
const PROOFS: readonly [title: string, Partial<SmokeFinding>][] = [
  ['nobody looked', {}],
  ['it arrived and was answered', { arrival: 'answered' }],
  ['it arrived and rang', { arrival: 'ringing' }],
  ['none arrived', { arrival: 'none' }],
  ['several arrived', { arrival: 'several' }],
  ['somebody saw it answered', { operator: true }],
  ['somebody saw it unanswered', { operator: false }],
];

/** A test of one way that came to a transfer. */
export function runOf(
  way: Way,
  outcome: HttpAnswerOfTransfer,
  seen: Seen = {},
  finding: Partial<SmokeFinding> = {},
): SmokeRun {
  const { request, leg } = WAYS[way];
  const of = leg === null ? {} : { call: leg.call };
  const transfer = transferred(outcome, { ...seen, attempt: { ...of, ...seen.attempt } });
  return smokeRun(transfer, { test: smokeTest(request), leg, finding });
}

function told(title: string, run: SmokeRun, more: Partial<ToldCase> = {}): ToldCase {
  return { title, run, operator: run.finding.operator, ...more };
}

function* proven(
  title: string,
  way: Way,
  outcome: HttpAnswerOfTransfer,
  seen: Seen = {},
): Generator<ToldCase> {
  for (const [proof, finding] of PROOFS) {
    yield told(`${title}, ${way}; ${proof}`, runOf(way, outcome, seen, finding));
  }
}

/** Verdicts that LiveKit's answer shows by itself. */
export function* clearCases(): Generator<ToldCase> {
  for (const way of EVERY_WAY) {
    yield told(`The target answered, ${way}`, runOf(way, SUCCESS, LINGERED));
  }
  yield* proven('Known to hang up first', 'outbound', SUCCESS, {
    ...GONE,
    attempt: { hangsUpFirst: true },
  });
  yield told(
    'Known to hang up first, loop; nobody looked',
    runOf('loop', SUCCESS, { ...GONE, attempt: { hangsUpFirst: true } }),
  );
  for (const code of [302, 404, 486, 603]) {
    yield told(`The target failed with ${code}`, runOf('outbound', notified(code, 'Words')));
  }
  yield told('The target failed without a reason', runOf('outbound', notified(486, '')));
  const service = twirp(503, 'unavailable', 'no response from servers');
  yield told('LiveKit’s own number', runOf('outbound', NO_NUMBER));
  yield told('The participant was gone', runOf('outbound', NO_PARTICIPANT, GONE));
  yield told('The SIP service was gone, and the call', runOf('outbound', service, GONE));
  yield told('The SIP service was gone, the call was up', runOf('outbound', service));
  yield told('No LiveKit', runOf('outbound', twirp(404, 'bad_route', 'no handler for path')));
  const openTransfers = [openTransfer()];
  yield told(
    'The SIP service was gone, after an open transfer',
    runOf('a call that was up', service, { attempt: { openTransfers } }),
  );
  yield told('The key may not transfer', runOf('outbound', DENIED));
}

const NO_NUMBER = twirp(
  501,
  'unimplemented',
  "we don't yet support transfers for this phone number type",
);
const NO_PARTICIPANT = twirp(404, 'not_found', 'participant does not exist');
const DENIED = twirp(401, 'unauthenticated', 'permissions denied');

/** A code of each ground, and of each way that its words can be made. */
export function* refusedCases(): Generator<ToldCase> {
  for (const code of [405, 489, 403, 603, 401, 407, 429, 481, 487, 400, 404, 500, 503, 699]) {
    yield told(`Refused with ${code}`, runOf('outbound', refused(code, 'Words')));
  }
  yield told('Refused without a reason', runOf('outbound', refused(603, '')));
  const silent = runOf('outbound', refused(603));
  const transfer: TransferResult | null = silent.finding.transfer && {
    ...silent.finding.transfer,
    sip: null,
  };
  yield told('Refused without a status', {
    ...silent,
    finding: { ...silent.finding, transfer },
  });
  for (const code of [405, 603]) {
    const run = runOf('outbound', refused(code, 'Words'));
    yield told(`Refused with ${code} by a provider that the config names`, {
      ...run,
      plan: plan({ provider: 'telnyx' }),
    });
    const seen = call({ provider: 'telnyx' });
    yield told(`Refused with ${code} by a provider that is recognised, inbound`, {
      ...runOf('loop', refused(code, 'Words'), { attempt: { call: seen } }),
      leg: { call: seen, ids: [] },
    });
  }
  yield told('The target failed with 403 at a provider that the config names', {
    ...runOf('outbound', notified(403, 'Words')),
    plan: plan({ provider: 'freeswitch' }),
  });
}

const DOUBTS: readonly [title: string, HttpAnswerOfTransfer, Seen?][] = [
  ['Taken, and no report', TIMED_OUT],
  ['Taken, and reports that prove nothing', notified(202, 'Accepted')],
  [
    'Taken, and reports that end',
    twirp(
      500,
      'internal',
      'call transfer failed: REFER subscription terminated without a final status (reason "noresource", last status 100)',
    ),
  ],
  ['Ignored', IGNORED],
  ['Gone at once', SUCCESS, GONE],
  ['Stayed', SUCCESS],
  ['Unclear', failure('ECONNRESET', true)],
];

/** Where LiveKit's answer cannot tell, and somebody else may. */
export function* doubtCases(): Generator<ToldCase> {
  for (const [title, outcome, seen] of DOUBTS) yield* proven(title, 'outbound', outcome, seen);
  yield* proven('Gone at once', 'loop', SUCCESS, GONE);
  yield* proven('Gone at once', 'a call that was waited for', SUCCESS, GONE);
  yield* proven('Gone at once', 'a call that was up', SUCCESS, GONE);
  const hidden = call({ phoneNumberRaw: null });
  yield told(
    'Gone at once, a hidden caller who was up; none arrived',
    runOf(
      'a call that was up',
      SUCCESS,
      { ...GONE, attempt: { call: hidden } },
      { arrival: 'none' },
    ),
  );
  const held = { ...GONE, attempt: { durationMs: 15_001 } };
  for (const way of EVERY_WAY) {
    yield told(`Gone after more than 15 s, ${way}; nobody looked`, runOf(way, SUCCESS, held));
  }
  yield told(
    'Gone after 15 s to the millisecond, loop; nobody looked',
    runOf('loop', SUCCESS, { ...GONE, attempt: { durationMs: 15_000 } }),
  );
  yield* proven('LiveKit says that the call ended', 'outbound', ENDED, GONE);
  yield told('LiveKit says that the call ended, loop, after 20 s', runOf('loop', ENDED, LATE));
  yield told('LiveKit states the end in a 200', runOf('outbound', ENDED_IN_200, GONE));
  yield told('Given up early', runOf('outbound', TIMED_OUT, {}, { waitMs: 20_000 }));
  yield told('The answer to the REFER was lost', runOf('outbound', IGNORED, LOST, { waitMs: 12 }));
  yield told('Refused, or the target busy', runOf('outbound', failedSomewhere(486, 'Busy Here')));
  yield told('Cancelled', runOf('outbound', answer(200, { reason: 'STR_CANCELED' })));
}

const ENDED = twirp(409, 'aborted', 'call ended before transfer completed');
const ENDED_IN_200 = answer(200, { status: 'STS_TRANSFER_FAILED', reason: 'STR_CALL_ENDED' });
const LATE = { ...GONE, attempt: { durationMs: 20_000 } };

/** What the config calls the trunk, in a hint that says what to set for it. */
export function* trunkKeyCases(): Generator<ToldCase> {
  const found = { arrival: 'answered' } as const;
  const about = (wishes: Partial<SmokeRequest>, leg: Partial<ReturnType<typeof call>>) => ({
    ...runOf('a call that was up', SUCCESS, GONE, found),
    test: smokeTest({ method: 'live', trunk: null, number: '+15550001111', ...wishes }),
    leg: { call: call(leg), ids: [] },
  });
  yield told('A trunk known by its id', about({}, { trunkId: 'ST_1' }));
  yield told('A trunk that the config has by another key', about({}, { trunkId: 'ST_1' }), {
    config: { trunks: { 'sip.example.com': { provider: 'asterisk' } } },
  });
  yield told('A trunk known by its host', about({}, { trunkId: null, host: 'sbc.example.net' }));
  yield told('A trunk known by nothing', about({}, { trunkId: null, host: null }));
}

const DIAL_CAUSES: Readonly<Record<DialCause, true>> = {
  busy: true,
  'no-answer': true,
  unavailable: true,
  declined: true,
  'wrong-number': true,
  forbidden: true,
  'password-missing': true,
  'password-refused': true,
  'trunk-missing': true,
  'no-numbers': true,
  'no-sip-service': true,
  'address-silent': true,
  'no-connection': true,
  'address-unknown': true,
  'answer-lost': true,
  refused: true,
  permission: true,
  credentials: true,
  intercepted: true,
  unreachable: true,
  lost: true,
  unlisted: true,
};

function dialFailure(dial: Partial<Extract<CallFailure, { kind: 'dial' }>['dial']>): CallFailure {
  return {
    kind: 'dial',
    dial: { ok: false, cause: 'unlisted', sip: null, message: 'MESSAGE', ...dial },
  };
}

function failed(title: string, trouble: CallFailure, way: Way = 'outbound'): ToldCase {
  const finding = { failure: trouble };
  const test = smokeTest(WAYS[way].request);
  return told(title, smokeRun(null, { test, leg: null, plan: null, finding }));
}

/** Every cause of a dial that failed: without a SIP status, and with one. */
export function* dialCases(): Generator<[DialCause, ToldCase, ToldCase]> {
  for (const cause of Object.keys(DIAL_CAUSES) as DialCause[]) {
    const sip = { code: 500, reason: 'Words' };
    yield [
      cause,
      failed(cause, dialFailure({ cause })),
      failed(`${cause}, with a status`, dialFailure({ cause, sip })),
    ];
  }
}

const FAILURES: readonly [Exclude<CallFailure, { kind: 'dial' }>, Way][] = [
  [{ kind: 'no-arrival' }, 'loop'],
  [{ kind: 'foreign-arrival', from: '+15105550142' }, 'loop'],
  [{ kind: 'early-arrival' }, 'loop'],
  [{ kind: 'several-arrivals', count: 2 }, 'loop'],
  [{ kind: 'several-arrivals', count: 2 }, 'a call that was waited for'],
  [{ kind: 'arrival-unanswered' }, 'loop'],
  [{ kind: 'arrival-unanswered' }, 'a call that was waited for'],
  [{ kind: 'arrival-unread', rooms: ['one'] }, 'loop'],
  [{ kind: 'arrival-unread', rooms: ['one', 'two'] }, 'a call that was waited for'],
  [{ kind: 'arrival-unread', rooms: ['one', 'two', 'three', 'four'] }, 'loop'],
  [{ kind: 'no-call' }, 'a call that was waited for'],
  [{ kind: 'leg-dropped' }, 'outbound'],
  [{ kind: 'leg-dropped' }, 'loop'],
  [{ kind: 'leg-dropped' }, 'a call that was up'],
];

/** Every other reason why it did not come to a REFER. */
export function* failureCases(): Generator<ToldCase> {
  const sip = { code: 500, reason: '' };
  yield failed('dial, a status without a reason', dialFailure({ cause: 'refused', sip }));
  yield failed('dial, LiveKit without words', dialFailure({ message: '' }));
  for (const [trouble, way] of FAILURES) {
    const rooms = trouble.kind === 'arrival-unread' ? ` (${trouble.rooms.length})` : '';
    yield failed(`${trouble.kind}${rooms}, ${way}`, trouble, way);
  }
  yield told('neither a failure nor a transfer', smokeRun(null, { leg: null }));
}

/** A test of one trunk's dialling. */
function bridged(
  title: string,
  trouble: CallFailure | null,
  seen: Partial<BridgeSight> = {},
): ToldCase {
  const bridge = { ...sightOf(trouble), ...seen };
  const test = smokeTest({ transferMethod: 'bridge', to: null });
  const finding = { failure: trouble, bridge };
  const failedDial = { dial: { ok: false, durationMs: 2000 }, answeredAt: null, leg: null };
  const more = trouble?.kind === 'dial' ? failedDial : {};
  return told(title, smokeRun(null, { test, plan: null, finding, ...more }));
}

/** Statuses of an INVITE, each with a verdict of its own. */
const ENDS: readonly [DialCause, code: number, reason: string][] = [
  ['busy', 486, 'Busy Here'],
  ['busy', 600, 'Busy Everywhere'],
  ['no-answer', 408, 'Request Timeout'],
  ['no-answer', 487, 'Request Terminated'],
  ['no-answer', 504, 'Server Time-out'],
  ['unavailable', 480, 'Temporarily Unavailable'],
  ['declined', 603, 'Decline'],
  ['wrong-number', 404, 'Not Found'],
  ['forbidden', 403, 'Forbidden'],
  ['password-refused', 407, 'Proxy Authentication Required'],
  ['refused', 503, 'Service Unavailable'],
];

/** What a bridge test finds. */
export function* bridgeCases(): Generator<ToldCase> {
  const held = { seenMs: 4000, gone: true };
  yield bridged('Answered', null, { audio: 'published', ...held });
  yield bridged('Answered, no audio track', null, { audio: 'none', ...held });
  yield bridged('Answered, muted', null, { audio: 'muted', ...held });
  yield bridged('Answered, and nobody could look', null);
  yield bridged(
    'Answered, and gone',
    { kind: 'leg-dropped' },
    { audio: 'published', seenMs: 1000 },
  );
  for (const [cause, code, reason] of ENDS) {
    yield bridged(`${code}`, dialFailure({ cause, sip: { code, reason } }));
  }
  for (const cause of Object.keys(DIAL_CAUSES) as DialCause[]) {
    if (ENDS.some(([each]) => each === cause) && cause !== 'no-answer') continue;
    yield bridged(`${cause}, without a status`, dialFailure({ cause }));
  }
}

function unanswered(title: string, trouble: CallFailure): ToldCase {
  const { run } = failed(title, trouble);
  return told(title, { ...run, dial: { ok: false, durationMs: 2000 }, answeredAt: null });
}

function nobody(title: string, trouble: CallFailure): ToldCase {
  const { run } = failed(title, trouble, 'a call that was waited for');
  return told(title, { ...run, dial: null, dialledAt: null, answeredAt: null });
}

/** What goes into a ticket, by how far a test came. */
export function ticketCases(): ToldCase[] {
  const dial = dialFailure({
    cause: 'busy',
    sip: { code: 486, reason: 'Busy Here' },
    message: 'INVITE failed: sip status: 486: Busy Here',
  });
  return [
    told('Completed', runOf('outbound', SUCCESS, LINGERED)),
    told('Refused', runOf('loop', refused(603, 'Decline'))),
    told('The target failed', {
      ...runOf('a call that was up', notified(486, 'Busy Here')),
      ...{ dial: null, dialledAt: null, answeredAt: null },
    }),
    told('Ignored', runOf('outbound', IGNORED)),
    told('Not sent', runOf('outbound', twirp(503, 'unavailable', 'no response from servers'))),
    unanswered('The dial failed', dial),
    nobody('Nobody called', { kind: 'no-call' }),
    failed('Dropped', { kind: 'leg-dropped' }),
    bridged('A bridge, answered', null, { audio: 'published', seenMs: 4000, gone: true }),
    bridged('A bridge, busy', dial),
  ];
}
