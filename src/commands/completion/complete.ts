/**
 * `complete`, which the scripts of `completion` call at every Tab: what may stand at the cursor.
 * Somebody is in the middle of a line: it asks no server, reads no credentials, and whatever goes
 * wrong, says nothing.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { loadConfigFile, loadConfigFor } from '../../config/load.ts';
import type { TransferConfig } from '../../config/types.ts';
import type { ExitCode } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { packageFile } from '../../core/host.ts';
import { escapeText } from '../../terminal/style.ts';
import { allDeclared } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { listCandidates, needsConfig } from './candidates.ts';
import { type CompleteOptions, SHELLS } from './command.ts';
import { describeGrammar } from './grammar.ts';
import { findPosition } from './position.ts';
import { loadShell } from './run.ts';

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

async function answer(
  options: CompleteOptions,
  { host, output }: Context,
  program: Command,
): Promise<void> {
  const name = SHELLS.find((known) => known === options.shell);
  if (name === undefined) return;
  const question = (await loadShell(name)).read(options.request);
  const grammar = describeGrammar(allDeclared(program));
  const { wanted, given } = findPosition(grammar, question.words);
  const config = needsConfig(wanted) ? await readConfig(given, host) : {};
  output.line(question.write(listCandidates(wanted, grammar, config, isSafe)));
}

/** @returns 0, whatever happens */
export async function run(
  options: CompleteOptions,
  context: Context,
  program: Command,
): Promise<ExitCode> {
  await answer(options, context, program).catch(() => {});
  return 0;
}
