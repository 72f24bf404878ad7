/**
 * The calls as they come, change and go: looked at again and again within a budget of requests, or
 * whenever LiveKit's webhooks name a room.
 */
import { KnownError } from '../core/errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Room } from '../livekit/messages.ts';
import { readCallerNumbers } from './call.ts';
import { type OpenCalls, type RoomReading, readRoom } from './scan.ts';
import {
  compareRooms,
  dueRooms,
  isUnsettled,
  RequestBudget,
  type Rhythm,
  readUpTo,
  retryAfterMs,
  rhythmFor,
  sleepDetector,
  unreadableRoom,
  type WatchedRoom,
  whySlow,
} from './watch-plan.ts';
import {
  type CallWatch,
  type Happening,
  stateBefore,
  type WatchEvent,
  WatchedCalls,
  type WatchOptions,
  type WatchState,
} from './watched-calls.ts';

/** Answers that come within this time of each other are taken in together, in ms. */
const [GATHER_MS, FIRST_GATHER_MS] = [50, 250] as const;
/** Something may be due after this long, in ms. */
const LONGEST_PAUSE_MS = 2000;
/** How often the record is read, in ms. */
const RECORD_MS = 10_000;

/** Does nothing before it is run. */
export class Watch implements CallWatch {
  readonly #client: LiveKitClient;
  readonly #options: WatchOptions;
  readonly #budget: RequestBudget;
  readonly #hasSlept: () => boolean;
  readonly #calls: WatchedCalls;
  readonly #rooms = new Map<string, WatchedRoom>();
  readonly #stateListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: WatchEvent) => void>();
  #arrived: RoomReading[] = [];
  #underWay = new Set<Promise<void>>();
  #open: OpenCalls = new Map();
  #openReadMs = -Infinity;
  #rhythm: Rhythm = rhythmFor(0, 300, false);
  #isFirst = true;
  #listedMs = -Infinity;
  /** There may be a room that the last list did not have. */
  #wantsList = false;
  #isAsked = false;
  #failures = 0;
  #wake: () => void = () => {};
  #fatal: unknown = null;
  #state: WatchState;

  constructor(client: LiveKitClient, options: WatchOptions) {
    this.#client = client;
    this.#options = options;
    this.#hasSlept = sleepDetector(options.clock);
    this.#budget = new RequestBudget(client, options.maxRequests, options.clock.elapsed());
    this.#calls = new WatchedCalls(options.isAgent);
    this.#state = stateBefore(options.maxRequests, this.#rhythm.tickMs);
  }

