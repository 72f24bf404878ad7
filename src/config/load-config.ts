/** Which config a run goes by. */

import type { Host } from '../core/host.ts';
import { userConfigFolder } from './load.ts';
import { loadConfig } from './load-part.ts';
import type { LoadedConfig } from './loaded.ts';

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
