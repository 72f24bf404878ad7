/** The calls of a watch: what a look at some of the rooms changes in them. */
import type { HostClock } from '../core/host.ts';
import type { Participant, Room } from '../livekit/messages.ts';
import type { Call } from './call.ts';
import { agentsAmong, type IsAgentIdentity, isStuckCondition, stuckFirst } from './condition.ts';
import type { UnreadableRoom } from './rooms.ts';
import { isCopyIn, type OpenCalls, type RoomReading } from './scan.ts';
import { type AgentSample, hungSince, SeenCalls, sampleAgent } from './stuck.ts';

/** A call of the watch. Ended ones stay for some seconds, as they were seen last. */
export interface WatchedCall {
  call: Call;
  /** When the watch saw it first, in ms since 1970. */
  firstSeenMs: number;
  /** It came after the first whole look, some seconds ago at most. */
  isNew: boolean;
  /** When it was seen to be gone, in ms since 1970; null while it is there. */
  endedAtMs: number | null;
}

/** What became of a call. */
export type CallEvent =
  | { type: 'call-started'; call: Call }
  | {
      type: 'call-changed';
      call: Call;
      /** The fields that are others now. */
      changed: readonly (keyof Call)[];
    }
  | { type: 'call-ended'; call: Call };

/** What happened, in the names of the NDJSON events. These names stay. */
export type Happening =
  | CallEvent
  | { type: 'room-unreadable'; room: string; message: string }
  | { type: 'connection-lost'; message: string }
  | {
      type: 'connection-restored';
      /** How long LiveKit gave no answer, in seconds. */
      lostSeconds: number;
    };

/** With its moment. */
export type WatchEvent = Happening & {
  /** When it was seen: ISO 8601, UTC. */
  time: string;
};

/** The calls at one moment, and what there is to know of the look itself. */
export interface WatchState {
  /** Stuck first, then by age; ended ones where they stood. */
  calls: readonly WatchedCall[];
  /** Every room was read at least once, or found unreadable. */
  isWhole: boolean;
  rooms: number;
  unreadable: readonly UnreadableRoom[];
  /** The last look that brought an answer, in ms since 1970; null before the first. */
  lastLookMs: number | null;
  /** From one list of the rooms to the next, in ms. */
  tickMs: number;
  /** Requests made in the last minute, and how many may be once the first look is done. */
  requestsPerMinute: number;
  maxRequests: number;
  /** Why it looks less often than it would, as a clause; null when it does not. */
  slowedBy: string | null;
  /** Where webhooks feed it: when the last one came, in ms since 1970; null before the first. */
  webhooks?: { lastMs: number | null };
  /** Since when LiveKit gives no answer, in ms since 1970, and why; null while it does. */
  lost: { sinceMs: number; message: string } | null;
}

/** Before anything was looked at. */
export function stateBefore(maxRequests: number, tickMs: number): WatchState {
  return {
    calls: [],
    isWhole: false,
    rooms: 0,
    unreadable: [],
    lastLookMs: null,
    tickMs,
    requestsPerMinute: 0,
    maxRequests,
    slowedBy: null,
    lost: null,
  };
}

export interface WatchOptions {
  isAgent: IsAgentIdentity;
  /** The default country, for numbers that a carrier writes without a plus. */
  country: string | null;
  /** Requests a minute, at most. The first look, of all rooms, comes before they are counted. */
  maxRequests: number;
  /** Only rooms of which this is true. */
  isWatched?: ((room: Room) => boolean) | undefined;
  /** Somebody calls `look` for every room in which something happens. */
  byWebhooks?: boolean | undefined;
  /** When the last webhook came, in ms since 1970; null: none yet. */
  lastWebhookMs?: (() => number | null) | undefined;
  /** As the record has them. */
  readOpenTransfers?: (() => Promise<OpenCalls>) | undefined;
  clock: HostClock;
  signal: AbortSignal;
}

