/**
 * One target tried: re-read the caller, one POST, then look where the caller is. Never prints; what
 * happens is told through the callbacks.
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
import { InterruptedError, isKnownError, KnownError, NotFoundError } from '../errors.ts';
import type { Signal } from '../host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { type Cause, classifyAnswer, type Verdict } from './classify.ts';
import { nameCaller, nameDestination } from './explain.ts';
import { NO_ANSWER } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import type { OpenTransfer, TransferRecord } from './record.ts';
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

export interface AttemptOptions {
  clock: TransferClock;
  isAgent: IsAgentIdentity;
  interruption: TransferInterruption;
  record: TransferRecord;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: () => void;
  /** LiveKit has answered; where the caller is, is looked for next. */
  onAnswer?: (verdict: Verdict) => void;
}

/** One target tried, with what it takes to tell the same again after another look. */
export interface Attempted {
  result: TransferResult;
  sighting: Sighting;
  /** The result as it reads when the caller is seen somewhere else than before. */
  retell(sighting: Sighting): TransferResult;
}

function causeOfStatus(status: CallStatus | null): Cause {
  if (status === 'hangup') return 'hanging-up';
  return status === null ? 'status-unknown' : 'not-answered-yet';
}

/** A verdict of our own, for a request that is never made. */
function notSent(cause: Cause, exitCode: 1 | 2): Verdict {
  return { outcome: 'not-sent', stage: 'api', sip: null, cause, exitCode, livekit: NO_ANSWER };
}

const NOTHING_SENT = 'Interrupted. Nothing was sent.';

/**
 * The call as it is now, just before the request.
 * @throws NotFoundError when the caller has left, or another call has taken the identity
 */
async function rereadCall(client: LiveKitClient, call: Call, nowMs: number): Promise<Call> {
  const participant = await client.getParticipant(call.room, call.identity);
  if (participant === null || callIdOf(participant) !== call.callId) {
    throw movedAway(call, await lookAtRoom(client, call));
  }
  const now = readCall(participant, roomOf(call), nowMs) ?? call;
  // What only the whole room shows stands as it was shown to whoever confirmed.
  return { ...now, condition: call.condition, stuck: call.stuck, agent: call.agent };
}

/** The caller is not where they were: they have left, or have come back under another identity. */
function movedAway(call: Call, { leg }: Sighting): NotFoundError {
  const what = {
    gone: 'left before the transfer',
    listed: 'came back under another identity before the transfer',
    unread: `is no longer there as ${call.identity}, and the room could not be read`,
  }[leg];
  return new NotFoundError('no-such-call', `${nameCaller(call)} ${what}. Nothing was sent.`, {
    hint: 'See who is on the line with `lk-transfer calls`.',
  });
}

/** Tells how one request went; the parts of a result that do not depend on that are settled here. */
function teller(
  plan: TransferPlan,
  call: Call,
  { clock, isAgent }: AttemptOptions,
  earlier: readonly OpenTransfer[],
) {
  const startedAt = new Date(clock.now()).toISOString();
  return {
    startedAt,
    tell: (verdict: Verdict, durationMs: number, sighting: Sighting): TransferResult =>
      concludeTransfer(
        {
          call,
          destination: plan.destination,
          provider: plan.provider,
          hangsUpFirst: plan.hangsUpFirst,
          earlier,
          waitMs: plan.request.waitMs,
          startedAt,
          durationMs,
          isAgent,
          nowMs: clock.now(),
        },
        verdict,
        sighting,
      ),
  };
}

/** Why nothing may be sent for this call as it stands; null when something may. */
function obstacleTo({ again, earlier }: TransferPlan, { status }: Call): Verdict | null {
  if (!isTransferable(status)) return notSent(causeOfStatus(status), 1);
  return earlier.length > 0 && !again ? notSent('open-transfer', 2) : null;
}

/**
 * The result for a call that must not be transferred as it is: LiveKit could not, or an earlier
 * transfer of it may still come about and nobody said `again`. Nothing is sent.
 * @returns null when the transfer may go on
 */
export async function refuseBeforehand(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
): Promise<TransferResult | null> {
  return (await refuse(client, plan, plan.call, options))?.result ?? null;
}

async function refuse(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: AttemptOptions,
): Promise<Attempted | null> {
  const obstacle = obstacleTo(plan, call);
  if (obstacle === null) return null;
  const { tell } = teller(plan, call, options, plan.earlier);
  const sighting = await lookAtRoom(client, call);
  return unsent(tell(obstacle, 0, sighting), sighting);
}

/**
 * Tries one target. The request goes out exactly once, or not at all.
 * @throws NotFoundError when the caller has left and whatever the reading of the caller throws
 *   (nothing was sent); InterruptedError, which says whether anything was
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
  // Somebody on this machine was faster, after the preview was shown: they were not reckoned with.
  if (recorded.earlier.some((other) => !isAmong(other, plan.earlier))) {
    const sighting = await lookAtRoom(client, call);
    const late = teller(plan, call, options, recorded.earlier);
    const result = late.tell(notSent('open-transfer', 2), 0, sighting);
    await recorded.end({ kind: 'result', result });
    return unsent(result, sighting);
  }

  const start = clock.elapsed();
  const answer = await client.transfer(plan.request, options.onSent);
  const durationMs = Math.round(clock.elapsed() - start);
  if (answer.kind === 'failure' && answer.code === 'ABORTED') {
    const { mayHaveBeenSent } = answer;
    await recorded.end(
      mayHaveBeenSent ? { kind: 'interrupted' } : { kind: 'not-sent', reason: 'interrupted' },
    );
    throw interruptedWhileSending(plan, interruption, mayHaveBeenSent);
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

function unsent(result: TransferResult, sighting: Sighting): Attempted {
  return { result, sighting, retell: () => result };
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

function interruptedWhileLooking(result: TransferResult, signal: Signal): InterruptedError {
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

function interruptedWhileSending(
  { call, destination }: TransferPlan,
  { signal }: TransferInterruption,
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
