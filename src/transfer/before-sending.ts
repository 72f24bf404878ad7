/**
 * What is checked before a transfer is sent: whether it may be, as it is, and whether the caller is
 * still there. Where not, the result says so, and no request is made.
 */
import {
  type Call,
  type CallStatus,
  callIdOf,
  hasCallId,
  isBridgeLeg,
  isTransferable,
  readAgain,
  readCall,
  roomOf,
  sipIdsAmong,
} from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { KnownError } from '../core/errors.ts';
import { sleep } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { targetBeside } from './bridge/dial-plan.ts';
import { callerAway } from './explain/errors.ts';
import { type Cause, type Classification, NO_ANSWER, type OpenTransfer } from './outcome.ts';
import type { TransferPlan } from './plan.ts';
import { type Attempted, concludeTransfer, type TransferResult } from './result.ts';
import { type LegObservation, observeRoom } from './verify.ts';

/** What a result needs that is no answer of LiveKit's. */
export interface PreflightOptions {
  clock: {
    /** Wall clock, ms since 1970. */
    now(): number;
  };
  isAgent: IsAgentIdentity;
}

/**
 * The result for a call that must not be transferred as it is: LiveKit could not, or an earlier
 * transfer of it may still come about and nobody said `again`. Nothing is sent.
 * @returns null when the transfer may go on
 */
export async function preflight(
  client: LiveKitClient,
  plan: TransferPlan,
  options: PreflightOptions,
): Promise<TransferResult | null> {
  return (await preflightReread(client, plan, plan.call, options))?.result ?? null;
}

/** The same for a call that was read once more. */
export async function preflightReread(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: PreflightOptions,
): Promise<Attempted | null> {
  const first = obstacleTo(plan, call);
  // The target is there to be seen, whatever is open beside it.
  const beside =
    first === null || first === OPEN_TRANSFER ? await targetInRoom(client, plan, call) : null;
  const obstacle = beside ?? first;
  if (obstacle === null) return null;
  const startedAt = new Date(options.clock.now()).toISOString();
  const observation = await observeRoom(client, call);
  return concludeUnsent({ ...plan, call }, startedAt, obstacle, observation, options);
}

/**
 * The result for a call that somebody else on this machine has just transferred, after the preview
 * was shown: whoever confirmed did not reckon with that.
 * @param openTransfers all of this call that nobody knows the end of
 */
export async function preflightOpenTransfers(
  client: LiveKitClient,
  plan: TransferPlan,
  call: Call,
  options: PreflightOptions,
  openTransfers: readonly OpenTransfer[],
): Promise<Attempted> {
  const observation = await observeRoom(client, call);
  const startedAt = new Date(options.clock.now()).toISOString();
  const now = { ...plan, call, openTransfers };
  return concludeUnsent(now, startedAt, OPEN_TRANSFER, observation, options);
}

function concludeUnsent(
  plan: TransferPlan,
  startedAt: string,
  obstacle: Classification,
  observation: LegObservation,
  { clock, isAgent }: PreflightOptions,
): Attempted {
  const nowMs = clock.now();
  const attempt = {
    ...plan,
    openTransfers: plan.openTransfers.map((open) => forgetStaleSight(open, nowMs)),
    waitMs: plan.request.waitMs,
    startedAt,
    durationMs: 0,
    isAgent,
    nowMs,
  };
  const result = concludeTransfer(attempt, obstacle, observation);
  return { result, observation, rebuild: () => result };
}

/** For so long it holds that somebody was seen at a transfer, in ms. */
const SIGHT_HOLDS_MS = 10_000;

/** A batch looks at the record before its first caller: by the turn of the last, much has ended. */
function forgetStaleSight(open: OpenTransfer, nowMs: number): OpenTransfer {
  if (open.underWay === null) return open;
  const seenAtMs = Date.parse(open.startedAt) + open.underWay.forMs;
  return nowMs - seenAtMs > SIGHT_HOLDS_MS ? { ...open, underWay: null } : open;
}

// Why nothing may be sent, in the form of an answer that LiveKit never gave.

