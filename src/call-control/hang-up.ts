/**
 * Hanging up on somebody on the telephone. The SIP service that holds the call is asked first, since
 * its answer alone tells that the phone hears of it: LiveKit takes a participant off its list, and
 * says 200, with the SIP service dead as well (seen with server 1.13). Whether it is alive is asked
 * before: it may leave the room quicker than its answer does, which LiveKit never gets then.
 */
import { type Call, hasCallId, readAgain, readCall, roomOf } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { type ExitCode, InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { HostClock, Interruption } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Participant } from '../livekit/messages.ts';
import { type RpcAnswer, readRpcAnswer } from '../livekit/twirp.ts';
import { CallerAwayError, rereadCall, sendWhileThere } from '../transfer/before-sending.ts';
import type { Advice } from '../transfer/explain/advice.ts';
import { NOTHING_SENT } from '../transfer/explain/errors.ts';
import type { CallerLocation, Leg } from '../transfer/outcome.ts';
import { type LegObservation, observeRoom, observeRoomTwice } from '../transfer/verify.ts';
import {
  type Company,
  companyOf,
  explainHangUp,
  type HangUpFacts,
  type HangUpOutcome,
  hangUpLost,
  interruptedHangUp,
  isLegOf,
} from './hang-up-words.ts';

/** What is said of anything that was done to a call. In the field names of the JSON output, which stay. */
export interface ControlResult {
  /** Where they are. */
  caller: CallerLocation;
  /** Where LiveKit listed the caller in the end. */
  leg: Leg;
  /** As it was read just before. */
  call: Call;
  /** Who, what happened, and where the caller is, in a line. */
  headline: string;
  /** The same, explained. */
  message: string;
  /** What to do next; null: nothing. */
  hint: string | null;
  /** The hint as data. */
  advice: Pick<Advice, 'meaning' | 'action'>;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** From the first request to what was seen last, in ms. */
  durationMs: number;
  /** Of the outcome; see `lk-transfer help exit-codes`. */
  exitCode: ExitCode;
}

/** In the field names of the JSON output. These names stay. */
export interface HangUpResult extends ControlResult {
  /** How it ended. */
  outcome: HangUpOutcome;
  /** What came of asking the SIP service; null where it was not asked. Of a lost answer `absent`. */
  endCall: RpcAnswer['kind'] | null;
  /** Whether LiveKit took the caller off its list; null where it was not asked to, or did not say. */
  removed: boolean | null;
}

export interface HangUpOptions {
  clock: HostClock;
  isAgent: IsAgentIdentity;
  /** When a signal comes, the client gives up what is under way. */
  interruption: Pick<Interruption, 'signal'>;
  /** The request is on its way: from here on it cannot be called back. */
  onSent?: (call: Call) => void;
}

const END_CALL = 'lk.sip.EndCall';
/** Changes nothing, and of the caller's headers none is wanted: that it answers shows that it is alive. */
const PROBE = { method: 'lk.sip.GetRemoteHeaders', payload: '{"include":["-"]}' };
/** A SIP service that is alive answers within milliseconds. */
const END_CALL_TIMEOUT_MS = 3000;
/** How long the caller may take to leave the room, and how often it is looked at. */
const LEAVES_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 250;

/**
 * Hangs up. EndCall goes out once, or not at all.
 * @throws KnownError when the caller cannot be read before anything is sent; InterruptedError, which
 *   says whether anything was; KnownError `outcome-lost` for a bug of ours after that
 */
export async function hangUp(
  client: LiveKitClient,
  meant: Call,
  options: HangUpOptions,
): Promise<HangUpResult> {
  const { clock, isAgent, interruption } = options;
  const start = clock.elapsed();
  const startedAt = new Date(clock.now()).toISOString();
  const conclude = (facts: Omit<HangUpFacts, 'isAgent'>): HangUpResult => {
    const durationMs = Math.round(clock.elapsed() - start);
    return concludeHangUp({ ...facts, isAgent }, startedAt, durationMs);
  };
  const now = await rereadLeg(client, meant, clock.now()).catch((error: unknown) => {
    if (error instanceof CallerAwayError) return error;
    throw error;
  });
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, NOTHING_SENT);
  }
  if (now instanceof CallerAwayError) return conclude(unasked(meant, now));
  try {
    return conclude(await endCall(client, now, options));
  } catch (error) {
    if (error instanceof CallerAwayError) return conclude(unasked(now, error));
    if (isKnownError(error)) throw error;
    const { message, hint } = hangUpLost(now, error);
    throw new KnownError('outcome-lost', message, { hint, cause: error });
  }
}

