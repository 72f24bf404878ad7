/** What a smoke test finds out about one trunk, in one direction. */
import type { ProviderName } from '../config/types.ts';
import type { ExitCode } from '../core/errors.ts';
import type { DialOutcome } from '../transfer/bridge/dial-outcome.ts';
import { nameStatus } from '../transfer/explain/status.ts';
import type { SipStatus, TrunkAnswer } from '../transfer/outcome.ts';
import type { TransferResult } from '../transfer/result.ts';

/** Which call is sent the REFER, and how it was made. */
export type SmokeMethod =
  /** We dial a test number through the trunk, and refer that call. */
  | 'outbound'
  /** We dial our own inbound number, and refer the call that arrives. */
  | 'loop'
  /** A call that somebody else made. */
  | 'live';

export type SmokeVerdict =
  /**
   * The trunk takes a REFER, or, in a bridge test, a call to the target. Whether that was answered
   * stands in `answered`.
   */
  | 'supported'
  /** It knows no REFER. */
  | 'unsupported'
  /** It does not take this one: not switched on, destination not allowed, or form of address. */
  | 'refused'
  /** It wants something of the trunk's set-up first: a password, a header. */
  | 'needs-configuration'
  /** LiveKit's answer cannot tell. */
  | 'inconclusive'
  /** The test call itself did not come about, or ended too early. */
  | 'call-failed';

/** How we know that the target answered, beside what LiveKit's answer shows. */
export type AnswerProof =
  /** LiveKit states it, or its own second of waiting shows it. */
  | 'livekit'
  /** The trunk is known to hang up first. */
  | 'trunk'
  /** The target is a number of our own, and the call arrived there. */
  | 'arrived'
  /** Whoever watched said so. */
  | 'operator';

/** How callers are to be moved: by the trunk itself, or by a call to the target beside theirs. */
export type TestedMethod = 'refer' | 'bridge';

/** What a bridge test saw of the call that it dialled. In the field names of the JSON output. */
export interface BridgeSight {
  /** The trunk's answer to the INVITE, where it took no call and LiveKit told why. */
  invite: SipStatus | null;
  /**
   * The audio track of the leg. LiveKit publishes it by itself, so it proves no sound; null: there was
   * no leg, or nobody could look.
   */
  audio: 'published' | 'muted' | 'none' | null;
  /** How many audio packets came: LiveKit's API does not show it. */
  packets: null;
  /** For how long the call was seen after its answer, in ms; null: never. */
  seenMs: number | null;
  /** Whether it was seen to be gone once we hung up; null: nobody hung up, or nobody could look. */
  gone: boolean | null;
}

/** What a test is called in every report: by what was asked for, so that no verdict changes it. */
export interface TestName {
  /** The trunk as the config or the command line names it; of a call that is up, as LiveKit does. */
  trunk: string;
  /** What is dialled and where it is transferred: `loop +15105550001 to mobile`. */
  name: string;
}

/** In the field names of the JSON output. These names stay. */
export interface SmokeResult {
  /** What the test is called, whatever it finds. */
  test: TestName;
  /** The trunk that was tested. */
  trunk: {
    /** `ST_…`; null: it is not known. */
    id: string | null;
    /** As LiveKit has it. */
    name: string | null;
    /** Of its address. */
    host: string | null;
    /** By the config, else by the address. */
    provider: ProviderName | null;
  };
  /** How the test call was made. */
  method: SmokeMethod;
  /** What was tested of the trunk: its REFER, or that it dials. */
  transferMethod: TestedMethod;
  /** Of the call that was referred, or dialled to be bridged; the verdict holds for this direction alone. */
  direction: 'inbound' | 'outbound' | null;
  /** What was found. */
  verdict: SmokeVerdict;
  /** The trunk's answer to the REFER; a code that LiveKit did not tell is null. */
  refer: TrunkAnswer | null;
  /** The trunk's last report on the target. */
  notify: SipStatus | null;
  /** null in a test of REFER. */
  bridge: BridgeSight | null;
  /** null where nobody dialled. */
  dial: {
    /** It was answered. */
    ok: boolean;
    /** Until it was answered, or failed, in ms. */
    durationMs: number;
  } | null;
  /** Whether the target, of a bridge test the dialled number, answered; null where nobody knows. */
  answered: boolean | null;
  /** How we know that the target answered; null: nobody knows. */
  proof: AnswerProof | null;
  /** The way that works on this trunk, in this direction, as it is set up now. */
  use: 'cold' | 'warm' | null;
  /** What was found, in sentences. */
  message: string;
  /** What to do next; null: nothing. */
  hint: string | null;
  /** From the first request to the end of the clean-up, in ms. */
  durationMs: number;
  /** The transfer as `transfer --json` prints it; null when it did not come to one. */
  transfer: TransferResult | null;
  /** An agent that a dispatch rule sent into the test room. */
  agentIdentity: string | null;
  /** What the clean-up could not remove: empty when nothing of the test is left in LiveKit. */
  leftBehind: readonly string[];
  /** What the provider's support asks for, line by line. */
  ticket: readonly string[];
  /** ISO 8601, UTC, to the millisecond. */
  startedAt: string;
  /**
   * Of the verdict; with an expectation 0 when it was met, else 1. Whatever was expected: 4 where the
   * key lacks a right, and of a test that could not be run, or not be finished, that of its error.
   */
  exitCode: ExitCode;
  /** What the test was to find; left out where nobody said. */
  expected?: SmokeVerdict;
}

/** A result without what no table and no report shows of its transfer. */
export interface CondensedResult extends Omit<SmokeResult, 'transfer'> {
  transfer: Pick<TransferResult, 'outcome' | 'durationMs' | 'message'> | null;
}

