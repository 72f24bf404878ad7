/** Reading the record, whatever lies in its files, while other processes write to it. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { currentFile, listOldParts, openPlainFile } from './files.ts';
import { LIMITS } from './limits.ts';
import { isMissing } from './trouble.ts';

/** Of one file, only this much of its end is read: more than we ever write into one. */
const MOST_BYTES = 2 * LIMITS.partBytes;

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
    const texts: string[] = [];
    for (const file of await oldFiles(folder, onUnreadable)) {
      const part = await openIfThere(file, onUnreadable);
      try {
        if (part !== null && !(await areSame(part, current))) {
          texts.push(await readEnd(file, part, onUnreadable));
        }
      } finally {
        await part?.close();
      }
    }
    if (current !== null) texts.push(await readEnd(currentFile(folder), current, onUnreadable));
    return texts.flatMap((text) => text.split('\n'));
  } finally {
    await current?.close();
  }
}

async function oldFiles(folder: string, onUnreadable: OnUnreadable): Promise<string[]> {
  try {
    return (await listOldParts(folder)).slice(-LIMITS.oldParts).map(({ file }) => file);
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
): Promise<string> {
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
    return buffer.toString('utf8', 0, filled);
  } catch (error) {
    onUnreadable(file, error);
    return '';
  }
}
