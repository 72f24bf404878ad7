/** Every case that has a sentence of its own. */

import { type ProviderName, providerPresets } from '../../../src/destinations/providers.ts';
import type { Announcement } from '../../../src/transfer/announce.ts';
import { INTERRUPTED_AFTER_SENDING } from '../../../src/transfer/explain/advice.ts';
import * as errors from '../../../src/transfer/explain/errors.ts';
import { describeOpenTransfer, type TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { nameStatus } from '../../../src/transfer/explain/status.ts';
import {
  type Cause,
  type Classification,
  type Evidence,
  type Leg,
  type LiveKitAnswer,
  NO_ANSWER,
  type Outcome,
} from '../../../src/transfer/outcome.ts';
import { agent, call, caller, MUTED, participant, secondsAgo } from '../../support/livekit.ts';
import { destination } from '../plans.ts';
import { facts, openTransfer, sipFacts } from './transfer-facts.ts';

type Case = readonly [title: string, facts: TransferFacts];

const LEGS: readonly Leg[] = ['listed', 'gone', 'unread'];
const WHERE: Record<Leg, string> = {
  listed: 'the leg is listed',
  gone: 'the leg is gone',
  unread: 'the room could not be read',
};

const OPEN = openTransfer();
const OPEN_TO_SALES = openTransfer({ to: 'sales', referTo: 'sip:100@pbx.company.com' });
const OPEN_TO_VOICEMAIL = openTransfer({ to: 'voicemail', referTo: 'sip:999@pbx.company.com' });
const UNDER_WAY = openTransfer({ outcome: null, underWay: { pid: 123, forMs: 1500 } });
const LONG_UNDER_WAY = openTransfer({
  to: 'voicemail',
  outcome: null,
  underWay: { pid: 124, forMs: 95_400 },
});
const OPEN_TRANSFERS: readonly [string, TransferFacts['openTransfers']][] = [
  ['', []],
  [', after an open transfer to elsewhere', [OPEN]],
  [', after an open transfer to the same target', [OPEN_TO_SALES]],
  [', after two open transfers', [OPEN, OPEN_TO_VOICEMAIL]],
];

const SECOND_CALLER = caller({ identity: 'b', attributes: { 'sip.callID': 'SCL_2' } });
const THIRD_CALLER = caller({ identity: 'c', attributes: { 'sip.callID': 'SCL_3' } });

/** One outcome, wherever the leg is, and whatever else is open. */
function* everywhere(
  outcome: Outcome,
  title: string,
  make: (wishes: Partial<TransferFacts>) => TransferFacts,
): Generator<Case> {
  for (const [after, openTransfers] of OPEN_TRANSFERS) {
    for (const leg of LEGS) {
      yield [`${outcome}: ${title}; ${WHERE[leg]}${after}`, make({ leg, openTransfers })];
    }
  }
}

export function* completedCases(): Generator<Case> {
  const proven: readonly [Evidence, string][] = [
    ['reason', 'LiveKit states it'],
    ['lingered', 'the leg stayed, then left'],
    ['trunk', 'the trunk hangs up first'],
  ];
  for (const [evidence, title] of proven) {
    for (const leg of LEGS) {
      yield [`completed: ${title}; ${WHERE[leg]}`, facts('completed', {}, { evidence, leg })];
    }
  }
  const done = (wishes: Partial<TransferFacts>) =>
    facts('completed', {}, { leg: 'gone', ...wishes });
  const rooms: readonly [string, TransferFacts['room']][] = [
    ['an agent stays behind', [agent()]],
    ['two agents stay behind', [agent(), agent({ identity: 'agent-y' })]],
    ['an agent and another caller stay behind', [agent(), SECOND_CALLER]],
    ['an agent and two other callers stay behind', [agent(), SECOND_CALLER, THIRD_CALLER]],
    ['a caller without an agent stays behind', [SECOND_CALLER]],
    ['who stays behind could not be read', null],
  ];
  for (const [title, room] of rooms) yield [`completed: ${title}`, done({ room })];
  const quick = { provider: 'asterisk', durationMs: 400 } as const;
  yield ['completed: an Asterisk within a second', done(quick)];
  yield ['completed: an Asterisk after a second', done({ ...quick, durationMs: 1000 })];
  yield ['completed: another provider within a second', done({ ...quick, provider: 'twilio' })];
}

const UNKNOWN: readonly [string, Partial<Classification>][] = [
  ['no verdict in time', { cause: 'no-verdict-in-time' }],
  ['REFER unanswered', { cause: 'refer-unanswered', stage: 'refer' }],
  ['answer to the REFER lost', { cause: 'refer-answer-lost', stage: 'refer' }],
  ['reports stopped', { cause: 'reports-stopped' }],
  ['cancelled', { cause: 'cancelled' }],
  ['SIP service lost', { cause: 'no-sip-service' }],
  ['SIP service stopping', { cause: 'service-stopping' }],
  ['connection lost', { cause: 'connection-lost', livekit: livekit({ code: 'ECONNRESET' }) }],
  ['connection timed out', { cause: 'connection-lost', livekit: livekit({ code: 'TIMEOUT' }) }],
  ['rejected, no code', { cause: 'stated-reason', livekit: livekit({ reason: 'STR_REJECTED' }) }],
  [
    'completed and failed by reason',
    { cause: 'stated-reason', livekit: livekit({ reason: 'STR_COMPLETED' }) },
  ],
  [
    'completed and failed by status',
    { cause: 'stated-reason', livekit: livekit({ code: 'STS_TRANSFER_SUCCESSFUL' }) },
  ],
  ['NOTIFY 202', { cause: 'sip', stage: 'notify', sip: { code: 202, reason: 'Accepted' } }],
  ['202 of nobody knows whom', { cause: 'sip', sip: { code: 202, reason: 'Accepted' } }],
  ['REFER 200', { cause: 'sip', stage: 'refer', sip: { code: 200, reason: 'OK' } }],
  ['NOTIFY 486', { cause: 'sip', stage: 'notify', sip: { code: 486, reason: 'Busy Here' } }],
  ['no status at all', { cause: 'sip', stage: 'notify' }],
  [
    'an answer of LiveKit that is not listed',
    {
      cause: 'unlisted',
      livekit: livekit({ httpStatus: 500, code: 'unknown', message: 'write: broken pipe.' }),
    },
  ],
  ['a page', { cause: 'unlisted', livekit: livekit({ httpStatus: 502, message: '<html>' }) }],
  ['a cause without words', { cause: 'none' }],
];

function livekit(answer: Partial<LiveKitAnswer>): LiveKitAnswer {
  return { ...NO_ANSWER, ...answer };
}

export function* openCases(): Generator<Case> {
  const timedOut: Partial<Classification> = { cause: 'no-verdict-in-time' };
  yield* everywhere('ended', 'a bare 200', (wishes) => facts('ended', {}, wishes));
  for (const leg of LEGS) {
    const stated = facts('ended', { cause: 'call-ended' }, { leg });
    yield [`ended: LiveKit states it; ${WHERE[leg]}`, stated];
  }
  const end = (wishes: Partial<TransferFacts>) => facts('ended', {}, { leg: 'gone', ...wishes });
  yield ['ended: just before the media time-out', end({ durationMs: 15_000 })];
  yield ['ended: after the media time-out', end({ durationMs: 15_001 })];
  yield ['ended: a trunk known by its host', end({ call: call({ trunkId: null }) })];
  yield ['ended: a trunk not known', end({ call: call({ trunkId: null, host: null }) })];
  yield* everywhere('unconfirmed', 'only LiveKit says so', (wishes) =>
    facts('unconfirmed', {}, wishes),
  );
  yield* everywhere('unknown', 'no verdict in time', (wishes) =>
    facts('unknown', timedOut, wishes),
  );
  for (const waitMs of [20_000, 33_000]) {
    yield [`unknown: after a wait of ${waitMs} ms`, facts('unknown', timedOut, { waitMs })];
  }
  for (const [title, classification] of UNKNOWN) {
    yield [`unknown: ${title}`, facts('unknown', classification)];
  }
  const busy: Partial<Classification> = {
    cause: 'sip',
    stage: 'notify',
    sip: { code: 486, reason: 'Busy Here' },
  };
  yield* everywhere('unknown', 'NOTIFY 486', (wishes) => facts('unknown', busy, wishes));
}

export function* refusedCases(): Generator<Case> {
  yield* everywhere('refused', '405', (wishes) => sipFacts('refer', 405, wishes));
  const somewhere = { cause: 'sip', sip: { code: 486, reason: 'Busy Here' } } as const;
  for (const leg of LEGS) {
    yield [`refused: 486 by trunk or target; ${WHERE[leg]}`, facts('refused', somewhere, { leg })];
  }
  yield ['refused: no status, by trunk or target', facts('refused', { cause: 'sip' })];
  yield* everywhere('target-failed', '486', (wishes) => sipFacts('notify', 486, wishes));
  for (const phoneNumberRaw of [null, 'anonymous']) {
    const hidden = call({ phoneNumber: null, phoneNumberRaw });
    const title = `with the number ${phoneNumberRaw ?? 'hidden'}; ${WHERE.gone}`;
    yield [`refused: 405 ${title}`, sipFacts('refer', 405, { leg: 'gone', call: hidden })];
    yield [`target-failed: 486 ${title}`, sipFacts('notify', 486, { leg: 'gone', call: hidden })];
  }
  const unnamed = { phoneNumber: null, phoneNumberRaw: null };
  yield [
    'refused: a caller known by name',
    sipFacts('refer', 405, { call: call({ ...unnamed, name: 'Phone …0100' }) }),
  ];
  yield [
    'refused: a caller known by call id',
    sipFacts('refer', 405, { call: call({ ...unnamed, name: '' }) }),
  ];
  const typed = destination({ input: 'tel:+1', department: null, referTo: 'tel:+1' });
  yield ['refused: a target known by its address', sipFacts('refer', 405, { destination: typed })];
  yield ['refused: no status', facts('refused', { stage: 'refer', cause: 'sip' })];
}

const NOT_SENT: readonly [Cause, Partial<LiveKitAnswer>][] = [
  ['credentials', { message: 'invalid API key' }],
  ['credentials', { message: 'invalid authorization token: token signature is invalid' }],
  ['credentials', { message: 'token is expired' }],
  ['credentials', { message: 'token is not valid yet' }],
  ['permission', { httpStatus: 401, code: 'unauthenticated', message: 'permissions denied' }],
  ['intercepted', { httpStatus: 403, message: '<html>403 Forbidden</html>' }],
  ['redirected', { httpStatus: 307, redirectsTo: 'https://portal.example.net/login?…' }],
  [
    'redirected',
    {
      httpStatus: 307,
      redirectsTo: 'https://lk.example.net/twirp/livekit.SIP/TransferSIPParticipant',
    },
  ],
  ['redirected', { httpStatus: 308 }],
  ['bad-address', {}],
  ['bad-header', { message: 'invalid header name: header name Contact not supported' }],
  ['caller-gone', {}],
  ['not-sip', {}],
  ['no-sip-service', {}],
  ['not-answered-yet', {}],
  ['hanging-up', {}],
  ['status-unknown', {}],
  ['no-call-id', {}],
  ['is-target', {}],
  ['already-transferring', {}],
  ['livekit-number', {}],
  ['wrong-url', { httpStatus: 404 }],
  ['wrong-url', { httpStatus: 451 }],
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CONNECT_TIMEOUT', 'TIMEOUT', 'ETIMEDOUT'].map(
    (code): [Cause, Partial<LiveKitAnswer>] => ['unreachable', { code }],
  ),
  ['unreachable', { code: 'CERT_HAS_EXPIRED' }],
  ['unreachable', { code: 'PROXY_REFUSED', message: 'the proxy p:1 (ALL_PROXY) refused' }],
  ['unreachable', { code: 'PROXY_LOGIN', message: 'the proxy p:1 (ALL_PROXY) wants a user' }],
  ['unreachable', { code: 'EPIPE' }],
  ['unreachable', {}],
  ['rejected', { httpStatus: 429 }],
  ['rejected', { httpStatus: 400, message: 'Missing room name' }],
  ['rejected', { httpStatus: 413 }],
  ['rejected', { httpStatus: 415, message: `a\n${'b'.repeat(400)}` }],
];

