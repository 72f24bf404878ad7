// The types of the library: declarations of src/index.ts and of all that it shows, in dist/types. They
// are of CommonJS, as the library is; ES modules have a door to them as they have one to the library.
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * @param {string} root the checkout
 */
export async function writeTypes(root) {
  const folder = join(root, 'dist', 'types');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--project', 'tsconfig.types.json', '--outDir', folder];
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: root });
  const shown = await keepShown(join(folder, 'index.d.ts'));
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    if (!shown.has(path)) await rm(path);
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  await writeFile(join(folder, 'index.d.mts'), "export * from './index.js';\n");
}

/** An import of a neighbour, which the sources name as .ts. */
const NEIGHBOUR = /((?:from|import)\s*\(?\s*['"])(\.[^'"]*)\.ts(?=['"])/g;

/**
 * Names modules as they are found, from one declaration on through all that it imports.
 * @param {string} file
 * @param {Set<string>} shown files that have been done
 * @returns {Promise<Set<string>>} all of them: what nothing public speaks of is not among them
 */
async function keepShown(file, shown = new Set()) {
  if (shown.has(file)) return shown;
  shown.add(file);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(NEIGHBOUR, '$1$2.js'));
  for (const [, , target] of text.matchAll(NEIGHBOUR)) {
    await keepShown(join(dirname(file), `${target}.d.ts`), shown);
  }
  return shown;
}
