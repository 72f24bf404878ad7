/** Completion in zsh, which quotes what it inserts by itself, and chooses among what it is given. */
import type { Answer } from './candidates.ts';
import { heading, type Question, type Shell } from './shell.ts';

/** `(Q)` takes quotes away and expands nothing. */
const script = `#compdef lk-transfer
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
function read(request: readonly string[]): Question {
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

export const zsh: Shell = { script, read };
