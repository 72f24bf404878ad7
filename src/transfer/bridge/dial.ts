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
import { Absences, type LegObservation, LOOK_AGAIN_MS } from '../verify.ts';
import {
  callIdIn,
  type DialOutcome,
  isUnclear,
  readDialOutcome,
  wasNobodyCalled,
} from './dial-outcome.ts';
import { BRIDGED_CALLER, type BridgePlan, type BridgingMeans, watcherBy } from './dial-plan.ts';
import { BridgeLegs } from './watch.ts';

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

/** Somebody left while it rang; `cancelled`: the target was seen to ring no more. Or before the dial. */
type BridgeInterrupted = { kind: 'interrupted'; cancelled: boolean } | { kind: 'unsent' };

/** Both in their room, as far as looks show; `rang`: the target was seen ringing last. */
interface SeenBoth {
  room: Participant[] | null;
  left: 'caller-left' | 'target-left' | null;
  rang: boolean;
}

/** How often the room is looked at while the target rings: the caller may hang up. In ms. */
const LOOK_EVERY_MS = 1000;
/** LiveKit knows within a second that its SIP service does not answer (server 1.13). */
const NO_SERVICE_WITHIN_MS = 5000;
/** Looks at who is in the room after the answer. */
const MOST_LOOKS = 5;
/** How long a room that cannot be read is waited for, in ms: a target may be there, or ring. */
const UNREAD_PATIENCE_MS = 30_000;

