import { AccessToken } from 'livekit-server-sdk';
import type { Credentials } from './credentials.ts';

/** What a request may do; each method of the API asks for its own (livekit.md §5). */
export interface Grants {
  video?: { roomList?: boolean; roomAdmin?: boolean; room?: string };
  sip?: { call?: boolean; admin?: boolean };
}

/** Longer than any request of ours, and long enough for a machine whose clock runs a little late. */
const LIFETIME = '10m';

/** Signs a token for one kind of request. */
export async function mintToken(credentials: Credentials, grants: Grants): Promise<string> {
  const token = new AccessToken(credentials.apiKey, credentials.apiSecret, { ttl: LIFETIME });
  if (grants.video !== undefined) token.addGrant(grants.video);
  if (grants.sip !== undefined) token.addSIPGrant(grants.sip);
  return token.toJwt();
}
