/** Adding a line to the record, beside other processes that do the same. */
import { constants } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import { currentFile, makeFolder, openPlainFile } from './files.ts';
import { isMissing } from './trouble.ts';

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
