/**
 * Where the caller is after a transfer was asked for: read, never assumed, and matched on the call
 * id, since identities are reused. After a true success the leg stays listed for about a second
 * (LiveKit hangs up one second after NOTIFY 200); a call that merely ended is gone at once.
 */
import { type Call, callIdOf } from '../calls/call.ts';
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Participant } from '../livekit/messages.ts';
import type { Leg } from './outcome.ts';

interface VerifyClock {
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  sleep(ms: number): Promise<void>;
  /** Somebody wants to leave: no more looking. */
  stopped(): boolean;
}

/** What was seen of the leg, in ms since LiveKit answered. */
export interface LegObservation {
  leg: Leg;
  /** The last moment at which the leg was certainly still listed; null when it never was. */
  lastListedMs: number | null;
  /** Who is in the room at the end; null when that could not be read. */
  room: Participant[] | null;
}

/** How long after a reported success the leg may take to leave, in ms. */
const PATIENCE_MS = 4000;
/** Looks in the first second are timed to fall on either side of the half second. */
const LOOK_EVERY_MS = 170;
/** A leg listed this long after the answer was hung up by LiveKit, in ms. */
const LINGER_MS = 500;
/** Providers that drop a leg after a failure do it within this, in ms. */
const AFTER_FAILURE_MS = 3000;

type WhichCall = Pick<Call, 'callId' | 'room' | 'identity'>;

/** Everybody in the caller's room, or null when nobody can say. */
async function readRoom(client: LiveKitClient, call: WhichCall): Promise<Participant[] | null> {
  try {
    return await client.listParticipants(call.room);
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}

/** One look at the caller's participant. */
async function readLegInRoom(client: LiveKitClient, call: WhichCall): Promise<Leg> {
  try {
    const participant = await client.getParticipant(call.room, call.identity);
    return participant !== null && callIdOf(participant) === call.callId ? 'listed' : 'gone';
  } catch (error) {
    if (error instanceof KnownError) return 'unread';
    throw error;
  }
}

/** A look at the whole room: the caller may be back under another identity. */
export async function observeRoom(client: LiveKitClient, call: WhichCall): Promise<LegObservation> {
  const room = await readRoom(client, call);
  if (room === null) return { leg: 'unread', lastListedMs: null, room };
  const listed = room.some((participant) => callIdOf(participant) === call.callId);
  return { leg: listed ? 'listed' : 'gone', lastListedMs: null, room };
}

/**
 * Watches the leg after LiveKit reported success, until it is gone or patience ends.
 */
export async function watchLegLeave(
  client: LiveKitClient,
  call: WhichCall,
  clock: VerifyClock,
): Promise<LegObservation> {
  const start = clock.elapsed();
  let lastListedMs: number | null = null;
  for (;;) {
    // The look tells of some moment after it was sent: count from there, to claim no more than that.
    const sentMs = clock.elapsed() - start;
    const leg = await readLegInRoom(client, call);
    if (leg === 'listed') lastListedMs = sentMs;
    if (leg === 'gone') {
      const askedMs = clock.elapsed() - start;
      const settled = await observeRoom(client, call);
      if (settled.leg !== 'listed') return { ...settled, leg: 'gone', lastListedMs };
      // The caller is back under another identity: listed all the same.
      lastListedMs = askedMs;
    }
    if (clock.stopped() || clock.elapsed() - start >= PATIENCE_MS) {
      return { ...(await observeRoom(client, call)), lastListedMs };
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/**
 * Looks where the caller is after anything but a reported success: at once, and again three seconds
 * later, since a provider may drop the leg as well. Only the last look counts: what was seen before
 * it is no word about now, where that look itself fails.
 */
export async function readLegAfterFailure(
  client: LiveKitClient,
  call: WhichCall,
  clock: VerifyClock,
): Promise<LegObservation> {
  const first = await observeRoom(client, call);
  if (first.leg === 'gone' || clock.stopped()) return first;
  await clock.sleep(AFTER_FAILURE_MS);
  return observeRoom(client, call);
}

/**
 * Whether the leg's departure proves that the target answered.
 * @returns the grade of evidence, or null when it proves nothing
 */
export function evidenceOf(
  observation: LegObservation,
  hangsUpFirst: boolean,
): 'lingered' | 'trunk' | null {
  if (observation.leg !== 'gone') return null;
  if (observation.lastListedMs !== null && observation.lastListedMs >= LINGER_MS) return 'lingered';
  return hangsUpFirst ? 'trunk' : null;
}