  get state(): WatchState {
    return this.#state;
  }

  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onEvent(listener: (event: WatchEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  look(room?: string): void {
    const known = room === undefined ? undefined : this.#rooms.get(room);
    if (known !== undefined) known.isDirty = true;
    else this.#wantsList = true;
    this.#isAsked = true;
    this.#wake();
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      this.#noticeSleep();
      await this.#tick();
      if (this.#fatal !== null) throw this.#fatal;
      if (!signal.aborted) await this.#pause();
    }
    await Promise.allSettled(this.#underWay);
  }

  /** What was seen before a laptop slept is old, whatever its clock of intervals says. */
  #noticeSleep(): void {
    if (!this.#hasSlept()) return;
    this.#listedMs = -Infinity;
    this.#calls.forgetLooks(true);
    for (const each of this.#rooms.values()) each.isDirty ||= each.calls > 0;
  }

  /** Until something may be due, or somebody asks for a look. */
  async #pause(): Promise<void> {
    const { clock, signal } = this.#options;
    const untilListMs = this.#listEveryMs - (clock.elapsed() - this.#listedMs);
    const ms =
      this.#failures === 0
        ? Math.min(LONGEST_PAUSE_MS, Math.max(GATHER_MS, untilListMs))
        : retryAfterMs(this.#failures);
    const woken = new AbortController();
    const wake = () => woken.abort();
    signal.addEventListener('abort', wake);
    this.#wake = wake;
    // Whoever asks again and again is heard as often as answers are taken in.
    await clock.sleep(GATHER_MS, signal);
    if (!this.#isAsked) await clock.sleep(ms - GATHER_MS, woken.signal);
    this.#isAsked = false;
    signal.removeEventListener('abort', wake);
  }

  /** Lists that are asked for again and again leave nothing for what they show to be read with. */
  get #listEveryMs(): number {
    const { tickMs, listMs } = this.#rhythm;
    if (!this.#wantsList) return tickMs;
    return this.#budget.hasMuch ? 0 : listMs;
  }

  async #tick(): Promise<void> {
    const { clock, signal } = this.#options;
    this.#budget.update(clock.elapsed(), this.#isFirst);
    const mayList = this.#isFirst || this.#budget.available >= 1;
    const isDue = clock.elapsed() - this.#listedMs >= this.#listEveryMs - GATHER_MS;
    if (isDue && mayList && !(await this.#list())) return;
    await this.#readOpenTransfers();
    if (signal.aborted) return;
    this.#budget.update(clock.elapsed(), this.#isFirst);
    // What waits its turn in the client has not been counted.
    const most = this.#isFirst ? Infinity : this.#budget.available - this.#underWay.size;
    for (const each of dueRooms(this.#rooms.values(), this.#rhythm, clock.elapsed(), most)) {
      const read = this.#read(each).finally(() => this.#underWay.delete(read));
      this.#underWay.add(read);
    }
    // A room that does not answer keeps nobody from the next list, nor a webhook from being heard.
    const untilMs = clock.elapsed() + Math.min(this.#rhythm.tickMs, LONGEST_PAUSE_MS);
    while (this.#underWay.size > 0 && clock.elapsed() < untilMs && !signal.aborted) {
      if (this.#wantsList && this.#budget.hasMuch && !this.#isFirst) break;
      await Promise.race([
        Promise.allSettled(this.#underWay),
        clock.sleep(this.#isFirst ? FIRST_GATHER_MS : GATHER_MS, signal),
      ]);
      await this.#takeIn([], false);
    }
    await this.#takeIn([], true);
  }

  /** @returns whether the rooms could be listed */
  async #list(): Promise<boolean> {
    const { clock, isWatched = () => true } = this.#options;
    let rooms: Room[];
    // What is asked for from here on may come too late for this list.
    this.#wantsList = false;
    try {
      rooms = (await this.#client.listRooms()).filter(isWatched);
    } catch (error) {
      if (!this.#isPassing(error)) return false;
      this.#wantsList = true;
      this.#failures += 1;
      const message = error.message;
      if (this.#state.lost === null && !this.#options.signal.aborted) {
        this.#state = { ...this.#state, lost: { sinceMs: clock.now(), message } };
        this.#emit([{ type: 'connection-lost', message }]);
      }
      this.#publish();
      return false;
    }
    this.#listedMs = clock.elapsed();
    this.#failures = 0;
    const { lost } = this.#state;
    if (lost !== null) {
      const lostSeconds = Math.max(0, Math.round((clock.now() - lost.sinceMs) / 1000));
      this.#state = { ...this.#state, lost: null };
      this.#emit([{ type: 'connection-restored', lostSeconds }]);
      this.#calls.forgetLooks(false);
    }
    this.#state = { ...this.#state, lastLookMs: clock.now() };
    const isBack = lost !== null || this.#budget.isSlowed;
    const { gone, unreadable } = compareRooms(this.#rooms, rooms, isBack);
    this.#emit(unreadable.map((each) => ({ type: 'room-unreadable', ...each })));
    // What was read of one that is gone by now: nobody would read it again.
    this.#arrived = this.#arrived.filter(({ room }) => !gone.includes(room.name));
    await this.#takeIn(gone, false);
    return true;
  }

  async #read(watched: WatchedRoom): Promise<void> {
    const { clock, isAgent, byWebhooks = false } = this.#options;
    const { room } = watched;
    watched.isBeingRead = true;
    watched.isDirty = false;
    try {
      const participants = await this.#client.listParticipants(room.name);
      const reading = readRoom(room, participants, { isAgent, now: clock.now }, this.#open);
      const calls = reading.calls.length;
      // It may have moved to a room of which the webhook is still to come.
      this.#wantsList ||= byWebhooks && calls < watched.calls;
      Object.assign(watched, { failure: null, isTold: false, wasRead: true, calls });
      // It may have gone, or another of its name have come, while it was read.
      if (this.#rooms.get(room.name) === watched) this.#arrived.push(reading);
    } catch (error) {
      if (this.#isPassing(error)) watched.failure = error.message;
      // Only a list tells whether it is gone, and the next one is far where webhooks come.
      this.#wantsList ||= byWebhooks && !watched.isTold && !this.#budget.isSlowed;
    } finally {
      watched.readMs = clock.elapsed();
      watched.isBeingRead = false;
    }
  }

  /** Whether a failure may be over at the next try; whatever else it is ends the watch. */
  #isPassing(error: unknown): error is KnownError {
    if (error instanceof KnownError && error.exitCode !== 4) return true;
    if (!this.#options.signal.aborted) this.#fatal ??= error;
    return false;
  }

  async #readOpenTransfers(): Promise<void> {
    const { clock, readOpenTransfers } = this.#options;
    const nowMs = clock.elapsed();
    if (readOpenTransfers === undefined || nowMs - this.#openReadMs < RECORD_MS) return;
    this.#openReadMs = nowMs;
    this.#open = await readOpenTransfers();
  }

  /** Takes in the rooms that were read meanwhile, and those that are gone. */
  async #takeIn(gone: readonly string[], isTickOver: boolean): Promise<void> {
    const { clock, country, byWebhooks = false } = this.#options;
    const readings = this.#arrived.splice(0);
    const arrived = readings.flatMap(({ calls }) => calls);
    await readCallerNumbers(arrived, country);
    this.#noticeSleep();
    // A call that left its room may be in one that nobody has read since, or that was not listed.
    const listedMs = this.#wantsList ? this.#listedMs : Infinity;
    const readMs = readUpTo(this.#rooms.values(), this.#budget.isSlowed);
    const settledMs = isTickOver ? Math.min(listedMs, readMs) : -Infinity;
    const times = { nowMs: clock.now(), elapsedMs: clock.elapsed(), settledMs };
    this.#emit(this.#calls.apply(readings, gone, times, this.#isFirst));
    for (const reading of readings) {
      const watched = this.#rooms.get(reading.room.name);
      if (watched !== undefined) watched.isUnsettled = isUnsettled(reading, byWebhooks);
    }
    if (readings.length > 0) this.#state = { ...this.#state, lastLookMs: clock.now() };
    this.#publish();
  }

  #emit(events: readonly Happening[]): void {
    const time = new Date(this.#options.clock.now()).toISOString();
    for (const event of events) {
      for (const listener of this.#eventListeners) listener({ ...event, time });
    }
  }

  #publish(): void {
    const { clock, maxRequests, byWebhooks = false, lastWebhookMs = () => null } = this.#options;
    this.#budget.update(clock.elapsed(), this.#isFirst);
    const rooms = [...this.#rooms.values()];
    this.#rhythm = rhythmFor(rooms.length, this.#budget.rate, byWebhooks);
    const hasBegun = this.#state.lastLookMs !== null;
    const isWhole = hasBegun && rooms.every(({ wasRead, isTold }) => wasRead || isTold);
    if (hasBegun && rooms.every(({ readMs }) => readMs !== null)) this.#isFirst = false;
    this.#state = {
      ...this.#state,
      calls: this.#calls.list(clock.now()),
      isWhole,
      rooms: rooms.length,
      unreadable: rooms.flatMap((each) => unreadableRoom(each) ?? []),
      tickMs: this.#rhythm.tickMs,
      requestsPerMinute: this.#budget.lastMinute,
      ...(byWebhooks && { webhooks: { lastMs: lastWebhookMs() } }),
      slowedBy: this.#budget.isSlowed
        ? 'LiveKit asks for fewer requests'
        : whySlow(this.#rhythm, rooms.length, maxRequests, byWebhooks),
    };
    for (const listener of this.#stateListeners) listener();
  }
}
