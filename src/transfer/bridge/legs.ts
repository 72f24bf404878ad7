/** The two legs of a bridge in their room, as whoever dials or watches sees them. */
import { callIdOf } from '../../calls/call.ts';
import { KnownError } from '../../core/errors.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Participant } from '../../livekit/messages.ts';

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

  /** A target that rings gets a CANCEL, one that has answered a BYE. */
  removeTarget(): Promise<boolean | null> {
    return this.remove(this.#identity);
  }
}

/** @returns null where LiveKit could not be asked, or did not answer */
async function quietly<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}
