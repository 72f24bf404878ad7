/** A planned and confirmed transfer carried out: its target, and then its fallbacks. */
import { InterruptedError, isKnownError } from '../errors.ts';
import type { Signal } from '../host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { type Attempted, type AttemptOptions, attemptTransfer } from './attempt.ts';
import { callForFallback } from './fallback.ts';
import type { TransferPlan, TransferStep } from './plan.ts';
import type { AttemptRecord, ChainResult, TransferResult } from './result.ts';

export interface SendTransferOptions extends AttemptOptions {
  /** Asked before every further target; the chain ends at the last one that was tried. */
  mayTry?: (step: TransferStep) => boolean;
  /** A target did not take the call, and the next one is about to be tried. */
  onFallback?: (failed: TransferResult, next: TransferStep) => void | Promise<void>;
}

function asRecord({ call: _call, earlier: _earlier, ...attempt }: TransferResult): AttemptRecord {
  return attempt;
}

/**
 * Performs a transfer: the target, then each fallback for as long as it is certain that the caller
 * was not taken and is still on the line. Every target is asked exactly once, or not at all.
 * @throws NotFoundError when the caller has left and whatever the reading of the caller throws,
 *   before anything was sent; InterruptedError, which says whether anything was
 */
export async function sendTransfer(
  client: LiveKitClient,
  plan: TransferPlan,
  options: SendTransferOptions,
): Promise<ChainResult> {
  const { clock, mayTry = () => true, onFallback } = options;
  let last = await attemptTransfer(client, plan, options);
  const attempts = [last.result];
  for (const step of plan.fallbacks) {
    const call = callForFallback(last.result, last.sighting, clock.now());
    if (call === null) break;
    if (!mayTry(step)) continue;
    await onFallback?.(last.result, step);
    const next = await tryNext(client, { ...plan, ...stepFor(step, call), call }, options, last);
    if (!('sighting' in next)) {
      attempts[attempts.length - 1] = next.result;
      break;
    }
    last = next;
    attempts.push(next.result);
  }
  const result = attempts.at(-1) ?? last.result;
  return { ...result, attempts: attempts.map(asRecord) };
}

/** The caller may have come back under another identity in the meantime. */
function stepFor({ destination, request }: TransferStep, call: { identity: string }): TransferStep {
  return { destination, request: { ...request, identity: call.identity } };
}

/**
 * The next target, or the last result once more: the caller may be gone, or no longer readable,
 * and then nothing further is sent.
 * @throws InterruptedError when a signal came first; whatever went wrong once the request was out
 */
async function tryNext(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
  last: Attempted,
): Promise<Attempted | { result: TransferResult }> {
  let sent = false;
  const onSent = () => {
    sent = true;
    options.onSent?.();
  };
  try {
    return await attemptTransfer(client, plan, { ...options, onSent });
  } catch (error) {
    // From there on it is about this target, and not about the last one any more.
    if (sent || !isKnownError(error)) throw error;
    const { signal } = options.interruption;
    if (signal !== null) throw interruptedBetween(last.result, signal);
    const leg = error.code === 'no-such-call' ? 'gone' : 'unread';
    return { result: last.retell({ leg, lastListedMs: null, room: null }) };
  }
}

function interruptedBetween({ message, hint }: TransferResult, signal: Signal): InterruptedError {
  return new InterruptedError(signal, `Interrupted before the next target was tried. ${message}`, {
    hint: hint ?? undefined,
  });
}
