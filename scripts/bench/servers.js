// What the benchmarks talk to: a sandbox full of rooms, and servers that are started as processes.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { prepareRequests } from './scan.js';

/** @typedef {{ url: string, apiKey: string, apiSecret: string }} Address */

/** The sandbox full of rooms, as a program that prints where it is. */
const sandboxOf = (/** @type {number} */ rooms, /** @type {number} */ callers) => `
import { seedManyRooms } from './src/sandbox/seeds.ts';
import { startSandbox } from './src/sandbox/server.ts';
const { url, apiKey, apiSecret } = await startSandbox({ seed: seedManyRooms(${rooms}, ${callers}) });
process.stdout.write(JSON.stringify({ url, apiKey, apiSecret }) + '\\n');
`;

/**
 * Starts a program that prints, as JSON on a line, where it listens.
 * @param {string[]} args
 * @returns {Promise<Address & { stop: () => void }>}
 */
export async function startServer(...args) {
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once('line', resolve);
    server.once('close', (code) => reject(new Error(`a server left with exit code ${code}`)));
  });
  return { ...JSON.parse(line), stop: () => server.kill() };
}

/**
 * A sandbox with so many rooms, so many of them with a caller, in a process of its own.
 * @param {string} folder for its program
 * @param {number} rooms
 * @param {number} callers
 */
export async function startFullSandbox(folder, rooms, callers) {
  const outfile = join(folder, `sandbox-${rooms}-${callers}.mjs`);
  await build({
    stdin: {
      contents: sandboxOf(rooms, callers),
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  return startServer(outfile);
}

/**
 * @param {string} url @param {{ path: string, token: string, body: string }} request
 * @returns {Promise<any>}
 */
async function ask(url, { path, token, body }) {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  return JSON.parse(await answer.text());
}

/**
 * What a sandbox with a call in every room answers: its list, and who is in each room.
 * @param {string} folder for temporary files
 * @param {number} calls
 */
export async function collectAnswers(folder, calls) {
  const { stop, ...sandbox } = await startFullSandbox(folder, calls, calls);
  try {
    const { requests } = await prepareRequests(sandbox);
    const [list, ...reads] = requests;
    /** @type {{ rooms: { name: string }[] }} */
    const { rooms } = list === undefined ? { rooms: [] } : await ask(sandbox.url, list);
    /** @type {Record<string, unknown>} */
    const people = {};
    for (const [index, request] of reads.entries()) {
      const { participants } = await ask(sandbox.url, request);
      people[rooms[index]?.name ?? ''] = participants;
    }
    return { rooms, people, keys: sandbox };
  } finally {
    stop();
  }
}
