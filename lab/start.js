/** `npm run lab`: starts the lab, and stops it with Ctrl-C. README.md says what it needs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, onPath, silentServers } from './source/servers.js';
import { LAB, livekit, sipAddress } from './source/settings.js';

const UP_WITHIN_MS = 120_000;

const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

/** Each server as a program, with the files of this folder. */
const PROGRAMS = [
  { name: 'redis-server', path: onPath('redis-server'), words: [join(LAB, 'redis.conf')] },
  {
    name: 'livekit-server',
    path: onPath('livekit-server'),
    words: ['--config', join(LAB, 'livekit.yaml')],
  },
  {
    name: 'livekit-sip',
    path: onPath('livekit-sip', 'sip'),
    words: ['--config', join(LAB, 'sip.yaml')],
  },
];

/** @param {readonly string[]} words */
const works = (...words) => spawnSync('docker', words, { stdio: 'ignore' }).status === 0;

/** What Docker lacks here; null where nothing. */
function dockerLacks() {
  if (onPath('docker') === null) return 'There is no Docker on this machine.';
  if (!works('info')) return 'The Docker client is here, but no Docker engine answers it.';
  if (!works('compose', 'version')) return 'Docker is here, but not its compose plugin.';
  return null;
}

/** @param {string} lack */
function sayWhatIsMissing(lack) {
  say(lack);
  say('Without Docker the lab needs these programs on the PATH:');
  for (const { name, path } of PROGRAMS) say(`  ${name.padEnd(15)} ${path ?? 'missing'}`);
  const isComplete = PROGRAMS.every(({ path }) => path !== null);
  if (isComplete) say('All are here. Start them with: npm run lab -- --by-hand');
}

/** @param {import('node:child_process').ChildProcess[]} children */
async function untilUp(children) {
  const deadline = performance.now() + UP_WITHIN_MS;
  while ((await silentServers()).length > 0) {
    if (children.some(hasEnded) || performance.now() > deadline) return false;
    await sleep(500);
  }
  say(`The lab is up: LiveKit at ${livekit.url}, LiveKit SIP at ${sipAddress} (UDP).`);
  say(`  export LIVEKIT_URL=${livekit.url}`);
  say(`  export LIVEKIT_API_KEY=${livekit.apiKey}`);
  say(`  export LIVEKIT_API_SECRET=${livekit.apiSecret}`);
  say('Place a call: lab/place answers     Test: npm run test:live     Stop: Ctrl-C');
  return true;
}

/** Runs the servers until Ctrl-C, or until one of them ends. */
async function run(/** @type {readonly [file: string, words: string[]][]} */ servers) {
  const told = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // In a group of their own: Ctrl-C reaches this program alone, which stops them one after the other.
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  for (const [file, words] of servers) {
    // Each finds those before it at work.
    if (children.length > 0) await sleep(1_000);
    children.push(
      spawn(file, words, { cwd: LAB, stdio: ['ignore', 'inherit', 'inherit'], detached: true }),
    );
  }
  const ends = children.map((child) => once(child, 'exit'));
  if (await untilUp(children)) await Promise.race([told, ...ends]);
  else process.exitCode = 1;
  for (const [index, child] of [...children.entries()].reverse()) {
    child.kill('SIGTERM');
    await ends[index];
  }
}

if (onPath('sipp') === null) {
  say('SIPp is missing: it makes the callers and the trunks. In Debian: apt install sip-tester');
}
const isByHand = process.argv.includes('--by-hand');
const lack = isByHand ? null : dockerLacks();
const missing = PROGRAMS.filter(({ path }) => path === null);
if (lack !== null || (isByHand && missing.length > 0)) {
  sayWhatIsMissing(lack ?? 'Not every program is here.');
  process.exitCode = 1;
} else if (isByHand) {
  await run(PROGRAMS.map(({ path, words }) => [path ?? '', words]));
} else {
  const compose = ['compose', '--file', join(LAB, 'compose.yaml')];
  await run([['docker', [...compose, 'up']]]);
  spawnSync('docker', [...compose, 'down'], { stdio: 'inherit' });
}
