/** README.md and the pages of docs/: what stands in them, by kind. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Page {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

/** A fenced block. */
export interface Block {
  language: string;
  text: string;
  /** Where its text begins in the page. */
  start: number;
  /** The line above the fence that has something on it. */
  lead: string;
  /** Nothing but blank lines stands between it and the block before. */
  follows: boolean;
}

/** @returns the page, read anew. @param path from the root of the repository */
export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** Every page, README.md first. */
export const PAGES: readonly Page[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'lab/README.md',
].map(readPage);

const FENCE = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

/** The blocks of a page, in their order. */
export function blocksOf({ text }: Page): Block[] {
  let end = 0;
  return [...text.matchAll(FENCE)].map((match) => {
    const [all, language = '', block = ''] = match;
    const between = text.slice(end, match.index);
    end = match.index + all.length;
    return {
      language,
      text: block,
      start: match.index + 4 + language.length,
      lead: between.trimEnd().split('\n').at(-1) ?? '',
      follows: between.trim() === '',
    };
  });
}

/** The blocks of one language on all pages. */
export function blocksIn(language: string): (Block & { page: string })[] {
  return PAGES.flatMap((page) =>
    blocksOf(page).map((block) => ({ ...block, page: page.path })),
  ).filter((block) => block.language === language);
}

/**
 * The one block of a page in a language in which a word stands.
 * @throws Error when there is none, or more than one
 */
export function blockWith(path: string, language: string, word: string): string {
  const [block, ...others] = blocksOf(readPage(path)).filter(
    (each) => each.language === language && each.text.includes(word),
  );
  if (block === undefined || others.length > 0) {
    throw new Error(`${path} has not one block in ${language} with ${word}`);
  }
  return block.text;
}

/** The page without its blocks and comments. */
function proseOf({ text }: Page): string {
  return text.replace(FENCE, '').replace(/<!--[\s\S]*?-->/g, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Page): string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => {
    const anchor = plain(heading)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** Where the links and pictures of a page lead inside the repository: a path, and an anchor or ''. */
export function linksOf(page: Page): { target: string; path: string; anchor: string }[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      const file = path === '' ? page.path : posix.join(posix.dirname(page.path), path);
      return { target, path: file, anchor };
    });
}

/** What stands between backticks in a page. */
export function codeIn(page: Page): string[] {
  return [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replace(/\s+/g, ' '),
  );
}

/** Markdown without its marks. */
function plain(text: string): string {
  return text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}

/** The sentences of a page: of its paragraphs, its lists, and the cells of its tables. */
export function sentencesOf(page: Page): string[] {
  const paragraphs = proseOf(page)
    // What stands between backticks is one word, whatever it says.
    .replace(/`[^`]+`/g, (code) => code.replace(/\s+/g, '_').replace(/[.?!:|]/g, '_'))
    .replace(/^\|(.*)\|$/gm, (_, cells: string) => cells.replaceAll(' | ', '\n\n'))
    .replace(/^#.*$/gm, '')
    .replace(/^ *(?:[-*]|\d+\.) /gm, '\n\n')
    .split(/\n\s*\n/);
  return paragraphs
    .flatMap((paragraph) =>
      plain(paragraph)
        .replace(/\s+/g, ' ')
        .split(/(?<=[.?!:]["”)]?) (?=\S)/),
    )
    .map((sentence) => sentence.trim())
    .filter((sentence) => /\w/.test(sentence));
}

/** How many words a text has. */
export const wordsIn = (text: string) =>
  text.split(/\s+/).filter((word) => /[\p{L}\p{N}_]/u.test(word)).length;

/** `vitest --update`, which writes snapshots anew, writes what pages show as well. */
export const isUpdating = () =>
  Reflect.get(expect.getState().snapshotState, '_updateSnapshot') === 'all';

/**
 * Holds a table that is made from the code in the place that a page has for it, between
 * `<!-- NAME: … -->` and `<!-- /NAME -->`; an update of snapshots writes it there.
 */
export function expectTable(path: string, name: string, rows: readonly string[]): void {
  const place = new RegExp(`(<!-- ${name}: .* -->\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  const table = `\n${rows.join('\n')}\n\n`;
  const { text } = readPage(path);
  expect(text, path).toMatch(place);
  if (isUpdating()) {
    writeFileSync(
      join(ROOT, path),
      text.replace(place, (_, before, __, after) => before + table + after),
    );
  }
  expect(place.exec(readPage(path).text)?.[2], path).toBe(table);
}
