/** From a place to a config that can be used: find, read, check. */
import { resolve } from 'node:path';
import { type ConfigPlaces, findConfigFile } from './load.ts';
import type { LoadedConfig } from './loaded.ts';

export type { ConfigPlaces } from './load.ts';

/**
 * Loads the config: the file that was named and no other, else the nearest one, else none.
 * @param file what --config or LK_TRANSFER_CONFIG says, relative to the working folder
 * @throws ConfigError with every problem of the file
 */
export async function loadConfig(options: {
  file?: string | undefined;
  places: ConfigPlaces;
}): Promise<LoadedConfig> {
  const { places } = options;
  const file =
    options.file === undefined ? findConfigFile(places) : resolve(places.cwd, options.file);
  return file === null ? { file, config: {}, bundled: false } : loadConfigFile(file);
}

/**
 * Loads one file.
 * @param bundled whether it is the example that the package ships
 * @throws ConfigError when it is missing, unreadable or wrong, with every problem at once
 */
export async function loadConfigFile(
  file: string,
  { bundled = false }: { bundled?: boolean } = {},
): Promise<LoadedConfig> {
  // Loaded here: a run without a config spares itself the parsers and the schema, about 10 ms.
  const { readChecked } = await import('./file-part.ts');
  return { file, config: await readChecked(file), bundled };
}
