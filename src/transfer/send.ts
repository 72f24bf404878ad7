/** A planned and confirmed transfer carried out: its target, and then its fallbacks. */
import { type Call, callIdOf, readAgain, readCall, roomOf } from '../calls/call.ts';
import { InterruptedError, isKnownError } from '../core/errors.ts';
import type { Signal } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { type AttemptOptions, attemptTransfer, LeftRingingError } from './attempt.ts';
import { CallerAwayError } from './before-sending.ts';
import { interruptedBetweenTargets } from './explain/errors.ts';
import type { TransferPlan, TransferStep } from './plan.ts';
import {
  type Attempted,
  type AttemptRecord,
  type ChainResult,
  type TransferResult,
  UnreadableRecordError,
} from './result.ts';
import type { LegObservation } from './verify.ts';

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
    const move = nextMove(attempts, step);
    if (move === 'skip') continue;
    const call = callForFallback(last.result, last.observation, clock.now());
    if (move === 'stop' || call === null) break;
    if (!mayTry(step)) continue;
    await onFallback?.(last.result, step);
    const then = { ...plan, ...stepFor(step, call), call };
    const next = await tryNext(client, then, options, last, attempts);
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
function stepFor(step: TransferStep, { identity }: { identity: string }): TransferStep {
  return { ...step, request: { ...step.request, identity } };
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
  before: readonly TransferResult[],
): Promise<Attempted | { result: TransferResult; reason?: string } | { signal: Signal }> {
  let sent = false;
  const onSent: AttemptOptions['onSent'] = (request, method) => {
    sent = true;
    options.onSent?.(request, method);
  };
  try {
    return await attemptTransfer(client, plan, { ...options, onSent });
  } catch (error) {
    if (error instanceof LeftRingingError) {
      throw new LeftRingingError(error.signal, plan, error.isOver, agentsSentAway(before));
    }
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

/** Whom an earlier target sent away before it hung up is missing to the caller all the same. */
function agentsSentAway(attempts: readonly TransferResult[]): string[] {
  return [...new Set(attempts.flatMap(({ bridge }) => bridge?.removedAgents ?? []))];
}

function chainOf(attempts: readonly TransferResult[], last: TransferResult): ChainResult {
  const bridge = last.bridge && { ...last.bridge, removedAgents: agentsSentAway(attempts) };
  return { ...last, bridge, attempts: attempts.map(asRecord) };
}

function asRecord(result: TransferResult): AttemptRecord {
  const { destination, outcome, transferMethod, leg, stage, sip, livekit, evidence } = result;
  const { headline, message, startedAt, durationMs, exitCode } = result;
  const what = { destination, outcome, transferMethod, leg, stage, sip, livekit, evidence };
  return { ...what, headline, message, startedAt, durationMs, exitCode };
}

// When the next target may be tried. Only after an answer that proves that this one did not take
// the call, with the caller seen on the line; never after anything unknown.

/** Refusals of the REFER that are about this address, and not about transfers or this call. */
const ABOUT_THE_ADDRESS: readonly number[] = [400, 404, 410, 414, 416, 484, 485, 604];

function isAboutTheAddress({ sip }: AttemptRecord): boolean {
  return sip !== null && ABOUT_THE_ADDRESS.includes(sip.code);
}

/** The trunk answered a REFER with a failure: nobody was called. */
function refusedByTrunk({ outcome, stage, transferMethod }: AttemptRecord): boolean {
  return transferMethod === 'refer' && outcome === 'refused' && stage === 'refer';
}

/**
 * Whether a further target is tried, passed over, or the end of the chain.
 * @param attempts all so far, the last one last
 */
function nextMove(
  attempts: readonly TransferResult[],
  step: TransferStep,
): 'try' | 'skip' | 'stop' {
  const last = attempts.at(-1);
  if (last?.caller !== 'on-the-line') return 'stop';
  const isSameTarget = last.destination.input === step.destination.input;
  if (step.bridge !== null && last.transferMethod === 'refer' && isSameTarget) {
    // The target itself did not take the call: dialled another way it would not either.
    if (last.outcome === 'target-failed') return 'skip';
    const isCertain = last.outcome === 'not-sent' && last.advice.action === 'bridge';
    return refusedByTrunk(last) || isCertain ? 'try' : 'stop';
  }
  // A trunk that takes no REFER takes none for the next target.
  const hasNoRefer = attempts.some((each) => refusedByTrunk(each) && !isAboutTheAddress(each));
  if (step.bridge === null && hasNoRefer) return 'skip';
  if (last.outcome === 'target-failed') return 'try';
  // Whose answer it was need not be known: with these, either leaves the caller where they are.
  if (last.outcome === 'refused' && isAboutTheAddress(last)) return 'try';
  return step.bridge !== null && refusedByTrunk(last) ? 'try' : 'stop';
}

/**
 * The call as it was last seen.
 * @param nowMs wall clock, ms since 1970
 * @returns null where it is not up any more
 */
function callForFallback(
  { call }: TransferResult,
  { room }: LegObservation,
  nowMs: number,
): Call | null {
  const participant = room?.find((each) => callIdOf(each) === call.callId);
  const seen = participant === undefined ? null : readCall(participant, roomOf(call), nowMs);
  if (seen?.status !== 'active') return null;
  return readAgain(seen, call);
}

// What is left of a plan before anything of it is sent, where other callers have shown the rest to be
// in vain.

/** What other callers have shown. */
export interface Shown {
  /** Why a call must not be sent to this target now; null when it may. */
  blockReason(call: Call, step: TransferStep): string | null;
  /** Why a plan that begins with this target would end there; null when it would not. */
  endReason(step: TransferStep): string | null;
  /** Whether the trunk of a call has refused the REFER of another caller. */
  refusesRefer(call: Call): boolean;
}

interface Left {
  /** From the first target on that may be tried. */
  plan: TransferPlan;
  /** The targets before it, and why each is left out; none where nothing is left. */
  passed: readonly (readonly [step: TransferStep, reason: string])[];
  /** Why nothing of the plan may be sent; null where something may. */
  reason: string | null;
}

/** Leaves out what would be in vain, down to the first target that may be tried. */
export function leftOf(planned: TransferPlan, shown: Shown, before: Left['passed'] = []): Left {
  const plan = pastRefused(planned, shown);
  const reason = shown.blockReason(plan.call, plan);
  if (reason === null) return { plan, passed: before, reason };
  const passed: Left['passed'] = [...before, [plan, reason]];
  const isEnd = before.length === 0 && shown.endReason(plan) !== null;
  // The same target, dialled another way, would not take the call either.
  const isOther = ({ destination }: TransferStep) => destination.input !== plan.destination.input;
  const [next, ...fallbacks] = isEnd ? [] : plan.fallbacks.filter(isOther);
  if (next !== undefined) return leftOf({ ...plan, ...next, fallbacks }, shown, passed);
  const reasons = new Set(passed.map(([, why]) => why));
  return { plan, passed: [], reason: [...reasons].join('; ') };
}

/** A plan without each REFER that its trunk would refuse, where a bridge to the same target follows. */
function pastRefused(plan: TransferPlan, shown: Shown): TransferPlan {
  if (!shown.refusesRefer(plan.call)) return plan;
  const steps: TransferStep[] = [plan, ...plan.fallbacks];
  const [first = plan, ...fallbacks] = steps.filter(({ bridge, destination }, index) => {
    const next = steps[index + 1];
    const isInstead = next != null && next.bridge !== null && bridge === null;
    return !isInstead || next.destination.input !== destination.input;
  });
  return { ...plan, ...first, fallbacks };
}
