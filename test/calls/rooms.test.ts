/** Which rooms are read, and which first. */
import { describe, expect, it } from 'vitest';
import { rankRoomsFor, roomMatcher, roomsClause } from '../../src/calls/rooms.ts';

describe('rooms that can hold callers', () => {
  it.each([
    [null, 'anything', true],
    [[], 'anything', false],
    [['call-*'], 'call-1', true],
    [['call-*'], 'Call-1', false],
    [['call-*'], 'recall-1', false],
    [['a', '*-sip-*'], 'x-sip-y', true],
    [['a', '*-sip-*'], 'ab', false],
  ])('%j: %s is one: %s', (patterns, name, expected) => {
    expect(roomMatcher(patterns)({ name })).toBe(expected);
  });

  it('are named in words', () => {
    expect(roomsClause(null)).toBe('');
    expect(roomsClause(['call-*', 'sip-*'])).toBe(' in rooms that match call-* or sip-*');
  });
});

describe('the rooms that are read first', () => {
  const NUMBER = 'call-_+15105550142_xYz';
  it.each([
    ['+15105550142', NUMBER, 1],
    ['(510) 555-0142', NUMBER, 1],
    ['0015105550142', NUMBER, 1],
    ['sip_+15105550142', NUMBER, 1],
    ['+15105550143', NUMBER, 0],
    ['0142', NUMBER, 1],
    ['555 01', NUMBER, 0],
    ['SCL_abc', 'call-SCL_abc', 1],
    ['SCL_abc', 'call-SCL_abd', 0],
    ['lobby', 'lobby', 2],
    ['', 'lobby', 0],
  ])('for %s: %s ranks %d', (text, name, rank) => {
    expect(rankRoomsFor(text)({ name })).toBe(rank);
  });
});
