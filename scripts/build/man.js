// The manual page, dist/man/lk-transfer.1, which an installation by `npm install --global` links.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * @param {string} root the checkout
 * @param {string} version of the package
 */
export async function writeManPage(root, version) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['scripts/build/man-page.ts'],
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    define: { __VERSION__: JSON.stringify(version) },
    write: false,
  });
  const folder = join(root, 'dist', 'man');
  await mkdir(folder, { recursive: true });
  // Beside the packages that it imports, which a data URL could not.
  const code = join(folder, 'man-page.mjs');
  await writeFile(code, outputFiles[0]?.contents ?? '');
  const { manPage } = await import(pathToFileURL(code).href);
  await rm(code);
  await writeFile(join(folder, 'lk-transfer.1'), manPage());
}