/** A watch that runs until its signal is aborted. */
export interface CallWatch {
  readonly state: WatchState;
  /** Calls back after every change of the state; the answer ends that. */
  onState(listener: () => void): () => void;
  /** Calls back for every event, in order; the answer ends that. */
  onEvent(listener: (event: WatchEvent) => void): () => void;
  /** Reads this room at the next opportunity, as after a transfer; without a name lists them at once. */
  look(room?: string): void;
  /** Runs; resolves when the signal is aborted. @throws KnownError when no credentials fit */
  run(): Promise<void>;
}

/** How long a call counts as new, and one that has ended is still shown, in ms. */
const NEW_MS = 10_000;
const ENDED_SHOWN_MS = 8000;

/** Grows by itself. */
const NO_CHANGE: readonly string[] = ['ageSeconds'] satisfies (keyof Call)[];

interface Tracked extends WatchedCall {
  /** This row is the copy in a room that the call was forwarded to: its own room was not read. */
  isCopy: boolean;
  /** Since when (`elapsedMs`) it is no longer where it was: it may turn up in a room still to be read. */
  missingMs: number | null;
  /** For a while nobody could look: what was seen before says nothing of since when it is so. */
  isOld: boolean;
  /** Looks at its agents, by the agent's SID. */
  samples: Map<string, AgentSample[]>;
}

interface LookTimes {
  nowMs: number;
  elapsedMs: number;
  /** Calls missing since then (`elapsedMs`) have ended: no room is left to be read where they may be. */
  settledMs: number;
}

function keyOf({ callId, roomSid, identity }: Call): string {
  return callId || `${roomSid} ${identity}`;
}

function changedFields(before: Call, now: Call): (keyof Call)[] {
  return (Object.keys(now) as (keyof Call)[]).filter(
    (field) =>
      !NO_CHANGE.includes(field) && JSON.stringify(before[field]) !== JSON.stringify(now[field]),
  );
}

export class WatchedCalls {
  readonly #isAgent: IsAgentIdentity;
  readonly #calls = new Map<string, Tracked>();
  readonly #seen = new SeenCalls();

  constructor(isAgent: IsAgentIdentity) {
    this.#isAgent = isAgent;
  }

  /**
   * Takes in what was read. A call that is found in another room has moved, and not ended.
   * @param gone names of rooms that are there no more
   * @param isFirst no call of this look is new
   */
  apply(
    readings: readonly RoomReading[],
    gone: readonly string[],
    { nowMs, elapsedMs, settledMs }: LookTimes,
    isFirst: boolean,
  ): CallEvent[] {
    const events: CallEvent[] = [];
    const here = new Set<Tracked>();
    for (const { participants, calls } of readings) {
      for (const call of calls) {
        const isCopy = isCopyIn({ participants }, call);
        const known = this.#calls.get(keyOf(call));
        // A call is listed where it came in, once that is known and for as long as it is there.
        const isThere = known !== undefined && known.endedAtMs === null && known.missingMs === null;
        if (isCopy && isThere && !known.isCopy) continue;
        const tracked = this.#note(call, isCopy, participants, nowMs, isFirst, events);
        here.add(tracked);
      }
    }
    const rooms = new Set([...readings.map(({ room }) => room.name), ...gone]);
    for (const tracked of this.#calls.values()) {
      if (here.has(tracked) || tracked.endedAtMs !== null) continue;
      if (rooms.has(tracked.call.room)) tracked.missingMs ??= elapsedMs;
      if (tracked.missingMs === null || tracked.missingMs > settledMs) continue;
      tracked.endedAtMs = nowMs;
      events.push({ type: 'call-ended', call: tracked.call });
    }
    return events;
  }

