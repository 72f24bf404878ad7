/** What a test runs with: clients, clocks, rules, and who may stop it. */
import type { CallStatus } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { InterruptedError, isKnownError } from '../core/errors.ts';
import type { HostClock, Interruption } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { OpenTransfer } from '../transfer/outcome.ts';
import type { Rules } from '../transfer/plan.ts';
import type { TransferRecord } from '../transfer/result.ts';

export interface SmokeContext {
  /** Cut off by a Ctrl-C. */
  client: LiveKitClient;
  /** Never cut off: dials, and cleans up. */
  steady: LiveKitClient;
  rules: Rules;
  isAgent: IsAgentIdentity;
  clock: HostClock;
  /** How many times as fast as real time LiveKit runs: 1, but for a sandbox. */
  speed: number;
  interruption: Interruption;
  /** For calls that somebody else made; test calls are nobody's history. */
  record: TransferRecord;
  earlierOf(callId: string): Promise<readonly OpenTransfer[]>;
  /** A name for a room that nobody else has. */
  newRoomName(): string;
  /** How long a test number may ring, in ms. */
  ringingMs: number;
  /** How long somebody may take to call in, in ms. */
  callWithinMs: number;
  tell(step: SmokeStep): void;
  /** What there is to clean up, for somebody who leaves at once. */
  onMade(rooms: readonly string[]): void;
}

/** @throws InterruptedError when a signal has come */
export function stopTestIfInterrupted({ interruption }: SmokeContext): void {
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
}

/** A pause that a signal ends. @throws InterruptedError then */
export async function pause(context: SmokeContext, ms: number): Promise<void> {
  await context.clock.sleep(ms, context.interruption.abort);
  stopTestIfInterrupted(context);
}

/** A proof less is no reason to call a test off, nor to lose what it has found: then null. */
export async function unlessUnreadable<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (isKnownError(error) && error.code !== 'interrupted') return null;
    throw error;
  }
}

// What a test does, told as it happens.

type StepName =
  | 'waiting-for-call'
  | 'dialling'
  | 'answered'
  | 'not-answered'
  | 'arrived'
  | 'agent'
  | 'refer'
  /** LiveKit has not answered the transfer yet. */
  | 'still-waiting'
  | 'transfer-answered'
  | 'looking-at-target'
  | 'target-arrived'
  /** The call of a bridge test stands, and is looked at. */
  | 'on-the-line'
  | 'hung-up'
  | 'cleaned-up'
  /** What clean-up does not reach. */
  | 'far-ends';

/** In the field names of the JSON output. These names stay. */
export interface SmokeStep {
  /** What happened, as a word. */
  step: StepName;
  /** A sentence for people. */
  message: string;
  /** The test room. */
  room?: string;
  /** LiveKit’s call id of the test call. */
  callId?: string;
  /** Of the test call, or of an agent, in the room. */
  identity?: string;
  /** The number that is dialled, or waited for. */
  testNumber?: string;
  /** What went out. */
  referTo?: string;
  /** Of the test call, as LiveKit has it. */
  status?: CallStatus | null;
  /** Of the dial, or of the test, in ms. */
  durationMs?: number;
  /** What the clean-up could not remove. */
  leftBehind?: readonly string[];
}
