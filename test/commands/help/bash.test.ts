import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/commands/help/position.ts';
import {
  bash,
  type OpenQuote,
  quoteForBash,
  splitBashLine,
} from '../../../src/commands/help/shells.ts';

const words = (line: string) => splitBashLine(line).map(({ value }) => value);

/** Names as a config can have them: anything but control characters, shell characters above all. */
const NAME = fc
  .string({
    minLength: 1,
    unit: fc.oneof(
      fc.constantFrom(...'\'"`$\\!(){}[]<>|&;*?~#= :,%^-'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
    ),
  })
  .filter((name) => !/\p{Cc}/u.test(name));

describe('a line of bash', () => {
  it.each([
    ['lk-transfer ', ['lk-transfer', '']],
    ['lk-transfer  calls   --st', ['lk-transfer', 'calls', '--st']],
    ['x --to=a:b', ['x', '--to=a:b']],
    ['x new\\ bus', ['x', 'new bus']],
    ['x "new bus', ['x', 'new bus']],
    ["x 'it'\\''s' ", ['x', "it's", '']],
    ['x a"b c"d', ['x', 'ab cd']],
    ['x "a\\"b\\c"', ['x', 'a"b\\c']],
    ["x 'a\\' b", ['x', 'a\\', 'b']],
    ['x \\', ['x', '']],
    ['x "" ', ['x', '', '']],
    ['x $(touch a)', ['x', '$(touch', 'a)']],
    ['x a\\\nb', ['x', 'ab']],
  ])('%j is %j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it.each([
    ['x "new', '"'],
    ["x 'new", "'"],
    ['x "new"', null],
    ['x "it\'s', '"'],
    ['x \\"new', null],
  ])('%j leaves %j open', (line, open) => {
    expect(splitBashLine(line).at(-1)?.open).toBe(open);
  });
});

describe('what is put on a line of bash', () => {
  it.each<OpenQuote>([null, '"', "'"])('is taken by bash as it is, behind %j', (open) => {
    const names = fc.sample(NAME, 500);
    const quoted = names.map((name) => {
      const text = `${open ?? ''}${quoteForBash(name, open)}`;
      // bash adds the quote that closes, unless one stands there.
      return open === null || text.slice(1).endsWith(open) ? text : `${text}${open}`;
    });
    const read = execFileSync('bash', [], {
      input: `printf '%s\\0' ${quoted.join(' ')}`,
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    });
    expect(read.split('\0').slice(0, -1)).toEqual(names);
  });

  it('is read again by the next Tab as what it was', () => {
    fc.assert(
      fc.property(NAME, fc.constantFrom(null, '"', "'"), (name, open) => {
        const line = `x ${open ?? ''}${quoteForBash(name, open)}`;
        expect(words(line)).toEqual(['x', name]);
      }),
    );
  });
});

/** @param replaced the part of the last word that bash replaces */
function ask(line: string, replaced: string, candidates: readonly string[]): string[] {
  const answer: Answer = {
    files: false,
    prefix: '',
    candidates: candidates.map((word) => ({ word, description: '' })),
  };
  const [heading, ...lines] = bash.read([line, replaced]).write(answer).split('\n');
  expect(heading).toBe('words');
  return lines;
}

describe('an answer to bash', () => {
  it.each([
    ['x sa', 'sa', ['sales', 'support'], ['sales']],
    ['x SA', 'SA', ['sales', 'support'], ['sales']],
    ['x Sa', 'Sa', ['sales', 'Sandra'], ['Sandra']],
    ['x --to=sa', 'sa', ['--to=sales'], ['sales']],
    ['x --to=', '', ['--to=sales', '--to=new business'], ['sales', 'new\\ business']],
    ['x a:b', 'b', ['a:bc', 'b'], ['bc']],
    ['x new\\ b', 'new\\ b', ['new business'], ['new\\ business']],
    ['x --to="new b', 'new b', ['--to=new business'], ['new business']],
    ['x "it', 'it', ['it says "no"'], ['it says \\"no\\""']],
    ["x 'it", 'it', ["it's"], ["it'\\''s"]],
  ])('%j, of which %j is replaced, from %j is %j', (line, replaced, candidates, expected) => {
    expect(ask(line, replaced, candidates)).toEqual(expected);
  });

  it('never has half an escape for what all have in common', () => {
    expect(ask('x a', 'a', ['a b', 'a$b'])).toEqual(["'a b'", "'a$b'"]);
    expect(ask('x a', 'a', ['a\\b', 'a\\\\b'])).toEqual(['a\\\\b', 'a\\\\\\\\b']);
  });

  it('is empty where bash and this program do not see the same word', () => {
    expect(ask('x "sales" su', 'xyz', ['support'])).toEqual([]);
  });
});
