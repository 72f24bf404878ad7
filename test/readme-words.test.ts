/** README.md is for somebody under stress who reads English as a second language. */
import { describe, expect, it } from 'vitest';
import { SMOKE_VERDICTS } from '../src/config/words.ts';
import { readPage, sentencesOf, wordsIn } from './support/pages.ts';

const README = readPage('README.md');
const SENTENCES = sentencesOf(README);

/** Brackets around more than one word: an aside. */
const asidesOf = (sentence: string) => (sentence.match(/\([^)]*\s[^)]*\)/g) ?? []).length;

/** What is read and not typed. A heading names what follows it; what is seen explains a picture. */
const PROSE = README.text
  .replace(/^```[\s\S]*?^```$/gm, '')
  .replace(/<!--.*?-->|^#.*$|^!\[.*$|\]\([^)]*\)|`[^`]*`/gm, '');

/** Every term, as it stands where it is explained; and what would be its first use. */
const TERMS: Readonly<Record<string, RegExp>> = {
  agent: /\bagents?\b/i,
  'cold transfer': /\bcold transfers?\b/i,
  target: /\btargets?\b/i,
  sandbox: /\bsandbox\b/i,
  room: /\brooms?\b/i,
  'E.164': /E\.164/,
  trunk: /\btrunks?\b/i,
  SIP: /\bSIP\b/,
  REFER: /\bREFER\b/,
  'Refer-To': /Refer-To/,
  NOTIFY: /\bNOTIFY\b/,
  'warm transfer': /\bwarm\b/i,
  bridge: /\bbridges?\b/i,
};

describe('README.md', () => {
  it('has at most 200 lines, and no more than a screen of them for each thing to do', () => {
    expect(README.text.split('\n').length).toBeLessThanOrEqual(200);
    const tooLong = README.text
      .split(/^## /m)
      .map((section) => ({
        title: section.split('\n')[0],
        lines: section.trim().split('\n').length,
      }))
      .filter(({ lines }) => lines > 40);
    expect(tooLong).toEqual([]);
  });

  it('has short sentences, with one aside at most', () => {
    expect(SENTENCES.length).toBeGreaterThan(100);
    const hard = SENTENCES.filter((sentence) => wordsIn(sentence) > 25 || asidesOf(sentence) > 1);
    expect(hard).toEqual([]);
  });

  it.each(Object.entries(TERMS))('explains %s where it is first used, and once', (term, used) => {
    const explained = PROSE.split(`**${term}**`);
    expect(explained).toHaveLength(2);
    expect(explained[0]).not.toMatch(used);
  });

  it('has a row for each verdict of a smoke test', () => {
    const rows = [...README.text.matchAll(/^\| `([\w-]+)` \| /gm)].map(([, name]) => name);
    expect(rows).toEqual([...SMOKE_VERDICTS]);
  });
});
