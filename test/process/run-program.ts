/** The built program as a real process, in an environment built by hand. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const PROGRAM = join(ROOT, 'bin', 'lk-transfer.js');
export const EXAMPLE = join(ROOT, 'transfer.config.example.json');

if (!existsSync(join(ROOT, 'dist', 'program', 'main.cjs'))) {
  throw new Error(
    'dist/ is missing: these tests run the built program. Run `npm run build` first.',
  );
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  /** Added to the environment; undefined takes a variable out. */
  env?: Environment;
  /** An empty folder of its own when left out. */
  cwd?: string;
  /** What stands on standard input; /dev/null when left out. */
  input?: string;
  /** Called with the process once it has started. */
  during?: (running: { pid: number; kill(signal: NodeJS.Signals): void }) => unknown;
}

export interface RunResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  durationMs: number;
}

/** For a compiler of TypeScript, written in Go: it is gone before clearing its memory would pay. */
export const COMPILES_ONCE = { GOGC: 'off' };

/** An empty folder outside of every project, with files in it as they are given. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-process-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What the runs of one test file share: a home, and `lk-transfer` on the PATH. */
let shared: { home: string; bin: string } | undefined;

function sharedFolders(): { home: string; bin: string } {
  if (shared !== undefined) return shared;
  shared = { home: makeFolder(), bin: makeFolder() };
  atTheEnd(() => {
    shared = undefined;
  });
  // By a symbolic link, as npm installs it, and with `npx` in front of it.
  symlinkSync(PROGRAM, join(shared.bin, 'lk-transfer'));
  writeFileSync(
    join(shared.bin, 'npx'),
    '#!/bin/sh\n[ "$1" = lk-transfer ] || { echo "npx $1 is not for tests" >&2; exit 99; }\nexec "$@"\n',
    { mode: 0o755 },
  );
  return shared;
}

/**
 * Nothing of whoever runs the tests: no credentials, no config, no colours, no CI; and no record of
 * transfers that another run has left.
 */
export function cleanEnvironment(added: Environment = {}): Record<string, string> {
  const { home, bin } = sharedFolders();
  const all: Environment = {
    PATH: [bin, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: home,
    XDG_STATE_HOME: makeFolder(),
    LANG: 'C.UTF-8',
    ...added,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function run(file: string, words: readonly string[], options: RunOptions): Promise<RunResult> {
  const start = performance.now();
  const child = spawn(file, words, {
    cwd: options.cwd ?? makeFolder(),
    env: cleanEnvironment(options.env),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // The program may leave before it has read what it does not need.
  child.stdin?.on('error', () => {}).end(options.input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('spawn', () => {
      options.during?.({ pid: child.pid ?? 0, kill: (signal) => child.kill(signal) });
    });
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr, durationMs: performance.now() - start });
    });
  });
}

/** Runs `lk-transfer`, found on the PATH, with these words, as its first line starts it. */
export function runProgram(words: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const found = join(sharedFolders().bin, 'lk-transfer');
  return run(process.execPath, ['--', found, ...words], options);
}

/** Runs a bash script in which `lk-transfer` and `npx lk-transfer` are the built program. */
export function runShell(script: string, options: RunOptions = {}): Promise<RunResult> {
  return run('bash', ['-o', 'pipefail', '-c', script], options);
}

export interface TestSandbox {
  /** What the program needs to use this sandbox, and the example config. */
  env: Record<string, string>;
  /** The requests so far that change something. */
  mutations(): string[];
  /** All requests so far. */
  methods(): string[];
}

/** Longer than LiveKit's second, which a program on a busy machine may not get to see. */
export const LINGERS_MS = 2500;

/** A sandbox inside the test, which sees every request of the program. */
export async function openSandbox(options: SandboxOptions = {}): Promise<TestSandbox> {
  const sandbox = await startSandbox({ lingersMs: LINGERS_MS, ...options });
  atTheEnd(() => sandbox.close());
  return {
    env: {
      LIVEKIT_URL: sandbox.url,
      LIVEKIT_API_KEY: sandbox.apiKey,
      LIVEKIT_API_SECRET: sandbox.apiSecret,
      LK_TRANSFER_CONFIG: EXAMPLE,
    },
    methods: () => sandbox.requests.map(({ method }) => method),
    mutations: () =>
      sandbox.requests.filter(({ mutating }) => mutating).map(({ method }) => method),
  };
}

/** Whether there is such a process. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
