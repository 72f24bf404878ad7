/** What became of one transfer, as the table of outcomes shows it. */
import type { Evidence, Leg } from '../../src/transfer/outcome.ts';
import type { TransferResult } from '../../src/transfer/result.ts';

export interface OutcomeRow {
  /** The outcome, or the code of the error with which it ended before it began. */
  outcome: string;
  stage: TransferResult['stage'];
  /** The SIP code. */
  sip: number | null;
  caller: TransferResult['caller'] | null;
  leg: Leg | null;
  evidence: Evidence | null;
  exitCode: number;
  /** How many transfer requests the server saw from this operator. */
  posts: number;
}

/** Where a reporter finds the rows of a test, by the name of the case. */
declare module 'vitest' {
  interface TaskMeta {
    outcomeRows?: readonly (readonly [name: string, row: OutcomeRow])[];
  }
}
