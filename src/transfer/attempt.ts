/**
 * One target tried: re-read the caller, one POST, then look where the caller is. Never prints; what
 * happens is told through the callbacks.
 */
import type { Call } from '../calls/call.ts';
import { InterruptedError, isKnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { refuse, refuseForOthers } from './before-sending.ts';
import { classifyAnswer, type Verdict } from './classify.ts';
import type { Attempted, AttemptOptions } from './conclude.ts';
import {
  failedAfterSending,
  interruptedWhileLooking,
  interruptedWhileSending,
  NOTHING_SENT,
} from './cut-off.ts';
import type { TransferPlan } from './plan-part.ts';
import type { OpenTransfer } from './record.ts';
import { rereadCall } from './reread.ts';
import { teller } from './teller.ts';
import { lookAtRoom, readLegAfterFailure, type Sighting, watchLegLeave } from './verify.ts';

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
  const refusal = await refuse(client, plan, call, options);
  if (refusal !== null) return refusal;

  const { startedAt, tell } = teller(plan, call, options, plan.earlier);
  const recorded = await record.begin({ call, destination: plan.destination, startedAt });
  if (interruption.signal !== null) {
    await recorded.end({ kind: 'not-sent', reason: 'interrupted' });
    throw new InterruptedError(interruption.signal, NOTHING_SENT);
  }
  if (recorded.earlier.some((other) => !isAmong(other, plan.earlier))) {
    const late = await refuseForOthers(client, plan, call, options, recorded.earlier);
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
    const sighting = await lookAfter(verdict, client, call, options);
    const result = tell(verdict, durationMs, sighting);
    await recorded.end({ kind: 'result', result });
    if (interruption.signal !== null) throw interruptedWhileLooking(result, interruption.signal);
    return { result, sighting, retell: (later) => tell(verdict, durationMs, later) };
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
function doubtLateRejection(verdict: Verdict, durationMs: number): Verdict {
  const late = verdict.cause === 'no-sip-service' && durationMs > NO_SERVICE_WITHIN_MS;
  return late ? { ...verdict, outcome: 'unknown', exitCode: 7 } : verdict;
}

/** The look that fits the verdict: nothing has moved where nothing was sent. */
function lookAfter(
  { outcome }: Verdict,
  client: LiveKitClient,
  call: Call,
  { clock, interruption }: AttemptOptions,
): Promise<Sighting> {
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
      return lookAtRoom(client, call);
    default:
      return readLegAfterFailure(client, call, watch);
  }
}
