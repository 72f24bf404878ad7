/** The pictures of README.md and docs/: that they are what the program shows, and can be read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { SCENES } from '../scripts/pictures/scenes.js';
import { drawScreen } from '../scripts/pictures/svg.js';
import { takePicture } from '../scripts/pictures/take.js';
import { DARK, LIGHT, type Theme } from '../scripts/pictures/theme.js';
import { steady } from '../scripts/shared/normalise.js';
import type { Run } from '../scripts/shared/screen.js';
import { ROOT } from './process/run-program.ts';
import { PAGES } from './support/pages.ts';

const FOLDER = join(ROOT, 'docs', 'pictures');
const FILES = readdirSync(FOLDER);
const pictureOf = (file: string) => readFileSync(join(FOLDER, file), 'utf8');

/** The elements of a picture with their attributes and texts. @throws Error when it is no XML */
function elementsOf(svg: string) {
  const elements: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    elements.push({ name, attributes: attributes as Record<string, string>, text: '' });
  });
  parser.on('text', (text) => {
    const last = elements.at(-1);
    if (last) last.text += text.trim();
  });
  parser.write(svg).close();
  return elements;
}

/** WCAG 2's contrast of two colours, from 1 to 21. */
function contrast(one: string, other: string): number {
  const [dark = 0, bright = 0] = [one, other]
    .map((colour) => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
        const level = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
        return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

function run(text: string, style: Partial<Run['style']> = {}, column = 0): Run {
  const plain = { bold: false, dim: false, italic: false, underlined: false, inverse: false };
  return {
    text,
    column,
    width: [...text].length,
    style: { colour: null, background: null, ...plain, ...style },
  };
}

const draw = (...runs: Run[]) =>
  elementsOf(drawScreen([runs], { columns: 40, title: 'title', label: 'label' }));

describe('a picture', () => {
  it('holds each piece of text to its columns, and depends on no two blanks in a row', () => {
    const texts = draw(run('one two   three', {}, 2)).filter(({ name }) => name === 'text');
    const [, one, three] = texts;
    expect([one?.text, three?.text]).toEqual(['one two', 'three']);
    const width = (element: typeof one) => Number(element?.attributes.textLength);
    expect(width(one) / 7).toBeCloseTo(width(three) / 5, 1);
    const distance = Number(three?.attributes.x) - Number(one?.attributes.x);
    expect(distance).toBeCloseTo((width(one) / 7) * 10, 1);
  });

  it('shows text as text, whatever stands in it', () => {
    expect(draw(run('<b>&amp;"\u2028')).at(-1)?.text).toBe('<b>&amp;"');
  });

  it('shows colours, those of the theme by name and others as they are', () => {
    const [red, orange, marked] = draw(
      run('red', { colour: 1, bold: true }),
      run('orange', { colour: 208 }, 5),
      run('marked', { inverse: true }, 15),
    )
      .filter(({ name }) => name === 'text')
      .slice(1)
      .map(({ attributes }) => attributes);
    expect(red?.class).toBe('c1 b');
    expect(orange?.style).toBe('fill:#ff8700');
    expect(marked?.class).toBe('i');
  });

  it.each([
    ['dark', DARK],
    ['light', LIGHT],
  ] satisfies [string, Theme][])('can be read on a %s page', (_, { paper, ink, dim, colours }) => {
    for (const colour of [ink, dim, ...colours]) {
      expect({ colour, readable: contrast(colour, paper) >= 4.5 }).toEqual({
        colour,
        readable: true,
      });
    }
  });
});

/** What stands in a picture, line by line; ages and counts, which a busy machine changes, are `#`. */
function linesOf(picture: string): string[] {
  const lines = new Map<string, string>();
  for (const { name, attributes, text } of elementsOf(picture)) {
    const { y = '' } = attributes;
    if (name === 'text') lines.set(y, `${lines.get(y) ?? ''} ${text}`.trim());
  }
  return [...lines.values()].map((line) =>
    line.replace(/\d+[smh]( \d+s)?\b|\d+(?= requests a minute)/g, '#'),
  );
}

describe.concurrent('a picture of the pages', () => {
  it.each(Object.entries(SCENES))(
    '%s shows what the program shows: else run `npm run pictures`',
    async (name, scene) => {
      const shown = linesOf(await takePicture(scene));
      expect(shown.length).toBeGreaterThan(5);
      expect(linesOf(pictureOf(`${name}.svg`))).toEqual(shown);
    },
  );
});

describe('the pictures of the pages', () => {
  it('are those that the script makes, each shown there, with what is seen in words', () => {
    expect(FILES.sort()).toEqual(
      Object.keys(SCENES)
        .map((name) => `${name}.svg`)
        .sort(),
    );
    const shown = PAGES.flatMap(({ text }) => [
      ...text.matchAll(/!\[([^\]]+)\]\((?:docs\/)?pictures\/([^)]+)\)/g),
    ]);
    expect([...new Set(shown.map(([, , file = '']) => file))].sort()).toEqual(FILES);
    for (const [, words = ''] of shown) expect(words.length).toBeGreaterThan(20);
  });

  it('are one in README.md: the desk, once it has moved a caller', () => {
    const paths = PAGES.filter(({ path }) => path === 'README.md').flatMap(({ text }) =>
      [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path]) => path),
    );
    expect(paths).toEqual(['docs/pictures/desk.svg']);
    const lines = linesOf(pictureOf('desk.svg'));
    expect(lines).toContainEqual(expect.stringMatching(/^❯ .* ended /));
    expect(lines).toContainEqual(expect.stringContaining(': transferred. '));
  });

  it.each(FILES)('%s fetches nothing, is small, and shows nothing of one run alone', (file) => {
    const picture = pictureOf(file);
    expect(picture.length).toBeLessThan(40_000);
    // The one address in it is the name of what it is.
    expect(picture.match(/\b(?:https?:|url\(|href|@import|@font-face|<script)/g)).toEqual([
      'http:',
    ]);
    const texts = elementsOf(picture).filter(({ name }) => name === 'text');
    expect(texts.length).toBeGreaterThan(5);
    for (const { text } of texts) expect(steady(text)).toBe(text);
  });
});
