/** What a program sees of transfers, and the parts that need no server. */
import type { Call } from '../calls/call.ts';
import type { Dialtone, MoveMethod, TransferConfig } from '../config/types.ts';
import { type InterruptedError, isKnownError, KnownError, UsageError } from '../core/errors.ts';
import { LONGEST_TIMER_MS } from '../core/text.ts';
import type { Destination } from '../destinations/destination.ts';
import * as onTrunks from '../destinations/on-trunks.ts';
import type { Department } from '../destinations/reading.ts';
import * as engine from '../destinations/resolve.ts';
import { LeftRingingError } from '../transfer/attempt.ts';
import type { BridgeEnd } from '../transfer/bridge/watch.ts';
import type { Outcome, StepMethod } from '../transfer/outcome.ts';
import type { ChainResult, TransferResult } from '../transfer/result.ts';
import type { BridgedCall, BridgeRoom, BridgeWatchOptions } from './in-process.ts';
import {
  awaitInSentences,
  destinationForPrograms,
  errorForPrograms,
  inSentences,
} from './sentences.ts';

/** Where a caller is. */
export interface CallLocation {
  /** The room's name, or its SID. */
  room: string;
  /** Which participant, where the room holds more than one caller. */
  identity?: string | undefined;
}

/** How a destination is to be reached, where the config is not to decide. */
export interface WayOptions extends engine.ResolveOptions {
  /**
   * `refer`: the trunk moves the caller. `bridge`: the target is dialled into the caller's room, and
   * LiveKit holds both. `auto`: a bridge where it is certain that the REFER called nobody.
   */
  method?: MoveMethod | undefined;
}

/** How a transfer is to be made, where the config is not to decide. */
export interface TransferCallOptions extends WayOptions {
  /** Of a bridge: true leaves the agents in the room. */
  keepAgent?: boolean | undefined;
  /** Of a bridge: true lets the dial answer a caller whom nobody has answered, before the target is there. */
  answerCaller?: boolean | undefined;
  /**
   * Of a bridge: the caller’s room, which this process is connected to as an agent. That agent stays,
   * and has to be silent from the result on; its process watches the two, and hangs up on the one
   * when the other leaves. Left out, nobody does (`watchedBy: null`), unless `watchBridge` is called.
   */
  room?: BridgeRoom | undefined;
  /** Told how a bridge ended that was watched by `room`; null: the transfers were closed before. */
  onBridgeEnd?: ((end: BridgeEnd | null) => void | Promise<void>) | undefined;
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
  /**
   * Aborted before the request is on its way: nothing is sent, and `transfer` throws `interrupted`.
   * While the target of a bridge rings: it is hung up on, and `transfer` throws `interrupted`, or
   * `outcome-lost` where it may ring on. Between two targets: the next one is not tried. After that it
   * changes nothing.
   */
  signal?: AbortSignal | undefined;
  /** The request is on its way: nothing can call a REFER back, and `signal` ends the dial of a bridge. */
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
   * @param call for this call’s trunk, and for how its callers are moved; left out: for a trunk of
   *   which nothing is known, by REFER
   * @throws NotFoundError for an unknown department, DestinationError, PolicyError; for a bridge, what
   *   keeps an outbound trunk from being found
   */
  resolve(to: string, call?: Call | null, options?: WayOptions): Promise<Destination>;
  /**
   * Transfers a caller. The request is sent once, or not at all: a second transfer of a call whose
   * first one may still come about is `not-sent`, unless the options say `again`. This holds for transfers
   * of the same process. Those of other processes are known only with `record: true` of `openTransfers`,
   * from the record of this machine.
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
  /**
   * Watches a bridge of which nobody has been told (`watchedBy: null`): when one of the two leaves,
   * the other is hung up on, unless it is the caller and an agent is there for them.
   * @param result of `transfer`, or what was kept of one
   * @returns null when the watch was given up before the end
   * @throws KnownError `usage` when there is no bridge to watch, or the room is not the caller’s
   */
  watchBridge(result: BridgedCall, options?: BridgeWatchOptions): Promise<BridgeEnd | null>;
  /**
   * Lets go of the connections, and of the bridges that are watched. After it, what needs LiveKit throws
   * KnownError `usage`.
   */
  close(): void;
}

