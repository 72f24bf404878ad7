/** The caller read once more, just before the request: minutes may have passed since the preview. */
import { type Call, callIdOf, readCall, roomOf } from '../calls/call.ts';
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { nameCaller } from './explain/explain.ts';
import { lookAtRoom, type Sighting } from './verify.ts';

/** The caller is not where they were. Nothing was sent. */
export class CallerAwayError extends KnownError {
  /** Where they are, as far as their room shows. */
  readonly sighting: Sighting;

  constructor(call: Call, sighting: Sighting) {
    const what = {
      gone: 'left before the transfer',
      listed: 'came back under another identity before the transfer',
      unread: `is no longer there as ${call.identity}, and the room could not be read`,
    }[sighting.leg];
    // A room that cannot be read is no proof that nobody is in it.
    const code = sighting.leg === 'unread' ? 'server' : 'no-such-call';
    super(code, `${nameCaller(call)} ${what}. Nothing was sent.`, {
      hint: 'See who is on the line with `lk-transfer calls`.',
    });
    this.name = 'CallerAwayError';
    this.sighting = sighting;
  }
}

/**
 * The call as it is now.
 * @param nowMs wall clock, ms since 1970
 * @throws CallerAwayError when the caller has left, or another call has taken the identity; KnownError
 *   when LiveKit cannot say
 */
export async function rereadCall(client: LiveKitClient, call: Call, nowMs: number): Promise<Call> {
  const participant = await client.getParticipant(call.room, call.identity);
  if (participant === null || callIdOf(participant) !== call.callId) {
    throw new CallerAwayError(call, await lookAtRoom(client, call));
  }
  const now = readCall(participant, roomOf(call), nowMs) ?? call;
  // What only the whole room shows stands as it was shown to whoever confirmed.
  return { ...now, condition: call.condition, stuck: call.stuck, agent: call.agent };
}
