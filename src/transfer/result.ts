/** The one result of a transfer: what is known, what is not, and where the caller is. */
import type { Call } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { type ExitCode, KnownError } from '../core/errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Announcement } from './announce.ts';
import type { Advice } from './explain/advice.ts';
import { type Trace, unreadableRecord } from './explain/errors.ts';
import { explain } from './explain/explain.ts';
import {
  type Bridge,
  bridgedCallerLocation,
  type CallerLocation,
  type Classification,
  callerLocation,
  type Evidence,
  type Leg,
  type LiveKitAnswer,
  type OpenTransfer,
  type Outcome,
  type SipStatus,
  type Stage,
  type StepMethod,
} from './outcome.ts';
import { methodOf, type TransferPlan } from './plan.ts';
import { evidenceOf, type LegObservation } from './verify.ts';

/** Where a transfer went. */
export type ShownDestination = Pick<Destination, 'input' | 'kind' | 'department' | 'referTo'>;

/** In the field names of the JSON output. These names stay. */
export interface TransferResult {
  /** How it ended. */
  outcome: Outcome;
  /** By a REFER, or by dialling the target into the caller's room. */
  transferMethod: StepMethod;
  /** Where they are. */
  caller: CallerLocation;
  /** Where LiveKit listed the caller in the end. */
  leg: Leg;
  /** Who answered; null: nobody had to. */
  stage: Stage | null;
  /** What the trunk or the target answered; null: nothing is known of it. */
  sip: SipStatus | null;
  /** What LiveKit answered. */
  livekit: LiveKitAnswer;
  /** What proves that the target answered; null: nothing does. */
  evidence: Evidence | null;
  /** The target's leg, where one was dialled; null for a REFER, and where nothing was dialled. */
  bridge: Bridge | null;
  /** As it was read just before the request. */
  call: Call;
  /** Where they were sent. */
  destination: ShownDestination;
  /** Who, where to, what happened, and where the caller is, in a line. */
  headline: string;
  /** The same, explained. */
  message: string;
  /** What to do next; null: nothing. */
  hint: string | null;
  /** The hint as data. */
  advice: Advice;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** From the request to LiveKit’s answer, in ms. */
  durationMs: number;
  /** Of the outcome; see `lk-transfer help exit-codes`. */
  exitCode: ExitCode;
  /** Earlier transfers of this call whose outcome nobody knows. */
  earlier: readonly OpenTransfer[];
}

/** One target of a chain and how it ended; what is said of the caller is said once, of all. */
export type AttemptRecord = Pick<
  TransferResult,
  | ('destination' | 'outcome' | 'transferMethod' | 'leg' | 'stage' | 'sip' | 'livekit')
  | ('evidence' | 'headline' | 'message' | 'startedAt' | 'durationMs' | 'exitCode')
>;

/** The last attempt, and all of them in their order. */
export interface ChainResult extends TransferResult {
  /** Each target that was tried, in their order; empty: nothing was sent. */
  attempts: AttemptRecord[];
  /** What was said to the caller before; null: nothing was to be. The library leaves it out. */
  announcement?: Announcement | null;
}

/** One target tried, and what it takes to conclude anew when the caller is seen elsewhere later. */
export interface Attempted {
  result: TransferResult;
  observation: LegObservation;
  /** The result as it reads with another observation of the caller. */
  rebuild(observation: LegObservation): TransferResult;
}

/** What a transfer was about, for its result. */
export interface Attempt
  extends Pick<
    TransferPlan,
    'destination' | 'provider' | 'hangsUpFirst' | 'openTransfers' | 'bridge'
  > {
  /** The call as it was read just before the request. */
  call: Call;
  waitMs: number;
  startedAt: string;
  durationMs: number;
  isAgent: IsAgentIdentity;
  /** Wall clock at the end, ms since 1970. */
  nowMs: number;
  /** What there is of the target's leg; absent for a REFER, and where nothing was dialled. */
  bridged?: Bridge | undefined;
}

/**
 * Concludes a transfer: what became of it, where the caller is, and what is said about it.
 * @param classification what LiveKit's answer says by itself
 * @param observation where the caller's leg was after it
 */
export function concludeTransfer(
  attempt: Attempt,
  classification: Classification,
  observation: LegObservation,
): TransferResult {
  const { call, destination } = attempt;
  const { outcome, evidence, exitCode } = finalOutcome(classification, observation, attempt);
  const method = methodOf(attempt);
  const open = attempt.openTransfers.map(({ transferMethod }) => transferMethod);
  const caller =
    method === 'bridge'
      ? bridgedCallerLocation(observation.leg, outcome === 'bridged', open.includes('refer'))
      : callerLocation(outcome, observation.leg, open.length > 0);
  const { headline, message, hint, advice } = explain({
    ...attempt,
    bridge: attempt.bridged ?? null,
    outcome,
    method,
    evidence,
    caller,
    leg: observation.leg,
    classification,
    room: observation.room,
  });
  return {
    outcome,
    transferMethod: method,
    caller,
    leg: observation.leg,
    stage: outcome === 'completed' ? null : classification.stage,
    sip: classification.sip,
    livekit: classification.livekit,
    evidence,
    bridge: attempt.bridged ?? null,
    call,
    destination: {
      input: destination.input,
      kind: destination.kind,
      department: destination.department,
      referTo: destination.referTo,
    },
    headline,
    message,
    hint,
    advice,
    startedAt: attempt.startedAt,
    durationMs: attempt.durationMs,
    exitCode,
    earlier: attempt.openTransfers,
  };
}

