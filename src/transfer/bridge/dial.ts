/**
 * A target dialled into the caller's room: one CreateSIPParticipant, never repeated. While it rings
 * nothing changes for the caller. LiveKit undoes nothing by itself (server 1.13): if the caller leaves,
 * the target rings on, and if our request breaks off, it may answer later; so whatever is not wanted
 * any more is removed, which sends a CANCEL or a BYE.
 */
import { type Call, callIdOf } from '../../calls/call.ts';
import { agentsAmong, type IsAgentIdentity } from '../../calls/condition.ts';
import type { HostClock, Interruption } from '../../core/host.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { DialRequest, Participant, TransferRequest } from '../../livekit/messages.ts';
import type { HttpOutcome } from '../../livekit/transport.ts';
import type { Bridge, BridgeCause } from '../outcome.ts';
import type { LegObservation } from '../verify.ts';
import { callIdIn, type DialOutcome, isUnclear, readDialOutcome } from './dial-outcome.ts';
import { BRIDGED_CALLER, type BridgePlan } from './dial-plan.ts';
import { BridgeLegs } from './legs.ts';

/** What a dial works with that a REFER does not need. */
export interface BridgingMeans {
  /** A client that no Ctrl-C cuts off: with it the target is dialled, and hung up on. */
  steady(): Promise<LiveKitClient>;
  /** A pause that no signal ends, in ms: what is left to do has to be done. */
  pause(ms: number): Promise<void>;
  /** An identity that nobody has. */
  newIdentity(): string;
  /** Whether somebody stays to hang up on the one when the other leaves. */
  watches: boolean;
  /** The agent in the room whose process that is: it stays, silent. */
  watcher?: string | undefined;
}

interface DialOptions {
  /** Its pauses may end early when a signal comes. */
  clock: HostClock;
  interruption: Pick<Interruption, 'signal'>;
  isAgent: IsAgentIdentity;
  speed: number;
  means: BridgingMeans;
  onSent?: (() => void) | undefined;
}

/** One target to dial. */
interface DialStep {
  request: TransferRequest;
  bridge: BridgePlan;
}

/** What became of the dial, and who is in the room after it. */
export interface BridgeAttempt {
  kind: 'ended';
  cause: BridgeCause;
  /** The answer to the INVITE, where there was one. */
  sip: { code: number; reason: string } | null;
  /** LiveKit's answer; null: the dial was given up before it came. */
  answer: HttpOutcome | null;
  observation: LegObservation;
  bridge: Bridge;
  durationMs: number;
}

/** Somebody left while it rang; `cancelled`: the target was seen to ring no more. */
type BridgeInterrupted = { kind: 'interrupted'; cancelled: boolean };

/** How often the room is looked at while the target rings: the caller may hang up. In ms. */
const LOOK_EVERY_MS = 1000;
/** Whoever is missing once is looked for again after this, in ms: a list may lag. */
const LOOK_AGAIN_MS = 400;
/** How often a target is removed that may still be on its way, and how long apart, in ms. */
const MOST_REMOVALS = 8;
const REMOVE_EVERY_MS = 500;
/** LiveKit knows within a second that its SIP service does not answer (server 1.13). */
const NO_SERVICE_WITHIN_MS = 5000;
/** Looks at who is in the room after the answer. */
const MOST_LOOKS = 5;

/** Dials, waits for the answer, and sees that nobody is left ringing or alone. */
export async function dialTarget(
  step: DialStep,
  call: Call,
  options: DialOptions,
): Promise<BridgeAttempt | BridgeInterrupted> {
  return new Dial(await options.means.steady(), step, call, options).run();
}

class Dial {
  readonly #client: LiveKitClient;
  readonly #request: TransferRequest;
  readonly #plan: BridgePlan;
  readonly #callId: string;
  readonly #legs: BridgeLegs;
  readonly #options: DialOptions;
  readonly #identity: string;
  readonly #startMs: number;
  #answer: HttpOutcome | null = null;
  #answered: Promise<unknown> = Promise.resolve();
  #durationMs = 0;

