/** The transfer of a test's leg: by the engine that every transfer goes by, once, without fallback. */
import { agentsAmong } from '../calls/condition.ts';
import { TELLING_WAIT_MS } from '../core/limits.ts';
import { attemptTransfer } from '../transfer/attempt.ts';
import type { TransferPlan } from '../transfer/plan-part.ts';
import type { TransferRecord } from '../transfer/record.ts';
import type { TransferResult } from '../transfer/result.ts';
import type { Lab } from './environment.ts';

/** After this long somebody wonders; a REFER that is never answered takes longer. In ms. */
const WONDERS_AFTER_MS = 8_000;

export interface Referred {
  result: TransferResult;
  /** An agent that was in the room at the end. */
  agent: string | null;
}

/** Says, while nothing comes from LiveKit, what that means by then. */
function sayWhileWaiting({ clock, tell }: Lab): () => void {
  const over = new AbortController();
  const say = async () => {
    await clock.sleep(WONDERS_AFTER_MS, over.signal);
    if (over.signal.aborted) return;
    tell({
      step: 'still-waiting',
      message:
        'No answer yet. Whether the trunk ignores the REFER shows only after 32 s: please wait.',
    });
    await clock.sleep(TELLING_WAIT_MS - WONDERS_AFTER_MS, over.signal);
    if (over.signal.aborted) return;
    tell({
      step: 'still-waiting',
      message: 'The trunk has taken the REFER, and has not said what became of it yet.',
    });
  };
  void say();
  return () => over.abort();
}

/**
 * Sends the REFER.
 * @param onSent told when it is on its way
 * @throws CallerAwayError when the leg is not where it was, before anything was sent; InterruptedError
 */
export async function referLeg(
  lab: Lab,
  plan: TransferPlan,
  record: TransferRecord,
  onSent: () => void,
): Promise<Referred> {
  const { client, clock, interruption, isAgent, tell } = lab;
  let stop = () => {};
  const { referTo } = plan.destination;
  try {
    const { result, sighting } = await attemptTransfer(client, plan, {
      clock: { ...clock, sleep: (ms) => clock.sleep(ms, interruption.abort) },
      isAgent,
      interruption,
      record,
      onSent: () => {
        onSent();
        const { callId } = plan.call;
        tell({ step: 'refer', message: `REFER sent: to ${referTo}.`, callId, referTo });
        stop = sayWhileWaiting(lab);
      },
      onAnswer: () => {
        stop();
        tell({
          step: 'transfer-answered',
          message: 'LiveKit has answered; looking where the call is.',
        });
      },
    });
    return { result, agent: agentsAmong(sighting.room ?? [], isAgent)[0]?.identity ?? null };
  } finally {
    stop();
  }
}
