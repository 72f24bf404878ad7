// The program's own sandbox in a process of its own, and an environment that has nothing of
// whoever runs the script: no config, no credentials, no record of transfers.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
export const program = fileURLToPath(new URL('bin/lk-transfer.js', root));
export const example = fileURLToPath(new URL('transfer.config.example.json', root));

/**
 * An empty home, and of the environment only what these names ask for.
 * @param {string[]} names
 */
export async function makeHome(...names) {
  const home = await mkdtemp(join(tmpdir(), 'lk-transfer-home-'));
  const kept = ['PATH', ...names].map((name) => [name, process.env[name]]);
  const env = Object.fromEntries([...kept, ['HOME', home]].filter(([, value]) => value));
  return {
    home,
    /** @type {Record<string, string>} */
    env,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

/**
 * Starts `lk-transfer sandbox`, and reads the lines it prints.
 * @param {Record<string, string>} clean the environment it runs in
 * @param {string[]} flags
 */
export async function startSandbox(clean, ...flags) {
  const sandbox = spawn(process.execPath, ['--', program, 'sandbox', '--quiet', ...flags], {
    env: clean,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {Record<string, string>} */
  const env = {};
  for await (const line of createInterface({ input: sandbox.stdout })) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) env[name] = value;
    if (Object.keys(env).length === 3) break;
  }
  return { env, stop: () => sandbox.kill() };
}
