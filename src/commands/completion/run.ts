/**
 * `complete`, which the scripts of `completion` call at every Tab: what may stand at the cursor.
 * Somebody is in the middle of a line: it asks no server, reads no credentials, and whatever goes
 * wrong, says nothing.
 */
import { join } from 'node:path';
import { loadConfigFile, loadConfigFor } from '../../config/load.ts';
import type { TransferConfig } from '../../config/types.ts';
import type { ExitCode } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { packageFile } from '../../core/package.ts';
import { escapeText } from '../../terminal/style.ts';
import type { Context, GlobalOptions } from '../shared/context.ts';
import { listCandidates, needsConfig } from './candidates.ts';
import type { CommandGrammar } from './grammar.ts';
import { findPosition } from './position.ts';
import type { Shell } from './shell.ts';

// The shells that can be completed in. Their scripts are loaded when one is asked for.

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

type ShellName = (typeof SHELLS)[number];

/** Loads what is known of one shell. */
async function loadShell(name: ShellName): Promise<Shell> {
  switch (name) {
    case 'bash':
      return (await import('./bash.ts')).bash;
    case 'zsh':
      return (await import('./zsh.ts')).zsh;
    case 'fish':
      return (await import('./fish.ts')).fish;
    case 'powershell':
      return (await import('./powershell.ts')).powershell;
  }
}

export interface CompleteOptions {
  shell: string;
  /** The words that the shell's script gives. */
  request: readonly string[];
  /** What the parser takes. */
  grammar: CommandGrammar;
}

/** The config that the line itself would use, once it is run. */
async function readConfig(given: ReadonlyMap<string, string>, host: Host): Promise<TransferConfig> {
  const named = given.get('--config') || host.env.LK_TRANSFER_CONFIG || undefined;
  // The shell would have made a path of the tilde; here the words are as they were typed.
  const file = named?.startsWith('~/') ? join(host.home, named.slice(2)) : named;
  const loaded = await loadConfigFor(host, file);
  if (loaded.file !== null || !given.has('--sandbox')) return loaded.config;
  return (await loadConfigFile(packageFile('transfer.config.example.json'), { bundled: true }))
    .config;
}

/** A name with control characters could neither be shown nor typed. */
function isSafe(text: string): boolean {
  return escapeText(text) === text;
}

async function answer(options: CompleteOptions, { host, output }: Context): Promise<void> {
  const name = SHELLS.find((known) => known === options.shell);
  if (name === undefined) return;
  const question = (await loadShell(name)).read(options.request);
  const { wanted, given } = findPosition(options.grammar, question.words);
  const config = needsConfig(wanted) ? await readConfig(given, host) : {};
  output.line(question.write(listCandidates(wanted, options.grammar, config, isSafe)));
}

/** @returns 0, whatever happens */
export async function complete(options: CompleteOptions, context: Context): Promise<ExitCode> {
  await answer(options, context).catch(() => {});
  return 0;
}

// `completion`: the script that teaches a shell to complete lines of this program.

export interface CompletionOptions extends GlobalOptions {
  shell: ShellName;
}

/** @returns 0 */
export async function printScript(
  { shell }: CompletionOptions,
  { output }: Context,
): Promise<ExitCode> {
  output.line((await loadShell(shell)).script);
  return 0;
}
