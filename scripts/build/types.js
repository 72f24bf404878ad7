// The types of the library: declarations of src/index.ts and of all that it shows, in dist/types. They
// are of CommonJS, as the library is; ES modules have a door to them as they have one to the library.
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'rolldown/utils';

/** What TypeScript writes: one name a statement. */
const DECLARATION =
  /^(?:export )?(?:declare )?(?:const|function|class|interface|type|enum) (?!\{)([\w$]+)/;
/** An import or an export: of everything under one name, or of names, perhaps from a neighbour. */
const NEIGHBOUR =
  /^(?:import|export) (?:type )?(?:\* as ([\w$]+)|\{([^}]*)\})(?: from '(?:(\.[^']*)\.ts|[^']*)')?;$/;

/**
 * A statement of a file of declarations: its text with the comment before it, the names that it
 * declares, imports or exports, and what it takes from which other file (null: everything).
 * @typedef {{ text: string, names: string[], file: string | null, taken: string[] | null }} Statement
 */

/**
 * @param {string} root the checkout
 */
export async function writeTypes(root) {
  const folder = join(root, 'dist', 'types');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--project', 'tsconfig.types.json', '--outDir', folder, '--singleThreaded'];
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: root });
  /** @type {Map<string, Statement[]>} */
  const files = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path, await readStatements(path));
  }
  const shown = shownBy(join(folder, 'index.d.ts'), files);
  for (const [path, statements] of files) {
    const kept = statements.filter((statement) => shown.has(statement));
    if (kept.length === 0) await rm(path);
    else await writeFile(path, `${kept.map(({ text }) => text.trim()).join('\n')}\n`);
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  await writeFile(join(folder, 'index.d.mts'), "export * from './index.js';\n");
}

/** @param {string} path @returns {Promise<Statement[]>} */
async function readStatements(path) {
  const text = await readFile(path, 'utf8');
  const { program, errors } = await parse(path, text, { lang: 'dts' });
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  let start = 0;
  return program.body.map(({ end }) => {
    const own = text.slice(start, end);
    start = end;
    return readStatement(path, own);
  });
}

/** @param {string} path @param {string} text @returns {Statement} */
function readStatement(path, text) {
  const code = withoutComments(text).trim();
  const [, declared] = DECLARATION.exec(code) ?? [];
  if (declared !== undefined && !code.includes('import(')) {
    return { text, names: [declared], file: null, taken: [] };
  }
  const [, whole, listed, from] = NEIGHBOUR.exec(code) ?? [];
  if (whole === undefined && listed === undefined) throw new Error(`${path}: ${code}`);
  const pairs = (listed ?? '').matchAll(/(?:type )?([\w$]+)(?: as ([\w$]+))?,?/g);
  const both = [...pairs].map(([, taken = '', named = taken]) => ({ taken, named }));
  return {
    // The sources name their neighbours as .ts, and whoever reads the package as .js.
    text: text.replace(/\.ts(?=';$)/, '.js'),
    names: whole === undefined ? both.map(({ named }) => named) : [whole],
    file: from === undefined ? null : join(dirname(path), `${from}.d.ts`),
    taken: whole === undefined ? both.map(({ taken }) => taken) : null,
  };
}

/** @param {string} text */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, '');
}

/**
 * @param {string} door whose every statement is shown
 * @param {Map<string, Statement[]>} files
 * @returns {Set<Statement>} those and all that they speak of
 */
function shownBy(door, files) {
  /** @type {Set<Statement>} */
  const shown = new Set();
  const show = (/** @type {string} */ path, /** @type {Statement} */ statement) => {
    if (shown.has(statement)) return;
    shown.add(statement);
    const { file, taken } = statement;
    if (file !== null) showNames(file, taken);
    else showNames(path, withoutComments(statement.text).match(/[\w$]+/g) ?? []);
  };
  const showNames = (/** @type {string} */ path, /** @type {string[] | null} */ names) => {
    for (const statement of files.get(path) ?? []) {
      if (names === null || statement.names.some((name) => names.includes(name))) {
        show(path, statement);
      }
    }
  };
  showNames(door, null);
  return shown;
}
