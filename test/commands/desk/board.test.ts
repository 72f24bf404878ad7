import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { WatchState } from '../../../src/calls/watched-calls.ts';
import { Board } from '../../../src/commands/desk/board.ts';
import { statusLine, totalsLine } from '../../../src/commands/desk/board-view.ts';
import type { Key, Size } from '../../../src/terminal/screen.ts';
import { loadPalette } from '../../../src/terminal/style.ts';
import { manyCalls, NOW_MS, stateOf, watchedOf } from './calls.ts';

const palette = await loadPalette(false);
const around = { palette, nowMs: NOW_MS, place: 'project.livekit.cloud' };

const key = (name: string, text = ''): Key => ({ name, text, ctrl: false });

function typeAt(board: Board, text: string, state: WatchState): void {
  for (const letter of text) board.onKey(key(letter, letter), state, 10);
}

const draw = (board: Board, state: WatchState, size: Size): string[] => [
  totalsLine(state, size, around),
  board.searchLine(state, size, around),
  ...board.lines(state, { ...size, rows: size.rows - 4 }, around),
  statusLine(state, size, around),
];

const pointedAt = (lines: readonly string[]) => lines.filter((line) => line.startsWith('❯'));

const HOSTILE = [
  '陳大文 客戶服務部門 非常長的名字',
  '👨‍👩‍👧‍👦👩🏽‍🚀🇩🇪 family',
  'שלום עולם מספר ארוך',
  'مرحبا بالعالم',
  '\u001b[31mred\u001b[2J\r\n\u202eexe.gnp',
  'z̷̢a̴l̶g̵o̸ é̂̃',
  'x'.repeat(5000),
  '\ud800 half',
  'ﷺﷺﷺ',
];

