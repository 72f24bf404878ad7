/**
 * What a test has made in LiveKit, and its removal: whatever happens, and more than once if need be.
 * The client must be one that no Ctrl-C cuts off.
 */
import { callIdOf } from '../calls/call.ts';
import { agentsAmong, type IsAgentIdentity } from '../calls/condition.ts';
import type { HostClock } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Room } from '../livekit/messages.ts';
import type { HttpOutcome } from '../livekit/transport.ts';
import { readDialOutcome } from '../transfer/bridge/dial-outcome.ts';
import type { SmokeContext } from './context.ts';

interface DialledLeg {
  room: string;
  identity: string;
  /** Ends with the dial: until then the leg may still come about. */
  dial: Promise<HttpOutcome>;
}

interface TrackedLeg {
  room: string;
  identity: string;
  settled: Promise<void>;
  isOver: boolean;
  /** Nobody knows what became of the dial: LiveKit may be about to carry it out. */
  isLost: boolean;
}

/** A call that our dialling brought in to LiveKit, in a room that need not be its own. */
interface ArrivedLeg {
  room: string;
  identity: string;
  callId: string;
  /** The room was not there before. */
  isNewRoom: boolean;
}

/** A call that may be ours, and as well a stranger's. */
interface SeenLeg extends Omit<ArrivedLeg, 'identity'> {
  /** It was there when the clean-up began: if it is gone afterwards, it has ended with our leg. */
  isThere: boolean;
}

/** How often a dial is cut off that has not ended yet, and how long apart, in ms. */
const MOST_TRIES = 10;
const BETWEEN_TRIES_MS = 500;
/** How often one is cut off that was asked for, and never answered. */
const TRIES_WHEN_LOST = 4;
/** How often it is looked whether a call has ended with the leg that was dialled. */
const LOOKS_FOR_END = 4;

function isLost(outcome: HttpOutcome): boolean {
  // How long it took tells other failures apart.
  const read = readDialOutcome(outcome, 0);
  return !read.ok && read.cause === 'lost';
}

/** What clean-up works with. */
type Means = Pick<SmokeContext, 'steady' | 'isAgent' | 'onMade'> & {
  clock: Pick<HostClock, 'sleep'>;
};

export class CleanUp {
  readonly #client: LiveKitClient;
  readonly #isAgent: IsAgentIdentity;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #onMade: SmokeContext['onMade'];
  readonly #dialled: TrackedLeg[] = [];
  readonly #arrived: ArrivedLeg[] = [];
  /** By call id. */
  readonly #seen = new Map<string, SeenLeg>();

  constructor({ steady, isAgent, clock, onMade }: Means) {
    this.#client = steady;
    this.#isAgent = isAgent;
    this.#sleep = (ms) => clock.sleep(ms);
    this.#onMade = onMade;
  }

  /** A leg is about to be dialled in a room of its own. */
  addDialled(leg: DialledLeg): void {
    const { room, identity, dial } = leg;
    const over = (lost: boolean) => {
      tracked.isOver = true;
      tracked.isLost = lost;
    };
    const settled = dial.then(
      (outcome) => over(isLost(outcome)),
      () => over(true),
    );
    const tracked: TrackedLeg = { room, identity, settled, isOver: false, isLost: false };
    this.#dialled.push(tracked);
    this.#onMade(this.rooms());
  }

