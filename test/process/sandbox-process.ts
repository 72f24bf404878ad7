/** `lk-transfer sandbox`, running until it is told to stop. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedRequest } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { cleanEnvironment, makeFolder, PROGRAM } from './run-program.ts';

export interface SandboxProcess {
  /** What it printed on stdout. */
  lines: string[];
  /** The variables that those lines set. */
  env: Record<string, string>;
  /** The requests so far that change something. */
  mutations(): Promise<string[]>;
  untilMutated(): Promise<void>;
  /** Ends it; answers its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts it, and waits for its three lines. */
export async function startSandboxProcess(...flags: string[]): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--quiet', ...flags], {
    cwd: makeFolder(),
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atTheEnd(() => child.kill('SIGKILL'));
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (lines.push(line) === 3) resolve();
    });
    child.on('close', (exitCode) => reject(new Error(`the sandbox left with ${exitCode}`)));
  });
  const env = Object.fromEntries(
    lines.map((line): [string, string] => {
      const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      return [name, value];
    }),
  );
  const mutations = async () => {
    const answer = await fetch(`${env.LIVEKIT_URL}/sandbox/requests`);
    const requests = (await answer.json()) as RecordedRequest[];
    return requests.filter(({ mutating }) => mutating).map(({ method }) => method);
  };
  return {
    lines,
    env,
    mutations,
    untilMutated: async () => {
      while ((await mutations()).length === 0) await pause(50);
    },
    stop: (signal) => {
      child.kill(signal);
      return closed;
    },
  };
}
