/** The one result of a transfer: what is known, what is not, and where the caller is. */
import type { Call } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import type { ExitCode } from '../core/errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ProviderName } from '../destinations/providers.ts';
import type { Advice } from './explain/advice.ts';
import { explain } from './explain/explain.ts';
import {
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
} from './outcome.ts';
import { evidenceOf, type LegObservation } from './verify.ts';

/** In the field names of the JSON output. These names stay. */
export interface TransferResult {
  outcome: Outcome;
  caller: CallerLocation;
  leg: Leg;
  stage: Stage | null;
  sip: SipStatus | null;
  livekit: LiveKitAnswer;
  evidence: Evidence | null;
  call: Call;
  destination: Pick<Destination, 'input' | 'kind' | 'department' | 'referTo'>;
  message: string;
  hint: string | null;
  /** The hint as data. */
  advice: Advice;
  startedAt: string;
  durationMs: number;
  exitCode: ExitCode;
  /** Earlier transfers of this call whose outcome nobody knows. */
  earlier: readonly OpenTransfer[];
}

/** One target of a chain and what became of it, without what all of them share. */
export type AttemptRecord = Omit<TransferResult, 'call' | 'earlier'>;

/** The last attempt, and all of them in their order. */
export interface ChainResult extends TransferResult {
  attempts: AttemptRecord[];
}

/** What a transfer was about, for its result. */
export interface Attempt {
  call: Call;
  destination: Destination;
  /** The provider that the config names for the call's trunk. */
  provider: ProviderName | null;
  hangsUpFirst: boolean;
  earlier: readonly OpenTransfer[];
  waitMs: number;
  startedAt: string;
  durationMs: number;
  isAgent: IsAgentIdentity;
  /** Wall clock at the end, ms since 1970. */
  nowMs: number;
}

interface FinalOutcome {
  outcome: Outcome;
  evidence: Evidence | null;
  exitCode: ExitCode;
}

/** Settles a bare 200 by what became of the leg; every other verdict stands. */
function outcomeByLeg(
  verdict: Classification,
  observation: LegObservation,
  hangsUpFirst: boolean,
): FinalOutcome {
  if (verdict.outcome === 'completed') {
    return { outcome: 'completed', evidence: 'reason', exitCode: 0 };
  }
  if (verdict.outcome !== 'accepted') {
    return { outcome: verdict.outcome, evidence: null, exitCode: verdict.exitCode };
  }
  if (observation.leg !== 'gone') return { outcome: 'unconfirmed', evidence: null, exitCode: 7 };
  const evidence = evidenceOf(observation, hangsUpFirst);
  return evidence === null
    ? { outcome: 'ended', evidence, exitCode: 7 }
    : { outcome: 'completed', evidence, exitCode: 0 };
}

/**
 * What a NOTIFY says may be the late answer to an earlier transfer of the same call: providers leave
 * out the id that would tell them apart, and a real LiveKit credited the first one's answer to the
 * second (LiveKit SIP 1.11). So neither the success nor the failure of the target is believed; the
 * trunk's answer to this very REFER is.
 */
function finalOutcome(
  verdict: Classification,
  observation: LegObservation,
  attempt: Attempt,
): FinalOutcome {
  const settled = outcomeByLeg(verdict, observation, attempt.hangsUpFirst);
  if (attempt.earlier.length === 0) return settled;
  switch (settled.outcome) {
    case 'completed':
      return { outcome: 'unconfirmed', evidence: null, exitCode: 7 };
    case 'target-failed':
      return { outcome: 'unknown', evidence: null, exitCode: 7 };
    default:
      return settled;
  }
}

/** Puts verdict and observation together into what is reported. */
export function concludeTransfer(
  attempt: Attempt,
  verdict: Classification,
  observation: LegObservation,
): TransferResult {
  const { call, destination } = attempt;
  const { outcome, evidence, exitCode } = finalOutcome(verdict, observation, attempt);
  const caller = callerLocation(outcome, observation.leg, attempt.earlier.length > 0);
  const { message, hint, advice } = explain({
    ...attempt,
    outcome,
    evidence,
    caller,
    leg: observation.leg,
    verdict,
    room: observation.room,
  });
  return {
    outcome,
    caller,
    leg: observation.leg,
    stage: outcome === 'completed' ? null : verdict.stage,
    sip: verdict.sip,
    livekit: verdict.livekit,
    evidence,
    call,
    destination: {
      input: destination.input,
      kind: destination.kind,
      department: destination.department,
      referTo: destination.referTo,
    },
    message,
    hint,
    advice,
    startedAt: attempt.startedAt,
    durationMs: attempt.durationMs,
    exitCode,
    earlier: attempt.earlier,
  };
}
