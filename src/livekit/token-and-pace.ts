/** What a request needs before it goes out: a token, and, if it is a read, its turn. */
import { createHmac } from 'node:crypto';
import { AccessToken } from 'livekit-server-sdk';
import pLimit from 'p-limit';
import type { Credentials } from './credentials.ts';
import type { HttpOutcome } from './transport.ts';

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
    const signature = createHmac('sha256', credentials.apiSecret).update(signed);
    return `${signed}.${signature.digest('base64url')}`;
  };
}

// How fast reads go. LiveKit Cloud limits the requests of a project, which its agents make as well:
// where it asks for a pause (429, RFC 6585 §4), every read waits, those under way too, and after that
// fewer go at a time.

/** As many as a scan has under way at most. */
const MOST_AT_A_TIME = 32;
/** The first pause where LiveKit does not say how long; each further one is twice as long. */
const FIRST_PAUSE_MS = 500;
/** After so many good answers in a row, one more read goes at a time. */
const STEADY_ANSWERS = 20;

interface ReadPaceOptions {
  /** How long reads may wait, in all, from one good answer to the next, in ms. */
  patienceMs: number;
  sleep(ms: number): Promise<void>;
  /** A clock that only goes forward, ms. */
  elapsed(): number;
  /** Whether somebody wants to leave: then nothing is waited for. */
  stopped(): boolean;
}

/** Whether an answer asks for fewer requests; how long to wait may stand in it. */
function asksForPause(outcome: HttpOutcome): boolean {
  if (outcome.kind !== 'answer') return false;
  return outcome.httpStatus === 429 || (outcome.httpStatus === 503 && outcome.retryAfterMs != null);
}

export class ReadPace {
  readonly #options: ReadPaceOptions;
  readonly #limit = pLimit(MOST_AT_A_TIME);
  #pause: Promise<void> | null = null;
  /** Since the last good answer. */
  #pausedMs = 0;
  #pauses = 0;
  #allPauses = 0;
  #goodAnswers = 0;
  /** The answer that asked for more patience than there is, and when asking makes sense again. */
  #refusal: { outcome: HttpOutcome; untilMs: number } | null = null;

  constructor(options: ReadPaceOptions) {
    this.#options = options;
  }

  /** How many times LiveKit asked for a pause. */
  get pauses(): number {
    return this.#allPauses;
  }

  /**
   * Makes a read in its turn, and again after a pause that LiveKit asks for.
   * @returns its answer; where LiveKit wants a longer pause than there is patience for, the answer
   *   that says so, also to reads that were not sent for that
   */
  async read(send: () => Promise<HttpOutcome>): Promise<HttpOutcome> {
    const startMs = this.#options.elapsed();
    for (;;) {
      // Whoever scans bounds how many go at a time, as long as LiveKit asks for nothing else.
      const isFree = this.#pause === null && this.#limit.concurrency === MOST_AT_A_TIME;
      const outcome = isFree
        ? await this.#inTurn(send, startMs)
        : await this.#limit(() => this.#inTurn(send, startMs));
      if (outcome !== null) return outcome;
    }
  }

  /** @returns null when it is to be made again, after the pause */
  async #inTurn(send: () => Promise<HttpOutcome>, startMs: number): Promise<HttpOutcome | null> {
    while (this.#pause !== null) await this.#pause;
    if (this.#refusal !== null) {
      if (this.#options.elapsed() < this.#refusal.untilMs) return this.#refusal.outcome;
      this.#refusal = null;
    }
    const outcome = await send();
    if (!asksForPause(outcome)) {
      this.#speedUp(outcome);
      return outcome;
    }
    // Before the next read has its turn.
    const { elapsed, patienceMs, stopped } = this.#options;
    // Others may be answered well all the while: no read waits longer than it may for that.
    const isTooLate = elapsed() - startMs > patienceMs;
    const isOver = this.#refusal !== null || stopped() || isTooLate || !this.#slowDown(outcome);
    return isOver ? outcome : null;
  }

  #speedUp(outcome: HttpOutcome): void {
    if (outcome.kind !== 'answer') return;
    this.#pausedMs = 0;
    this.#pauses = 0;
    this.#goodAnswers += 1;
    if (this.#goodAnswers % STEADY_ANSWERS === 0 && this.#limit.concurrency < MOST_AT_A_TIME) {
      this.#limit.concurrency += 1;
    }
  }

  /** @returns false when the pause would be longer than there is patience for */
  #slowDown(outcome: HttpOutcome): boolean {
    // Others that were under way have begun the pause.
    if (this.#pause !== null) return true;
    this.#allPauses += 1;
    const { patienceMs, sleep, elapsed } = this.#options;
    const asked = outcome.kind === 'answer' ? outcome.retryAfterMs : null;
    // A server that asks for no pause and turns the next request away would be asked for ever.
    const pauseMs =
      asked == null ? FIRST_PAUSE_MS * 2 ** this.#pauses : Math.max(asked, FIRST_PAUSE_MS);
    if (this.#pausedMs + pauseMs > patienceMs) {
      this.#refusal = { outcome, untilMs: elapsed() + pauseMs };
      this.#pausedMs = 0;
      this.#pauses = 0;
      return false;
    }
    this.#pausedMs += pauseMs;
    this.#pauses += 1;
    this.#goodAnswers = 0;
    this.#limit.concurrency = Math.max(1, Math.floor(this.#limit.concurrency / 2));
    this.#pause = sleep(pauseMs).finally(() => {
      this.#pause = null;
    });
    return true;
  }
}
