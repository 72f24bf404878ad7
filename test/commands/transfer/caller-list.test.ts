import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCallerList } from '../../../src/commands/transfer/batch.ts';
import { isKnownError } from '../../../src/core/errors.ts';
import { anyText } from '../../support/any-text.ts';

const TWO = ['SCL_6buggSZChRCG', 'SCL_noAgent00001'];
const [one, two] = TWO;

describe('a list of callers (conduct 26)', () => {
  it.each([
    ['ids, one a line', `${one}\n${two}\n`],
    ['lines of Windows', `${one}\r\n${two}\r\n`],
    ['empty lines and blanks', `\n  ${one}  \n\n\t${two}`],
    ['a byte order mark', `\uFEFF${one}\n${two}`],
    ['a JSON array of ids', JSON.stringify(TWO)],
    [
      'a JSON array of calls',
      JSON.stringify(
        TWO.map((callId) => ({ callId, room: 'r' })),
        null,
        2,
      ),
    ],
    ['NDJSON of calls', TWO.map((callId) => JSON.stringify({ callId, stuck: true })).join('\n')],
    ['NDJSON of ids', TWO.map((id) => JSON.stringify(id)).join('\n')],
    ['ids and objects mixed', `${one}\n{"callId":"${two}"}`],
    ['a call named twice', `${one}\n${two}\n${one}`],
  ])('is read from %s', (_, text) => {
    expect(readCallerList(text)).toEqual({ callIds: TWO, undecided: new Set() });
  });

  it.each(['', '\n \n', '[]', '\uFEFF'])('may be empty: %j', (text) => {
    expect(readCallerList(text).callIds).toEqual([]);
  });

  it.each([
    [`${one}\n+15105550100`, 'line 2'],
    [`${one}\tactive`, 'line 1'],
    ['{"room":"r"}', 'line 1'],
    [`{"callId":"${one}"`, 'line 1'],
    [`["${one}", 7]`, 'element 2'],
    [`[{"callId":null}]`, 'element 1'],
    ['["a"', 'JSON array'],
    ['<html>', 'line 1'],
    ['\u001b[31mSCL_1', 'line 1'],
  ])('is refused where something is no call: %j', (text, place) => {
    expect(() => readCallerList(text)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(place) }),
    );
  });

  it('has an end', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => `SCL_${index}`).join('\n');
    expect(() => readCallerList(many)).toThrow('10001 callers');
  });

  it('never crashes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), anyText()), (text) => {
        try {
          for (const id of readCallerList(text).callIds) expect(id).toMatch(/^[\w-]{1,128}$/);
        } catch (error) {
          if (!isKnownError(error)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a call of which nobody knows whether it is stuck', () => {
  const row = (callId: string, stuck: boolean | null) => JSON.stringify({ callId, stuck });

  it.each([
    ['NDJSON', `${row('SCL_1', null)}\n${row('SCL_2', true)}`, ['SCL_1']],
    ['an array', `[${row('SCL_1', null)},${row('SCL_2', null)}]`, ['SCL_1', 'SCL_2']],
    ['named once more, by its id', `${row('SCL_1', null)}\n"SCL_1"\nSCL_2`, []],
    ['named before, by its id', `SCL_2\n${row('SCL_2', null)}\n${row('SCL_1', false)}`, []],
    ['seen by another list', `${row('SCL_1', null)}\n${row('SCL_1', true)}\nSCL_2`, []],
  ])('is kept apart: %s', (_, text, undecided) => {
    const list = readCallerList(text);
    expect([...list.callIds].sort()).toEqual(['SCL_1', 'SCL_2']);
    expect([...list.undecided]).toEqual(undecided);
  });
});
