#!/usr/bin/env node
/**
 * A caller source over a sandbox that runs in another process: test/contract/README.md says what a
 * caller source is. It asks the address in LK_TRANSFER_SOURCE_URL (test/support/place-calls.ts) for a
 * call that behaves as its one argument says, prints it, and ends it once standard input closes.
 */
import process from 'node:process';

/** EX_UNAVAILABLE of sysexits.h: a behaviour that this source cannot make. */
const CANNOT_MAKE = 69;

const [behaviour = ''] = process.argv.slice(2);
const place = new URL(encodeURIComponent(behaviour), process.env.LK_TRANSFER_SOURCE_URL);

const answer = await fetch(place, { method: 'POST' });
const line = await answer.text();
if (answer.status === 404) process.exit(CANNOT_MAKE);
if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${line}`);
process.stdout.write(`${line}\n`);

process.stdin.resume();
process.stdin.once('close', async () => {
  const { room } = JSON.parse(line);
  if (room !== undefined)
    await fetch(new URL(encodeURIComponent(room), place), { method: 'DELETE' });
});
