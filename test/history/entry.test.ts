import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordAttempts } from '../../src/history/attempts.ts';
import {
  type ClosedEntry,
  type Entry,
  type OutcomeEntry,
  readEntries,
  type SentEntry,
  withoutSettled,
  writeEntry,
} from '../../src/history/entry.ts';
import { anyText } from '../support/any-text.ts';
import { OUTCOME, SENT } from './entries.ts';
import { HOST } from './records.ts';

const CLOSED: ClosedEntry = {
  type: 'closed',
  id: '1',
  time: '2026-11-24T08:00:00.000Z',
  by: 'ann',
  reason: 'sales has the caller',
};

const readOne = (line: object | string) =>
  readEntries([typeof line === 'string' ? line : JSON.stringify(line)])[0] ?? null;

describe('an entry', () => {
  it.each<Entry>([SENT, OUTCOME, CLOSED])('of type $type is read as it was written', (entry) => {
    const line = writeEntry(entry);
    expect(line).toMatch(/^\{"v":1,"type":"\w+","id":"1","time":".*\}\n$/);
    expect(readOne(line.trim())).toEqual(entry);
  });

  it('is one line of ASCII, whatever stands in it', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 300 }), (text) => {
        const line = writeEntry({ ...SENT, callerName: text, room: text });
        expect(line).toMatch(/^[\x20-\x7e]+\n$/);
        expect(readOne(line.trim())).toMatchObject({ callerName: text || null, room: text });
      }),
    );
  });

  it('has bounded texts, also when the file holds longer ones', () => {
    const long = 'x'.repeat(100_000);
    const read = readOne({ v: 1, ...SENT, callerName: long, livekit: long });
    expect(read).toMatchObject({ callerName: expect.stringMatching(/^x{299}…$/) });
    expect(JSON.stringify(read).length).toBeLessThan(2000);
  });
});

describe('an open transfer that was closed', () => {
  const unknown: OutcomeEntry = { ...OUTCOME, outcome: 'unknown' };
  const [transfer] = recordAttempts([SENT, unknown, CLOSED], HOST);

  it('is not open, and its outcome is what it was', () => {
    expect(transfer).toMatchObject({
      ...{ outcome: 'unknown', open: false, message: unknown.message },
      closed: { by: 'ann', reason: 'sales has the caller', at: CLOSED.time },
    });
  });

  it('is what the first said who closed it', () => {
    const later = { ...CLOSED, by: 'bob' };
    expect(recordAttempts([SENT, CLOSED, later], HOST)[0]?.closed?.by).toBe('ann');
  });

  it('takes an outcome that is known later all the same', () => {
    const late = { ...OUTCOME, outcome: 'completed' } as const;
    const found = recordAttempts([SENT, unknown, CLOSED, late], HOST)[0];
    expect(found).toMatchObject({ outcome: 'completed', open: false, closed: { by: 'ann' } });
  });

  it('is left out of the lines that may hold an open one', () => {
    const lines = [SENT, unknown, CLOSED].map((entry) => writeEntry(entry).trim());
    expect(withoutSettled(lines)).toEqual([]);
    // A torn line closes nothing.
    const torn = [...lines.slice(0, 2), (lines[2] ?? '').slice(0, -4)];
    expect(withoutSettled(torn)).toEqual(torn);
  });

  it.each(['asked {sales} and', 'asked "{sales}" and'])(
    'stays open where the line is torn behind a brace in the reason: %s',
    (reason) => {
      const line = writeEntry({ ...CLOSED, reason });
      const torn = line.slice(0, line.indexOf('}') + 1);
      const lines = [...[SENT, unknown].map((entry) => writeEntry(entry).trim()), torn];
      expect(withoutSettled(lines)).toEqual(lines);
      expect(recordAttempts(readEntries(lines), HOST)[0]).toMatchObject({ open: true });
    },
  );
});

describe('a line of an earlier version', () => {
  const { phoneNumber: _e164, phoneNumberRaw: _raw, callerName: _name, ...rest } = SENT;
  const number = { phoneNumber: null, phoneNumberRaw: null, callerName: null };

  it.each([
    ['+15105550100', { phoneNumber: '+15105550100', phoneNumberRaw: '+15105550100' }],
    ['+*********42', { phoneNumber: '+*********42', phoneNumberRaw: '+*********42' }],
    ['1001', { phoneNumberRaw: '1001' }],
    ['Ann 2', { callerName: 'Ann 2' }],
    ['Private Ann', { callerName: 'Private Ann' }],
    ['anonymous', { phoneNumberRaw: 'anonymous' }],
    ['Restricted', { phoneNumberRaw: 'Restricted' }],
    ['unknown', { phoneNumberRaw: 'unknown' }],
    [null, {}],
    [7, {}],
  ])('has one text for the caller: %j', (caller, expected) => {
    expect(readOne({ v: 1, ...rest, caller })).toEqual({ ...SENT, ...number, ...expected });
  });
});

