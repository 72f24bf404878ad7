/** What the package ships beside the program. */
import { fileURLToPath } from 'node:url';

/**
 * Finds a file of the package, from dist/ as from src/.
 * @param path from the package's own folder, with slashes
 * @returns its absolute path
 */
export function packageFile(path: string): string {
  let folder = new URL('.', import.meta.url);
  if (folder.pathname.endsWith('/commands/')) folder = new URL('..', folder);
  return fileURLToPath(new URL(`../${path}`, folder));
}
