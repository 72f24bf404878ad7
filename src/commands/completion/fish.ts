/** Completion in fish, which quotes what it inserts by itself, and chooses among what it is given. */
import type { Answer } from './candidates.ts';
import { heading, type Question, type Shell } from './shell.ts';

const script = `# fish completion for lk-transfer
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
function read(request: readonly string[]): Question {
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

export const fish: Shell = { script, read };
