/** Completion in zsh and in fish, which quote what they insert, and choose among what they are given. */
import { type Answer, heading, type Question, type Shell } from './candidates.ts';

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
