/** One line for what an answer means. */
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';

/** `outcome stage exit` */
export function judge(outcome: HttpOutcome): string {
  const verdict = classifyAnswer(outcome);
  return [verdict.outcome, verdict.stage ?? '-', verdict.exitCode].join(' ');
}
