/** Finding among choices, by whatever somebody remembers of one. */

// Which choices fit what is typed, best first.

export interface Choice<Value> {
  /** Safe to print. */
  name: string;
  value: Value;
  /** What stands there once it is chosen, where the name is too long for that. */
  short?: string;
  description?: string;
  /** What it goes by, when that is more than how its name begins: a department and its aliases. */
  words?: readonly string[];
  /** What else is known of it, to be found by: a part of any of these will do. */
  also?: readonly string[];
  /** Phone numbers, found by their digits however these are grouped. */
  numbers?: readonly string[];
}

/** A choice made of the typed text itself. */
export interface TypedChoice<Value> extends Choice<Value> {
  /** The text is no mere search: it names a destination by itself, and goes before what it happens to fit. */
  first: boolean;
}

/** What a choice is found by, made ready once: a live list is searched at every key and every change. */
interface Findable {
  words: readonly string[];
  all: readonly string[];
  digits: readonly string[];
}

const findables = new WeakMap<object, Findable>();

function findableOf(choice: Choice<unknown>): Findable {
  const known = findables.get(choice);
  if (known !== undefined) return known;
  const { name, words = [name], also = [], numbers = [] } = choice;
  const folded = words.map((word) => word.toLowerCase());
  const found = {
    words: folded,
    all: [...folded, ...[name, ...also].map((text) => text.toLowerCase())],
    digits: numbers.map(digitsOf),
  };
  findables.set(choice, found);
  return found;
}

/** What is looked for, in every form that counts. */
interface Wanted {
  text: string;
  digits: readonly string[];
  /** The whole, and each of its words. */
  parts: readonly string[];
}

function wantedOf(typed: string): Wanted {
  const text = typed.toLowerCase();
  const digits = digitForms(text);
  // The groups of a number are not words: each of them may be anywhere in another one.
  return { text, digits, parts: digits.length > 0 ? [text] : [text, ...wordsOf(text)] };
}

/** How well a choice fits: the smaller, the better; null does not fit at all. */
function rankOf(choice: Choice<unknown>, wanted: Wanted): number | null {
  const { words, all, digits } = findableOf(choice);
  if (words.includes(wanted.text)) return 0;
  if (words.some((word) => word.startsWith(wanted.text))) return 2;
  if (wanted.digits.some((form) => digits.some((each) => each.includes(form)))) return 2;
  const has = (part: string) => all.some((text) => text.includes(part));
  const { parts } = wanted;
  return has(wanted.text) || (parts.length > 2 && parts.slice(1).every(has)) ? 3 : null;
}

const wordsOf = (text: string): string[] => text.split(/\s+/);

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** Fewer digits are no part of a number that anybody looks for. */
const FEWEST_DIGITS = 3;
const NUMBER = /^[+\d\s()./\-‐-―]+$/;

/** The digits of what may be a number, and the same without what is dialled before it. */
function digitForms(text: string): string[] {
  const written = text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/^['’‘]/, '');
  if (!NUMBER.test(written)) return [];
  const digits = digitsOf(written.replace('(0)', ''));
  const forms = [digits, digits.replace(/^(?:00|011)/, ''), digits.replace(/^0/, '')];
  return [...new Set(forms)].filter((form) => form.length >= FEWEST_DIGITS);
}

/** Between an exact name and the beginning of one. */
const TYPED_FIRST = 1;
const TYPED_LAST = 4;

/**
 * Finds what fits.
 * @param typed as typed; blanks around it do not count, nor does case
 * @param asChoice makes a choice of the text itself; left out, only the list counts
 * @param isNamed says that a text names a value exactly, in whatever writing
 */
export function search<Value>(
  choices: readonly Choice<Value>[],
  typed: string,
  asChoice?: (text: string) => TypedChoice<Value>,
  isNamed: (text: string, value: Value) => boolean = () => false,
): Choice<Value>[] {
  const text = typed.trim();
  if (text === '') return [...choices];
  const wanted = wantedOf(text);
  const ranked = choices.flatMap((choice) => {
    const rank = isNamed(text, choice.value) ? 0 : rankOf(choice, wanted);
    return rank === null ? [] : [{ choice, rank }];
  });
  if (asChoice !== undefined) {
    const choice = asChoice(text);
    ranked.push({ choice, rank: choice.first ? TYPED_FIRST : TYPED_LAST });
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ choice }) => choice);
}
