/** How each shell asks for completion, is answered, and is taught to ask. */
import { type Answer, heading, type Question, type Shell, startingWith } from './position.ts';

// bash, from 3.2 (the one that macOS has) on. Its half-typed line is taken apart without expanding
// anything. bash's own COMP_WORDS is no help: it breaks words at `=` and `:`, and leaves the quotes in.

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
const bashScript = `# bash completion for lk-transfer
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
const PLAIN_IN_BASH = /[\p{L}\p{N}_./:=@%+,-]/u;

/** Writes a text so that bash takes it as it is, behind the quote that is already open. */
export function quoteForBash(text: string, open: OpenQuote): string {
  if (open === null) {
    return [...text].map((each) => (PLAIN_IN_BASH.test(each) ? each : `\\${each}`)).join('');
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
function readBash([line = '', replaced = '']: readonly string[]): Question {
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

export const bash: Shell = { script: bashScript, read: readBash };

// zsh and fish, which quote what they insert and choose among what they are given.

/** `(Q)` takes quotes away and expands nothing. */
const zshScript = `#compdef lk-transfer
# zsh completion for lk-transfer
_lk-transfer() {
  local -a answer replies
  answer=("\${(@f)$(command lk-transfer complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null </dev/null)}")
  replies=("\${(@)answer[2,-1]}")
  # What stands behind --option= is completed by itself.
  if [[ $PREFIX == --*=* ]]; then
    compset -P 1 '*='
  fi
  if [[ $answer[1] == files ]]; then
    _files
  elif (( $#replies )); then
    _describe lk-transfer replies
  fi
}
# Loaded from fpath it is called at once; read by a startup file it is only made known.
if [[ $funcstack[1] == _lk-transfer ]]; then
  _lk-transfer "$@"
else
  compdef _lk-transfer lk-transfer
fi`;

/** A word and its description, as `_describe` reads them. */
function describe(word: string, description: string): string {
  const name = word.replace(/[\\:]/g, '\\$&');
  return description === '' ? name : `${name}:${description}`;
}

/** @param request the words up to the cursor, without their quotes */
function readZsh(request: readonly string[]): Question {
  return {
    words: { before: request.slice(0, -1), current: request.at(-1) ?? '' },
    write: (answer: Answer) =>
      [
        heading(answer),
        ...answer.candidates.map(({ word, description }) =>
          describe(word.slice(answer.prefix.length), description),
        ),
      ].join('\n'),
  };
}

export const zsh: Shell = { script: zshScript, read: readZsh };

const fishScript = `# fish completion for lk-transfer
function __lk_transfer_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command lk-transfer complete fish -- $before[2..-1] "$current" 2>/dev/null </dev/null)
    if test "$answer[1]" = files
        # Behind --option= a file is completed as if it stood alone.
        set -l flag (string match -r -- '^--[^=]*=' $current)
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
            printf '%s%s\\n' "$flag" $path
        end
    else if set -q answer[2]
        printf '%s\\n' $answer[2..-1]
    end
end
complete -c lk-transfer -f -a '(__lk_transfer_complete)'`;

/** @param request the words up to the cursor, without their quotes */
function readFish(request: readonly string[]): Question {
  return {
    words: { before: request.slice(0, -1), current: request.at(-1) ?? '' },
    write: (answer: Answer) =>
      [
        heading(answer),
        ...answer.candidates.map(({ word, description }) =>
          description === '' ? word : `${word}\t${description}`,
        ),
      ].join('\n'),
  };
}

export const fish: Shell = { script: fishScript, read: readFish };

// PowerShell, from 5.1 (the one that Windows has) on.

/**
 * Old PowerShells lose empty words and quotes on the way to a program, and read its answer in the
 * code page of the console: so the words go in base64, and the answer comes in ASCII JSON.
 */
const powershellScript = `# PowerShell completion for lk-transfer
Register-ArgumentCompleter -Native -CommandName lk-transfer -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @()
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $words += $element.Value
        } else {
            $words += $element.Extent.Text
        }
    }
    $words += "$wordToComplete"
    $request = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($words -join [char]0))
    $program = Get-Command lk-transfer -CommandType @('Application', 'ExternalScript') -ErrorAction SilentlyContinue |
        Select-Object -First 1
    if (-not $program) { return }
    $answer = $null | & $program complete powershell '--' $request 2>$null | ConvertFrom-Json
    # Without an answer PowerShell completes files; an empty one says that there is nothing.
    if ($answer.files) { return }
    if (-not $answer.candidates) { return '' }
    foreach ($each in $answer.candidates) {
        [System.Management.Automation.CompletionResult]::new($each.text, $each.word, 'ParameterValue', $each.tip)
    }
}`;

/** Needs no quoting; a bare word that begins otherwise could be a number, a splat or a pipe. */
const PLAIN = /^[A-Za-z-][A-Za-z0-9_.:=/-]*$/;

/** Writes a word so that PowerShell, to which curly quotes are quotes too, takes it as it is. */
export function quoteForPowerShell(word: string): string {
  if (PLAIN.test(word)) return word;
  return `'${word.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/** JSON that survives any code page. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** @param request the words up to the cursor in base64, with a NUL between them */
function readPowershell([request = '']: readonly string[]): Question {
  const words = Buffer.from(request, 'base64').toString('utf8').split('\0');
  // The quote that the last word began with is replaced together with the word.
  const current = (words.pop() ?? '').replace(/^['"\u2018-\u201e]/, '');
  return {
    words: { before: words, current },
    write: ({ files, candidates }: Answer) =>
      asciiJson({
        files,
        candidates: startingWith(candidates, current).map(({ word, description }) => ({
          text: quoteForPowerShell(word),
          word,
          // An empty tip is an error there.
          tip: description || word,
        })),
      }),
  };
}

export const powershell: Shell = { script: powershellScript, read: readPowershell };
