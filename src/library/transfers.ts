/** What a program does with transfers: find the caller, see where a word leads, move the call. */
import type { Call } from '../calls/call.ts';
import { agentIdentities } from '../calls/condition.ts';
import { findCallInRoom } from '../calls/find.ts';
import { type ScanOptions, scanCalls } from '../calls/scan.ts';
import { checkConfig } from '../config/check.ts';
import { loadConfigFor } from '../config/load.ts';
import { applySettings, resolveSettings } from '../config/settings.ts';
import type { Dialtone, TransferConfig } from '../config/types.ts';
import type { LoadedConfig } from '../config/words.ts';
import { LONGEST_TIMER_MS } from '../core/duration.ts';
import {
  asSentence,
  ConfigError,
  CredentialsError,
  isKnownError,
  UsageError,
} from '../core/errors.ts';
import { type Host, processHost } from '../core/host.ts';
import { checkReferHeader } from '../destinations/address/headers.ts';
import { type Department, listDepartments } from '../destinations/departments.ts';
import type { Destination, TrunkFacts } from '../destinations/destination.ts';
import { type ResolveOptions, resolveDestination } from '../destinations/resolve.ts';
import { NO_HISTORY, openHistory } from '../history/record.ts';
import { connectTo, type LiveKitClient } from '../livekit/client.ts';
import { type Credentials, checkKeys, findCredentials } from '../livekit/credentials.ts';
import { fallbackPassedOver } from '../transfer/explain/batch.ts';
import { planFor, type Rules, type TransferStep, targetsOf } from '../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../transfer/result.ts';
import { sendTransfer } from '../transfer/send.ts';
import { trunkFinder } from '../transfer/trunk-facts.ts';
import { TransferMemory } from './memory.ts';

// Finding the caller in a room.

/** What a search needs. */
interface CallSearch extends Pick<ScanOptions, 'isAgent' | 'country' | 'now'> {
  client: LiveKitClient;
}

/**
 * Finds the caller in one room.
 * @throws NotFoundError when there is none; KnownError `ambiguous-call` when there are several,
 *   `server` when the room cannot be read, and whatever the reading itself throws
 */
async function findCallAt(location: CallLocation, search: CallSearch): Promise<Call> {
  const { room } = location;
  const { calls, unreadable } = await scanCalls(search.client, { ...search, room });
  const unread = unreadable.map(({ room }) => room);
  return findCallInRoom(calls, location.room, location.identity, unread);
}

/** What transfers are made with. */
interface Deps {
  client: LiveKitClient;
  config: TransferConfig;
  host: Host;
  /** Whether transfers go into the record of this machine. */
  recorded: boolean;
  /** Told when the record cannot be kept. */
  onTrouble(message: string): void;
}

/** Has an error say in a sentence what the command line says in one, for agents to go on from. */
async function inSentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isKnownError(error)) error.message = asSentence(error.message);
    throw error;
  }
}

