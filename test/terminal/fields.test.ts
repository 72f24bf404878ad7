import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { parseFields, selectFields } from '../../src/terminal/table.ts';

const KNOWN = ['callId', 'room', 'stuck'];

describe('--fields', () => {
  it.each([
    ['callId', ['callId']],
    ['room,callId', ['room', 'callId']],
    [' room , callId ', ['room', 'callId']],
    ['room,,callId,', ['room', 'callId']],
  ])('%j names %j', (text, fields) => {
    expect(parseFields(text, KNOWN)).toEqual(fields);
  });

  it.each(['novelty', 'callid', 'callId,novelty', '', ' , ', 'constructor', '__proto__'])(
    '%j is an error that lists the fields there are',
    (text) => {
      expect(() => parseFields(text, KNOWN)).toThrow(UsageError);
      expect(() => parseFields(text, KNOWN)).toThrow(
        expect.objectContaining({ exitCode: 2, hint: 'Fields: callId, room, stuck' }),
      );
    },
  );

  it('names every field that does not exist', () => {
    expect(() => parseFields('a,callId,b', KNOWN)).toThrow(/“a, b”/);
  });

  it('are taken in the order asked for; one that is not there is null', () => {
    const selected = selectFields({ callId: 'SCL_1', room: 'r', stuck: false }, [
      'stuck',
      'callId',
      'toString',
    ]);
    expect(JSON.stringify(selected)).toBe('{"stuck":false,"callId":"SCL_1","toString":null}');
  });
});
