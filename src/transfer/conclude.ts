/** What an attempt works with, and what comes of one. */
import type { Call } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import type { Signal } from '../core/host.ts';
import type { Classification, OpenTransfer } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import type { TransferRecord } from './record.ts';
import { concludeTransfer, type TransferResult } from './result.ts';
import type { LegObservation } from './verify.ts';

// From a request and its answer to the result that is told.

/** Tells how one request went; the parts of a result that do not depend on that are settled here. */
export function teller(
  plan: TransferPlan,
  call: Call,
  { clock, isAgent }: AttemptOptions,
  earlier: readonly OpenTransfer[],
) {
  const startedAt = new Date(clock.now()).toISOString();
  return {
    startedAt,
    tell: (
      verdict: Classification,
      durationMs: number,
      observation: LegObservation,
    ): TransferResult =>
      concludeTransfer(
        {
          call,
          destination: plan.destination,
          provider: plan.provider,
          hangsUpFirst: plan.hangsUpFirst,
          earlier,
          waitMs: plan.request.waitMs,
          startedAt,
          durationMs,
          isAgent,
          nowMs: clock.now(),
        },
        verdict,
        observation,
      ),
  };
}

interface TransferClock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  sleep(ms: number): Promise<void>;
}

/** The signal that has come, if any; when one comes, the client gives up what is under way. */
interface TransferInterruption {
  readonly signal: Signal | null;
}

export interface AttemptOptions {
  clock: TransferClock;
  isAgent: IsAgentIdentity;
  interruption: TransferInterruption;
  record: TransferRecord;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: () => void;
  /** LiveKit has answered; where the caller is, is looked for next. */
  onAnswer?: (verdict: Classification) => void;
}

/** One target tried, with what it takes to tell the same again after another look. */
export interface Attempted {
  result: TransferResult;
  observation: LegObservation;
  /** The result as it reads when the caller is seen somewhere else than before. */
  rebuild(observation: LegObservation): TransferResult;
}
