/** The config and the settings that a command works by, without anything that talks to LiveKit. */
import { loadConfigFile, loadConfigFor, shadowedFiles } from '../../config/load.ts';
import {
  applySettings,
  type RunConfig,
  resolveSettings,
  type SettingFlags,
  type Settings,
} from '../../config/settings.ts';
import type { LoadedConfig } from '../../config/words.ts';
import { packageFile } from '../../core/host.ts';
import type { Context, GlobalOptions } from './context.ts';

/** The config as this run has it. */
export interface ConfigSession {
  loaded: LoadedConfig;
  config: RunConfig;
  settings: Settings;
}

/** The config files in its folder that nobody reads, since it comes first. */
export function filesIgnoredFor({ file, bundled }: LoadedConfig): string[] {
  return file === null || bundled ? [] : shadowedFiles(file);
}

/** Reads the config, without a word to any server. */
export async function openConfig(
  options: GlobalOptions,
  { host, output }: Context,
  flags: SettingFlags = {},
): Promise<ConfigSession> {
  let loaded = await loadConfigFor(host, options.config);
  if (loaded.file === null && options.sandbox) {
    loaded = await loadConfigFile(packageFile('transfer.config.example.json'), { bundled: true });
    output.notice('No config file found: using the example that comes with lk-transfer.');
  }
  const settings = resolveSettings({
    flags: { project: options.project, ...flags },
    env: host.env,
    config: loaded.config,
  });
  return { loaded, settings, config: applySettings(loaded.config, settings) };
}