/**
 * What is held of a result until the end of a run, which may have days of them.
 * @param withTicket whether what is made of it at the end shows the ticket
 */
export function condenseResult(result: SmokeResult, withTicket: boolean): CondensedResult {
  const { transfer, ticket } = result;
  return {
    ...result,
    ticket: withTicket ? ticket : [],
    transfer:
      transfer === null
        ? null
        : {
            outcome: transfer.outcome,
            durationMs: transfer.durationMs,
            message: transfer.message,
          },
  };
}

// Whether a test found what it was to find.

/**
 * A test that could not be made for want of rights, or of a trunk, is told as `call-failed` and has
 * found nothing: only its exit code shows that no expectation was met.
 * @returns null where nobody said what was to be found
 */
export function isMet({
  expected,
  verdict,
  exitCode,
}: Pick<SmokeResult, 'expected' | 'verdict' | 'exitCode'>): boolean | null {
  return expected === undefined ? null : verdict === expected && exitCode === 0;
}

// What was seen during one test, before anybody has judged it.

/** Why it never came to a REFER. */
export type CallFailure =
  /** The test call was not answered. */
  | { kind: 'dial'; dial: Extract<DialOutcome, { ok: false }> }
  /** We dialled our own number, somebody answered, and no call came in to LiveKit. */
  | { kind: 'no-arrival' }
  /** A call came in there, but not from our number: it may be a customer's. */
  | { kind: 'foreign-arrival'; from: string }
  /** A call came in from our number, and was answered long before our own was: it is not ours. */
  | { kind: 'early-arrival' }
  /** More than one call came in that may be ours. */
  | { kind: 'several-arrivals'; count: number }
  /** A call came in that may be ours, and nobody in its room answered it. */
  | { kind: 'arrival-unanswered' }
  /** None was found, and LiveKit did not show who is in these rooms. */
  | { kind: 'arrival-unread'; rooms: readonly string[] }
  /** Nobody called the number within the time. */
  | { kind: 'no-call' }
  /** The leg was gone, or not answered any more, when it was to be transferred. */
  | { kind: 'leg-dropped' };

/** The call at the target, where the target is a number of our own. Of several none is proof. */
export type TargetArrival = 'answered' | 'ringing' | 'none' | 'several';

export interface SmokeFinding {
  /** null when it came to a transfer, or in a bridge test to a call that stands. */
  failure: CallFailure | null;
  transfer: TransferResult | null;
  /** null in a test of REFER. */
  bridge: BridgeSight | null;
  /** How long LiveKit waited for the target's answer, at the most, in ms. */
  waitMs: number;
  /** null when nobody looked: the target is none of our numbers, or nothing was in doubt. */
  arrival: TargetArrival | null;
  /** What whoever watched the target says; null when nobody was asked. */
  operator: boolean | null;
}

// What every report says of a test, in the same words. Foreign text is in all of them.

/** The trunk as the test names it: the one that was tested may be another, and need not be known. */
export function trunkTitle({ test }: CondensedResult): string {
  return test.trunk;
}

/** What was tested: `REFER` or `bridge`. */
export function whatTested({ transferMethod }: Pick<SmokeResult, 'transferMethod'>): string {
  return transferMethod === 'refer' ? 'REFER' : transferMethod;
}

/** `loop +15105550001 to mobile`, `bridge, dial +15105550177`: what was asked for. */
export function testTitle({ test }: CondensedResult): string {
  return test.name;
}

function referFact({ refer }: CondensedResult): string[] {
  if (refer === null) return [];
  if (refer.code !== null) {
    return [`REFER ${nameStatus({ code: refer.code, reason: refer.reason ?? '' })}`];
  }
  return [refer.accepted ? 'REFER accepted' : 'REFER not accepted'];
}

function bridgeFacts({ bridge }: CondensedResult): string[] {
  if (bridge === null) return [];
  return [
    ...(bridge.invite === null ? [] : [`INVITE ${nameStatus(bridge.invite)}`]),
    ...(bridge.audio === null ? [] : [`audio track ${bridge.audio}`]),
  ];
}

function targetFact({ refer, answered }: CondensedResult): string[] {
  if (answered === null) return refer?.accepted === true ? ['target not proven'] : [];
  return [answered ? 'target answered' : 'target not answered'];
}

function expectationFact(result: CondensedResult): string[] {
  const met = isMet(result);
  if (met === null) return [];
  return [met ? 'as expected' : `expected ${result.expected}`];
}

/** The verdict and what it rests on, shortly: `supported, REFER accepted, target answered`. */
export function facts(result: CondensedResult): string {
  return [
    result.verdict,
    ...referFact(result),
    ...bridgeFacts(result),
    ...(result.notify === null ? [] : [`NOTIFY ${nameStatus(result.notify)}`]),
    ...targetFact(result),
    ...expectationFact(result),
  ].join(', ');
}

/** What to know besides, a sentence a line. */
export function remarks(result: CondensedResult): string[] {
  const { message, hint, agentIdentity: agent, leftBehind, trunk, test } = result;
  const isNamed = trunk.name === null || trunk.name === test.trunk;
  return [
    message,
    ...(hint === null ? [] : [hint]),
    ...(isNamed ? [] : [`The trunk that was tested: ${trunk.name} (${trunk.id})`]),
    ...(agent === null ? [] : [`An agent came into the test room: ${agent}`]),
    ...leftBehind.map((left) => `Left behind in LiveKit: ${left}`),
  ];
}

/** Seconds, to the millisecond: `2.310`. */
export function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
