/** Names that people type: departments, their aliases, and the ones they nearly typed. */

/**
 * The form in which names are compared: case and runs of blanks do not matter.
 * `  New   Business ` and `new business` are one name.
 */
export function foldName(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase();
}

/**
 * The candidates that a mistyped word may have meant, nearest first, as they are written.
 * @param limit how many at most
 */
export function nearestNames(word: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = foldName(word).slice(0, 60);
  const reach = Math.max(1, Math.floor(wanted.length / 3));
  const near: { name: string; distance: number }[] = [];
  for (const name of candidates) {
    const folded = foldName(name).slice(0, 60);
    const starts = wanted.length >= 3 && folded.startsWith(wanted);
    const distance = starts ? 0.5 : editDistance(wanted, folded, reach);
    if (distance <= reach) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance);
  return near.slice(0, limit).map(({ name }) => name);
}

/**
 * How many slips of the finger apart two words are: a letter too many, too few, wrong, or two
 * swapped. Stops counting beyond `reach`.
 */
function editDistance(a: string, b: string, reach: number): number {
  if (Math.abs(a.length - b.length) > reach) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] as number) + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}