/** Nothing was asked of the SIP service, since the caller is not where they were. */
function unasked(call: Call, { observation }: CallerAwayError): Omit<HangUpFacts, 'isAgent'> {
  const nothing = { endCall: null, isAnswerLost: false, removed: null, removalFailure: null };
  return { ...nothing, call, observation };
}

/** The call as it is now. @throws CallerAwayError where its caller is not where they were */
async function rereadLeg(client: LiveKitClient, call: Call, nowMs: number): Promise<Call> {
  if (hasCallId(call)) return rereadCall(client, call, nowMs);
  const participant = await client.getParticipant(call.room, call.identity);
  const now = sameCall(participant, call, nowMs);
  if (now !== null) return readAgain(now, call);
  throw new CallerAwayError(call, { leg: 'gone', lastListedMs: null, room: null });
}

/** A call without an id read again: only the moment of joining tells it from the next of its identity. */
function sameCall(participant: Participant | null, call: Call, nowMs: number): Call | null {
  const now = participant === null ? null : readCall(participant, roomOf(call), nowMs);
  const isSame = now !== null && !hasCallId(now) && now.joinedAt === call.joinedAt;
  return isSame && now.joinedAt !== null ? now : null;
}

/** One look at the room: whoever is there under the identity of a call without an id may be another. */
async function look(
  client: LiveKitClient,
  call: Call,
  clock: Pick<HostClock, 'now'>,
  read = observeRoom(client, call),
): Promise<LegObservation> {
  const seen = await read;
  const listed = seen.room?.find((each) => isLegOf(call, each));
  if (hasCallId(call) || listed === undefined) return seen;
  return sameCall(listed, call, clock.now()) === null ? { ...seen, leg: 'gone' } : seen;
}

/** Where nothing else says that they have left, one look that lacks them proves nothing. */
function lookTwice(client: LiveKitClient, call: Call, clock: HostClock): Promise<LegObservation> {
  const pause = () => clock.sleep(LOOK_EVERY_MS);
  return look(client, call, clock, observeRoomTwice(client, call, pause));
}

async function endCall(
  client: LiveKitClient,
  call: Call,
  options: HangUpOptions,
): Promise<Omit<HangUpFacts, 'isAgent'>> {
  const { room, identity } = call;
  const stopIfInterrupted = () => {
    const { signal } = options.interruption;
    if (signal === null) return;
    const { message, hint } = interruptedHangUp(call);
    throw new InterruptedError(signal, message, { hint });
  };
  const nothingSent = () =>
    new InterruptedError(options.interruption.signal ?? 'SIGINT', NOTHING_SENT);
  const request = { room, identity, timeoutMs: END_CALL_TIMEOUT_MS };
  const probe = readRpcAnswer(await client.performRpc({ ...request, ...PROBE }));
  if (options.interruption.signal !== null) throw nothingSent();
  const isAlive = probe.kind === 'answered' || probe.kind === 'no-method';
  let read = probe;
  if (isAlive) {
    const reread = () =>
      rereadLeg(client, call, options.clock.now()).catch((error: unknown) => {
        throw options.interruption.signal === null ? error : nothingSent();
      });
    // The probe, or the connection, may have taken seconds.
    await reread();
    if (options.interruption.signal !== null) throw nothingSent();
    const answer = await sendWhileThere(reread, (abortUnsent, onSent) =>
      client.performRpc({ ...request, method: END_CALL, payload: '{}', abortUnsent }, () => {
        onSent();
        options.onSent?.(call);
      }),
    );
    if (answer.kind === 'failure' && answer.code === 'ABORTED' && !answer.mayHaveBeenSent) {
      throw nothingSent();
    }
    stopIfInterrupted();
    read = readRpcAnswer(answer);
  }
  const isLost = isAlive && read.kind === 'absent' && !read.nobody;
  const first =
    read.kind === 'answered'
      ? await watchLeave(client, call, options)
      : await lookTwice(client, call, options.clock);
  stopIfInterrupted();
  const asked = { call, endCall: read, isAnswerLost: isLost };
  const facts = { ...asked, removed: null, removalFailure: null, observation: first };
  if (first.leg !== 'listed') return facts;

  if (!isAlive) options.onSent?.(call);
  // They may be back under another identity.
  const listed = first.room?.find((each) => isLegOf(call, each));
  try {
    const removed = await client.removeParticipant(room, listed?.identity ?? identity);
    stopIfInterrupted();
    const observation = await watchLeave(client, call, options);
    stopIfInterrupted();
    return { ...facts, removed, observation };
  } catch (error) {
    if (!isKnownError(error)) throw error;
    stopIfInterrupted();
    const observation = await lookTwice(client, call, options.clock);
    return { ...facts, removalFailure: error, observation };
  }
}

