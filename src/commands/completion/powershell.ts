/** Completion in PowerShell, from 5.1 (the one that Windows has) on. */
import { type Answer, type Question, type Shell, startingWith } from './candidates.ts';

/**
 * Old PowerShells lose empty words and quotes on the way to a program, and read its answer in the
 * code page of the console: so the words go in base64, and the answer comes in ASCII JSON.
 */
const script = `# PowerShell completion for lk-transfer
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
function read([request = '']: readonly string[]): Question {
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

export const powershell: Shell = { script, read };
