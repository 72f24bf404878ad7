// Chunks of ES modules as CommonJS: esbuild splits into ES modules only, and CommonJS starts sooner.
import { transform } from 'esbuild';
import { minify } from 'rolldown/utils';

/** @satisfies {import('esbuild').TransformOptions} */
export const OUTPUT = {
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
};

/** What esbuild begins a CommonJS module with, and where that ends. */
const HELPERS_END = 'var stdin_exports={};';
/** Uses all that a chunk of ours may need of it. */
const HELPED = "import one from 'one'; import('two'); export { one };";

/**
 * @param {string} path for the message
 * @param {string} text
 * @returns {Promise<{ helpers: string, body: string }>} what esbuild adds, and the module itself
 */
async function transformed(path, text) {
  // Packages that are CommonJS require through a helper, as ES modules would have to.
  const required = text.replace(/\b__require\d*(?=\("(?:node:)?[a-z_/]+"\))/g, 'require');
  const { code, warnings } = await transform(required, {
    ...OUTPUT,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
  });
  // Such as an import.meta that CommonJS does not have: it would be undefined without a word.
  if (warnings.length > 0) throw new Error(`${path}: ${warnings[0]?.text}`);
  const end = code.indexOf(HELPERS_END);
  if (end < 0) throw new Error(`${path} exports nothing`);
  return { helpers: code.slice(0, end), body: code.slice(end) };
}

/** @param {string} helpers @returns {string[]} the names that they declare */
function namesOf(helpers) {
  return [...helpers.matchAll(/(?:^|var |[,;])(__\w+)=/g)].map(([, name = '']) => name);
}

/**
 * Names of variables made short, those of functions and classes left: a stack trace is read by them.
 * @param {string} path for the message
 * @param {string} text CommonJS
 * @param {number} lineLength Node prints the whole line of an error that nobody catches, before the error itself
 */
async function shortened(path, text, lineLength) {
  const { code, errors } = await minify(path, text, {
    module: false,
    compress: false,
    mangle: { toplevel: true, keepNames: true },
  });
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const lines = await transform(code, { ...OUTPUT, lineLimit: lineLength });
  return lines.code;
}

/**
 * Node’s own modules without `require`, which a program that is bundled into an ES module has not.
 * Node 21, and 22 before 22.3, have nothing else.
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
 * @param {{ path: string, text: string }[]} chunks ES modules
 * @param {string} helpersName the file beside them that gets what esbuild would repeat in each
 * @param {number} lineLength
 * @returns {Promise<{ texts: string[], helpers: string }>} the chunks in their order, as CommonJS
 */
export async function toCommonJs(chunks, helpersName, lineLength) {
  const { helpers } = await transformed('helpers', HELPED);
  const known = namesOf(helpers);
  const convert = async (/** @type {typeof chunks[number]} */ { path, text }) => {
    const { helpers: own, body } = await transformed(path, text);
    const foreign = namesOf(own).find((name) => !known.includes(name));
    if (foreign !== undefined) throw new Error(`${path} needs a helper more: ${foreign}`);
    const used = known.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
    const beginning = `var{${used.join(',')}}=require("./${helpersName}");`;
    return shortened(path, beginning + withBuiltins(body), lineLength);
  };
  return {
    texts: await Promise.all(chunks.map(convert)),
    helpers: await shortened(
      'helpers',
      `${helpers}module.exports={${known.join(',')}};`,
      lineLength,
    ),
  };
}