// What became of it, by LiveKit's answer, the leg, and the transfers that are still open.

interface FinalOutcome {
  outcome: Outcome;
  evidence: Evidence | null;
  exitCode: ExitCode;
}

/**
 * What a NOTIFY says may be the late answer to an earlier transfer of the same call: providers leave
 * out the id that would tell them apart, and a real LiveKit credited the first one's answer to the
 * second (LiveKit SIP 1.11). So neither the success nor the failure of the target is believed; the
 * trunk's answer to this very REFER is.
 */
function finalOutcome(
  classification: Classification,
  observation: LegObservation,
  attempt: Attempt,
): FinalOutcome {
  // The answer to a dial is that dial's own.
  if (attempt.bridge !== null) return bridgeOutcome(classification);
  const byLeg = outcomeByLeg(classification, observation, attempt.hangsUpFirst);
  const outcome = credibleOutcome(byLeg.outcome, classification.stage, attempt.openTransfers);
  return outcome === byLeg.outcome ? byLeg : { outcome, evidence: null, exitCode: 7 };
}

function bridgeOutcome({ outcome, exitCode }: Classification): FinalOutcome {
  if (outcome === 'accepted') return { outcome: 'unconfirmed', evidence: null, exitCode: 7 };
  return { outcome, evidence: outcome === 'bridged' ? 'in-room' : null, exitCode };
}

/** What can be believed of an outcome, beside earlier transfers of the call that may be meant. */
export function credibleOutcome<T extends Classification['outcome']>(
  outcome: T,
  stage: Classification['stage'],
  openTransfers: readonly OpenTransfer[],
): T | 'unconfirmed' | 'unknown' {
  if (openTransfers.length === 0) return outcome;
  if (outcome === 'completed') return 'unconfirmed';
  if (outcome === 'target-failed') return 'unknown';
  // Where LiveKit does not say whose answer it was, it may have been a NOTIFY as well.
  return outcome === 'refused' && stage !== 'refer' ? 'unknown' : outcome;
}

/** Decides a bare 200 by what became of the leg; every other outcome stands. */
function outcomeByLeg(
  classification: Classification,
  observation: LegObservation,
  hangsUpFirst: boolean,
): FinalOutcome {
  if (classification.outcome === 'completed') {
    return { outcome: 'completed', evidence: 'reason', exitCode: 0 };
  }
  if (classification.outcome !== 'accepted') {
    return { outcome: classification.outcome, evidence: null, exitCode: classification.exitCode };
  }
  if (observation.leg !== 'gone') return { outcome: 'unconfirmed', evidence: null, exitCode: 7 };
  const evidence = evidenceOf(observation, hangsUpFirst);
  return evidence === null
    ? { outcome: 'ended', evidence, exitCode: 7 }
    : { outcome: 'completed', evidence, exitCode: 0 };
}

// * The record of transfers, as a transfer uses it: what it adds before and after its request, and
// the open transfers that it learns of. src/history keeps the record.

/** A transfer that is about to be sent. */
export interface IntendedTransfer {
  call: Call;
  destination: Destination;
  /** `refer` by default. */
  method?: StepMethod;
  /** By which a bridge dials its target; null for a REFER, and by default. */
  bridgeTrunkId?: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Whoever asks for it knows that earlier transfers of the call may be open. */
  again: boolean;
}

/** How a transfer that was begun ended, as far as this process saw it. */
export type TransferEnding =
  | { kind: 'result'; result: TransferResult }
  /** It was given up before the request went out. */
  | { kind: 'not-sent'; reason: string }
  /** The target's ringing was stopped before it answered: nothing more can come of it. */
  | { kind: 'cancelled' }
  /** A signal ended the program while it was under way: it goes on without us. */
  | { kind: 'interrupted' };

/** Not read is never none: an earlier transfer of the call may still take the caller. */
export class UnreadableRecordError extends KnownError {
  /** What is not known, and why: a clause. */
  readonly reason: string;

  /**
   * @param cause why it could not be read: half a sentence
   * @param offersAgain whether `--again` can be asked for
   */
  constructor(folder: string, cause: string, offersAgain: boolean) {
    const { reason, message, hint } = unreadableRecord(folder, cause, offersAgain);
    super('unreadable-record', message, { hint });
    this.name = 'UnreadableRecordError';
    this.reason = reason;
  }
}

interface RecordedTransfer {
  /** Open transfers of the call before this one. One not seen before was just sent from this machine. */
  earlier: readonly OpenTransfer[];
  /** Why there may be more of them, unless `again` was said: then nothing may be sent. */
  refusal: UnreadableRecordError | null;
  /** Adds how it ended. Never throws. */
  end(ending: TransferEnding): Promise<void>;
}

/** The record of transfers. It never throws; only one that cannot be read stops a transfer. */
export interface TransferRecord {
  /** What later commands find of a transfer. */
  readonly trace: Trace;
  /** Adds an entry before the request goes out, so that a crash leaves a trace of it. */
  begin(intended: IntendedTransfer): Promise<RecordedTransfer>;
}

/** For runs that keep none. */
export const NO_RECORD: TransferRecord = {
  trace: 'unrecorded',
  begin: async () => ({ earlier: [], refusal: null, end: async () => {} }),
};
