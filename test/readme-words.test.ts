/** README.md is for somebody under stress who reads English as a second language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SMOKE_VERDICTS } from '../src/config/words.ts';

const README = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

/** What is read and not typed: without blocks, comments and addresses, with code as one word. */
const PROSE = README.replace(/^```[\s\S]*?^```$/gm, '')
  .replace(/<!--.*?-->/g, '')
  .replace(/\]\([^)]*\)/g, ']')
  .replace(/`[^`]*`/g, 'code');

/** Paragraphs, the points of lists, and the cells of tables. */
const PARAGRAPHS = PROSE.split(/\n\s*\n|\n(?=- )|\n(?=\|)|(?<=\S) \| /)
  .map((text) => text.replace(/[\s|]+/g, ' ').trim())
  .filter((text) => /\w/.test(text));

/** How many asides a sentence has in brackets: the name of a command alone is none. */
const asidesOf = (sentence: string) => sentence.split(/\((?!code\))/).length - 1;

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
  'warm transfer': /\bwarm\b(?=.transfer)/i,
  bridge: /\bbridges?\b/i,
};

describe('README.md', () => {
  it('has at most 200 lines, and no more than a screen of them for each thing to do', () => {
    expect(README.split('\n').length).toBeLessThanOrEqual(200);
    const tooLong = README.split(/^## /m)
      .map((section) => ({
        title: section.split('\n')[0],
        lines: section.trim().split('\n').length,
      }))
      .filter(({ lines }) => lines > 40);
    expect(tooLong).toEqual([]);
  });

  it('has short sentences, with one aside at most', () => {
    const sentences = PARAGRAPHS.flatMap((text) => text.split(/(?<=[.!?]["”)*]*)\s+/));
    expect(sentences.length).toBeGreaterThan(100);
    const hard = sentences.filter(
      (sentence) => sentence.split(/\s+/).length > 25 || asidesOf(sentence) > 1,
    );
    expect(hard).toEqual([]);
  });

  it.each(Object.entries(TERMS))('explains %s where it is first used, and once', (term, used) => {
    // A heading names what follows it, and a picture is explained by what stands around it.
    const text = PROSE.replace(/^#.*$|^!\[.*$/gm, '');
    const explained = text.split(`**${term}**`);
    expect(explained).toHaveLength(2);
    expect(explained[0]).not.toMatch(used);
  });

  it('has a row for each verdict of a smoke test', () => {
    const rows = [...README.matchAll(/^\| `([\w-]+)` \| /gm)].map(([, name]) => name);
    expect(rows).toEqual([...SMOKE_VERDICTS]);
  });
});
