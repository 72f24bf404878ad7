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
import { LINGERS_MS } from '../support/fake-host.ts';
import { type PlaceOptions, placeCalls } from '../support/place-calls.ts';
import { BEHAVIOURS, BRIDGE_BEHAVIOURS, DIAL_BEHAVIOURS } from './behaviours.ts';
import { answers } from './captured-answers.ts';
import { expectLike, isSandbox } from './livekit-under-test.ts';
import { outcomeCases } from './outcome-cases.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Which tests run elsewhere: `all` of the suite, which takes minutes, or a pattern for their names. By
 * default a part with every kind of call and trunk.
 */
const {
  LK_TRANSFER_CONTRACT_OUTSIDE:
    extent = 'trunk: |two operators|captured dial|on a call|listed as captured|somebody’s room|one target|NOTIFY 486',
} = process.env;

/** Slow enough that requests of two processes on a busy machine come in their turn. */
const SPEED = 10;

interface Assertion {
  fullName: string;
  status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';
  failureMessages: string[];
}

interface Options extends PlaceOptions {
  era?: Era;
  /** Added to the environment; undefined takes a variable out. */
  env?: Record<string, string | undefined>;
}

/**
 * Runs the suite, and tells what became of its tests.
 * @param only words for vitest, which choose some of them
 */
async function runSuite(
  only: readonly string[],
  { era, env = {}, ...options }: Options = {},
): Promise<Assertion[]> {
  // Nothing of the demo, whose numbers some tests transfer to.
  const seed = { trunks: [], rooms: [] };
  const sandbox = await startSandbox({ seed, speed: SPEED, lingersMs: LINGERS_MS, era });
  atTheEnd(() => sandbox.close());
  const source = await placeCalls(sandbox, options);
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-contract-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  const report = join(folder, 'report.json');
  const words = ['run', '--reporter=json', `--outputFile=${report}`];
  const suite = spawn(
    process.execPath,
    [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...words, ...only],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        // One worker loads src/ once. The projects of the config have more, whatever --maxWorkers says.
        ...(extent !== 'all' && { VITEST_MAX_WORKERS: '1' }),
        LK_TRANSFER_CONTRACT_URL: sandbox.url,
        LK_TRANSFER_CONTRACT_KEY: sandbox.apiKey,
        LK_TRANSFER_CONTRACT_SECRET: sandbox.apiSecret,
        LK_TRANSFER_CONTRACT_SPEED: String(SPEED),
        LK_TRANSFER_CONTRACT_PLACE: join(ROOT, 'test', 'support', 'caller-source.sh'),
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

function told(tests: readonly Assertion[], status: Assertion['status']) {
  return tests.filter((each) => each.status === status).map(({ fullName }) => fullName);
}

function failuresOf(tests: readonly Assertion[]): string[][] {
  return tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages: [message = ''] }) => [fullName, message.slice(0, 400)]);
}

describe.runIf(isSandbox)('the suite, against a LiveKit elsewhere', () => {
  it('passes with a caller source', { timeout: 900_000 }, async () => {
    const only = extent === 'all' ? [] : ['-t', extent];
    const tests = await runSuite(['test/contract', ...only], { staged });
    expect(failuresOf(tests)).toEqual([]);
    const passed = told(tests, 'passed');
    if (extent === 'all') {
      const others = tests.filter(({ status }) => status !== 'passed');
      const lines = others.map(({ status, fullName }) => `${status}: ${fullName}`);
      process.stdout.write(`${passed.length} passed elsewhere\n${lines.join('\n')}\n`);
    }
    expect(passed).not.toEqual([]);
  });

  it('skips what its caller source cannot make, and is held to the letter of an era', async () => {
    const tests = await runSuite(['test/contract/transfers.test.ts', '-t', 'NOTIFY [46]'], {
      era: '1.13',
      env: { LK_TRANSFER_CONTRACT_ERA: '1.13' },
      cannot: ['busy-486'],
    });
    expect(failuresOf(tests)).toEqual([]);
    const made = (name: string) => expect.stringContaining(`NOTIFY 100, then NOTIFY ${name}`);
    expect(told(tests, 'passed')).toEqual([made('603'), made('480')]);
    const skipped = tests.filter(({ status }) => status !== 'passed');
    expect(skipped.map(({ fullName }) => fullName)).toContainEqual(made('486'));
  });

  it('skips what needs a call where there is no caller source', async () => {
    const tests = await runSuite(['test/contract/sdk.test.ts'], {
      env: { LK_TRANSFER_CONTRACT_PLACE: undefined },
    });
    expect(failuresOf(tests)).toEqual([]);
    const passed = told(tests, 'passed');
    expect(passed).toHaveLength(3);
    for (const name of passed) expect(name).toContain('on any LiveKit');
    expect(tests.length).toBeGreaterThan(passed.length);
  });
});

describe('an answer', () => {
  const [before, today] = (['1.13', '1.13.11'] as const).map((era) =>
    answers.find((each) => each.era === era && each.case.endsWith('then NOTIFY 603')),
  );
  if (!before || !today) throw new Error('NOTIFY 603 was captured in both eras');

  it('is held to the letter of its own era', () => {
    expect(() => expectLike(today, [today], '1.13.11')).not.toThrow();
    expect(() => expectLike(today, [before], '1.13')).toThrow();
    expect(() => expectLike(before, [today], '1.13.11')).toThrow();
  });

  it('is compared by its meaning where nobody knows the era', () => {
    expect(() => expectLike(today, [before], null)).not.toThrow();
    expect(() => expectLike(before, [today], null)).not.toThrow();
    const other = today.body.replaceAll('603', '600');
    expect(() => expectLike({ ...today, body: other }, [before], null)).toThrow();
  });
});

describe('the README', () => {
  it('says every behaviour by its name, and no other', () => {
    const text = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| (`[a-z].*?) \|/gm)].map(([, names = '']) => names);
    const written = rows.flatMap((names) =>
      [...names.matchAll(/`([a-z][^`]*)`/g)].map(([, name = '']) => name),
    );
    const byCode = /^(refuses|reports)-\d{3}$/;
    const named = Object.keys(BEHAVIOURS).filter((name) => !byCode.test(name));
    const families = ['refuses-<code>', 'reports-<code>'];
    const trunks = [DIAL_BEHAVIOURS, BRIDGE_BEHAVIOURS].flatMap((each) => Object.keys(each));
    const all = [...named, ...families, ...trunks];
    expect(written.toSorted()).toEqual(all.toSorted());
  });
});
