// What `calls` costs against a bare keep-alive loop that sends the same requests: with many rooms, with
// callers that all look stuck (the first look is the answer), and with a server far away. All are whole
// processes, and talk to a sandbox in another one.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program } from '../shared/sandbox.js';
import { median, reportPeak, runNode } from './processes.js';
import { prepareRequests, startFar, startFullSandbox } from './servers.js';

const ROOMS = 2000;
const CALLERS = 200;
const RUNS = 9;
const STUCK_ROOMS = 100;
const STUCK_RUNS = 31;
const FAR_RUNS = 5;
const ROUND_TRIP_MS = 60;

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
 * Runs `calls` and the loop in turn, after one run of each to warm up.
 * @param {string} folder for temporary files
 * @param {import('./servers.js').Address} server
 * @param {number} runs
 */
async function compare(folder, server, runs) {
  const file = (/** @type {string} */ name) => join(folder, name);
  await writeFile(file('requests.json'), JSON.stringify(await prepareRequests(server)));
  await writeFile(file('loop.mjs'), LOOP);
  await writeFile(file('peak.cjs'), reportPeak);
  const env = {
    // What an earlier run saw is no help: each is the first.
    XDG_STATE_HOME: file('none'),
    HOME: folder,
    LIVEKIT_URL: server.url,
    LIVEKIT_API_KEY: server.apiKey,
    LIVEKIT_API_SECRET: server.apiSecret,
  };
  const scan = () => runNode(['--require', file('peak.cjs'), program, 'calls', '--json'], env);
  const loop = () => runNode([file('loop.mjs'), file('requests.json')]);
  await scan();
  await loop();
  /** @type {{ scan: number[], loop: number[], peak: number[] }} */
  const seen = { scan: [], loop: [], peak: [] };
  for (let run = 0; run < runs; run += 1) {
    const { ms, code, peakMb } = await scan();
    if (code !== 0) throw new Error(`calls ended with exit code ${code}`);
    seen.scan.push(ms);
    seen.peak.push(peakMb);
    seen.loop.push((await loop()).ms);
  }
  const times = { scan: median(seen.scan), loop: median(seen.loop), peak: Math.max(...seen.peak) };
  const detail = `median ${times.scan.toFixed(0)} ms, loop ${times.loop.toFixed(0)} ms, ${runs} runs`;
  return { ...times, detail };
}

/**
 * @param {string} folder for temporary files
 * @returns {Promise<import('../bench.js').Row[]>}
 */
export async function measureScan(folder) {
  const stuck = await startFullSandbox(folder, STUCK_ROOMS, STUCK_ROOMS, true);
  const few = await compare(folder, stuck, STUCK_RUNS).finally(stuck.stop);
  const full = await startFullSandbox(folder, ROOMS, CALLERS);
  try {
    const many = await compare(folder, full, RUNS);
    const distant = await startFar(folder, full, ROUND_TRIP_MS);
    const far = await compare(folder, distant, FAR_RUNS).finally(distant.stop);
    return [
      {
        what: `calls, ${STUCK_ROOMS} look stuck, beyond a bare loop`,
        value: few.scan - few.loop,
        unit: 'ms',
        budget: 60,
        detail: few.detail,
      },
      {
        what: `calls on ${ROOMS} rooms, against a bare loop`,
        value: many.scan / many.loop,
        unit: '×',
        budget: 1.25,
        detail: many.detail,
      },
      {
        what: 'its peak memory',
        value: many.peak,
        unit: 'MB',
        budget: 150,
        detail: `the highest of ${RUNS} runs`,
      },
      {
        what: `the same, ${ROUND_TRIP_MS} ms away`,
        value: far.scan,
        unit: 'ms',
        budget: 3000,
        detail: far.detail,
      },
    ];
  } finally {
    full.stop();
  }
}