/** Dials, waits for the answer, and sees that nobody is left ringing or alone. */
export async function dialTarget(
  step: DialStep,
  call: Call,
  options: DialOptions,
): Promise<BridgeAttempt | BridgeInterrupted> {
  const client = await options.means.steady();
  if (options.interruption.signal !== null) return { kind: 'unsent' };
  return new Dial(client, step, call, options).run();
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
  /** Gives the dial up while its connection is made: nobody would hear of its answer. */
  readonly #unwanted = new AbortController();
  #isSent = false;
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
      .createSipParticipant(this.#dialRequest(), () => {
        this.#isSent = true;
        onSent?.();
      })
      .then((answer) => {
        this.#answer = answer;
      });
    const end = await this.#waitForAnswer();
    if (typeof end === 'string') this.#unwanted.abort();
    if (!this.#isSent) await this.#answered;
    this.#durationMs = Math.round(clock.elapsed() - start);
    if (end === 'interrupted' && !this.#isSent) return { kind: 'unsent' };
    if (end === 'interrupted') return { kind: end, cancelled: await this.#hangUp() };
    if (end === 'caller-left') return this.#withoutTarget(end);
    const outcome = readDialOutcome(end, this.#durationMs * speed);
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
      ...{ attributes: { [BRIDGED_CALLER]: this.#callId }, abortUnsent: this.#unwanted.signal },
    };
  }

  /** Until LiveKit answers, the caller has left, or a signal comes. */
  async #waitForAnswer(): Promise<HttpOutcome | 'caller-left' | 'interrupted'> {
    const { clock, interruption } = this.#options;
    const absences = this.#absences(() => true);
    while (this.#answer === null) {
      if (interruption.signal !== null) return 'interrupted';
      const pause = clock.sleep(absences.inDoubt ? LOOK_AGAIN_MS : LOOK_EVERY_MS);
      await Promise.race([this.#answered, pause]);
      if (this.#answer !== null || interruption.signal !== null) continue;
      const room = await this.#legs.read();
      if (absences.note(room, clock.elapsed()) !== null) return 'caller-left';
    }
    return this.#answer;
  }

  #absences(target: (room: readonly Participant[]) => boolean): Absences {
    const caller = (room: readonly Participant[]) => this.#legs.callerIn(room) !== undefined;
    return new Absences({ caller, target }, this.#options.clock.elapsed());
  }

  /**
   * Looks until both are there, one has left, or neither can be told. A LiveKit that does not wait for
   * the answer, as older ones may not, says so at once: then the target is seen to ring on.
   */
  async #lookForBoth(): Promise<SeenBoth> {
    const { clock, means } = this.#options;
    const waits = this.#patience(0);
    const mayRing = this.#patience(this.#request.waitMs - this.#durationMs);
    const absences = this.#absences((room) => this.#legs.statusOfTarget(room) !== 'hangup');
    let room: Participant[] | null = null;
    let rang = false;
    for (let looks = 0; looks < MOST_LOOKS || (absences.inDoubt && waits()); ) {
      room = await this.#legs.read();
      if (room !== null && this.#legs.targetIn(room)) rang = this.#legs.isTargetRinging(room);
      if (rang ? !mayRing() : room !== null || !waits()) looks += 1;
      const left = absences.note(room, clock.elapsed());
      if (left !== null) {
        return { room, rang, left: left === 'target' ? 'target-left' : 'caller-left' };
      }
      if (room !== null && !absences.inDoubt && this.#legs.isTargetUp(room)) break;
      await means.pause(LOOK_AGAIN_MS);
    }
    return { room: absences.inDoubt ? null : room, rang, left: null };
  }

  /** LiveKit says that the target answered: both have to be there, seen in one look. */
  async #connect(): Promise<BridgeAttempt | BridgeInterrupted> {
    const { room, left, rang } = await this.#lookForBoth();
    if (left === null && !rang) {
      return room === null ? this.#ended('room-unread', room) : this.#bridged(room);
    }
    if (left === null && this.#options.interruption.signal !== null) {
      return { kind: 'interrupted', cancelled: await this.#hangUp() };
    }
    return this.#withoutTarget(rang && left !== 'caller-left' ? 'no-answer' : (left ?? 'none'));
  }

  /**
   * LiveKit says that it failed, or says nothing: then the target may be ringing, or there. One that
   * has answered stays with the caller; one that rings is hung up on, since nobody would hear of its
   * answer.
   */
  async #seeThatNobodyRings(
    outcome: Extract<DialOutcome, { ok: false }>,
  ): Promise<BridgeAttempt | BridgeInterrupted> {
    const room = await this.#legs.readTwice(this.#options.means.pause);
    const target = room === null ? undefined : this.#legs.targetIn(room);
    if (room !== null && this.#legs.isTargetUp(room)) return this.#connect();
    // Repeated by LiveKit to a service that had died meanwhile, it may have been carried out before.
    const late = outcome.cause === 'no-sip-service' && this.#durationMs > NO_SERVICE_WITHIN_MS;
    const cause = late ? 'lost' : outcome.cause;
    const isRead = room !== null || outcome.sip !== null || wasNobodyCalled(cause);
    const isOver = target === undefined && isRead && !isUnclear(cause);
    return isOver ? this.#ended(cause, room, outcome.sip) : this.#withoutTarget(cause, outcome.sip);
  }

  /** Sees that no target is there, or rings; a cause that holds only then is none where one may be. */
  async #withoutTarget(cause: BridgeCause, sip: BridgeAttempt['sip'] = null) {
    const isGone = await this.#hangUp();
    const room = await this.#legs.readTwice(this.#options.means.pause);
    if (isGone || isUnclear(cause)) return this.#ended(cause, room, sip);
    return this.#ended('still-there', room);
  }

  /** The two talk: the agents go, unless they are to stay, or serve another caller as well. */
  async #bridged(room: Participant[]): Promise<BridgeAttempt> {
    const { means, clock, isAgent } = this.#options;
    const since = new Date(clock.now()).toISOString();
    const others = agentsAmong(room, isAgent).filter((each) => each.identity !== means.watcher);
    const agents = this.#plan.keepsAgent ? [] : others.map(({ identity }) => identity);
    // Nor do they go before the target is seen to be up: else the caller might be alone.
    const mayGo = this.#legs.isTargetUp(room) && this.#legs.otherCallsIn(room).length === 0;
    const answers = await Promise.all(
      agents.map(async (identity) => mayGo && (await this.#legs.remove(identity)) !== null),
    );
    const wasAsked = mayGo && agents.length > 0;
    const seen = wasAsked ? await this.#lookForBoth() : { room, left: null };
    // Of one whose removal LiveKit did not answer, the room tells.
    const isGone = (identity: string, index: number) =>
      answers[index] === true ||
      (wasAsked && seen.room?.every((each) => each.identity !== identity) === true);
    const removedAgents = agents.filter(isGone);
    const stayingAgents = agents.filter((identity) => !removedAgents.includes(identity));
    const ended =
      seen.left === null ? this.#ended('none', seen.room) : await this.#withoutTarget(seen.left);
    const talk = seen.left === null ? { since, watchedBy: watcherBy(means) } : {};
    return { ...ended, bridge: { ...ended.bridge, ...talk, removedAgents, stayingAgents } };
  }

  #hangUp(): Promise<boolean> {
    return this.#legs.hangUp({
      answer: () => this.#answer,
      answered: this.#answered,
      pause: this.#options.means.pause,
      // It rings for so long whether or not LiveKit can be asked.
      waits: this.#patience(this.#request.waitMs - this.#durationMs),
    });
  }

  /** @param ms how long from now, and some time on top, a room that cannot be read is waited for */
  #patience(ms: number): () => boolean {
    const { clock, interruption } = this.#options;
    const untilMs = clock.elapsed() + Math.max(0, ms) + UNREAD_PATIENCE_MS;
    return () => interruption.signal === null && clock.elapsed() < untilMs;
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
      ...{ room: this.#request.roomName, identity: this.#identity, number, trunkId },
      callId: (target && callIdOf(target)) ?? callIdIn(this.#answer),
      endsAt: new Date(this.#startMs + longestMs).toISOString(),
      ...{ since: null, watchedBy: null, removedAgents: [], stayingAgents: [] },
      present: room === null ? null : room.map(({ identity }) => identity),
    };
  }
}
