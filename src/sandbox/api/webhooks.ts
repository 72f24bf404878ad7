/** The webhooks that LiveKit sends of its rooms, signed as it signs them. */
import { createHash, randomBytes } from 'node:crypto';
import {
  DisconnectReason,
  ParticipantInfo,
  ParticipantInfo_State,
  type Room,
  WebhookEvent,
} from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import type { Departure, Left } from '../world/open-rooms.ts';
import type { World } from '../world/world.ts';
import type { KeyPair } from './token.ts';

/** A receiver has so long for one, in ms. */
const TIMEOUT_MS = 5000;
/** Between the tries of one, in ms; then it is given up, as LiveKit does. */
const RETRIES_MS = [100, 300, 900];
/** So many wait at most: of a receiver that is down, the oldest are lost. */
const LONGEST_QUEUE = 10_000;
const TOKEN_LIFETIME_S = 300;

/**
 * Reads where webhooks go: this machine alone.
 * @throws RangeError, a clause, for any other address
 */
export function loopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:') throw new RangeError('it is no http:// address');
  if (!/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)) {
    throw new RangeError(`${url.hostname} is not on the loopback of this machine`);
  }
  return url;
}

/** Why somebody left, in the words of webhooks. */
const REASONS: Readonly<Record<Departure, DisconnectReason>> = {
  'hung-up': DisconnectReason.CLIENT_INITIATED,
  removed: DisconnectReason.PARTICIPANT_REMOVED,
  replaced: DisconnectReason.DUPLICATE_IDENTITY,
  'room-deleted': DisconnectReason.ROOM_DELETED,
  'room-closed': DisconnectReason.ROOM_CLOSED,
  dropped: DisconnectReason.CLIENT_INITIATED,
  'no-audio': DisconnectReason.MEDIA_FAILURE,
  'given-up': DisconnectReason.USER_UNAVAILABLE,
  unavailable: DisconnectReason.USER_UNAVAILABLE,
  rejected: DisconnectReason.USER_REJECTED,
  'trunk-failed': DisconnectReason.SIP_TRUNK_FAILURE,
};

/** A room as it was told last: who is in it, by their SIDs. */
interface Told {
  room: Room;
  people: ReadonlyMap<string, ParticipantInfo>;
}

/**
 * Sends one for every room that opens or closes, and for everybody who comes or goes from now on.
 * Of a change of attributes LiveKit sends none, nor does this.
 */
export class Webhooks {
  readonly #world: World;
  readonly #url: URL;
  readonly #keys: KeyPair;
  readonly #told = new Map<string, Told>();
  readonly #queue: string[] = [];
  readonly #closing = new AbortController();
  #isSending = false;

  /** @param url of the loopback */
  constructor(world: World, url: URL, keys: KeyPair) {
    this.#world = world;
    this.#url = url;
    this.#keys = keys;
    for (const { name } of world.rooms()) this.#note(name);
    world.onRoomChanged((name, left) => this.#tell(name, left));
  }

  /** Gives up what has not been sent. */
  close(): void {
    this.#queue.length = 0;
    this.#closing.abort();
  }

  #note(name: string): Told | undefined {
    const open = this.#world.room(name);
    if (open === undefined) {
      this.#told.delete(name);
      return undefined;
    }
    const people = new Map([...open.participants.values()].map((each) => [each.sid, each]));
    const told = { room: open.info, people };
    this.#told.set(name, told);
    return told;
  }

  #tell(name: string, left: Left | undefined): void {
    const before = this.#told.get(name);
    const now = this.#note(name);
    const room = now?.room ?? before?.room;
    if (room === undefined) return;
    if (before === undefined) this.#enqueue({ event: 'room_started', room });
    for (const participant of before?.people.values() ?? []) {
      if (now?.people.has(participant.sid)) continue;
      this.#enqueue({ event: 'participant_left', room, participant: gone(participant, left) });
    }
    for (const participant of now?.people.values() ?? []) {
      const known = before?.people.get(participant.sid);
      if (!known) this.#enqueue({ event: 'participant_joined', room, participant });
      const heard = new Set(known?.tracks.map(({ sid }) => sid));
      for (const track of participant.tracks) {
        if (heard.has(track.sid)) continue;
        this.#enqueue({ event: 'track_published', room, participant, track });
      }
    }
    if (now === undefined) this.#enqueue({ event: 'room_finished', room });
  }

  #enqueue(event: ConstructorParameters<typeof WebhookEvent>[0]): void {
    const message = new WebhookEvent({
      ...event,
      id: `EV_${randomBytes(6).toString('hex')}`,
      createdAt: BigInt(Math.floor(Date.now() / 1000)),
    });
    if (this.#queue.length >= LONGEST_QUEUE) this.#queue.shift();
    this.#queue.push(message.toJsonString());
    if (!this.#isSending) void this.#sendAll();
  }

  /** One after the other, in the order of what happened. */
  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let body = this.#queue.shift(); body !== undefined; body = this.#queue.shift()) {
      await this.#send(body);
    }
    this.#isSending = false;
  }

  async #send(body: string): Promise<void> {
    for (const pauseMs of [0, ...RETRIES_MS]) {
      if (pauseMs > 0) await pause(pauseMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      try {
        const response = await fetch(this.#url, {
          method: 'POST',
          headers: {
            // The token alone, without “Bearer”.
            authorization: await sign(body, this.#keys),
            'content-type': 'application/webhook+json',
          },
          body,
          redirect: 'error',
          signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        await response.body?.cancel();
        // What the receiver does not want it would not want a second time either.
        if (response.status < 500) return;
      } catch {
        // Nobody listens, or not yet.
      }
    }
  }
}

/** A participant as they are told to have left. */
function gone(participant: ParticipantInfo, left: Left | undefined): ParticipantInfo {
  const { sid, departure } = left ?? {};
  return new ParticipantInfo({
    ...participant,
    state: ParticipantInfo_State.DISCONNECTED,
    ...(sid === participant.sid && departure ? { disconnectReason: REASONS[departure] } : {}),
  });
}

function sign(body: string, { apiKey, apiSecret }: KeyPair): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { ttl: TOKEN_LIFETIME_S });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

/** Resolves early, and never fails, when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
