/**
 * What a process that serves many calls does in memory: it knows what it has sent itself, and it watches
 * the bridges whose room it is in.
 */
import type { IsAgentIdentity } from '../calls/condition.ts';
import { UsageError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { timeUnderWay } from '../history/attempts.ts';
import type { History } from '../history/record.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import {
  type BridgingMeans,
  type Dialler,
  diallerAt,
  newBridgeIdentity,
} from '../transfer/bridge/dial-plan.ts';
import {
  BRIDGE_LOOK_AGAIN_MS,
  BRIDGE_LOOK_MS,
  type BridgeEnd,
  watchBridge,
} from '../transfer/bridge/watch.ts';
import { type Bridge, isOpen, type OpenTransfer } from '../transfer/outcome.ts';
import type { TransferEnding, TransferResult } from '../transfer/result.ts';

// Whoever asks it for transfers (a language model, say) asks twice: the second request must meet the first
// one here, whether or not a record is kept on disk.

/** Of so many calls open transfers are remembered; the oldest are forgotten, long after their end. */
const MOST_CALLS = 10_000;

/** How a transfer is left open, or null when it is over. */
function leftOpen(sent: OpenTransfer, ending: TransferEnding): OpenTransfer | null {
  if (ending.kind === 'not-sent' || ending.kind === 'cancelled') return null;
  if (ending.kind === 'interrupted') return { ...sent, outcome: 'unknown' };
  const { outcome } = ending.result;
  return isOpen(outcome) ? { ...sent, outcome } : null;
}

/** Each may know of more: the disk of other processes, the memory of what could not be written. */
function joined(a: readonly OpenTransfer[], b: readonly OpenTransfer[]): OpenTransfer[] {
  const isKnown = (one: OpenTransfer) =>
    a.some((each) => each.startedAt === one.startedAt && each.referTo === one.referTo);
  return [...a, ...b.filter((one) => !isKnown(one))];
}

export class TransferMemory {
  readonly #open = new Map<string, OpenTransfer[]>();
  readonly #host: Pick<Host, 'pid' | 'now'>;

  constructor(host: Pick<Host, 'pid' | 'now'>) {
    this.#host = host;
  }

  /** A record that knows of this process's own transfers beside those that it keeps. */
  beside({ record, earlierOf }: History): History {
    return {
      earlierOf: async (callId, again) =>
        joined(await earlierOf(callId, again), this.#openOf(callId)),
      record: {
        trace: record.trace,
        begin: async (intended) => {
          const { call, destination, startedAt, method = 'refer' } = intended;
          const sent: OpenTransfer = {
            startedAt,
            to: destination.department ?? destination.number ?? destination.input,
            referTo: destination.referTo,
            transferMethod: method,
            ...{ outcome: null, underWay: null },
          };
          // Before anything is waited for: of two at the same time, exactly one sees the other.
          const own = this.#openOf(call.callId);
          this.#put(call.callId, [...this.#sentOf(call.callId), sent]);
          const recorded = await record.begin(intended);
          return {
            earlier: joined(recorded.earlier, own),
            refusal: recorded.refusal,
            end: (ending) => {
              const left = leftOpen(sent, ending);
              const others = this.#sentOf(call.callId).filter((each) => each !== sent);
              this.#put(call.callId, left === null ? others : [...others, left]);
              return recorded.end(ending);
            },
          };
        },
      },
    };
  }

  #sentOf(callId: string): readonly OpenTransfer[] {
    return this.#open.get(callId) ?? [];
  }

  /** As they stand now: what has no outcome, this process is still at. */
  #openOf(callId: string): readonly OpenTransfer[] {
    const { pid, now } = this.#host;
    return this.#sentOf(callId).map((sent) => {
      const forMs = sent.outcome === null ? timeUnderWay(sent.startedAt, now()) : null;
      return { ...sent, underWay: forMs === null ? null : { pid, forMs } };
    });
  }

  #put(callId: string, transfers: OpenTransfer[]): void {
    this.#open.delete(callId);
    if (transfers.length > 0) this.#open.set(callId, transfers);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_CALLS && oldest !== undefined) this.#open.delete(oldest);
  }
}

const memories = new Map<string, TransferMemory>();

/** The memory of one LiveKit, which all share that open transfers on it in this process. */
export function memoryOf(server: string, host: Pick<Host, 'pid' | 'now'>): TransferMemory {
  const known = memories.get(server) ?? new TransferMemory(host);
  memories.set(server, known);
  return known;
}

// Who ends a bridge, in the process of an agent: the agent stays in the room, silent, and the room's
// events tell when somebody leaves. LiveKit is asked then, and while that connection is away.

/** The events of a room after which one of the two may be gone. */
type BridgeRoomEvent = 'participantDisconnected' | 'disconnected' | 'reconnecting' | 'reconnected';

/** As much of a room of `@livekit/rtc-node` as it takes to watch a bridge. */
export interface BridgeRoom {
  readonly name?: string | undefined;
  readonly isConnected: boolean;
  readonly localParticipant?: { readonly identity: string } | undefined;
  readonly remoteParticipants: ReadonlyMap<
    string,
    { readonly attributes: Readonly<Record<string, string>> }
  >;
  on(event: BridgeRoomEvent, listener: () => void): unknown;
  off(event: BridgeRoomEvent, listener: () => void): unknown;
}

/** How a bridge is watched. */
export interface BridgeWatchOptions {
  /**
   * The caller's room, which this process is connected to: its events tell when one of the two leaves.
   * Left out, LiveKit is asked every 2 s who is there.
   */
  room?: BridgeRoom | undefined;
  /** Aborted: nobody watches any longer, and the two talk on. */
  signal?: AbortSignal | undefined;
}

