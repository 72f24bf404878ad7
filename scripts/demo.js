// The main job before the reader's eyes: a LiveKit with calls on it (the sandbox), and the tool.
// Ends by itself. Reads the same on a terminal and in a log.
import { spawn } from 'node:child_process';
import { example, makeHome, startSandbox } from './shared/sandbox.js';

// Nothing of the reader's own may get into the demo: no config, no credentials.
const {
  env: clean,
  command,
  remove,
} = await makeHome('TERM', 'NO_COLOR', 'FORCE_COLOR', 'COLUMNS');

const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

/**
 * Runs one command as a reader would type it, and shows the line and what it prints.
 * @param {string} why
 * @param {string} line
 * @param {Record<string, string>} env
 * @param {number} expected the exit code that belongs to it
 */
async function show(why, line, env, expected = 0) {
  say(`\n# ${why}\n$ lk-transfer ${line}`);
  const words = line.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
  const child = spawn(process.execPath, ['--', command, ...words, '--config', example], {
    env: { ...clean, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) say(`(exit code ${code})`);
  if (code !== expected) throw new Error(`expected exit code ${expected}, got ${code}`);
}

say('This demo runs against the sandbox: a LiveKit-compatible server on this machine, with calls');
say('on it. Nothing leaves the machine.');
const sandbox = await startSandbox(clean);
try {
  const { env } = sandbox;
  const call = '--fields callId,phoneNumber,condition,joinedAt';
  await show('Which rooms have callers in them?', 'rooms --fields room,callers,agents', env);
  await show('Which callers is nobody serving?', `calls --stuck ${call}`, env);
  await show('Where does “sales” lead?', 'resolve sales', env);
  await show(
    'Move a caller whose room has no agent to sales.',
    'transfer SCL_noAgent00001 --to sales --yes',
    env,
  );
  await show(
    'The same on a trunk that has no REFER: it refuses, and the caller stays.',
    'transfer SCL_refuses40501 --to sales --yes',
    env,
    1,
  );
  await show(
    'The same caller all the same: the target is dialled into the room. It hangs up after 5 seconds.',
    'transfer SCL_refuses40501 --to "+1 510 555 0293" --method bridge --yes',
    env,
  );
  await show(
    'A target that is busy (in the sandbox, whatever ends in 486): the caller stays.',
    'transfer SCL_silent000001 --to extension:486 --yes',
    env,
    1,
  );
  await show(
    'What was sent from this machine, and what became of it?',
    'history --fields startedAt,phoneNumber,to,outcome',
    env,
  );
  say('\nDone. Try it yourself: npx lk-transfer --sandbox');
} finally {
  sandbox.stop();
  await remove();
}
