// The licence notices of every package that went into dist/.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LICENCE_FILES = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE', 'LICENSE-MIT'];

/** The folder of the package that an input of the bundle came from, or null for our own source. */
function packageFolder(/** @type {string} */ input) {
  return /^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? null;
}

/**
 * @param {string} root the checkout
 * @param {string[]} inputs of all bundles, from the checkout
 */
export async function writeNotices(root, inputs) {
  const folders = new Set(inputs.map(packageFolder));
  folders.delete(null);
  const notices = [];
  for (const folder of [...folders].sort()) {
    const home = join(root, String(folder));
    const about = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    let licence = '';
    for (const name of LICENCE_FILES) {
      licence ||= await readFile(join(home, name), 'utf8').catch(() => '');
    }
    notices.push(`${about.name} ${about.version} (${about.license})\n\n${licence.trim()}\n`);
  }
  await writeFile(
    join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'),
    `This program contains the following packages.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`,
  );
}
