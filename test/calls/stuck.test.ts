import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import { CONDITIONS, stuckFirst, stuckMark } from '../../src/calls/condition.ts';
import { readRoom } from '../../src/calls/scan.ts';
import { type AgentSample, hungSince, SeenCalls, sampleAgent } from '../../src/calls/stuck.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import {
  AUDIO,
  agent,
  call,
  caller,
  MUTED,
  NOW,
  participant,
  room,
  secondsAgo,
  VIDEO,
  type Wishes,
} from '../support/livekit.ts';

/** The only call of a room, from one look. */
function look(others: Participant[], wishes: Wishes = {}): Call {
  const { calls } = readRoom(room(), [caller(wishes), ...others], {
    isAgent: (identity) => identity.startsWith('bot-'),
    now: () => NOW,
  });
  const [only] = calls;
  if (only === undefined) throw new Error('no call');
  return only;
}

const ago = (seconds: number) => new Date(secondsAgo(seconds)).toISOString();
const state = (word: string) => ({ 'lk.agent.state': word });
/** Runs, and has no audio. */
const mute = (wishes: Wishes = {}) =>
  agent({ tracks: [], attributes: state('listening'), joinedAtMs: secondsAgo(60), ...wishes });
const starting = (seconds: number, wishes: Wishes = {}) =>
  agent({
    tracks: [],
    attributes: state('initializing'),
    joinedAtMs: secondsAgo(seconds),
    ...wishes,
  });
const ringing = (seconds: number, more: Record<string, string> = {}): Wishes => ({
  joinedAtMs: secondsAgo(seconds),
  attributes: { 'sip.callStatus': 'ringing', ...more },
});

type Row = [string, Participant[], Wishes, Call['condition'], boolean | null, string | null];

describe('one look tells', () => {
  it.each<Row>([
    // Whoever has left leaves no trace: however old the call is.
    ['an old call without an agent', [], {}, 'no-agent', null, null],
    ['a new one', [], { joinedAtMs: secondsAgo(2) }, 'no-agent', null, null],
    // A ring lasts since the INVITE.
    ['a ring of 16 s', [], ringing(16), 'unanswered', true, ago(16)],
    [
      'a ring whose INVITE came earlier',
      [],
      ringing(2, { 'lk.sip.inviteTime': `${secondsAgo(40)}` }),
      'unanswered',
      true,
      ago(40),
    ],
    ['a ring of 15 s', [], ringing(15), 'connecting', false, null],
    [
      'a ring since nobody knows when',
      [],
      { ...ringing(0), joinedAtMs: 0 },
      'connecting',
      false,
      null,
    ],
    // An agent that starts.
    ['one that starts for 29 s', [starting(29)], {}, 'unremarkable', false, null],
    ['one that starts for 31 s', [starting(31)], {}, 'agent-starting', true, ago(31)],
    [
      'two that start',
      [starting(95), starting(40, { identity: 'b' })],
      {},
      'agent-starting',
      true,
      ago(40),
    ],
    [
      'one that starts since nobody knows when',
      [starting(0, { joinedAtMs: 0 })],
      {},
      'agent-starting',
      null,
      null,
    ],
    // An agent without audio.
    ['one that runs without audio', [mute()], {}, 'agent-silent', true, null],
    ['one that only shows pictures', [mute({ tracks: [VIDEO] })], {}, 'agent-silent', true, null],
    [
      'one that has come 14 s ago',
      [mute({ joinedAtMs: secondsAgo(14) })],
      {},
      'agent-silent',
      null,
      null,
    ],
    ['one that came nobody knows when', [mute({ joinedAtMs: 0 })], {}, 'agent-silent', null, null],
    [
      'one that says nothing, and may only transcribe',
      [mute({ attributes: {} })],
      {},
      'agent-silent',
      null,
      null,
    ],
    ['one that is leaving', [mute({ state: 'DISCONNECTED' })], {}, 'agent-silent', null, null],
    [
      'one that is not connected',
      [mute({ state: 'JOINED', tracks: [AUDIO] })],
      {},
      'agent-silent',
      null,
      null,
    ],
    [
      'two, one of whom may transcribe',
      [mute(), mute({ identity: 'b' })],
      {},
      'agent-silent',
      null,
      null,
    ],
    [
      'one whose avatar may be on its way',
      [mute(), participant({ attributes: { 'lk.publish_on_behalf': 'agent-x' } })],
      {},
      'agent-silent',
      null,
      null,
    ],
    [
      'one that came after the answer, which was not its own',
      [mute()],
      { attributes: { 'lk.sip.answerTime': `${secondsAgo(80)}` } },
      'agent-silent',
      true,
      ago(60),
    ],
    [
      'one that was there at the answer, and may have given it',
      [mute()],
      { attributes: { 'lk.sip.answerTime': `${secondsAgo(50)}` } },
      'agent-silent',
      true,
      null,
    ],
    [
      'one that was called out',
      [mute()],
      { attributes: { 'sip.ruleID': '' } },
      'agent-silent',
      true,
      ago(60),
    ],
    // A muted track does not show since when.
    ['a muted one', [mute({ tracks: [MUTED] })], {}, 'agent-muted', null, null],
    // Nobody is stuck.
    ['one that serves', [agent()], {}, 'unremarkable', false, null],
    ['a person', [participant({ tracks: [AUDIO] })], {}, 'with-person', false, null],
    // It does not show.
    ['no status', [], { attributes: { 'sip.callStatus': '' } }, 'status-unknown', null, null],
    ['no call id', [], { attributes: { 'sip.callID': '' } }, 'no-call-id', null, null],
  ])('of %s', (_, others, wishes, condition, stuck, conditionSince) => {
    expect(look(others, wishes)).toMatchObject({ condition, stuck, conditionSince });
  });

  it('nothing that an ordinary handover would contradict a moment later', () => {
    // The agent that spoke has just left; who stays, or has come, is not the one to serve the caller.
    const left: Participant[][] = [
      [],
      [mute({ attributes: {} })],
      [mute({ joinedAtMs: secondsAgo(1) })],
      [starting(3)],
      [mute({ state: 'DISCONNECTED', tracks: [AUDIO] })],
      [mute({ tracks: [MUTED] })],
    ];
    for (const others of left) expect(look(others).stuck).not.toBe(true);
  });
});

