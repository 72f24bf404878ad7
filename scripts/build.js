// Builds dist/: the program and the library as ES-module bundles split into chunks, so that a command
// loads only what it needs; the library's types; the licence notices of everything that went in.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadedTogether } from './chunks.js';
import { writeTypes } from './types.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * inquirer imports every prompt it has, and its editor prompt drags 500 KB of character tables
 * along. This program never opens an editor.
 * @type {import('esbuild').Plugin}
 */
const withoutEditorPrompt = {
  name: 'without-editor-prompt',
  setup(builder) {
    builder.onResolve({ filter: /^@inquirer\/editor$/ }, (args) => ({
      path: args.path,
      namespace: 'no-editor',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'no-editor' }, () => ({
      contents: 'export default () => { throw new Error("the editor prompt is not built in"); };',
    }));
  },
};

/**
 * cosmiconfig's explorer brings the loaders of every kind of file, code included. The config reader
 * hands it the two it may use, so the others, and what they parse with, stay out of start-up.
 * @type {import('esbuild').Plugin}
 */
const withoutDefaultLoaders = {
  name: 'without-default-loaders',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/loaders$/ }, (args) =>
      args.importer.endsWith(join('cosmiconfig', 'dist', 'defaults.js'))
        ? { path: args.path, namespace: 'no-loaders' }
        : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'no-loaders' }, () => ({ contents: '' }));
  },
};

await rm(join(root, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts', index: 'src/library/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // Node prints the whole line of an error that nobody catches, before the error itself.
  lineLimit: 160,
  metafile: true,
  logLevel: 'warning',
  // cosmiconfig mentions TypeScript for config files that are code; ours never are.
  external: ['typescript'],
  // One copy for cosmiconfig, which requires it, and for our own import.
  alias: { 'js-yaml': './node_modules/js-yaml/dist/js-yaml.mjs' },
  // Bundled CommonJS packages call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [loadedTogether(join(root, 'src')), withoutEditorPrompt, withoutDefaultLoaders],
});

/** The folder of the package that an input of the bundle came from, or null for our own source. */
function packageFolder(/** @type {string} */ input) {
  return /^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? null;
}

const folders = new Set(Object.keys(metafile.inputs).map(packageFolder));
folders.delete(null);
const notices = [];
for (const folder of [...folders].sort()) {
  const home = join(root, String(folder));
  const about = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  let licence = '';
  for (const name of [
    'LICENSE',
    'LICENSE.md',
    'LICENSE.txt',
    'license',
    'LICENCE',
    'LICENSE-MIT',
  ]) {
    licence ||= await readFile(join(home, name), 'utf8').catch(() => '');
  }
  notices.push(`${about.name} ${about.version} (${about.license})\n\n${licence.trim()}\n`);
}
await writeFile(
  join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'),
  `This program contains the following packages.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`,
);

await writeTypes(root);
