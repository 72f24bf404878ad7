/** Our own number dialled, and the leg found that comes in there while it rings. */
import { type Call, hasCallId } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { readRoom, roomFailure, scanCalls } from '../calls/scan.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { readEach } from '../livekit/read-pace.ts';
import type { Dialled } from '../transfer/bridge/dial-outcome.ts';
import { pause, type SmokeContext } from './context.ts';
import { isSameNumber } from './plan.ts';
import type { CallFailure } from './result.ts';

// Which calls have come in since a moment. What was there before is a customer's, and so may be
// whatever is in a room that nobody could read then: neither is ever taken for a new call.

interface CallWatchOptions {
  isAgent: IsAgentIdentity;
  now(): number;
  /** Every so many looks reads the rooms that were there before, too; the others read new ones. */
  fullLookEvery: number;
}

interface CallsSince {
  /** Calls that have come in since. */
  calls: Call[];
  /** Calls of which nobody can tell whether they were there before: never to be touched. */
  undated: Call[];
  /** Rooms that could not be read when they were last looked at. */
  unread: string[];
}

interface CallWatch {
  /** @throws KnownError when the rooms cannot be listed, or no credentials fit */
  look(): Promise<CallsSince>;
  /** Whether a room was not there when the watch began. */
  isNewRoom(room: string): boolean;
  /** Rooms that could not be read when the watch began: what is in them stays undated. */
  readonly blindRooms: readonly string[];
}

interface RoomObservation {
  calls: Call[];
  unread: string[];
}

/** Without those to which LiveKit gives no call id, and that it cannot transfer. */
const withId = (calls: readonly Call[]) => calls.filter(hasCallId);

/**
 * Notes which calls are there already.
 * @throws KnownError when the rooms cannot be listed, or no credentials fit
 */
export async function watchCalls(
  client: LiveKitClient,
  { isAgent, now, fullLookEvery }: CallWatchOptions,
): Promise<CallWatch> {
  const options = { isAgent, now };
  const before = await scanCalls(client, options);
  // Every call, whatever its number: LiveKit may show the number of one that is there only later.
  const oldCalls = new Set(before.calls.map(({ callId }) => callId));
  const blindRooms = new Set(before.unreadable.map(({ room }) => room));
  const oldRooms = new Set([...before.rooms.map(({ room }) => room.name), ...blindRooms]);
  const undated = new Map<string, Call>();
  let unread: readonly string[] = [...blindRooms];
  let looks = 0;

  async function lookEverywhere(): Promise<RoomObservation> {
    const { calls, unreadable } = await scanCalls(client, options);
    return { calls: withId(calls), unread: unreadable.map(({ room }) => room) };
  }

  async function lookAtNewRooms(): Promise<RoomObservation> {
    const rooms = (await client.listRooms()).filter(({ name }) => !oldRooms.has(name));
    // Nobody has looked at the others again.
    const failed = unread.filter((name) => oldRooms.has(name));
    const calls: Call[] = [];
    await readEach(
      client,
      rooms,
      () => false,
      async (room) => {
        try {
          const participants = await client.listParticipants(room.name);
          calls.push(...withId(readRoom(room, participants, options).calls));
        } catch (error) {
          // One room that is ending is no reason to give up.
          roomFailure(error);
          failed.push(room.name);
        }
      },
    );
    return { calls, unread: failed };
  }

  return {
    blindRooms: [...blindRooms],
    isNewRoom: (room) => !oldRooms.has(room),
    look: async () => {
      looks += 1;
      const seen = await (looks % fullLookEvery === 0 ? lookEverywhere() : lookAtNewRooms());
      unread = seen.unread;
      const since = seen.calls.filter(({ callId }) => !oldCalls.has(callId));
      // By its id, so that one that is moved to another room is no new call there.
      for (const call of since) if (blindRooms.has(call.room)) undated.set(call.callId, call);
      return {
        calls: since.filter(({ callId }) => !undated.has(callId)),
        undated: [...undated.values()],
        unread: [...unread],
      };
    },
  };
}

// Finds the call that our own dialling, or a transfer, brings in at one of our numbers: by called
// number, caller and time. A customer may call in the same second, so the caller has to fit.

interface ArrivalOptions {
  /** Our number that is called. */
  number: string;
  isAgent: IsAgentIdentity;
  now(): number;
}

export interface Arrivals {
  /** Calls that came in since, from one of the callers. */
  ours: Call[];
  /** Calls that came in since, from somebody else. */
  foreign: Call[];
  /** Rooms in which a call of ours may be all the same: that none was found proves nothing then. */
  unread: string[];
}

export interface ArrivalWatch {
  /** @param callers numbers that our call may show */
  look(callers: readonly string[]): Promise<Arrivals>;
  /** Whether a room was not there when the watch began. */
  isNewRoom(room: string): boolean;
}

/** Most calls come to a room of their own: only every so many looks reads the old rooms, too. */
const FULL_LOOK_EVERY = 4;

/** Whether a call is one that came in at a number of ours. */
export function isArrivalAt(number: string): (call: Call) => boolean {
  return ({ direction, calledNumber }) =>
    direction === 'inbound' && isSameNumber(calledNumber, number);
}

/**
 * Notes which calls are there already, before anything is dialled.
 * @throws KnownError when the rooms cannot be listed, or no credentials fit
 */
