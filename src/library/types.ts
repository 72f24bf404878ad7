/** What a program sees of transfers. */
import type { Call } from '../calls/call.ts';
import type { TransferConfig } from '../config/types.ts';
import type { Department } from '../destinations/departments.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ResolveOptions } from '../destinations/resolve.ts';
import type { ChainResult, TransferResult } from '../transfer/result.ts';

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
  /** The request is on its way: from here on nothing can call it back. */
  onSent?: (() => void) | undefined;
  /** A target did not take the call, and the next one is about to be tried. */
  onFallback?: ((failed: TransferResult, next: Destination) => void | Promise<void>) | undefined;
}

/** What became of a transfer, in the field names of `lk-transfer transfer --json`. */
export interface TransferOutcome extends ChainResult {
  /** What was worth a word before it was sent: doubtful addresses, fallbacks left out. */
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
