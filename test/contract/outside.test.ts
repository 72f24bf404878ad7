/**
 * The suite against a LiveKit in another process, which it reaches only as it would reach a real one:
 * by LK_TRANSFER_CONTRACT_*, with a caller source.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Era, startSandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { type PlaceOptions, placeCalls } from '../support/place-calls.ts';
import { isSandbox } from './livekit-under-test.ts';
import { outcomeCases } from './outcome-cases.ts';
import { LINGERS_MS, SPEED } from './outcome-engine.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** All of the suite; without it a part that has every kind of call, trunk and outcome. */
const { LK_TRANSFER_CONTRACT_OUTSIDE: extent } = process.env;

const PART =
  'sip service frozen|trunk: |a captured dial|the stock SDK|protobuf|participants|removed before|one target|NOTIFY 486|REFER answered 405|two operators|a token';

interface Assertion {
  fullName: string;
  status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';
  failureMessages: string[];
}

interface Options extends PlaceOptions {
  era?: Era;
  env?: Record<string, string>;
}

/** Runs the suite, and tells what became of its tests. */
async function runSuite(
  pattern: string | undefined,
  { era, env = {}, ...options }: Options = {},
): Promise<Assertion[]> {
  const sandbox = await startSandbox({ speed: SPEED, lingersMs: LINGERS_MS, era });
  atTheEnd(() => sandbox.close());
  const source = await placeCalls(sandbox, options);
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-contract-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  const report = join(folder, 'report.json');
  const words = ['run', 'test/contract', '--reporter=json', `--outputFile=${report}`];
  const suite = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
      ...words,
      '--maxWorkers=1',
      ...(pattern === undefined ? [] : ['-t', pattern]),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        LK_TRANSFER_CONTRACT_URL: sandbox.url,
        LK_TRANSFER_CONTRACT_KEY: sandbox.apiKey,
        LK_TRANSFER_CONTRACT_SECRET: sandbox.apiSecret,
        LK_TRANSFER_CONTRACT_SPEED: String(SPEED),
        LK_TRANSFER_CONTRACT_PLACE: join(ROOT, 'test', 'support', 'caller-source.js'),
        LK_TRANSFER_SOURCE_URL: source,
        ...env,
      },
    },
  );
  atTheEnd(() => suite.kill('SIGKILL'));
  await once(suite, 'exit');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  return testResults.flatMap(
    ({ assertionResults }: { assertionResults: Assertion[] }) => assertionResults,
  );
}

const staged = new Map(outcomeCases.map(({ behaviour, scene }) => [behaviour, scene]));

describe.runIf(isSandbox)('the suite, against a LiveKit elsewhere', () => {
  it('passes with a caller source, and skips only what is about the demo', {
    timeout: 900_000,
  }, async () => {
    const tests = await runSuite(extent === 'all' ? undefined : PART, { staged });
    const failed = tests.filter(({ status }) => status === 'failed');
    const told = failed.map(({ fullName, failureMessages: [message = ''] }) => [
      fullName,
      message.slice(0, 400),
    ]);
    expect(told).toEqual([]);
    const passed = tests.filter(({ status }) => status === 'passed');
    if (extent === 'all') {
      process.stdout.write(`${passed.length} passed outside\n`);
      const skipped = tests
        .filter(({ status }) => status !== 'passed')
        .map((each) => each.fullName);
      process.stdout.write(`${skipped.join('\n')}\n`);
    }
    expect(passed.length).toBeGreaterThan(40);
  });
});
