/**
 * Puts a file where there is none, or where its predecessor may go: whole, or not at all. Whoever
 * reads it meanwhile finds all of it, the old one, or none.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Makes the error for a file that cannot be written; whoever asks knows what the file is for.
 * @param why a clause: `it is a folder`
 * @param hint the next step, where there is one
 */
export type Refusal = (why: string, hint?: string) => Error;

/**
 * Checks where a file is to be written.
 * @param file absolute path
 * @param folderHint for a folder of that name: what to name instead
 * @returns whether a file is there already
 * @throws what `refusal` makes, where none can be: no folder, a folder of that name, a link to nowhere
 */
export function isTaken(file: string, refusal: Refusal, folderHint?: string): boolean {
  const folder = dirname(file);
  if (inspectPath(folder, statSync, refusal)?.isDirectory() !== true) {
    throw refusal(`there is no folder ${folder}`, 'Make the folder first.');
  }
  if (inspectPath(file, lstatSync, refusal) === null) return false;
  const found = inspectPath(file, statSync, refusal);
  if (found === null) {
    throw refusal('it is a link to a file that is not there', 'Remove the link first.');
  }
  if (found.isDirectory()) throw refusal('it is a folder', folderHint);
  if (!found.isFile()) throw refusal('it is not an ordinary file');
  return true;
}

/**
 * Writes a file; one that is replaced leaves it its rights. Where a link leads to the file that is
 * replaced, the link stays. No step waits: a signal comes before or after.
 * @param file absolute path, as `isTaken` was content with it
 * @param replace whether a file that is there may go; if not, one that has turned up meanwhile stays
 * @param mode the rights of a file that is new, save what the process's mask takes away
 * @returns false when it did not write, since a file is there
 * @throws what `refusal` makes, when the system refuses; nothing is left of the attempt then
 */
export function writeWhole(
  file: string,
  text: string,
  replace: boolean,
  refusal: Refusal,
  mode = 0o666,
): boolean {
  let temporary: string | null = null;
  try {
    const old = replace ? inspectPath(file, statSync, refusal) : null;
    const target = old === null ? file : realpathSync(file);
    const name = `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`;
    temporary = join(dirname(target), name);
    writeFileSync(temporary, text, { flag: 'wx', flush: true, mode });
    if (old !== null) chmodSync(temporary, old.mode & 0o777);
    if (replace) renameSync(temporary, target);
    else return linkNew(temporary, target, text, mode);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause; // not the system's: a bug, and reported as one
    throw refusal(`the system refuses (${code})`);
  } finally {
    if (temporary !== null) discard(temporary);
  }
}

/** What cannot be taken away is no news beside what happened before. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
  }
}

/** A second name for a file is given only where there is none: renaming would replace it. */
function linkNew(temporary: string, target: string, text: string, mode: number): boolean {
  try {
    linkSync(temporary, target);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // File systems without such links; the next best refuses to replace as well.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw cause;
    try {
      writeFileSync(target, text, { flag: 'wx', flush: true, mode });
    } catch (second) {
      if ((second as NodeJS.ErrnoException).code === 'EEXIST') return false;
      rmSync(target, { force: true });
      throw second;
    }
  }
  return true;
}

/** @returns null where nothing is */
function inspectPath(file: string, stat: (path: string) => Stats, refusal: Refusal): Stats | null {
  try {
    return stat(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw refusal(`it cannot be looked at (${code})`);
  }
}
