/** What a program sees of transfers, and the parts that need no server. */
import type { Call } from '../calls/call.ts';
import type { Dialtone, TransferConfig } from '../config/types.ts';
import { KnownError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Department } from '../destinations/reading.ts';
import * as engine from '../destinations/resolve.ts';
import { timeUnderWay } from '../history/attempts.ts';
import type { History } from '../history/record.ts';
import { isOpen, type OpenTransfer, type Outcome } from '../transfer/outcome.ts';
import type { TransferEnding } from '../transfer/record.ts';
import type { ChainResult, TransferResult } from '../transfer/result.ts';
import { destinationForPrograms, errorForPrograms, inSentences } from './sentences.ts';

/** Where a caller is. */
export interface CallLocation {
  /** The room's name, or its SID. */
  room: string;
  /** Which participant, where the room holds more than one caller. */
  identity?: string | undefined;
}

/** How a transfer is to be made, where the config is not to decide. */
export interface TransferCallOptions extends engine.ResolveOptions {
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
  resolve(to: string, call?: Call | null, options?: engine.ResolveOptions): Promise<Destination>;
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

  sent(): void {
    this.#sent = true;
  }

  /** The next target is about to be tried: until its request goes out, that one can be left out. */
  next(): void {
    this.#sent = false;
  }
}

export function aborted(): KnownError {
  return new KnownError('interrupted', 'The transfer was aborted. Nothing was sent.');
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

// * What this process itself has sent. A program that serves many calls outlives each of them, and
// whoever asks it for transfers (a language model, say) asks twice: the second request must meet
// the first one here, whether or not a record is kept on disk.

/** Of so many calls open transfers are remembered; the oldest are forgotten, long after their end. */
const MOST_CALLS = 10_000;

/** How a transfer is left open, or null when it is over. */
function leftOpen(sent: OpenTransfer, ending: TransferEnding): OpenTransfer | null {
  if (ending.kind === 'not-sent') return null;
  if (ending.kind === 'interrupted') return { ...sent, outcome: 'unknown' };
  const { outcome } = ending.result;
  return isOpen(outcome) ? { ...sent, outcome } : null;
}

/** Each may know of more: the disk of other processes, the memory of what could not be written. */
function joined(a: readonly OpenTransfer[], b: readonly OpenTransfer[]): OpenTransfer[] {
  const isKnown = (one: OpenTransfer) =>
    a.some((each) => each.startedAt === one.startedAt && each.referTo === one.referTo);
  return [...a, ...b.filter((one) => !isKnown(one))];
}

export class TransferMemory {
  readonly #open = new Map<string, OpenTransfer[]>();
  readonly #host: Pick<Host, 'pid' | 'now'>;

  constructor(host: Pick<Host, 'pid' | 'now'>) {
    this.#host = host;
  }

  /** A record that knows of this process's own transfers beside those that it keeps. */
  beside({ record, earlierOf }: History): History {
    return {
      earlierOf: async (callId, again) =>
        joined(await earlierOf(callId, again), this.#openOf(callId)),
      record: {
        begin: async (intended) => {
          const { call, destination, startedAt } = intended;
          const sent: OpenTransfer = {
            startedAt,
            to: destination.department ?? destination.number ?? destination.input,
            referTo: destination.referTo,
            outcome: null,
            underWay: null,
          };
          // Before anything is waited for: of two at the same time, exactly one sees the other.
          const own = this.#openOf(call.callId);
          this.#put(call.callId, [...this.#sentOf(call.callId), sent]);
          const recorded = await record.begin(intended);
          return {
            earlier: joined(recorded.earlier, own),
            refusal: recorded.refusal,
            end: (ending) => {
              const left = leftOpen(sent, ending);
              const others = this.#sentOf(call.callId).filter((each) => each !== sent);
              this.#put(call.callId, left === null ? others : [...others, left]);
              return recorded.end(ending);
            },
          };
        },
      },
    };
  }

  #sentOf(callId: string): readonly OpenTransfer[] {
    return this.#open.get(callId) ?? [];
  }

  /** As they stand now: what has no outcome, this process is still at. */
  #openOf(callId: string): readonly OpenTransfer[] {
    const { pid, now } = this.#host;
    return this.#sentOf(callId).map((sent) => {
      const forMs = sent.outcome === null ? timeUnderWay(sent.startedAt, now()) : null;
      return { ...sent, underWay: forMs === null ? null : { pid, forMs } };
    });
  }

  #put(callId: string, transfers: OpenTransfer[]): void {
    this.#open.delete(callId);
    if (transfers.length > 0) this.#open.set(callId, transfers);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_CALLS && oldest !== undefined) this.#open.delete(oldest);
  }
}

const memories = new Map<string, TransferMemory>();

/** The memory of one LiveKit, which all share that open transfers on it in this process. */
export function memoryOf(server: string, host: Pick<Host, 'pid' | 'now'>): TransferMemory {
  const known = memories.get(server) ?? new TransferMemory(host);
  memories.set(server, known);
  return known;
}
