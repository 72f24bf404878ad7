/** A new config file: its text, the link to its schema, and writing it whole or not at all. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../core/errors.ts';
import * as wholeFile from '../core/whole-file.ts';
import { parseConfigJson } from './json.ts';
import { escapeInvisible } from './text.ts';
import type { TransferConfig } from './types.ts';
import type { ConfigFormat } from './words.ts';

/**
 * Says whether a config file is there already.
 * @param file absolute path
 * @throws ConfigError where none can be: no folder, a folder of that name, a link to nowhere
 */
export function isFileTaken(file: string): boolean {
  return wholeFile.isTaken(
    file,
    refusalOf(file),
    `Name the file in it: ${join(file, 'NAME.json')}`,
  );
}

/**
 * Writes a config file.
 * @param file absolute path, as `isFileTaken` was content with it
 * @param replace whether to replace a file that is there, one that has turned up meanwhile included
 * @returns false when it did not write, since a file is there
 * @throws ConfigError when the system refuses
 */
export function writeConfigFile(file: string, text: string, replace: boolean): boolean {
  return wholeFile.writeWhole(file, text, replace, refusalOf(file));
}

function refusalOf(file: string): wholeFile.Refusal {
  return (why, hint) =>
    new ConfigError(`${file} cannot be written: ${why}. Nothing was written.`, { file, hint });
}

// Its text.

/** Writes a config as text; its `$schema` becomes what editors look for in this format. */
export async function configText(config: TransferConfig, format: ConfigFormat): Promise<string> {
  if (format === 'yaml') return (await import('./yaml.ts')).writeYaml(config);
  const { $schema, ...rest } = config;
  return `${escapeInvisible(JSON.stringify({ $schema, ...rest }, null, 2))}\n`;
}

/**
 * Parses the text of a config file; nothing in it is checked yet.
 * @throws SyntaxProblem
 */
export async function parseConfig(text: string, format: ConfigFormat): Promise<unknown> {
  return format === 'json' ? parseConfigJson(text) : (await import('./yaml.ts')).parseYaml(text);
}

// The link to its schema, so that editors find it.

/** The schema's path in a project that has installed this package. */
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
