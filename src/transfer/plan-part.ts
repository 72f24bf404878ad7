/** What a transfer would do, complete and printable, before anybody is asked to confirm it. */
import type { Call } from '../calls/call.ts';
import { KnownError } from '../core/errors.ts';
import { LONGEST_WAIT_MS, SHORTEST_WAIT_MS } from '../core/limits.ts';
import { mergeHeaders } from '../destinations/address/headers.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ProviderName } from '../destinations/providers.ts';
import type { TransferRequest } from '../livekit/client.ts';
import type { OpenTransfer } from './record.ts';

/** One place to send the caller to, and the request that would do it. */
export interface TransferStep {
  destination: Destination;
  request: TransferRequest;
}

export interface TransferPlan extends TransferStep {
  call: Call;
  /** What to try, in this order, if the destination does not take the call. */
  fallbacks: readonly TransferStep[];
  /** Whose trunk the call is on, where the config says so. */
  provider: ProviderName | null;
  /** The trunk is known to hang up by itself after a successful transfer. */
  hangsUpFirst: boolean;
  /** Earlier transfers of this call of which nobody knows how they ended. */
  earlier: readonly OpenTransfer[];
  /** Whoever asks knows of those, and wants another one all the same. */
  again: boolean;
}

export interface TransferWishes {
  waitMs: number;
  playDialtone: boolean;
  /** Headers from the command line; they win over the config's. */
  headers: Record<string, string>;
}

/** What holds for all steps of a plan. */
export type TransferTerms = Pick<
  TransferPlan,
  'fallbacks' | 'provider' | 'hangsUpFirst' | 'earlier' | 'again'
>;

/**
 * Puts a call and one destination together.
 * @throws KnownError `usage` when the wait is out of bounds
 */
export function planStep(
  call: Call,
  destination: Destination,
  wishes: TransferWishes,
): TransferStep {
  if (wishes.waitMs < SHORTEST_WAIT_MS || wishes.waitMs > LONGEST_WAIT_MS) {
    throw new KnownError('usage', 'The wait must lie between 2 and 290 seconds.', {
      hint: 'It is how long we wait for the target’s answer; 90s is the default.',
    });
  }
  return {
    destination,
    request: {
      roomName: call.room,
      identity: call.identity,
      transferTo: destination.referTo,
      waitMs: wishes.waitMs,
      playDialtone: wishes.playDialtone,
      headers: mergeHeaders(destination.headers, wishes.headers),
    },
  };
}

/** Puts together what a transfer would do: where to first, where to then, and on what terms. */
export function planTransfer(call: Call, step: TransferStep, terms: TransferTerms): TransferPlan {
  return { call, ...step, ...terms };
}
