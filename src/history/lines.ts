/** Adding to the record and reading it, whatever lies in its files, beside other processes that write. */
import { constants } from 'node:fs';
import { type FileHandle, rename, stat, unlink } from 'node:fs/promises';
import { readEntries } from './entry.ts';
import {
  currentFile,
  DAY_MS,
  DamagedError,
  HISTORY_LIMITS,
  type HistoryLimits,
  isMissing,
  listOldParts,
  makeFolder,
  nextPart,
  type OldPart,
  openPlainFile,
} from './files.ts';

// Adding a line to the record, beside other processes that do the same.

const NEWLINE = 0x0a;

/**
 * Adds a line at the end, in one write: what other processes add stands before or after it.
 * @param line with its end
 * @param durable whether it has to outlive a power failure, which takes some milliseconds
 * @returns whether the file was still the current one afterwards. If not, another process has set
 *   it aside meanwhile, and lines may stand behind this one that were written before it.
 * @throws whatever the file system throws; part of the line may then have been written
 */
export async function appendLine(
  folder: string,
  line: string,
  { durable }: { durable: boolean },
): Promise<boolean> {
  await makeFolder(folder);
  const file = currentFile(folder);
  const handle = await openPlainFile(
    file,
    constants.O_RDWR | constants.O_APPEND | constants.O_CREAT,
  );
  try {
    const { mode, size } = await handle.stat();
    if ((mode & 0o077) !== 0) await handle.chmod(0o600);
    // A line that was torn, by a crash or a full disk, must not swallow this one. If it is only half
    // written yet, by another process, an empty line comes between, which does no harm.
    const bytes = Buffer.from((await endsInside(handle, size)) ? `\n${line}` : line);
    const { bytesWritten } = await handle.write(bytes);
    // The rest of it could end up behind the line of another process: better a torn line.
    if (bytesWritten < bytes.length) {
      throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
    }
    if (durable) await handle.sync();
    return await isStillAt(handle, file);
  } finally {
    await handle.close();
  }
}

/** Whether the last line has no end. */
async function endsInside(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  const { bytesRead } = await handle.read(last, 0, 1, size - 1);
  return bytesRead === 1 && last[0] !== NEWLINE;
}

async function isStillAt(handle: FileHandle, file: string): Promise<boolean> {
  try {
    const [opened, there] = await Promise.all([
      handle.stat({ bigint: true }),
      stat(file, { bigint: true }),
    ]);
    return opened.ino === there.ino && opened.dev === there.dev;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Of one file, only this much of its end is read: more than we ever write into one. */
const MOST_BYTES = 2 * HISTORY_LIMITS.partBytes;

/** Called with what cannot be read; the rest is read all the same. */
export type OnUnreadable = (file: string, error: unknown) => void;

/**
 * The lines of the record, of all its files, oldest first; any of them may be no entry at all.
 * What was in the record when this began is among them, also when a file is set aside meanwhile.
 */
export async function readLines(folder: string, onUnreadable: OnUnreadable): Promise<string[]> {
  // Opened before the others are listed: if it is set aside in between, it is met again among them.
  const current = await openIfThere(currentFile(folder), onUnreadable);
  try {
    const parts: string[][] = [];
    for (const file of await oldFiles(folder, onUnreadable)) {
      const part = await openIfThere(file, onUnreadable);
      try {
        if (part !== null && !(await areSame(part, current))) {
          parts.push(await readEnd(file, part, onUnreadable));
        }
      } finally {
        await part?.close();
      }
    }
    if (current !== null) parts.push(await readEnd(currentFile(folder), current, onUnreadable));
    return parts.flat();
  } finally {
    await current?.close();
  }
}

async function oldFiles(folder: string, onUnreadable: OnUnreadable): Promise<string[]> {
  try {
    return (await listOldParts(folder)).slice(-HISTORY_LIMITS.oldParts).map(({ file }) => file);
  } catch (error) {
    onUnreadable(folder, error);
    return [];
  }
}

async function openIfThere(file: string, onUnreadable: OnUnreadable): Promise<FileHandle | null> {
  try {
    return await openPlainFile(file, constants.O_RDONLY);
  } catch (error) {
    if (!isMissing(error)) onUnreadable(file, error);
    return null;
  }
}

async function areSame(one: FileHandle, other: FileHandle | null): Promise<boolean> {
  if (other === null) return false;
  const [a, b] = await Promise.all([one.stat({ bigint: true }), other.stat({ bigint: true })]);
  return a.ino === b.ino && a.dev === b.dev;
}

async function readEnd(
  file: string,
  handle: FileHandle,
  onUnreadable: OnUnreadable,
): Promise<string[]> {
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - MOST_BYTES);
    const buffer = Buffer.alloc(size - start);
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(
        buffer,
        filled,
        buffer.length - filled,
        start + filled,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const lines = buffer.toString('utf8', 0, filled).split('\n');
    const hasEntry = lines.some((line) => readEntries([line]).length > 0);
    if (filled > 0 && !hasEntry) onUnreadable(file, new DamagedError());
    return lines;
  } catch (error) {
    onUnreadable(file, error);
    return [];
  }
}

// Keeping the record small: what is full or old is set aside, and in the end deleted.

interface TidyOptions {
  /** Entries are kept for about this many days. */
  days: number;
  /** Wall clock, ms since 1970. */
  nowMs: number;
  limits: HistoryLimits;
}

/** The time of an entry stands near its beginning. */
const FIRST_BYTES = 256;

/**
 * Sets the current file aside when it is full, or when it goes back too far to be deleted in time;
 * deletes what is older than the limit, or too much. Nothing is locked: whoever still has a file
 * open that is set aside writes on into it, under its new name.
 * @throws whatever the file system throws
 */
export async function rotate(folder: string, options: TidyOptions): Promise<void> {
  const old = await listOldParts(folder);
  const current = currentFile(folder);
  if (await isDue(current, options)) {
    const next = nextPart(folder, old);
    if (await done(rename(current, next.file))) old.push(next);
  }
  for (const part of await outlived(old, options)) await done(unlink(part.file));
}

/** Whether there was anything to do it to: another process may have been quicker. */
async function done(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function isDue(file: string, { days, nowMs, limits }: TidyOptions): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof openPlainFile>>;
  try {
    handle = await openPlainFile(file, constants.O_RDONLY);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size > limits.partBytes) return true;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    const time = /"time":"([^"]*)"/.exec(buffer.toString('latin1', 0, bytesRead))?.[1];
    // A quarter of the limit: then a file is never much older than what is newest in it.
    return time !== undefined && nowMs - Date.parse(time) > (days * DAY_MS) / 4;
  } finally {
    await handle.close();
  }
}

/** The newest of the old files stays in any case: a clock that jumps must not empty the record. */
async function outlived(
  old: readonly OldPart[],
  { days, nowMs, limits }: TidyOptions,
): Promise<OldPart[]> {
  const tooMany = old.slice(0, Math.max(0, old.length - limits.oldParts));
  const rest = old.slice(tooMany.length, -1);
  const ages = await Promise.all(
    rest.map(async (part) => {
      const found = await stat(part.file).catch(() => null);
      return found === null ? 0 : nowMs - found.mtimeMs;
    }),
  );
  return [...tooMany, ...rest.filter((_, index) => (ages[index] ?? 0) > days * DAY_MS)];
}