export function* notSentCases(): Generator<Case> {
  for (const [cause, answer] of NOT_SENT) {
    const said = Object.values(answer).join(' ').replace(/\s+/g, ' ').slice(0, 60);
    yield [
      `not-sent: ${cause}${said === '' ? '' : ` (${said})`}`,
      facts('not-sent', { cause, livekit: livekit(answer) }),
    ];
  }
  for (const status of ['ringing', 'dialing'] as const) {
    const outbound = call({ direction: 'outbound', status, ageSeconds: 3 });
    yield [
      `not-sent: not-answered-yet, outbound and ${status}`,
      facts('not-sent', { cause: 'not-answered-yet' }, { call: outbound }),
    ];
  }
  const answer = livekit({ httpStatus: 400, code: 'invalid_argument', message: 'no such thing' });
  for (const leg of ['gone', 'unread'] as const) {
    for (const cause of [
      'caller-gone',
      'permission',
      'rejected',
      'already-transferring',
    ] as const) {
      yield [
        `not-sent: ${cause}; ${WHERE[leg]}`,
        facts('not-sent', { cause, livekit: answer }, { leg }),
      ];
    }
  }
  yield* everywhere('not-sent', 'open-transfer', (wishes) =>
    facts('not-sent', { cause: 'open-transfer' }, wishes),
  );
  const underWay: [string, TransferFacts['openTransfers']][] = [
    ['one that is under way', [UNDER_WAY]],
    ['two that are under way', [LONG_UNDER_WAY, UNDER_WAY]],
    ['one that is under way, after an open one', [OPEN_TO_SALES, UNDER_WAY]],
    ['an open one, after one that is under way', [LONG_UNDER_WAY, OPEN]],
    ['one that is under way, and two open ones', [OPEN_TO_SALES, UNDER_WAY, OPEN_TO_VOICEMAIL]],
  ];
  for (const [title, openTransfers] of underWay) {
    yield [
      `not-sent: open-transfer; ${title}`,
      facts('not-sent', { cause: 'open-transfer' }, { openTransfers }),
    ];
  }
}

