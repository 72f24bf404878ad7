// Which modules load together. esbuild makes a chunk of whatever the same entries reach, and with a
// score of commands that is some forty small files for one of them: each costs the start of the
// program a third of a millisecond or more.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * By paths below src/, with slashes.
 * @type {Readonly<Record<string, RegExp>>}
 */
const TOGETHER = {
  // What everything has.
  base: /^(?:errors|duration|limits|trunk-keys|names|version|foreign-text|wrap|machine|host|config\/words)\.ts$/,
  // What every command has, and completion.
  line: /^(?:help-topic|grammar)\.ts$|^terminal\/(?:output|escape|colour|table|fields|times|progress)\.ts$|^completion\/shells\.ts$|^commands\/context\.ts$/,
  // What it takes to ask LiveKit for calls.
  calls:
    /^livekit\/(?:client|transport|twirp|json|messages|failures|token|server-url|credentials|dial-request)\.ts$|^calls\/(?!caller-list)|^transfer\/outcome\.ts$|^engine\/connect\.ts$/,
  // What it takes to know the transfers that may still come about.
  record:
    /^history\/(?:open-transfers|attempts|entry|patience|read|parts|folder|private|trouble)\.ts$/,
  // What every command has that reads the config.
  config:
    /^config\/(?:load|locations|settings|countries|wait|headers|text|run-config)\.ts$|^destinations\/(?:providers|trunks|departments)\.ts$|^commands\/(?:config-session|package-file)\.ts$|^engine\/load-config\.ts$/,
  // What it takes to read one.
  file: /^config\/(?:file|read|check|inspect|problems|relations|schema|smoke-problems|templates|json-text|number-names|syntax)\.ts$/,
  // What every command has that does.
  session: /^commands\/(?:session|call-list|stdin)\.ts$/,
  // What it takes to find out where a call can go.
  destinations:
    /^destinations\/(?!providers|trunks|departments|countries|first-|prove|template-check)|^engine\/(?:trunk-facts|plan-for)\.ts$|^commands\/trunk-choice\.ts$/,
};

const IMPORT = /(?:from|import)\s*'(\.[^']+)'/g;

/** @param {string} src @param {string} path @returns {string} */
const below = (src, path) => relative(src, path).replaceAll('\\', '/');

/** @param {string} file below src/ */
const chunkOf = (file) => Object.keys(TOGETHER).find((name) => TOGETHER[name]?.test(file)) ?? null;

/**
 * Has modules of one group end up in one chunk: whoever imports one of them from outside imports
 * the others as well, in an order in which nothing changes.
 * @param {string} src
 * @returns {import('esbuild').Plugin}
 */
export function loadedTogether(src) {
  return {
    name: 'loaded-together',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = below(src, path);
        if (file.startsWith('..')) return undefined;
        const text = await readFile(path, 'utf8');
        const wanted = new Set();
        for (const [, target = ''] of text
          .replace(/^(?:import|export) type [^;]*;$/gm, '')
          .matchAll(IMPORT)) {
          wanted.add(chunkOf(below(src, resolve(dirname(path), target))));
        }
        wanted.delete(null);
        wanted.delete(chunkOf(file));
        const groups = [...wanted].map((name) => `import 'together:${name}';`);
        return { contents: `${text}\n${groups.join('\n')}`, loader: 'ts' };
      });
      builder.onResolve({ filter: /^together:/ }, ({ path }) => ({
        path: path.slice('together:'.length),
        namespace: 'together',
      }));
      builder.onLoad({ filter: /.*/, namespace: 'together' }, async ({ path }) => {
        const files = await readdir(src, { recursive: true });
        const members = files
          .map((file) => file.replaceAll('\\', '/'))
          .filter((file) => file.endsWith('.ts') && chunkOf(file) === path);
        const contents = members
          .map((file) => `import ${JSON.stringify(join(src, file))};`)
          .join('\n');
        return { contents, resolveDir: src };
      });
    },
  };
}
