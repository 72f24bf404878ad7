/** Which choices fit what is typed, best first. */

export interface Choice<Value> {
  /** Safe to print. */
  name: string;
  value: Value;
  /** What stands there once it is chosen, where the name is too long for that. */
  short?: string;
  description?: string;
  /** What it goes by, when that is more than how its name begins: a department and its aliases. */
  words?: readonly string[];
}

/** A choice made of the typed text itself. */
export interface TypedChoice<Value> extends Choice<Value> {
  /** The text is no mere search: it names a place by itself, and goes before what it happens to fit. */
  first: boolean;
}

/** How well a choice fits: the smaller, the better; null does not fit at all. */
function rankOf<Value>({ name, words = [name] }: Choice<Value>, wanted: string): number | null {
  const folded = words.map((word) => word.toLowerCase());
  if (folded.includes(wanted)) return 0;
  if (folded.some((word) => word.startsWith(wanted))) return 2;
  return [name, ...words].some((text) => text.toLowerCase().includes(wanted)) ? 3 : null;
}

/** Between an exact name and the beginning of one. */
const TYPED_FIRST = 1;
const TYPED_LAST = 4;

/**
 * Finds what fits.
 * @param typed as typed; blanks around it do not count, nor does case
 * @param asChoice makes a choice of the text itself; left out, only the list counts
 */
export function search<Value>(
  choices: readonly Choice<Value>[],
  typed: string,
  asChoice?: (text: string) => TypedChoice<Value>,
): Choice<Value>[] {
  const text = typed.trim();
  if (text === '') return [...choices];
  const wanted = text.toLowerCase();
  const ranked = choices.flatMap((choice) => {
    const rank = rankOf(choice, wanted);
    return rank === null ? [] : [{ choice, rank }];
  });
  if (asChoice !== undefined) {
    const choice = asChoice(text);
    ranked.push({ choice, rank: choice.first ? TYPED_FIRST : TYPED_LAST });
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ choice }) => choice);
}
