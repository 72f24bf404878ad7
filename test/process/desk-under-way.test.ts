/** What happens to the terminal while a transfer is out: another size, a stop and a return. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../support/terminal-screen.ts';
import {
  type Desk,
  openDesk,
  resizeAround,
  roomsOf,
  shellLine,
  toConfirmation,
  toQuestion,
} from './desk.ts';

const TWO = roomsOf(/555010[12]/);
/** Says in the shell whether the terminal has its lines and its echo again. */
const ECHO_MODE = "stty -a | grep -oE -- '-?(icanon|echo)\\b' | xargs echo mode";
const SENT = /REFER sent, \d+s of at most/;

/** A desk that a shell has started, with a transfer that is out; LiveKit sees to it so much later. */
async function withTransferOut(afterMs: number, to = 'sales'): Promise<Desk> {
  const desk = await openDesk(shellLine(), {
    rooms: TWO,
    seed: { faults: [{ method: 'SIP/TransferSIPParticipant', delayMs: afterMs }] },
  });
  await desk.waitFor(/ready> $/m);
  desk.type(`lk-transfer${KEYS.enter}`);
  await desk.waitFor(/❯ \+15105550102/);
  await toConfirmation(desk, '0102', to);
  await desk.press(`y${KEYS.enter}`, SENT);
  return desk;
}

/** All of it, at whatever size. */
const isWholeWith = (shown: string) => (lines: readonly string[]) =>
  /^\d calls?/.test(lines[0] ?? '') &&
  lines.some((line) => line.includes(shown)) &&
  /Ctrl-C|Esc goes back/.test(lines.at(-1) ?? '');

/** The terminal is the shell's own, and the lines of keys are the terminal's. */
async function stop(desk: Desk): Promise<void> {
  desk.type(KEYS.ctrlZ);
  await desk.waitFor(/Stopped[\s\S]*ready> $/m);
  expect(desk.isAlternate()).toBe(false);
  expect(desk.isCursorVisible()).toBe(true);
  desk.type(`${ECHO_MODE}${KEYS.enter}`);
  await desk.waitFor(/^mode icanon echo$/m);
}

function bringBack(desk: Desk): void {
  desk.type(`clear; fg${KEYS.enter}`);
}

/** It is told right and once, the list is there, and whoever leaves has their terminal again. */
async function expectTransferred(desk: Desk, sent = 1): Promise<void> {
  await desk.waitFor(/Transferred \+15105550102 [\s\S]*❯ Back to the list/);
  expect(desk.isAlternate()).toBe(true);
  expect(desk.transfers()).toHaveLength(sent);
  await desk.press(KEYS.enter, /Esc ends search/);
  await desk.waitFor(
    /Search: 0102[\s\S]*(❯ \+15105550102|\+15105550102 is no longer there|No call)/,
  );
  desk.type(KEYS.escape);
  await desk.waitFor(/\+15105550101[\s\S]*q leaves/);
  desk.type('q');
  await desk.waitFor(/\+15105550102[\s\S]*ready> $/m);
  expect(desk.isAlternate()).toBe(false);
  expect(desk.isCursorVisible()).toBe(true);
  desk.type(`${ECHO_MODE}${KEYS.enter}`);
  await desk.waitFor(/^mode icanon echo$/m);
  expect(desk.transfers()).toHaveLength(sent);
  desk.type(`exit${KEYS.enter}`);
  await desk.left;
}

/** Pictures that were drawn. */
const framesIn = (sent: string) => sent.split('\u001b[?2026h').length - 1;

describe.concurrent('a transfer that is out on the desk', () => {
  it('is drawn whole at any size, and outlives a stop and a return', async () => {
    const desk = await withTransferOut(10_000);
    await resizeAround(desk, isWholeWith('REFER sent'));
    expect(desk.lines().join('\n')).toMatch(/Search: 0102[\s\S]*\+15105550102/);
    await stop(desk);
    // Keys that are typed to the shell meanwhile are none of the desk's.
    desk.type(`echo y${KEYS.enter}`);
    await desk.waitFor(/^y$/m);
    bringBack(desk);
    await desk.waitFor(/REFER sent|Transferred/);
    // The same once it is known how it ended.
    await desk.waitFor(/Transferred \+15105550102 [\s\S]*❯ Back to the list/);
    await resizeAround(desk, isWholeWith('Back to the list'));
    await stop(desk);
    bringBack(desk);
    await expectTransferred(desk);
  });

  it('is told of when its answer came during a stop', async () => {
    // Busy: that stands in the answer, whenever it is read.
    const desk = await withTransferOut(1500, 'sip:1486@pbx.company.com');
    await stop(desk);
    await pause(4000);
    bringBack(desk);
    await desk.waitFor(/Search: 0102[\s\S]*❯ \+15105550102[\s\S]*486[\s\S]*❯ Another destination/);
    expect(desk.transfers()).toHaveLength(1);
    // From there it goes on as ever.
    await desk.press(KEYS.enter, /where to\?/);
    await toQuestion(desk, 'sales');
    await desk.press(`y${KEYS.enter}`, /Transferring|Transferred/);
    await expectTransferred(desk, 2);
  });

  it('is told of as out where the stopped desk is ended by `kill`', async () => {
    const desk = await withTransferOut(20_000);
    await stop(desk);
    desk.type(`clear; kill %1${KEYS.enter}`);
    await desk.waitFor(/It\s+continues, and cannot be cancelled/);
    // The shell does not hear that a job goes on, and takes it for stopped until it has ended.
    desk.type(`while kill -0 %1; do sleep 0.1; done; jobs; echo has ended${KEYS.enter}`);
    await desk.waitFor(/Exit 143[\s\S]*^has ended$/m);
    expect(desk.isAlternate()).toBe(false);
    expect(desk.isCursorVisible()).toBe(true);
    desk.type(`clear; ${ECHO_MODE}${KEYS.enter}`);
    await desk.waitFor(/^mode icanon echo$/m);
    expect(desk.transfers()).toHaveLength(1);
    desk.type(`exit${KEYS.enter}`);
    await desk.left;
  });

  it('is told once to somebody who changes the size all the time', async () => {
    const desk = await withTransferOut(1500);
    const before = framesIn(desk.sent());
    const startMs = performance.now();
    for (let turn = 0; turn < 60; turn += 1) {
      desk.resize(40 + ((turn * 37) % 200), 10 + ((turn * 13) % 60));
      await pause(50);
    }
    // However often something changes: ten pictures a second, and one that was due.
    const most = (performance.now() - startMs) / 100 + 2;
    expect(framesIn(desk.sent()) - before).toBeLessThanOrEqual(most);
    desk.resize(120, 40);
    await expectTransferred(desk);
  });
});

it('draws again what has changed, and nothing else', async () => {
  const desk = await openDesk('lk-transfer', { rooms: TWO });
  await desk.waitFor(/❯ \+15105550102/);
  const parts = ['+15105550101', 'q leaves'];
  // A whole picture has them all; the ages of the next ones go on.
  for (const part of parts) expect(desk.sent()).toContain(part);
  await desk.waitFor(/Looked 0s ago/);
  const drawn = desk.sent().length;
  await desk.waitFor(/Looked 1s ago/);
  await pause(1500);
  const since = desk.sent().slice(drawn);
  expect(framesIn(since)).toBeGreaterThan(1);
  expect(since).toMatch(/Looked \ds ago/);
  expect(since).not.toContain('q leaves');
  expect(since.split('\u001b[2J')).toHaveLength(1);
  desk.type('q');
  expect((await desk.left).exitCode).toBe(0);
});
