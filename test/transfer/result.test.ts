import { describe, expect, it } from 'vitest';
import type { Participant } from '../../src/livekit/messages.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import type { Action } from '../../src/transfer/explain/advice.ts';
import { sipWords } from '../../src/transfer/explain/status.ts';
import { callerLocation, type Leg, type Outcome } from '../../src/transfer/outcome.ts';
import { type Attempt, concludeTransfer } from '../../src/transfer/result.ts';
import { agent, call, caller, MUTED, NOW, participant, secondsAgo } from '../support/livekit.ts';
import { answer, failure, sipFailure, twirp } from './answers.ts';
import { destination } from './plans.ts';

interface Ending {
  leg?: Leg;
  /** Who else is in the room. */
  others?: Participant[];
  lastListedMs?: number | null;
  hangsUpFirst?: boolean;
  attempt?: Partial<Attempt>;
}

function conclude(outcome: HttpOutcome, ending: Ending = {}) {
  const { leg = 'listed', others = [], lastListedMs = null, hangsUpFirst = false } = ending;
  const room = leg === 'unread' ? null : leg === 'listed' ? [caller(), ...others] : others;
  return concludeTransfer(
    {
      call: call(),
      destination: destination(),
      bridge: null,
      provider: null,
      hangsUpFirst,
      openTransfers: [],
      waitMs: 90_000,
      startedAt: new Date(NOW).toISOString(),
      durationMs: 1500,
      isAgent: () => false,
      nowMs: NOW,
      ...ending.attempt,
    },
    classifyAnswer(outcome),
    { leg, lastListedMs, room },
  );
}

const SUCCESS = answer(200, {});
const PROVEN = answer(200, { reason: 'STR_COMPLETED' });
const ENDED = twirp(409, 'aborted', 'call ended before transfer completed');
const REFUSED = sipFailure(400, 'invalid_argument', { code: 405, reason: 'Method Not Allowed' });
const BUSY = sipFailure(429, 'resource_exhausted', {
  code: 486,
  reason: 'Busy Here',
  notify: true,
});
const REJECTED = answer(429, 'slow down');
const TIMED_OUT = twirp(408, 'deadline_exceeded', 'request timed out');
const gone: Ending = { leg: 'gone' };
const unread: Ending = { leg: 'unread' };

describe('where the caller is', () => {
  const definite: Outcome[] = ['refused', 'target-failed', 'not-sent'];
  const open: Outcome[] = ['completed', 'ended', 'unconfirmed', 'unknown'];
  it.each([...definite, ...open])(
    '%s: left when the leg is gone, unknown when unread',
    (outcome) => {
      expect(callerLocation(outcome, 'gone', false)).toBe('left');
      expect(callerLocation(outcome, 'unread', false)).toBe('unknown');
    },
  );
  it.each(definite)('%s: on the line when the leg is listed', (outcome) => {
    expect(callerLocation(outcome, 'listed', false)).toBe('on-the-line');
  });
  it.each(definite)('%s: unknown while an earlier transfer may still come about', (outcome) => {
    expect(callerLocation(outcome, 'listed', true)).toBe('unknown');
    expect(callerLocation(outcome, 'gone', true)).toBe('left');
  });
  it.each(open)('%s: a listed leg proves nothing', (outcome) => {
    expect(callerLocation(outcome, 'listed', false)).toBe('unknown');
  });
});

