/**
 * Completion in zsh and fish, which quote what they insert and choose among what they are given; and
 * in PowerShell, from 5.1 (the one that Windows has) on.
 */

import type { ExitCode } from '../../core/errors.ts';
import type { Context } from '../shared/context.ts';
import { type Answer, heading, type Question, type Shell, startingWith } from './candidates.ts';
import type { CompletionOptions, SHELLS } from './command.ts';

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
    $program = Get-Command lk-transfer -CommandType Application, ExternalScript -ErrorAction SilentlyContinue |
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

// `completion`: the script that teaches a shell to complete lines of this program.

/** Loads what is known of one shell. */
export async function loadShell(name: (typeof SHELLS)[number]): Promise<Shell> {
  switch (name) {
    case 'bash':
      return (await import('./bash.ts')).bash;
    case 'zsh':
      return zsh;
    case 'fish':
      return fish;
    case 'powershell':
      return powershell;
  }
}

/** @returns 0 */
export async function run({ shell }: CompletionOptions, { output }: Context): Promise<ExitCode> {
  output.checkFields([]);
  output.line((await loadShell(shell)).script);
  return 0;
}
