/** A few tests at a time, and never two that would see each other's calls. */

interface Sharing {
  /** What a test has for itself while it runs: its trunk, the numbers that it watches. */
  keys: readonly string[];
}

/**
 * Runs pieces of work side by side, begun in their order as far as what they share allows.
 * @param most how many at a time
 * @param stopped asked before each one: then no more are begun
 * @throws what the first piece that failed has thrown: no more are begun after it, and whatever was
 *   under way has come to its end by then, so that nobody takes away what it cleans up with
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
  const failures: unknown[] = [];
  const begin = (work: Work) => {
    for (const key of work.keys) taken.add(key);
    const running = run(work)
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => {
        for (const key of work.keys) taken.delete(key);
        underWay.delete(running);
      });
    underWay.add(running);
  };
  const mayBegin = () => underWay.size < most && failures.length === 0 && !stopped();
  while (waiting.length > 0 || underWay.size > 0) {
    while (mayBegin()) {
      const next = waiting.findIndex(({ keys }) => !keys.some((key) => taken.has(key)));
      const [work] = next === -1 ? [] : waiting.splice(next, 1);
      if (work === undefined) break;
      begin(work);
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay);
  }
  if (failures.length > 0) throw failures[0];
}