/** @returns null when the call may be sent as it stands */
function obstacleTo(plan: TransferPlan, call: Call): Classification | null {
  const { again, openTransfers } = plan;
  const { status } = call;
  if (!hasCallId(call)) return notSent('no-call-id', 1);
  // A list of stuck calls has those whose caller hung up, too.
  if (isBridgeLeg(call) && !again) return notSent('is-target', 2);
  const mayBeMoved = isTransferable(status) || isAnsweredByDial(plan, call);
  if (!mayBeMoved) return notSent(causeOfStatus(status), 1);
  return openTransfers.length > 0 && !again ? OPEN_TRANSFER : null;
}

/**
 * Whether the dial itself may answer a call that nobody has taken: LiveKit answers an inbound caller as
 * soon as somebody else is dialled into the room (seen on server 1.13).
 */
function isAnsweredByDial({ bridge }: TransferPlan, { direction, status }: Call): boolean {
  return bridge?.answersCaller === true && direction === 'inbound' && status === 'ringing';
}

/**
 * Another target in the room of one to be bridged: of another operator, or left behind by a program that
 * was killed.
 * @throws KnownError where the room cannot be read
 */
export async function targetInRoom(
  client: LiveKitClient,
  { bridge, again }: TransferPlan,
  { callId, room }: Call,
): Promise<Classification | null> {
  if (bridge === null || again) return null;
  const target = targetBeside(callId, await client.listParticipants(room));
  return target === undefined ? null : notSent('target-in-room', 2);
}

function causeOfStatus(status: CallStatus | null): Cause {
  if (status === 'hangup') return 'hanging-up';
  return status === null ? 'status-unknown' : 'not-answered-yet';
}

function notSent(cause: Cause, exitCode: 1 | 2): Classification {
  return { outcome: 'not-sent', stage: null, sip: null, cause, exitCode, livekit: NO_ANSWER };
}

const OPEN_TRANSFER = notSent('open-transfer', 2);

// The caller read once more, just before the request: minutes may have passed since the preview.

/** The caller is not where they were. Nothing was sent. */
export class CallerAwayError extends KnownError {
  /** Where they are, as far as their room shows. */
  readonly observation: LegObservation;

  constructor(call: Call, observation: LegObservation) {
    const { message, hint } = callerAway(call, observation.leg);
    // A room that cannot be read is no proof that nobody is in it.
    const code = observation.leg === 'unread' ? 'server' : 'no-such-call';
    super(code, message, { hint });
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
  const read = readAgain(readCall(participant, roomOf(call), nowMs) ?? call, call);
  const ids = sipIdsAmong(participant.attributes);
  return ids.length === 0 ? read : { ...read, sipIds: Object.fromEntries(ids) };
}

/** What was read of a caller holds for so long, in ms: then another call may have their identity. */
export const READ_HOLDS_MS = 500;

/**
 * Sends a request that names a caller by their identity, and sees meanwhile that it is still theirs: the
 * connection may take seconds, and who joins under an identity takes the place of whoever had it (LiveKit
 * 1.13). Once the request has gone out, nothing more is read.
 * @param reread throws where the caller is not there, or nobody can say: then the request is given up
 * @param send sends it, gives it up at the signal for as long as it has not gone out, and tells when it has
 * @param abortUnsent gives it up as well
 * @throws what `reread` throws: nothing was sent
 */
export async function sendWhileThere<Answer>(
  reread: () => Promise<unknown>,
  send: (abortUnsent: AbortSignal, onSent: () => void) => Promise<Answer>,
  abortUnsent?: AbortSignal,
): Promise<Answer> {
  const unwanted = new AbortController();
  const giveUp = () => unwanted.abort();
  if (abortUnsent?.aborted) giveUp();
  abortUnsent?.addEventListener('abort', giveUp);
  const over = new AbortController();
  let failure: unknown;
  const watch = async () => {
    try {
      for (;;) {
        await sleep(READ_HOLDS_MS, over.signal);
        if (over.signal.aborted) return;
        await reread();
      }
    } catch (error) {
      // Of a request that went out meanwhile it may be the success.
      if (over.signal.aborted) return;
      failure = error;
      giveUp();
    }
  };
  void watch();
  const answer = await send(unwanted.signal, () => over.abort()).finally(() => {
    over.abort();
    abortUnsent?.removeEventListener('abort', giveUp);
  });
  if (failure !== undefined) throw failure;
  return answer;
}
