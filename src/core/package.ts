/** The package itself: its version, and the files it ships beside the program. */
import { join } from 'node:path';

/** Put in by the build, from package.json. */
declare const __VERSION__: string;

export const version: string = __VERSION__;

/**
 * Finds a file of the package, from dist/program/ as from src/core/.
 * @param path from the package's own folder, with slashes
 * @returns its absolute path
 */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '..', '..', ...path.split('/'));
}
