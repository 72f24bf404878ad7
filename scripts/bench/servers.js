// What the benchmarks talk to: a sandbox full of rooms, and servers that are started as processes.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @typedef {{ url: string, apiKey: string, apiSecret: string }} Address */

/** The sandbox full of rooms, as a program that prints where it is. */
const sandboxOf = (
  /** @type {number} */ rooms,
  /** @type {number} */ callers,
  /** @type {boolean} */ stuck,
) => `
import { seedManyRooms } from './src/sandbox/demo/rooms.ts';
import { startSandbox } from './src/sandbox/server.ts';
const seed = seedManyRooms(${rooms}, ${callers});
const serves = ({ kind }) => kind === 'agent' && ${stuck};
const rooms = seed.rooms.map((room) => ({
  ...room,
  participants: room.participants.filter((each) => !serves(each)),
}));
const { url, apiKey, apiSecret } = await startSandbox({ seed: { ...seed, rooms } });
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
 * @param {boolean} stuck whether the agents of all callers are gone
 */
export async function startFullSandbox(folder, rooms, callers, stuck = false) {
  const outfile = join(folder, `sandbox-${rooms}-${callers}-${stuck}.mjs`);
  await build({
    stdin: {
      contents: sandboxOf(rooms, callers, stuck),
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
 * The requests of a scan, with their tokens.
 * @param {Address} sandbox
 */
export async function prepareRequests({ url, apiKey, apiSecret }) {
  const { AccessToken } = await import('livekit-server-sdk');
  /** @param {import('livekit-server-sdk').VideoGrant} grant */
  const sign = (grant) => {
    const token = new AccessToken(apiKey, apiSecret, { ttl: '10m' });
    token.addGrant(grant);
    return token.toJwt();
  };
  const list = {
    path: '/twirp/livekit.RoomService/ListRooms',
    token: await sign({ roomList: true }),
    body: '{}',
  };
  const answer = await fetch(url + list.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${list.token}` },
    body: list.body,
  });
  /** @type {{ rooms: { name: string }[] }} */
  const { rooms } = JSON.parse(await answer.text());
  const reads = rooms.map(async ({ name: room }) => ({
    path: '/twirp/livekit.RoomService/ListParticipants',
    token: await sign({ roomAdmin: true, room }),
    body: JSON.stringify({ room }),
  }));
  return { url, requests: [list, ...(await Promise.all(reads))] };
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

/** Passes bytes on as if the server were far away, its handshake included. */
const FAR = `
import net from 'node:net';
const [, , target, roundTripMs] = process.argv;
const { hostname, port } = new URL(target);
const pass = (from, to, standsMs) => {
  from.on('data', (bytes) => {
    const leftMs = Math.max(0, standsMs - performance.now()) + Number(roundTripMs) / 2;
    setTimeout(() => to.write(bytes), leftMs);
  });
  from.on('close', () => setTimeout(() => to.destroy(), Number(roundTripMs) / 2));
  from.on('error', () => {});
  from.setNoDelay(true);
};
const server = net.createServer((near) => {
  const far = net.connect(Number(port), hostname);
  const standsMs = performance.now() + Number(roundTripMs);
  pass(near, far, standsMs);
  pass(far, near, standsMs);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port }) + '\\n');
});
`;

/**
 * The same server, so far away.
 * @param {string} folder for its program
 * @param {Address} server
 * @param {number} roundTripMs
 */
export async function startFar(folder, server, roundTripMs) {
  const file = join(folder, 'far.mjs');
  await writeFile(file, FAR);
  const { url, stop } = await startServer(file, server.url, String(roundTripMs));
  return { ...server, url, stop };
}