export async function watchArrivals(
  client: LiveKitClient,
  { number, isAgent, now }: ArrivalOptions,
): Promise<ArrivalWatch> {
  const watch = await watchCalls(client, { isAgent, now, fullLookEvery: FULL_LOOK_EVERY });
  return {
    isNewRoom: watch.isNewRoom,
    look: async (callers) => {
      const { calls, undated, unread } = await watch.look();
      const arrived = calls.filter(isArrivalAt(number));
      const isOurs = ({ phoneNumberRaw }: Call) =>
        callers.some((caller) => isSameNumber(caller, phoneNumberRaw));
      const maybe = undated.filter(isArrivalAt(number)).filter(isOurs);
      return {
        ours: arrived.filter(isOurs),
        foreign: arrived.filter((call) => !isOurs(call)),
        unread: [...new Set([...unread, ...maybe.map(({ room }) => room)])],
      };
    },
  };
}

export const POLL_INTERVAL_MS = 500;
/** The leg may take 10 s to show after the answer. */
const LOOKS_AFTER_ANSWER = 10_000 / POLL_INTERVAL_MS;
/** How long the answer of the leg may be on its way, over the provider, to the end of our dial. */
const ANSWER_TRAVELS_MS = 5_000;

type LoopEnd = { dialled: Dialled } & (
  | { call: Call; failure: null }
  | { call: null; failure: CallFailure }
);

interface LoopOptions {
  /** Numbers that the arriving call may show; more may be known once it was dialled. */
  callers(): Promise<readonly string[]>;
  /** Told once, when a call that may be the leg is first seen, ringing or answered. */
  onArrival(call: Call): void;
}

/** How the dial ended, once it has. */
interface DialState {
  end: Dialled | null;
  endedAtMs: number;
  failure: unknown;
  settled: Promise<void>;
}

function follow(dialling: Promise<Dialled>, { elapsed }: SmokeContext['clock']): DialState {
  const state: DialState = {
    end: null,
    endedAtMs: 0,
    failure: undefined,
    settled: Promise.resolve(),
  };
  state.settled = dialling.then(
    (end) => {
      state.end = end;
      state.endedAtMs = elapsed();
    },
    (error: unknown) => {
      state.failure = error;
    },
  );
  return state;
}

/**
 * Waits for the dial to end and the leg to arrive, which go hand in hand: the dial is answered when
 * somebody in the arriving leg's room answers it. Whoever calls us from the same number looks the
 * same: a call that was answered long before the dial, or beside one that failed, is theirs.
 * @param dialling the dial under way
 * @throws InterruptedError, and whatever looking throws
 */
export async function awaitLoop(
  context: SmokeContext,
  dialling: Promise<Dialled>,
  watch: ArrivalWatch,
  { callers, onArrival }: LoopOptions,
): Promise<LoopEnd> {
  const dial = follow(dialling, context.clock);
  /** When each call that may be ours was first seen to be answered, by its id. */
  const answeredAtMs = new Map<string, number>();
  let seen: Call | null = null;
  for (let looksAfterAnswer = 0; ; ) {
    const wasSettled = dial.end !== null;
    const arrivals = await watch.look(await callers());
    for (const { callId, transferable } of arrivals.ours) {
      if (!transferable || answeredAtMs.has(callId)) continue;
      answeredAtMs.set(callId, context.clock.elapsed());
    }
    const [call, second] = arrivals.ours;
    const only = second === undefined ? call : undefined;
    if (only !== undefined && seen === null) onArrival(only);
    seen = only ?? seen;

    if (dial.failure !== undefined) throw dial.failure;
    const { end } = dial;
    const seenAnsweredMs = answeredAtMs.get(seen?.callId ?? '') ?? null;
    if (end !== null && !end.outcome.ok) {
      const rang = seen !== null && seenAnsweredMs === null;
      return { dialled: end, call: null, failure: whyUnanswered(end.outcome, rang) };
    }
    const isEarly = seenAnsweredMs !== null && seenAnsweredMs < dial.endedAtMs - ANSWER_TRAVELS_MS;
    // Another that fits may be where nobody could look.
    const isSettled = arrivals.unread.length === 0;
    if (end !== null && isSettled && !isEarly && only?.transferable) {
      return { dialled: end, call: only, failure: null };
    }
    if (wasSettled) looksAfterAnswer += 1;
    if (end !== null && looksAfterAnswer >= LOOKS_AFTER_ANSWER) {
      return { dialled: end, call: null, failure: whyNone(arrivals, seen, isEarly) };
    }
    const interval = pause(context, POLL_INTERVAL_MS);
    await (end === null ? Promise.race([interval, dial.settled]) : interval);
    // Left behind by the race, it may still be cut off by a signal.
    interval.catch(() => {});
  }
}

/** Our own number was not answered: by nobody in LiveKit, or on the way there. */
function whyUnanswered(
  dial: Extract<Dialled['outcome'], { ok: false }>,
  rang: boolean,
): CallFailure {
  const rangOut = rang && (dial.cause === 'no-answer' || dial.cause === 'unavailable');
  return rangOut ? { kind: 'arrival-unanswered' } : { kind: 'dial', dial };
}

function whyNone(
  { ours, foreign, unread }: Arrivals,
  seen: Call | null,
  isEarly: boolean,
): CallFailure {
  if (ours.length > 1) return { kind: 'several-arrivals', count: ours.length };
  // Ours may be where nobody could look, whoever else came in.
  if (unread.length > 0) return { kind: 'arrival-unread', rooms: unread };
  if (isEarly) return { kind: 'early-arrival' };
  if (ours.length === 1) return { kind: 'arrival-unanswered' };
  if (seen !== null) return { kind: 'leg-dropped' };
  const [stranger] = foreign;
  if (stranger === undefined) return { kind: 'no-arrival' };
  return { kind: 'foreign-arrival', from: stranger.phoneNumberRaw ?? 'a hidden number' };
}
