/**
 * Who ends a bridge. LiveKit ends nothing (seen on server 1.13): when the target hangs up, the caller
 * stays in silence, and when the caller hangs up, the target's leg stays until its longest duration.
 * So somebody watches both, and hangs up on the one when the other has gone.
 */

import { callIdOf, isBridgeLeg } from '../../calls/call.ts';
import { agentsAmong, type IsAgentIdentity, ON_BEHALF } from '../../calls/condition.ts';
import { KnownError } from '../../core/errors.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Participant } from '../../livekit/messages.ts';
import type { HttpOutcome } from '../../livekit/transport.ts';
import type { Bridge } from '../outcome.ts';
import { Absences } from '../verify.ts';
import { BRIDGED_CALLER } from './dial-plan.ts';

/** How a watched bridge ended, in the field names of the JSON output. These names stay. */
export interface BridgeEnd {
  /** Who left first, as far as the looks show. */
  leftFirst: 'caller' | 'target' | 'both';
  /**
   * Where the other is: hung up on, gone by then, back with an agent who is in the room, left to
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
  /** Wall clock, ms since 1970. */
  now(): number;
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
  /** What the last look has shown, where that is other than before; `both` at first. */
  onSight?(sight: LegsSeen, before: LegsSeen): void;
}

/** Both are there, somebody is missing and has not left for certain, or the room cannot be read. */
export type LegsSeen = 'both' | 'missing' | 'unread';

/** How often the room is looked at, in ms: one request each. */
export const BRIDGE_LOOK_MS = 2000;
/** Whoever is missing is looked for again after this, in ms. */
export const BRIDGE_LOOK_AGAIN_MS = 500;
/** Looks at whether the one who was hung up on is gone. */
const MOST_LOOKS_AFTER = 20;

/**
 * Watches until the bridge has ended.
 * @param callId of the caller
 * @returns null when it was stopped before: the two talk on, and nobody watches
 */
export async function watchBridge(
  callId: string,
  bridge: Pick<Bridge, 'room' | 'identity'> & { since?: string | null | undefined },
  watch: BridgeWatch,
): Promise<BridgeEnd | null> {
  const { elapsed, pause, stopped, untilChange, onSight } = watch;
  const legs = new BridgeLegs(watch.client, bridge.room, callId, bridge.identity);
  const looking = new BridgeLegs(watch.looks, bridge.room, callId, bridge.identity);
  const start = elapsed();
  const talkedMs = timeSince(bridge.since, watch.now());
  const isThere = {
    caller: (room: readonly Participant[]) => legs.callerIn(room) !== undefined,
    target: (room: readonly Participant[]) => legs.targetIn(room) !== undefined,
  };
  const absences = new Absences(isThere, start, untilChange === undefined);
  let sight: LegsSeen = 'both';
  for (;;) {
    if (absences.inDoubt) await pause(BRIDGE_LOOK_AGAIN_MS);
    else if (absences.isLost || untilChange === undefined) await pause(BRIDGE_LOOK_MS);
    else await untilChange();
    if (stopped()) return null;
    const room = await looking.read();
    // Whoever leaves is not kept by a LiveKit that does not answer.
    if (room === null && stopped()) return null;
    const leftFirst = absences.note(room, elapsed());
    const before: LegsSeen = sight;
    sight = absences.isLost ? 'unread' : absences.inDoubt ? 'missing' : 'both';
    if (sight !== before) onSight?.(sight, before);
    if (leftFirst === null) continue;
    const durationMs = Math.round(talkedMs + elapsed() - start);
    if (leftFirst === 'both') return { leftFirst, other: 'gone', durationMs };
    const other = await hangUpOnOther(leftFirst, legs, watch);
    if (other !== null) return { leftFirst, other, durationMs };
  }
}

/** In ms; 0 where it is not known, or the clock of whoever dialled is ahead of this one. */
function timeSince(since: string | null | undefined, nowMs: number): number {
  const ms = nowMs - Date.parse(since ?? '');
  return ms > 0 ? ms : 0;
}

/**
 * Hangs up on the one who is left, until they are seen to be gone; not on whoever has company.
 * @returns null where the one who had left is back
 */
async function hangUpOnOther(
  gone: 'caller' | 'target',
  legs: BridgeLegs,
  { isAgent, elapsed, rest, stopped, watcher }: BridgeWatch,
): Promise<BridgeEnd['other'] | null> {
  const otherIn = (room: readonly Participant[]) =>
    gone === 'caller' ? legs.targetIn(room) : legs.callerIn(room);
  const isThere = (room: readonly Participant[]) => otherIn(room) !== undefined;
  const absences = new Absences({ caller: isThere, target: () => true }, elapsed());
  let removed = false;
  for (let looks = 0; looks < MOST_LOOKS_AFTER || absences.inDoubt; ) {
    const room = await legs.read();
    // While LiveKit is away nobody can be hung up on: then it is waited for.
    if (room !== null) looks += 1;
    else if (stopped()) return 'unknown';
    const hasLeft = absences.note(room, elapsed()) !== null;
    if (room !== null) {
      const other = otherIn(room);
      const back = gone === 'caller' ? legs.callerIn(room) : legs.targetIn(room);
      if (back !== undefined) return null;
      if (other === undefined && removed) return 'hung-up';
      if (hasLeft) return 'gone';
      // With an agent in the room the caller is not alone.
      const agents = agentsAmong(room, isAgent).filter((each) => each.identity !== watcher);
      if (gone === 'target' && agents.length > 0) return 'with-agent';
      const company = legs.companyIn(room, isAgent);
      // Nor is one target company to another: whoever was called for a caller who has left goes, too.
      const staying =
        gone === 'target' ? company : company.filter((each) => !legs.isForCaller(each));
      if (staying.length > 0) return 'with-others';
      if (other !== undefined) removed = (await legs.remove(other.identity)) === true || removed;
    }
    await rest(BRIDGE_LOOK_AGAIN_MS);
  }
  return 'unknown';
}

