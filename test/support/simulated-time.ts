/**
 * Time that passes only when a program and its sandbox have nothing else to do: what takes minutes in
 * life takes none, and on a busy machine nothing comes out differently. Both must be in this process.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
  type Time,
} from '../../src/sandbox/server.ts';
import type { ProgramClock } from './fake-host.ts';

/** So many turns of the event loop carry an answer over loopback from one end to the other. */
const QUIET_TURNS = 10;

/** How many times as fast as life time passes where somebody outside is to keep up, and its steps. */
const PACE = 10;
const PACED_STEP_MS = 100;

/** What Node calls work on files and connections that it is about to hear of. */
const BUSY = /Req|ConnectWrap|WriteWrap|ShutdownWrap/;

/** The connections of this process, both ends of them, by the port that is listened on. */
const connections = new Map<number | undefined, Set<Socket>>();

function remember(socket: Socket, port: number | undefined): void {
  const all = connections.get(port) ?? new Set();
  connections.set(port, all.add(socket));
  socket.once('close', () => {
    all.delete(socket);
    if (all.size === 0) connections.delete(port);
  });
}

subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket };
  remember(socket, socket.localPort);
});
subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  socket.once('connect', () => remember(socket, socket.remotePort));
});

/** Whether anything was written that the other end has not read: a busy machine takes its time. */
function isUnderWay(port: number): boolean {
  let bytes = 0;
  for (const socket of connections.get(port) ?? []) bytes += socket.bytesWritten - socket.bytesRead;
  return bytes !== 0;
}

/** By the address of its sandbox. */
const times = new Map<string, SimulatedTime>();

/** The time of a sandbox; undefined where it is not simulated. */
export const timeAt = (url: string) => times.get(url);

/** A sandbox with a simulated time of its own. */
export const openTimed = (options?: SandboxOptions) => new SimulatedTime().open(options);

interface Timer {
  dueMs: number;
  action(): void;
}

export class SimulatedTime implements Time {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();
  /** Who waits for time to pass: without them it stands still. */
  #waiting = 0;
  #isPassing = false;
  /** How often anybody has had to do with time. */
  #uses = 0;
  #paces = 0;
  /** Where its sandbox listens. */
  #port = 0;
  /** How a program is told this time. */
  readonly clock: ProgramClock = {
    elapsed: () => this.#nowMs,
    sleep: (ms, signal) => this.sleep(ms, signal),
  };

  /** Starts a sandbox of this time, which programs may ask for at its address. */
  async open(options: SandboxOptions = {}): Promise<Sandbox> {
    const sandbox = await startSandbox({ ...options, time: this });
    const { url } = sandbox;
    this.#port = Number(new URL(url).port);
    times.set(url, this);
    return {
      ...sandbox,
      close: () => {
        // The next sandbox may get the same port.
        times.delete(url);
        return sandbox.close();
      },
    };
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, action: () => void): () => void {
    if (ms <= 0) {
      const soon = setImmediate(action);
      return () => clearImmediate(soon);
    }
    const timer: Timer = { dueMs: this.#nowMs + ms, action };
    this.#timers.add(timer);
    this.#note();
    return () => {
      this.#timers.delete(timer);
    };
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#note();
    try {
      return await work();
    } finally {
      this.#waiting -= 1;
      this.#note();
    }
  }

  /** A pause of the program, which a signal ends. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.during(
      () =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const done = () => {
            cancel();
            signal?.removeEventListener('abort', done);
            resolve();
          };
          const cancel = this.after(ms, done);
          signal?.addEventListener('abort', done);
        }),
    );
  }

  /** Lets time pass no faster than so many times as in life meanwhile, for somebody outside to keep up. */
  async paced<T>(work: () => T | Promise<T>): Promise<T> {
    this.#paces += 1;
    try {
      return await work();
    } finally {
      this.#paces -= 1;
    }
  }

  #note(): void {
    this.#uses += 1;
    if (this.#isPassing || this.#waiting === 0) return;
    this.#isPassing = true;
    void this.#pass();
  }

  async #pass(): Promise<void> {
    for (;;) {
      await this.#quiet();
      if (this.#waiting === 0) break;
      const next = this.#next();
      if (next === undefined) break;
      if (this.#paces > 0 && next.dueMs > this.#nowMs) {
        // In small steps: the pace may end meanwhile, or something be due before.
        const stepMs = Math.min(next.dueMs - this.#nowMs, PACED_STEP_MS);
        await pause(stepMs / PACE);
        const soonestMs = this.#next()?.dueMs ?? this.#nowMs;
        this.#nowMs = Math.max(this.#nowMs, Math.min(this.#nowMs + stepMs, soonestMs));
        continue;
      }
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.action();
    }
    this.#isPassing = false;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }

  #isBusy(): boolean {
    return (
      isUnderWay(this.#port) || process.getActiveResourcesInfo().some((each) => BUSY.test(each))
    );
  }

  /** Until nothing has happened for a few turns. */
  async #quiet(): Promise<void> {
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS || this.#isBusy(); quiet += 1) {
      if (quiet >= QUIET_TURNS) await pause(1);
      else await turn();
      if (seen === this.#uses) continue;
      seen = this.#uses;
      quiet = 0;
    }
  }
}
