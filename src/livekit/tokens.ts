/** What a request may do: its token. */
import { createHmac, createSecretKey } from 'node:crypto';
import { AccessToken, TokenVerifier } from 'livekit-server-sdk';
import type { Credentials } from './credentials.ts';

// As the SDK makes them. A scan needs one for every room: making 2,000 of them by the SDK takes
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