export function* callerCases(): Generator<Case> {
  const rooms: readonly [string, NonNullable<TransferFacts['room']>][] = [
    ['nobody', []],
    ['an agent without audio', [agent({ tracks: [] })]],
    ['a muted agent', [agent({ tracks: [MUTED] })]],
    ['an agent that never started', [agent({ attributes: { 'lk.agent.state': 'initializing' } })]],
    [
      'an agent that has just joined',
      [
        agent({
          tracks: [],
          joinedAtMs: secondsAgo(3),
          attributes: { 'lk.agent.state': 'initializing' },
        }),
      ],
    ],
    ['a working agent', [agent()]],
    ['a person', [participant({ tracks: agent().tracks })]],
    ['another caller', [SECOND_CALLER]],
  ];
  for (const [title, others] of rooms) {
    yield [`with ${title} in the room`, sipFacts('notify', 486, { room: [caller(), ...others] })];
  }
  yield ['while who is in the room is not known', sipFacts('notify', 486, { room: null })];
  for (const direction of ['inbound', 'outbound'] as const) {
    for (const status of ['ringing', 'dialing', 'automation'] as const) {
      for (const ageSeconds of [3, 600]) {
        const leg = call({ direction, status, ageSeconds });
        yield [
          `${direction}, ${status} for ${ageSeconds} s`,
          sipFacts('notify', 486, { call: leg }),
        ];
      }
    }
  }
}

