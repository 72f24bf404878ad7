/** Finding among choices, by whatever somebody remembers of one; and asking for one that way. */

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

// A list that what is typed narrows down. Unlike inquirer's own, it never waits between a key and
// its effect: when text and Enter arrive together (a paste, keys typed ahead, a slow line), what is
// chosen is what fits that text, and not what stood there before.

export interface SearchQuestion<Value> {
  /** Safe to print. */
  message: string;
  choices: readonly Choice<Value>[];
  asChoice?: ((text: string) => TypedChoice<Value>) | undefined;
  /** Says that a text names a value exactly, in whatever writing. */
  isNamed?: ((text: string, value: Value) => boolean) | undefined;
  /** Says, safe to print, what is wrong with a choice; the text stays, to be mended. */
  refuse?: ((value: Value) => string | null) | undefined;
  /** true: Enter chooses nothing before something is typed or pointed at. */
  wantsText?: boolean | undefined;
}

const PAGE_SIZE = 12;
const HELP = '↑↓ navigate • ⏎ select';

function lines(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n');
}

/** Where nothing is pointed at. */
const NOWHERE = -1;

function makePrompt({
  createPrompt,
  isDownKey,
  isEnterKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
}: typeof import('@inquirer/core')) {
  return createPrompt<unknown, SearchQuestion<unknown>>((question, done) => {
    const {
      message,
      choices,
      asChoice,
      isNamed,
      refuse = () => null,
      wantsText = false,
    } = question;
    const theme = makeTheme();
    const [typed, setTyped] = useState('');
    const [pointed, setPointed] = useState<number | null>(null);
    const [problem, setProblem] = useState<string | null>(null);
    const [answer, setAnswer] = useState<string | null>(null);
    const prefix = usePrefix({ status: answer === null ? 'idle' : 'done', theme });

    const fitting = search(choices, typed, asChoice, isNamed);
    const start = wantsText && typed.trim() === '' ? NOWHERE : 0;
    const active = pointed ?? start;
    const chosen = fitting[active];

    useKeypress((key, rl) => {
      if (answer !== null) return;
      if (isEnterKey(key)) {
        const wrong = chosen === undefined ? null : refuse(chosen.value);
        if (chosen !== undefined && wrong === null) {
          setAnswer(chosen.short ?? chosen.name);
          done(chosen.value);
          return;
        }
        // Enter has emptied readline's line: what was typed is there to be mended.
        rl.write(typed);
        setProblem(wrong);
      } else if (isTabKey(key)) {
        rl.clearLine(0);
        rl.write(typed);
      } else if (isUpKey(key) || isDownKey(key)) {
        rl.clearLine(0);
        rl.write(typed);
        setProblem(null);
        setPointed(Math.max(0, Math.min(active + (isUpKey(key) ? -1 : 1), fitting.length - 1)));
      } else if (rl.line !== typed) {
        setTyped(rl.line);
        setPointed(null);
        setProblem(null);
      }
    });

    const page = usePagination({
      items: fitting,
      active: Math.max(0, active),
      pageSize: PAGE_SIZE,
      loop: false,
      renderItem: ({ item, index }) =>
        index === active ? theme.style.highlight(`❯ ${item.name}`) : `  ${item.name}`,
    });
    const asked = `${prefix} ${theme.style.message(message, answer === null ? 'idle' : 'done')}`;
    if (answer !== null) return `${asked} ${theme.style.answer(answer)}`;
    const beyond = fitting.length - PAGE_SIZE;
    return [
      `${asked} ${typed}`,
      lines([
        fitting.length === 0 ? theme.style.error('Nothing here matches.') : page,
        beyond > 0
          ? theme.style.help(`${fitting.length} in all: type to search, or continue with ↓`)
          : undefined,
        problem === null ? chosen?.description : theme.style.error(problem),
        theme.style.help(HELP),
      ]),
    ];
  });
}

/**
 * Asks.
 * @param streams where to read and to draw; `signal` takes the question back
 * @throws what @inquirer/core throws when the prompt is left
 */
export async function askSearch<Value>(
  question: SearchQuestion<Value>,
  streams: { input: NodeJS.ReadStream; output: NodeJS.WriteStream; signal: AbortSignal },
): Promise<Value> {
  // Loaded here: whoever searches without asking needs none of it.
  const prompt = makePrompt(await import('@inquirer/core'));
  // It is for values of any kind: what comes out is one of those that went in.
  return (await prompt(question as SearchQuestion<unknown>, streams)) as Value;
}
