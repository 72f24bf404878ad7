/** One config file, read and checked. */
import { ConfigError } from '../core/errors.ts';
import { checkConfig } from './check-part.ts';
import { type ConfigContent, readConfigFile } from './file.ts';
import { hasNumberNames } from './number-names.ts';
import type { TransferConfig } from './types.ts';

/**
 * Reads a config file and checks it.
 * @param file absolute path
 * @throws ConfigError when it is missing, unreadable or wrong, with every problem at once
 */
export async function readChecked(file: string): Promise<TransferConfig> {
  const { config, problems } = await check(await readConfigFile(file));
  if (problems.length === 0) return config;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new ConfigError(`${file} has ${count}.`, {
    file,
    problems,
    hint: '`lk-transfer config schema` prints what a config file may say.',
  });
}

/** Checks what was read, by the letters of the file where those may differ from what was read. */
async function check({
  parsed,
  text,
}: ConfigContent): Promise<Pick<ReturnType<typeof checkConfig>, 'config' | 'problems'>> {
  const checked = checkConfig(parsed);
  if (checked.problems.length === 0 && !hasNumberNames(parsed)) return checked;
  const { changedNames, writtenTexts } = await import('./written.ts');
  const written = writtenTexts(text);
  const { config, problems } = checkConfig(parsed, written);
  return { config, problems: [...problems, ...changedNames(parsed, written)] };
}
