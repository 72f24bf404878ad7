/**
 * The LiveKit that the contract is checked against: the one that LK_TRANSFER_CONTRACT_URL, _KEY and
 * _SECRET name, or a sandbox. On a real server only the cases that need no seeded calls run.
 */
import { createHmac } from 'node:crypto';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

export interface LiveKit {
  url: string;
  apiKey: string;
  apiSecret: string;
  close(): Promise<void>;
}

const {
  LK_TRANSFER_CONTRACT_URL: url,
  LK_TRANSFER_CONTRACT_KEY: apiKey,
  LK_TRANSFER_CONTRACT_SECRET: apiSecret,
} = process.env;

/** Whether calls can be seeded. */
export const isSandbox = url === undefined;

/** Ten times as fast as real time, the lingering second apart. */
export const SPEED = 10;

/** @throws Error when the environment names a server and no credentials for it */
export async function connect(options: SandboxOptions = {}): Promise<LiveKit> {
  if (url === undefined) return startSandbox({ speed: SPEED, ...options });
  if (apiKey === undefined || apiSecret === undefined) {
    throw new Error(
      'LK_TRANSFER_CONTRACT_URL needs LK_TRANSFER_CONTRACT_KEY and _SECRET beside it',
    );
  }
  return { url, apiKey, apiSecret, close: async () => {} };
}

export interface Answer {
  status: number;
  contentType: string | null;
  body: string;
}

export interface RequestOptions {
  /** The Authorization header; none when it is null. */
  authorization?: string | null;
  contentType?: string;
  httpMethod?: string;
}

/** Sends one request by hand, with nothing of any SDK in between. */
export async function send(
  server: LiveKit,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  options: RequestOptions = {},
): Promise<Answer> {
  const { authorization = null, contentType = 'application/json', httpMethod = 'POST' } = options;
  const headers = new Headers({ 'Content-Type': contentType });
  if (authorization !== null) headers.set('Authorization', authorization);
  const response = await fetch(`${server.url}${path}`, {
    method: httpMethod,
    headers,
    body: httpMethod === 'GET' ? null : body,
  });
  const type = response.headers.get('content-type');
  return { status: response.status, contentType: type, body: await response.text() };
}

/** Calls one method with JSON, and with all the grants that it may want for that room. */
export function call(server: LiveKit, method: string, request: object, room = ''): Promise<Answer> {
  return send(server, `/twirp/livekit.${method}`, JSON.stringify(request), {
    authorization: bearer(server, allGrants(room)),
  });
}

export function allGrants(room: string): object {
  return {
    video: { roomCreate: true, roomList: true, roomAdmin: true, room },
    sip: { admin: true, call: true },
  };
}

/** An Authorization header with a fresh token; claims win over the usual ones. */
export function bearer({ apiKey, apiSecret }: LiveKit, claims: object): string {
  const now = Math.floor(Date.now() / 1000);
  return `Bearer ${sign({ iss: apiKey, nbf: now - 5, exp: now + 300, ...claims }, apiSecret)}`;
}

export function sign(claims: object, secret: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
