/** What a smoke test finds out about one trunk, in one direction. */
import type { ProviderName } from '../config/types.ts';
import type { ExitCode } from '../core/errors.ts';
import type { SipStatus } from '../transfer/outcome.ts';
import type { TransferResult } from '../transfer/result.ts';

/** Which leg is sent the REFER, and how it came to be. */
export type SmokeMethod =
  /** We dial a test number through the trunk, and refer that leg. */
  | 'outbound'
  /** We dial our own inbound number, and refer the leg that arrives. */
  | 'loop'
  /** A call that somebody else made. */
  | 'live';

export type Verdict =
  /** The trunk takes a REFER. Whether the target answered stands in `answered`. */
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
export type Proof =
  /** LiveKit states it, or its own second of waiting shows it. */
  | 'livekit'
  /** The trunk is known to hang up first. */
  | 'trunk'
  /** The target is a number of our own, and the call arrived there. */
  | 'arrived'
  /** Whoever watched said so. */
  | 'operator';

/** In the field names of the JSON output. These names stay. */
export interface SmokeResult {
  trunk: {
    id: string | null;
    name: string | null;
    host: string | null;
    provider: ProviderName | null;
  };
  method: SmokeMethod;
  /** Of the leg that was referred; the verdict holds for this direction alone. */
  direction: 'inbound' | 'outbound' | null;
  verdict: Verdict;
  /** The trunk's answer to the REFER; a code that LiveKit did not tell is null. */
  refer: { accepted: boolean; code: number | null; reason: string | null } | null;
  /** The trunk's last report on the target. */
  notify: SipStatus | null;
  /** null where nobody dialled. */
  dial: { ok: boolean; durationMs: number } | null;
  /** Whether the target answered; null where nobody knows. */
  answered: boolean | null;
  proof: Proof | null;
  /** The way that works on this trunk, in this direction, as it is set up now. */
  use: 'cold' | 'warm' | null;
  message: string;
  hint: string | null;
  /** From the first request to the end of the clean-up, in ms. */
  durationMs: number;
  /** The transfer as `transfer --json` prints it; null when it did not come to one. */
  transfer: TransferResult | null;
  /** An agent that a dispatch rule sent into the test room. */
  agent: string | null;
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
  expected?: Verdict;
}
