/** From a request and its answer to the result that is told. */
import type { Call } from '../calls/call.ts';
import type { Verdict } from './classify.ts';
import type { AttemptOptions } from './conclude.ts';
import type { TransferPlan } from './plan-part.ts';
import type { OpenTransfer } from './record.ts';
import { concludeTransfer, type TransferResult } from './result.ts';
import type { Sighting } from './verify.ts';

/** Tells how one request went; the parts of a result that do not depend on that are settled here. */
export function teller(
  plan: TransferPlan,
  call: Call,
  { clock, isAgent }: AttemptOptions,
  earlier: readonly OpenTransfer[],
) {
  const startedAt = new Date(clock.now()).toISOString();
  return {
    startedAt,
    tell: (verdict: Verdict, durationMs: number, sighting: Sighting): TransferResult =>
      concludeTransfer(
        {
          call,
          destination: plan.destination,
          provider: plan.provider,
          hangsUpFirst: plan.hangsUpFirst,
          earlier,
          waitMs: plan.request.waitMs,
          startedAt,
          durationMs,
          isAgent,
          nowMs: clock.now(),
        },
        verdict,
        sighting,
      ),
  };
}
