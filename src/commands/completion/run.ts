/** `completion`: the script that teaches a shell to complete lines of this program. */
import type { ExitCode } from '../../core/errors.ts';
import type { Context } from '../shared/context.ts';
import type { Shell } from './candidates.ts';
import type { CompletionOptions, SHELLS } from './command.ts';

/** Loads what is known of one shell. */
export async function loadShell(name: (typeof SHELLS)[number]): Promise<Shell> {
  switch (name) {
    case 'bash':
      return (await import('./bash.ts')).bash;
    case 'zsh':
      return (await import('./zsh-fish.ts')).zsh;
    case 'fish':
      return (await import('./zsh-fish.ts')).fish;
    case 'powershell':
      return (await import('./powershell.ts')).powershell;
  }
}

/** @returns 0 */
export async function run({ shell }: CompletionOptions, { output }: Context): Promise<ExitCode> {
  output.checkFields([]);
  output.line((await loadShell(shell)).script);
  return 0;
}
