/** The config as one run has it: the file's content with what the environment says about it. */
import type { Settings } from './settings.ts';
import type { TransferConfig } from './types.ts';

export interface RunConfig extends TransferConfig {
  /**
   * The default country of the file, where a variable gives another one for this run. How numbers
   * are written is for whoever types them; what may be called is not, and stays with the file.
   */
  fileCountry?: string | undefined;
}

/** Puts the settings of a run into its config. */
export function runConfig(config: TransferConfig, { defaultCountry }: Settings): RunConfig {
  const country = defaultCountry.value ?? undefined;
  const own = config.defaultCountry;
  return {
    ...config,
    defaultCountry: country,
    ...(own !== undefined && own !== country && { fileCountry: own }),
  };
}
