/** Transfers that must not be sent as they are: told as results, without any request. */
import {
  type Call,
  type CallStatus,
  callIdOf,
  isTransferable,
  readCall,
  roomOf,
} from '../calls/call.ts';
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { type Attempted, type AttemptOptions, teller } from './conclude.ts';
import { nameCaller } from './explain/explain.ts';
import { type Cause, type Classification, NO_ANSWER, type OpenTransfer } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import type { TransferResult } from './result.ts';
import { type LegObservation, observeRoom } from './verify.ts';

function causeOfStatus(status: CallStatus | null): Cause {
  if (status === 'hangup') return 'hanging-up';
  return status === null ? 'status-unknown' : 'not-answered-yet';
}

/** A verdict of our own, for a request that is never made. */
function notSent(cause: Cause, exitCode: 1 | 2): Classification {
  return { outcome: 'not-sent', stage: 'api', sip: null, cause, exitCode, livekit: NO_ANSWER };
}

const OPEN_TRANSFER = notSent('open-transfer', 2);

/** Why nothing may be sent for this call as it stands; null when something may. */
function obstacleTo({ again, earlier }: TransferPlan, { status }: Call): Classification | null {
  if (!isTransferable(status)) return notSent(causeOfStatus(status), 1);
  return earlier.length > 0 && !again ? OPEN_TRANSFER : null;
}

/**
 * The result for a call that must not be transferred as it is: LiveKit could not, or an earlier
 * transfer of it may still come about and nobody said `again`. Nothing is sent.
 * @returns null when the transfer may go on
 */
export async function preflight(
  client: LiveKitClient,
  plan: TransferPlan,
  options: AttemptOptions,
): Promise<TransferResult | null> {
  return (await preflightReread(client, plan, plan.call, options))?.result ?? null;
}

/** The same for a call that was read once more. */
export async function preflightReread(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: AttemptOptions,
): Promise<Attempted | null> {
  const obstacle = obstacleTo(plan, call);
  if (obstacle === null) return null;
  const { tell } = teller(plan, call, options, plan.earlier);
  const observation = await observeRoom(client, call);
  return unsent(tell(obstacle, 0, observation), observation);
}

/** Somebody on this machine was faster, after the preview was shown: they were not reckoned with. */
export async function preflightOpenTransfers(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: AttemptOptions,
  others: readonly OpenTransfer[],
): Promise<Attempted> {
  const observation = await observeRoom(client, call);
  const result = teller(plan, call, options, others).tell(OPEN_TRANSFER, 0, observation);
  return unsent(result, observation);
}

function unsent(result: TransferResult, observation: LegObservation): Attempted {
  return { result, observation, rebuild: () => result };
}

// The caller read once more, just before the request: minutes may have passed since the preview.

/** The caller is not where they were. Nothing was sent. */
export class CallerAwayError extends KnownError {
  /** Where they are, as far as their room shows. */
  readonly observation: LegObservation;

  constructor(call: Call, observation: LegObservation) {
    const what = {
      gone: 'left before the transfer',
      listed: 'came back under another identity before the transfer',
      unread: `is no longer there as ${call.identity}, and the room could not be read`,
    }[observation.leg];
    // A room that cannot be read is no proof that nobody is in it.
    const code = observation.leg === 'unread' ? 'server' : 'no-such-call';
    super(code, `${nameCaller(call)} ${what}. Nothing was sent.`, {
      hint: 'See who is on the line with `lk-transfer calls`.',
    });
    this.name = 'CallerAwayError';
    this.observation = observation;
  }
}

/**
 * The call as it is now.
 * @param nowMs wall clock, ms since 1970
 * @throws CallerAwayError when the caller has left, or another call has taken the identity; KnownError
 *   when LiveKit cannot say
 */
export async function rereadCall(client: LiveKitClient, call: Call, nowMs: number): Promise<Call> {
  const participant = await client.getParticipant(call.room, call.identity);
  if (participant === null || callIdOf(participant) !== call.callId) {
    throw new CallerAwayError(call, await observeRoom(client, call));
  }
  const now = readCall(participant, roomOf(call), nowMs) ?? call;
  // What only the whole room shows stands as it was shown to whoever confirmed.
  return { ...now, condition: call.condition, stuck: call.stuck, agent: call.agent };
}