/** A result of `transfer`, or what was kept of one. */
export type BridgedCall = Pick<TransferResult, 'outcome'> & {
  call: Pick<TransferResult['call'], 'callId' | 'room'>;
  bridge: (Pick<Bridge, 'room' | 'identity'> & { since?: string | null | undefined }) | null;
};

/** As much of the process as it takes. No type of Node's: users of the library may have none. */
interface Clock {
  elapsed(): number;
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a watch works with. */
interface WatchMeans {
  client: LiveKitClient;
  isAgent: IsAgentIdentity;
  clock: Clock;
  /** Aborted when the transfers are closed. */
  closing: AbortSignal;
  /** The own agent serves the caller still, and is no mere watcher. */
  keepsAgent?: boolean | undefined;
}

/**
 * The agent in whose process this runs.
 * @throws UsageError when the room is not connected, or is not the caller's
 */
export function watcherIn(room: BridgeRoom, callersRoom: string): string {
  checkRoom(room, callersRoom);
  const { isConnected, localParticipant } = room;
  if (isConnected && localParticipant !== undefined) return localParticipant.identity;
  throw new UsageError('room: it is not connected.');
}

function checkRoom({ name }: BridgeRoom, callersRoom: string): void {
  if (name === undefined || name === '' || name === callersRoom) return;
  throw new UsageError(`room: it is ${name}, and the caller is in ${callersRoom}.`);
}

/** What the dial of a target takes in this process. @param watcher the agent that stays to watch */
export function meansToDial(
  client: LiveKitClient,
  host: Pick<Clock, 'sleep'> & Dialler,
  watcher: string | undefined,
) {
  const dialler = diallerAt(host);
  return {
    steady: async () => client,
    newIdentity: () => newBridgeIdentity(dialler),
    pause: (ms: number) => host.sleep(ms),
    watches: watcher !== undefined,
    watcher,
  } satisfies BridgingMeans;
}

/**
 * Watches a bridge until one of the two has left, and hangs up on the other. A room whose connection is
 * lost, or that was never connected, is asked after every 2 s.
 * @returns null when the watch was given up before: the two talk on
 * @throws UsageError when there is no bridge to watch, or the room is not the caller's
 */
export async function watchInProcess(
  { call, outcome, bridge }: BridgedCall,
  { room, signal }: BridgeWatchOptions,
  { client, isAgent, clock, closing, keepsAgent = false }: WatchMeans,
): Promise<BridgeEnd | null> {
  if (bridge === null || outcome !== 'bridged') {
    throw new UsageError('There is no bridge to watch: the target is not there with the caller.');
  }
  if (room !== undefined) checkRoom(room, bridge.room);
  const stop = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  // What is begun is ended: an abort cuts no pause short between two attempts to hang up.
  const pause = (ms: number) => clock.sleep(ms, stop.aborted ? undefined : stop);
  const changes =
    room === undefined ? null : new RoomChanges(room, call.callId, bridge.identity, stop);
  try {
    return await watchBridge(call.callId, bridge, {
      ...{ client, looks: client, isAgent, pause, rest: (ms) => clock.sleep(ms) },
      ...{ elapsed: clock.elapsed, now: clock.now },
      stopped: () => stop.aborted,
      watcher: keepsAgent ? undefined : room?.localParticipant?.identity,
      ...(changes !== null && { untilChange: () => changes.next(pause) }),
    });
  } finally {
    changes?.close();
  }
}

const LEAVING = ['participantDisconnected', 'disconnected'] as const;

/** What a room tells of who leaves it. */
class RoomChanges {
  readonly #room: BridgeRoom;
  readonly #callId: string;
  readonly #target: string;
  readonly #stop: AbortSignal;
  /** The room is being connected anew: events may be missed. */
  #isAway = false;
  #wake = () => {};
  readonly #tell = () => this.#wake();
  readonly #onAway = () => {
    this.#isAway = true;
    this.#wake();
  };
  readonly #onBack = () => {
    this.#isAway = false;
  };

  constructor(room: BridgeRoom, callId: string, target: string, stop: AbortSignal) {
    this.#room = room;
    this.#callId = callId;
    this.#target = target;
    this.#stop = stop;
    for (const event of LEAVING) room.on(event, this.#tell);
    room.on('reconnecting', this.#onAway);
    room.on('reconnected', this.#onBack);
    stop.addEventListener('abort', this.#tell);
  }

  /**
   * Resolves a moment after one of the two has left, since a caller may come back under another
   * identity; and every 2 s for as long as the room cannot tell.
   */
  async next(pause: (ms: number) => Promise<void>): Promise<void> {
    if (!this.#hasBoth()) return pause(BRIDGE_LOOK_MS);
    while (this.#hasBoth() && !this.#stop.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return pause(BRIDGE_LOOK_AGAIN_MS);
  }

  close(): void {
    for (const event of LEAVING) this.#room.off(event, this.#tell);
    this.#room.off('reconnecting', this.#onAway);
    this.#room.off('reconnected', this.#onBack);
    this.#stop.removeEventListener('abort', this.#tell);
  }

  /** The room is connected, and shows the target, and the caller, whatever their identity is now. */
  #hasBoth(): boolean {
    const { isConnected, remoteParticipants } = this.#room;
    if (!isConnected || this.#isAway || !remoteParticipants.has(this.#target)) return false;
    const all = [...remoteParticipants.values()];
    return all.some(({ attributes }) => attributes['sip.callID'] === this.#callId);
  }
}
