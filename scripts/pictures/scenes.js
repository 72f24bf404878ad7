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

/** @type {Record<string, Scene>} */
export const SCENES = {
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
