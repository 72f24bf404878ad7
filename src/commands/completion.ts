/** `completion`: the script that teaches a shell to complete lines of this program. */
import { loadShell, type ShellName } from '../completion/shells.ts';
import type { ExitCode } from '../errors.ts';
import type { Context, GlobalOptions } from './context.ts';

export interface CompletionOptions extends GlobalOptions {
  shell: ShellName;
}

/** @returns 0 */
export async function run({ shell }: CompletionOptions, { output }: Context): Promise<ExitCode> {
  output.line((await loadShell(shell)).script);
  return 0;
}
