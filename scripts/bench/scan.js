// The scan of 2,000 rooms with 200 SIP callers, against a bare keep-alive loop that sends the same
// requests. Both are whole processes, both talk to the same sandbox in a third.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { program } from '../shared/sandbox.js';
import { median, reportPeak, runNode } from './processes.js';

const ROOMS = 2000;
const CALLERS = 200;
const RUNS = 9;

/** The sandbox full of rooms, as a program that prints where it is. */
const SERVER = `
import { seedManyRooms } from './src/sandbox/seeds.ts';
import { startSandbox } from './src/sandbox/server.ts';
const { url, apiKey, apiSecret } = await startSandbox({ seed: seedManyRooms(${ROOMS}, ${CALLERS}) });
process.stdout.write(JSON.stringify({ url, apiKey, apiSecret }) + '\\n');
`;

/** The least a client can do: tokens made beforehand, answers parsed and thrown away. */
const LOOP = `
import { readFileSync } from 'node:fs';
import http from 'node:http';
const { url, requests } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const post = ({ path, token, body }) => new Promise((resolve, reject) => {
  const request = http.request(url + path, {
    method: 'POST', agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization: 'Bearer ' + token },
  }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
  });
  request.on('error', reject);
  request.end(body);
});
await post(requests[0]);
let next = 1;
await Promise.all(Array.from({ length: 24 }, async () => {
  while (next < requests.length) await post(requests[next++]);
}));
agent.destroy();
`;

/**
 * The requests of a scan, with their tokens.
 * @param {{ url: string, apiKey: string, apiSecret: string }} sandbox
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
 * @param {string} folder for temporary files
 * @returns {Promise<import('../bench.js').Row[]>}
 */
export async function measureScan(folder) {
  const file = (/** @type {string} */ name) => join(folder, name);
  await build({
    stdin: { contents: SERVER, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    outfile: file('server.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  const server = spawn(process.execPath, [file('server.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await new Promise((resolve) =>
      createInterface({ input: server.stdout }).once('line', (text) => resolve([text])),
    );
    const sandbox = JSON.parse(line);
    await writeFile(file('requests.json'), JSON.stringify(await prepareRequests(sandbox)));
    await writeFile(file('loop.mjs'), LOOP);
    await writeFile(file('peak.cjs'), reportPeak);
    const env = {
      HOME: folder,
      LIVEKIT_URL: sandbox.url,
      LIVEKIT_API_KEY: sandbox.apiKey,
      LIVEKIT_API_SECRET: sandbox.apiSecret,
    };
    const scan = () => runNode(['--require', file('peak.cjs'), program, 'calls', '--json'], env);
    const loop = () => runNode([file('loop.mjs'), file('requests.json')]);
    await scan();
    await loop();
    /** @type {{ scan: number[], loop: number[], peak: number[] }} */
    const seen = { scan: [], loop: [], peak: [] };
    for (let run = 0; run < RUNS; run += 1) {
      const { ms, code, peakMb } = await scan();
      if (code !== 0) throw new Error(`calls ended with exit code ${code}`);
      seen.scan.push(ms);
      seen.peak.push(peakMb);
      seen.loop.push((await loop()).ms);
    }
    const times = { scan: median(seen.scan), loop: median(seen.loop) };
    return [
      {
        what: `calls on ${ROOMS} rooms, against a bare loop`,
        value: times.scan / times.loop,
        unit: '×',
        budget: 1.5,
        detail: `median ${times.scan.toFixed(0)} ms, loop ${times.loop.toFixed(0)} ms, ${RUNS} runs`,
      },
      {
        what: 'its peak memory',
        value: Math.max(...seen.peak),
        unit: 'MB',
        budget: 150,
        detail: `the highest of ${RUNS} runs`,
      },
    ];
  } finally {
    server.kill();
  }
}
