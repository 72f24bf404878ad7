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

/** @type {Record<string, Scene>} */
export const SCENES = {
  desk: {
    line: '',
    label: 'The desk: the live list of calls, and below it the destinations for the call chosen.',
    columns: 100,
    rows: 30,
    play: async (screen) => {
      await screen.waitFor(SETTLED);
      screen.type('\r');
      await screen.waitFor('❯ Transfer');
      screen.type('\r');
      await screen.waitFor('where to?');
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
