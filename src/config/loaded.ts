/** A config and where it came from. */
import type { TransferConfig } from './types.ts';

export interface LoadedConfig {
  /** Absolute path; null: there is no config file, and `config` is empty. */
  file: string | null;
  config: TransferConfig;
  /** true: the example that the package ships, used with --sandbox. */
  bundled: boolean;
}
