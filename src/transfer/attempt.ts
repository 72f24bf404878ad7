/**
 * One target tried: re-read the caller, one POST, then look where the caller is. Never prints; what
 * happens is told through the callbacks.
 */
import type { Call } from '../calls/call.ts';
import { InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { Signal } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { preflightOpenTransfers, preflightReread, rereadCall } from './before-sending.ts';
import { classifyAnswer } from './classify.ts';
import { type Attempted, type AttemptOptions, teller } from './conclude.ts';
import { nameCaller, nameDestination } from './explain/explain.ts';
import type { Classification, OpenTransfer } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import type { TransferResult } from './result.ts';
import { type LegObservation, observeRoom, readLegAfterFailure, watchLegLeave } from './verify.ts';

// What is told of a transfer that was cut off: by somebody who leaves, or by a bug of ours.

const NOTHING_SENT = 'Interrupted. Nothing was sent.';

/** Its outcome is known, and where the caller is, is not. */
function interruptedWhileReading(result: TransferResult, signal: Signal): InterruptedError {
  return new InterruptedError(
    signal,
    `Interrupted before it was clear where the caller is. ${result.message}`,
    { hint: result.hint ?? undefined },
  );
}

/** A bug of ours must not pass for a transfer that failed. */
function failedAfterSending({ call, destination }: TransferPlan, bug: unknown): KnownError {
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
function interruptedWhileSending(
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

/**
 * Tries one target. The request goes out exactly once, or not at all.
 * @throws CallerAwayError and whatever else the reading of the caller throws (nothing was sent);
 *   InterruptedError, which says whether anything was
 */
export async function attemptTransfer(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
): Promise<Attempted> {
  const { clock, interruption, record } = options;
  const call = await rereadCall(client, plan.call, clock.now());
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, NOTHING_SENT);
  const refusal = await preflightReread(client, plan, call, options);
  if (refusal !== null) return refusal;

  const { startedAt, tell } = teller(plan, call, options, plan.earlier);
  const recorded = await record.begin({ call, destination: plan.destination, startedAt });
  if (interruption.signal !== null) {
    await recorded.end({ kind: 'not-sent', reason: 'interrupted' });
    throw new InterruptedError(interruption.signal, NOTHING_SENT);
  }
  if (recorded.earlier.some((other) => !isAmong(other, plan.earlier))) {
    const late = await preflightOpenTransfers(client, plan, call, options, recorded.earlier);
    await recorded.end({ kind: 'result', result: late.result });
    return late;
  }

  const start = clock.elapsed();
  const answer = await client.transfer(plan.request, options.onSent);
  const durationMs = Math.round(clock.elapsed() - start);
  if (answer.kind === 'failure' && answer.code === 'ABORTED') {
    const { mayHaveBeenSent } = answer;
    await recorded.end(
      mayHaveBeenSent ? { kind: 'interrupted' } : { kind: 'not-sent', reason: 'interrupted' },
    );
    throw interruptedWhileSending(plan, interruption.signal, mayHaveBeenSent);
  }

  try {
    const verdict = doubtLateRejection(classifyAnswer(answer), durationMs);
    options.onAnswer?.(verdict);
    const observation = await observeAfter(verdict, client, call, options);
    const result = tell(verdict, durationMs, observation);
    await recorded.end({ kind: 'result', result });
    if (interruption.signal !== null) throw interruptedWhileReading(result, interruption.signal);
    return { result, observation, rebuild: (later) => tell(verdict, durationMs, later) };
  } catch (error) {
    throw isKnownError(error) ? error : failedAfterSending(plan, error);
  }
}

/** How many there are proves nothing: one may have ended while another began. */
function isAmong(one: OpenTransfer, known: readonly OpenTransfer[]): boolean {
  return known.some((each) => each.startedAt === one.startedAt && each.referTo === one.referTo);
}

/** LiveKit knows within a second that its SIP service does not answer (server 1.13). */
const NO_SERVICE_WITHIN_MS = 5000;

/**
 * LiveKit's own request to its SIP service may be repeated after a time-out, where it is set up so.
 * The repetition finds nobody when the service has died in between, with the REFER already out.
 */
function doubtLateRejection(verdict: Classification, durationMs: number): Classification {
  const late = verdict.cause === 'no-sip-service' && durationMs > NO_SERVICE_WITHIN_MS;
  return late ? { ...verdict, outcome: 'unknown', exitCode: 7 } : verdict;
}

/** The look that fits the verdict: nothing has moved where nothing was sent. */
function observeAfter(
  { outcome }: Classification,
  client: LiveKitClient,
  call: Call,
  { clock, interruption }: AttemptOptions,
): Promise<LegObservation> {
  const watch = {
    elapsed: clock.elapsed,
    sleep: clock.sleep,
    stopped: () => interruption.signal !== null,
  };
  switch (outcome) {
    case 'accepted':
    case 'completed':
      return watchLegLeave(client, call, watch);
    case 'not-sent':
      return observeRoom(client, call);
    default:
      return readLegAfterFailure(client, call, watch);
  }
}
