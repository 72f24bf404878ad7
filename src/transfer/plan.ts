/** What a transfer would do, complete and printable, before anybody is asked to confirm it. */
import type { Call } from '../calls/call.ts';
import type { Destination } from '../destinations/destination.ts';
import { mergeHeaders } from '../destinations/headers.ts';
import { KnownError } from '../errors.ts';
import type { TransferRequest } from '../livekit/client.ts';

export interface TransferPlan {
  call: Call;
  destination: Destination;
  request: TransferRequest;
  /** The trunk is known to hang up by itself after a successful transfer. */
  hangsUpFirst: boolean;
}

export interface TransferWishes {
  waitMs: number;
  playDialtone: boolean;
  /** Headers from the command line; they win over the config's. */
  headers: Record<string, string>;
  hangsUpFirst: boolean;
}

/** Below this LiveKit gives up at once; above, Node's and many proxies' own limits come first. */
export const WAIT_MIN_MS = 2000;
export const WAIT_MAX_MS = 290_000;

/**
 * Puts a call and a destination together.
 * @throws KnownError `usage` when the wait is out of bounds
 */
export function planTransfer(
  call: Call,
  destination: Destination,
  wishes: TransferWishes,
): TransferPlan {
  if (wishes.waitMs < WAIT_MIN_MS || wishes.waitMs > WAIT_MAX_MS) {
    throw new KnownError('usage', 'The wait must lie between 2 and 290 seconds.', {
      hint: 'It is how long we wait for the target’s answer; 90s is the default.',
    });
  }
  return {
    call,
    destination,
    hangsUpFirst: wishes.hangsUpFirst,
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
