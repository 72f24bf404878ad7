/**
 * Where the caller is after a transfer was asked for: read, never assumed, and matched on the call
 * id, since identities are reused. After a true success the leg stays listed for about a second
 * (LiveKit hangs up one second after NOTIFY 200); a call that merely ended is gone at once, or listed
 * with status `hangup` for as long as the SIP service takes, which on a busy one may be a second, too.
 */
import { type Call, callIdOf, hasCallId } from '../calls/call.ts';
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Participant } from '../livekit/messages.ts';
import type { Leg } from './outcome.ts';

interface VerifyClock {
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  sleep(ms: number): Promise<void>;
  /** A signal has come: no more reads. */
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
const LEAVE_TIMEOUT_MS = 4000;
/** Reads in the first second are timed to fall on either side of the half second. */
const READ_EVERY_MS = 170;
/** A leg listed this long after the answer was hung up by LiveKit, in ms. */
const LINGER_MS = 500;
/** Providers that drop a leg after a failure do it within this, in ms. */
const AFTER_FAILURE_MS = 3000;
/** Whoever is missing once is looked for again after this, in ms: a list may lag. */
export const LOOK_AGAIN_MS = 400;

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

/** Reads the caller's participant alone; `leaving`: still listed, and hung up by whomever. */
async function readLegInRoom(client: LiveKitClient, call: WhichCall): Promise<Leg | 'leaving'> {
  try {
    const participant = await client.getParticipant(call.room, call.identity);
    if (participant === null || callIdOf(participant) !== call.callId) return 'gone';
    return participant.attributes.get('sip.callStatus') === 'hangup' ? 'leaving' : 'listed';
  } catch (error) {
    if (error instanceof KnownError) return 'unread';
    throw error;
  }
}

/** Reads the whole room: the caller may be back under another identity. */
export async function observeRoom(client: LiveKitClient, call: WhichCall): Promise<LegObservation> {
  const room = await readRoom(client, call);
  if (room === null) return { leg: 'unread', lastListedMs: null, room };
  const isIt = (participant: Participant) =>
    hasCallId(call)
      ? callIdOf(participant) === call.callId
      : participant.identity === call.identity;
  const listed = room.some(isIt);
  return { leg: listed ? 'listed' : 'gone', lastListedMs: null, room };
}

/** The same; who is missing is looked for once more: a list may lag, and a caller may be coming back. */
export async function observeRoomTwice(
  client: LiveKitClient,
  call: WhichCall,
  pause: () => Promise<void>,
): Promise<LegObservation> {
  const first = await observeRoom(client, call);
  if (first.leg !== 'gone') return first;
  await pause();
  return observeRoom(client, call);
}

/** Watches the leg after LiveKit reported success, until it is gone or the time for that is over. */
export async function watchLegLeave(
  client: LiveKitClient,
  call: WhichCall,
  clock: VerifyClock,
): Promise<LegObservation> {
  const start = clock.elapsed();
  let lastListedMs: number | null = null;
  for (;;) {
    // What is read was true at some moment after the request: count from there, and claim no more.
    const sentMs = clock.elapsed() - start;
    const leg = await readLegInRoom(client, call);
    if (leg === 'listed') lastListedMs = sentMs;
    if (leg === 'gone') {
      const sentAgainMs = clock.elapsed() - start;
      const everybody = await observeRoom(client, call);
      // Without the list nobody knows whether the caller is back under another identity.
      if (everybody.leg === 'gone') return { ...everybody, lastListedMs };
      if (everybody.leg === 'listed') lastListedMs = sentAgainMs;
    }
    if (clock.stopped() || clock.elapsed() - start >= LEAVE_TIMEOUT_MS) {
      return { ...(await observeRoom(client, call)), lastListedMs };
    }
    await clock.sleep(READ_EVERY_MS);
  }
}

/**
 * Reads where the caller is after anything but a reported success: at once, and again three seconds
 * later, since a provider may drop the leg as well. Only the last read counts: where it fails, what
 * was seen before says nothing about now.
 */
export async function readLegAfterFailure(
  client: LiveKitClient,
  call: WhichCall,
  clock: VerifyClock,
): Promise<LegObservation> {
  const look = () => observeRoomTwice(client, call, () => clock.sleep(LOOK_AGAIN_MS));
  const first = await look();
  if (first.leg === 'gone' || clock.stopped()) return first;
  await clock.sleep(AFTER_FAILURE_MS);
  return look();
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

// Who of a bridge has left, by looks at their room.

/** After so long without a look, LiveKit's list may fill up again but slowly, in ms. */
const AWAY_MS = 5000;
/** How long somebody has to be missing before they have left: of both together, and after such a time. */
const BOTH_MISSING_MS = 4000;
const MISSING_AFTER_AWAY_MS = 10_000;

/** Of the time without a look, so much counts as time in which somebody was missing; over a failed read. */
const COUNTS_MS = { read: AWAY_MS, lost: 2000 };

/** For how long somebody is missing, and in how many looks in a row. */
interface Missing {
  looks: number;
  forMs: number;
}

const THERE: Missing = { looks: 0, forMs: 0 };

function look({ looks, forMs }: Missing, isThere: boolean, passedMs: number): Missing {
  if (isThere) return THERE;
  return { looks: looks + 1, forMs: looks === 0 ? 0 : forMs + passedMs };
}

type Presence = (room: readonly Participant[]) => boolean;

/** Who of the two has left, by looks one after the other: seen twice, and never by a read that failed. */
export class Absences {
  readonly #isThere: Record<'caller' | 'target', Presence>;
  readonly #looksOften: boolean;
  #callers = THERE;
  #targets = THERE;
  #lastReadMs: number;
  #backMs = Number.NEGATIVE_INFINITY;
  #isLost = false;

  /** @param looksOften false: whoever is told of changes looks seldom, and misses nothing by it */
  constructor(isThere: Record<'caller' | 'target', Presence>, nowMs: number, looksOften = true) {
    this.#isThere = isThere;
    this.#looksOften = looksOften;
    this.#lastReadMs = nowMs;
  }

  /** The last read failed. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Somebody was missing, and whether they have left is not certain yet. */
  get inDoubt(): boolean {
    return this.#callers.looks + this.#targets.looks > 0;
  }

  /** @returns who has left; null: nobody, as far as is certain */
  note(room: readonly Participant[] | null, nowMs: number): 'caller' | 'target' | 'both' | null {
    const wasLost = this.#isLost;
    this.#isLost = room === null;
    if (room === null) return null;
    const sinceMs = nowMs - this.#lastReadMs;
    // It lists them again one after the other.
    if (wasLost || (this.#looksOften && sinceMs > AWAY_MS)) this.#backMs = nowMs;
    this.#lastReadMs = nowMs;
    const passedMs = Math.min(sinceMs, wasLost ? COUNTS_MS.lost : COUNTS_MS.read);
    this.#callers = look(this.#callers, this.#isThere.caller(room), passedMs);
    this.#targets = look(this.#targets, this.#isThere.target(room), passedMs);
    const bothMissing = this.#callers.looks > 0 && this.#targets.looks > 0;
    const isBack = nowMs - this.#backMs < 2 * MISSING_AFTER_AWAY_MS;
    const leastMs = Math.max(isBack ? MISSING_AFTER_AWAY_MS : 0, bothMissing ? BOTH_MISSING_MS : 0);
    // Each seen twice: a list may lag, and a caller may be coming back under another identity.
    const hasLeft = ({ looks, forMs }: Missing) => looks >= 2 && forMs >= leastMs;
    const callerLeft = hasLeft(this.#callers);
    const targetLeft = hasLeft(this.#targets);
    if (bothMissing) return callerLeft && targetLeft ? 'both' : null;
    return callerLeft ? 'caller' : targetLeft ? 'target' : null;
  }
}