  /** A call is ours, as far as anything can tell: it will be hung up on. */
  addArrived(leg: ArrivedLeg): void {
    if (this.#arrived.some(({ callId }) => callId === leg.callId)) return;
    this.#arrived.push(leg);
    this.#seen.delete(leg.callId);
    this.#onMade(this.rooms());
  }

  /** A call may be ours: nobody hangs up on it. If it is, it ends with the leg that was dialled. */
  addSeen(leg: SeenLeg): void {
    this.#seen.set(leg.callId, leg);
  }

  /** Where something may be left, for somebody who leaves before the end. */
  rooms(): string[] {
    return [...new Set([...this.#dialled, ...this.#arrived].map(({ room }) => room))];
  }

  /**
   * Removes everything.
   * @returns what could not be removed, one clause each. Never throws
   */
  async run(): Promise<string[]> {
    // First the dialled legs: with them most others end by themselves.
    const dialled = await Promise.all(this.#dialled.splice(0).map((leg) => this.#endDialled(leg)));
    const arrived = await Promise.all(this.#arrived.splice(0).map((leg) => this.#endArrived(leg)));
    const seen = await Promise.all([...this.#seen.values()].map((leg) => this.#closeBehind(leg)));
    return [...dialled, ...arrived, ...seen].flat();
  }

  async #endDialled(tracked: TrackedLeg): Promise<string[]> {
    const { room, identity, settled } = tracked;
    for (let tries = 1, triesAfter = 0; ; tries += 1) {
      const wasOver = tracked.isOver;
      const leg = await attempt(`the participant ${identity} in room ${room}`, () =>
        this.#client.removeParticipant(room, identity),
      );
      const closed = await attempt(`the room ${room}`, () => this.#client.deleteRoom(room));
      // With the room everybody in it is gone; an empty one closes by itself.
      const left = closed.length === 0 ? [] : [...leg, ...closed];
      // What was removed while it was still being dialled may have come about just after.
      if (wasOver) triesAfter += 1;
      const enough = tracked.isLost ? TRIES_WHEN_LOST : 1;
      if (triesAfter >= enough) return left;
      if (tries >= MOST_TRIES) return tracked.isOver ? left : [...left, mayStillCome(room)];
      const pause = this.#sleep(BETWEEN_TRIES_MS);
      await (wasOver ? pause : Promise.race([settled, pause]));
    }
  }

  async #endArrived(leg: ArrivedLeg): Promise<string[]> {
    const { room, identity, callId, isNewRoom } = leg;
    return attempt(`the call ${callId} in room ${room}`, async () => {
      const present = await this.#client.listParticipants(room);
      const isListed = present.some((participant) => callIdOf(participant) === callId);
      if (isListed) await this.#client.removeParticipant(room, identity);
      // A room that others share is theirs.
      const others = present.filter((participant) => callIdOf(participant) !== callId);
      const isOurs = isNewRoom && agentsAmong(others, this.#isAgent).length === others.length;
      if (isOurs) await this.#client.deleteRoom(room);
    });
  }

  /**
   * Closes the room that a leg of ours has left by itself.
   * @returns a call that was there and stays, or of which nobody can say it: it may be ours
   */
  async #closeBehind({ room, callId, isNewRoom, isThere }: SeenLeg): Promise<string[]> {
    if (!isNewRoom && !isThere) return [];
    const what = `the call ${callId} in room ${room}, which may be the test’s`;
    let isGone = false;
    const failed = await attempt(what, async () => {
      for (let look = 1; look <= LOOKS_FOR_END; look += 1) {
        if (look > 1) await this.#sleep(BETWEEN_TRIES_MS);
        const present = await this.#client.listParticipants(room);
        if (present.some((participant) => callIdOf(participant) === callId)) continue;
        isGone = true;
        // Gone long ago it may have been a stranger's, whose agent still has something to do.
        const agents = isThere ? agentsAmong(present, this.#isAgent) : [];
        const isEmpty = isNewRoom && agents.length === present.length;
        if (isEmpty) await this.#client.deleteRoom(room);
        return;
      }
    });
    // A room that is left open is not told of: LiveKit closes it by itself.
    if (isGone || !isThere) return [];
    return failed.length === 0 ? [what] : failed;
  }
}

/** The dial has not ended: what was removed so far may be followed by the call itself. */
function mayStillCome(room: string): string {
  return `the call dialled from room ${room}, which may still be connected`;
}

async function attempt(what: string, remove: () => Promise<unknown>): Promise<string[]> {
  try {
    await remove();
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [`${what} (${why.replace(/\.$/, '')})`];
  }
}

// Names of the rooms that tests are dialled from. Whoever finds such a room can tell when it was
// made, and on the same machine whether the process that made it is still there.

const PREFIX = 'lk-transfer-smoke-';
const FORM =
  /^lk-transfer-smoke-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{6})-(\d+)-[0-9a-z]+$/;

/** Who makes a room. */
export interface RoomMaker {
  /** Six hexadecimal digits that stand for a machine, or for a container: where pids are unique. */
  machine: string;
  pid: number;
}

interface RoomOrigin extends RoomMaker {
  /** ms since 1970, by the clock of that machine. */
  madeAtMs: number;
}

/**
 * A name for a new room.
 * @param unique letters and digits that no other room of this process has
 */
export function smokeRoomName(maker: RoomMaker, nowMs: number, unique: string): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${PREFIX}${time}-${maker.machine}-${maker.pid}-${unique}`;
}

/** @returns null for a room that is none of ours */
export function readSmokeRoomName(name: string): RoomOrigin | null {
  const [, year, month, day, hour, minute, second, machine = '', pid] = FORM.exec(name) ?? [];
  if (pid === undefined) return null;
  const madeAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(madeAtMs) ? null : { machine, pid: Number(pid), madeAtMs };
}

// Rooms that a test left behind because its process was killed.

export interface Leftover {
  room: string;
  ageSeconds: number;
}

/** Longer than any test lasts, its ringing and its call included: who made it is gone. In ms. */
const LONGEST_TEST_MS = 8 * 60_000;

/**
 * Finds the rooms of tests that nobody runs any more. One of this machine is left over as soon as
 * its process is gone; of others, other containers of this machine among them, only the age can tell.
 * @param isRunning whether a process of this machine is there
 */
export function findLeftovers(
  rooms: readonly Pick<Room, 'name' | 'createdAtMs'>[],
  self: RoomMaker,
  isRunning: (pid: number) => boolean,
  nowMs: number,
): Leftover[] {
  return rooms.flatMap(({ name, createdAtMs }) => {
    const origin = readSmokeRoomName(name);
    if (origin === null) return [];
    const ageMs = Math.max(0, nowMs - (createdAtMs || origin.madeAtMs));
    const isHere = origin.machine === self.machine;
    // Our own number on a room that was there before us: another process had it.
    const isGone = isHere && (origin.pid === self.pid || !isRunning(origin.pid));
    if (!isGone && ageMs < LONGEST_TEST_MS) return [];
    return [{ room: name, ageSeconds: Math.round(ageMs / 1000) }];
  });
}
