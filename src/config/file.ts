/** One config file, read and checked. */
import { ConfigError } from '../errors.ts';
import { checkConfig } from './check.ts';
import { readConfigFile } from './read.ts';
import type { TransferConfig } from './types.ts';

/**
 * Reads a config file and checks it.
 * @param file absolute path
 * @throws ConfigError when it is missing, unreadable or wrong, with every problem at once
 */
export async function readChecked(file: string): Promise<TransferConfig> {
  const { config, problems } = checkConfig(await readConfigFile(file));
  if (problems.length === 0) return config;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new ConfigError(`${file} has ${count}.`, {
    file,
    problems,
    hint: '`lk-transfer config schema` prints what a config file may say.',
  });
}
