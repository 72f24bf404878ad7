/** What a program does with transfers: find the caller, see where a word leads, move the call. */
import type { Call } from '../calls/call.ts';
import { agentIdentities } from '../calls/condition.ts';
import { findCallInRoom } from '../calls/find.ts';
import { type ScanOptions, scanCalls } from '../calls/scan.ts';
import { applySettings, resolveSettings } from '../config/settings.ts';
import type { TransferConfig } from '../config/types.ts';
import { InterruptedError, KnownError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { checkReferHeader } from '../destinations/address/headers.ts';
import { type Department, listDepartments } from '../destinations/departments.ts';
import type { Destination, TrunkFacts } from '../destinations/destination.ts';
import { type ResolveOptions, resolveDestination } from '../destinations/resolve.ts';
import { NO_HISTORY, openHistory } from '../history/record.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { fallbackPassedOver } from '../transfer/explain/errors.ts';
import type { Outcome } from '../transfer/outcome.ts';
import { planFor, type Rules, type TransferStep, targetsOf } from '../transfer/plan.ts';
import { type ChainResult, credibleOutcome, type TransferResult } from '../transfer/result.ts';
import { InterruptedBetweenError, sendTransfer } from '../transfer/send.ts';
import { trunkFinder } from '../transfer/trunk-facts.ts';
import { memoryOf } from './memory.ts';
import {
  awaitInSentences,
  chainForPrograms,
  destinationForPrograms,
  forPrograms,
  resultForPrograms,
  sayOf,
} from './sentences.ts';

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
interface Deps extends Pick<Transfers, 'config' | 'configFile'> {
  client: LiveKitClient;
  host: Host;
  /** Whether transfers go into the record of this machine. */
  recorded: boolean;
  /** Told when the record cannot be kept, or a callback throws. */
  onTrouble(message: string): void;
}

/** What aborts a transfer for as long as nothing of it, or of its next target, has been sent. */
class AbortGate {
  readonly #signal: AbortSignal | undefined;
  #sent = false;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** What the engine asks before it sends; it knows the signals of a process alone. */
  get signal(): 'SIGTERM' | null {
    return this.#signal?.aborted === true && !this.#sent ? 'SIGTERM' : null;
  }

  /** @throws KnownError `interrupted` */
  check(): void {
    if (this.signal !== null) throw aborted();
  }

  sent(): void {
    this.#sent = true;
  }

  /** The next target is about to be tried: until its request goes out, that one can be left out. */
  next(): void {
    this.#sent = false;
  }
}

function aborted(): KnownError {
  return new KnownError('interrupted', 'The transfer was aborted. Nothing was sent.');
}

/** Opens transfers on a client that is there already. */
export function transfersOn(deps: Deps): Transfers {
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
  const resolveOn = async <T>(
    call: Call,
    resolve: (facts: TrunkFacts) => T,
    targets: (resolved: T) => readonly Destination[],
  ) => {
    const finder = trunkFinder(client, rules, host.sleep);
    const resolved = await finder.resolveWith(await finder.factsOf(call), resolve, targets);
    return { resolved, finder };
  };
  /** A transfer is not lost because whoever listens to it throws. */
  const tell = (name: string, told: () => void) => {
    try {
      told();
    } catch (error) {
      onTrouble(`${name} threw, and the transfer went on: ${String(error)}`);
    }
  };

  async function send(
    caller: Call | CallLocation,
    to: string,
    options: TransferCallOptions,
  ): Promise<TransferOutcome> {
    const { headers = {}, fallback, again = false, via, onSent, onAnswer, onFallback } = options;
    const gate = new AbortGate(options.signal);
    for (const [name, value] of Object.entries(headers)) checkReferHeader(name, value);
    const chosenRules = rulesFor(options);
    gate.check();
    const call = 'callId' in caller ? caller : await findCallAt(caller, search);
    gate.check();
    const { record, earlierOf } = openRecord();
    const chosen = { via, headers: { ...headers }, again };
    const planRequest = { ...chosen, fallback: fallback === false ? [] : fallback };
    const earlier = await earlierOf(call.callId, again);
    const { resolved, finder } = await resolveOn(
      call,
      (trunk) => planFor(call, to, trunk, chosenRules, planRequest, earlier),
      targetsOf,
    );
    gate.check();
    const { plan, leftOut } = resolved;
    let target = plan.destination;
    const passedOver: string[] = [];
    const result = await sendTransfer(client, plan, {
      clock: host,
      isAgent,
      interruption: gate,
      record,
      onSent: () => {
        gate.sent();
        if (onSent) tell('onSent', onSent);
      },
      onAnswer: ({ outcome, stage, sip, livekit }) => {
        const verdict = credibleOutcome(outcome, plan.openTransfers);
        const spoken = { outcome: verdict, sip, destination: target, earlier: plan.openTransfers };
        const say = sayOf({ ...spoken, caller: 'unknown' });
        if (onAnswer)
          tell('onAnswer', () => onAnswer({ outcome: verdict, stage, sip, livekit, say }));
      },
      onPassedOver: (step, why) => passedOver.push(fallbackPassedOver({ ...step, call }, why)),
      onFallback: async (failed: TransferResult, next: TransferStep) => {
        gate.next();
        target = next.destination;
        await onFallback?.(resultForPrograms(failed), destinationForPrograms(next.destination));
      },
    }).catch((error: unknown) => {
      // What became of the first target is known, and nothing else was sent.
      if (error instanceof InterruptedBetweenError) return error.result;
      throw error instanceof InterruptedError ? aborted() : error;
    });
    const ofTrunks = await finder.warnOfMissingTrunks();
    const ofTargets = targetsOf(resolved).flatMap((each) => each.warnings);
    const warnings = [...ofTargets, ...leftOut, ...passedOver, ...ofTrunks].map(forPrograms);
    return { ...chainForPrograms(result), say: sayOf(result), warnings };
  }

  return {
    config: rules,
    configFile,
    departments: () => listDepartments(rules),
    findCall: (location) => awaitInSentences(() => findCallAt(location, search)),
    resolve: (to, call = null, options = {}) =>
      awaitInSentences(async () => {
        const resolve = (trunk: TrunkFacts | null) => resolveDestination(to, rules, trunk, options);
        if (call === null) return destinationForPrograms(resolve(null));
        const { resolved } = await resolveOn(call, resolve, (found) => [found]);
        return destinationForPrograms(resolved);
      }),
    transfer: (caller, to, options = {}) => awaitInSentences(() => send(caller, to, options)),
    close: () => client.close(),
  };
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
  /** Whether the caller hears ringing while they wait. */
  dialtone?: boolean | undefined;
  /** Headers for the REFER; they win over the config’s. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Where to, if the target does not take the call; false: not even where the department says. */
  fallback?: readonly string[] | false | undefined;
  /** Transfer although an earlier transfer of this call may still come about. */
  again?: boolean | undefined;
  /**
   * Aborted before the request is on its way: nothing is sent, and `transfer` throws `interrupted`.
   * Between two targets: the next one is not tried. After that it changes nothing.
   */
  signal?: AbortSignal | undefined;
  /** The request is on its way: from here on nothing can call it back. */
  onSent?: (() => void) | undefined;
  /** LiveKit has answered; where the caller is, is read next, which can take some seconds. */
  onAnswer?: ((answer: TransferVerdict) => void) | undefined;
  /** A target did not take the call, and the next one is about to be tried. */
  onFallback?: ((failed: TransferResult, next: Destination) => void | Promise<void>) | undefined;
}

/** What LiveKit's answer says by itself, for each target that is tried. */
export interface TransferVerdict extends Pick<TransferResult, 'stage' | 'sip' | 'livekit'> {
  /**
   * `accepted`: LiveKit says 200 and nothing more: whether the target answered, or the call merely
   * ended, only the leg can show.
   */
  outcome: Outcome | 'accepted';
  /** One sentence that a caller may hear: `Sales is busy.` */
  say: string;
}

/** What became of a transfer, in the field names of `lk-transfer transfer --json`. */
export interface TransferOutcome extends ChainResult {
  /** One sentence that a caller may hear, without ids, codes and addresses: `Sales is busy.` */
  say: string;
  /** What was worth a word: doubtful addresses, fallbacks left out or passed over. */
  warnings: readonly string[];
}

/** Transfers on one LiveKit, by the rules of one config. Messages of its errors are sentences. */
export interface Transfers {
  readonly config: TransferConfig;
  /** The config's file; null when none was found, undefined when the config was given as an object. */
  readonly configFile: string | null | undefined;
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
