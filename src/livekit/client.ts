/** What LiveKit can be asked for, and what a request may do: its token. */
import { createHmac, createSecretKey } from 'node:crypto';
import { AccessToken, TokenVerifier } from 'livekit-server-sdk';
import type { Credentials } from './credentials.ts';
import type { DialRequest, Participant, Room, TransferRequest, Trunk } from './messages.ts';
import type { HttpOutcome } from './transport.ts';
import type { Dispatch, DispatchRequest, RpcRequest } from './twirp.ts';

/**
 * The reads, and what may be done twice, throw KnownError when LiveKit cannot be reached, does not
 * accept the key, or answers with anything but what was asked for; see failures.ts.
 */
export interface LiveKitClient {
  readonly host: string;
  readonly apiKey: string;
  /** @param names only these rooms; all when left out */
  listRooms(names?: string[]): Promise<Room[]>;
  /** Empty for a room that is gone: LiveKit answers so, and other deployments answer 404. */
  listParticipants(room: string): Promise<Participant[]>;
  /** @returns null when no such participant is there */
  getParticipant(room: string, identity: string): Promise<Participant | null>;
  listTrunks(direction: Trunk['direction']): Promise<Trunk[]>;
  /**
   * Asks LiveKit to transfer: one POST on a connection of its own, never repeated. Never throws;
   * the outcome is for the classifier.
   * @param onSent called when the request goes out: from there on it cannot be called back
   */
  transfer(request: TransferRequest, onSent?: () => void): Promise<HttpOutcome>;
  /**
   * Dials somebody into a room and waits for the answer: one POST on a connection of its own, never
   * repeated. Never throws; the outcome is for whoever dialled to read.
   * @param onSent called when the request goes out: from there on somebody may be ringing
   */
  createSipParticipant(request: DialRequest, onSent?: () => void): Promise<HttpOutcome>;
  /**
   * Takes a participant out of a room: a SIP party is hung up on, an agent is sent away. Repeated like
   * a read: twice removed is removed. That it succeeded proves nothing about the phone: with its SIP
   * service dead LiveKit answers so, too (server 1.13).
   * @returns false when no such participant was there, before any request of ours
   */
  removeParticipant(room: string, identity: string): Promise<boolean>;
  /**
   * Calls a method of a participant (RoomService.PerformRpc, servers since 1.9): one POST, never
   * repeated, since what it asks for may have been done. Never throws; see `readRpcAnswer`.
   * @param onSent called when the request goes out
   */
  performRpc(request: RpcRequest, onSent?: () => void): Promise<HttpOutcome>;
  /**
   * Asks LiveKit to send an agent into a room: one POST, never repeated. Never throws. A success does
   * not say that anybody serves that name.
   */
  createDispatch(request: DispatchRequest): Promise<HttpOutcome>;
  /** Those of a room, LiveKit's automatic one, which has no name, among them. */
  listDispatches(room: string): Promise<Dispatch[]>;
  /** Takes a dispatch back; an agent that came by it stays. @returns false when there was none */
  deleteDispatch(room: string, id: string): Promise<boolean>;
  /** Closes a room with everybody in it, or none. Repeated like a read. */
  deleteRoom(room: string): Promise<void>;
  /** How many requests were made, those that were repeated included. */
  requests(): number;
  /** How many reads it makes at a time, just now; whatever is asked for beyond it waits its turn. */
  readsAtATime(): number;
  /** How many times LiveKit asked for fewer requests (429), and reads waited. */
  rateLimits(): number;
  /** Ends the reads that are under way, and those that wait their turn. */
  close(): void;
}

// Tokens, as the SDK makes them. A scan needs one for every room: making 2,000 of them by the SDK takes
// a tenth of a second, so those are the SDK's own token for a room, with another room in it.

/** What a request may do; each method of the API asks for its own (LiveKit server 1.13). */
export interface Grants {
  video?: { roomList?: boolean; roomCreate?: boolean; roomAdmin?: boolean; room?: string };
  sip?: { call?: boolean; admin?: boolean };
}

/** Longer than any request of ours, and long enough for a machine whose clock runs a little late. */
export const TOKEN_LIFETIME_MS = 10 * 60_000;

/** Signs a token for one kind of request. */
export async function mintToken(credentials: Credentials, grants: Grants): Promise<string> {
  const ttl = TOKEN_LIFETIME_MS / 1000;
  const token = new AccessToken(credentials.apiKey, credentials.apiSecret, { ttl });
  if (grants.video !== undefined) token.addGrant(grants.video);
  if (grants.sip !== undefined) token.addSIPGrant(grants.sip);
  return token.toJwt();
}

/**
 * Makes the check whether a token is signed with the secret, and not over.
 * @param tolerance what a clock may be wrong by, as `60s`
 * @returns throws for any other
 */
export function tokenCheck(
  { apiKey, apiSecret }: Pick<Credentials, 'apiKey' | 'apiSecret'>,
  tolerance: string,
): (token: string) => Promise<unknown> {
  const verifier = new TokenVerifier(apiKey, apiSecret);
  return (token) => verifier.verify(token, tolerance);
}

/**
 * Signs a token to join one room and be heard there. Never hidden: what a hidden participant publishes
 * nobody hears.
 */
export function mintSpeakerToken(
  { apiKey, apiSecret }: Credentials,
  room: string,
  identity: string,
): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { identity, ttl: TOKEN_LIFETIME_MS / 1000 });
  token.addGrant({
    ...{ room, roomJoin: true, canPublish: true },
    ...{ canSubscribe: false, canPublishData: false },
  });
  return token.toJwt();
}

/** The claims of a token of the SDK's that is good for the participants of one room. */
interface RoomClaims {
  video: { room: string };
  /** Seconds since 1970, as the SDK writes them. */
  nbf: number;
  exp: number;
}

/** Whether a token is good for a while yet: it is not so where a clock was set back, or slept. */
function isGood({ nbf, exp }: RoomClaims, nowMs: number): boolean {
  return nowMs >= nbf * 1000 && nowMs < exp * 1000 - TOKEN_LIFETIME_MS / 2;
}

/**
 * Makes tokens for reading one room after another.
 * @param now the wall clock, ms since 1970: a token ends by it, also while a laptop sleeps
 * @returns a function from a room's name to a token with `roomAdmin` for that room
 */
export function roomTokens(
  credentials: Credentials,
  now: () => number = Date.now,
): (room: string) => Promise<string> {
  const key = createSecretKey(credentials.apiSecret, 'utf8');
  let header = '';
  let claims: RoomClaims | undefined;
  return async (room) => {
    if (claims === undefined || !isGood(claims, now())) {
      const token = await mintToken(credentials, { video: { roomAdmin: true, room } });
      const [head = '', payload = ''] = token.split('.');
      header = head;
      claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as RoomClaims;
      return token;
    }
    const payload = { ...claims, video: { ...claims.video, room } };
    // RFC 7515 §5.1, with the header the SDK chose (HS256).
    const signed = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
    const signature = createHmac('sha256', key).update(signed);
    return `${signed}.${signature.digest('base64url')}`;
  };
}
