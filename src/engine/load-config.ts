/** Which config a run goes by. */
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/loaded.ts';
import { userConfigFolder } from '../config/locations.ts';
import type { Host } from '../host.ts';

/**
 * Loads the config that was named, else that of LK_TRANSFER_CONFIG, else the nearest one from the
 * working folder on.
 * @param named relative to the working folder
 * @throws ConfigError with every problem of the file
 */
export function loadConfigFor(
  host: Pick<Host, 'env' | 'cwd' | 'home' | 'platform'>,
  named?: string,
): Promise<LoadedConfig> {
  return loadConfig({
    file: named ?? (host.env.LK_TRANSFER_CONFIG || undefined),
    places: { cwd: host.cwd, userFolder: userConfigFolder(host) },
  });
}
