/**
 * What the program prints is read under stress, by people who learned English late: short sentences,
 * and one word for one thing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONDITIONS } from '../src/calls/condition.ts';
import { commandTree } from './support/command-tree.ts';
import { PAGES, sentencesOf as sentencesOfPage, wordsIn } from './support/pages.ts';

const MOST_WORDS = 25;

/** The texts of one snapshot: neither titles, nor the data in brackets below each text. */
function textsOf(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !/^(?:#|\(.*\)$)/.test(line));
}

const SNAPSHOTS = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => basename(file) === 'sentences.md')
  .map((file): [string, string[]] => [file, textsOf(join('test', file))]);

/** A command in backticks counts as one word, as do a number, an address and a name. */
function sentencesOf(text: string): string[] {
  return text
    .replaceAll(/`[^`]*`/g, 'COMMAND')
    .replace(/^(?:→|-|\*\*)\s*/, '')
    .split(/(?<=[.?!]["”)]?)\s+(?=[A-Z+“…\d])/);
}

/** A word that must not come back, and what stands for it. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:a|the|one|two|each|every|silent|dialled|test|other) legs?\b/i, 'call'],
  [/(?<!-)\bpart(?:y|ies)\b/i, 'caller, target, the other phone'],
  [/\bcounterparts?\b/i, 'caller, target'],
  [/\b(?:move|moves|moved|moving) (?:a |the |its |their )?callers?\b/i, 'transfer'],
  [/\b(?:come|comes|came|coming) about\b/i, 'succeed, be made'],
  [/\b(?:send|sends|sent|sending) for (?!\d)/i, 'request an agent'],
  [/\b(?:turn|turns|turned) (?:it |the request )?away\b/i, 'reject'],
  [/\b(?:what )?(?:becomes?|became|comes?|came) of (?:it|this|that|the)\b/i, 'how it ended'],
  [/\b(?:settles? nothing|proves nothing either way|all the same|as you wish|at your cost)\b/i, ''],
  [/\b(?:call|calls|called) (?:it )?back (?:a|the) transfer\b/i, 'cancel'],
  [/\bcannot be called back\b/i, 'cannot be cancelled'],
  [/\b(?:leads?|led) nowhere\b/i, 'cannot be resolved, reaches nobody'],
  [/\bout of (?:its|their) time\b/i, 'expired or not yet valid'],
];

function bannedIn(text: string): string[] {
  return BANNED.filter(([word]) => word.test(text)).map(([word]) => `${word}: ${text}`);
}

it('there are snapshots to read', () => {
  expect(SNAPSHOTS.length).toBeGreaterThan(3);
  for (const [, texts] of SNAPSHOTS) expect(texts.length).toBeGreaterThan(50);
});

describe.each(SNAPSHOTS)('%s', (_, texts) => {
  it(`has no sentence of more than ${MOST_WORDS} words`, () => {
    const long = texts.flatMap(sentencesOf).filter((each) => wordsIn(each) > MOST_WORDS);
    expect([...new Set(long)]).toEqual([]);
  });

  it('has none of the words that were given up', () => {
    expect([...new Set(texts.flatMap(bannedIn))]).toEqual([]);
  });
});

it('conditions are told in short sentences, without the words that were given up', () => {
  const texts = Object.values(CONDITIONS).flatMap(({ seen, means, todo }) => [seen, means, todo]);
  expect(texts.flatMap(bannedIn)).toEqual([]);
  const long = texts.flatMap(sentencesOf).filter((each) => wordsIn(each) > MOST_WORDS);
  expect(long).toEqual([]);
});

it.each(commandTree().map(({ name, help }) => [name, help]))(
  'help on %s has none either',
  (_, help) => {
    expect(bannedIn(help.replaceAll(/\s+/g, ' '))).toEqual([]);
  },
);

it.each(PAGES.slice(1))('$path has none either', (page) => {
  expect(sentencesOfPage(page).flatMap(bannedIn)).toEqual([]);
});

it('the measure finds what it is to find', () => {
  const long = `Nothing was sent: ${'word '.repeat(23)}end.`;
  expect(sentencesOf(`${long} Look with \`lk-transfer calls\`.`).map(wordsIn)).toEqual([27, 3]);
  expect(bannedIn('the trunk cuts a silent leg')).toHaveLength(1);
  expect(bannedIn('an earlier transfer may still come about')).toHaveLength(1);
  expect(bannedIn('A call in the room is sent for 30 s.')).toEqual([]);
});
