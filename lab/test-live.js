/**
 * `npm run test:live`: the contract and the command line, against the lab. Words behind `--` go to
 * vitest: `npm run test:live -- test/live`. What was made on the server and is left there at the end
 * fails the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rooms, sip } from './source/api.js';
import { onPath, silentServers } from './source/servers.js';
import { LAB, livekit } from './source/settings.js';

/** LiveKit closes an empty room 20 s after the last one has left. */
const EMPTY_WITHIN_MS = 40_000;

const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

/** @returns {Promise<string[]>} all that somebody made: rooms with the calls in them, trunks, rules */
async function everything() {
  const [open, inbound, outbound, rules] = await Promise.all([
    rooms.listRooms(),
    sip.listSipInboundTrunk(),
    sip.listSipOutboundTrunk(),
    sip.listSipDispatchRule(),
  ]);
  return [
    ...open.map(({ name }) => `room ${name}`),
    ...inbound.map(({ sipTrunkId, name }) => `inbound trunk ${sipTrunkId} ${name}`),
    ...outbound.map(({ sipTrunkId, name }) => `outbound trunk ${sipTrunkId} ${name}`),
    ...rules.map(({ sipDispatchRuleId, name }) => `dispatch rule ${sipDispatchRuleId} ${name}`),
  ];
}

/** @param {readonly string[]} before */
async function leftBehind(before) {
  const deadline = performance.now() + EMPTY_WITHIN_MS;
  for (;;) {
    const left = (await everything()).filter((each) => !before.includes(each));
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(1_000);
  }
}

const missing = [
  ...(await silentServers()).map(
    (server) => `${server} does not answer: start it with npm run lab`,
  ),
  ...(onPath('sipp') === null ? ['SIPp is not on the PATH (in Debian: sip-tester)'] : []),
];
if (missing.length > 0) {
  for (const each of missing) say(each);
  say('No test was run.');
  process.exit(1);
}

const before = await everything();
const words = process.argv.slice(2);
const root = join(LAB, '..');
const vitest = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    ...['run', '--config', join(LAB, 'vitest.config.js')],
    ...words,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      LK_TRANSFER_CONTRACT_URL: livekit.url,
      LK_TRANSFER_CONTRACT_KEY: livekit.apiKey,
      LK_TRANSFER_CONTRACT_SECRET: livekit.apiSecret,
      LK_TRANSFER_CONTRACT_PLACE: join(LAB, 'place'),
    },
  },
);
// On a terminal Ctrl-C reaches both; whoever ends this process alone means the tests, too. What they
// have made is taken away before they end, and looked for afterwards.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => vitest.kill(signal));
}
const [code] = await once(vitest, 'exit');
const left = await leftBehind(before);
for (const each of left) say(`Left behind: ${each}`);
if (left.length === 0) say('Nothing is left on the server: no room, call, trunk or dispatch rule.');
process.exit(left.length === 0 ? (code ?? 1) : 1);
