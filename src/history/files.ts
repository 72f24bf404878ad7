/**
 * The files of the record. One is written to; when it is full it is renamed, under a number that
 * goes up and a word of chance, so that two processes that do so at once never overwrite anything.
 * The number, not a time, is what orders them: the clock may jump.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, isMissing, NotAFileError } from './trouble.ts';

const OLD_PART = /^history-(\d{6,12})-[0-9a-f]{8}\.jsonl$/;

/** A file that was set aside. */
export interface OldPart {
  file: string;
  number: number;
}

/** The file that is written to. */
export function currentFile(folder: string): string {
  return join(folder, 'history.jsonl');
}

/**
 * The files that were set aside, oldest first.
 * @throws whatever the file system throws, unless the folder is missing
 */
export async function listOldParts(folder: string): Promise<OldPart[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const number = OLD_PART.exec(name)?.[1];
      return number === undefined ? [] : [{ file: join(folder, name), number: Number(number) }];
    })
    .sort((a, b) => a.number - b.number || (a.file < b.file ? -1 : 1));
}

/** A name for the next file that is set aside. */
export function nextPart(folder: string, old: readonly OldPart[]): OldPart {
  const number = (old.at(-1)?.number ?? 0) + 1;
  const name = `history-${String(number).padStart(6, '0')}-${randomBytes(4).toString('hex')}.jsonl`;
  return { file: join(folder, name), number };
}

/**
 * Makes a folder and those above it, for this user alone. Step by step: where a folder is there and
 * takes no other (/proc, some network disks), Node's own recursive way tries for ever, and so keeps
 * the program from ending.
 * @throws whatever the file system throws
 */
export async function makeFolder(folder: string): Promise<void> {
  const make = () =>
    mkdir(folder, { mode: 0o700 }).catch((error) => {
      // A file in its place is met soon enough.
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const above = dirname(folder);
    if (!isMissing(error) || above === folder) throw error;
    await makeFolder(above);
    await make();
  }
}

/**
 * Opens a file of the record, which must be a plain one: a pipe in its place would block for ever
 * (it is opened without waiting, and then refused), and a symbolic link could lead anywhere.
 * @param flags of `open`, beside those
 * @throws NotAFileError, or whatever the file system throws
 */
export async function openPlainFile(file: string, flags: number): Promise<FileHandle> {
  // Windows has neither of these two; there they are undefined, and count as 0.
  const handle = await open(file, flags | constants.O_NONBLOCK | constants.O_NOFOLLOW, 0o600);
  try {
    if (!(await handle.stat()).isFile()) throw new NotAFileError(file);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}
