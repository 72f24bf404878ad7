/** The way in for programs: from a config and credentials to transfers. */
import { checkConfig } from '../config/check.ts';
import { loadConfigFor } from '../config/load.ts';
import type { TransferConfig } from '../config/types.ts';
import type { LoadedConfig } from '../config/words.ts';
import { LONGEST_TIMER_MS } from '../core/duration.ts';
import { ConfigError, CredentialsError, UsageError } from '../core/errors.ts';
import { processHost } from '../core/host.ts';
import * as engine from '../destinations/resolve.ts';
import { connectTo } from '../livekit/client.ts';
import { type Credentials, checkKeys, findCredentials } from '../livekit/credentials.ts';
import {
  awaitInSentences,
  destinationForPrograms,
  errorForPrograms,
  inSentences,
} from './sentences.ts';
import { type Transfers, transfersOn } from './transfers.ts';

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
  /** Told when that record cannot be kept, or a callback throws; the transfer goes on. */
  onTrouble?: ((message: string) => void) | undefined;
}

/**
 * Loads a config file as the command line does, and checks it. Nothing in it is ever executed.
 * @param file by default LK_TRANSFER_CONFIG, else the nearest one from the working folder on
 * @throws ConfigError with every problem of the file
 */
export function loadConfig(file?: string): Promise<LoadedConfig> {
  return awaitInSentences(() => loadConfigFor(processHost(), file));
}

async function configOf(
  given: OpenOptions['config'],
): Promise<Pick<Transfers, 'config' | 'configFile'>> {
  if (given === undefined || typeof given === 'string') {
    const { config, file } = await loadConfig(given);
    return { config, configFile: file };
  }
  const { config, problems } = checkConfig(given);
  if (problems.length === 0) return { config, configFile: undefined };
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
export function openTransfers(options: OpenOptions = {}): Promise<Transfers> {
  return awaitInSentences(async () => {
    checkTimeout(options.timeoutMs);
    const host = processHost();
    const from = await configOf(options.config);
    const credentials = await credentialsOf(options, from.config);
    return transfersOn({
      ...from,
      client: await connectTo(credentials, host, options),
      host,
      recorded: options.record === true,
      onTrouble: options.onTrouble ?? (() => {}),
    });
  });
}

// The parts that need no server, in sentences for programs.

/**
 * How a destination becomes the address that a trunk gets.
 * @param to as on the command line: `sales`, `department:sales`, `+15105550100`, `sip:…`
 * @param trunk which the call is on; null: one of which nothing is known
 * @throws NotFoundError for an unknown department, DestinationError, PolicyError
 */
export function resolveWithConfig(
  ...asked: Parameters<typeof engine.resolveDestination>
): ReturnType<typeof engine.resolveDestination> {
  return inSentences(() => destinationForPrograms(engine.resolveDestination(...asked)));
}

/** The same on every trunk that the config names; null stands for any other. */
export function resolveOnTrunksOf(
  ...asked: Parameters<typeof engine.resolveOnEveryTrunk>
): engine.TrunkResolution[] {
  return inSentences(() => engine.resolveOnEveryTrunk(...asked)).map((each) => ({
    ...each,
    destination: each.destination && destinationForPrograms(each.destination),
    failure: each.failure && errorForPrograms(each.failure),
  }));
}
