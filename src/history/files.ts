/**
 * The files of the record, and how small ones beside it are kept. One file of the record is written to;
 * when it is full it is renamed, under a number that goes up and a word of chance, so that two processes
 * that do so at once never overwrite anything. The number, not a time, is what orders them: the clock
 * may jump.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, posix, win32 } from 'node:path';

// What can be wrong with the files of the record, in words.

/** Something else lies where a file of the record belongs. */
class NotAFileError extends Error {
  override name = 'NotAFileError';
}

/** A file of the record in which nothing is an entry: there may have been some. */
export class DamagedError extends Error {
  override name = 'DamagedError';
}

/** The file system did not answer. */
export class TooSlowError extends Error {
  override name = 'TooSlowError';
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file may not grow further',
  EROFS: 'the disk is read-only',
  ENOENT: 'its folder cannot be created',
  EIO: 'the disk fails',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'there is a file in place of its folder',
  EEXIST: 'there is a file in place of its folder',
  EISDIR: 'there is something else in its place',
  ELOOP: 'there is a symbolic link in its place',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** What the system calls it. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Why a file of the record could not be used: half a sentence, without its end. */
export function describeFsError(error: unknown): string {
  if (error instanceof NotAFileError) return 'something that is not a file is in its place';
  if (error instanceof DamagedError) return 'its content is damaged';
  if (error instanceof TooSlowError) return 'the disk does not answer';
  const code = codeOf(error);
  const known = code === undefined ? undefined : WORDS[code];
  if (known !== undefined) return `${known} (${code})`;
  return code ?? String(error);
}

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

/** How large the record may become. Together with what is being written: some 4 MB. */
export interface HistoryLimits {
  /** The file that is written to is set aside above this many bytes. */
  partBytes: number;
  /** This many files that were set aside are kept. */
  oldParts: number;
}

export const HISTORY_LIMITS: HistoryLimits = { partBytes: 512 * 1024, oldParts: 7 };

export const DAY_MS = 86_400_000;

// A small file beside the record, which the program can do without: trouble with it is no trouble.

/**
 * Reads a file that this user alone can have written.
 * @param userId who this user is; null: the system has no such number
 * @param most bytes
 * @returns null where there is none, or anything else is in its place: a link, somebody else's, a large one
 */
export async function readOwnFile(
  folder: string,
  name: string,
  { most, userId }: { most: number; userId: number | null },
): Promise<string | null> {
  let handle: FileHandle | undefined;
  try {
    handle = await openPlainFile(join(folder, name), constants.O_RDONLY);
    const { uid, mode, size } = await handle.stat();
    const isOwn = userId === null || (uid === userId && (mode & 0o022) === 0);
    if (!isOwn || size > most) return null;
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await handle.read(buffer, 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (codeOf(error) === undefined && !(error instanceof NotAFileError)) throw error;
    return null;
  } finally {
    await handle?.close();
  }
}

/** Whether anything lies there that `readOwnFile` may have turned away. */
export async function isThere(folder: string, name: string): Promise<boolean> {
  return lstat(join(folder, name)).then(
    () => true,
    (error: unknown) => !isMissing(error),
  );
}

/**
 * Writes such a file anew, for this user alone: whole, or not at all. What is in its place goes.
 * @returns whether it was written
 */
export async function writeOwnFile(folder: string, name: string, text: string): Promise<boolean> {
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await makeFolder(folder);
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, join(folder, name));
    return true;
  } catch (error) {
    await unlink(temporary).catch(() => {});
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}

// Where the record of transfers lies.

/**
 * The folder for what this program keeps of its runs: `$XDG_STATE_HOME/lk-transfer` if that variable
 * is absolute (the XDG specification has relative ones ignored), on every system; else
 * `%LOCALAPPDATA%\lk-transfer` on Windows and `~/.local/state/lk-transfer` everywhere else, macOS
 * included, as with the config. Local, not roaming: a record belongs to the machine it was made on.
 */
export function historyFolder(host: {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
}): string {
  const path = host.platform === 'win32' ? win32 : posix;
  const xdg = host.env.XDG_STATE_HOME;
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'lk-transfer');
  if (host.platform !== 'win32') return path.join(host.home, '.local', 'state', 'lk-transfer');
  const localAppData = host.env.LOCALAPPDATA;
  return localAppData !== undefined && path.isAbsolute(localAppData)
    ? path.join(localAppData, 'lk-transfer')
    : path.join(host.home, 'AppData', 'Local', 'lk-transfer');
}

// A disk that does not answer must not hold up a call.

/** A disk that has not answered after this many ms is not waited for. */
const PATIENCE_MS = 2000;
/** It is waited for in so many steps. */
const PATIENCE_STEPS = 20;

/**
 * Waits for some work, but not for ever. What is counted is time in which this process could have heard
 * of an answer: one that was stopped, or got no turn on a busy machine, knows nothing of the disk.
 * @returns false when it took too long: it goes on, and nobody waits for it
 * @throws whatever the work throws in time
 */
export async function finishesInTime(work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const late = new Promise<boolean>((resolve) => {
    let steps = 0;
    // Steps that were missed are not made up for.
    timer = setInterval(() => {
      steps += 1;
      if (steps === PATIENCE_STEPS) resolve(false);
    }, PATIENCE_MS / PATIENCE_STEPS);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearInterval(timer);
  }
}
