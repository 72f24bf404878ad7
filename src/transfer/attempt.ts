/**
 * One target tried: read the caller once more, one POST, then read where the caller is. Never
 * prints; the callbacks say how far it is.
 */
import { type Call, hasCallId } from '../calls/call.ts';
import { InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { HostClock, Interruption } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import {
  type PreflightOptions,
  preflightOpenTransfers,
  preflightReread,
  rereadCall,
} from './before-sending.ts';
import { classifyAnswer, weighDuration } from './classify.ts';
import * as errors from './explain/errors.ts';
import type { Classification, OpenTransfer } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import type { TransferRecord } from './record.ts';
import { type Attempted, concludeTransfer } from './result.ts';
import { type LegObservation, observeRoom, readLegAfterFailure, watchLegLeave } from './verify.ts';

export interface AttemptOptions extends PreflightOptions {
  clock: HostClock;
  /** When a signal comes, the client gives up what is under way. */
  interruption: Pick<Interruption, 'signal'>;
  record: TransferRecord;
  /** How many times as fast as real time LiveKit runs: 1, but for a sandbox. */
  speed?: number;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: () => void;
  /** LiveKit has answered; where the caller is, is read next. */
  onAnswer?: (classification: Classification) => void;
}

/**
 * Tries one target. The request goes out exactly once, or not at all.
 * @throws CallerAwayError, UnreadableRecordError and whatever else the reading of the caller throws
 *   (nothing was sent); InterruptedError, which says whether anything was
 */
export async function attemptTransfer(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
): Promise<Attempted> {
  const { clock, interruption, isAgent, record, speed = 1 } = options;
  // Nobody can tell whether it is still the same call.
  if (!hasCallId(plan.call)) {
    const nameless = await preflightReread(client, plan, plan.call, options);
    if (nameless !== null) return nameless;
  }
  const call = await rereadCall(client, plan.call, clock.now());
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, errors.NOTHING_SENT);
  }
  const unsent = await preflightReread(client, plan, call, options);
  if (unsent !== null) return unsent;

  const startedAt = new Date(clock.now()).toISOString();
  const recorded = await record.begin({
    call,
    destination: plan.destination,
    startedAt,
    again: plan.again,
  });
  if (interruption.signal !== null) {
    await recorded.end({ kind: 'not-sent', reason: 'interrupted' });
    throw new InterruptedError(interruption.signal, errors.NOTHING_SENT);
  }
  if (recorded.earlier.some((other) => !isAmong(other, plan.openTransfers))) {
    const late = await preflightOpenTransfers(client, plan, call, options, recorded.earlier);
    await recorded.end({ kind: 'result', result: late.result });
    return late;
  }
  if (recorded.refusal !== null) {
    await recorded.end({ kind: 'not-sent', reason: recorded.refusal.message });
    throw recorded.refusal;
  }

  const start = clock.elapsed();
  const answer = await client.transfer(plan.request, options.onSent);
  const durationMs = Math.round(clock.elapsed() - start);
  if (answer.kind === 'failure' && answer.code === 'ABORTED') {
    const { mayHaveBeenSent } = answer;
    await recorded.end(
      mayHaveBeenSent ? { kind: 'interrupted' } : { kind: 'not-sent', reason: 'interrupted' },
    );
    const signal = interruption.signal ?? 'SIGINT';
    if (!mayHaveBeenSent) throw new InterruptedError(signal, errors.NOTHING_SENT);
    const { message, hint } = errors.interruptedWhileSending(plan);
    throw new InterruptedError(signal, message, { hint });
  }

  try {
    const classification = weighDuration(classifyAnswer(answer), durationMs * speed);
    options.onAnswer?.(classification);
    const observation = await observeAfter(classification, client, call, options);
    const { waitMs } = plan.request;
    const conclude = (seen: LegObservation) => {
      const nowMs = clock.now();
      const attempt = { ...plan, call, waitMs, startedAt, durationMs, isAgent, nowMs };
      return concludeTransfer(attempt, classification, seen);
    };
    const result = conclude(observation);
    await recorded.end({ kind: 'result', result });
    if (interruption.signal !== null) {
      const { message, hint } = errors.interruptedWhileReading(result);
      throw new InterruptedError(interruption.signal, message, { hint });
    }
    return { result, observation, rebuild: conclude };
  } catch (error) {
    if (isKnownError(error)) throw error;
    const { message, hint } = errors.outcomeLost(plan, error);
    throw new KnownError('outcome-lost', message, { hint, cause: error });
  }
}

/** How many there are proves nothing: one may have ended while another began. */
function isAmong(one: OpenTransfer, known: readonly OpenTransfer[]): boolean {
  return known.some((each) => each.startedAt === one.startedAt && each.referTo === one.referTo);
}

/** Reads where the caller is, as the answer demands: nothing has moved where nothing was sent. */
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
