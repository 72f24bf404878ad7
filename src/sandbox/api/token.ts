/**
 * The access token as LiveKit's API-key middleware reads it (HS256, the key in `iss`, `exp`, `nbf`),
 * and the grants that requests need. The texts are the real server's (golang-jwt v5 behind LiveKit's
 * own words).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

interface Grants {
  video: { roomCreate: boolean; roomList: boolean; roomAdmin: boolean; room: string };
  sip: { admin: boolean; call: boolean };
}

/** A single grant, as it is called in a token. */
export type GrantName = 'roomCreate' | 'roomList' | 'roomAdmin' | 'sip.call' | 'sip.admin';

/** What the token grants to the client; undefined when there was no token. */
export type ClientGrants = Grants | undefined;

type TokenReading =
  /** No token at all: the request goes on, and every check of a grant fails. */
  { kind: 'none' } | { kind: 'valid'; grants: Grants } | { kind: 'rejected'; message: string };

export interface KeyPair {
  apiKey: string;
  apiSecret: string;
}

const BEARER = 'Bearer ';

/**
 * Reads an Authorization header.
 * @param now seconds since 1970
 */
export function readToken(header: string | undefined, keys: KeyPair, now: number): TokenReading {
  if (header === undefined || header === '') return { kind: 'none' };
  if (!header.startsWith(BEARER)) {
    return rejected('invalid authorization header. Must start with Bearer ');
  }
  const token = header.slice(BEARER.length);
  if (token === '') return { kind: 'none' };

  const [head, body, signature, ...rest] = token.split('.');
  const algorithm = asObject(decodePart(head))?.alg;
  const claims = asObject(decodePart(body));
  if (!claims || typeof algorithm !== 'string' || signature === undefined || rest.length > 0) {
    return rejected('invalid authorization token');
  }
  if (claims.iss !== keys.apiKey) return rejected('invalid API key');
  if (algorithm !== 'HS256') {
    return rejectedToken(`token signature is invalid: signing method ${algorithm} is invalid`);
  }
  if (!isSignedWith(keys.apiSecret, `${head}.${body}`, signature)) {
    return rejectedToken('token signature is invalid: signature is invalid');
  }
  const faults = timeFaults(claims, now);
  if (faults.length > 0) return rejectedToken(`token has invalid claims: ${faults.join(', ')}`);
  return { kind: 'valid', grants: readGrants(claims) };
}

function rejected(message: string): TokenReading {
  return { kind: 'rejected', message };
}

function rejectedToken(reason: string): TokenReading {
  return rejected(`invalid authorization token: ${reason}`);
}

function timeFaults(claims: Record<string, unknown>, now: number): string[] {
  const { exp, nbf } = claims;
  const faults: string[] = [];
  if (typeof exp === 'number' && now >= exp) faults.push('token is expired');
  if (typeof nbf === 'number' && now < nbf) faults.push('token is not valid yet');
  return faults;
}

function readGrants(claims: Record<string, unknown>): Grants {
  const video = asObject(claims.video) ?? {};
  const sip = asObject(claims.sip) ?? {};
  return {
    video: {
      roomCreate: video.roomCreate === true,
      roomList: video.roomList === true,
      roomAdmin: video.roomAdmin === true,
      room: typeof video.room === 'string' ? video.room : '',
    },
    sip: { admin: sip.admin === true, call: sip.call === true },
  };
}

function isSignedWith(secret: string, signed: string, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(signed).digest();
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function decodePart(part: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined;
}

/** What is left of a token's grants on a server that withholds some of them from everybody. */
export function withhold({ video, sip }: Grants, withheld: readonly GrantName[]): Grants {
  const keeps = (name: GrantName) => !withheld.includes(name);
  return {
    video: {
      ...video,
      roomCreate: video.roomCreate && keeps('roomCreate'),
      roomList: video.roomList && keeps('roomList'),
      roomAdmin: video.roomAdmin && keeps('roomAdmin'),
    },
    sip: { admin: sip.admin && keeps('sip.admin'), call: sip.call && keeps('sip.call') },
  };
}

// Which grant a request needs; without it LiveKit says the same words whatever is missing.

export function requireRoomList(grants: ClientGrants): void {
  requireGrant(grants?.video.roomList);
}

export function requireRoomCreate(grants: ClientGrants): void {
  requireGrant(grants?.video.roomCreate);
}

/** Room admin is granted for one room, by name. */
export function requireRoomAdmin(grants: ClientGrants, room: string): void {
  requireGrant(grants?.video.roomAdmin && grants.video.room === room);
}

export function requireSipCall(grants: ClientGrants): void {
  requireGrant(grants?.sip.call);
}

export function requireSipAdmin(grants: ClientGrants): void {
  requireGrant(grants?.sip.admin);
}

function requireGrant(granted: boolean | undefined): void {
  if (!granted) throw new ApiError('unauthenticated', 'permissions denied');
}

// Twirp's errors: a code, a message, a few strings beside them, and the HTTP status they travel
// in.

/** Twirp specification v7, "Error Codes". */
const HTTP_STATUS = {
  canceled: 408,
  unknown: 500,
  invalid_argument: 400,
  malformed: 400,
  deadline_exceeded: 408,
  not_found: 404,
  bad_route: 404,
  already_exists: 409,
  permission_denied: 403,
  unauthenticated: 401,
  resource_exhausted: 429,
  failed_precondition: 412,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  dataloss: 500,
} as const;

export type TwirpCode = keyof typeof HTTP_STATUS;

export class ApiError extends Error {
  readonly code: TwirpCode;
  readonly meta: Readonly<Record<string, string>> | undefined;
  /** Whether it comes from a service behind the API server, which may put words in front of it. */
  readonly isFromBehind: boolean;

  constructor(
    code: TwirpCode,
    message: string,
    meta?: Readonly<Record<string, string>>,
    isFromBehind = false,
  ) {
    super(message);
    this.name = 'TwirpError';
    this.code = code;
    this.meta = meta;
    this.isFromBehind = isFromBehind;
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.code];
  }

  /**
   * The body as Go's encoding/json writes it: no blanks, sorted meta, `<`, `>` and `&` escaped.
   * @param wrapper the words that the API server puts in front of what comes from behind it
   */
  toBody(wrapper: string): string {
    const msg = this.isFromBehind ? wrapper + this.message : this.message;
    const meta = this.meta && Object.fromEntries(Object.entries(this.meta).sort(byKey));
    return JSON.stringify({ code: this.code, msg, meta }).replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
}

/** A failure of a service behind LiveKit's API server. */
export function errorFromBehind(
  code: TwirpCode,
  message: string,
  meta?: Readonly<Record<string, string>>,
): ApiError {
  return new ApiError(code, message, meta, true);
}

function byKey([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}

/** LiveKit answers the same for a room that is not there. */
export function noSuchParticipant(): ApiError {
  return errorFromBehind('not_found', 'participant does not exist');
}