  constructor(client: LiveKitClient, step: DialStep, { callId }: Call, options: DialOptions) {
    this.#client = client;
    this.#request = step.request;
    this.#plan = step.bridge;
    this.#callId = callId;
    this.#options = options;
    this.#identity = options.means.newIdentity();
    this.#legs = new BridgeLegs(client, step.request.roomName, callId, this.#identity);
    this.#startMs = options.clock.now();
  }

  async run(): Promise<BridgeAttempt | BridgeInterrupted> {
    const { clock, onSent, speed } = this.#options;
    const start = clock.elapsed();
    this.#answered = this.#client
      .createSipParticipant(this.#dialRequest(), onSent)
      .then((answer) => {
        this.#answer = answer;
      });
    const stopped = await this.#waitForAnswer();
    this.#durationMs = Math.round(clock.elapsed() - start);
    if (stopped === 'interrupted') return { kind: stopped, cancelled: await this.#hangUp() };
    if (stopped === 'caller-left') {
      await this.#hangUp();
      return this.#ended('caller-left', await this.#look());
    }
    if (this.#answer === null) throw new Error('A dial ended without its answer.');
    const outcome = readDialOutcome(this.#answer, this.#durationMs * speed);
    return outcome.ok ? this.#connect() : this.#seeThatNobodyRings(outcome);
  }

  #dialRequest(): DialRequest {
    const { roomName, waitMs, dialtone, headers } = this.#request;
    const { trunkId, number, from, longestMs, mediaTimeoutMs } = this.#plan;
    const identity = this.#identity;
    return {
      ...{ trunkId, number, roomName, identity, ringingMs: waitMs },
      ...{ longestMs, mediaTimeoutMs, from, dialtone: dialtone ?? null },
      ...(Object.keys(headers).length > 0 && { headers }),
      attributes: { [BRIDGED_CALLER]: this.#callId },
    };
  }

  /** Until LiveKit answers, the caller has left, or a signal comes. */
  async #waitForAnswer(): Promise<'answered' | 'caller-left' | 'interrupted'> {
    const { clock, interruption } = this.#options;
    let missing = 0;
    while (this.#answer === null) {
      if (interruption.signal !== null) return 'interrupted';
      await Promise.race([
        this.#answered,
        clock.sleep(missing === 0 ? LOOK_EVERY_MS : LOOK_AGAIN_MS),
      ]);
      if (this.#answer !== null || interruption.signal !== null) continue;
      const room = await this.#legs.read();
      if (room === null) continue;
      missing = this.#legs.callerIn(room) === undefined ? missing + 1 : 0;
      if (missing >= 2) return 'caller-left';
    }
    return 'answered';
  }

  /** LiveKit says that the target answered: both have to be there, seen in one look. */
  async #connect(): Promise<BridgeAttempt> {
    let misses = 0;
    let last: Participant[] | null = null;
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      if (looks > 0) await this.#options.means.pause(LOOK_AGAIN_MS);
      last = await this.#legs.read();
      if (last === null) continue;
      const caller = this.#legs.callerIn(last);
      const target = this.#legs.targetIn(last);
      if (caller !== undefined && target !== undefined) return this.#bridged(last);
      misses += 1;
      if (misses < 2) continue;
      if (caller === undefined) {
        if (target !== undefined) await this.#hangUp();
        return this.#ended('caller-left', await this.#look());
      }
      return this.#ended('target-left', last);
    }
    return this.#ended('room-unread', last);
  }

  /**
   * LiveKit says that it failed, or says nothing: then the target may be ringing, or there. One that
   * has answered stays with the caller; one that rings is hung up on, since nobody would hear of its
   * answer.
   */
  async #seeThatNobodyRings(outcome: Extract<DialOutcome, { ok: false }>): Promise<BridgeAttempt> {
    const room = await this.#look();
    const target = room === null ? undefined : this.#legs.targetIn(room);
    const isThere = target?.attributes.get('sip.callStatus') === 'active';
    if (room !== null && isThere && this.#legs.callerIn(room) !== undefined)
      return this.#bridged(room);
    // Repeated by LiveKit to a service that had died meanwhile, it may have been carried out before.
    const late = outcome.cause === 'no-sip-service' && this.#durationMs > NO_SERVICE_WITHIN_MS;
    const cause = late ? 'lost' : outcome.cause;
    if (target === undefined && !isUnclear(cause)) return this.#ended(cause, room, outcome.sip);
    await this.#hangUp();
    return this.#ended(cause, await this.#look(), outcome.sip);
  }

  /** The two talk: the agents go, unless they are to stay. */
  async #bridged(room: Participant[]): Promise<BridgeAttempt> {
    const { means, clock, isAgent } = this.#options;
    const since = new Date(clock.now()).toISOString();
    const removedAgents: string[] = [];
    const stayingAgents: string[] = [];
    const others = agentsAmong(room, isAgent).filter((each) => each.identity !== means.watcher);
    const agents = this.#plan.keepsAgent ? [] : others;
    await Promise.all(
      agents.map(async ({ identity }) => {
        const isGone = await this.#legs.remove(identity);
        (isGone === null ? stayingAgents : removedAgents).push(identity);
      }),
    );
    const after = agents.length === 0 ? room : ((await this.#legs.read()) ?? room);
    const bridge = {
      ...this.#describe(after),
      since,
      watchedBy: watcherBy(means),
      removedAgents,
      stayingAgents,
    };
    return { ...this.#ended('none', after), bridge };
  }

  /**
   * Hangs up on the target, ringing or answered, and sees to it that it stays so: what was removed
   * while it was being dialled may come about just after.
   * @returns whether it was seen to be gone with the dial over
   */
  async #hangUp(): Promise<boolean> {
    for (let tries = 0; tries < MOST_REMOVALS; tries += 1) {
      const wasOver = this.#answer !== null;
      await this.#legs.removeTarget();
      const room = await this.#legs.read();
      const isGone = room !== null && this.#legs.targetIn(room) === undefined;
      const isLost = this.#answer?.kind === 'failure';
      if (wasOver && isGone && (!isLost || tries >= MOST_REMOVALS / 2)) return true;
      await Promise.race([
        wasOver ? NEVER : this.#answered,
        this.#options.means.pause(REMOVE_EVERY_MS),
      ]);
    }
    return false;
  }

  #ended(
    cause: BridgeCause,
    room: Participant[] | null,
    sip: BridgeAttempt['sip'] = null,
  ): BridgeAttempt {
    const leg =
      room === null ? 'unread' : this.#legs.callerIn(room) === undefined ? 'gone' : 'listed';
    return {
      kind: 'ended',
      ...{ cause, sip, answer: this.#answer, durationMs: this.#durationMs },
      observation: { leg, lastListedMs: null, room },
      bridge: this.#describe(room),
    };
  }

  #describe(room: readonly Participant[] | null): Bridge {
    const { number, trunkId, longestMs } = this.#plan;
    const target = room === null ? undefined : this.#legs.targetIn(room);
    return {
      room: this.#request.roomName,
      identity: this.#identity,
      callId: (target && callIdOf(target)) ?? callIdIn(this.#answer),
      number,
      trunkId,
      since: null,
      endsAt: new Date(this.#startMs + longestMs).toISOString(),
      watchedBy: null,
      removedAgents: [],
      stayingAgents: [],
      present: room === null ? null : room.map(({ identity }) => identity),
    };
  }

  /** The same, asked for once more before it is given up. */
  async #look(): Promise<Participant[] | null> {
    const room = await this.#legs.read();
    if (room !== null) return room;
    await this.#options.means.pause(LOOK_AGAIN_MS);
    return this.#legs.read();
  }
}

const NEVER = new Promise<never>(() => {});

function watcherBy({ watches, watcher }: BridgingMeans): Bridge['watchedBy'] {
  if (!watches) return null;
  return watcher === undefined ? 'this-process' : 'agent';
}