/** Looks until the caller has left, or has had the time for it. */
async function watchLeave(
  client: LiveKitClient,
  call: Call,
  { clock, interruption }: HangUpOptions,
): Promise<LegObservation> {
  const start = clock.elapsed();
  for (;;) {
    const seen = await look(client, call, clock);
    const isOver = clock.elapsed() - start >= LEAVES_WITHIN_MS || interruption.signal !== null;
    if (seen.leg === 'gone' || isOver) return seen;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Concludes: what became of it, where the caller is, and what is said about it. */
function concludeHangUp(facts: HangUpFacts, startedAt: string, durationMs: number): HangUpResult {
  const { call, endCall: answer, removed, observation } = facts;
  const { leg } = observation;
  const { outcome, exitCode } = judge(facts);
  const caller = whereIs(outcome, leg, call);
  return {
    ...{ outcome, caller, leg, endCall: answer?.kind ?? null, removed, call },
    ...explainHangUp({ ...facts, outcome }),
    ...{ startedAt, durationMs, exitCode },
  };
}

function whereIs(outcome: HangUpOutcome, leg: Leg, { condition }: Call): CallerLocation {
  if (outcome === 'hung-up' || outcome === 'already-gone') return 'left';
  // Where a target of an earlier transfer has them, LiveKit may list them still.
  const isCertain = leg === 'listed' && condition !== 'transfer-open';
  return outcome === 'not-sent' && isCertain ? 'on-the-line' : 'unknown';
}

/** The SIP service was asked, and is certain to have done nothing. */
const NOT_CARRIED_OUT: readonly (RpcAnswer['kind'] | undefined)[] = [
  undefined,
  'no-method',
  'absent',
  'impossible',
];

function judge(facts: HangUpFacts): { outcome: HangUpOutcome; exitCode: ExitCode } {
  const { endCall: answer, isAnswerLost, removed, removalFailure, observation } = facts;
  const { leg } = observation;
  const nothingDone = !isAnswerLost && NOT_CARRIED_OUT.includes(answer?.kind);
  // A key that may not do it has not done it, whatever else was tried.
  const mayNot = removalFailure?.exitCode === 4;
  const isTaken = answer?.kind === 'answered' || (isAnswerLost && removed === null);
  if (leg === 'gone' && isTaken) return { outcome: 'hung-up', exitCode: 0 };
  if (leg === 'gone' && nothingDone && removed !== true && removalFailure === null) {
    return { outcome: 'already-gone', exitCode: 5 };
  }
  if (nothingDone && mayNot) return { outcome: 'not-sent', exitCode: 4 };
  if (nothingDone && removed === null && removalFailure === null) {
    return { outcome: 'not-sent', exitCode: leg === 'listed' ? 5 : 1 };
  }
  return { outcome: 'unknown', exitCode: 7 };
}

/** Who is in the room beside the caller; null where that could not be read. */
export async function readCompany(
  client: LiveKitClient,
  call: Call,
  isAgent: IsAgentIdentity,
): Promise<Company[] | null> {
  const { room } = await observeRoom(client, call);
  return room === null ? null : companyOf(call, room, isAgent);
}