describe('a line', () => {
  it.each([
    ['', 'nothing'],
    ['null', 'another value'],
    ['[1]', 'a list'],
    ['{', 'torn'],
    [writeEntry(SENT).slice(0, 100), 'torn later'],
    [`${writeEntry(SENT).slice(0, 60)}${writeEntry(OUTCOME)}`, 'torn, with another behind it'],
    ['{"v":1}', 'without an id'],
    [JSON.stringify({ v: 2, ...SENT }), 'of another version'],
    [JSON.stringify({ v: 1, ...SENT, type: 'note' }), 'of another type'],
    [JSON.stringify({ v: 1, ...SENT, id: 7 }), 'with a wrong id'],
    [JSON.stringify({ v: 1, ...SENT, time: 'yesterday' }), 'with a wrong time'],
    [JSON.stringify({ v: 1, ...SENT, time: 1e300 }), 'with a wrong kind of time'],
    [JSON.stringify({ v: 1, ...SENT, callId: null }), 'without a call'],
    ['['.repeat(200_000), 'nested without end'],
    [`{"v":1,"x":${'['.repeat(200_000)}`, 'an object nested without end'],
  ])('is no entry: %#. %s', (line) => {
    expect(readOne(line)).toBeNull();
  });

  it('keeps what is right of it, and ignores what it does not know', () => {
    const sent = { v: 1, ...SENT, room: 7, direction: 'sideways', provider: [], more: 'news' };
    expect(readOne(sent)).toEqual({ ...SENT, room: '', direction: null, provider: null });
    const outcome = {
      ...{ v: 1, ...OUTCOME, interrupted: 'yes', callerIs: 'gone', leg: 7, stage: null },
      ...{ sip: 'busy', evidence: 'constructor', exitCode: -1, durationMs: 1e300, message: {} },
    };
    expect(readOne(outcome)).toEqual({
      ...OUTCOME,
      interrupted: false,
      callerIs: null,
      leg: null,
      stage: null,
      sip: null,
      evidence: null,
      exitCode: null,
      durationMs: null,
      message: '',
    });
    expect(readOne({ v: 1, ...OUTCOME, sip: { code: 486, reason: 7 } })).toMatchObject({
      sip: { code: 486, reason: '' },
    });
  });

  it.each<[unknown, object]>([
    [
      { 'sip.callIDFull': 'a@b', 'sip.callTag': 7, other: 'x', 'sip.a b': 'y' },
      { 'sip.callIDFull': 'a@b' },
    ],
    [JSON.parse('{"__proto__":"x","sip.":"y"}'), {}],
    [['sip.callTag'], {}],
    ['sip.callTag', {}],
    [null, {}],
    [undefined, {}],
  ])('has the ids that are some: %j', (sipIds, expected) => {
    expect(readOne({ v: 1, ...SENT, sipIds })).toMatchObject({ sipIds: expected });
    const read = readOne({ v: 1, ...SENT, sipIds });
    expect(read !== null && 'sipIds' in read ? read.sipIds : null).toEqual(expected);
  });

  it('has no more ids than any provider gives', () => {
    const sipIds = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`sip.a${n}`, 'x']));
    const read = readOne({ v: 1, ...SENT, sipIds });
    expect(Object.keys(read !== null && 'sipIds' in read ? read.sipIds : {})).toHaveLength(12);
  });

  it('with an outcome that this version has no word for says that nobody knows', () => {
    expect(readOne({ v: 1, ...OUTCOME, outcome: 'beamed-up' })).toMatchObject({
      outcome: 'unknown',
    });
  });

  it('of any content at all is read or passed over', () => {
    const keys = fc.constantFrom(...Object.keys({ ...SENT, ...OUTCOME }), '__proto__');
    const fields = fc.dictionary(keys, fc.jsonValue(), { noNullPrototype: true });
    const line = fc.oneof(
      anyText(),
      fc.json(),
      fields.map((some) => JSON.stringify({ v: 1, ...SENT, ...some })),
      fields.map((some) => JSON.stringify({ v: 1, ...OUTCOME, ...some })),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        recordAttempts(readEntries(lines), HOST);
        recordAttempts(readEntries(withoutSettled(lines)), HOST);
      }),
    );
  });
});

describe('the quick look at settled transfers', () => {
  const lines = (...entries: (SentEntry | OutcomeEntry)[]) =>
    entries.map((entry) => writeEntry(entry).trim());

  it.each(['completed', 'ended', 'refused', 'target-failed', 'not-sent'] as const)(
    'leaves out both lines of one that is %s',
    (outcome) => {
      expect(withoutSettled(lines(SENT, { ...OUTCOME, outcome }))).toEqual([]);
    },
  );

  it.each(['unknown', 'unconfirmed'] as const)('keeps one that is %s', (outcome) => {
    const both = lines(SENT, { ...OUTCOME, outcome });
    expect(withoutSettled(both)).toEqual(both);
  });

  it('keeps what it cannot judge: a torn outcome, another writing, foreign lines', () => {
    const [sent = '', outcome = ''] = lines(SENT, OUTCOME);
    const kept = [sent, outcome.slice(0, -1), outcome.replace('"v":1', '"v": 1'), '', 'x'];
    expect(withoutSettled(kept)).toEqual(kept);
  });
});
