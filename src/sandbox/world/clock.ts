/** The sandbox's time, and what happens in it by itself: pauses as on a real LiveKit, and scripts. */
import type { Duration } from '@bufbuild/protobuf';
import type { AgentSeed, CallerSeed, Leaving } from './seed-types.ts';

/** Node runs a timer longer than this at once, so the sandbox never asks for more (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What lasts for a real time has the sandbox run so often meanwhile, each time after so many ms at least. */
const REAL_STEPS = { count: 10, leastMs: 10 };

/** What tells the time, and lets it pass. */
export interface Time {
  /** Only ever goes forward, ms. */
  now(): number;
  /** Runs an action after so many ms. @returns cancels it */
  after(ms: number, action: () => void): () => void;
  /** Somebody waits for this work, which may take its time. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/** That of this machine. */
export const REAL_TIME: Time = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  during: (work) => work(),
};

/** The same pauses as on a real LiveKit, divided by the speed asked for. */
export class Clock {
  readonly #speed: number;
  readonly #time: Time;
  readonly #startMs: number;
  readonly #cancels = new Set<() => void>();

  /**
   * @param speed how many times as fast as `time`: 10 turns 15 s into 1.5 s
   * @throws RangeError when the speed is not a positive number
   */
  constructor(speed: number, time: Time = REAL_TIME) {
    if (!(speed > 0 && Number.isFinite(speed))) {
      throw new RangeError(`The speed of the sandbox must be a positive number, not ${speed}`);
    }
    this.#speed = speed;
    this.#time = time;
    this.#startMs = time.now();
  }

  /**
   * Runs an action after `ms` of the sandbox's time.
   * @returns cancels it
   */
  after(ms: number, action: () => void): () => void {
    return this.#start(ms / this.#speed, action);
  }

  /**
   * The same after `ms` of `time`, whatever the speed; later where a busy machine did not let the
   * sandbox run meanwhile: who asks has a chance to see what lasts that long.
   */
  afterReal(ms: number, action: () => void): () => void {
    const endMs = this.#time.now() + ms;
    const leastMs = Math.min(REAL_STEPS.leastMs, ms / REAL_STEPS.count);
    let steps = REAL_STEPS.count;
    let cancel = () => {};
    const goOn = () => {
      const leftMs = endMs - this.#time.now();
      if (steps === 0 && leftMs <= 0) return action();
      cancel = this.#start(Math.max(leftMs / Math.max(steps, 1), leastMs), goOn);
      steps = Math.max(0, steps - 1);
    };
    goOn();
    return () => cancel();
  }

  /** Waits `ms` of the sandbox's time; for ever when the clock is stopped meanwhile. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** How long the sandbox has been there, in ms of its own time. */
  elapsed(): number {
    return (this.#time.now() - this.#startMs) * this.#speed;
  }

  /** Forgets everything that was still to happen. */
  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #start(ms: number, action: () => void): () => void {
    const cancel = this.#time.after(ms, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
    return () => {
      cancel();
      this.#cancels.delete(cancel);
    };
  }
}

/** A protobuf duration in milliseconds; undefined when there is none, or it is not positive. */
export function milliseconds(duration: Duration | undefined): number | undefined {
  if (!duration) return undefined;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  return ms > 0 ? ms : undefined;
}

// What a seed has callers and agents do by themselves: they leave, speak up, and come back.

/** What happens in a room, upon which whoever is in it may act, once each. */
type Moment = 'start' | 'transferred' | 'dialled' | 'answered';

/** Whoever has a script: a caller, or an agent of a room. */
type Actor = { callId: string; seed: CallerSeed } | { room: string; seed: AgentSeed };

/** What a script can do to the world; all of it does nothing to those who are gone. */
interface ScriptActions {
  endCall(call: { callId: string }): void;
  /** The same call, under another identity. */
  rejoin(callId: string, identity: string): void;
  leave(room: string, agent: AgentSeed): void;
  publish(room: string, agent: AgentSeed): void;
  /** Does nothing either when the room is closed. */
  enter(room: string, agent: AgentSeed): void;
}

