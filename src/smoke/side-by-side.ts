/** A few tests at a time, and never two that would see each other's calls. */

interface Sharing {
  /** What a test has for itself while it runs: its trunk, the numbers that it watches. */
  keys: readonly string[];
}

/**
 * Runs pieces of work side by side, begun in their order as far as what they share allows.
 * @param most how many at a time
 * @param stopped asked before each one: then no more are begun
 */
export async function runSideBySide<Work extends Sharing>(
  works: readonly Work[],
  most: number,
  stopped: () => boolean,
  run: (work: Work) => Promise<void>,
): Promise<void> {
  const waiting = [...works];
  const taken = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const begin = (work: Work) => {
    for (const key of work.keys) taken.add(key);
    const running = run(work).finally(() => {
      for (const key of work.keys) taken.delete(key);
      underWay.delete(running);
    });
    // Heard of below; a second one that fails meanwhile must not bring the process down.
    running.catch(() => {});
    underWay.add(running);
  };
  while (waiting.length > 0 || underWay.size > 0) {
    while (underWay.size < most && !stopped()) {
      const next = waiting.findIndex(({ keys }) => !keys.some((key) => taken.has(key)));
      const [work] = next === -1 ? [] : waiting.splice(next, 1);
      if (work === undefined) break;
      begin(work);
    }
    if (underWay.size === 0) return;
    await Promise.race(underWay);
  }
}
