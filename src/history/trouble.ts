/** What can be wrong with the files of the record, in words. */

/** Something else lies where a file of the record belongs. */
export class NotAFileError extends Error {
  override name = 'NotAFileError';
}

/** The file system did not answer. */
export class TooSlowError extends Error {
  override name = 'TooSlowError';
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file may not grow any further',
  EROFS: 'the disk is read-only',
  ENOENT: 'its folder cannot be made',
  EIO: 'the disk fails',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a file lies where its folder belongs',
  EEXIST: 'a file lies where its folder belongs',
  EISDIR: 'something else lies in its place',
  ELOOP: 'a symbolic link lies in its place',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** What the system calls it. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Why a file of the record could not be used: half a sentence, without its end. */
export function describeTrouble(error: unknown): string {
  if (error instanceof NotAFileError) return 'something that is no file lies in its place';
  if (error instanceof TooSlowError) return 'the disk does not answer';
  const code = codeOf(error);
  const known = code === undefined ? undefined : WORDS[code];
  if (known !== undefined) return `${known} (${code})`;
  return code ?? String(error);
}
