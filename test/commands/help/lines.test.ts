import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/commands/help/position.ts';
import { fish, zsh } from '../../../src/commands/help/shells.ts';

const ANSWER: Answer = {
  files: false,
  prefix: '--to=',
  candidates: [
    { word: '--to=a:b\\c', description: 'the first: one' },
    { word: '--to=d', description: '' },
  ],
};

describe('the other shells, which choose and quote by themselves', () => {
  it('zsh gets the value alone, with colons and backslashes escaped', () => {
    const question = zsh.read(['transfer', '--to=']);
    expect(question.words).toEqual({ before: ['transfer'], current: '--to=' });
    expect(question.write(ANSWER)).toBe('words\na\\:b\\\\c:the first: one\nd');
  });

  it('fish gets the whole word, and the description behind a TAB', () => {
    const question = fish.read(['']);
    expect(question.words).toEqual({ before: [], current: '' });
    expect(question.write(ANSWER)).toBe('words\n--to=a:b\\c\tthe first: one\n--to=d');
  });

  it('both are told when it is a file that is wanted', () => {
    for (const shell of [zsh, fish]) {
      expect(shell.read(['']).write({ files: true, prefix: '', candidates: [] })).toBe('files');
    }
  });
});
