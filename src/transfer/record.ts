/**
 * The record of transfers, as a transfer uses it: what it adds before and after its request, and the
 * open transfers that it learns of. src/history keeps the record.
 */
import type { Call } from '../calls/call.ts';
import { KnownError } from '../core/errors.ts';
import type { Destination } from '../destinations/destination.ts';
import { unreadableRecord } from './explain/errors.ts';
import type { OpenTransfer } from './outcome.ts';
import type { TransferResult } from './result.ts';

/** A transfer that is about to be sent. */
export interface IntendedTransfer {
  call: Call;
  destination: Destination;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Whoever asks for it knows that earlier transfers of the call may be open. */
  again: boolean;
}

/** How a transfer that was begun ended, as far as this process saw it. */
export type TransferEnding =
  | { kind: 'result'; result: TransferResult }
  /** It was given up before the request went out. */
  | { kind: 'not-sent'; reason: string }
  /** A signal ended the program while it was under way: it goes on without us. */
  | { kind: 'interrupted' };

/** Not read is never none: an earlier transfer of the call may still take the caller. */
export class UnreadableRecordError extends KnownError {
  /** What is not known, and why: a clause. */
  readonly reason: string;

  /**
   * @param cause why it could not be read: half a sentence
   * @param offersAgain whether `--again` can be asked for
   */
  constructor(folder: string, cause: string, offersAgain: boolean) {
    const { reason, message, hint } = unreadableRecord(folder, cause, offersAgain);
    super('unreadable-record', message, { hint });
    this.name = 'UnreadableRecordError';
    this.reason = reason;
  }
}

interface RecordedTransfer {
  /**
   * Open transfers of the same call that stand before this one in the record. One that nobody had
   * seen before means that somebody else on this machine has just sent it.
   */
  earlier: readonly OpenTransfer[];
  /** Why there may be more of them, unless `again` was said: then nothing may be sent. */
  refusal: UnreadableRecordError | null;
  /** Adds how it ended. Never throws. */
  end(ending: TransferEnding): Promise<void>;
}

/**
 * The record of transfers. Its methods never throw. One that cannot be written does not stop a
 * transfer; one that cannot be read does.
 */
export interface TransferRecord {
  /** Adds an entry before the request goes out, so that a crash leaves a trace of it. */
  begin(intended: IntendedTransfer): Promise<RecordedTransfer>;
}

/** For runs that keep none. */
export const NO_RECORD: TransferRecord = {
  begin: async () => ({ earlier: [], refusal: null, end: async () => {} }),
};
