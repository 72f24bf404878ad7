/** Callers and trunks: SIPp, one process each. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scenario } from './scenario.js';
import { hasEnded } from './servers.js';
import { HOST, sipAddress } from './settings.js';

/**
 * Free UDP ports, as far as this machine's other programs let them be until SIPp takes them.
 * @param {number} count
 */
export async function freePorts(count) {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.bind(0, HOST);
      await once(socket, 'listening');
    }),
  );
  const ports = sockets.map((socket) => socket.address().port);
  for (const socket of sockets) socket.close();
  return ports;
}

/** 400 Hz in G.711 µ-law, one second of it: whoever sends no audio is hung up on by LiveKit. */
function tone() {
  return Buffer.from(Array.from({ length: 8000 }, (_, index) => (index % 20 < 10 ? 0xb0 : 0x30)));
}

/** Somebody else may take a port between the look at it and SIPp: then it ends at once. */
const MOST_ATTEMPTS = 3;
const STARTS_WITHIN_MS = 250;

/** One running SIPp. */
export class Sipp {
  /** @type {import('node:child_process').ChildProcess} */ #child;
  /** @type {Promise<unknown>} */ #exit;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   * @param {string} log what it sent and received
   */
  constructor(child, port, log) {
    this.#child = child;
    this.#exit = once(child, 'exit');
    this.port = port;
    this.log = log;
  }

  get hasEnded() {
    return hasEnded(this.#child);
  }

  /** @param {number} ms it is waited for as long as this, and no longer than it runs */
  async hasEndedWithin(ms) {
    if (!this.hasEnded) await Promise.race([this.#exit, sleep(ms)]);
    return this.hasEnded;
  }

  /**
   * Waits until it has ended by itself, and ends it where it has not in that time.
   * @param {number} patienceMs
   */
  async end(patienceMs) {
    await this.hasEndedWithin(patienceMs);
    if (!this.hasEnded) this.#child.kill('SIGKILL');
    if (!this.hasEnded) await this.#exit;
  }
}

/**
 * Starts SIPp with a scenario.
 * @param {'caller' | 'trunk'} whose
 * @param {import('./scenario.js').Values} values what the scenario is made with
 * @param {{ folder: string, keys?: Readonly<Record<string, string>>, calls?: string | undefined }} options where
 *   its files go, what its [keywords] stand for, and the SIP service that a caller calls
 */
export async function startSipp(whose, values, { folder, keys = {}, calls = sipAddress }) {
  const audio = join(folder, 'tone.ulaw');
  if (!existsSync(audio)) writeFileSync(audio, tone());
  const file = join(folder, `${whose}.xml`);
  writeFileSync(file, scenario(whose, { audio, ...values }));
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const sipp = await spawnSipp(whose, file, { folder, keys, calls });
    if (!(await sipp.hasEndedWithin(STARTS_WITHIN_MS))) return sipp;
  }
  throw new Error('SIPp ends as soon as it is started');
}

/**
 * @param {'caller' | 'trunk'} whose
 * @param {string} file its scenario
 * @param {{ folder: string, keys: Readonly<Record<string, string>>, calls: string }} options
 */
async function spawnSipp(whose, file, { folder, keys, calls }) {
  const [port = 0, rtpPort = 0] = await freePorts(2);
  const log = join(folder, `${whose}.log`);
  const words = [
    ...['-sf', file, '-i', HOST, '-bind_local', '-p', String(port)],
    ...['-mi', HOST, '-mp', String(rtpPort), '-t', 'u1', '-nostdin', '-aa'],
    ...['-trace_msg', '-message_file', log, '-trace_err'],
    ...['-error_file', join(folder, `${whose}-errors.log`)],
    ...Object.entries({ ...keys, nothing: '' }).flatMap(([name, value]) => ['-key', name, value]),
    ...(whose === 'caller' ? ['-m', '1', calls] : []),
  ];
  const child = spawn('sipp', words, { cwd: folder, stdio: 'ignore' });
  await once(child, 'spawn');
  return new Sipp(child, port, log);
}
