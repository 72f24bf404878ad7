/** A LiveKit SIP service for one call alone, where its program is on the PATH: one that can be frozen. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, onPath, sipAnswers } from './servers.js';
import { HOST, LAB } from './settings.js';
import { freePorts } from './sipp.js';

/** @returns {string | null} the program; null where there is none */
export const sipProgram = () => onPath('livekit-sip', 'sip');

/** Somebody else may take one of its ports first: then it ends before it answers. */
const MOST_ATTEMPTS = 3;

/**
 * Starts it. It takes no call that LiveKit dials but those over this trunk.
 * @param {string} trunkId
 * @param {import('./place.js').Undo} undo
 * @returns {Promise<{ address: string, freeze: () => void }>}
 */
export async function startOwnService(trunkId, undo) {
  const program = sipProgram() ?? 'livekit-sip';
  for (let attempt = 1; ; attempt += 1) {
    const { child, end, address } = await spawnService(program, trunkId);
    undo.add(async () => {
      child.kill('SIGKILL');
      await end;
    });
    while (!hasEnded(child) && !(await sipAnswers(address)));
    if (!hasEnded(child)) return { address, freeze: () => child.kill('SIGSTOP') };
    if (attempt === MOST_ATTEMPTS)
      throw new Error(`${program} left with ${child.exitCode ?? child.signalCode}`);
  }
}

/** @param {string} program @param {string} trunkId */
async function spawnService(program, trunkId) {
  const [port = 0, rtpPort = 0] = await freePorts(2);
  const config = readFileSync(join(LAB, 'sip.yaml'), 'utf8')
    .replace(/^sip_port: .*$/m, `sip_port: ${port}\nsip_trunk_ids: [${trunkId}]`)
    .replace(/^rtp_port: .*$/m, `rtp_port: ${rtpPort}-${rtpPort + 9}`);
  const child = spawn(program, ['--config-body', config], { stdio: 'ignore' });
  const end = once(child, 'exit');
  await once(child, 'spawn');
  return { child, end, address: `${HOST}:${port}` };
}
