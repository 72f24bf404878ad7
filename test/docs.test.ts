/**
 * What README.md and the pages of docs/ show: every command is run as it stands there, by bash,
 * against the built program, in the order of its page and in a folder of the page's own. What a page
 * shows below a command is what the command prints: `npx vitest run test/docs.test.ts --update`
 * writes it anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../src/config/yaml.ts';
import { cliAgainst } from './cli/run-cli.ts';
import { expectScripts, fileOf, mustRun, runPage } from './process/run-page.ts';
import { EXAMPLE, makeFolder, ROOT, runShell } from './process/run-program.ts';
import { commandTree } from './support/command-tree.ts';
import {
  anchorsOf,
  blocksIn,
  blocksOf,
  codeIn,
  linksOf,
  PAGES,
  readPage,
  sentencesOf,
  wordsIn,
} from './support/pages.ts';

/** The languages of blocks: `text` is what a pipe gets, `console` what stdout shows on a terminal. */
const LANGUAGES = ['sh', 'text', 'console', 'json', 'yaml', 'ts', 'python', 'powershell'];

/** `<!-- not run: REASON -->` above a block says why it cannot be run here: one of these. */
const NOT_RUN = ['Docker', 'a LiveKit of its own', 'a Kubernetes cluster'];

describe.concurrent('the commands of', () => {
  it.each(PAGES)('$path run from the first to the last, and print what it shows', runPage, 900_000);
});

describe('the blocks of', () => {
  it.each(PAGES)('$path are of languages that are looked at', (page) => {
    expect(page.text).not.toMatch(/^[ \t]+```|^~~~/m);
    const blocks = blocksOf(page);
    for (const { language } of blocks) expect(LANGUAGES).toContain(language);
    for (const [index, block] of blocks.entries()) {
      if (!['text', 'console'].includes(block.language)) continue;
      const above = blocks[index - 1]?.language;
      expect({ ...block, above }).toEqual({ ...block, above: 'sh', follows: true });
    }
  });

  it('all pages, where they are not run, say why', () => {
    const reasons = PAGES.flatMap(blocksOf)
      .filter((block) => block.language === 'sh' && !mustRun(block))
      .map(({ lead }) => /<!-- not run: needs (.*) -->/.exec(lead)?.[1]);
    for (const reason of reasons) expect(NOT_RUN).toContain(reason);
    expect(reasons.length).toBeLessThan(15);
  });
});

describe('the configs that pages show', () => {
  const cli = cliAgainst();

  const configs = PAGES.flatMap((page) =>
    blocksOf(page)
      .filter((block) => fileOf(block) || (block.language === 'json' && !block.follows))
      .map((block) => ({ path: page.path, ...block })),
  );

  it.each(configs)('$path: $lead', async ({ language, text }) => {
    const config = language === 'yaml' ? (parseYaml(text) as object) : text;
    const { exitCode, stderr } = await cli('config check --quiet', { config });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('and the example that comes along are valid and clean', async () => {
    const { exitCode, stderr } = await cli('config check --quiet', {
      config: readFileSync(EXAMPLE, 'utf8'),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('or other YAML can be read', () => {
    for (const { text } of blocksIn('yaml')) expect(parseYaml(text)).toBeTypeOf('object');
  });
});

describe('the Python of all pages', () => {
  it('can be compiled', async ({ skip }) => {
    const files = blocksIn('python').map(({ text }, index) => [`shown-${index}.py`, text] as const);
    const cwd = makeFolder(Object.fromEntries(files));
    const found = await runShell('command -v python3', { cwd });
    if (found.exitCode !== 0) skip('there is no python3 on this machine');
    const { exitCode, stderr } = await runShell('python3 -m py_compile shown-*.py', { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('what is named on', () => {
  const helps = commandTree().map(({ help }) => help);
  const flags = new Set(helps.flatMap((help) => help.match(/--[a-z][\w-]*/g) ?? []));
  /** Of Node, vitest and curl. */
  const OTHERS = ['--env-file', '--update', '--global'];

  it.each(PAGES)('$path exists: files, anchors, npm scripts and flags', (page) => {
    const dead = linksOf(page).filter(({ path, anchor }) => {
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== '' && !anchorsOf(readPage(path)).includes(anchor);
    });
    expect(dead.map(({ target }) => target)).toEqual([]);
    for (const code of codeIn(page)) {
      expectScripts(/^npm run /.test(code) ? code : '');
      for (const flag of code.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [])
        if (!OTHERS.includes(flag)) expect([...flags], code).toContain(flag);
    }
  });
});

it('README.md leads to every page', () => {
  const [readme, ...pages] = PAGES;
  const linked = new Set(readme && linksOf(readme).map(({ path }) => path));
  expect(pages.filter(({ path }) => !linked.has(path))).toEqual([]);
});

/** How many words a sentence may have, and how many lines a page. */
const MOST = { words: 25, lines: 250 };

describe('the prose of', () => {
  it.each(PAGES)('$path is short: its sentences, and the page', (page) => {
    const long = sentencesOf(page).filter((sentence) => wordsIn(sentence) > MOST.words);
    expect(long).toEqual([]);
    expect(page.text.split('\n').length - 1).toBeLessThanOrEqual(MOST.lines);
  });
});
