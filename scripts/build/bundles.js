// The bundles of dist/, split into chunks so that whoever runs them loads only what is used.
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { OUTPUT, toCommonJs } from './common-js.js';
import { slimmer } from './slimmer.js';

/** Of the lines in dist/: Node prints the whole one of an error that nobody catches, before the error. */
const LINE_LENGTH = 400;
const HELPERS = 'helpers.cjs';
/** The entry point of the library. */
const LIBRARY = 'index.cjs';

/**
 * Of the SDK's front door only the tokens are used, and by one file the receiver of webhooks. The clients
 * behind it bring all messages along, and `calls` would send its first request 6 ms later.
 * @type {import('esbuild').Plugin}
 */
const sdkInParts = {
  name: 'sdk-in-parts',
  setup(builder) {
    builder.onResolve({ filter: /^livekit-server-sdk$/ }, ({ importer }) => {
      const part = /livekit.webhooks\.ts$/.test(importer) ? 'WebhookReceiver' : 'AccessToken';
      return {
        path: join(
          import.meta.dirname,
          ...['..', '..', 'node_modules', 'livekit-server-sdk', 'dist', `${part}.js`],
        ),
      };
    });
  },
};

/**
 * Bundles and splits, without writing the files.
 * @param {string} root the checkout
 * @param {string} version
 */
async function bundle(root, version) {
  const { outputFiles, metafile } = await build({
    ...OUTPUT,
    absWorkingDir: root,
    entryPoints: { main: 'src/program/run.ts', index: 'src/index.ts' },
    outdir: 'dist/program',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    logLevel: 'warning',
    // They stand in THIRD-PARTY-NOTICES.txt; in the sources there is only what tools are told.
    legalComments: 'none',
    alias: {
      // One copy for cosmiconfig, which requires it, and for our own import.
      'js-yaml': './node_modules/js-yaml/dist/js-yaml.mjs',
      // Node finds it as CommonJS, all of it; of its ES modules only what is used comes along.
      rxjs: './node_modules/rxjs/dist/esm/index.js',
    },
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [slimmer, sdkInParts],
    metafile: true,
    write: false,
  });
  return { files: outputFiles, metafile };
}

/**
 * Short names for the chunks, which name each other: `chunk-3D6HLXAZ.cjs` is `chunk-7.cjs`.
 * @param {string[]} paths
 * @returns {(text: string) => string} puts them in the place of the long ones
 */
function shortNames(paths) {
  const names = new Map();
  for (const name of paths.map((path) => basename(path)).sort()) {
    const [, stem, hash] = /^(.*)-([A-Z0-9]{8})\.cjs$/.exec(name) ?? [];
    if (hash !== undefined) names.set(name, `${stem}-${names.size + 1}.cjs`);
  }
  return (text) => text.replace(/[\w-]+-[A-Z0-9]{8}\.cjs/g, (name) => names.get(name) ?? name);
}

const EXPORTS = /\bexport\{([^}]*)\};?\s*$/;
const IMPORTS = /\bimport\{([^}]*)\}from"\.\/(chunk-\d+\.cjs)"/g;
/** A chunk that is loaded in any other way, save for what it does. */
const OTHER_IMPORT = /\bexport\{[^}]*\}from"|(?<!\}from|\bimport)"\.\/chunk-\d+\.cjs"/;

/** @param {string} list `a as b,c` @returns {[string, string][]} both names of each */
function namesIn(list) {
  return list.split(',').map((each) => {
    const [from = '', to = from] = each.trim().split(' as ');
    return [from, to];
  });
}

/**
 * Short names for what the chunks that nobody else loads hand each other: it is said in both.
 * @template {{ path: string, text: string }} Chunk
 * @param {Chunk[]} chunks
 * @returns {Chunk[]}
 */
function withShortExports(chunks) {
  /** @type {Map<string, Map<string, string>>} */
  const shortOf = new Map();
  for (const { path, text } of chunks) {
    const listed = namesIn(EXPORTS.exec(text)?.[1] ?? '');
    /** @type {[string, string][]} */
    const short = listed.map(([, name], index) => [name, `e${index.toString(36)}`]);
    if (/^chunk-/.test(basename(path))) shortOf.set(basename(path), new Map(short));
  }
  const shorten = (/** @type {string} */ file, /** @type {string} */ name) => {
    const short = shortOf.get(file)?.get(name);
    if (short === undefined) throw new Error(`${file} has no ${name}`);
    return short;
  };
  return chunks.map((chunk) => {
    const own = basename(chunk.path);
    if (OTHER_IMPORT.test(chunk.text)) throw new Error(`${own} imports in a way not known`);
    const text = chunk.text.replace(IMPORTS, (_, list, file) => {
      const names = namesIn(list).map(([from, to]) => `${shorten(file, from)} as ${to}`);
      return `import{${names.join(',')}}from"./${file}"`;
    });
    if (!shortOf.has(own)) return { ...chunk, text };
    const named = (/** @type {string} */ list) =>
      namesIn(list).map(([from, to]) => `${from} as ${shorten(own, to)}`);
    return { ...chunk, text: text.replace(EXPORTS, (_, list) => `export{${named(list)}};`) };
  });
}

/**
 * The program and the library, in one set of chunks, all CommonJS. Measured on Node 20, beyond bare
 * node: as ES modules `--version` would take 25 ms and `resolve` 68, over their budgets; so rewritten
 * they take 17 and 54. And Node before 20.19 and 22.12 cannot require ES modules. ES modules import the
 * library by a door of their own, dist/library.
 * @param {string} root the checkout
 * @param {string} version of the package
 * @returns {Promise<string[]>} the files that went in
 */
export async function writeBundles(root, version) {
  const { files, metafile } = await bundle(root, version);
  const short = shortNames(files.map(({ path }) => path));
  const chunks = files.map(({ path, text }) => ({ path: short(path), text: short(text) }));
  const { texts, helpers } = await toCommonJs(withShortExports(chunks), HELPERS, LINE_LENGTH);
  const folder = join(root, 'dist', 'program');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, HELPERS), helpers);
  for (const [index, { path }] of chunks.entries()) await writeFile(path, texts[index] ?? '');
  const names = metafile.outputs[`dist/program/${LIBRARY}`]?.exports.sort().join(',\n  ');
  // Never run: Node finds the names by it that ES modules may import.
  await appendFile(join(folder, LIBRARY), `0&&(module.exports={\n  ${names},\n});\n`);
  const door = join(root, 'dist', 'library');
  await mkdir(door);
  await writeFile(
    join(door, 'index.js'),
    `export {\n  ${names},\n} from '../program/${LIBRARY}';\n`,
  );
  return Object.keys(metafile.inputs);
}