export class Scripts {
  /** Callers who hang up when they are read, and how many reads before that one are left. */
  readonly #readsLeft = new Map<string, number>();
  /** What each has acted upon, or would have. */
  readonly #noted = new Set<string>();
  readonly #actions: ScriptActions;
  readonly #clock: Clock;

  constructor(actions: ScriptActions, clock: Clock) {
    this.#actions = actions;
    this.#clock = clock;
  }

  /** Somebody is there from now on. */
  begin(actor: Actor): void {
    if ('callId' in actor) {
      const { leaves } = actor.seed;
      if (leaves === 'at-first-read') this.#readsLeft.set(actor.callId, 0);
      else if (leaves === 'at-second-read') this.#readsLeft.set(actor.callId, 1);
    } else {
      for (const moment of ['start', 'transferred', 'dialled', 'answered'] as const) {
        this.#noted.delete(keyOf(actor, moment));
      }
      const { room, seed } = actor;
      const { publishesAfterMs } = seed;
      if (publishesAfterMs !== undefined) {
        this.#clock.after(publishesAfterMs, () => this.#actions.publish(room, seed));
      }
    }
    this.note(actor, 'start');
  }

  /**
   * Something happens to an actor.
   * @returns whether for the first time
   */
  note(actor: Actor, moment: Moment): boolean {
    const key = keyOf(actor, moment);
    if (this.#noted.has(key)) return false;
    this.#noted.add(key);
    const { leaves } = actor.seed;
    const afterMs = typeof leaves === 'object' ? delayOf(leaves, moment) : undefined;
    if (afterMs !== undefined) this.#clock.after(afterMs, () => this.#leave(actor));
    if ('callId' in actor && moment === 'transferred' && actor.seed.rejoins) {
      const { as, afterTransferMs } = actor.seed.rejoins;
      this.#clock.after(afterTransferMs, () => this.#actions.rejoin(actor.callId, as));
    }
    return true;
  }

  /** The same for all the agents of a room. */
  noteAgents(
    {
      seed: { name: room },
      agents,
    }: { seed: { name: string }; agents: ReadonlyMap<string, AgentSeed> },
    moment: Moment,
  ): void {
    for (const seed of agents.values()) this.note({ room, seed }, moment);
  }

  /** An agent is gone, whoever put it out. */
  end(room: string, { returns, ...seed }: AgentSeed): void {
    if (!returns) return;
    const { as: identity, afterMs } = returns;
    const { leaves: _, ...next } = seed;
    this.#clock.after(afterMs, () => this.#actions.enter(room, { ...next, identity, age: 0 }));
  }

  /**
   * A call is read, and ends when its caller hangs up at this read.
   * @returns whether it goes on
   */
  survivesRead(call: { callId: string }): boolean {
    const left = this.#readsLeft.get(call.callId);
    if (left === undefined) return true;
    this.#readsLeft.set(call.callId, left - 1);
    if (left > 0) return true;
    this.#actions.endCall(call);
    return false;
  }

  #leave(actor: Actor): void {
    if ('callId' in actor) this.#actions.endCall(actor);
    else this.#actions.leave(actor.room, actor.seed);
  }
}

function keyOf(actor: Actor, moment: Moment): string {
  const who = 'callId' in actor ? actor.callId : `${actor.room}/${actor.seed.identity}`;
  return `${moment} ${who}`;
}

function delayOf(leaves: Leaving, moment: Moment): number | undefined {
  switch (moment) {
    case 'start':
      return leaves.afterMs;
    case 'transferred':
      return leaves.afterTransferMs;
    case 'dialled':
      return leaves.afterDialMs;
    case 'answered':
      return leaves.afterAnswerMs;
  }
}