  #note(
    call: Call,
    isCopy: boolean,
    participants: readonly Participant[],
    nowMs: number,
    isFirst: boolean,
    events: CallEvent[],
  ): Tracked {
    const before = this.#calls.get(keyOf(call));
    const isBack = before === undefined || before.endedAtMs !== null;
    const samples = isBack ? new Map<string, AgentSample[]>() : before.samples;
    if (!isCopy) {
      this.#judgeOverTime(call, participants, samples, nowMs);
      this.#seen.note(call, nowMs);
    } else if (call.condition !== 'transfer-open') {
      // Whoever serves it may be in the room that it came in to.
      Object.assign(call, { stuck: null, conditionSince: null });
    }
    // One look may leave open what an earlier one has shown of the same condition.
    const isSame = before?.call.condition === call.condition && before.isCopy === isCopy;
    const isOld = before?.isOld === true && isStuckCondition(call.condition);
    if (!isBack && isSame && !isOld) {
      if (call.stuck === null && before.call.stuck === true) call.stuck = true;
      call.conditionSince = before.call.conditionSince ?? call.conditionSince;
    } else if (!isCopy) {
      call.conditionSince ??= new Date(nowMs).toISOString();
    }
    const changed = isBack ? [] : changedFields(before.call, call);
    if (isBack) events.push({ type: 'call-started', call });
    else if (changed.length > 0) events.push({ type: 'call-changed', call, changed });
    const tracked: Tracked = {
      call,
      isCopy,
      missingMs: null,
      isOld: false,
      samples,
      firstSeenMs: isBack ? nowMs : before.firstSeenMs,
      isNew: isBack ? !isFirst : before.isNew,
      endedAtMs: null,
    };
    this.#calls.set(keyOf(call), tracked);
    return tracked;
  }

  /** Tells in a call, in place, that all its agents hang: what no single look shows. */
  #judgeOverTime(
    call: Call,
    participants: readonly Participant[],
    samples: Map<string, AgentSample[]>,
    nowMs: number,
  ): void {
    if (call.status !== 'active' || call.condition !== 'unremarkable') return;
    const agents = agentsAmong(participants, this.#isAgent);
    const hung = agents.map((agent) => {
      // The wall clock may be set back.
      const earlier = (samples.get(agent.sid) ?? []).filter(({ atMs }) => atMs <= nowMs);
      const all = [...earlier, sampleAgent(agent, nowMs)];
      // The first and the last of those that are alike tell all there is to tell.
      const kept = all.filter((_, index) => {
        const [previous, next] = [all[index - 1], all[index + 1]];
        return (
          previous === undefined ||
          next === undefined ||
          previous.version !== next.version ||
          previous.state !== next.state
        );
      });
      samples.set(agent.sid, kept.slice(-2));
      return hungSince(kept);
    });
    if (hung.length === 0 || hung.includes(null)) return;
    call.condition = 'agent-hung';
    call.stuck = true;
    call.conditionSince = new Date(Math.max(...hung.map(Number))).toISOString();
  }

  /**
   * Nobody could look for a while: whether a call is stuck begins anew.
   * @param byClock only the wall clock says how long: an agent has not hung for all of that
   */
  forgetLooks(byClock: boolean): void {
    for (const tracked of this.#calls.values()) {
      tracked.isOld = true;
      if (byClock) tracked.samples.clear();
    }
  }

  /** The calls there are, stuck first; those that ended a while ago are left out from now on. */
  list(nowMs: number): WatchedCall[] {
    for (const [key, tracked] of this.#calls) {
      const { endedAtMs, firstSeenMs } = tracked;
      // The wall clock may be set back.
      const isOver = (sinceMs: number, forMs: number) => Math.abs(nowMs - sinceMs) > forMs;
      if (endedAtMs !== null && isOver(endedAtMs, ENDED_SHOWN_MS)) this.#calls.delete(key);
      if (tracked.isNew && isOver(firstSeenMs, NEW_MS)) tracked.isNew = false;
    }
    return [...this.#calls.values()]
      .map(({ call, firstSeenMs, isNew, endedAtMs }) => ({ call, firstSeenMs, isNew, endedAtMs }))
      .sort((a, b) => stuckFirst(a.call, b.call));
  }
}
