/**
 * A transfer carried out: re-read the caller, one POST, then look where the caller is. Never
 * prints; what happens is told through the callbacks.
 */
import {
  type Call,
  type CallStatus,
  callIdOf,
  isTransferable,
  readCall,
  roomOf,
} from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { InterruptedError, NotFoundError } from '../errors.ts';
import type { Signal } from '../host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { type Cause, classifyAnswer, type Verdict } from './classify.ts';
import { nameCaller, nameDestination } from './explain.ts';
import { NO_ANSWER } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import { concludeTransfer, type TransferResult } from './result.ts';
import { lookAtRoom, readLegAfterFailure, type Sighting, watchLegLeave } from './verify.ts';

export interface TransferClock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  sleep(ms: number): Promise<void>;
}

/** The signal that has come, if any; when one comes, the client gives up what is under way. */
export interface TransferInterruption {
  readonly signal: Signal | null;
}

export interface SendTransferOptions {
  clock: TransferClock;
  isAgent: IsAgentIdentity;
  interruption: TransferInterruption;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: () => void;
  /** LiveKit has answered; the caller's leg is being watched. */
  onVerifying?: () => void;
}

function causeOfStatus(status: CallStatus | null): Cause {
  if (status === 'hangup') return 'hanging-up';
  return status === null ? 'status-unknown' : 'not-answered-yet';
}

/** A verdict of our own, for a request that is never made. */
function untransferable(status: CallStatus | null): Verdict {
  return {
    outcome: 'not-sent',
    stage: 'api',
    sip: null,
    cause: causeOfStatus(status),
    exitCode: 1,
    livekit: NO_ANSWER,
  };
}

/**
 * The call as it is now, just before the request.
 * @throws NotFoundError when the caller has left, or another call has taken the identity
 */
async function rereadCall(client: LiveKitClient, call: Call, nowMs: number): Promise<Call> {
  const participant = await client.getParticipant(call.room, call.identity);
  if (participant === null || callIdOf(participant) !== call.callId) {
    throw new NotFoundError(
      'no-such-call',
      `${nameCaller(call)} left before the transfer. Nothing was sent.`,
      { hint: 'See who is on the line with `lk-transfer calls`.' },
    );
  }
  const now = readCall(participant, roomOf(call), nowMs) ?? call;
  // What only the whole room shows stands as it was shown to whoever confirmed.
  return { ...now, condition: call.condition, stuck: call.stuck, agent: call.agent };
}

/** The parts of a result that do not depend on how it went. */
function attemptOf(
  plan: TransferPlan,
  call: Call,
  { clock, isAgent }: SendTransferOptions,
  startedAt: string,
  durationMs: number,
) {
  return {
    call,
    destination: plan.destination,
    hangsUpFirst: plan.hangsUpFirst,
    waitMs: plan.request.waitMs,
    startedAt,
    durationMs,
    isAgent,
    nowMs: clock.now(),
  };
}

/**
 * The result for a call that LiveKit cannot transfer as it is: nothing is sent.
 * @returns null when the call can be transferred
 */
export async function refuseUntransferable(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: SendTransferOptions,
): Promise<TransferResult | null> {
  if (isTransferable(call.status)) return null;
  const startedAt = new Date(options.clock.now()).toISOString();
  return concludeTransfer(
    attemptOf(plan, call, options, startedAt, 0),
    untransferable(call.status),
    await lookAtRoom(client, call),
  );
}

/**
 * Performs a planned and confirmed transfer. The request goes out exactly once, or not at all.
 * @throws NotFoundError when the caller has left and whatever the reading of the caller throws
 *   (nothing was sent); InterruptedError, which says whether anything was
 */
export async function sendTransfer(
  client: LiveKitClient,
  plan: TransferPlan,
  options: SendTransferOptions,
): Promise<TransferResult> {
  const { clock, interruption } = options;
  const call = await rereadCall(client, plan.call, clock.now());
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, 'Interrupted. Nothing was sent.');
  }
  const refusal = await refuseUntransferable(client, plan, call, options);
  if (refusal !== null) return refusal;

  const startedAt = new Date(clock.now()).toISOString();
  const start = clock.elapsed();
  const answer = await client.transfer(plan.request, options.onSent);
  const durationMs = Math.round(clock.elapsed() - start);
  if (answer.kind === 'failure' && answer.code === 'ABORTED') {
    throw interruptedWhileSending(plan, interruption, answer.mayHaveBeenSent);
  }

  const verdict = classifyAnswer(answer);
  options.onVerifying?.();
  const watch = { ...clock, stopped: () => interruption.signal !== null };
  const sighting: Sighting =
    verdict.outcome === 'accepted'
      ? await watchLegLeave(client, call, watch)
      : await readLegAfterFailure(client, call, watch);
  const attempt = attemptOf(plan, call, options, startedAt, durationMs);
  const result = concludeTransfer(attempt, verdict, sighting);
  if (interruption.signal !== null) {
    throw new InterruptedError(
      interruption.signal,
      `Interrupted before it was clear where the caller is. ${result.message}`,
      { hint: result.hint ?? undefined },
    );
  }
  return result;
}

function interruptedWhileSending(
  { call, destination }: TransferPlan,
  { signal }: TransferInterruption,
  mayHaveBeenSent: boolean,
): InterruptedError {
  const name = signal ?? 'SIGINT';
  if (!mayHaveBeenSent) return new InterruptedError(name, 'Interrupted. Nothing was sent.');
  return new InterruptedError(
    name,
    `Interrupted, but the transfer of ${nameCaller(call)} to ${nameDestination(destination)} had been sent: it goes on without us, and nothing can call it back.`,
    {
      hint: 'Do not transfer again before you know: ask at the target. See who is still on the line with `lk-transfer calls`.',
    },
  );
}
