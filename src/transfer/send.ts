/** A planned and confirmed transfer carried out: its target, and then its fallbacks. */
import { InterruptedError, isKnownError } from '../core/errors.ts';
import type { Signal } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { attemptTransfer } from './attempt.ts';
import type { Attempted, AttemptOptions } from './conclude.ts';
import { callForFallback } from './fallback.ts';
import type { TransferPlan, TransferStep } from './plan-part.ts';
import { CallerAwayError } from './reread.ts';
import type { AttemptRecord, ChainResult, TransferResult } from './result.ts';
import type { Sighting } from './verify.ts';

export interface SendTransferOptions extends AttemptOptions {
  /** Asked before every further target; the chain ends at the last one that was tried. */
  mayTry?: (step: TransferStep) => boolean;
  /** A target did not take the call, and the next one is about to be tried. */
  onFallback?: (failed: TransferResult, next: TransferStep) => void | Promise<void>;
}

function asRecord({ call: _call, earlier: _earlier, ...attempt }: TransferResult): AttemptRecord {
  return attempt;
}

/** Somebody left between two targets: what became of the first is known, and nothing else was sent. */
export class InterruptedBetweenError extends InterruptedError {
  readonly result: ChainResult;

  constructor(signal: Signal, result: ChainResult) {
    super(signal, `Interrupted before the next target was tried. ${result.message}`, {
      hint: result.hint ?? undefined,
    });
    this.result = result;
  }
}

function chainOf(attempts: readonly TransferResult[], last: TransferResult): ChainResult {
  return { ...last, attempts: attempts.map(asRecord) };
}

/**
 * Performs a transfer: the target, then each fallback for as long as it is certain that the caller
 * was not taken and is still on the line. Every target is asked exactly once, or not at all.
 * @throws CallerAwayError and whatever else the reading of the caller throws, before anything was
 *   sent; InterruptedBetweenError; InterruptedError, which says whether anything was sent
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
    if ('signal' in next) {
      throw new InterruptedBetweenError(next.signal, chainOf(attempts, last.result));
    }
    if (!('sighting' in next)) {
      attempts[attempts.length - 1] = next.result;
      break;
    }
    last = next;
    attempts.push(next.result);
  }
  return chainOf(attempts, attempts.at(-1) ?? last.result);
}

/** The caller may have come back under another identity in the meantime. */
function stepFor({ destination, request }: TransferStep, call: { identity: string }): TransferStep {
  return { destination, request: { ...request, identity: call.identity } };
}

/**
 * The next target; or the last result once more, since the caller may be gone, or no longer readable,
 * and then nothing further is sent; or the signal that came first.
 * @throws whatever went wrong once the request was out
 */
async function tryNext(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
  last: Attempted,
): Promise<Attempted | { result: TransferResult } | { signal: Signal }> {
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
    if (signal !== null) return { signal };
    return { result: last.retell(error instanceof CallerAwayError ? error.sighting : UNREAD) };
  }
}

const UNREAD: Sighting = { leg: 'unread', lastListedMs: null, room: null };
