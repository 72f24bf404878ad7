/**
 * One target tried: read the caller once more, one POST, then read where the caller is. Never prints;
 * the callbacks say how far it is.
 */
import { type Call, callIdOf, hasCallId, readAgain, readCall, roomOf } from '../calls/call.ts';
import { InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { HostClock, Interruption, Signal } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { TransferRequest } from '../livekit/messages.ts';
import type { HttpOutcome } from '../livekit/transport.ts';
import {
  type PreflightOptions,
  preflightOpenTransfers,
  preflightReread,
  READ_HOLDS_MS,
  rereadCall,
  sendWhileThere,
} from './before-sending.ts';
import { dialTarget } from './bridge/dial.ts';
import { classifyDial } from './bridge/dial-outcome.ts';
import type { BridgePlan, BridgingMeans } from './bridge/dial-plan.ts';
import { classifyAnswer, weighDuration } from './classify.ts';
import * as errors from './explain/errors.ts';
import type { Bridge, Classification, OpenTransfer, StepMethod } from './outcome.ts';
import { methodOf, type TransferPlan } from './plan.ts';
import {
  type Attempted,
  concludeTransfer,
  type TransferEnding,
  type TransferRecord,
} from './result.ts';
import { type LegObservation, observeRoom, readLegAfterFailure, watchLegLeave } from './verify.ts';

/** Somebody left while the target of a bridge rang. */
export class LeftRingingError extends InterruptedError {
  /** It was seen to ring no more: nothing can come of it. */
  readonly isOver: boolean;

  /** @param sentAway agents that an earlier target has cost the caller */
  constructor(
    signal: Signal,
    plan: TransferPlan,
    isOver: boolean,
    sentAway: readonly string[] = [],
  ) {
    const { message, hint } = isOver
      ? errors.cancelledDial(plan, sentAway)
      : errors.interruptedDial(plan);
    super(signal, message, { hint });
    this.isOver = isOver;
  }
}

export interface AttemptOptions extends PreflightOptions {
  clock: HostClock;
  /** When a signal comes, the client gives up what is under way. */
  interruption: Pick<Interruption, 'signal'>;
  record: TransferRecord;
  /** How many times as fast as real time LiveKit runs: 1, but for a sandbox. */
  speed?: number;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: (request: TransferRequest, method: StepMethod) => void;
  /** LiveKit has answered; where the caller is, is read next. */
  onAnswer?: (classification: Classification) => void;
  /** What a target needs that is dialled into the room; a plan with a bridge cannot do without. */
  bridging?: BridgingMeans | undefined;
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
  const { clock, interruption, isAgent, record } = options;
  // Nobody can tell whether it is still the same call.
  if (!hasCallId(plan.call)) {
    const nameless = await preflightReread(client, plan, plan.call, options);
    if (nameless !== null) return nameless;
  }
  const call = await rereadCall(client, plan.call, clock.now());
  const readMs = clock.elapsed();
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, errors.NOTHING_SENT);
  }
  const unsent = await preflightReread(client, plan, call, options);
  if (unsent !== null) return unsent;

  const startedAt = new Date(clock.now()).toISOString();
  const recorded = await record.begin({
    call,
    destination: plan.destination,
    method: methodOf(plan),
    bridgeTrunkId: plan.bridge?.trunkId ?? null,
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

  const carriedOut =
    plan.bridge === null
      ? await sendRefer(client, plan, call, readMs, options)
      : await bridge({ ...plan, bridge: plan.bridge }, call, options);
  if (carriedOut.kind === 'away') {
    await recorded.end({ kind: 'not-sent', reason: carriedOut.error.message });
    throw carriedOut.error;
  }
  if (carriedOut.kind !== 'answered') {
    await recorded.end(endingOf[carriedOut.kind]);
    const signal = interruption.signal ?? 'SIGINT';
    throw interruptedError(carriedOut.kind, plan, signal, record.trace);
  }

  try {
    const { classification, durationMs, bridged } = carriedOut;
    options.onAnswer?.(classification);
    const observation =
      carriedOut.observation ?? (await observeAfter(classification, client, call, options));
    const { waitMs } = plan.request;
    const conclude = (seen: LegObservation) => {
      const nowMs = clock.now();
      const now = plan.bridge === null ? call : callAsSeen(call, seen, nowMs);
      const attempt = {
        ...plan,
        call: now,
        waitMs,
        startedAt,
        durationMs,
        isAgent,
        nowMs,
        bridged,
      };
      return concludeTransfer(attempt, classification, seen);
    };
    const result = conclude(observation);
    await recorded.end({ kind: 'result', result });
    // The caller of a bridge was read already; what goes on is for whoever watches it.
    if (interruption.signal !== null && plan.bridge === null) {
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

// One request: a REFER for the trunk to carry out, or the dial of the target.

/** What came of the request; or the run was left, before it went out or while it was under way. */
type CarriedOut =
  | {
      kind: 'answered';
      classification: Classification;
      durationMs: number;
      /** Where the caller is, where that was read already. */
      observation?: LegObservation;
      bridged?: Bridge;
    }
  | { kind: 'unsent' }
  /** Nor was it sent to a caller who is not there any more, or of whom nobody can say it. */
  | { kind: 'away'; error: KnownError }
  /** It goes on without us. */
  | { kind: 'going-on' }
  /** The target rings no more. */
  | { kind: 'cancelled' };

const endingOf = {
  unsent: { kind: 'not-sent', reason: 'interrupted' },
  'going-on': { kind: 'interrupted' },
  cancelled: { kind: 'cancelled' },
} as const satisfies Partial<Record<CarriedOut['kind'], TransferEnding>>;

function interruptedError(
  kind: keyof typeof endingOf,
  plan: TransferPlan,
  signal: Signal,
  trace: errors.Trace,
): InterruptedError {
  if (kind === 'unsent') return new InterruptedError(signal, errors.NOTHING_SENT);
  if (plan.bridge !== null) return new LeftRingingError(signal, plan, kind === 'cancelled');
  const { message, hint } = errors.interruptedWhileSending(plan, trace);
  return new InterruptedError(signal, message, { hint });
}

async function sendRefer(
  client: LiveKitClient,
  { request }: TransferPlan,
  call: Call,
  readMs: number,
  { clock, speed = 1, onSent }: AttemptOptions,
): Promise<CarriedOut> {
  const reread = () => rereadCall(client, call, clock.now());
  let start = clock.elapsed();
  const send = (abortUnsent: AbortSignal, onOut: () => void) => {
    start = clock.elapsed();
    return client.transfer({ ...request, abortUnsent }, () => {
      onOut();
      onSent?.(request, 'refer');
    });
  };
  let answer: HttpOutcome;
  try {
    // The record may be on a slow disk.
    if (start - readMs > READ_HOLDS_MS) await reread();
    answer = await sendWhileThere(reread, send, request.abortUnsent);
  } catch (error) {
    if (isKnownError(error)) return { kind: 'away', error };
    throw error;
  }
  const durationMs = Math.round(clock.elapsed() - start);
  if (answer.kind === 'failure' && answer.code === 'ABORTED') {
    return { kind: answer.mayHaveBeenSent ? 'going-on' : 'unsent' };
  }
  const classification = weighDuration(classifyAnswer(answer), durationMs * speed);
  return { kind: 'answered', classification, durationMs };
}

async function bridge(
  plan: TransferPlan & { bridge: BridgePlan },
  call: Call,
  { clock, interruption, isAgent, speed = 1, onSent, bridging }: AttemptOptions,
): Promise<CarriedOut> {
  if (bridging === undefined) throw new Error('A bridge was planned without the means for it.');
  const tried = await dialTarget(plan, call, {
    ...{ clock, interruption, isAgent, speed, means: bridging },
    onSent: () => onSent?.(plan.request, 'bridge'),
  });
  if (tried.kind === 'unsent') return tried;
  if (tried.kind === 'interrupted') return { kind: tried.cancelled ? 'cancelled' : 'going-on' };
  const { durationMs, observation, bridge: bridged } = tried;
  return {
    kind: 'answered',
    classification: classifyDial(tried),
    durationMs,
    observation,
    bridged,
  };
}

/** Of a bridge: the dial may have answered a caller who was still ringing. */
function callAsSeen(call: Call, { room }: LegObservation, nowMs: number): Call {
  const participant = room?.find((each) => callIdOf(each) === call.callId);
  const seen = participant === undefined ? null : readCall(participant, roomOf(call), nowMs);
  return seen === null ? call : readAgain(seen, call);
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
