// The board with 1,000 calls, a tenth of which change at every look: on a terminal, as a process,
// against a server in another one.
//
// The sandbox answers once for each room; these answers are then given by a server that does
// nothing else, so that the machine is the board's. At every ListRooms the agents of the next tenth
// of the rooms leave, or are back: the number of people in the list changes, and with it what the
// board says of the call, and where it stands.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program } from '../shared/sandbox.js';
import { openScreen } from '../shared/screen.js';
import { median } from './processes.js';
import { collectAnswers, startServer } from './servers.js';

const CALLS = 1000;
const TICKS = 60;
const STEADY = 10;
const RUNS = 5;
const SAMPLES = 8;

/**
 * The clock of the board runs so many times as fast: its 60 looks, one every 4.5 s at this size, take
 * a minute instead of five. What it takes of a core is divided by it.
 */
const HASTE = 4;

/** How long the whole run may take, in ms. */
const PATIENCE_MS = 240_000;

/** Gives the answers of the file; `/asked` says how many lists were asked for, and how many rooms. */
const SERVER = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { rooms, people } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const isAgent = ({ kind }) => kind === 'AGENT';
const away = new Set();
let ticks = 0;
let reads = 0;
function list() {
  const tenth = Math.ceil(rooms.length / 10);
  const from = (ticks % 10) * tenth;
  if (ticks > 0) for (const { name } of rooms.slice(from, from + tenth)) away.delete(name) || away.add(name);
  ticks += 1;
  return { rooms: rooms.map((room) => away.has(room.name) ? { ...room, num_participants: 1, num_publishers: 0 } : room) };
}
function participants(room) {
  reads += 1;
  return { participants: (people[room] ?? []).filter((one) => !away.has(room) || !isAgent(one)) };
}
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const asked = request.method === 'POST' ? JSON.parse(body || '{}') : {};
    const answer = request.url === '/asked' ? { ticks, reads }
      : request.url.endsWith('/ListRooms') ? list()
      : request.url.endsWith('/ListParticipants') ? participants(asked.room)
      : {};
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port }) + '\\n');
});
`;

/**
 * On SIGUSR2: what the process has used, after everything that nobody holds is collected. And the
 * clock, from the first timer to the last.
 */
const PROBE = `
const { renameSync, writeFileSync } = require('node:fs');
const file = process.env.BENCH_PROBE;
const haste = Number(process.env.BENCH_HASTE);
const now = performance.now.bind(performance);
const [started, wait, repeat] = [Date.now(), setTimeout, setInterval];
const begun = now();
Date.now = () => Math.floor(started + (now() - begun) * haste);
performance.now = () => begun + (now() - begun) * haste;
globalThis.setTimeout = (then, ms, ...rest) => wait(then, ms / haste, ...rest);
globalThis.setInterval = (then, ms, ...rest) => repeat(then, ms / haste, ...rest);
process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  const atMs = now();
  gc();
  const { heapUsed, rss } = process.memoryUsage();
  writeFileSync(file + '.new', JSON.stringify({ cpuMs: (user + system) / 1000, atMs, heapUsed, rss }));
  renameSync(file + '.new', file);
});
`;

/** @typedef {{ cpuMs: number, atMs: number, heapUsed: number, rss: number }} Usage */

/**
 * Runs the program on a terminal until the first call stands there.
 * @param {string} words
 * @param {{ env: Record<string, string>, folder: string, haste?: number }} options
 */
async function firstScreen(words, { env, folder, haste = 1 }) {
  const start = performance.now();
  const probed = `--expose-gc --require '${join(folder, 'probe.cjs')}'`;
  const screen = openScreen(`'${process.execPath}' ${probed} '${program}' ${words}`, {
    env: { ...env, BENCH_HASTE: String(haste) },
    cwd: folder,
    rows: 50,
  });
  while (!screen.sent().includes('+1510')) {
    if (performance.now() - start > 30_000) {
      screen.close();
      throw new Error(`no call on the screen of ${words}:\n${screen.lines().join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { screen, ms: performance.now() - start };
}