// The two legs of a bridge in their room, as whoever dials or watches sees them.

/** How often a target is removed that may still be on its way, and how long apart, in ms. */
const MOST_REMOVALS = 8;
const REMOVE_EVERY_MS = 500;

/** What hanging up on a target goes by. */
interface HangUp {
  /** LiveKit's answer to the dial; null while it is under way. */
  answer(): HttpOutcome | null;
  /** Resolves when it has come. */
  answered: Promise<unknown>;
  /** A pause that no signal ends, in ms. */
  pause(ms: number): Promise<void>;
  /** Whether it is worth waiting until a room can be read again. */
  waits(): boolean;
}

export class BridgeLegs {
  readonly #client: LiveKitClient;
  readonly #room: string;
  readonly #callId: string;
  readonly #identity: string;

  /**
   * @param client one that no Ctrl-C cuts off
   * @param callId of the caller: they may come back under another identity
   * @param identity of the target, which is its own
   */
  constructor(client: LiveKitClient, room: string, callId: string, identity: string) {
    this.#client = client;
    this.#room = room;
    this.#callId = callId;
    this.#identity = identity;
  }

  /** Everybody in the room; null when nobody can say. */
  read(): Promise<Participant[] | null> {
    return quietly(() => this.#client.listParticipants(this.#room));
  }

  /** The same, asked for once more before it is given up. */
  async readTwice(pause: (ms: number) => Promise<void>): Promise<Participant[] | null> {
    const room = await this.read();
    if (room !== null) return room;
    await pause(REMOVE_EVERY_MS);
    return this.read();
  }

  callerIn(room: readonly Participant[]): Participant | undefined {
    return room.find((each) => callIdOf(each) === this.#callId);
  }

  targetIn(room: readonly Participant[]): Participant | undefined {
    return room.find(({ identity }) => identity === this.#identity);
  }

  /** Whether somebody was dialled for the caller, as any target of theirs. */
  isForCaller(each: Participant): boolean {
    return isBridgeLeg(each) && each.attributes.get(BRIDGED_CALLER) === this.#callId;
  }

  /** LiveKit's word for how its call is; `hangup` also where it is not there. */
  statusOfTarget(room: readonly Participant[]): string {
    const target = this.targetIn(room);
    return target === undefined ? 'hangup' : (target.attributes.get('sip.callStatus') ?? '');
  }

  isTargetUp(room: readonly Participant[]): boolean {
    return ['active', 'automation'].includes(this.statusOfTarget(room));
  }

  isTargetRinging(room: readonly Participant[]): boolean {
    return ['dialing', 'ringing'].includes(this.statusOfTarget(room));
  }

  /** @returns whether somebody was there to be removed; null when LiveKit could not be asked */
  remove(identity: string): Promise<boolean | null> {
    return quietly(() => this.#client.removeParticipant(this.#room, identity));
  }

  /** Other calls in the room that are no targets: an agent there serves them as well. */
  otherCallsIn(room: readonly Participant[]): Participant[] {
    return this.#others(room).filter((each) => each.kind === 'SIP' && !isBridgeLeg(each));
  }

  /** Whoever else talks in the room, and is no agent: people with audio, and calls that are up. */
  companyIn(room: readonly Participant[], isAgent: IsAgentIdentity): Participant[] {
    const others = this.#others(room);
    const agents = agentsAmong(others, isAgent);
    return others.filter((each) => {
      const { kind, attributes, tracks } = each;
      if (kind === 'SIP') return attributes.get('sip.callStatus') === 'active';
      const isNobody = NOBODY.includes(kind) || attributes.has(ON_BEHALF) || agents.includes(each);
      return !isNobody && tracks.some(({ type }) => type === 'AUDIO');
    });
  }

  #others(room: readonly Participant[]): Participant[] {
    const [caller, target] = [this.callerIn(room), this.targetIn(room)];
    return room.filter((each) => each !== caller && each !== target);
  }

  /**
   * Hangs up on the target: one that rings gets a CANCEL, one that has answered a BYE. Sees to it that
   * it stays so: what was removed while it was being dialled may come about just after.
   * @returns whether it was seen to be gone with the dial over
   */
  async hangUp({ answer, answered, pause, waits }: HangUp): Promise<boolean> {
    let misses = 0;
    for (let tries = 0; tries < MOST_REMOVALS; ) {
      const wasOver = answer() !== null;
      const wasRemoved = (await this.remove(this.#identity)) !== null;
      const room = await this.read();
      misses = room !== null && this.targetIn(room) === undefined ? misses + 1 : 0;
      // Where LiveKit did not answer the removal, one list that lacks it proves nothing.
      const isGone = misses > (wasRemoved ? 0 : 1);
      const said = answer();
      const isLost = said?.kind === 'failure' && said.mayHaveBeenSent;
      if (wasOver && isGone && (!isLost || tries >= MOST_REMOVALS / 2)) return true;
      if (room !== null || !waits()) tries += 1;
      const pausing = pause(REMOVE_EVERY_MS);
      await (wasOver ? pausing : Promise.race([answered, pausing]));
    }
    return false;
  }
}

/** They keep nobody company. */
const NOBODY: readonly string[] = ['AGENT', 'EGRESS', 'INGRESS'];

/** @returns null where LiveKit could not be asked, or did not answer */
async function quietly<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}
