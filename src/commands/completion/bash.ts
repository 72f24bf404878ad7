/** Completion in bash, from 3.2 (the one that macOS has) on. */
import { type Answer, heading, type Question, type Shell, startingWith } from './candidates.ts';

// A half-typed line of bash, taken apart without expanding anything. bash's own COMP_WORDS is no
// help: it breaks words at `=` and `:`, and leaves the quotes in.

/** The quote that is still open at the cursor. */
export type OpenQuote = "'" | '"' | null;

interface BashWord {
  /** As typed, quotes and backslashes included. */
  raw: string;
  /** What the program would get, but for what bash would have expanded. */
  value: string;
  open: OpenQuote;
}

/** Takes a line apart; the last word is the one at the cursor, empty where a new one begins. */
export function splitBashLine(line: string): BashWord[] {
  const words: BashWord[] = [];
  let word: BashWord | null = null;
  const current = (): BashWord => {
    word ??= { raw: '', value: '', open: null };
    return word;
  };
  const characters = [...line];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    const open: OpenQuote = word === null ? null : (word as BashWord).open;
    if (open === null && /[ \t\n]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    const here = current();
    here.raw += character;
    if (character === open) here.open = null;
    else if (open === null && (character === "'" || character === '"')) here.open = character;
    else if (character === '\\' && open !== "'") {
      const next = characters[index + 1];
      // Within double quotes a backslash stands for itself, save before these.
      const escapes = open === null || (next !== undefined && /["\\$`\n]/.test(next));
      if (!escapes) here.value += character;
      else if (next !== undefined) {
        index += 1;
        here.raw += next;
        // A backslash at the end of a line joins two lines.
        if (next !== '\n') here.value += next;
      }
    } else here.value += character;
  }
  words.push(current());
  return words;
}

/**
 * The program is named, and not taken from the line: Tab must not run whatever `./lk-transfer` is in
 * this folder. `compgen -W` and unquoted substitutions would expand what they are given, so lines
 * are read one by one.
 */
const script = `# bash completion for lk-transfer
_lk_transfer() {
  local answer reply kind=''
  COMPREPLY=()
  answer=$(command lk-transfer complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null </dev/null) || [[ -n $answer ]] || return 0
  while IFS= read -r reply; do
    if [[ -z $kind ]]; then
      kind=$reply
    else
      COMPREPLY+=("$reply")
    fi
  done <<<"$answer"
  # Without a word bash completes files: only where a file is wanted.
  if [[ $kind != files ]]; then
    compopt +o default 2>/dev/null || :
  fi
  return 0
}
complete -o default -F _lk_transfer lk-transfer`;

/**
 * Needs no quoting. Letters of any script are left as they are; everything else that is not here
 * might mean something to bash.
 */
const PLAIN = /[\p{L}\p{N}_./:=@%+,-]/u;

/** Writes a text so that bash takes it as it is, behind the quote that is already open. */
export function quoteForBash(text: string, open: OpenQuote): string {
  if (open === null) {
    return [...text].map((each) => (PLAIN.test(each) ? each : `\\${each}`)).join('');
  }
  const quoted =
    open === "'"
      ? text.replaceAll("'", "'\\''")
      : // An exclamation mark stands for the history even here, and a backslash before it would stay.
        text.replace(/["\\$`]/g, '\\$&').replaceAll('!', `"'!'"`);
  // bash closes the quote itself, unless what it has put there ends in one and so looks closed.
  return quoted.endsWith(open) ? quoted + open : quoted;
}

/** As much as all of them have in common at their beginning: that is what bash types by itself. */
function commonBeginning(texts: readonly string[]): string {
  let [common = ''] = texts;
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}

function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** All in one way, so that what they have in common is common to their writings. */
function quoteAll(texts: readonly string[], open: OpenQuote): string[] {
  const quoted = texts.map((text) => quoteForBash(text, open));
  // `a\ b` and `a\$b` share a backslash, which would escape whatever is typed next.
  const dangling = open === null && /(?<!\\)(?:\\\\)*\\$/.test(commonBeginning(quoted));
  return dangling ? texts.map(inSingleQuotes) : quoted;
}

/**
 * @param request the line up to the cursor, and the part of its last word that bash will replace:
 *   what stands behind an open quote or the last of the characters that break words, such as `=`
 */
function read([line = '', replaced = '']: readonly string[]): Question {
  const [, ...words] = splitBashLine(line);
  const current = words.pop() ?? { raw: '', value: '', open: null };
  const before = words.map(({ value }) => value);
  return {
    words: { before, current: current.value },
    write: (answer: Answer) => {
      if (!current.raw.endsWith(replaced)) return heading(answer);
      const kept = current.raw.slice(0, current.raw.length - replaced.length);
      const keptLength = (splitBashLine(kept).at(-1)?.value ?? '').length;
      const found = startingWith(answer.candidates, current.value);
      const rest = found.map(({ word }) => word.slice(keptLength));
      return [heading(answer), ...quoteAll(rest, current.open)].join('\n');
    },
  };
}

export const bash: Shell = { script, read };
