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
   * What became of the other: hung up on, gone by then, back with an agent who is in the room, or not
   * known, since it could not be seen to be gone.
   */
  other: 'hung-up' | 'gone' | 'with-agent' | 'unknown';
  /** How long the two talked, in ms. */
  durationMs: number;
}

interface BridgeWatch {
  /** For a client that no Ctrl-C cuts off. */
  client: LiveKitClient;
  isAgent: IsAgentIdentity;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  /** Pauses; may end early when `stopped` turns true. */
  pause(ms: number): Promise<void>;
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
  const start = elapsed();
  let missing = 0;
  let lost = false;
  for (;;) {
    if (missing > 0) await pause(BRIDGE_LOOK_AGAIN_MS);
    else if (lost || untilChange === undefined) await pause(BRIDGE_LOOK_MS);
    else await untilChange();
    if (stopped()) return null;
    const room = await legs.read();
    if (lost !== (room === null)) {
      lost = room === null;
      onConnection?.(lost);
    }
    if (room === null) continue;
    const caller = legs.callerIn(room);
    const target = legs.targetIn(room);
    missing = caller !== undefined && target !== undefined ? 0 : missing + 1;
    // Seen twice: a list may lag, and a caller may be coming back under another identity.
    if (missing < 2) continue;
    const durationMs = Math.round(elapsed() - start);
    if (caller === undefined && target === undefined) {
      return { leftFirst: 'both', other: 'gone', durationMs };
    }
    const leftFirst = caller === undefined ? 'caller' : 'target';
    return { leftFirst, other: await hangUpOnOther(leftFirst, legs, watch), durationMs };
  }
}

/** Hangs up on the one who is left, until they are seen to be gone. */
async function hangUpOnOther(
  gone: 'caller' | 'target',
  legs: BridgeLegs,
  { isAgent, pause, watcher }: BridgeWatch,
): Promise<BridgeEnd['other']> {
  let removed = false;
  for (let tries = 0; tries < MOST_REMOVALS; tries += 1) {
    const room = await legs.read();
    const other =
      room === null ? undefined : gone === 'caller' ? legs.targetIn(room) : legs.callerIn(room);
    if (room !== null && other === undefined) return removed ? 'hung-up' : 'gone';
    // With an agent in the room the caller is not alone.
    const agents = agentsAmong(room ?? [], isAgent).filter((each) => each.identity !== watcher);
    if (gone === 'target' && agents.length > 0) return 'with-agent';
    if (other !== undefined) removed = (await legs.remove(other.identity)) === true || removed;
    await pause(BRIDGE_LOOK_AGAIN_MS);
  }
  return 'unknown';
}
