/** Places the test call. It is asked for once, whatever comes; clean-up knows of it beforehand. */
import type { DialRequest } from '../livekit/dial-request.ts';
import type { CleanUp } from './clean-up.ts';
import { type DialOutcome, readDialOutcome } from './dial-outcome.ts';
import { type Lab, stopIfInterrupted } from './environment.ts';

/** The identity of every leg that a test dials. */
export const LEG_IDENTITY = 'lk-transfer-smoke';

/** A leg lasts no longer than this by itself, and longer than the transfer of it is waited for. */
const SHORTEST_LEG_MS = 120_000;
const AFTER_TRANSFER_MS = 30_000;

/** How long the leg may last, in ms: the net under clean-up. */
export function longestLeg(waitMs: number): number {
  return Math.max(SHORTEST_LEG_MS, waitMs + AFTER_TRANSFER_MS);
}

export interface Dialled {
  outcome: DialOutcome;
  durationMs: number;
}

/**
 * Dials.
 * @returns once somebody answered, or nobody will
 * @throws InterruptedError when a signal comes first: the call may still be on its way then
 */
export async function dialTestCall(
  lab: Lab,
  cleanUp: CleanUp,
  request: DialRequest,
): Promise<Dialled> {
  const { clock, interruption, steady } = lab;
  stopIfInterrupted(lab);
  const start = clock.elapsed();
  const dial = steady.createSipParticipant(request);
  cleanUp.addDialled({ room: request.roomName, identity: request.identity, dial });
  await Promise.race([dial, interruption.happened]);
  stopIfInterrupted(lab);
  const outcome = readDialOutcome(await dial);
  return { outcome, durationMs: Math.round(clock.elapsed() - start) };
}