/** @param {number} pid @param {string} file @returns {Promise<Usage>} */
async function usageOf(pid, file) {
  await writeFile(file, '');
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    const text = await readFile(file, 'utf8');
    if (text !== '') return JSON.parse(text);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * The least of what the process has used around this moment: an answer that is being read just then
 * is as large as everything that stays.
 * @param {number} pid @param {string} file
 */
async function leastUsage(pid, file) {
  let least = await usageOf(pid, file);
  for (let sample = 1; sample < SAMPLES; sample += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const usage = await usageOf(pid, file);
    if (usage.heapUsed < least.heapUsed) least = usage;
  }
  return least;
}

/**
 * Waits for so many lists of the rooms.
 * @param {string} url @param {number} wanted @param {number} deadline by performance.now()
 * @returns {Promise<{ ticks: number, reads: number }>}
 */
async function untilTick(url, wanted, deadline) {
  for (;;) {
    /** @type {{ ticks: number, reads: number }} */
    const asked = JSON.parse(await (await fetch(`${url}/asked`)).text());
    if (asked.ticks >= wanted || performance.now() > deadline) return asked;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * @param {string} folder for temporary files
 * @returns {Promise<import('../bench.js').Row[]>}
 */
export async function measureBoard(folder) {
  const file = (/** @type {string} */ name) => join(folder, name);
  const { rooms, people, keys } = await collectAnswers(folder, CALLS);
  await writeFile(file('answers.json'), JSON.stringify({ rooms, people }));
  await writeFile(file('board-server.mjs'), SERVER);
  await writeFile(file('probe.cjs'), PROBE);
  const { url, stop } = await startServer(file('board-server.mjs'), file('answers.json'));
  const options = {
    folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TERM: 'xterm-256color',
      LIVEKIT_URL: url,
      LIVEKIT_API_KEY: keys.apiKey,
      LIVEKIT_API_SECRET: keys.apiSecret,
      BENCH_PROBE: file('usage.json'),
    },
  };
  const watch = 'calls --watch --max-requests 60000';
  try {
    /** @type {{ calls: number[], watch: number[] }} */
    const seen = { calls: [], watch: [] };
    for (let run = 0; run < RUNS; run += 1) {
      for (const [name, words] of /** @type {const} */ ([
        ['calls', 'calls'],
        ['watch', watch],
      ])) {
        const { screen, ms } = await firstScreen(words, options);
        seen[name].push(ms);
        screen.close();
        await screen.left;
      }
    }
    const { screen } = await firstScreen(watch, { ...options, haste: HASTE });
    const deadline = performance.now() + PATIENCE_MS;
    try {
      const { ticks: started } = await untilTick(url, 0, 0);
      const begun = await untilTick(url, started + STEADY, deadline);
      const tenth = await leastUsage(screen.pid(), file('usage.json'));
      const before = screen.sent().length;
      const asked = await untilTick(url, started + TICKS, deadline);
      const ticks = asked.ticks - started;
      const reads = (asked.reads - begun.reads) / (asked.ticks - begun.ticks);
      // A board that does not look where something has changed has nothing to draw.
      if (reads < CALLS / 10) throw new Error(`only ${reads.toFixed(0)} rooms were read a look`);
      const last = await leastUsage(screen.pid(), file('usage.json'));
      const drawn = (screen.sent().length - before) / (ticks - STEADY);
      const mb = (/** @type {number} */ bytes) => (bytes / 2 ** 20).toFixed(1);
      const seconds = (last.atMs - tenth.atMs) / 1000;
      return [
        {
          what: `the board of ${CALLS} calls, of one core`,
          value: ((last.cpuMs - tenth.cpuMs) / (last.atMs - tenth.atMs) / HASTE) * 100,
          unit: '%',
          budget: 25,
          detail: `looks ${STEADY} to ${ticks}, ${(seconds * HASTE).toFixed(0)} s, a look ${reads.toFixed(0)} rooms read, ${(drawn / 1024).toFixed(0)} kB drawn`,
        },
        {
          what: 'its memory, last tick against the tenth',
          value: last.heapUsed / tenth.heapUsed,
          unit: '×',
          budget: 1.1,
          detail: `heap ${mb(tenth.heapUsed)} and ${mb(last.heapUsed)} MB, process ${mb(tenth.rss)} and ${mb(last.rss)} MB`,
        },
        {
          what: 'its first screen, beyond the first line of calls',
          value: median(seen.watch) - median(seen.calls),
          unit: 'ms',
          budget: 150,
          detail: `median ${median(seen.watch).toFixed(0)} ms, calls ${median(seen.calls).toFixed(0)} ms, ${RUNS} runs`,
        },
      ];
    } finally {
      screen.close();
      await screen.left;
    }
  } finally {
    stop();
  }
}
