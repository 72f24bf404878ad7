/** What a program does with transfers: open them, find the caller, see where a word leads, move the call. */
import { type Call, isBridgeLeg } from '../calls/call.ts';
import { agentIdentities } from '../calls/condition.ts';
import { findCallInRoom } from '../calls/find.ts';
import { type ScanOptions, scanCalls } from '../calls/scan.ts';
import { checkConfig } from '../config/check.ts';
import { loadConfigFor } from '../config/load.ts';
import { applySettings, resolveSettings } from '../config/settings.ts';
import type { TransferConfig } from '../config/types.ts';
import type { LoadedConfig } from '../config/words.ts';
import { ConfigError, CredentialsError, InterruptedError } from '../core/errors.ts';
import { type Host, processHost } from '../core/host.ts';
import { checkReferHeader } from '../destinations/address/uri.ts';
import { listDepartments } from '../destinations/reading.ts';
import { NO_HISTORY, openHistory } from '../history/record.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { connectTo } from '../livekit/connect.ts';
import { type Credentials, checkKeys, findCredentials } from '../livekit/credentials.ts';
import { fallbackPassedOver } from '../transfer/explain/errors.ts';
import type { OpenTransfer, StepMethod } from '../transfer/outcome.ts';
import { type PlanRequest, type Rules, type TransferStep, targetsOf } from '../transfer/plan.ts';
import { credibleOutcome, type TransferResult } from '../transfer/result.ts';
import { InterruptedBetweenError, sendTransfer } from '../transfer/send.ts';
import { trunkFinder } from '../transfer/trunk-facts.ts';
import { meansToDial, memoryOf, watcherIn, watchInProcess } from './in-process.ts';
import {
  awaitInSentences,
  chainForPrograms,
  destinationForPrograms,
  forPrograms,
  resultForPrograms,
  sayOf,
} from './sentences.ts';
import {
  AbortGate,
  aborted,
  type CallLocation,
  checkCaller,
  checkDestinationGiven,
  checkMethod,
  checkTimeout,
  resolveWithConfig,
  type TransferCallOptions,
  type TransferOutcome,
  type Transfers,
  whileOpen,
} from './transfers.ts';

// Finding the caller in a room.

interface CallSearch extends Pick<ScanOptions, 'isAgent' | 'country' | 'now'> {
  client: LiveKitClient;
}

/**
 * Finds the caller in one room.
 * @throws NotFoundError when there is none; KnownError `ambiguous-call` when there are several,
 *   `server` when the room cannot be read, and whatever the reading itself throws
 */
async function findCallAt(location: CallLocation, search: CallSearch): Promise<Call> {
  const { calls, unreadable } = await scanCalls(search.client, { ...search, room: location.room });
  const unread = unreadable.map(({ room }) => room);
  // A target that was dialled into the room is no caller, unless it is the one that is named.
  const isMeant = ({ identity }: Call) =>
    identity === location.identity || !isBridgeLeg({ identity });
  return findCallInRoom(calls.filter(isMeant), location.room, location.identity, unread);
}

/** What transfers are made with. */
interface Deps extends Pick<Transfers, 'config' | 'configFile'> {
  client: LiveKitClient;
  host: Host;
  /** Whether transfers go into the record of this machine. */
  recorded: boolean;
  /** Told when the record cannot be kept, or a callback throws. */
  onTrouble(message: string): void;
}

