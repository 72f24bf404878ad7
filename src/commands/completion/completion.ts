/** `completion`: the script that teaches a shell to complete lines of this program. */

import type { ExitCode } from '../../core/errors.ts';
import type { Context, GlobalOptions } from '../shared/context.ts';
import { loadShell, type ShellName } from './shells.ts';

export interface CompletionOptions extends GlobalOptions {
  shell: ShellName;
}

/** @returns 0 */
export async function run({ shell }: CompletionOptions, { output }: Context): Promise<ExitCode> {
  output.line((await loadShell(shell)).script);
  return 0;
}