const NUMBER = destination({
  input: '+15105550100',
  kind: 'number',
  department: null,
  number: '+15105550100',
  referTo: 'tel:+15105550100',
});

function uri(referTo: string) {
  return destination({ input: referTo, kind: 'uri', department: null, number: null, referTo });
}

interface StatusCase {
  /** At which stage, and about what kind of target. */
  about: string;
  code: number;
  facts: TransferFacts;
}

/** Every status at every provider, about each form of address. */
export function* providerCases(): Generator<StatusCase> {
  for (const provider of Object.keys(providerPresets) as ProviderName[]) {
    const own = destination({ ...NUMBER, referTo: 'sip:+1@x', rule: `preset ${provider}` });
    const targets = [
      ['a bare number', NUMBER],
      ['its own domain', own],
      ['a department', destination()],
      ['a foreign host', uri('sip:+15105550100@192.0.2.1')],
    ] as const;
    for (const stage of ['refer', 'notify'] as const) {
      for (const [target, to] of targets) {
        for (let code = 300; code < 700; code += 1) {
          const known = { provider, destination: to };
          yield { about: `${stage}, ${target}`, code, facts: sipFacts(stage, code, known) };
        }
      }
    }
  }
  for (const direction of ['inbound', 'outbound'] as const) {
    const recognised = call({ provider: 'twilio', direction });
    const seen = sipFacts('refer', 603, { call: recognised, destination: NUMBER });
    yield { about: `refer, a bare number, recognised (${direction})`, code: 603, facts: seen };
  }
}

