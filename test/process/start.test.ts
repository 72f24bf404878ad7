/** The edges of the process: an old Node, a program that breaks, a program that is not built. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { sleep } from '../../src/core/host.ts';
import { EXAMPLE, makeFolder, openSandbox, PROGRAM, runProgram, runShell } from './run-program.ts';

/** Runs with something done to the process before the program starts. */
function runSabotaged(sabotage: string, words: readonly string[], env = {}) {
  const folder = makeFolder({ 'sabotage.cjs': sabotage });
  return runProgram(words, {
    env: { ...env, NODE_OPTIONS: `--require ${join(folder, 'sabotage.cjs')}` },
  });
}

/** Does something once the transfer request is made. */
const onTransfer = (deed: string) =>
  `const http = require('node:http'); const { request: real } = http; http.request = function (...given) { const request = real.apply(this, given); if (JSON.stringify(given[0]?.path ?? given[0]?.href ?? String(given[0])).includes('TransferSIP')) { ${deed}; } return request; };`;

const asNode = (version: string) =>
  `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;

/** The file that is started, as a text that is a script without its first line. */
const STARTED = readFileSync(PROGRAM, 'utf8').replace(/^#!.*\n/, '');

/** Runs that file under another Node, and tells what it does there: as a process, one Node of each kind. */
function startUnder(node: string) {
  const loaded: string[] = [];
  const process = {
    versions: { node },
    exitCode: undefined,
    said: '',
    stderr: {
      write: (text: string) => {
        process.said += text;
      },
    },
  };
  runInNewContext(STARTED, { process, require: (name: string) => loaded.push(name) });
  return { exitCode: process.exitCode, stderr: process.said, loaded };
}

const tooOld = (version: string) =>
  `lk-transfer needs Node.js 20.19, 22.8 or newer; this is ${version}.\n`;

describe.concurrent('the start', () => {
  it('47: bin/lk-transfer.js has no syntax that an old Node cannot read', async () => {
    // What esbuild need not rewrite for ES5 is ES5.
    const [old, now] = await Promise.all(
      ['es5', 'esnext'].map((target) => transform(STARTED, { target })),
    );
    expect(old?.code).toBe(now?.code);
    // The one thing it would let pass: a comma behind the last argument, which came with ES2017.
    expect(STARTED).not.toMatch(/,\s*\)/);
    expect(STARTED).not.toMatch(/\bimport\b|=>|`|\b(let|const|class|async)\b/);
  });

  it.each(['0.12.18', '8.17.0', '18.20.4', '20.18.3', '21.7.3', '22.7.0'])(
    '47: Node %s is told in a sentence',
    async (version) => {
      const told = { exitCode: 1, stderr: tooOld(version) };
      expect(startUnder(version)).toEqual({ ...told, loaded: [] });
      if (version !== '20.18.3') return;
      const result = await runSabotaged(asNode(version), ['--version']);
      expect(result).toMatchObject({ ...told, stdout: '' });
    },
  );

  it.each(['20.19.0', '22.8.0', '24.0.0', '100.0.0'])(
    '47: Node %s is new enough',
    async (version) => {
      const started = { exitCode: undefined, stderr: '', loaded: ['./start.js'] };
      expect(startUnder(version)).toEqual(started);
      if (version !== '20.19.0') return;
      expect(await runSabotaged(asNode(version), ['--version'])).toMatchObject({ exitCode: 0 });
    },
  );

  it('46: an unexpected error says that it is a bug, with version and --debug, exit 1', async () => {
    const { env } = await openSandbox();
    const sabotage = "Date.now = () => { throw new TypeError('sabotage'); };";
    const words = ['calls', '--room', 'conference-0042'];
    const result = await runSabotaged(sabotage, words, env);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(
      /error: This is a bug in lk-transfer \d+\.\d+\.\d+: TypeError: sabotage\.?\n.*--debug/,
    );
    // 43: no stack unless it is asked for.
    expect(result.stderr).not.toMatch(/^\s+at /m);
    const debug = await runSabotaged(sabotage, [...words, '--debug'], env);
    expect(debug.stderr).toMatch(/^\s+at /m);
    const json = await runSabotaged(sabotage, [...words, '--debug', '--json'], env);
    const lines = json.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [told, error] = lines.slice(-2);
    expect(error.error.code).toBe('internal');
    expect(told.debug.stack).toMatch(/^TypeError: sabotage\n\s+at /);
  });

  it('46: an error before the program runs is exit 1', async () => {
    const sabotage = "process.cwd = () => { throw new Error('sabotage'); };";
    const result = await runSabotaged(sabotage, ['--version']);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/^lk-transfer could not start: Error: sabotage/);
  });

  it('46: a run that ends without an answer is exit 1', async () => {
    const sabotage = "require('node:fs').promises.readFile = () => new Promise(() => {});";
    const result = await runSabotaged(sabotage, ['calls', '--credentials', EXAMPLE]);
    expect(result).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr:
        'lk-transfer ended without an answer. This is a bug: please report it to whoever gave you lk-transfer.\n',
    });
  });

  it.each([
    [
      'a bug in what shows the result',
      "const write = process.stdout.write; process.stdout.write = function (text, ...rest) { if (/transferred|completed/.test(text)) throw new TypeError('sabotage'); return write.call(this, text, ...rest); };",
      /TypeError: sabotage/,
    ],
    [
      'a bug that nobody catches',
      onTransfer("setTimeout(() => { throw new TypeError('sabotage'); }, 200)"),
      /TypeError: sabotage/,
    ],
    [
      'a promise that nobody catches',
      onTransfer("setTimeout(() => { Promise.reject(new TypeError('sabotage')); }, 200)"),
      /TypeError: sabotage/,
    ],
    [
      'an event loop that runs dry',
      onTransfer(
        'const { setTimeout: real } = globalThis; globalThis.setTimeout = (...given) => real(...given).unref(); request.on("socket", (socket) => socket.unref())',
      ),
      /ended without an answer\. A transfer was sent: find out how it ended before you repeat it\./,
    ],
  ])('46: once a transfer is sent, %s is exit 7', async (_, sabotage, said) => {
    const { env, mutations } = await openSandbox();
    for (const flags of [[], ['--json']]) {
      const before = mutations().length;
      // Behind this one stands a target that takes its time.
      const words = ['transfer', 'SCL_noNotify0001', '--to', 'sales', '--yes', '--wait', '3s'];
      const shown = sabotage.includes('stdout')
        ? ['transfer', 'SCL_noAgent00001', '--to', 'sales', '--yes']
        : words;
      const result = await runSabotaged(sabotage, [...shown, ...flags], env);
      expect(result).toMatchObject({ exitCode: 7, stdout: '' });
      expect(result.stderr).toMatch(said);
      // What was on its way when the program left may be read a moment later.
      await vi.waitUntil(() => mutations().length > before, { timeout: 15_000 });
      expect(mutations()).toHaveLength(before + 1);
      if (sabotage.includes('stdout')) break;
    }
  });

  it('46: a bug while the transfer request is made is exit 7 if it went out, and 1 if not', async () => {
    const { env, mutations } = await openSandbox();
    const sabotage = onTransfer("Promise.reject(new TypeError('sabotage'))");
    const words = ['transfer', 'SCL_noNotify0001', '--to', 'sales', '--yes', '--wait', '3s'];
    const { exitCode, stderr } = await runSabotaged(sabotage, words, env);
    // What is on its way when the program leaves arrives a moment later.
    await sleep(500);
    const wentOut = mutations().length;
    expect([
      { exitCode: 1, wentOut: 0 },
      { exitCode: 7, wentOut: 1 },
    ]).toContainEqual({ exitCode, wentOut });
    expect(stderr).toMatch(/TypeError: sabotage/);
  });

  it('says so when it is not built', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'bin'));
    for (const name of ['lk-transfer.js', 'start.js', 'package.json']) {
      copyFileSync(join(dirname(PROGRAM), name), join(folder, 'bin', name));
    }
    const result = await runShell('node bin/lk-transfer.js --version', { cwd: folder });
    expect(result).toMatchObject({
      exitCode: 1,
      stderr: 'lk-transfer is not built yet: run "npm run build" first.\n',
    });
  });
});
