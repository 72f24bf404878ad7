/** The whole program in one process: real parser, real commands, a sandbox for LiveKit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runProgram } from '../../src/program/run.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import '../support/all-sources.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { checkPrinted } from '../support/documents.ts';
import {
  clockAt,
  type FakeHost,
  type FakeHostOptions,
  fakeHost,
  LINGERS_MS,
} from '../support/fake-host.ts';
import { openTimed, timeAt } from '../support/simulated-time.ts';

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The requests that change something, which the sandbox saw during this run. */
  mutations: string[];
}

export interface CliOptions extends FakeHostOptions {
  /** Called at each pause of the program, which begins when it has ended. */
  beforePause?: () => unknown;
  /** Written as transfer.config.json into the working folder; left out: the example's content. */
  config?: object | string | null;
  /** Called with the host once the program runs: to type, or to raise signals. */
  during?: (fake: FakeHost, sandbox: Sandbox) => void | Promise<void>;
}

/** How much faster than real time the sandbox and every pause of the program run. */
export const SPEED = 10;

/** A sandbox beside those of `cli`. */
export const FAST: SandboxOptions = { speed: SPEED, lingersMs: LINGERS_MS };

export const EXAMPLE = join(import.meta.dirname, '..', '..', 'transfer.config.example.json');

function makeFolder(config: CliOptions['config']): string {
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-cli-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  if (config !== null && config !== undefined) {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    writeFileSync(join(folder, 'transfer.config.json'), text);
  }
  return folder;
}

/**
 * Makes `cli(...)` for a test file, against one sandbox that all its tests share, or its own.
 * @param options with a speed, it and the programs run in real time
 */
export function cliAgainst(options: SandboxOptions = {}) {
  let shared: Promise<Sandbox> | undefined;
  const open = () =>
    options.speed === undefined ? openTimed(options) : startSandbox({ ...FAST, ...options });
  afterAll(async () => {
    await (await shared)?.close();
  });

  /**
   * Runs one command line as a user with this sandbox's credentials in the environment would. What it
   * prints as JSON fits its schema, or the test fails.
   */
  return async function cli(line: string | string[], given: CliOptions = {}): Promise<CliResult> {
    shared ??= open();
    const sandbox = await shared;
    const url = given.env?.LIVEKIT_URL ?? sandbox.url;
    const time = timeAt(url);
    const clock = time?.clock ?? clockAt(SPEED);
    const cwd = makeFolder(given.config);
    const fake = fakeHost({
      cwd,
      home: cwd,
      elapsed: clock.elapsed,
      sleep: async (ms, signal) => {
        await given.beforePause?.();
        await clock.sleep(ms, signal);
      },
      ...given,
      env: {
        LIVEKIT_URL: sandbox.url,
        LIVEKIT_API_KEY: sandbox.apiKey,
        LIVEKIT_API_SECRET: sandbox.apiSecret,
        ...(given.config === undefined && { LK_TRANSFER_CONFIG: EXAMPLE }),
        ...given.env,
      },
    });
    const before = sandbox.requests.length;
    const words = typeof line === 'string' ? line.split(' ') : line;
    const running = runProgram(words, fake.host);
    const during = () => given.during?.(fake, sandbox);
    await (time?.paced(during) ?? during());
    const exitCode = await running;
    const [stdout, stderr] = [fake.stdout(), fake.stderr()];
    await checkPrinted(words, { stdout, stderr });
    return {
      exitCode,
      stdout,
      stderr,
      mutations: sandbox.requests
        .slice(before)
        .filter(({ mutating }) => mutating)
        .map(({ method }) => method),
    };
  };
}

/** Makes `cli(...)` of which every run has a sandbox of its own: for tests that run side by side. */
export function cliOnFresh(options: SandboxOptions = {}): ReturnType<typeof cliAgainst> {
  return (line, given) => cliAgainst(options)(line, given);
}

/** A trunk that honours REFER, for populations of a test's own. */
export const ONE_TRUNK = {
  id: 'ST_one',
  name: 'one',
  direction: 'inbound',
  number: '+15105550001',
  hostname: 'sbc.example.net',
  behaviour: 'honours-refer',
} as const;
