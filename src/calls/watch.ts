/**
 * The calls as they come, change and go: looked at again and again within a budget of requests, or
 * whenever LiveKit's webhooks name a room.
 */
import type { Call } from './call.ts';
import type { UnreadableRoom } from './scan.ts';

/** A call of the watch. Ended ones stay for some seconds, as they were seen last. */
export interface WatchedCall {
  call: Call;
  /** When the watch saw it first, in ms since 1970. */
  firstSeenMs: number;
  /** Since when its condition is what it is, as far as the watch has seen, in ms since 1970. */
  conditionSinceMs: number;
  /** It came after the first whole look, some seconds ago at most. */
  isNew: boolean;
  /** When it was seen to be gone, in ms since 1970; null while it is there. */
  endedAtMs: number | null;
}

/** What happened, in the names of the NDJSON events. These names stay. */
export type WatchEvent = { /** ISO 8601, UTC. */ time: string } & (
  | { type: 'call-started'; call: Call }
  | { type: 'call-changed'; call: Call; changed: readonly (keyof Call)[] }
  | { type: 'call-ended'; call: Call }
  | { type: 'room-unreadable'; room: string; message: string }
  | { type: 'connection-lost'; message: string }
  | { type: 'connection-restored'; lostSeconds: number }
);

/** The calls at one moment, and what there is to know of the look itself. */
export interface WatchState {
  /** Stuck first, then by age; ended ones where they stood. */
  calls: readonly WatchedCall[];
  /** Every room was read at least once. */
  isWhole: boolean;
  rooms: number;
  unreadable: readonly UnreadableRoom[];
  /** The last look that brought an answer, in ms since 1970; null before the first. */
  lastLookMs: number | null;
  /** From one list of the rooms to the next, in ms. */
  tickMs: number;
  /** Requests made in the last minute, and how many may be. */
  requestsPerMinute: number;
  maxRequests: number;
  /** Why it looks less often than it would, as a clause; null when it does not. */
  slowedBy: string | null;
  /** Since when LiveKit gives no answer, in ms since 1970, and why; null while it does. */
  lost: { sinceMs: number; message: string } | null;
}

/** A watch that runs until its signal is aborted. */
export interface CallWatch {
  readonly state: WatchState;
  /** Calls back after every change of the state; the answer ends that. */
  onState(listener: () => void): () => void;
  /** Calls back for every event, in order; the answer ends that. */
  onEvent(listener: (event: WatchEvent) => void): () => void;
  /** Reads this room at the next opportunity, as after a transfer; without a name looks at once. */
  look(room?: string): void;
  /** Runs; resolves when the signal is aborted. @throws KnownError when no credentials fit */
  run(): Promise<void>;
}
