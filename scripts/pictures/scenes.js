// What the pictures show: a line, and what somebody types until there is something to see.

/**
 * @typedef {object} Scene
 * @property {string} line what follows `lk-transfer`
 * @property {string} label what is seen, in a sentence, for those who cannot see it
 * @property {number} columns
 * @property {number} rows
 * @property {(screen: import('../shared/screen.js').Screen) => Promise<unknown>} play until the
 *   screen is as the picture is to show it
 */

/** What looked so for long enough counts as stuck by then. */
const SETTLED = /: 10 stuck/;

/** Longer than it takes until an answer counts, in ms. */
const READ_MS = 600;

/** @param {string[]} lines of a screen with a list @returns {number} the line that is chosen */
const chosenOf = (lines) => lines.findIndex((line) => line.startsWith('❯'));

/** @param {string} caller @param {import('../shared/screen.js').Screen} screen */
async function goDownTo(caller, screen) {
  for (;;) {
    const lines = screen.lines();
    const chosen = chosenOf(lines);
    if (lines[chosen]?.includes(caller)) return;
    screen.type('\u001b[B');
    await screen.waitFor((seen) => chosenOf(seen) > chosen);
  }
}

/** @type {Record<string, Scene>} */
export const SCENES = {
  desk: {
    line: '',
    label: 'The desk: the live list of calls, and below it that the chosen caller was transferred.',
    columns: 100,
    rows: 27,
    play: async (screen) => {
      await screen.waitFor(SETTLED);
      await goDownTo('+15105550102', screen);
      screen.type('\r');
      await screen.waitFor('❯ Transfer');
      screen.type('\r');
      await screen.waitFor('where to?');
      screen.type('\r');
      await screen.waitFor('(y/N)');
      // The desk takes no key for an answer before the question could be read.
      await new Promise((resolve) => setTimeout(resolve, READ_MS));
      screen.type('y\r');
      await screen.waitFor(': transferred.');
      await screen.waitFor(/^❯ .* ended /m);
      // Only then a key counts.
      await screen.waitFor('❯ Back to the list');
    },
  },
  board: {
    line: 'calls --watch',
    label: 'The live list of calls, to look at: stuck calls first, totals above, its cost below.',
    columns: 100,
    rows: 22,
    play: (screen) => screen.waitFor(SETTLED),
  },
  calls: {
    line: 'calls',
    label: 'The list of calls on a terminal, those that are stuck in colour.',
    columns: 110,
    rows: 30,
    play: (screen) => screen.left,
  },
  outcome: {
    line: 'transfer SCL_noAgent00001 --to extension:486',
    label: 'A transfer to a busy extension: preview, confirmation, what happened, what to do next.',
    columns: 100,
    rows: 30,
    play: async (screen) => {
      await screen.waitFor('(y/N)');
      screen.type('y\r');
      await screen.left;
    },
  },
};
