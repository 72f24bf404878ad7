/** What the package ships beside the program. */
import { join } from 'node:path';

/**
 * Finds a file of the package, from dist/program/ as from src/core/.
 * @param path from the package's own folder, with slashes
 * @returns its absolute path
 */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '..', '..', ...path.split('/'));
}
