/** What became of a transfer, made from LiveKit's answer and what was seen of the leg. */
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer, weighDuration } from '../../src/transfer/classify.ts';
import type { Leg } from '../../src/transfer/outcome.ts';
import { type Attempt, concludeTransfer, type TransferResult } from '../../src/transfer/result.ts';
import { call, caller, NOW } from '../support/livekit.ts';
import { answer, sipFailure, twirp } from '../transfer/answers.ts';
import { destination } from '../transfer/plans.ts';

export interface Seen {
  leg?: Leg;
  lastListedMs?: number | null;
  attempt?: Partial<Attempt>;
}

export function transferred(outcome: HttpOutcome, seen: Seen = {}): TransferResult {
  const { leg = 'listed', lastListedMs = null, attempt = {} } = seen;
  const classified = classifyAnswer(outcome);
  const room = leg === 'unread' ? null : leg === 'listed' ? [caller()] : [];
  return concludeTransfer(
    {
      call: call({ direction: 'outbound' }),
      destination: destination(),
      bridge: null,
      provider: null,
      hangsUpFirst: false,
      openTransfers: [],
      waitMs: 90_000,
      startedAt: new Date(NOW).toISOString(),
      durationMs: 1500,
      isAgent: () => false,
      nowMs: NOW,
      ...attempt,
    },
    attempt.durationMs === undefined ? classified : weighDuration(classified, attempt.durationMs),
    { leg, lastListedMs, room },
  );
}

export const SUCCESS = answer(200, {});
export const TIMED_OUT = twirp(408, 'deadline_exceeded', 'request timed out');
export const IGNORED = twirp(
  408,
  'canceled',
  'transaction failed to complete (0 intermediate responses)',
);
/** The same within milliseconds: the trunk did answer, with whatever. */
export const LOST: Seen = { attempt: { durationMs: 12 } };
/** LiveKit does not say whether the trunk or the target gave this answer. */
export const failedSomewhere = (code: number, reason = 'No') =>
  twirp(
    412,
    'failed_precondition',
    `sip transfer failed: STR_REJECTED: sip status: ${code}: ${reason}`,
  );
/** The trunk answers the REFER so; the HTTP status means nothing beside it. */
export const refused = (code: number, reason = 'No') =>
  sipFailure(400, 'invalid_argument', { code, reason });
export const notified = (code: number, reason = 'No') =>
  sipFailure(429, 'resource_exhausted', { code, reason, notify: true });

/** The leg stayed for the second that LiveKit waits, and then left. */
export const LINGERED: Seen = { leg: 'gone', lastListedMs: 900 };
export const GONE: Seen = { leg: 'gone' };
