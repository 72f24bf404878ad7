import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const textOf = new Map(files.map((file) => [file, readFileSync(join(src, file), 'utf8')]));

/** Every import between files of src/, those of types and those at run time included. */
const imports = files.flatMap((from) =>
  [...(textOf.get(from) ?? '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
    ([, target = '']) => ({
      from,
      to: relative(src, resolve(dirname(join(src, from)), target)),
    }),
  ),
);
const importsOf = (file: string) => imports.filter(({ from }) => from === file).map(({ to }) => to);

/** The folder at the top that a file lives in; `index` is the library's door. */
const folderOf = (file: string) => file.replace(/[/.].*$/, '');

/** From the ground up: a folder imports from itself and from those that stand before it. */
const ORDER = [
  ['core'],
  ['livekit', 'config', 'terminal'],
  ['destinations'],
  ['calls'],
  ['transfer'],
  ['call-control'],
  ['history'],
  ['smoke'],
  ['library', 'sandbox'],
  ['index', 'commands'],
  ['program'],
];
const heightOf = (folder: string) => ORDER.findIndex((level) => level.includes(folder));

/** Files that import each other, however far round, a circle a list. Tarjan's algorithm. */
function circles(): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string) => {
    const index = order.size;
    order.set(file, index);
    lowest.set(file, index);
    stack.push(file);
    for (const next of importsOf(file)) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) {
        lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(next) ?? 0));
      }
    }
    if (lowest.get(file) !== index) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle);
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

describe('the house', () => {
  it('has imports to look at', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(files.filter((file) => heightOf(folderOf(file)) === -1)).toEqual([]);
  });

  it('has no circles of imports', () => {
    expect(circles()).toEqual([]);
  });

  it('has at most 210 files, of at most 300 lines, and 15 entries a folder', () => {
    const lines = (file: string) => (textOf.get(file) ?? '').split('\n').length - 1;
    expect(files.length).toBeLessThanOrEqual(210);
    expect(files.filter((file) => lines(file) > 300)).toEqual([]);
    const entries = readdirSync(src, { recursive: true, encoding: 'utf8' }).map(dirname);
    const full = [...new Set(entries)].filter(
      (folder) => entries.filter((each) => each === folder).length > 15,
    );
    expect(full).toEqual([]);
  });

  it('has imports that point one way', () => {
    const against = imports.filter(
      ({ from, to }) =>
        folderOf(from) !== folderOf(to) && heightOf(folderOf(from)) <= heightOf(folderOf(to)),
    );
    expect(against).toEqual([]);
  });

  it('has no name that is exported twice', () => {
    const names = new Map<string, string[]>();
    for (const [file, text] of textOf) {
      const declared = text.matchAll(
        /^export (?:declare )?(?:abstract )?(?:async )?(?:const|function|class|interface|type|enum) (\w+)/gm,
      );
      for (const [, name = ''] of declared) {
        // What runs a command goes by one name in every command.
        if (name === 'run' && /^commands\//.test(file)) continue;
        names.set(name, [...(names.get(name) ?? []), file]);
      }
    }
    expect(names.size).toBeGreaterThan(500);
    expect([...names].filter(([, where]) => where.length > 1)).toEqual([]);
  });

  it('prints only from commands and the program', () => {
    const printing = imports.filter(
      ({ from, to }) =>
        folderOf(to) === 'terminal' &&
        !['terminal', 'commands', 'program'].includes(folderOf(from)),
    );
    expect(printing).toEqual([]);
  });

  it('has a sandbox that stands alone, with one door', () => {
    expect(
      imports.filter(({ from, to }) => folderOf(from) === 'sandbox' && folderOf(to) !== 'sandbox'),
    ).toEqual([]);
    const doors = imports.filter(
      ({ from, to }) => folderOf(to) === 'sandbox' && folderOf(from) !== 'sandbox',
    );
    expect(new Set(doors.map(({ to }) => to))).toEqual(new Set(['sandbox/server.ts']));
    expect(doors).toHaveLength(2);
  });

  it('has a library that knows neither commands nor the terminal, and few packages', () => {
    const reached = new Set<string>();
    const open = ['index.ts'];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      open.push(...importsOf(file));
    }
    expect(reached).toContain('transfer/send.ts');
    const packages = [...reached].flatMap((file) =>
      [
        ...(textOf.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'((?!node:)[@a-z][^']*)'/g),
      ].map(([, name = '']) => name),
    );
    expect([...new Set(packages)].sort()).toEqual([
      '@bufbuild/protobuf',
      '@livekit/protocol',
      'cosmiconfig/dist/ExplorerSync.js',
      'cosmiconfig/dist/loaders.js',
      'http-parser-js',
      'http-proxy-agent',
      'https-proxy-agent',
      'js-yaml',
      'libphonenumber-js/max',
      'livekit-server-sdk',
      'valibot',
    ]);
  });

  it('touches process and console only in core/host.ts and terminal/', () => {
    const touching = files.filter((file) => {
      if (/^(core\/host\.ts|terminal\/)/.test(file)) return false;
      const code = (textOf.get(file) ?? '').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*$|'[^'\n]*'|`[^`]*`/gm,
        '',
      );
      return /\bprocess\.|\bconsole\./.test(code);
    });
    expect(touching).toEqual([]);
  });
});
