/** A planned and confirmed transfer carried out: its target, and then its fallbacks. */
import { type Call, callIdOf, hasCallId, readAgain, readCall, roomOf } from '../calls/call.ts';
import { InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { HostClock, Interruption, Signal } from '../core/host.ts';
import type { LiveKitClient, TransferRequest } from '../livekit/client.ts';
import {
  CallerAwayError,
  type PreflightOptions,
  preflightOpenTransfers,
  preflightReread,
  rereadCall,
} from './before-sending.ts';
import { classifyAnswer, weighDuration } from './classify.ts';
import * as errors from './explain/errors.ts';
import { interruptedBetweenTargets } from './explain/errors.ts';
import type { Classification, OpenTransfer } from './outcome.ts';
import type { TransferPlan, TransferStep } from './plan.ts';
import {
  type Attempted,
  type AttemptRecord,
  type ChainResult,
  concludeTransfer,
  type TransferRecord,
  type TransferResult,
  UnreadableRecordError,
} from './result.ts';
import { type LegObservation, observeRoom, readLegAfterFailure, watchLegLeave } from './verify.ts';

export interface SendTransferOptions extends AttemptOptions {
  /** Asked before every further target; the chain ends at the last one that was tried. */
  mayTry?: (step: TransferStep) => boolean;
  /** A target did not take the call, and the next one is about to be tried. */
  onFallback?: (failed: TransferResult, next: TransferStep) => void | Promise<void>;
  /** A further target is passed over, and why: a clause. */
  onPassedOver?: (step: TransferStep, reason: string) => void;
}

/** Somebody left between two targets: what became of the first is known, and nothing else was sent. */
export class InterruptedBetweenError extends InterruptedError {
  readonly result: ChainResult;

  constructor(signal: Signal, result: ChainResult) {
    const { message, hint } = interruptedBetweenTargets(result);
    super(signal, message, { hint });
    this.result = result;
  }
}

/**
 * Performs a transfer: the target, then each fallback for as long as it is certain that the caller
 * was not taken and is still on the line. Every target is asked exactly once, or not at all.
 * @throws CallerAwayError, UnreadableRecordError and whatever else the reading of the caller throws,
 *   before anything was sent; InterruptedBetweenError; InterruptedError, which says whether anything
 *   was sent
 */
export async function sendTransfer(
  client: LiveKitClient,
  plan: TransferPlan,
  options: SendTransferOptions,
): Promise<ChainResult> {
  const { clock, mayTry = () => true, onFallback, onPassedOver } = options;
  let last = await attemptTransfer(client, plan, options);
  const attempts = [last.result];
  for (const step of plan.fallbacks) {
    const call = callForFallback(last.result, last.observation, clock.now());
    if (call === null) break;
    if (!mayTry(step)) continue;
    await onFallback?.(last.result, step);
    const next = await tryNext(client, { ...plan, ...stepFor(step, call), call }, options, last);
    if ('signal' in next) {
      throw new InterruptedBetweenError(next.signal, chainOf(attempts, last.result));
    }
    if (!('observation' in next)) {
      if (next.reason !== undefined) {
        const rest = plan.fallbacks.slice(plan.fallbacks.indexOf(step));
        for (const each of rest) onPassedOver?.(each, next.reason);
      }
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
 * or transfers of theirs open that cannot be read, and then nothing further is sent; or the signal
 * that came first.
 * @throws whatever went wrong once the request was out
 */
async function tryNext(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
  last: Attempted,
): Promise<Attempted | { result: TransferResult; reason?: string } | { signal: Signal }> {
  let sent = false;
  const onSent = (request: TransferRequest) => {
    sent = true;
    options.onSent?.(request);
  };
  try {
    return await attemptTransfer(client, plan, { ...options, onSent });
  } catch (error) {
    // From there on it is about this target, and not about the last one any more.
    if (sent || !isKnownError(error)) throw error;
    const { signal } = options.interruption;
    if (signal !== null) return { signal };
    // The caller was read just before, and is where they were.
    if (error instanceof UnreadableRecordError) {
      return { result: last.result, reason: error.reason };
    }
    return { result: last.rebuild(error instanceof CallerAwayError ? error.observation : UNREAD) };
  }
}

const UNREAD: LegObservation = { leg: 'unread', lastListedMs: null, room: null };

function chainOf(attempts: readonly TransferResult[], last: TransferResult): ChainResult {
  return { ...last, attempts: attempts.map(asRecord) };
}

function asRecord(result: TransferResult): AttemptRecord {
  const { destination, outcome, leg, stage, sip, livekit, evidence } = result;
  const { headline, message, startedAt, durationMs, exitCode } = result;
  const what = { destination, outcome, leg, stage, sip, livekit, evidence };
  return { ...what, headline, message, startedAt, durationMs, exitCode };
}

// When the next target may be tried. Only after an answer that proves that this one did not take
// the call, with the caller seen on the line; never after anything unknown.

/** Refusals of the REFER that are about this address, and not about transfers or this call. */
const ABOUT_THE_ADDRESS: readonly number[] = [400, 404, 410, 414, 416, 484, 485, 604];

/** Whether the result leaves room for another target. */
function allowsAnother({ outcome, sip, caller }: TransferResult): boolean {
  if (caller !== 'on-the-line') return false;
  if (outcome === 'target-failed') return true;
  // Whose answer it was need not be known: with these, either leaves the caller where they are.
  return outcome === 'refused' && sip !== null && ABOUT_THE_ADDRESS.includes(sip.code);
}

/**
 * The call as it was last seen, if it may be sent to the next target.
 * @param nowMs wall clock, ms since 1970
 * @returns null when there must be no further attempt
 */
function callForFallback(
  result: TransferResult,
  { room }: LegObservation,
  nowMs: number,
): Call | null {
  if (!allowsAnother(result)) return null;
  const { call } = result;
  const participant = room?.find((each) => callIdOf(each) === call.callId);
  const seen = participant === undefined ? null : readCall(participant, roomOf(call), nowMs);
  if (seen?.status !== 'active') return null;
  return readAgain(seen, call);
}

// * One target tried: read the caller once more, one POST, then read where the caller is. Never
// prints; the callbacks say how far it is.

export interface AttemptOptions extends PreflightOptions {
  clock: HostClock;
  /** When a signal comes, the client gives up what is under way. */
  interruption: Pick<Interruption, 'signal'>;
  record: TransferRecord;
  /** How many times as fast as real time LiveKit runs: 1, but for a sandbox. */
  speed?: number;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: (request: TransferRequest) => void;
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
  const answer = await client.transfer(plan.request, () => options.onSent?.(plan.request));
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