describe('the result', () => {
  const lingered: Ending = { leg: 'gone', lastListedMs: 900 };
  it.each<[string, HttpOutcome, Ending, string]>([
    ['200, lingered', SUCCESS, lingered, 'completed left 0 lingered'],
    ['200, gone at once', SUCCESS, gone, 'ended left 7 -'],
    [
      '200, gone at once, hangs up first',
      SUCCESS,
      { ...gone, hangsUpFirst: true },
      'completed left 0 trunk',
    ],
    ['200, never gone', SUCCESS, {}, 'unconfirmed unknown 7 -'],
    ['200, unread', SUCCESS, unread, 'unconfirmed unknown 7 -'],
    ['200, proven', PROVEN, gone, 'completed left 0 reason'],
    ['200, proven, still listed', PROVEN, {}, 'completed unknown 0 reason'],
    ['call ended', ENDED, gone, 'ended left 7 -'],
    ['refused', REFUSED, {}, 'refused on-the-line 1 -'],
    ['refused and dropped', REFUSED, gone, 'refused left 1 -'],
    ['refused, unread', REFUSED, unread, 'refused unknown 1 -'],
    ['busy', BUSY, {}, 'target-failed on-the-line 1 -'],
    ['busy, lingered', BUSY, lingered, 'target-failed left 1 -'],
    ['rejected', REJECTED, {}, 'not-sent on-the-line 1 -'],
    ['time-out', TIMED_OUT, {}, 'unknown unknown 7 -'],
    ['time-out, gone', TIMED_OUT, gone, 'unknown left 7 -'],
    [
      'time-out, gone, hangs up first',
      TIMED_OUT,
      { ...gone, hangsUpFirst: true },
      'unknown left 7 -',
    ],
  ])('%s', (_, outcome, ending, expected) => {
    const { outcome: found, caller: where, exitCode, evidence } = conclude(outcome, ending);
    expect([found, where, exitCode, evidence ?? '-'].join(' ')).toBe(expected);
  });

  it('has no stage when it is completed, and LiveKit’s answer always', () => {
    expect(conclude(PROVEN, gone)).toMatchObject({ stage: null, livekit: { httpStatus: 200 } });
    expect(conclude(BUSY)).toMatchObject({
      stage: 'notify',
      sip: { code: 486, reason: 'Busy Here' },
      livekit: { httpStatus: 429, code: 'resource_exhausted' },
    });
  });

  it('names the destination as it was asked for, and nothing of how it was resolved', () => {
    expect(conclude(SUCCESS, gone).destination).toEqual({
      input: 'sales',
      kind: 'department',
      department: 'sales',
      referTo: 'sip:100@pbx.company.com',
    });
  });
});

