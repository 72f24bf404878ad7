/** What is to be done when the tests of a file are over; test/support/setup.ts does it. */

const cleanups: (() => unknown)[] = [];

/** Does something when the tests of the file are over. */
export function atTheEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0)) await cleanup();
}
