/** A disk that does not answer must not hold up a call. */

/** A disk that has not answered after this many ms is not waited for. */
const PATIENCE_MS = 2000;

/**
 * Waits for some work, but not for ever.
 * @returns false when it took too long: it goes on, and nobody waits for it
 * @throws whatever the work throws in time
 */
export async function settlesInTime(work: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
