/** A LiveKit and a clock of the test's own, for a watch that runs hours in milliseconds. */
import { setImmediate as turn } from 'node:timers/promises';
import { Watch } from '../../src/calls/watch.ts';
import type { WatchEvent, WatchOptions } from '../../src/calls/watched-calls.ts';
import { KnownError } from '../../src/core/errors.ts';
import type { Participant, Room } from '../../src/livekit/messages.ts';
import { agent, caller, fakeClient, NOW, room } from '../support/livekit.ts';

/** Time passes when the test says so; whoever sleeps meanwhile is woken in order. */
class VirtualClock {
  #elapsed = 0;
  /** What the wall clock is ahead by: a laptop slept, or somebody set it. */
  #ahead = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now = () => NOW + this.#elapsed + this.#ahead;
  elapsed = () => this.#elapsed;
  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        resolve();
      };
      const sleeper = { at: this.#elapsed + Math.max(0, ms), wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
    });

  /** The machine is asleep for so long: no timer runs on. */
  jump(ms: number): void {
    this.#ahead += ms;
  }

  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    for (;;) {
      // Whatever answers meanwhile is taken in, and goes to sleep again.
      for (let turns = 0; turns < 12; turns += 1) await turn();
      const [next] = this.#sleepers.sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.wake();
    }
    this.#elapsed = until;
  }
}

type Contents = Participant[] | Error;

export const inbound = (callId: string, wishes: Parameters<typeof caller>[0] = {}): Participant =>
  caller({
    identity: `sip_${callId}`,
    ...wishes,
    attributes: { 'sip.callID': callId, ...wishes.attributes },
  });

export const served = (callId: string): Participant[] => [inbound(callId), agent()];

export const unreadable = (message = 'nobody may read it') => new KnownError('server', message);

export class WatchWorld {
  readonly clock = new VirtualClock();
  readonly rooms = new Map<string, Contents>();
  /** How a room is listed, where it is not as usual. */
  readonly listed = new Map<string, Partial<Room>>();
  /** Rooms that are gone, and that answer to a read as they would if they were there. */
  readonly vanished = new Set<string>();
  /** When each request was made. */
  readonly requests: { atMs: number; what: string }[] = [];
  readonly events: WatchEvent[] = [];
  states = 0;
  rateLimits = 0;
  /** What the answers for a room, or the list, wait for; `reads`: what reads wait for in the client. */
  readonly held = new Map<string, Promise<void>>();
  /** Why the rooms cannot be listed. */
  listFails: Error | null = null;
  readonly ending = new AbortController();
  readonly watch: Watch;
  ended: Promise<void> = Promise.resolve();

  constructor(rooms: Record<string, Contents>, options: Partial<WatchOptions> = {}) {
    for (const [name, contents] of Object.entries(rooms)) this.rooms.set(name, contents);
    const ask = async (what: string) => {
      this.requests.push({ atMs: this.clock.elapsed(), what });
      await turn();
    };
    const client = fakeClient({
      requests: () => this.requests.length,
      rateLimits: () => this.rateLimits,
      listRooms: async () => {
        await ask('list');
        if (this.listFails !== null) throw this.listFails;
        const rooms = [...this.rooms.keys()]
          .filter((name) => !this.vanished.has(name))
          .map((name) => room({ name, sid: `RM_${name}`, ...this.listed.get(name) }));
        await this.held.get('list');
        return rooms;
      },
      listParticipants: async (name) => {
        await this.held.get('reads');
        await ask(name);
        const contents = this.rooms.get(name) ?? [];
        await this.held.get(name);
        if (contents instanceof Error) throw contents;
        return contents;
      },
    });
    this.watch = new Watch(client, {
      isAgent: () => false,
      country: null,
      maxRequests: 300,
      clock: this.clock,
      signal: this.ending.signal,
      ...options,
    });
    this.watch.onEvent((event) => this.events.push(event));
    this.watch.onState(() => {
      this.states += 1;
    });
  }

  /** Holds an answer back. @returns lets it go */
  hold(what: string): () => void {
    let letGo = () => {};
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    this.held.set(what, released);
    return () => {
      this.held.delete(what);
      letGo();
    };
  }

  /** Runs it, and lets so much time pass. */
  async start(ms = 0): Promise<this> {
    this.ended = this.watch.run();
    this.ended.catch(() => {});
    await this.clock.advance(ms);
    return this;
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.clock.advance(0);
    await this.ended;
  }

  /** The events since this was asked last, each by its type and what it is about. */
  told(): string[] {
    return this.events
      .splice(0)
      .map((event) => `${event.type} ${'call' in event ? event.call.callId : ''}`.trim());
  }

  reads(name: string): number {
    return this.requests.filter(({ what }) => what === name).length;
  }

  /** The most requests in any minute from a moment on. */
  busiestMinute(fromMs: number): number {
    const times = this.requests.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs);
    let most = 0;
    let first = 0;
    times.forEach((atMs, index) => {
      while ((times[first] ?? atMs) <= atMs - 60_000) first += 1;
      most = Math.max(most, index - first + 1);
    });
    return most;
  }
}
