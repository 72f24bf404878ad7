/**
 * A list that what is typed narrows down. Unlike inquirer's own, it never waits between a key and
 * its effect: when text and Enter arrive together (a paste, keys typed ahead, a slow line), what is
 * chosen is what fits that text, and not what stood there before.
 */
import {
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
} from '@inquirer/core';
import { type Choice, search, type TypedChoice } from './search.ts';

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

const prompt = createPrompt<unknown, SearchQuestion<unknown>>((question, done) => {
  const { message, choices, asChoice, isNamed, refuse = () => null, wantsText = false } = question;
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
      fitting.length === 0 ? theme.style.error('Nothing here fits that.') : page,
      beyond > 0 ? theme.style.help(`${fitting.length} in all: type, or go on with ↓`) : undefined,
      problem === null ? chosen?.description : theme.style.error(problem),
      theme.style.help(HELP),
    ]),
  ];
});

/**
 * Asks.
 * @param streams where to read and to draw; `signal` takes the question back
 * @throws what @inquirer/core throws when the prompt is left
 */
export async function askSearch<Value>(
  question: SearchQuestion<Value>,
  streams: { input: NodeJS.ReadStream; output: NodeJS.WriteStream; signal: AbortSignal },
): Promise<Value> {
  // The prompt is made once, for values of any kind: what comes out is one of those that went in.
  return (await prompt(question as SearchQuestion<unknown>, streams)) as Value;
}
