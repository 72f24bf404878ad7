/** Transfers that must not be sent as they are: told as results, without any request. */
import { type Call, type CallStatus, isTransferable } from '../calls/call.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Cause, Verdict } from './classify.ts';
import type { Attempted, AttemptOptions } from './conclude.ts';
import { NO_ANSWER } from './outcome.ts';
import type { TransferPlan } from './plan-part.ts';
import type { OpenTransfer } from './record.ts';
import type { TransferResult } from './result.ts';
import { teller } from './teller.ts';
import { lookAtRoom, type Sighting } from './verify.ts';

function causeOfStatus(status: CallStatus | null): Cause {
  if (status === 'hangup') return 'hanging-up';
  return status === null ? 'status-unknown' : 'not-answered-yet';
}

/** A verdict of our own, for a request that is never made. */
function notSent(cause: Cause, exitCode: 1 | 2): Verdict {
  return { outcome: 'not-sent', stage: 'api', sip: null, cause, exitCode, livekit: NO_ANSWER };
}

const OPEN_TRANSFER = notSent('open-transfer', 2);

/** Why nothing may be sent for this call as it stands; null when something may. */
function obstacleTo({ again, earlier }: TransferPlan, { status }: Call): Verdict | null {
  if (!isTransferable(status)) return notSent(causeOfStatus(status), 1);
  return earlier.length > 0 && !again ? OPEN_TRANSFER : null;
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

/** The same for a call that was read once more. */
export async function refuse(
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

/** Somebody on this machine was faster, after the preview was shown: they were not reckoned with. */
export async function refuseForOthers(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: AttemptOptions,
  others: readonly OpenTransfer[],
): Promise<Attempted> {
  const sighting = await lookAtRoom(client, call);
  const result = teller(plan, call, options, others).tell(OPEN_TRANSFER, 0, sighting);
  return unsent(result, sighting);
}

function unsent(result: TransferResult, sighting: Sighting): Attempted {
  return { result, sighting, retell: () => result };
}