describe('the order of a list', () => {
  it('has stuck calls first, then those of which it is not known, each by age', () => {
    const at = (callId: string, stuck: boolean | null, seconds: number | null) =>
      call({ callId, stuck, joinedAt: seconds === null ? null : ago(seconds) });
    const listed = [
      at('fine-old', false, 500),
      at('open-new', null, 3),
      at('stuck-ageless', true, null),
      at('stuck-new', true, 5),
      at('open-old', null, 50),
      at('stuck-old', true, 400),
      at('fine-b', false, 1),
      at('fine-a', false, 1),
    ].sort(stuckFirst);
    expect(listed.map(({ callId }) => callId)).toEqual([
      'stuck-old',
      'stuck-new',
      'stuck-ageless',
      'open-old',
      'open-new',
      'fine-old',
      'fine-a',
      'fine-b',
    ]);
  });

  it('has a sign for each of them', () => {
    expect([true, null, false].map((stuck) => stuckMark({ stuck }))).toEqual(['!', '?', '']);
  });
});

describe('what earlier looks saw', () => {
  const lonely = (wishes: Partial<Call> = {}) =>
    call({ condition: 'no-agent', stuck: null, ...wishes });
  /** One look, and what it leaves for the next. */
  function run(text: string | null, nowMs: number, wishes: Partial<Call> = {}) {
    const seen = new SeenCalls(text);
    const looked = lonely(wishes);
    seen.note(looked, nowMs);
    const { stuck, conditionSince } = looked;
    return { stuck, conditionSince, text: seen.write(nowMs) };
  }
  const first = run(null, NOW);

  it('tells nothing at the first look', () => {
    expect(first).toMatchObject({ stuck: null, conditionSince: null });
  });

  it.each<[string, number, boolean | null, string | null]>([
    ['at once', 0, null, null],
    ['sooner than a handover takes', 2999, null, ago(0)],
    ['after that', 3000, true, ago(0)],
    ['a minute later', 60_000, true, ago(0)],
    ['more than a minute later', 60_001, null, null],
    ['before it, by a clock that was put back', -5000, null, null],
  ])('tells it %s', (_, laterMs, stuck, conditionSince) => {
    expect(run(first.text, NOW + laterMs)).toMatchObject({ stuck, conditionSince });
  });

  it('adds up, from look to look', () => {
    let { text } = first;
    for (const seconds of [50, 100, 150]) text = run(text, NOW + seconds * 1000).text;
    expect(run(text, NOW + 200_000)).toMatchObject({ stuck: true, conditionSince: ago(0) });
  });

  it.each<[string, Partial<Call>]>([
    ['another call', { callId: 'SCL_2' }],
    ['another condition', { condition: 'agent-muted' }],
  ])('does not tell it of %s', (_, wishes) => {
    expect(run(first.text, NOW + 5000, wishes)).toMatchObject({
      stuck: null,
      conditionSince: null,
    });
  });

  it('begins anew once the call was seen to be served', () => {
    const served = run(first.text, NOW + 5000, { condition: 'unremarkable', stuck: false });
    expect(served).toMatchObject({ stuck: false, text: '[]' });
    expect(run(served.text, NOW + 9000)).toMatchObject({ stuck: null });
  });

  it('leaves what LiveKit itself shows', () => {
    expect(run(first.text, NOW + 5000, { conditionSince: ago(99) }).conditionSince).toBe(ago(99));
  });

  it('keeps what this look did not see, for its minute', () => {
    const other = run(first.text, NOW + 30_000, { callId: 'SCL_2' });
    expect(run(other.text, NOW + 40_000).stuck).toBe(true);
    const later = run(other.text, NOW + 61_000, { callId: 'SCL_2' });
    expect(later.text).not.toContain('SCL_1');
  });

  it('keeps no more than the last ten thousand', () => {
    const seen = new SeenCalls();
    for (let index = 0; index <= 10_000; index += 1) seen.note(lonely({ callId: `${index}` }), NOW);
    const [first, second] = [lonely({ callId: '0' }), lonely({ callId: '2' })];
    seen.note(second, NOW + 5000);
    seen.note(first, NOW + 5000);
    expect([first.stuck, second.stuck]).toEqual([null, true]);
  });

  it('says nothing of calls without an id, nor writes where there is nothing to write', () => {
    expect(run(null, NOW, { callId: '' }).text).toBeNull();
    expect(new SeenCalls().write(NOW)).toBeNull();
  });

  it.each([
    ...['', '{', 'null', '{}', '7', '"x"', '[7]', '[[]]', '[["SCL_1"]]', '[["SCL_1",null]]'],
    ...[{}, { condition: 'no-agent' }, { condition: 'no-agent', sinceMs: 'x', lastMs: NOW }].map(
      (seen) => JSON.stringify([['SCL_1', seen]]),
    ),
    ...[
      { condition: 'toString', sinceMs: NOW - 9000, lastMs: NOW },
      { condition: 'no-agent', sinceMs: NOW + 9000, lastMs: NOW },
      { condition: 'no-agent', sinceMs: -1, lastMs: NOW },
      { condition: 'no-agent', sinceMs: NOW - 9000, lastMs: 1e300 },
      { condition: 'no-agent', sinceMs: 8.64e15 + 1, lastMs: 8.64e15 + 2 },
    ].map((seen) => JSON.stringify([['SCL_1', seen]])),
  ])('is nothing where it was not written by this: %s', (text) => {
    expect(run(text, NOW + 5000)).toMatchObject({ stuck: null, conditionSince: null });
  });

  it('never makes a call stuck that is in no such condition', () => {
    for (const [condition, { stuck }] of Object.entries(CONDITIONS)) {
      const written = JSON.stringify([['SCL_1', { condition, sinceMs: NOW, lastMs: NOW }]]);
      const told = run(written, NOW + 5000, { condition: condition as Call['condition'] });
      expect([condition, told.stuck === true]).toEqual([condition, stuck === true]);
    }
  });
});

