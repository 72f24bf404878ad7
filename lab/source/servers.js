/** Whether the lab's servers answer, whether a program has ended, and which are on this machine's PATH. */
import { createSocket } from 'node:dgram';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST, livekit, sipAddress } from './settings.js';

const ANSWERS_WITHIN_MS = 1_000;

/**
 * A request that every SIP server answers, with whatever.
 * @param {string} address
 * @param {number} port of whoever asks
 */
function options(address, port) {
  const id = `${process.pid}-${port}`;
  return [
    `OPTIONS sip:${address} SIP/2.0`,
    `Via: SIP/2.0/UDP ${HOST}:${port};branch=z9hG4bK-${id}`,
    `From: <sip:lab@${HOST}:${port}>;tag=${id}`,
    `To: <sip:${address}>`,
    `Call-ID: ${id}@${HOST}`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:lab@${HOST}:${port}>`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

/**
 * @param {string} address `host:port`, over UDP
 * @returns {Promise<boolean>}
 */
export async function sipAnswers(address) {
  const [host = HOST, port = '5060'] = address.split(':');
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve) => {
      socket.once('message', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.bind(0, HOST, () => {
        socket.send(options(address, socket.address().port), Number(port), host);
      });
      sleep(ANSWERS_WITHIN_MS).then(() => resolve(false));
    });
  } finally {
    socket.close();
  }
}

async function livekitAnswers() {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    return (await fetch(livekit.url, { signal })).ok;
  } catch {
    return false;
  }
}

/** @returns {Promise<string[]>} the servers that do not answer */
export async function silentServers() {
  const [api, sip] = await Promise.all([livekitAnswers(), sipAnswers(sipAddress)]);
  return [
    ...(api ? [] : [`LiveKit at ${livekit.url}`]),
    ...(sip ? [] : [`LiveKit SIP at ${sipAddress} (UDP)`]),
  ];
}

/** @param {import('node:child_process').ChildProcess} child by itself, or by a signal */
export const hasEnded = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null;

/**
 * @param {readonly string[]} names the first that is there is taken
 * @returns {string | null} its path
 */
export function onPath(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // The next folder.
      }
    }
  }
  return null;
}
