// The bundles of dist/, all split into chunks so that whoever runs them loads only what is used.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { build, transform } from 'esbuild';
import { slimmer } from './slimmer.js';

/** @satisfies {import('esbuild').TransformOptions} */
const OUTPUT = {
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // Node prints the whole line of an error that nobody catches, before the error itself.
  lineLimit: 160,
};

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

const PLUGINS = [slimmer, sdkInParts];

/**
 * Bundles and splits, without writing the files.
 * @param {string} root the checkout
 * @param {import('esbuild').BuildOptions} options what the two bundles differ in
 */
async function bundle(root, options) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { outputFiles, metafile } = await build({
    ...OUTPUT,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    logLevel: 'warning',
    // cosmiconfig mentions TypeScript for config files that are code; ours never are.
    external: ['typescript'],
    alias: {
      // One copy for cosmiconfig, which requires it, and for our own import.
      'js-yaml': './node_modules/js-yaml/dist/js-yaml.mjs',
    },
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [...PLUGINS],
    ...options,
    metafile: true,
    write: false,
  });
  return { files: outputFiles, inputs: Object.keys(metafile.inputs) };
}

/**
 * Bundled CommonJS packages require Node's own modules. As imports they need no `require`, which an
 * ES module could only make from its own URL: and a program that is bundled to CommonJS has none.
 * @type {import('esbuild').Plugin}
 */
const builtinsByImport = {
  name: 'builtins-by-import',
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) => {
      const isBuiltin = builtinModules.includes(path.replace(/^node:/, ''));
      return kind === 'require-call' && isBuiltin ? { path, namespace: 'builtin' } : undefined;
    });
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `export * from '${path}'; export { default } from '${path}';`,
    }));
  },
};

/**
 * Rewrites one chunk as CommonJS: esbuild splits into ES modules only.
 * @param {string} path for the message
 * @param {string} text
 */
async function toCommonJs(path, text) {
  const { code, warnings } = await transform(text, {
    ...OUTPUT,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
  });
  // Such as an import.meta that CommonJS does not have: it would be undefined without a word.
  if (warnings.length > 0) throw new Error(`${path}: ${warnings[0]?.text}`);
  return code;
}

/**
 * The library: as ES modules in dist/library, and for `require`, which cannot load those before Node
 * 20.19 and 22.12, as CommonJS in dist/commonjs.
 * @param {string} root the checkout
 * @returns {Promise<string[]>} the files that went in
 */
export async function bundleLibrary(root) {
  const folder = join(root, 'dist', 'library');
  const commonJs = join(root, 'dist', 'commonjs');
  const { files, inputs } = await bundle(root, {
    entryPoints: { index: 'src/index.ts' },
    outdir: 'dist/library',
    plugins: [...PLUGINS, builtinsByImport],
  });
  await mkdir(folder, { recursive: true });
  await mkdir(commonJs, { recursive: true });
  for (const { path, contents, text } of files) {
    await writeFile(path, contents);
    await writeFile(join(commonJs, relative(folder, path)), await toCommonJs(path, text));
  }
  await writeFile(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n');
  return inputs.filter((input) => !input.startsWith('builtin:'));
}

/**
 * The program, as CommonJS. Measured on Node 20, beyond bare node: as ES modules `--version` would
 * take 25 ms and `resolve` 68, over their budgets; so rewritten they take 17 and 54.
 * @param {string} root the checkout
 * @returns {Promise<string[]>} the files that went in
 */
export async function bundleProgram(root) {
  const { files, inputs } = await bundle(root, {
    entryPoints: { main: 'src/program/run.ts' },
    outdir: 'dist/program',
    outExtension: { '.js': '.cjs' },
  });
  await mkdir(join(root, 'dist', 'program'), { recursive: true });
  for (const { path, text } of files) await writeFile(path, await toCommonJs(path, text));
  return inputs;
}
