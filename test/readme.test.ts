/** What README.md shows is run as it stands there, by bash, against the built program. */
import { copyFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { ENTER, openTerminal, withoutEscapes } from './process/open-terminal.ts';
import { EXAMPLE, makeFolder, ROOT, runShell } from './process/run-program.ts';
import { startSandboxProcess } from './process/sandbox-process.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** The blocks of one language, in their order. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
}

/** Every line that is to be typed, in the order in which they stand. */
const LINES = blocks('sh').flatMap((text) =>
  // A line that ends in a pipe goes on in the next one.
  text
    .replace(/\|\n\s*/g, '| ')
    .split('\n')
    .filter((line) => line.trim() !== ''),
);

/** The exit code a line announces in its comment. */
const exitCodeOf = (line: string) => Number(/# exits (\d+)/.exec(line)?.[1] ?? 0);

/** A transfer that asks somebody, and has nobody piped in to answer. */
const asks = (line: string) =>
  /^npx lk-transfer transfer /.test(line) && !/--yes|--dry-run|--help/.test(line);

type Variables = Record<string, string>;

function expectScripts(line: string): void {
  for (const [, name = ''] of line.matchAll(/\bnpm (?:run )?([\w:]+)/g)) {
    if (name !== 'ci') expect(Object.keys(scripts), line).toContain(name);
  }
}

/** Off a terminal it wants --yes; on one it asks, and does it. */
async function runAsking(line: string, cwd: string, env: Variables): Promise<void> {
  const piped = await runShell(line, { cwd, env });
  expect({ line, exitCode: piped.exitCode }).toEqual({ line, exitCode: 2 });
  expect(piped.stderr).toContain('--yes');
  const terminal = openTerminal(line, { cwd, env });
  await terminal.until(/\(y\/N\)/);
  terminal.type(`y${ENTER}`);
  expect({ line, exitCode: await terminal.left }).toEqual({ line, exitCode: exitCodeOf(line) });
  expect(withoutEscapes(terminal.sent())).toContain(': transferred. ');
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Runs until it is ended: its three lines are what the README promises. */
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

/** Lines that look at the config which the README has made: nothing is to be warned of there. */
const looksAtConfig = (line: string) =>
  /^npx lk-transfer (config (check|show)|departments|resolve \w+ --all-trunks)/.test(line) ||
  (/ config init /.test(line) && !line.includes('--output'));

/** A line that makes the config which the others read, or the environment. */
const makesPlace = (line: string) =>
  /^export /.test(line) || (/ config init /.test(line) && !line.includes('--output'));
/** A line with a sandbox of its own: nothing that follows can tell whether it has ended. */
const standsAlone = (line: string) => /--sandbox\b/.test(line) && !makesPlace(line);
/** As many of them run at a time: some take half a minute. */
const SIDE_BY_SIDE = 4;

async function runLine(line: string, cwd: string, env: Variables): Promise<void> {
  if (line.startsWith('export LIVEKIT_')) {
    // Nobody has the project of the example: a sandbox stands in for it, from here on.
    if (line.includes('LIVEKIT_URL=')) Object.assign(env, (await startSandboxProcess()).env);
    expect(Object.keys(env)).toContain(line.split(/[ =]/)[1]);
  } else if (/^npm /.test(line)) expectScripts(line);
  else if (line.startsWith('npx lk-transfer sandbox')) await runSandbox(line);
  else if (asks(line)) await runAsking(line, cwd, env);
  else {
    const { exitCode, stdout, stderr } = await runShell(line, { cwd, env });
    expect({ line, exitCode, stderr }).toEqual({ line, exitCode: exitCodeOf(line), stderr });
    if (exitCode === 0 && line.startsWith('npx')) expect(stdout + stderr).not.toBe('');
    if (exitCode !== 0) expect(stderr).not.toBe('');
    if (looksAtConfig(line))
      expect({ line, warns: /warning/.test(stderr) }).toEqual({ line, warns: false });
  }
}

/** In their order, as somebody types them in one shell, in a folder that was empty. */
async function runLines(lines: readonly string[]): Promise<void> {
  const cwd = makeFolder();
  const env: Variables = {};
  const started: Promise<void>[] = [];
  const limit = pLimit(SIDE_BY_SIDE);
  for (const line of lines) {
    if (makesPlace(line)) await Promise.all(started);
    const run = limit(() => runLine(line, cwd, env));
    started.push(run);
    if (!standsAlone(line)) await run;
  }
  await Promise.all(started);
}

describe.concurrent('README.md', () => {
  it('has lines to run', () => {
    expect(LINES.length).toBeGreaterThan(20);
    expect(LINES.filter(asks)).not.toEqual([]);
    expect(LINES.filter(looksAtConfig)).not.toEqual([]);
  });

  it('runs from its first line to its last', () => runLines(LINES), 900_000);

  it('shows what the command above it prints', async () => {
    const shown = [...README.matchAll(/^```sh\n([^`]*)```\n\n```text\n([\s\S]*?)^```$/gm)];
    expect(shown).toHaveLength(blocks('text').length);
    for (const [, line = '', text = ''] of shown) {
      const { stdout } = await runShell(line, { cwd: makeFolder() });
      expect(stdout).toBe(text);
    }
  });

  it('comes with an example of a config that is valid and clean', async () => {
    const cwd = makeFolder();
    copyFileSync(EXAMPLE, join(cwd, 'transfer.config.json'));
    const { exitCode, stderr } = await runShell('lk-transfer config check', { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('names only files and npm scripts that exist', () => {
    const named = [...README.matchAll(/`npm run ([\w:]+)`/g)].map(([, name = '']) => name);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});
