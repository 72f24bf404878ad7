// Start-up: how much later than bare node the program is done, or has its first request out.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { example, program } from '../shared/sandbox.js';
import { median, runNode } from './processes.js';

const RUNS = 31;

/** A server that answers an empty list of rooms, and tells when it was asked. */
async function startListener() {
  /** @type {() => void} */
  let asked = () => {};
  const server = createServer((request, response) => {
    asked();
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{"rooms":[]}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    /** @param {() => void} callback */
    onRequest: (callback) => {
      asked = callback;
    },
    close: () => server.close(),
  };
}

/**
 * @param {string} folder an empty folder, so that no config is found
 * @returns {Promise<import('../bench.js').Row[]>}
 */
export async function measureStartUp(folder) {
  const listener = await startListener();
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LIVEKIT_URL: listener.url,
    LIVEKIT_API_KEY: 'key',
    LIVEKIT_API_SECRET: 'secret-of-the-benchmark-0123456789',
  };
  /** @param {string[]} more */
  const untilFirstRequest = (more) =>
    new Promise((resolve) => {
      const start = performance.now();
      let ms = Number.NaN;
      listener.onRequest(() => {
        ms = performance.now() - start;
      });
      const child = spawn(process.execPath, [program, 'calls', ...more], {
        env,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'ignore'],
      });
      child.on('close', () => resolve(ms));
    });

  /** @type {Record<'bare' | 'version' | 'calls' | 'configured' | 'completion', number[]>} */
  const times = { bare: [], version: [], calls: [], configured: [], completion: [] };
  const tab = ['complete', 'fish', '--', '--config', example, 'transfer', '--to', ''];
  // Interleaved, so that whatever else the machine does falls on all of them.
  for (let run = 0; run < RUNS; run += 1) {
    times.bare.push((await runNode(['-e', '0'])).ms);
    times.version.push((await runNode([program, '--version'])).ms);
    times.calls.push(await untilFirstRequest([]));
    times.configured.push(await untilFirstRequest(['--config', example]));
    times.completion.push((await runNode([program, ...tab])).ms);
  }
  listener.close();

  const bare = median(times.bare);
  /** @param {string} what @param {number[]} values @param {number | null} budget */
  const row = (what, values, budget) => ({
    what,
    value: median(values) - bare,
    unit: 'ms',
    budget,
    detail: `median ${median(values).toFixed(0)} ms, bare node ${bare.toFixed(0)} ms, ${RUNS} runs`,
  });
  return [
    row('--version, beyond bare node', times.version, 25),
    row('calls, to its first request', times.calls, 45),
    // Reading and checking a config comes on top; the budget is for the list itself.
    row('calls with a config, to its first request', times.configured, null),
    // With some 60 ms for bare node, Tab is answered in well under 150 ms.
    row('completion of departments, beyond bare node', times.completion, 60),
  ];
}
