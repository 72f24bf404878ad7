// The files of dist/ that are run: the program and the library, in one set of chunks.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { transform } from 'esbuild';
import { build } from 'rolldown';
import { slimmer } from './slimmer.js';

/** Of the lines in dist/: Node prints the whole one of an error that nobody catches, before the error. */
const LINE_LENGTH = 400;

/** @typedef {import('rolldown').Plugin} Plugin */

/**
 * Of the SDK's front door only the tokens are used, and by one file the receiver of webhooks. The clients
 * behind it bring all messages along, and `calls` would send its first request 6 ms later.
 * @type {Plugin}
 */
const sdkInParts = {
  name: 'sdk-in-parts',
  resolveId: {
    filter: { id: /^livekit-server-sdk$/ },
    handler(_, importer = '') {
      const part = /livekit.webhooks\.ts$/.test(importer) ? 'WebhookReceiver' : 'AccessToken';
      return join(
        import.meta.dirname,
        ...['..', '..', 'node_modules', 'livekit-server-sdk', 'dist', `${part}.js`],
      );
    },
  },
};

/**
 * What starts often, with the sources that it loads each time. Their modules are put together by which of
 * these load them: each start then loads few files, and nothing that it does not use. Left to the bundler,
 * `calls` would load 40 files and not 10, and start the later for it.
 */
const STARTS = {
  program: ['program/run'],
  library: ['index'],
  calls: ['commands/calls/run', 'history/attempts', 'history/files'],
  resolve: ['commands/destinations/resolve'],
  transfer: ['commands/transfer/run'],
};

/**
 * @param {string} root the checkout
 * @returns {import('rolldown').CodeSplittingNameFunction} the chunk of a module; null: the bundler's choice
 */
function groupByStart(root) {
  /** @type {Map<string, Set<string>> | null} */
  let loadedBy = null;
  return (id, context) => {
    loadedBy ??= new Map(
      Object.entries(STARTS).map(([start, sources]) => {
        /** @type {Set<string>} */
        const loaded = new Set();
        const left = sources.map((source) => join(root, 'src', `${source}.ts`));
        for (let next = left.pop(); next !== undefined; next = left.pop()) {
          if (loaded.has(next)) continue;
          loaded.add(next);
          const info = context.getModuleInfo(next);
          // Else a source that has moved would be forgotten without a word.
          if (info === null && next.startsWith(join(root, 'src'))) throw new Error(`no ${next}`);
          left.push(...(info?.importedIds ?? []));
        }
        return [start, loaded];
      }),
    );
    const starts = [...loadedBy].filter(([, loaded]) => loaded.has(id)).map(([start]) => start);
    // The numbers of all countries are loaded where a number is read, by whomever.
    if (/node_modules.libphonenumber-js/.test(id)) return 'numbers';
    // The sandbox needs LiveKit's messages, whatever command it runs for.
    if (/node_modules.(?:@livekit.protocol|@bufbuild.protobuf)/.test(id)) return 'messages';
    if (!starts.includes('program')) return starts.length > 1 ? starts.join('-') : null;
    // Each command comes after that.
    return starts.includes('library') ? 'program-library' : 'program';
  };
}

/**
 * Node’s own modules without `require`, which a program that is bundled into an ES module has not. Other
 * runtimes may have nothing else.
 * @param {string} text
 */
function withBuiltins(text) {
  const found = text.replace(
    /\brequire\("((?:node:)?(?:[a-z_]+)(?:\/[a-z]+)?)"\)/g,
    (call, name) => `(builtin?builtin("${name}"):${call})`,
  );
  return found === text ? text : `var builtin=process.getBuiltinModule;${found}`;
}

/**
 * Writes dist/program, and to it the door dist/library for ES modules. All is CommonJS: measured on Node 20,
 * beyond bare node, as ES modules `--version` would take 25 ms and `resolve` 68, over their budgets; so they
 * take 17 and 54. And Node 22 before 22.12 cannot require ES modules.
 * @param {string} root the checkout
 * @param {string} version of the package
 * @returns {Promise<string[]>} the files that went in, from the checkout
 */
export async function writeBundles(root, version) {
  const { output } = await build({
    cwd: root,
    input: { main: 'src/program/run.ts', index: 'src/index.ts' },
    preserveEntrySignatures: 'allow-extension',
    platform: 'node',
    write: false,
    resolve: {
      alias: {
        // One copy for cosmiconfig, which requires it, and for our own import.
        'js-yaml': join(root, 'node_modules', 'js-yaml', 'dist', 'js-yaml.mjs'),
        // Node finds it as CommonJS, all of it; of its ES modules only what is used comes along.
        rxjs: join(root, 'node_modules', 'rxjs', 'dist', 'esm', 'index.js'),
      },
    },
    transform: { target: 'node20', define: { __VERSION__: JSON.stringify(version) } },
    plugins: [slimmer, sdkInParts],
    onLog: (_, { message }) => {
      throw new Error(message);
    },
    output: {
      format: 'cjs',
      entryFileNames: '[name].cjs',
      // Many a command has a `run`; a stack trace is read by these names.
      chunkFileNames: ({ name, facadeModuleId }) => {
        const source = relative(join(root, 'src'), facadeModuleId ?? root);
        return `${source.startsWith('..') ? name : source.replace(/[\\/]/g, '-').slice(0, -3)}.cjs`;
      },
      esModule: true,
      generatedCode: { symbols: false },
      dynamicImportInCjs: false,
      externalLiveBindings: false,
      // They stand in THIRD-PARTY-NOTICES.txt; in the sources there is only what tools are told.
      comments: false,
      // Names of variables are made short, those of functions and classes left: a stack trace is read by them.
      minify: {
        compress: false,
        mangle: { toplevel: true, keepNames: true },
        codegen: { removeWhitespace: true },
      },
      minifyInternalExports: true,
      codeSplitting: {
        groups: [
          {
            name: groupByStart(root),
            debugName: 'by start',
            includeDependenciesRecursively: false,
          },
        ],
      },
    },
  });
  const chunks = output.filter((file) => file.type === 'chunk');
  const folder = join(root, 'dist', 'program');
  await mkdir(folder, { recursive: true });
  for (const { fileName, code } of chunks) {
    const lines = await transform(withBuiltins(code), {
      minifySyntax: true,
      minifyWhitespace: true,
      platform: 'node',
      target: 'node20',
      lineLimit: LINE_LENGTH,
    });
    await writeFile(join(folder, fileName), lines.code);
  }
  const library = chunks.find(({ name, isEntry }) => name === 'index' && isEntry);
  if (library === undefined) throw new Error('the library has no file');
  const door = join(root, 'dist', 'library');
  await mkdir(door);
  await writeFile(
    join(door, 'index.js'),
    `export {\n  ${library.exports.sort().join(',\n  ')},\n} from '../program/${library.fileName}';\n`,
  );
  return chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .filter((id) => id.startsWith(root))
    .map((id) => relative(root, id).replaceAll('\\', '/'));
}
