/** Puts a config file where there is none, or where its predecessor may go: whole, or not at all. */
import { join } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import * as wholeFile from '../core/whole-file.ts';

/**
 * Looks at a place for a config file.
 * @param file absolute path
 * @returns whether a file is there already
 * @throws ConfigError where none can be: no folder, a folder of that name, a link to nowhere
 */
export function isTaken(file: string): boolean {
  return wholeFile.isTaken(
    file,
    refusalOf(file),
    `Name the file in it: ${join(file, 'NAME.json')}`,
  );
}

/**
 * Writes a config file.
 * @param file absolute path, as `isTaken` was content with it
 * @param replace whether a file that is there may go; if not, one that has turned up meanwhile stays
 * @returns false when it did not write, since a file is there
 * @throws ConfigError when the system refuses
 */
export function writeWhole(file: string, text: string, replace: boolean): boolean {
  return wholeFile.writeWhole(file, text, replace, refusalOf(file));
}

function refusalOf(file: string): wholeFile.Refusal {
  return (why, hint) =>
    new ConfigError(`${file} cannot be written: ${why}. Nothing was written.`, { file, hint });
}