/** What is said where there is no result: an error with its hint. */
export function errorCases(): [title: string, text: string][] {
  const who = { call: call(), destination: destination() };
  const result = { message: 'MESSAGE.', hint: 'HINT.' };
  const said = ({ message, hint }: { message: string; hint: string | undefined }) =>
    `${message}\n→ ${hint ?? '(nothing)'}`;
  return [
    ['Ctrl-C before the request', errors.NOTHING_SENT],
    ['no to the question', errors.DECLINED],
    ['Ctrl-C while LiveKit is waited for', said(errors.interruptedWhileSending(who, 'recorded'))],
    ['the same with --no-history', said(errors.interruptedWhileSending(who, 'unrecorded'))],
    ['the same in the sandbox', said(errors.interruptedWhileSending(who, 'sandbox'))],
    ['the same in the record of transfers', INTERRUPTED_AFTER_SENDING],
    ['Ctrl-C while the caller is looked for', said(errors.interruptedWhileReading(result))],
    [
      'the same after a success without a hint',
      said(errors.interruptedWhileReading({ ...result, hint: null })),
    ],
    ['the caller spoke', said(errors.callerSpoke(who.call))],
    [
      'not announced, and not sent',
      said(errors.notAnnounced(who.call, false, 'no agent is in the room')),
    ],
    [
      'perhaps announced, and not sent',
      said(errors.notAnnounced(who.call, true, 'agent-x may hang')),
    ],
    ['moved unannounced', errors.movedUnannounced(who.call, false, 'no agent is in the room')],
    ['moved, perhaps announced', errors.movedUnannounced(who.call, true, 'agent-x may hang')],
    ['Ctrl-C between two targets', said(errors.interruptedBetweenTargets(result))],
    ['the same without a hint', said(errors.interruptedBetweenTargets({ ...result, hint: null }))],
    ['a bug after the request', said(errors.outcomeLost(who, new TypeError('x is no function')))],
    ['the same, thrown as a text', said(errors.outcomeLost(who, 'out of memory'))],
    ...LEGS.map((leg): [string, string] => [
      `the caller is away just before the request; ${WHERE[leg]}`,
      said(errors.callerAway(who.call, leg)),
    ]),
    ...[true, false].map((offersAgain): [string, string] => [
      `earlier transfers of the call could not be read${offersAgain ? '' : ', where nobody can say --again'}`,
      said(
        errors.unreadableRecord(
          '/home/ann/.local/state/lk-transfer',
          'the disk fails (EIO)',
          offersAgain,
        ),
      ),
    ]),
  ];
}

