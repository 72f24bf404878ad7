/** The two legs of a bridge in their room, as whoever dials or watches sees them. */
import { callIdOf, isBridgeLeg } from '../../calls/call.ts';
import { agentsAmong, type IsAgentIdentity, ON_BEHALF } from '../../calls/condition.ts';
import { KnownError } from '../../core/errors.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Participant } from '../../livekit/messages.ts';
import type { HttpOutcome } from '../../livekit/transport.ts';

/** How often a target is removed that may still be on its way, and how long apart, in ms. */
const MOST_REMOVALS = 8;
const REMOVE_EVERY_MS = 500;

/** What hanging up on a target goes by. */
interface HangUp {
  /** LiveKit's answer to the dial; null while it is under way. */
  answer(): HttpOutcome | null;
  /** Resolves when it has come. */
  answered: Promise<unknown>;
  /** A pause that no signal ends, in ms. */
  pause(ms: number): Promise<void>;
  /** Whether it is worth waiting until a room can be read again. */
  waits(): boolean;
}

export class BridgeLegs {
  readonly #client: LiveKitClient;
  readonly #room: string;
  readonly #callId: string;
  readonly #identity: string;

  /**
   * @param client one that no Ctrl-C cuts off
   * @param callId of the caller: they may come back under another identity
   * @param identity of the target, which is its own
   */
  constructor(client: LiveKitClient, room: string, callId: string, identity: string) {
    this.#client = client;
    this.#room = room;
    this.#callId = callId;
    this.#identity = identity;
  }

  /** Everybody in the room; null when nobody can say. */
  read(): Promise<Participant[] | null> {
    return quietly(() => this.#client.listParticipants(this.#room));
  }

  /** The same, asked for once more before it is given up. */
  async readTwice(pause: (ms: number) => Promise<void>): Promise<Participant[] | null> {
    const room = await this.read();
    if (room !== null) return room;
    await pause(REMOVE_EVERY_MS);
    return this.read();
  }

  callerIn(room: readonly Participant[]): Participant | undefined {
    return room.find((each) => callIdOf(each) === this.#callId);
  }

  targetIn(room: readonly Participant[]): Participant | undefined {
    return room.find(({ identity }) => identity === this.#identity);
  }

  /** @returns whether somebody was there to be removed; null when LiveKit could not be asked */
  remove(identity: string): Promise<boolean | null> {
    return quietly(() => this.#client.removeParticipant(this.#room, identity));
  }

  /** Other calls in the room that are no targets: an agent there serves them as well. */
  otherCallsIn(room: readonly Participant[]): Participant[] {
    return this.#others(room).filter((each) => each.kind === 'SIP' && !isBridgeLeg(each));
  }

  /** Whoever else talks in the room, and is no agent: people with audio, and calls that are up. */
  companyIn(room: readonly Participant[], isAgent: IsAgentIdentity): Participant[] {
    const others = this.#others(room);
    const agents = agentsAmong(others, isAgent);
    return others.filter((each) => {
      const { kind, attributes, tracks } = each;
      if (kind === 'SIP') return attributes.get('sip.callStatus') === 'active';
      const isNobody = NOBODY.includes(kind) || attributes.has(ON_BEHALF) || agents.includes(each);
      return !isNobody && tracks.some(({ type }) => type === 'AUDIO');
    });
  }

  #others(room: readonly Participant[]): Participant[] {
    const [caller, target] = [this.callerIn(room), this.targetIn(room)];
    return room.filter((each) => each !== caller && each !== target);
  }

  /**
   * Hangs up on the target: one that rings gets a CANCEL, one that has answered a BYE. Sees to it that
   * it stays so: what was removed while it was being dialled may come about just after.
   * @returns whether it was seen to be gone with the dial over
   */
  async hangUp({ answer, answered, pause, waits }: HangUp): Promise<boolean> {
    for (let tries = 0; tries < MOST_REMOVALS; ) {
      const wasOver = answer() !== null;
      await this.remove(this.#identity);
      const room = await this.read();
      const isGone = room !== null && this.targetIn(room) === undefined;
      const isLost = answer()?.kind === 'failure';
      if (wasOver && isGone && (!isLost || tries >= MOST_REMOVALS / 2)) return true;
      if (room !== null || !waits()) tries += 1;
      const pausing = pause(REMOVE_EVERY_MS);
      await (wasOver ? pausing : Promise.race([answered, pausing]));
    }
    return false;
  }
}

/** They keep nobody company. */
const NOBODY: readonly string[] = ['AGENT', 'EGRESS', 'INGRESS'];

/** @returns null where LiveKit could not be asked, or did not answer */
async function quietly<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}
