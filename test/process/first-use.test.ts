/**
 * The way of somebody who has never seen the program and reads no help: from opening it to a moved
 * caller. Every key that is typed is one that the screen names at that moment.
 */
import { describe, expect, it } from 'vitest';
import { KEYS, openTerminalScreen } from '../support/terminal-screen.ts';
import { openSandbox } from './run-program.ts';

/** From opening the program to the outcome, in ms: what a lead under pressure is promised. */
const PROMISED_MS = 15_000;

/** How long somebody looks at a screen before they type, in ms: to find what they know is there. */
const LOOK_MS = 500;

async function openDesk() {
  const sandbox = await openSandbox();
  const start = performance.now();
  const screen = openTerminalScreen('lk-transfer', { env: sandbox.env, columns: 100, rows: 30 });
  let keys = 0;
  /** Reads what is there, types, and waits for what it leads to. */
  const type = async (text: string, leadsTo: string | RegExp) => {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    keys += [...text].length;
    screen.type(text);
    return screen.waitFor(leadsTo);
  };
  return { sandbox, screen, type, used: () => ({ keys, ms: performance.now() - start }) };
}

describe.concurrent('the first use of the desk', () => {
  it('moves the stuck call that stands first to sales, with a handful of keys', async () => {
    const { sandbox, screen, type, used } = await openDesk();
    // Stuck calls first: the first line is chosen, and the last says what Enter does.
    const lines = await screen.waitFor(/❯ \+15105550103 .*agent silent[\s\S]*Enter .*q leaves/);
    expect(lines.join('\n')).toMatch(/\d+ calls: \d+ stuck/);
    await type(KEYS.enter, /❯ Transfer[\s\S]*Enter/);
    await type(KEYS.enter, /where to\?[\s\S]*❯ sales/);
    const asked = await type(KEYS.enter, /y and Enter transfers/);
    expect(asked.join('\n')).toMatch(/Goes to +sales/);
    expect(sandbox.mutations()).toEqual([]);
    await type(
      `y${KEYS.enter}`,
      /transferred\. The caller has left[\s\S]*Transferred \+15105550103 /,
    );
    const { keys, ms } = used();
    expect(keys).toBeLessThanOrEqual(6);
    expect(ms).toBeLessThan(PROMISED_MS);
    expect(sandbox.mutations()).toEqual(['SIP/TransferSIPParticipant']);

    await type(KEYS.enter, /Enter .*q leaves/);
    screen.type('q');
    expect(await screen.left).toEqual({ exitCode: 0, isRestored: true });
    expect([screen.isAlternate(), screen.isCursorVisible()]).toEqual([false, true]);
  });

  it('finds one caller by what is known of them, and moves that one', async () => {
    const { sandbox, screen, type, used } = await openDesk();
    await screen.waitFor(/Type to search[\s\S]*❯ \+1510/);
    await type('0102', /❯ \+15105550102 .*no agent/);
    await type(KEYS.enter, '❯ Transfer');
    await type(KEYS.enter, 'where to?');
    await type('sup', '❯ support');
    await type(KEYS.enter, /Goes to +support[\s\S]*y and Enter transfers/);
    await type(
      `y${KEYS.enter}`,
      /transferred\. The caller has left[\s\S]*Transferred \+15105550102 /,
    );
    const { keys, ms } = used();
    expect(keys).toBeLessThanOrEqual(13);
    expect(ms).toBeLessThan(PROMISED_MS);
    expect(sandbox.mutations()).toEqual(['SIP/TransferSIPParticipant']);
    screen.type(KEYS.ctrlC);
    expect(await screen.left).toEqual({ exitCode: 130, isRestored: true });
  });
});