// Aborting.

/** What aborts a transfer for as long as nothing of it, or of its next target, has been sent. */
export class AbortGate {
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

  /** A target that rings can be hung up on; a REFER cannot be called back. */
  sent(method: StepMethod): void {
    this.#sent = method === 'refer';
  }

  /** What cuts a pause short, for as long as an abort changes anything. */
  get abort(): AbortSignal | undefined {
    return this.#sent ? undefined : this.#signal;
  }

  /** The next target is about to be tried: until its request goes out, that one can be left out. */
  next(): void {
    this.#sent = false;
  }
}

/** @param error what the engine makes of it */
export function aborted(error?: InterruptedError): KnownError {
  if (!(error instanceof LeftRingingError)) {
    return new KnownError('interrupted', 'The transfer was aborted. Nothing was sent.');
  }
  const { message, hint, isOver } = error;
  const text = message.replace(/^Interrupted\./, 'The transfer was aborted.');
  return new KnownError(isOver ? 'interrupted' : 'outcome-lost', text, { hint });
}

/** @throws KnownError `usage`: whoever writes JavaScript may write anything */
export function checkMethod(method: MoveMethod | undefined): void {
  if (method === undefined || ['refer', 'bridge', 'auto'].includes(method)) return;
  throw new UsageError('method: expected refer, bridge or auto.');
}

/** @throws KnownError `usage` */
export function checkDestinationGiven(to: string): void {
  if (typeof to === 'string') return;
  throw new UsageError('to: expected a text, such as sales, 100, +15105550100 or sip:….');
}

/** @returns the same. @throws KnownError `usage` where it names no room, or is a call in part */
export function checkCaller<T extends Call | CallLocation>(caller: T): T {
  const { room, identity, callId }: Record<string, unknown> = { ...caller };
  if (typeof room !== 'string' || room === '') {
    throw new UsageError('room: expected the name of the caller’s room, or its SID.', {
      hint: 'A call id alone does not say which room to read.',
    });
  }
  const isNamed = typeof identity === 'string' && identity !== '';
  if (isNamed || (identity === undefined && callId === undefined)) return caller;
  throw new UsageError('identity: expected the caller’s identity in the room, a text.');
}

/** @throws KnownError `usage`: a timer of Node's that is set for longer goes off at once */
export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (timeoutMs >= 1 && timeoutMs <= LONGEST_TIMER_MS)) return;
  throw new UsageError(`timeoutMs: expected a number of ms from 1 to ${LONGEST_TIMER_MS}.`);
}

/**
 * What needs LiveKit, in sentences for programs.
 * @throws KnownError `usage` once it is closed: what `close` cuts off is no trouble of the network
 */
export function whileOpen<T>(closed: AbortSignal, work: () => Promise<T>): Promise<T> {
  const wasClosed = () =>
    new UsageError('The transfers were closed.', { hint: 'Open them anew with `openTransfers`.' });
  return awaitInSentences(async () => {
    if (closed.aborted) throw wasClosed();
    try {
      return await work();
    } catch (error) {
      const isCutOff = isKnownError(error) && ['unreachable', 'server'].includes(error.code);
      throw closed.aborted && isCutOff ? wasClosed() : error;
    }
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
  checkDestinationGiven(asked[0]);
  return inSentences(() => destinationForPrograms(engine.resolveDestination(...asked)));
}

/** The same on every trunk that the config names; null stands for any other. */
export function resolveOnTrunksOf(
  ...asked: Parameters<typeof onTrunks.resolveOnEveryTrunk>
): onTrunks.TrunkResolution[] {
  checkDestinationGiven(asked[0]);
  return inSentences(() => onTrunks.resolveOnEveryTrunk(...asked)).map((each) => ({
    ...each,
    destination: each.destination && destinationForPrograms(each.destination),
    failure: each.failure && errorForPrograms(each.failure),
  }));
}