describe('the list of calls', () => {
  it.each([
    [40, 10],
    [41, 11],
    [60, 24],
    [79, 24],
    [80, 24],
    [120, 40],
    [200, 60],
    [300, 100],
  ])('is at no size wider or higher than the terminal: %s × %s', (columns, rows) => {
    const calls = HOSTILE.map((text, index) =>
      watchedOf({
        callId: `SCL_${index}`,
        name: text,
        phoneNumber: null,
        phoneNumberRaw: index % 2 === 0 ? null : text,
        room: text,
        agent: { identity: text, state: null },
        calledNumber: text,
        trunkId: text,
      }),
    );
    const states = [
      stateOf([]),
      stateOf([], { isWhole: false, lastLookMs: null }),
      stateOf(calls),
      stateOf([...calls, ...manyCalls(1000)]),
      stateOf(calls, { lost: { sinceMs: NOW_MS - 70_000, message: HOSTILE.join(' ') } }),
      stateOf(calls, {
        slowedBy: HOSTILE.join(),
        unreadable: [{ room: 'a', message: 'b' }],
      }),
    ];
    for (const state of states) {
      for (const typed of ['', '大', '\u05e9']) {
        const board = new Board({});
        typeAt(board, typed, state);
        const lines = draw(board, state, { columns, rows });
        expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
        expect(lines.length).toBeLessThanOrEqual(rows - 1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there.
        expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
    }
  });

  it('shows number, condition, age, agent and call id whole at 80 columns', () => {
    const call = {
      callId: 'SCL_6buggSZChRCG',
      phoneNumberRaw: '+491711234567890',
      condition: 'agent-silent' as const,
      agent: { identity: 'agent-AJ_6buggSZChRCG', state: null },
    };
    const [, line = ''] = new Board({}).lines(
      stateOf([watchedOf(call)]),
      { columns: 80, rows: 10 },
      around,
    );
    for (const whole of ['+491711234567890', '! agent silent', '1m', call.agent.identity]) {
      expect(line).toContain(whole);
    }
    expect(line).toContain(call.callId);
  });

  it('keeps what is written from right to left from turning the line round', () => {
    const state = stateOf([watchedOf({ phoneNumberRaw: null, name: 'שלום' })]);
    const [, line = ''] = new Board({}).lines(state, { columns: 80, rows: 5 }, around);
    expect(line).toMatch(/\u2068שלום[^\u2069]*\u2069/);
  });

  it('tells stuck, new and ended calls apart without any colour', () => {
    const calls = [
      watchedOf({ callId: 'SCL_a', stuck: true }),
      watchedOf({ callId: 'SCL_b', stuck: null }),
      watchedOf({ callId: 'SCL_c', stuck: false, condition: 'unremarkable' }, { isNew: true }),
      watchedOf({ callId: 'SCL_d' }, { endedAtMs: NOW_MS }),
    ];
    const lines = new Board({}).lines(stateOf(calls), { columns: 100, rows: 10 }, around);
    expect(lines.slice(1).map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      expect.stringContaining('! no agent'),
      expect.stringContaining('? no agent'),
      expect.stringContaining('| new |'),
      expect.stringContaining('| ended |'),
    ]);
    expect(totalsLine(stateOf(calls), { columns: 100, rows: 10 }, around)).toContain(
      '3 calls: 1 stuck (!), 1 not yet known (?)',
    );
  });

  it('shows of an ended call how long ago it ended, and how old it was', () => {
    const ended = watchedOf(
      { joinedAt: new Date(NOW_MS - 600_000).toISOString() },
      { endedAtMs: NOW_MS - 4000 },
    );
    const lines = new Board({}).lines(stateOf([ended]), { columns: 120, rows: 5 }, around);
    expect(lines[1]).toMatch(/ ended +4s +9m /);
  });

  it('leaves the rows where they are for two seconds after a key', () => {
    const [a, b, c] = ['SCL_a', 'SCL_b', 'SCL_c'].map((callId) => watchedOf({ callId }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three calls');
    const d = watchedOf({ callId: 'SCL_d' });
    const board = new Board({});
    const size = { columns: 100, rows: 10 };
    const idsAt = (calls: (typeof a)[], afterMs: number) =>
      board
        .lines(stateOf(calls), size, { ...around, nowMs: NOW_MS + afterMs })
        .slice(1)
        .map((line) => `${line.slice(0, 1)}${/SCL_\w/.exec(line)?.[0]}`.trim());
    expect(idsAt([a, b, c], 0)).toEqual(['❯SCL_a', 'SCL_b', 'SCL_c']);
    board.hold(stateOf([a, b, c]), NOW_MS);
    board.onKey(key('down'), stateOf([a, b, c]), 10);
    // What has become more urgent meanwhile, or is new, does not push the row away.
    expect(idsAt([d, c, b, a], 1000)).toEqual(['SCL_a', '❯SCL_b', 'SCL_c', 'SCL_d']);
    board.hold(stateOf([d, c, b, a]), NOW_MS + 1000);
    board.onKey(key('down'), stateOf([d, c, b, a]), 10);
    expect(idsAt([d, c, b, a], 2900)).toEqual(['SCL_a', 'SCL_b', '❯SCL_c', 'SCL_d']);
    expect(idsAt([d, c, b, a], 3100)).toEqual(['SCL_d', '❯SCL_c', 'SCL_b', 'SCL_a']);
  });

  it('says one way on only, where the call that was searched for is gone', () => {
    const one = watchedOf({ callId: 'SCL_a', phoneNumberRaw: '+15105550102' });
    const other = watchedOf({ callId: 'SCL_b', phoneNumberRaw: '+15105550103' });
    const board = new Board({});
    typeAt(board, '0102', stateOf([one, other]));
    const size = { columns: 100, rows: 10 };
    board.lines(stateOf([other]), size, around);
    const lines = [
      board.searchLine(stateOf([other]), size, around),
      ...board.lines(stateOf([other]), size, around),
    ];
    expect(lines.map((line) => line.trim())).toEqual([
      '+15105550102 is no longer there.',
      'No call matches. Esc shows all.',
    ]);
  });

  it('greys the old list and says since when, while LiveKit does not answer', () => {
    const lost = { sinceMs: NOW_MS - 12_000, message: 'connect ECONNREFUSED' };
    const state = stateOf([watchedOf({})], { lost });
    const dim = (text: string) => `<${text}>`;
    const grey = { ...around, palette: { ...palette, dim } };
    const size = { columns: 120, rows: 5 };
    expect(new Board({}).lines(state, size, grey)[1]).toContain('<+15105550101');
    expect(statusLine(state, size, grey)).toMatch(
      /^No answer from LiveKit since \d\d:\d\d:\d\d \(12s\), still trying: connect ECONNREFUSED$/,
    );
  });
});

describe('the line below the list', () => {
  it.each([
    [{ lastMs: null }, 'fed by webhooks (none yet)'],
    [{ lastMs: NOW_MS - 7000 }, 'fed by webhooks (last 7s ago)'],
  ])('says that webhooks feed it, and when the last one came: %j', (webhooks, text) => {
    const size = { columns: 200, rows: 5 };
    expect(statusLine(stateOf([], { webhooks, lastLookMs: NOW_MS }), size, around)).toContain(text);
    expect(statusLine(stateOf([], { lastLookMs: NOW_MS }), size, around)).not.toContain('webhooks');
  });
});

describe('the line below the list', () => {
  const line = (given: Partial<WatchState>) =>
    statusLine(stateOf([], given), { columns: 200, rows: 24 }, around);

  it('says how old the list is, and what it costs', () => {
    expect(line({})).toBe('Looked 1s ago, every 2s; 34 requests a minute (limit 300)');
    expect(line({ lastLookMs: NOW_MS - 7_200_000 })).toMatch(/^Looked 2h ago/);
  });

  it('says why it looks less often, which rooms it could not read, and what webhooks bring', () => {
    expect(line({ slowedBy: '2000 rooms: each room is read every 30s' })).toMatch(
      /; slower: 2000 rooms: each room is read every 30s$/,
    );
    expect(line({ unreadable: [{ room: 'a', message: 'b' }] })).toContain('; 1 room not read');
  });
});

describe('the choice', () => {
  const size = { columns: 100, rows: 14 };

  it('stays on the call, whatever comes above it', () => {
    const board = new Board({});
    const calls = manyCalls(5);
    const before = stateOf(calls);
    board.lines(before, size, around);
    board.onKey(key('down'), before, 10);
    board.onKey(key('down'), before, 10);
    const chosen = board.chosen(before)?.call.callId;
    const after = stateOf([...manyCalls(20).slice(10), ...calls.toReversed()]);
    expect(board.chosen(after)?.call.callId).toBe(chosen);
    expect(pointedAt(board.lines(after, size, around))).toEqual([
      expect.stringContaining(chosen ?? ''),
    ]);
  });

  it('is nobody when the call is gone, and no other call takes its place', () => {
    const board = new Board({});
    const [first, second, third] = manyCalls(3);
    const before = stateOf([first, second, third].flatMap((each) => each ?? []));
    board.lines(before, size, around);
    board.onKey(key('down'), before, 10);
    const after = stateOf([first, third].flatMap((each) => each ?? []));
    expect(board.chosen(after)).toBeNull();
    expect(pointedAt(board.lines(after, size, around))).toEqual([]);
    expect(board.searchLine(after, size, around)).toContain(
      `${second?.call.phoneNumberRaw} is no longer there`,
    );
    board.onKey(key('down'), after, 10);
    expect(board.chosen(after)?.call.callId).toBe(third?.call.callId);
  });

  it('is on the screen with 1,000 calls, wherever it stands', () => {
    const board = new Board({});
    const state = stateOf(manyCalls(1000));
    for (const name of ['end', 'up', 'pageup', 'home', 'pagedown', 'down']) {
      board.onKey(key(name), state, 9);
      const lines = board.lines(state, { columns: 100, rows: 10 }, around);
      expect(lines).toHaveLength(10);
      expect(pointedAt(lines)).toHaveLength(1);
    }
  });
});

describe('the search', () => {
  const config = { defaultCountry: 'DE', departments: { sales: { to: '+498912345678' } } };

  it.each([
    ['a number as it is dialled at home', '030 901820', 'SCL_berlin'],
    ['a number with the plus', '+49 30 90 18 20', 'SCL_berlin'],
    ['a few digits', '90182', 'SCL_berlin'],
    ['a condition', 'agent silent', 'SCL_silent'],
    ['a room', 'room-of-b', 'SCL_berlin'],
    ['an agent', 'anna', 'SCL_silent'],
    ['a trunk by its name', 'munich', 'SCL_silent'],
    ['a provider', 'twilio', 'SCL_silent'],
    ['the department that was called', 'sales', 'SCL_silent'],
  ])('finds by %s', (_, typed, callId) => {
    const state = stateOf([
      watchedOf({
        callId: 'SCL_silent',
        condition: 'agent-silent',
        agent: { identity: 'anna', state: null },
        trunkId: 'ST_munich',
        provider: 'twilio',
        calledNumber: '+498912345678',
        phoneNumber: null,
        phoneNumberRaw: null,
      }),
      watchedOf({
        callId: 'SCL_berlin',
        phoneNumber: '+4930901820',
        phoneNumberRaw: '030901820',
        room: 'room-of-b',
        calledNumber: null,
        trunkId: 'ST_other',
      }),
    ]);
    const board = new Board(config);
    board.trunkNames = new Map([['ST_munich', 'Munich']]);
    typeAt(board, typed, state);
    expect(board.rows(state)[0]?.call.callId).toBe(callId);
  });

  it('takes a pasted number as one text, and q only where nothing is typed', () => {
    const state = stateOf(manyCalls(3));
    const board = new Board({});
    expect(board.isSearching).toBe(false);
    board.onKey({ name: 'paste', text: '5550002', ctrl: false }, state, 10);
    expect(board.query).toBe('5550002');
    expect(board.isSearching).toBe(true);
    expect(board.chosen(state)?.call.callId).toBe('SCL_000000000002');
    board.onKey(key('escape'), state, 10);
    expect(board.isSearching).toBe(false);
    typeAt(board, '/q', state);
    expect(board.query).toBe('q');
  });

  it('answers a key within 16 ms among 1,000 calls', () => {
    const board = new Board({ defaultCountry: 'US' });
    const state = stateOf(manyCalls(1000));
    // The first key reads what each call is found by.
    typeAt(board, '5', state);
    board.lines(state, { columns: 120, rows: 40 }, around);
    const times = [...'10555105551055510555'].map((letter, index) => {
      if (index % 5 === 0) board.onKey(key('escape'), state, 10);
      const start = performance.now();
      typeAt(board, letter, state);
      board.lines(state, { columns: 120, rows: 40 }, around);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(16);
  });
});
