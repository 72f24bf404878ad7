/** What a test does, told as it happens. */
import type { CallStatus } from '../calls/call.ts';

export type StepName =
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
  | 'cleaned-up'
  /** What clean-up does not reach. */
  | 'far-ends';

/** In the field names of the JSON output. These names stay. */
export interface SmokeStep {
  step: StepName;
  /** A sentence for people. */
  message: string;
  room?: string;
  callId?: string;
  identity?: string;
  number?: string;
  referTo?: string;
  status?: CallStatus | null;
  durationMs?: number;
  leftBehind?: readonly string[];
}
