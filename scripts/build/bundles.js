// The two bundles of dist/, both split into chunks so that whoever runs them loads only what is used.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { slimmer } from './slimmer.js';

/** @satisfies {import('esbuild').TransformOptions} */
const WRITING = {
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // Node prints the whole line of an error that nobody catches, before the error itself.
  lineLimit: 160,
};

/**
 * @param {string} root the checkout
 * @returns {Promise<import('esbuild').BuildOptions & { plugins: import('esbuild').Plugin[] }>}
 */
async function whatBothHave(root) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return {
    ...WRITING,
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
      // Of its front door only the tokens are used; the clients behind it bring all messages along.
      'livekit-server-sdk': './node_modules/livekit-server-sdk/dist/AccessToken.js',
    },
    define: { __VERSION__: JSON.stringify(version) },
    plugins: slimmer,
  };
}

/**
 * The library, as ES modules.
 * @param {string} root the checkout
 * @returns {Promise<string[]>} the files that went in
 */
export async function bundleLibrary(root) {
  const { metafile } = await build({
    ...(await whatBothHave(root)),
    entryPoints: { index: 'src/index.ts' },
    outdir: 'dist/library',
    // Bundled CommonJS packages call require for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/**
 * Escapes what stands in regular expressions and templates; esbuild has escaped the strings. A single
 * other character makes V8 hold, and read, the whole file in two bytes a character.
 * @param {string} code
 */
function inAscii(code) {
  // Such a pair is one escape, of which this would make two characters.
  if (/\\[^\0-\x7f]/.test(code)) throw new Error('a backslash stands before a foreign character');
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The program, as CommonJS: on Node 20 the loader of ES modules takes 8 ms to start and another
 * millisecond a file. esbuild splits into ES modules only, so each chunk is rewritten on its own.
 * @param {string} root the checkout
 * @returns {Promise<string[]>} the files that went in
 */
export async function bundleProgram(root) {
  const common = await whatBothHave(root);
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: { main: 'src/main.ts' },
    outdir: 'dist/program',
    outExtension: { '.js': '.cjs' },
    write: false,
    metafile: true,
  });
  await mkdir(join(root, 'dist', 'program'), { recursive: true });
  for (const { path, text } of outputFiles) {
    const { code, warnings } = await transform(text, {
      ...WRITING,
      format: 'cjs',
      supported: { 'dynamic-import': false },
      define: { 'import.meta.dirname': '__dirname' },
    });
    // Such as an import.meta that CommonJS does not have: it would be undefined without a word.
    if (warnings.length > 0) throw new Error(`${path}: ${warnings[0]?.text}`);
    await writeFile(path, inAscii(code));
  }
  return Object.keys(metafile.inputs);
}
