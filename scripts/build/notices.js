// The licence notices of every package that went into dist/.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As they are called: LICENSE, licence.md, LICENSE-MIT.txt. */
const LICENCE_FILE = /^licen[cs]e/i;
/** The comment that a source begins with, up to what it says of itself. */
const LEADING_COMMENT = /^(?:\/\/(?! Author:| @generated).*\n)+/;

/** The folder of the package that an input of the bundle came from, or null for our own source. */
function packageFolder(/** @type {string} */ input) {
  return /^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? null;
}

/**
 * What a package says of its licence: the text that it ships, or else the notices in its sources.
 * @param {string} home its folder
 * @param {string[]} sources of it that went in
 * @returns {Promise<string>}
 * @throws Error when it says nothing
 */
async function licenceOf(home, sources) {
  const file = (await readdir(home)).find((name) => LICENCE_FILE.test(name));
  if (file !== undefined) return readFile(join(home, file), 'utf8');
  const texts = await Promise.all(sources.map((source) => readFile(source, 'utf8')));
  const notices = new Set(texts.flatMap((text) => LEADING_COMMENT.exec(text)?.[0] ?? []));
  if (notices.size === 0) throw new Error(`${home} has no licence text`);
  return [...notices].map((notice) => notice.replace(/^\/\/ ?/gm, '')).join('\n');
}

/**
 * @param {string} root the checkout
 * @param {string[]} inputs of all bundles, from the checkout
 */
export async function writeNotices(root, inputs) {
  /** @type {Map<string, Set<string>>} */
  const sources = new Map();
  for (const input of inputs) {
    const folder = packageFolder(input);
    if (folder === null) continue;
    sources.set(folder, (sources.get(folder) ?? new Set()).add(join(root, input)));
  }
  /** @type {Map<string, string[]>} each text once, with all the packages that it is of */
  const notices = new Map();
  for (const folder of [...sources.keys()].sort()) {
    const home = join(root, folder);
    const about = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    const licence = (await licenceOf(home, [...(sources.get(folder) ?? [])].sort())).trim();
    const named = `${about.name} ${about.version} (${about.license})`;
    notices.set(licence, [...(notices.get(licence) ?? []), named]);
  }
  const texts = [...notices].map(([licence, named]) => `${named.join('\n')}\n\n${licence}\n`);
  await writeFile(
    join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'),
    `This program contains the following packages.\n\n${texts.join(`\n${'-'.repeat(72)}\n\n`)}`,
  );
}
