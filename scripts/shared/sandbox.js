// The program's own sandbox in a process of its own, and an environment that has nothing of
// whoever runs the script: no config, no credentials, no record of transfers.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
export const program = fileURLToPath(new URL('bin/lk-transfer.js', root));
export const example = fileURLToPath(new URL('transfer.config.example.json', root));

/**
 * A home with nothing in it but `lk-transfer` on the PATH, by which the program names itself in what it
 * prints; and of the environment only what these names ask for.
 * @param {string[]} names
 */
export async function makeHome(...names) {
  const home = await mkdtemp(join(tmpdir(), 'lk-transfer-home-'));
  const bin = join(home, 'bin');
  await mkdir(bin);
  // Windows has links for administrators alone.
  const isLinked = process.platform !== 'win32';
  const command = isLinked ? join(bin, 'lk-transfer') : program;
  if (isLinked) await symlink(program, command);
  const kept = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  const all = { ...kept, PATH: [bin, process.env.PATH].join(delimiter), HOME: home };
  const env = Object.fromEntries(Object.entries(all).filter(([, value]) => value));
  return {
    home,
    /** What Node is to run. */
    command,
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