/** What is said of many transfers. */
export function batchCases(): [title: string, text: string][] {
  const said = { text: 'One moment.', agent: null, file: 'hold.ogg', reason: null };
  const told = (outcome: Announcement['outcome'], by: Announcement['by'] = 'agent') => ({
    ...{ ...said, outcome, by },
  });
  const nothing = { callers: 1, outcomes: [], underWay: 0, notTried: 0 };
  const page = livekit({ httpStatus: 403, message: '<html>403 Forbidden</html>' });
  const own = livekit({ httpStatus: 401, code: 'unauthenticated', message: 'invalid API key.' });
  return [
    ['not tried: Ctrl-C', errors.notTried('SCL_1', errors.BEFORE_ITS_TURN)],
    [
      'not tried: a page in LiveKit’s place',
      errors.notTried('SCL_1', errors.turnedAwayBefore(page)),
    ],
    ['not tried: LiveKit’s own no', errors.notTried('SCL_1', errors.turnedAwayBefore(own))],
    ['not tried: the trunk refuses', errors.notTried('SCL_1', errors.refusedBefore('ST_1', 603))],
    ['not tried: the target is busy', errors.notTried('SCL_1', errors.busyBefore('sip:1@x', 2))],
    ['not tried, and told already', errors.notTried('SCL_1', 'No call SCL_1.', told('said'))],
    [
      'not tried, and perhaps played a file',
      errors.notTried('SCL_1', errors.BEFORE_ITS_TURN, told('unknown', 'file')),
    ],
    ['not tried, nor told', errors.notTried('SCL_1', 'No call SCL_1.', told('not-said', null))],
    ['not tried: an error’s sentence', errors.notTried('SCL_1', 'No call SCL_1.')],
    [
      'a first target is passed over',
      errors.targetPassedOver(
        { call: call(), destination: destination() },
        errors.busyBefore('sip:100@pbx.company.com', 2),
      ),
    ],
    [
      'a fallback is passed over',
      errors.fallbackPassedOver(
        { call: call(), destination: destination() },
        errors.busyBefore('sip:100@pbx.company.com', 2),
      ),
    ],
    [
      'a fallback is passed over: earlier transfers could not be read',
      errors.fallbackPassedOver(
        { call: call(), destination: destination() },
        errors.unreadableRecord('/state', 'the disk fails (EIO)', true).reason,
      ),
    ],
    ['Ctrl-C, nothing under way', errors.stoppingBatch(0, 0)],
    ['Ctrl-C, two under way', errors.stoppingBatch(2, 0)],
    ['Ctrl-C, one under way, and two that ring', errors.stoppingBatch(1, 2)],
    ['a second Ctrl-C, nothing under way', errors.leavingBatch([], 'SUM.')],
    ['a second Ctrl-C, two under way', errors.leavingBatch(['SCL_1', 'SCL_2'], 'SUM.')],
    ['the sum of nothing', errors.batchSum(nothing)],
    [
      'the sum of much',
      errors.batchSum({
        callers: 9,
        outcomes: [
          ['completed', 3],
          ['unknown', 1],
        ],
        underWay: 2,
        notTried: 3,
      }),
    ],
  ];
}

/** Clauses that other sentences are made with. */
export function clauseCases(): [title: string, text: string][] {
  return [
    ['no status', nameStatus(null)],
    ['a status without a reason', nameStatus({ code: 486, reason: '' })],
    ['a status', nameStatus({ code: 486, reason: 'Busy Here' })],
    ['a warning: an open transfer', describeOpenTransfer(OPEN)],
    ['a warning: one without a record', describeOpenTransfer(openTransfer({ outcome: null }))],
    ['a warning: one that is under way', describeOpenTransfer(UNDER_WAY)],
    ['a warning: one that is under way for long', describeOpenTransfer(LONG_UNDER_WAY)],
  ];
}
