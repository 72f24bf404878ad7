/**
 * Who ends a bridge. LiveKit ends nothing (seen on server 1.13): when the target hangs up, the caller
 * stays in silence, and when the caller hangs up, the target's leg stays until its longest duration.
 * So somebody watches both, and hangs up on the one when the other has gone.
 */
import { agentsAmong, type IsAgentIdentity } from '../../calls/condition.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Bridge } from '../outcome.ts';
import { BridgeLegs } from './legs.ts';

/** How a watched bridge ended, in the field names of the JSON output. These names stay. */
export interface BridgeEnd {
  /** Who left first, as far as the looks show. */
  leftFirst: 'caller' | 'target' | 'both';
  /**
   * What became of the other: hung up on, gone by then, back with an agent who is in the room, left to
   * other people who talk there, or not known, since it could not be seen to be gone.
   */
  other: 'hung-up' | 'gone' | 'with-agent' | 'with-others' | 'unknown';
  /** How long the two talked, in ms. */
  durationMs: number;
}

interface BridgeWatch {
  /** For a client that no Ctrl-C cuts off: to hang up with. */
  client: LiveKitClient;
  /** To look with, while both are there: it may give up when nobody wants to watch any longer. */
  looks: LiveKitClient;
  isAgent: IsAgentIdentity;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  /** Pauses; may end early when `stopped` turns true. */
  pause(ms: number): Promise<void>;
  /** Pauses for as long as it says: what is left to do has to be done. */
  rest(ms: number): Promise<void>;
  /** Nobody wants to watch any longer. */
  stopped(): boolean;
  /** Resolves when one of them may have left; by default there is a look every 2 s. */
  untilChange?(): Promise<void>;
  /** An agent that only watches: with that one alone the caller is not served. */
  watcher?: string | undefined;
  /** The room cannot be read just now, or can be again. */
  onConnection?(isLost: boolean): void;
}

/** How often the room is looked at, in ms: one request each. */
export const BRIDGE_LOOK_MS = 2000;
/** Whoever is missing is looked for again after this, in ms. */
export const BRIDGE_LOOK_AGAIN_MS = 500;
/** Looks at whether the one who was hung up on is gone. */
const MOST_REMOVALS = 20;
/** After so long without a look, LiveKit's list may fill up again but slowly, in ms. */
const AWAY_MS = 5000;
/** How long somebody has to be missing before they have left: of both together, and after such a time. */
const BOTH_MISSING_MS = 4000;
const MISSING_AFTER_AWAY_MS = 10_000;

/** Since when somebody is missing, and in how many looks in a row. */
interface Missing {
  looks: number;
  sinceMs: number;
}

const THERE: Missing = { looks: 0, sinceMs: 0 };

function look(before: Missing, isThere: boolean, nowMs: number): Missing {
  if (isThere) return THERE;
  return { looks: before.looks + 1, sinceMs: before.looks === 0 ? nowMs : before.sinceMs };
}

/**
 * Watches until the bridge has ended.
 * @param callId of the caller
 * @returns null when it was stopped before: the two talk on, and nobody watches
 */
export async function watchBridge(
  callId: string,
  bridge: Pick<Bridge, 'room' | 'identity'>,
  watch: BridgeWatch,
): Promise<BridgeEnd | null> {
  const { elapsed, pause, stopped, untilChange, onConnection } = watch;
  const legs = new BridgeLegs(watch.client, bridge.room, callId, bridge.identity);
  const looking = new BridgeLegs(watch.looks, bridge.room, callId, bridge.identity);
  const start = elapsed();
  let callers = THERE;
  let targets = THERE;
  let lost = false;
  let lastReadMs = start;
  let backMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (callers.looks + targets.looks > 0) await pause(BRIDGE_LOOK_AGAIN_MS);
    else if (lost || untilChange === undefined) await pause(BRIDGE_LOOK_MS);
    else await untilChange();
    if (stopped()) return null;
    const room = await looking.read();
    // Whoever leaves is not kept by a LiveKit that does not answer.
    if (room === null && stopped()) return null;
    const wasLost = lost;
    if (lost !== (room === null)) {
      lost = room === null;
      onConnection?.(lost);
    }
    if (room === null) continue;
    const nowMs = elapsed();
    // Whoever is told of changes looks seldom, and misses nothing by it.
    const isLate = untilChange === undefined && nowMs - lastReadMs > AWAY_MS;
    if (wasLost || isLate) backMs = nowMs;
    lastReadMs = nowMs;
    const caller = legs.callerIn(room);
    const target = legs.targetIn(room);
    callers = look(callers, caller !== undefined, nowMs);
    targets = look(targets, target !== undefined, nowMs);
    // Each seen twice: a list may lag, and a caller may be coming back under another identity.
    const gone = callers.looks > targets.looks ? callers : targets;
    if (gone.looks < 2) continue;
    const bothMissing = caller === undefined && target === undefined;
    // A LiveKit that was restarted lists them again one after the other.
    const wanted = nowMs - backMs < 2 * MISSING_AFTER_AWAY_MS ? MISSING_AFTER_AWAY_MS : 0;
    if (nowMs - gone.sinceMs < Math.max(wanted, bothMissing ? BOTH_MISSING_MS : 0)) continue;
    const durationMs = Math.round(elapsed() - start);
    if (bothMissing) return { leftFirst: 'both', other: 'gone', durationMs };
    const leftFirst = caller === undefined ? 'caller' : 'target';
    return { leftFirst, other: await hangUpOnOther(leftFirst, legs, watch), durationMs };
  }
}

/** Hangs up on the one who is left, until they are seen to be gone; not on whoever has company. */
async function hangUpOnOther(
  gone: 'caller' | 'target',
  legs: BridgeLegs,
  { isAgent, rest, stopped, watcher }: BridgeWatch,
): Promise<BridgeEnd['other']> {
  let removed = false;
  for (let looks = 0; looks < MOST_REMOVALS; ) {
    const room = await legs.read();
    // While LiveKit is away nobody can be hung up on: then it is waited for.
    if (room !== null) looks += 1;
    else if (stopped()) return 'unknown';
    if (room !== null) {
      const other = gone === 'caller' ? legs.targetIn(room) : legs.callerIn(room);
      if (other === undefined) return removed ? 'hung-up' : 'gone';
      // With an agent in the room the caller is not alone.
      const agents = agentsAmong(room, isAgent).filter((each) => each.identity !== watcher);
      if (gone === 'target' && agents.length > 0) return 'with-agent';
      if (legs.companyIn(room, isAgent).length > 0) return 'with-others';
      removed = (await legs.remove(other.identity)) === true || removed;
    }
    await rest(BRIDGE_LOOK_AGAIN_MS);
  }
  return 'unknown';
}
