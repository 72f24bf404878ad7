import { describe, expect, it } from 'vitest';
import { type CallerQuery, findCall, findCallInRoom } from '../../src/calls/find.ts';
import { KnownError } from '../../src/core/errors.ts';
import { call } from '../support/livekit.ts';

const FIRST = call();
const SECOND = call({
  callId: 'SCL_2',
  room: 'room-2',
  roomSid: 'RM_2',
  identity: 'sip_+15105550101',
  phoneNumber: '+15105550101',
  phoneNumberRaw: '+15105550101',
});
/** In the second one's room, with the identity of the first, and a number that is none. */
const THIRD = call({
  callId: 'SCL_3',
  room: 'room-2',
  roomSid: 'RM_2',
  phoneNumber: null,
  phoneNumberRaw: '1001',
});
const ALL = [FIRST, SECOND, THIRD];
const asked = (text: string, phoneNumber: string | null = null): CallerQuery => ({
  text,
  phoneNumber,
});

/** What programs are told of one. */
const asCandidate = ({ callId, phoneNumber, room, identity, status }: ReturnType<typeof call>) => ({
  ...{ callId, phoneNumber, room, identity, status },
});

function errorOf(step: () => unknown): KnownError {
  try {
    step();
  } catch (error) {
    if (error instanceof KnownError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('a caller', () => {
  it.each<[string, CallerQuery, string]>([
    ['call id', asked('SCL_2'), 'SCL_2'],
    ['room that holds one', asked('room-1'), 'SCL_1'],
    ['room’s SID', asked('RM_1'), 'SCL_1'],
    ['identity', asked('sip_+15105550101'), 'SCL_2'],
    ['phone number', asked('(510) 555-0101', '+15105550101'), 'SCL_2'],
  ])('is found by %s', (_, query, callId) => {
    expect(findCall(ALL, query).callId).toBe(callId);
  });

  it.each<[string, CallerQuery, RegExp]>([
    ['a slip in a call id', asked('SCL_33'), /Did you mean SCL_3\?$/],
    ['a number of no country', asked('(510) 555-0101'), /write it with \+ and its country code/],
    [
      'a number of a country that nobody here has',
      asked('(510) 555-0199', '+15105550199'),
      /shows it\.$/,
    ],
  ])('is not found by %s, and the hint says what to do', (_, query, hint) => {
    expect(errorOf(() => findCall(ALL, query)).hint).toMatch(hint);
  });

  it.each([
    ['Mexico', '+5215512345678', '+525512345678'],
    ['Brazil', '+551187654321', '+5511987654321'],
    ['Argentina', '+541123456789', '+5491123456789'],
    ['Colombia', '+5712345678', '+576012345678'],
    ['Benin', '+22997123456', '+2290197123456'],
  ])('is found by an old and a new form of the number: %s', (_, old, now) => {
    for (const [listed, looked] of [
      [old, now],
      [now, old],
      [old, old],
    ] as const) {
      const calls = [FIRST, call({ callId: 'SCL_9', phoneNumber: listed, phoneNumberRaw: listed })];
      expect(findCall(calls, asked('typed', looked)).callId).toBe('SCL_9');
    }
    const both = [
      call({ callId: 'SCL_8', phoneNumber: old, phoneNumberRaw: old }),
      call({ callId: 'SCL_9', phoneNumber: now, phoneNumberRaw: now }),
    ];
    expect(errorOf(() => findCall(both, asked('typed', now))).code).toBe('ambiguous-call');
  });

  it.each([
    ['+22507080910', '+2250507080910'],
    ['+2250507080910', '+22507080910'],
  ])('is not taken for %s where its old form may be a stranger’s: %s', (listed, looked) => {
    const calls = [call({ callId: 'SCL_9', phoneNumber: listed, phoneNumberRaw: listed })];
    const { code, data, hint } = errorOf(() => findCall(calls, asked('typed', looked)));
    expect(code).toBe('ambiguous-call');
    expect(data).toMatchObject({ candidates: [{ callId: 'SCL_9' }] });
    expect(hint).toContain('SCL_9');
    expect(findCall(calls, asked('typed', listed)).callId).toBe('SCL_9');
  });

  it.each([
    ['+5215512345678', '+525512345679'],
    ['+551187654321', '+551187654322'],
    ['+22507080910', '+2250507080911'],
    ['+15105550100', '+5215105550100'],
  ])('is not found by the number of another: %s, %s', (listed, looked) => {
    const calls = [call({ phoneNumber: listed, phoneNumberRaw: listed })];
    expect(errorOf(() => findCall(calls, asked('typed', looked))).code).toBe('no-such-call');
  });

  it('is found by the number as the carrier wrote it', () => {
    expect(findCall(ALL, asked('1001')).phoneNumberRaw).toBe('1001');
  });

  it.each<[string, CallerQuery]>([
    ['part of a call id', asked('SCL_')],
    ['a call id in lower case', asked('scl_1')],
    ['part of a room', asked('room')],
    ['a number without its plus', asked('15105550100')],
    ['a number that nobody wrote', asked('1002')],
    ['a pattern', asked('*')],
    ['blanks around it', asked(' SCL_1 ')],
    ['nothing', asked('')],
  ])('is not found by %s', (_, query) => {
    expect(errorOf(() => findCall(ALL, query))).toMatchObject({
      code: 'no-such-call',
      exitCode: 5,
      message: expect.stringContaining(`“${query.text}”`),
    });
  });

  it.each<[string, CallerQuery, string[]]>([
    ['a room with two', asked('room-2'), ['SCL_2', 'SCL_3']],
    ['an identity in two rooms', asked('sip_+15105550100'), ['SCL_1', 'SCL_3']],
    ['a room, and a number of another call', asked('room-1', '+15105550101'), ['SCL_1', 'SCL_2']],
  ])('is ambiguous by %s, with the candidates', (_, query, callIds) => {
    const error = errorOf(() => findCall(ALL, query));
    expect(error).toMatchObject({ code: 'ambiguous-call', exitCode: 2 });
    expect(
      ALL.map(({ callId }) => callId).filter((id) => error.details.join(' ').includes(id)),
    ).toEqual(callIds);
    expect(error.data.candidates).toEqual(
      ALL.filter(({ callId }) => callIds.includes(callId)).map(asCandidate),
    );
    expect(error.hint).toContain('call id');
  });

  describe('who hides their number', () => {
    const hidden = (index: number, raw: string | null = null) =>
      call({
        callId: `SCL_hidden${index}`,
        room: `room-h${index}`,
        identity: `sip_h${index}`,
        name: `Phone 010${index}`,
        phoneNumber: null,
        phoneNumberRaw: raw,
      });
    const NUMBER = asked('+1 510 555 0199', '+15105550199');
    const commandFor = (callId: string) => `do it with ${callId}`;

    it('may be meant by a number that no call shows: the one, with the command', () => {
      const error = errorOf(() => findCall([...ALL, hidden(1)], { ...NUMBER, commandFor }));
      expect(error).toMatchObject({
        code: 'no-such-call',
        exitCode: 5,
        message: 'No call matches “+1 510 555 0199”, but 1 caller hides their number.',
        details: ['SCL_hidden1  Phone 0101  room room-h1  active'],
        data: { candidates: [asCandidate(hidden(1))], hiddenNumbers: 1, unreadRooms: 0 },
      });
      expect(error.hint).toMatch(/you mean that caller, .* by its id: `do it with SCL_hidden1`\.$/);
    });

    it('may be one of several, `anonymous` among them, and whoever has an extension is not', () => {
      const several = [hidden(1), ...ALL, hidden(2, 'anonymous')];
      const error = errorOf(() => findCall(several, { ...NUMBER, commandFor }));
      expect(error.message).toContain('”, but 2 callers hide their number.');
      expect(error.data.candidates).toMatchObject([
        { callId: 'SCL_hidden1', phoneNumber: null },
        { callId: 'SCL_hidden2', phoneNumber: null },
      ]);
      expect(error.details).toHaveLength(2);
      expect(error.hint).toContain('name the call by its id.');
      expect(error.hint).not.toContain('do it with');
    });

    it('is one of a few lines and of all candidates, where a whole trunk hides them', () => {
      const many = Array.from({ length: 40 }, (_, index) => hidden(index));
      const error = errorOf(() => findCall(many, NUMBER));
      expect(error.message).toContain('40 callers hide');
      expect(error.details).toHaveLength(6);
      expect(error.details.at(-1)).toBe('and 35 more, which `lk-transfer calls` shows');
      expect(error.data).toMatchObject({ hiddenNumbers: 40 });
      expect(error.data.candidates).toHaveLength(40);
    });

    it('may be meant by a number that could not be read as one, which is said first', () => {
      const { hint } = errorOf(() => findCall([hidden(1)], asked('(510) 555-0199')));
      expect(hint).toMatch(/its country code, .* name the call by its id\.$/);
    });

    it('may be meant, or in a room that could not be read', () => {
      const error = errorOf(() => findCall([hidden(1)], NUMBER, ['room-9']));
      expect(error).toMatchObject({
        code: 'server',
        message:
          'No call matches “+1 510 555 0199” where calls could be seen, but 1 caller hides their number, and room room-9 could not be read.',
        details: [expect.stringContaining('SCL_hidden1')],
        data: { candidates: [{ callId: 'SCL_hidden1' }], hiddenNumbers: 1, unreadRooms: 1 },
      });
      expect(error.hint).toContain('name the call by its id');
    });

    it.each<[string, CallerQuery, ReturnType<typeof call>[]]>([
      ['a call id', asked('SCL_9'), [hidden(1)]],
      ['a room', asked('call-9'), [hidden(1)]],
      ['a number, and nobody hides theirs', NUMBER, ALL],
    ])('is not spoken of where the word was %s', (_, query, calls) => {
      const error = errorOf(() => findCall(calls, query));
      expect(error.message).toBe(`No call matches “${query.text}”.`);
      expect(error).toMatchObject({ details: [], data: {} });
      expect(error.hint).not.toMatch(/hide|by its id/);
    });
  });

  it('counts once, however many of its names fit', () => {
    expect(findCall([call({ room: 'x', identity: 'x' })], asked('x')).room).toBe('x');
  });

  it.each([
    [['room-9'], 'room room-9 could not be read'],
    [['room-8', 'room-9'], '2 rooms could not be read'],
  ])('may be there when %j could not be read, unless it is found elsewhere', (unread, words) => {
    expect(errorOf(() => findCall([], asked('SCL_9'), unread))).toMatchObject({
      code: 'server',
      exitCode: 1,
      message: expect.stringContaining(words),
    });
    expect(findCall(ALL, asked('SCL_2'), unread).callId).toBe('SCL_2');
  });

  it.each<[string, CallerQuery]>([
    ['phone number', asked('(510) 555-0101', '+15105550101')],
    ['identity', asked('sip_+15105550101')],
    ['room', asked('room-1')],
  ])('is not settled by %s while a room could not be read', (_, query) => {
    const found = findCall(ALL, query).callId;
    const commandFor = (callId: string) => `do it with ${callId}`;
    const error = errorOf(() => findCall(ALL, { ...query, commandFor }, ['room-8', 'room-9']));
    expect(error).toMatchObject({
      code: 'unread-rooms',
      exitCode: 1,
      message: `Another call may match “${query.text}”: 2 rooms could not be read.`,
      details: [expect.stringContaining(found)],
      data: { candidates: [{ callId: found }], unreadRooms: 2 },
    });
    expect(error.hint).toContain(`\`do it with ${found}\``);
  });

  it.each(['SCL_2', 'RM_1'])('is settled by %s whatever could not be read', (id) => {
    expect(findCall(ALL, asked(id), ['room-9'])).toEqual(findCall(ALL, asked(id)));
  });

  it('cannot be there when no call is', () => {
    expect(errorOf(() => findCall([], asked('SCL_1'))).hint).toContain('no SIP call');
  });
});

describe('a caller in a room', () => {
  it.each<[string, string | undefined, string]>([
    ['room-1', undefined, 'SCL_1'],
    ['RM_1', undefined, 'SCL_1'],
    ['room-2', 'sip_+15105550101', 'SCL_2'],
    ['room-2', 'sip_+15105550100', 'SCL_3'],
  ])('%s, %s is %s', (room, identity, callId) => {
    expect(findCallInRoom(ALL, room, identity).callId).toBe(callId);
  });

  it('is ambiguous among two, with their identities', () => {
    const error = errorOf(() => findCallInRoom(ALL, 'room-2', undefined));
    expect(error).toMatchObject({
      code: 'ambiguous-call',
      hint: expect.stringContaining('--identity'),
    });
    expect(error.details.join(' ')).toContain('sip_+15105550101');
    expect(error.details.join(' ')).toContain('sip_+15105550100');
  });

  it.each([
    ['room-3', undefined],
    ['room-1', 'sip_+15105550101'],
    ['room', undefined],
  ])('%s, %s is nobody', (room, identity) => {
    const error = errorOf(() => findCallInRoom(ALL, room, identity));
    expect(error).toMatchObject({ code: 'no-such-call', exitCode: 5 });
    expect(error.message).toContain(`“${room}”`);
  });

  it('that could not be read may be there', () => {
    const error = errorOf(() => findCallInRoom([], 'room-1', undefined, ['room-1']));
    expect(error).toMatchObject({ code: 'server', exitCode: 1 });
    expect(error.message).toContain('who is in it is not known');
  });
});