describe('an agent hangs', () => {
  const sample = (seconds: number, wishes: Partial<AgentSample> = {}): AgentSample => ({
    sid: 'PA_1',
    state: 'thinking',
    version: 7,
    atMs: NOW + seconds * 1000,
    ...wishes,
  });

  it.each<[string, AgentSample[], number | null]>([
    ['never without a sample', [], null],
    ['not after one', [sample(0)], null],
    ['not yet after 19 s of thinking', [sample(0), sample(19)], null],
    ['after 20 s of thinking', [sample(0), sample(20)], NOW],
    [
      'not where its version went on',
      [sample(0), sample(10, { version: 8 }), sample(29, { version: 8 })],
      null,
    ],
    [
      'from the change on',
      [sample(0), sample(10, { version: 8 }), sample(30, { version: 8 })],
      NOW + 10_000,
    ],
    ['not where it came back anew', [sample(0), sample(25, { sid: 'PA_2' })], null],
    [
      'not after 119 s of speaking',
      [sample(0, { state: 'speaking' }), sample(119, { state: 'speaking' })],
      null,
    ],
    [
      'after 120 s of speaking',
      [sample(0, { state: 'speaking' }), sample(120, { state: 'speaking' })],
      NOW,
    ],
    [
      'never by listening',
      [sample(0, { state: 'listening' }), sample(900, { state: 'listening' })],
      null,
    ],
    ['never without a state', [sample(0, { state: null }), sample(900, { state: null })], null],
    [
      'never where LiveKit gives no version',
      [sample(0, { version: 0 }), sample(900, { version: 0 })],
      null,
    ],
    [
      'not where it listened in between',
      [sample(0), sample(9, { state: 'listening' }), sample(21)],
      null,
    ],
  ])('%s', (_, samples, since) => {
    expect(hungSince(samples)).toBe(since);
  });

  it('as its participant shows it', () => {
    const thinking = agent({ version: 9, attributes: state('thinking') });
    expect(sampleAgent(thinking, NOW)).toEqual({
      sid: 'PA_1',
      state: 'thinking',
      version: 9,
      atMs: NOW,
    });
    expect(sampleAgent(agent({ attributes: {} }), NOW).state).toBeNull();
  });
});
