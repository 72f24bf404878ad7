/**
 * The LiveKit that the contract is checked against: the one that LK_TRANSFER_CONTRACT_URL, _KEY and
 * _SECRET name, or a sandbox. README.md describes every variable.
 */
import { createHmac } from 'node:crypto';
import { expect, vi } from 'vitest';
import { ERAS } from '../../src/sandbox/api/era.ts';
import {
  DEFAULT_ERA,
  type Era,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/server.ts';
import { type CapturedAnswer, captured } from './captured-answers.ts';

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
  LK_TRANSFER_CONTRACT_ERA: eraName,
  LK_TRANSFER_CONTRACT_SPEED: speed = '1',
} = process.env;

/** Whether it is a sandbox of this process. */
export const isSandbox = url === undefined;

/** Whether it is reached over TLS. */
export const isOverTls = url?.startsWith('https:') === true;

/** How much faster than real time it runs, the lingering second apart. */
export const SPEED = isSandbox ? 10 : Number(speed);

// Calls of a real LiveKit take their time: a target that rings for a minute and then is waited for.
if (!isSandbox) vi.setConfig({ testTimeout: 60_000 + 180_000 / SPEED });

/** @throws Error when there is no such era */
function readEra(name: string | undefined): Era | undefined {
  if (name === undefined) return undefined;
  if (!Object.hasOwn(ERAS, name)) {
    throw new Error(`LK_TRANSFER_CONTRACT_ERA is one of ${Object.keys(ERAS).join(', ')}`);
  }
  return name as Era;
}

const namedEra = readEra(eraName);

/**
 * The eras in which tests run that come out differently in one and in another. Null is a LiveKit of
 * which nobody said what era it is: it may answer as any of them.
 */
export const ALL_ERAS: readonly (Era | null)[] =
  namedEra !== undefined ? [namedEra] : isSandbox ? (Object.keys(ERAS) as Era[]) : [null];

/** The era in which all the other tests run. */
export const ONE_ERA: Era | null = namedEra ?? (isSandbox ? DEFAULT_ERA : null);

/** What stands behind the name of a test in its era. */
export function inBrackets(era: Era | null): string {
  return era === null || era === DEFAULT_ERA ? '' : ` (${era})`;
}

/** @throws Error when the environment names a server and no credentials for it */
export async function connect(options: SandboxOptions = {}): Promise<LiveKit> {
  if (url === undefined) {
    return startSandbox({ speed: SPEED, era: ONE_ERA ?? undefined, ...options });
  }
  if (apiKey === undefined || apiSecret === undefined) {
    throw new Error(
      'LK_TRANSFER_CONTRACT_URL needs LK_TRANSFER_CONTRACT_KEY and _SECRET beside it',
    );
  }
  return { url, apiKey, apiSecret, close: async () => {} };
}

// Requests.

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

// Comparing with what was captured. In its own era an answer is compared to the letter, the random
// ids of transfers apart. On a LiveKit of which nobody knows the era it is compared by meaning: what
// an era puts in front of a message, and what it attaches beside the SIP status, may be there or not.

const WRAPPED = '"msg":"twirp error unknown: ';
const ATTACHED = ['error_details', 'sip_transfer_id', 'sip_transfer_reason'];

function comparable({ status, contentType, body }: Answer, era: Era | null): Answer {
  const unwrapped = inOneSpacing(body).replace(WRAPPED, '"msg":"');
  const same = era === null ? withoutAttached(unwrapped) : withoutIds(unwrapped);
  return { status, contentType, body: same };
}

/**
 * The text as it is, of a sandbox. Every build of a real LiveKit has blanks of its own behind the
 * commas of a JSON answer, on purpose.
 */
export function inOneSpacing(body: string): string {
  return isSandbox
    ? body
    : body.replace(/("(?:[^"\\]|\\.)*")|([,:]) +/g, (_, text, mark) => text ?? mark);
}

/** Without the ids of transfers, in clear and in the details. */
function withoutIds(body: string): string {
  const readable = body.replace(/"error_details":"([^"]*)"/, (_, details: string) =>
    JSON.stringify({ error_details: Buffer.from(details, 'base64').toString('latin1') }),
  );
  return readable.replace(/STR_[0-9A-Za-z]{12}/g, 'STR_');
}

function withoutAttached(body: string): string {
  if (!body.startsWith('{"code":')) return withoutIds(body);
  const { meta = {}, ...error } = JSON.parse(body);
  const kept = Object.entries(meta).filter(([name]) => !ATTACHED.includes(name));
  return JSON.stringify({ ...error, meta: Object.fromEntries(kept) });
}

/** Holds an answer against captured ones, one of which it is to be like. */
export function expectLike(
  answer: Answer,
  expected: readonly Pick<CapturedAnswer, 'status' | 'contentType' | 'body'>[],
  era: Era | null,
): void {
  const found = comparable(answer, era);
  const [first, ...others] = expected.map((each) => comparable(each, era));
  if (others.length === 0) expect(found).toEqual(first);
  else expect([first, ...others]).toContainEqual(found);
  if (era === null) return;
  // What came from behind the API server shows in the capture that has the wrapper.
  const isWrapped = ERAS[era].wrapper !== '' && expected.some(({ body }) => body.includes(WRAPPED));
  expect(answer.body.includes(WRAPPED)).toBe(isWrapped);
}

/** Holds an answer against the one that was captured under this name. */
export function expectCaptured(answer: Answer, name: string, era: Era | null = ONE_ERA): void {
  expectLike(answer, [captured(name)], era);
}
