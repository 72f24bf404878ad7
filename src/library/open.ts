/** The way in for programs: from a config and credentials to transfers. */
import { checkConfig } from '../config/check-part.ts';
import { loadConfigFor } from '../config/load-config.ts';
import type { LoadedConfig } from '../config/loaded.ts';
import type { TransferConfig } from '../config/types.ts';
import { LONGEST_TIMER_MS } from '../core/duration.ts';
import { ConfigError, CredentialsError, UsageError } from '../core/errors.ts';
import { processHost } from '../core/host.ts';
import { connectTo } from '../livekit/connect.ts';
import { type Credentials, checkKeys, findCredentials } from '../livekit/credentials.ts';
import { transfersOn } from './transfers.ts';
import type { Transfers } from './types.ts';

/** Everything may be left out: then it comes from where the command line takes it. */
export interface OpenOptions {
  /** A config file, or what would stand in one; by default the file that is found from here. */
  config?: string | TransferConfig | undefined;
  /** `wss://…` or `http://…`. Goes with the two below: all three, or none and the environment’s. */
  url?: string | undefined;
  apiKey?: string | undefined;
  apiSecret?: string | undefined;
  /** For each read, in ms; 10 s by default. A transfer waits its own wait. */
  timeoutMs?: number | undefined;
  /** true: transfers go into the record of this machine, where `lk-transfer history` sees them. */
  record?: boolean | undefined;
  /** Told when that record cannot be kept; the transfer goes on. */
  onTrouble?: ((message: string) => void) | undefined;
}

/**
 * Loads a config file as the command line does, and checks it. Nothing in it is ever executed.
 * @param file by default LK_TRANSFER_CONFIG, else the nearest one from the working folder on
 * @throws ConfigError with every problem of the file
 */
export function loadConfig(file?: string): Promise<LoadedConfig> {
  return loadConfigFor(processHost(), file);
}

async function configOf(given: OpenOptions['config']): Promise<TransferConfig> {
  if (given === undefined || typeof given === 'string') return (await loadConfig(given)).config;
  const { config, problems } = checkConfig(given);
  if (problems.length === 0) return config;
  throw new ConfigError('The config that was given has problems.', { problems });
}

async function credentialsOf(options: OpenOptions, config: TransferConfig): Promise<Credentials> {
  const { url = '', apiKey = '', apiSecret = '' } = options;
  const given = Object.entries({ url, apiKey, apiSecret });
  // Blank is missing: whoever makes tokens would take the rest from the environment, for this URL.
  const missing = given.flatMap(([name, value]) => (value.trim() === '' ? [name] : []));
  if (missing.length === 0) {
    const names = { url: 'url', apiKey: 'apiKey', apiSecret: 'apiSecret' };
    checkKeys({ url, apiKey, apiSecret, source: 'options', names });
    return { url, apiKey, apiSecret, source: 'options' };
  }
  if (missing.length < given.length) {
    throw new CredentialsError(`The options lack ${missing.join(' and ')}.`, {
      hint: 'Give all three, or none and set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
    });
  }
  const configProject = config.livekit?.project;
  return findCredentials({ configProject, allowDefaultProject: false }, processHost());
}

/** @throws KnownError `usage`: a timer of Node's that is set for longer goes off at once */
function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (timeoutMs >= 1 && timeoutMs <= LONGEST_TIMER_MS)) return;
  throw new UsageError(`timeoutMs: expected a number of ms from 1 to ${LONGEST_TIMER_MS}.`);
}

/**
 * Opens transfers on one LiveKit.
 * @throws ConfigError, CredentialsError; KnownError `wrong-url`, or `usage` for a time-out or an
 *   LK_TRANSFER_… variable that makes no sense
 */
export async function openTransfers(options: OpenOptions = {}): Promise<Transfers> {
  checkTimeout(options.timeoutMs);
  const host = processHost();
  const config = await configOf(options.config);
  const credentials = await credentialsOf(options, config);
  return transfersOn({
    client: await connectTo(credentials, host, options),
    config,
    host,
    recorded: options.record === true,
    onTrouble: options.onTrouble ?? (() => {}),
  });
}