/** Opens transfers on a client that is there already. */
function transfersOn(deps: Deps): Transfers {
  const { client, config, configFile, host, recorded } = deps;
  const onTrouble = (message: string) => deps.onTrouble(forPrograms(message));
  const rulesFor = ({ wait, dialtone }: TransferCallOptions): Rules => {
    const flags = { wait, dialtone };
    const settings = resolveSettings({ flags, env: host.env, config });
    return { settings, config: applySettings(config, settings) };
  };
  const { config: rules, settings } = rulesFor({});
  const isAgent = agentIdentities(settings.agents.value);
  const search = { client, isAgent, country: rules.defaultCountry, now: host.now };
  const memory = memoryOf(client.host, host);
  // Opened anew for each transfer: what other processes have sent in the meantime counts.
  const openRecord = () => {
    if (!recorded) return memory.beside(NO_HISTORY);
    const to = { settings: settings.history, livekit: client.host, host, onTrouble };
    return memory.beside(openHistory({ ...to, offersAgain: true }));
  };
  // Anew each time as well: a list of trunks that could not be had once may be had later.
  const planOn = async (
    call: Call,
    to: string,
    chosen: Rules,
    request: PlanRequest,
    earlier: readonly OpenTransfer[] = [],
  ) => {
    checkDestinationGiven(to);
    checkMethod(request.method);
    const finder = trunkFinder(client, rules, host.sleep);
    const facts = await finder.factsOf(call);
    const planned = await finder.planFor(call, to, facts, chosen, request, earlier);
    return { planned, finder };
  };
  const closing = new AbortController();
  const ask = <T>(work: () => Promise<T>) => whileOpen(closing.signal, work);
  const watching = { client, isAgent, clock: host, closing: closing.signal };
  /** A transfer is not lost because whoever listens to it throws. */
  const tell = async (name: string, told: () => void | Promise<void>) => {
    try {
      await told();
    } catch (error) {
      onTrouble(`${name} threw, and the transfer went on: ${String(error)}`);
    }
  };

  async function send(
    caller: Call | CallLocation,
    to: string,
    options: TransferCallOptions,
  ): Promise<TransferOutcome> {
    const { headers = {}, fallback, again = false, via, method, keepAgent, answerCaller } = options;
    const { room, onSent, onAnswer, onFallback, onBridgeEnd } = options;
    const gate = new AbortGate(options.signal);
    checkCaller(caller);
    for (const [name, value] of Object.entries(headers)) checkReferHeader(name, value);
    const chosenRules = rulesFor(options);
    gate.check();
    const call = 'callId' in caller ? caller : await findCallAt(caller, search);
    gate.check();
    const { record, earlierOf } = openRecord();
    const chosen = { via, headers: { ...headers }, again, method, keepAgent, answerCaller };
    const planRequest = { ...chosen, fallback: fallback === false ? [] : fallback };
    const earlier = await earlierOf(call.callId, again);
    const { planned, finder } = await planOn(call, to, chosenRules, planRequest, earlier);
    gate.check();
    const { plan, leftOut } = planned;
    const mayDial = [plan, ...plan.fallbacks].some(({ bridge }) => bridge !== null);
    const watcher = mayDial && room ? watcherIn(room, call.room) : undefined;
    let target = plan.destination;
    let sentBy: StepMethod = 'refer';
    const passedOver: string[] = [];
    const abortable = <T extends TransferStep>(step: T): T => ({
      ...step,
      request: { ...step.request, abortUnsent: options.signal },
    });
    const sendable = { ...abortable(plan), fallbacks: plan.fallbacks.map(abortable) };
    const result = await sendTransfer(client, sendable, {
      clock: { ...host, sleep: (ms) => host.sleep(ms, gate.abort) },
      isAgent,
      interruption: gate,
      record,
      bridging: meansToDial(client, host, watcher),
      onSent: (_, method) => {
        gate.sent(method);
        sentBy = method;
        if (onSent) void tell('onSent', onSent);
      },
      onAnswer: ({ outcome: said, stage, sip, livekit }) => {
        const outcome = credibleOutcome(said, stage, plan.openTransfers);
        const spoken = { outcome, sip, destination: target, earlier: plan.openTransfers };
        const say = sayOf({ ...spoken, caller: 'unknown', transferMethod: sentBy });
        if (onAnswer) void tell('onAnswer', () => onAnswer({ outcome, stage, sip, livekit, say }));
      },
      onPassedOver: (step, why) => passedOver.push(fallbackPassedOver({ ...step, call }, why)),
      onFallback: async (failed: TransferResult, next: TransferStep) => {
        gate.next();
        target = next.destination;
        const told = () => onFallback?.(resultForPrograms(failed), destinationForPrograms(target));
        await tell('onFallback', told);
      },
    }).catch((error: unknown) => {
      // What became of the first target is known, and nothing else was sent.
      if (error instanceof InterruptedBetweenError) return error.result;
      throw error instanceof InterruptedError ? aborted(error) : error;
    });
    if (result.bridge?.watchedBy === 'agent') {
      const end = watchInProcess(result, { room }, { ...watching, keepsAgent: keepAgent });
      void tell('onBridgeEnd', async () => onBridgeEnd?.(await end));
    }
    const ofTrunks = await finder.warnOfMissingTrunks();
    const ofTargets = targetsOf(planned).flatMap((each) => each.warnings);
    const warnings = [...ofTargets, ...leftOut, ...passedOver, ...ofTrunks].map(forPrograms);
    return { ...chainForPrograms(result), say: sayOf(result), warnings };
  }

  return {
    config: rules,
    configFile,
    departments: () => listDepartments(rules),
    findCall: (location) => ask(() => findCallAt(checkCaller(location), search)),
    resolve: (to, call = null, options = {}) =>
      call === null
        ? awaitInSentences(async () => resolveWithConfig(to, rules, null, options))
        : ask(async () => {
            const { via, method } = options;
            const request = { via, method, headers: {}, fallback: [], again: false };
            const { planned } = await planOn(call, to, rulesFor({}), request);
            return destinationForPrograms(planned.plan.destination);
          }),
    transfer: (caller, to, options = {}) => ask(() => send(caller, to, options)),
    watchBridge: (result, options = {}) =>
      awaitInSentences(() => watchInProcess(result, options, watching)),
    close: () => {
      closing.abort();
      client.close();
    },
  };
}

// The way in: from a config and credentials to transfers.

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