/** Opens transfers on a client that is there already. */
function transfersOn(deps: Deps): Transfers {
  const { client, host, recorded, onTrouble } = deps;
  const rulesFor = ({ wait, dialtone }: TransferCallOptions): Rules => {
    const flags = { wait, dialtone };
    const settings = resolveSettings({ flags, env: host.env, config: deps.config });
    return { settings, config: applySettings(deps.config, settings) };
  };
  const { config, settings } = rulesFor({});
  const isAgent = agentIdentities(settings.agents.value);
  const search = { client, isAgent, country: config.defaultCountry, now: host.now };
  const memory = new TransferMemory(host);
  // Opened anew for each transfer: what other processes have sent in the meantime counts.
  const openRecord = () => {
    if (!recorded) return memory.beside(NO_HISTORY);
    const to = { settings: settings.history, livekit: client.host, host, onTrouble };
    return memory.beside(openHistory({ ...to, offersAgain: true }));
  };
  // Anew each time as well: a list of trunks that could not be had once may be had later.
  const resolveOn = async <T>(
    call: Call,
    resolve: (facts: TrunkFacts) => T,
    targets: (resolved: T) => readonly Destination[],
  ) => {
    const finder = trunkFinder(client, config, host.sleep);
    const resolved = await finder.resolveWith(await finder.factsOf(call), resolve, targets);
    return { resolved, finder };
  };

  const transfers: Transfers = {
    config,
    departments: () => listDepartments(config),
    findCall: (location) => findCallAt(location, search),
    resolve: async (to, call = null, options = {}) => {
      const resolve = (trunk: TrunkFacts | null) => resolveDestination(to, config, trunk, options);
      if (call === null) return resolve(null);
      return (await resolveOn(call, resolve, (found) => [found])).resolved;
    },
    transfer: async (caller, to, options = {}) => {
      const { headers = {}, fallback, again = false, via, onSent, onFallback } = options;
      for (const [name, value] of Object.entries(headers)) checkReferHeader(name, value);
      const rules = rulesFor(options);
      const call = 'callId' in caller ? caller : await findCallAt(caller, search);
      const { record, earlierOf } = openRecord();
      const chosen = { via, headers: { ...headers }, again };
      const planRequest = { ...chosen, fallback: fallback === false ? [] : fallback };
      const earlier = await earlierOf(call.callId, again);
      const { resolved, finder } = await resolveOn(
        call,
        (trunk) => planFor(call, to, trunk, rules, planRequest, earlier),
        targetsOf,
      );
      const { plan, leftOut } = resolved;
      const ofTrunks = await finder.warnOfMissingTrunks();
      const passedOver: string[] = [];
      const result = await sendTransfer(client, plan, {
        clock: host,
        isAgent,
        interruption: { signal: null },
        record,
        onPassedOver: (step, why) => passedOver.push(fallbackPassedOver({ ...step, call }, why)),
        ...(onSent && { onSent: () => onSent() }),
        ...(onFallback && {
          onFallback: (failed: TransferResult, next: TransferStep) =>
            onFallback(failed, next.destination),
        }),
      });
      const ofTargets = targetsOf(resolved).flatMap((each) => each.warnings);
      const warnings = [...ofTargets, ...leftOut, ...passedOver, ...ofTrunks];
      return { ...result, warnings };
    },
    close: () => client.close(),
  };
  return {
    ...transfers,
    findCall: (location) => inSentences(() => transfers.findCall(location)),
    resolve: (...asked) => inSentences(() => transfers.resolve(...asked)),
    transfer: (...asked) => inSentences(() => transfers.transfer(...asked)),
  };
}

// The way in for programs: from a config and credentials to transfers.

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

// What a program sees of transfers.

/** Where a caller is. */
export interface CallLocation {
  /** The room's name, or its SID. */
  room: string;
  /** Which participant, where the room holds more than one caller. */
  identity?: string | undefined;
}

/** How a transfer is to be made, where the config is not to decide. */
export interface TransferCallOptions extends ResolveOptions {
  /** How long to wait for the target’s answer: `45s`, `2m`. The target rings on after it. */
  wait?: string | undefined;
  /** The ringing that the caller hears while they wait: `auto`, that of a country, or false. */
  dialtone?: boolean | Dialtone | undefined;
  /** Headers for the REFER; they win over the config’s. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Where to, if the target does not take the call; false: not even where the department says. */
  fallback?: readonly string[] | false | undefined;
  /** Transfer although an earlier transfer of this call may still come about. */
  again?: boolean | undefined;
  /** The request is on its way: from here on nothing can call it back. */
  onSent?: (() => void) | undefined;
  /** A target did not take the call, and the next one is about to be tried. */
  onFallback?: ((failed: TransferResult, next: Destination) => void | Promise<void>) | undefined;
}

/** What became of a transfer, in the field names of `lk-transfer transfer --json`. */
export interface TransferOutcome extends ChainResult {
  /** What was worth a word: doubtful addresses, fallbacks left out or passed over. */
  warnings: readonly string[];
}

/** Transfers on one LiveKit, by the rules of one config. Messages of its errors are sentences. */
export interface Transfers {
  readonly config: TransferConfig;
  /** The departments of the config, in its order. */
  departments(): Department[];
  /**
   * Finds the caller in a room.
   * @throws NotFoundError when there is none; KnownError `ambiguous-call` when there are several
   */
  findCall(location: CallLocation): Promise<Call>;
  /**
   * Resolves a destination without a word to the trunk.
   * @param to as on the command line: `sales`, `department:sales`, `+15105550100`, `sip:…`
   * @param call for this call’s trunk; left out: for a trunk of which nothing is known
   * @throws NotFoundError for an unknown department, DestinationError, PolicyError
   */
  resolve(to: string, call?: Call | null, options?: ResolveOptions): Promise<Destination>;
  /**
   * Transfers a caller. The request is sent once, or not at all: a second transfer of a call whose
   * first one may still come about is `not-sent`, unless the options say `again`.
   * @param caller a call that `findCall` found, or where it is
   * @param to as for `resolve`
   * @returns what is known of its end; a transfer that failed is a result and no error
   * @throws KnownError for whatever stops it before anything is sent
   */
  transfer(
    caller: Call | CallLocation,
    to: string,
    options?: TransferCallOptions,
  ): Promise<TransferOutcome>;
  /** Lets go of the connections. */
  close(): void;
}
