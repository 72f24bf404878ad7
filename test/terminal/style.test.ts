/** Conduct 27: --color/--no-color > FORCE_COLOR > NO_COLOR (not empty) > TERM=dumb > terminal. */
import { describe, expect, it } from 'vitest';
import { loadPalette, wantsColour } from '../../src/terminal/style.ts';

const NONE = {};
const NO = { NO_COLOR: '1' };
const FORCE = { FORCE_COLOR: '1' };
const DUMB = { TERM: 'dumb' };

describe('colour', () => {
  it.each<[boolean | undefined, Record<string, string>, boolean, boolean]>([
    // A terminal decides when nobody says anything.
    [undefined, NONE, true, true],
    [undefined, NONE, false, false],
    [undefined, { TERM: 'xterm-256color' }, true, true],
    // The terminal’s kind.
    [undefined, DUMB, true, false],
    // NO_COLOR, if it is not empty.
    [undefined, NO, true, false],
    [undefined, { NO_COLOR: '0' }, true, false],
    [undefined, { NO_COLOR: '' }, true, true],
    [undefined, { NO_COLOR: '' }, false, false],
    // FORCE_COLOR wins over NO_COLOR, over the terminal’s kind, and over there being none.
    [undefined, FORCE, false, true],
    [undefined, { ...FORCE, ...NO }, false, true],
    [undefined, { ...FORCE, ...DUMB }, true, true],
    [undefined, { FORCE_COLOR: '3' }, false, true],
    [undefined, { FORCE_COLOR: 'true' }, false, true],
    [undefined, { FORCE_COLOR: '0' }, true, false],
    [undefined, { FORCE_COLOR: 'false' }, true, false],
    [undefined, { FORCE_COLOR: '' }, false, false],
    [undefined, { FORCE_COLOR: '', ...NO }, true, false],
    // The flag wins over everything.
    [true, NONE, false, true],
    [true, { ...NO, ...DUMB }, false, true],
    [true, { FORCE_COLOR: '0' }, false, true],
    [false, NONE, true, false],
    [false, FORCE, true, false],
  ])('flag %s, %j, terminal %s: %s', (flag, env, isTTY, wanted) => {
    expect(wantsColour({ flag, env }, isTTY)).toBe(wanted);
  });
});

describe('a palette', () => {
  it('paints where colour is wanted, whatever this process’s own streams are', async () => {
    const { red, bold } = await loadPalette(true);
    expect([red('x'), bold('x')]).toEqual(['\u001b[31mx\u001b[39m', '\u001b[1mx\u001b[22m']);
  });

  it('leaves text alone where it is not', async () => {
    const palette = await loadPalette(false);
    for (const paint of Object.values(palette)) expect(paint('x')).toBe('x');
  });
});