describe('the words', () => {
  const WITH_WORDS: [string, HttpOutcome, Ending][] = [
    ['ended', SUCCESS, gone],
    ['unconfirmed', SUCCESS, {}],
    ['refused', REFUSED, {}],
    ['target-failed', BUSY, {}],
    ['not-sent', REJECTED, {}],
    ['unknown', TIMED_OUT, {}],
    ['lost connection', failure('ECONNRESET', true), {}],
    ['no connection', failure('ECONNREFUSED', false), {}],
    ['caller gone', twirp(404, 'not_found', 'participant does not exist'), gone],
    ['no SIP service', twirp(503, 'unavailable', 'no response from servers'), {}],
    ['wrong key', answer(401, 'invalid API key'), {}],
    ['wrong URL', answer(404, '404 page not found'), {}],
    ['a page', answer(502, '<html>'), {}],
  ];
  it.each(WITH_WORDS)(
    '%s: a message with a sentence’s end, and a next step',
    (_, outcome, ending) => {
      const { message, hint } = conclude(outcome, ending);
      expect(message).toMatch(/^[A-Z].*[.]$/s);
      expect(hint).toMatch(/^[A-Z].*[.`]$/s);
      expect(message).not.toMatch(/undefined|null|NaN|\.\./);
    },
  );

  it.each<[string, HttpOutcome, Ending, Action]>([
    ['completed', SUCCESS, { leg: 'gone', lastListedMs: 900 }, 'none'],
    ['ended', SUCCESS, gone, 'ask-target'],
    ['unconfirmed', SUCCESS, {}, 'ask-target'],
    ['refused', REFUSED, {}, 'bridge'],
    ['refused and dropped', REFUSED, gone, 'call-back'],
    ['target-failed', BUSY, {}, 'other-destination'],
    ['target-failed and dropped', BUSY, gone, 'call-back'],
    ['not-sent', REJECTED, {}, 'retry-soon'],
    ['unknown', TIMED_OUT, {}, 'ask-target'],
    ['unknown, connection', failure('ECONNRESET', true), {}, 'ask-target'],
    ['no connection', failure('ECONNREFUSED', false), {}, 'retry-soon'],
  ])('%s has its next step', (_, outcome, ending, action) => {
    const { message, advice } = conclude(outcome, ending);
    expect(advice.action).toBe(action);
    if (advice.meaning !== null && action !== 'ask-target') {
      expect(message).toContain(advice.meaning);
    }
  });

  it('names caller and target, the status, the error, and where the caller is', () => {
    const known = /\+15105550100 \(SCL_1\),? .*sales \(sip:100@pbx\.company\.com\)/;
    for (const outcome of [SUCCESS, REFUSED, BUSY, TIMED_OUT, failure('ECONNRESET', true)]) {
      expect(conclude(outcome).message).toMatch(known);
      const messages = [{}, gone, unread].map((ending) => conclude(outcome, ending).message);
      expect(new Set(messages).size).toBe(3);
    }
    expect(conclude(REFUSED).message).toContain('405 Method Not Allowed');
    expect(conclude(BUSY).message).toContain('486 Busy Here');
    expect(conclude(REJECTED).message).toContain('HTTP 429');
    expect(conclude(failure('ECONNRESET', true)).message).toContain('ECONNRESET');
    expect(conclude(TIMED_OUT).message).toContain('1m 30s');
  });

  const dead = (wishes: Parameters<typeof agent>[0]) => [agent(wishes)];
  const ROOMS: [string, Participant[], silence: boolean][] = [
    ['nobody', [], true],
    ['an agent without audio', dead({ tracks: [] }), true],
    ['a muted agent', dead({ tracks: [MUTED] }), true],
    [
      'an agent that never started',
      dead({ attributes: { 'lk.agent.state': 'initializing' } }),
      true,
    ],
    ['a working agent', [agent()], false],
    ['a person', [participant({ tracks: agent().tracks })], false],
    ['another caller', [caller({ identity: 'b', attributes: { 'sip.callID': 'SCL_2' } })], false],
  ];

  it.each(ROOMS)('a caller left behind with %s is told as what they hear', (_, others, silence) => {
    for (const outcome of [REFUSED, BUSY, REJECTED]) {
      const { message } = conclude(outcome, { others });
      expect(message).toContain('still on the line, ');
      expect(/in silence/.test(message)).toBe(silence);
    }
  });

  it.each([
    ['refused', REFUSED],
    ['busy', BUSY],
    ['rejected', REJECTED],
  ])('%s: tells apart all that a caller may be left behind with', (_, outcome) => {
    const messages = ROOMS.map(([, others]) => conclude(outcome, { others }).message);
    expect(new Set(messages).size).toBe(ROOMS.length);
  });

  it.each(['ringing', 'dialing'] as const)('a call that is %s hears ringing', (status) => {
    const attempt = { call: call({ status, ageSeconds: 3 }) };
    expect(conclude(REJECTED, { attempt }).message).toContain('and hears ringing');
  });

  it('a call that sends digits hears no ringing', () => {
    const attempt = { call: call({ status: 'automation', direction: 'outbound' }) };
    expect(conclude(BUSY, { attempt }).message).not.toContain('ringing');
  });

  it('an outcome that is not known never says that the caller is on the line', () => {
    for (const outcome of [TIMED_OUT, SUCCESS, failure('TIMEOUT', true)]) {
      expect(conclude(outcome).message).not.toContain('on the line');
    }
  });

  it.each([
    ['unknown', TIMED_OUT],
    ['unconfirmed', SUCCESS],
  ])('%s warns of a second transfer', (_, outcome) => {
    expect(conclude(outcome).hint).toContain('Do not transfer again before you know');
  });

  it('after success it says which agent is left behind, if one is', () => {
    const ending: Ending = { leg: 'gone', lastListedMs: 900 };
    expect(conclude(SUCCESS, ending).hint).toBeNull();
    expect(conclude(SUCCESS, { ...ending, others: [agent()] }).hint).toContain('agent-x');
  });

  it('a success that only the trunk’s habit shows says so, and others do not', () => {
    const attempt = { hangsUpFirst: true };
    expect(conclude(SUCCESS, { ...gone, attempt })).toMatchObject({
      evidence: 'trunk',
      hint: expect.stringMatching(/hang up first.*look the same/),
    });
    expect(conclude(SUCCESS, { leg: 'gone', lastListedMs: 900, attempt }).hint).toBeNull();
  });

  it('after an end it says which explanation fits', () => {
    const long = { attempt: { durationMs: 28_457 } };
    expect(conclude(SUCCESS, { ...gone, ...long }).hint).toContain('media_timeout');
    expect(conclude(SUCCESS, gone).hint).not.toContain('media_timeout');
    expect(conclude(SUCCESS, gone).hint).toContain('"hangsUpFirst": true for ST_1');
    expect(conclude(ENDED, gone).hint).not.toContain('hangsUpFirst');
  });

  it('a caller with a hidden number goes by the name, or the call id', () => {
    const hidden = { phoneNumber: null, phoneNumberRaw: null };
    const named = { attempt: { call: call({ ...hidden, name: 'Phone …0100' }) } };
    const nameless = { attempt: { call: call({ ...hidden, name: '' }) } };
    expect(conclude(REFUSED, named).message).toContain('transfer Phone …0100 (SCL_1) to');
    expect(conclude(REFUSED, nameless).message).toContain('transfer SCL_1 to');
  });
});

describe('a SIP failure', () => {
  const codes = Array.from({ length: 400 }, (_, index) => 300 + index);
  const textOf = (code: number, notify: boolean) => {
    const { message, hint } = conclude(
      sipFailure(401, 'unauthenticated', { code, reason: 'Words', notify }),
    );
    return `${message} ${hint}`;
  };

  it.each([false, true])('of any code has its own words (in the NOTIFY: %s)', (notify) => {
    for (const code of codes) {
      const text = textOf(code, notify);
      expect(text).toContain(`${code} Words`);
      expect(text).toContain('still on the line');
      expect(text).not.toMatch(/undefined|null/);
    }
  });

  it('never reads like trouble with the API key', () => {
    const strange =
      /unauthenticated|permission_denied|HTTP|\b(API|secret|credentials?|token|log ?in)\b/i;
    for (const code of codes) {
      expect(textOf(code, false)).not.toMatch(strange);
      expect(textOf(code, true)).not.toMatch(strange);
    }
  });

  it.each([false, true])('has the words of its stage (in the NOTIFY: %s)', (notify) => {
    for (const code of codes) {
      const failed = sipFailure(401, 'unauthenticated', { code, reason: 'Words', notify });
      const { meaning, hint, action } = sipWords(code, notify ? 'notify' : 'refer');
      const line = '`lk-transfer transfer SCL_1 --to sales --method bridge`';
      const whole = hint.replace('`--method bridge`', line);
      expect(conclude(failed)).toMatchObject({ hint: whole, advice: { meaning, action } });
    }
  });
});

describe('an agent that has just joined', () => {
  it('is not told as one that never started', () => {
    const starting = agent({
      tracks: [],
      joinedAtMs: secondsAgo(3),
      attributes: { 'lk.agent.state': 'initializing' },
    });
    const { message } = conclude(REFUSED, { others: [starting] });
    expect(message).toContain('still on the line');
    expect(message).not.toContain('silence');
  });
});
