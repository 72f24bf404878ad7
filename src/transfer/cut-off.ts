/** What is told of a transfer that was cut off: by somebody who leaves, or by a bug of ours. */
import { InterruptedError, KnownError } from '../core/errors.ts';
import type { Signal } from '../core/host.ts';
import { nameCaller, nameDestination } from './explain/explain.ts';
import type { TransferPlan } from './plan-part.ts';
import type { TransferResult } from './result.ts';

export const NOTHING_SENT = 'Interrupted. Nothing was sent.';

/** Its outcome is known, and where the caller is, is not. */
export function interruptedWhileLooking(result: TransferResult, signal: Signal): InterruptedError {
  return new InterruptedError(
    signal,
    `Interrupted before it was clear where the caller is. ${result.message}`,
    { hint: result.hint ?? undefined },
  );
}

/** A bug of ours must not pass for a transfer that failed. */
export function failedAfterSending({ call, destination }: TransferPlan, bug: unknown): KnownError {
  const what = bug instanceof Error ? `${bug.name}: ${bug.message}` : String(bug);
  return new KnownError(
    'outcome-lost',
    `The transfer of ${nameCaller(call)} to ${nameDestination(destination)} was sent, and then lk-transfer itself failed (${what}): how it ended is not known.`,
    {
      hint: 'Do not transfer again before you know: ask at the target. And please report this bug; --debug shows where it happened.',
      cause: bug,
    },
  );
}

/** The wait for LiveKit's answer was cut off. */
export function interruptedWhileSending(
  { call, destination }: TransferPlan,
  signal: Signal | null,
  mayHaveBeenSent: boolean,
): InterruptedError {
  const name = signal ?? 'SIGINT';
  if (!mayHaveBeenSent) return new InterruptedError(name, NOTHING_SENT);
  return new InterruptedError(
    name,
    `Interrupted, but the transfer of ${nameCaller(call)} to ${nameDestination(destination)} had been sent: it goes on without us, and nothing can call it back.`,
    {
      hint: 'Do not transfer again before you know: ask at the target. See who is still on the line with `lk-transfer calls`.',
    },
  );
}
