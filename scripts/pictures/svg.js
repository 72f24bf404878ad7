// The screen of a terminal as an SVG picture: text that can be selected and searched, in the
// monospaced font of whoever looks at it, held to its columns by the length of every piece.
import { STYLE } from './theme.js';

/** One column and one line, in px, at 14 px. */
const COLUMN = 8.4;
const LINE = 19;
const MARGIN = 14;
const BAR = 30;

/** @typedef {import('../shared/screen.js').Run} Run */

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** To a tenth of a px. @param {number} px */
function round(px) {
  return Math.round(px * 10) / 10;
}

/**
 * Two blanks or more end a piece, so that no picture depends on what is made of blanks in a row.
 * @param {Run} run
 * @returns {{ text: string, column: number, width: number }[]}
 */
function piecesOf({ text, column, width }) {
  // Where characters are wider than a column, only the run as a whole has a known place.
  if (width !== [...text].length) return [{ text, column, width }];
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: piece, index }) => {
    const before = [...text.slice(0, index)].length;
    return { text: piece, column: column + before, width: [...piece].length };
  });
}

/** The classes of a style, and a colour that is none of the theme’s. @param {Run['style']} style */
function classesOf({ colour, bold, dim, italic, underlined, inverse }) {
  const names = [
    inverse ? 'i' : typeof colour === 'number' && colour < 16 ? `c${colour}` : dim ? 'd' : '',
    bold ? 'b' : '',
    italic ? 'e' : '',
    underlined ? 'u' : '',
  ].filter((name) => name !== '');
  const classes = names.length === 0 ? '' : ` class="${names.join(' ')}"`;
  const own = inverse || colour === null ? null : hexOf(colour);
  return own === null ? classes : `${classes} style="fill:${own}"`;
}

/** A colour outside of the sixteen, of the 256 of xterm or of 24 bits; null for one of the sixteen.
 * @param {number | string} colour */
function hexOf(colour) {
  if (typeof colour === 'string') return colour;
  if (colour < 16) return null;
  const grey = 8 + (colour - 232) * 10;
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = colour - 16;
  const [red, green, blue] =
    colour >= 232
      ? [grey, grey, grey]
      : [36, 6, 1].map((step) => levels[Math.floor(cube / step) % 6] ?? 0);
  return `#${[red, green, blue].map((level) => (level ?? 0).toString(16).padStart(2, '0')).join('')}`;
}

/** What stands behind a run. @param {Run} run @param {number} top of its line, in px */
function groundOf({ column, width, style }, top) {
  const { background, inverse, colour } = style;
  if (!inverse && background === null) return [];
  const ground = inverse ? colour : background;
  const name = typeof ground === 'number' && ground < 16 ? `c${ground}` : 'k';
  const own = ground === null ? null : hexOf(ground);
  const place = `x="${round(MARGIN + column * COLUMN)}" y="${top}" width="${round(width * COLUMN)}"`;
  return [
    `<rect class="${name}" ${place} height="${LINE}"${own === null ? '' : ` style="fill:${own}"`}/>`,
  ];
}

/** @param {Run} run @param {number} top */
function textOf(run, top) {
  return piecesOf(run).map(({ text, column, width }) => {
    const x = round(MARGIN + column * COLUMN);
    const length = `textLength="${round(width * COLUMN)}" lengthAdjust="spacingAndGlyphs"`;
    return `<text${classesOf(run.style)} x="${x}" y="${top + 14}" ${length}>${escapeXml(text)}</text>`;
  });
}

/**
 * Draws lines in a window.
 * @param {Run[][]} lines
 * @param {{ columns: number, title: string, label: string }} options the title stands in the
 *   window’s bar; the label says in a sentence what is seen, for those who cannot see it
 * @returns {string}
 */
export function drawScreen(lines, { columns, title, label }) {
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN);
  const height = BAR + lines.length * LINE + MARGIN;
  const drawn = lines.flatMap((runs, row) => {
    const top = BAR + row * LINE;
    const visible = runs.filter(
      ({ text, style }) => text.trim() !== '' || style.inverse || style.background !== null,
    );
    return [
      ...visible.flatMap((run) => groundOf(run, top)),
      ...visible.flatMap((run) => textOf(run, top)),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(label)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="w" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...[18, 36, 54].map((x) => `<circle class="o" cx="${x}" cy="15" r="5"/>`),
    `<text class="t" x="${width / 2}" y="19" text-anchor="middle">${escapeXml(title)}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
