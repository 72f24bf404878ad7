// The colours of the pictures, for readers of dark and of light pages. test/pictures.test.ts
// holds each to a contrast that can be read.

/**
 * @typedef {object} Theme
 * @property {string} paper
 * @property {string} ink
 * @property {string} frame
 * @property {string} dim
 * @property {readonly string[]} colours the sixteen of a terminal, in its order
 */

/** @type {Theme} */
export const DARK = {
  paper: '#0d1117',
  ink: '#e6edf3',
  frame: '#30363d',
  dim: '#9198a1',
  colours: [
    ...['#8b949e', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
    ...['#8b949e', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
  ],
};

/** @type {Theme} */
export const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2328',
  frame: '#d1d9e0',
  dim: '#59636e',
  colours: [
    ...['#24292f', '#cf222e', '#116329', '#7d4e00', '#0969da', '#8250df', '#1b7c83', '#59636e'],
    ...['#57606a', '#a40e26', '#1a7f37', '#633c01', '#0550ae', '#6639ba', '#0b6b73', '#57606a'],
  ],
};

/** The rules of a picture's style sheet in one theme. @param {Theme} theme */
function rulesOf({ paper, ink, frame, dim, colours }) {
  return [
    `.w{fill:${paper};stroke:${frame}}`,
    `.o{fill:${frame}}`,
    `text,.k{fill:${ink}}`,
    `.i{fill:${paper}}`,
    `.t,.d{fill:${dim}}`,
    ...colours.map((colour, index) => `.c${index}{fill:${colour}}`),
  ].join('');
}

/** Dark, and light where the reader’s pages are: a picture on a page follows the reader’s choice. */
export const STYLE = [
  'text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}',
  rulesOf(DARK),
  '.b{font-weight:700}.u{text-decoration:underline}.e{font-style:italic}.w{stroke-width:1}',
  `@media(prefers-color-scheme:light){${rulesOf(LIGHT)}}`,
].join('');
