/** Runs a page of README.md or docs/ as somebody types it, and compares what it shows below commands. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { expect } from 'vitest';
import { normalise, steady } from '../../scripts/shared/normalise.js';
import { openScreen } from '../../scripts/shared/screen.js';
import { atTheEnd } from '../support/at-the-end.ts';
import { type Block, blocksOf, isUpdating, type Page, readPage } from '../support/pages.ts';
import { ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import { cleanEnvironment, makeFolder, openSandbox, ROOT, runShell } from './run-program.ts';
import { startSandboxProcess } from './sandbox-process.ts';

/** The lines of a block, each with what belongs to it: after a pipe or a backslash, and a here-document. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  let end: string | undefined;
  for (const line of text.trimEnd().split('\n')) {
    const isOpen = end !== undefined || /(\||\\)$/.test(lines.at(-1) ?? '');
    if (isOpen) lines.push(`${lines.pop()}\n${line}`);
    else lines.push(line);
    if (end === undefined) end = /<<-?'?(\w+)'?/.exec(line)?.[1];
    else if (line === end) end = undefined;
  }
  return lines.filter((line) => line.trim() !== '');
}

const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** The exit code a line announces in its comment. */
const exitCodeOf = (line: string) => Number(/# exits (\d+)/.exec(line)?.[1] ?? 0);

/** A transfer that asks somebody, and has nobody piped in to answer. */
const asks = (line: string) =>
  /^npx lk-transfer transfer /.test(line) && !/--yes|--dry-run|--help|--json/.test(line);

/** The desk wants a terminal, and somebody who leaves it. */
const isDesk = (line: string) => /^npx lk-transfer( desk)?( --sandbox)?\s*(#.*)?$/.test(line);

/** Looks at the config which the page has made: nothing is to be warned of there. */
const looksAtConfig = (line: string) =>
  /^npx lk-transfer (config (check|show)|departments|resolve \w+ --all-trunks)/.test(line) ||
  (/ config init /.test(line) && !line.includes('--output'));

/** The files that a line writes, by the names it has for them. */
const writtenBy = (line: string) =>
  [...line.matchAll(/(?: >|\btee|--output|--report) +(\S+)/g)].map(([, file = '']) => file);

/** Leaves nothing behind that another of these lines uses: no config, no variable and no file. */
const standsAlone = (line: string, lines: readonly string[]) =>
  /^npm |\blk-transfer /.test(line) &&
  !/^export | config init | lk-transfer sandbox\b/.test(line) &&
  !writtenBy(line).some((file) => lines.some((other) => other !== line && other.includes(file)));

/** It calls by one trunk after the other, in real time: all other lines are done before it is. */
const isLongest = (line: string) => /^npx lk-transfer smoke --all /.test(line);

/** What a page is run in. */
interface Place {
  cwd: string;
  env: Record<string, string>;
}

const isUntouched = ({ cwd, env }: Place) =>
  readdirSync(cwd).length === 0 && Object.keys(env).length === 0;

/** As many lines that stand alone run at a time, of all pages: most wait, for a transfer in real time. */
const limit = pLimit(8);

/** Fails where a line names an npm script that does not exist. */
export function expectScripts(line: string): void {
  for (const [, name = ''] of line.matchAll(/\bnpm (?:run )?([\w:]+)/g)) {
    if (!['ci', 'install'].includes(name)) expect(Object.keys(scripts), line).toContain(name);
  }
}

/** Off a terminal it wants --yes; on one it asks, and does it. */
async function runAsking(line: string, { cwd, env }: Place): Promise<void> {
  const piped = await runShell(line, { cwd, env });
  expect({ line, exitCode: piped.exitCode }).toEqual({ line, exitCode: 2 });
  expect(piped.stderr).toContain('--yes');
  const terminal = openTerminal(line, { cwd, env });
  await terminal.until(/\(y\/N\)/);
  terminal.type(`y${ENTER}`);
  expect({ line, exitCode: await terminal.left }).toEqual({ line, exitCode: exitCodeOf(line) });
  expect(withoutEscapes(terminal.sent())).toContain(': transferred. ');
}

async function runDesk(line: string, { cwd, env }: Place): Promise<void> {
  const terminal = openTerminal(line, { cwd, env });
  await terminal.until(/\bstuck\b/);
  terminal.type('q');
  expect({ line, exitCode: await terminal.left }).toEqual({ line, exitCode: 0 });
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Runs until it is ended: its three lines are what the pages promise. */
async function runSandbox(line: string): Promise<void> {
  const words = line.replace('npx lk-transfer sandbox', '').trim().split(/\s+/);
  // Port 7880 is LiveKit's own: somebody may have one running on this machine.
  const taken = await canConnect(Number(words[words.indexOf('--port') + 1]));
  const flags = words.filter((word) => word !== '' && !(taken && /^(--port|\d+)$/.test(word)));
  const sandbox = await startSandboxProcess(...flags);
  expect(Object.keys(sandbox.env)).toEqual([
    'LIVEKIT_URL',
    'LIVEKIT_API_KEY',
    'LIVEKIT_API_SECRET',
  ]);
  expect(await sandbox.stop('SIGTERM')).toBe(143);
}

/** @returns what a pipe gets */
async function runPiped(line: string, { cwd, env }: Place): Promise<string> {
  const { exitCode, stdout, stderr } = await runShell(line, { cwd, env });
  expect({ line, exitCode, stderr }).toEqual({ line, exitCode: exitCodeOf(line), stderr });
  const isSilent = line.includes(' > ') || !(line.startsWith('npx') || exitCode !== 0);
  if (!isSilent) expect(stdout + stderr, line).not.toBe('');
  if (looksAtConfig(line))
    expect({ line, warns: /warning/.test(stderr) }).toEqual({ line, warns: false });
  return stdout;
}

/** @returns what stdout shows on a terminal, without the progress that stderr shows there */
async function runOnTerminal(line: string, { cwd, env }: Place): Promise<string> {
  const screen = openScreen(`${line.replace(/ +#.*$/, '')} 2>/dev/null`, {
    cwd,
    env: cleanEnvironment(env),
    columns: 100,
  });
  atTheEnd(() => screen.close());
  const { exitCode } = await screen.left;
  expect({ line, exitCode }).toEqual({ line, exitCode: exitCodeOf(line) });
  const lines = screen.runs().map((runs) =>
    runs
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** @returns what it printed, where a page can show that */
async function runLine(line: string, place: Place, shown: Block | undefined): Promise<string> {
  const { env } = place;
  if (line.startsWith('export LIVEKIT_')) {
    // Nobody has the project of the example: a sandbox stands in for it, from here on.
    if (line.includes('LIVEKIT_URL=')) {
      const { LK_TRANSFER_CONFIG, ...credentials } = (await openSandbox()).env;
      Object.assign(env, credentials);
    }
    expect(Object.keys(env)).toContain(line.split(/[ =]/)[1]);
  } else if (/^npm /.test(line)) expectScripts(line);
  else if (line.startsWith('npx lk-transfer sandbox')) await runSandbox(line);
  else if (isDesk(line)) await runDesk(line, place);
  else if (shown?.language === 'console') return runOnTerminal(line, place);
  else if (asks(line)) await runAsking(line, place);
  else return runPiped(line, place);
  return '';
}

/** The runs of lines that stand alone: several pages show the same one, and it runs once for them all. */
const alike = new Map<string, Promise<string>>();

/** Runs a line in an empty folder and without a variable, or finds its run for another page. */
function runAlone(line: string, shown: Block | undefined): Promise<string> {
  const key = `${shown?.language === 'console' ? 'on a terminal' : 'piped'}: ${line}`;
  let running = alike.get(key);
  if (running === undefined) {
    const run = () => runLine(line, { cwd: makeFolder(), env: {} }, shown);
    running = isLongest(line) ? run() : limit(run);
    alike.set(key, running);
    // The worker keeps this module for a next run of the tests.
    atTheEnd(() => alike.delete(key));
  }
  return running;
}

/** Times, ages and lengths differ from run to run; of JSON any number may. */
function comparable(text: string, { language }: Block): string {
  const numbers = language === 'json' ? /(?<![\w"+-])\d[\d.]*(?![\w"])/g : /#+/g;
  return normalise(text).replace(numbers, '#').replace(/ +/g, ' ');
}

/** What the commands above a block print, and which block of its page that is. */
interface Shown {
  index: number;
  block: Block;
  text: string;
}

/** Writes what the commands of a page print into it, as it is by now: its tables may be new. */
function writeShown(path: string, shown: readonly Shown[]): void {
  let { text } = readPage(path);
  for (const { index, text: printed } of shown.toSorted((a, b) => b.index - a.index)) {
    const block = blocksOf({ path, text })[index];
    if (block === undefined) throw new Error(`${path} has lost block ${index}`);
    text =
      text.slice(0, block.start) + steady(printed) + text.slice(block.start + block.text.length);
  }
  writeFileSync(join(ROOT, path), text);
}

/** The name of the config file that a block is, where the line above it says so. */
export const fileOf = ({ language, lead }: Block) =>
  ['json', 'yaml'].includes(language)
    ? /`(transfer\.config\.(?:json|yaml))`:$/.exec(lead)?.[1]
    : undefined;

const isShown = (block: Block | undefined): block is Block =>
  block?.follows === true && ['text', 'console', 'json'].includes(block.language);

/** Nothing above the block says why it is not run. */
export const mustRun = ({ lead }: Block) => !/^<!-- not run: /.test(lead);

/**
 * From its first line to its last, as somebody types them in one shell, in a folder that was empty. As
 * long as it is, no line can tell whether those before it have ended.
 */
export async function runPage(page: Page): Promise<void> {
  const place: Place = { cwd: makeFolder(), env: {} };
  const started: Promise<unknown>[] = [];
  const shown: Shown[] = [];
  const blocks = blocksOf(page);
  const lines = blocks.map((block) =>
    block.language === 'sh' && mustRun(block) ? linesOf(block.text) : [],
  );
  for (const [index, block] of blocks.entries()) {
    const file = fileOf(block);
    if (file !== undefined) writeFileSync(join(place.cwd, file), block.text);
    const next = isShown(blocks[index + 1]) ? blocks[index + 1] : undefined;
    const printed: Promise<string>[] = [];
    for (const line of lines[index] ?? []) {
      const alone = isUntouched(place) && standsAlone(line, lines.flat());
      const run = alone ? runAlone(line, next) : runLine(line, place, next);
      // It is awaited below, maybe long after it has failed.
      run.catch(() => {});
      started.push(run);
      printed.push(run);
      if (!alone) await run;
    }
    if (next === undefined || printed.length === 0) continue;
    const write = Promise.all(printed).then((all) =>
      shown.push({ index: index + 1, block: next, text: all.join('') }),
    );
    write.catch(() => {});
    started.push(write);
  }
  await Promise.all(started);
  const changed = shown.filter(
    ({ block, text }) => comparable(text, block) !== comparable(block.text, block),
  );
  if (isUpdating() && changed.length > 0) {
    writeShown(page.path, changed);
  } else {
    for (const { block, text } of changed) {
      expect(comparable(text, block), `shown in ${page.path}`).toBe(comparable(block.text, block));
    }
  }
}
