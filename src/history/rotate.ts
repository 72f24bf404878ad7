/** Keeping the record small: what is full or old is set aside, and in the end deleted. */
import { constants } from 'node:fs';
import { rename, stat, unlink } from 'node:fs/promises';
import {
  currentFile,
  DAY_MS,
  type HistoryLimits,
  isMissing,
  listOldParts,
  nextPart,
  type OldPart,
  openPlainFile,
} from './files.ts';

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
