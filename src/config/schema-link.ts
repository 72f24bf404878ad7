/** What a config file names as its schema, so that editors find it. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the schema lies in a project that has installed this package. */
const INSTALLED = join('node_modules', 'lk-transfer', 'schema', 'transfer.schema.json');

/**
 * Finds the link from a config file to its schema. In a project that has the package, and in the
 * package's own checkout, the link is relative: the file can be shared. Otherwise it is the address
 * of the file on this machine, where the tool is installed for everybody; on another machine an
 * editor does not find it, and the program does not mind.
 * @param configFile absolute path, in a folder that exists
 * @param packaged absolute path of the schema that this program ships
 */
export function schemaLink(configFile: string, packaged: string): string {
  const folder = realpathSync(dirname(configFile));
  const link = (file: string) => {
    const path = relative(folder, file).split(sep).join('/');
    return path.startsWith('..') ? path : `./${path}`;
  };
  for (let above = folder; ; above = dirname(above)) {
    const installed = join(above, INSTALLED);
    if (existsSync(installed)) return link(installed);
    if (dirname(above) === above) break;
  }
  const below = link(packaged);
  // Editors read it as part of an address, and the comment of YAML ends at a blank.
  return /^\.\/[\w@./+-]+$/.test(below) ? below : pathToFileURL(packaged).href;
}
