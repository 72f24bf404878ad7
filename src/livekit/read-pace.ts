/**
 * How fast reads go. How many go at a time follows from what the server bears: more while its answers
 * take no longer for it, as TCP Vegas finds its window (Brakmo and Peterson 1995). LiveKit Cloud limits
 * the requests of a project, which its agents make as well: where it asks for a pause (429, RFC 6585
 * §4), every read waits, those under way too, and after that fewer go at a time.
 */
import type { HttpOutcome } from './transport.ts';

/** At first: enough to fill two cores, few enough for a small server. */
const FIRST_AT_A_TIME = 24;
/** 60 ms away, 2,000 rooms take a second with so many. */
const MOST_AT_A_TIME = 128;
/** Answers take longer when they take so many times as long as the quickest one, and this on top, in ms. */
const LONGER = { somewhat: 1.5, much: 2, onTopMs: 1 };
/** The quickest answer says nothing of a network that was left long ago, in ms. */
const QUICKEST_HOLDS_MS = 60_000;
/** The first pause where LiveKit does not say how long; each further one is twice as long. */
const FIRST_PAUSE_MS = 500;
/** Longer than LiveKit ever asks for: after that it is asked again, whatever an answer said, in ms. */
const LONGEST_REFUSAL_MS = 5 * 60_000;
/** After a pause: after so many good answers in a row, one more read goes at a time. */
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

/** Whether a server may not have answered for all that it was asked at a time. */
function isTooMuch(outcome: HttpOutcome): boolean {
  return outcome.kind === 'failure' && /^(CONNECT_)?TIMEOUT$/.test(outcome.code);
}

export class ReadPace {
  readonly #options: ReadPaceOptions;
  #atATime = FIRST_AT_A_TIME;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];
  /** How long the answers took since the number at a time was looked at last, in ms. */
  #round: number[] = [];
  #roundMs = 0;
  #quickest = { ms: Infinity, seenMs: 0 };
  /** When fewer began to go at a time; from then on they are no more than at first. */
  #reducedMs: number | null = null;
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

  /** How many reads go at a time, just now. */
  get atATime(): number {
    return this.#atATime;
  }

  /**
   * Makes a read in its turn, and again after a pause that LiveKit asks for.
   * @returns its answer; where LiveKit wants a longer pause than there is patience for, the answer
   *   that says so, also to reads that were not sent for that
   */
  async read(send: () => Promise<HttpOutcome>): Promise<HttpOutcome> {
    const startMs = this.#options.elapsed();
    for (;;) {
      if (this.#underWay < this.#atATime) this.#underWay += 1;
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      try {
        const outcome = await this.#inTurn(send, startMs);
        if (outcome !== null) return outcome;
      } finally {
        this.#underWay -= 1;
        this.#letNextGo();
      }
    }
  }

  #letNextGo(): void {
    while (this.#underWay < this.#atATime) {
      const go = this.#waiting.shift();
      if (go === undefined) return;
      this.#underWay += 1;
      go();
    }
  }

  /** @returns null when it is to be made again, after the pause */
  async #inTurn(send: () => Promise<HttpOutcome>, startMs: number): Promise<HttpOutcome | null> {
    while (this.#pause !== null) await this.#pause;
    const { elapsed, patienceMs, stopped } = this.#options;
    if (this.#refusal !== null) {
      if (elapsed() < this.#refusal.untilMs) return this.#refusal.outcome;
      this.#refusal = null;
    }
    const sentMs = elapsed();
    const outcome = await send();
    if (!asksForPause(outcome)) {
      if (isTooMuch(outcome)) this.#reduce(sentMs);
      else if (outcome.kind === 'answer') this.#learn(sentMs);
      return outcome;
    }
    // Before the next read has its turn. Others may be answered well all the while: no read waits
    // longer than it may for that.
    const isTooLate = elapsed() - startMs > patienceMs;
    const isOver = this.#refusal !== null || stopped() || isTooLate || !this.#slowDown(outcome);
    return isOver ? outcome : null;
  }

  /** What a good answer tells. @param sentMs when its request went out */
  #learn(sentMs: number): void {
    this.#pausedMs = 0;
    this.#pauses = 0;
    if (this.#reducedMs !== null) {
      this.#goodAnswers += 1;
      const isSteady = this.#goodAnswers % STEADY_ANSWERS === 0;
      if (isSteady && this.#atATime < FIRST_AT_A_TIME) this.#atATime += 1;
      return;
    }
    const nowMs = this.#options.elapsed();
    const tookMs = nowMs - sentMs;
    if (tookMs < this.#quickest.ms || nowMs - this.#quickest.seenMs > QUICKEST_HOLDS_MS) {
      this.#quickest = { ms: tookMs, seenMs: nowMs };
    }
    // Where fewer are wanted than may go, nobody learns whether more could.
    if (this.#underWay < this.#atATime || sentMs < this.#roundMs) return;
    this.#round.push(tookMs);
    if (this.#round.length < this.#atATime) return;
    // The middle one: some had to wait for a new connection.
    const middleMs = this.#round.sort((a, b) => a - b)[this.#round.length >> 1] ?? 0;
    this.#round = [];
    this.#roundMs = nowMs;
    const took = (middleMs - LONGER.onTopMs) / this.#quickest.ms;
    if (took > LONGER.much) {
      this.#atATime = Math.max(FIRST_AT_A_TIME, Math.floor(this.#atATime * 0.75));
    } else if (!(took > LONGER.somewhat)) {
      this.#atATime = Math.min(MOST_AT_A_TIME, Math.ceil(this.#atATime * 1.5));
    }
  }

  /** Half as many at a time, once for all that was sent before. */
  #reduce(sentMs: number): void {
    if (this.#reducedMs !== null && sentMs < this.#reducedMs) return;
    this.#reducedMs = this.#options.elapsed();
    this.#goodAnswers = 0;
    this.#atATime = Math.max(1, Math.floor(this.#atATime / 2));
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
      this.#refusal = { outcome, untilMs: elapsed() + Math.min(pauseMs, LONGEST_REFUSAL_MS) };
      this.#pausedMs = 0;
      this.#pauses = 0;
      return false;
    }
    this.#pausedMs += pauseMs;
    this.#pauses += 1;
    this.#reduce(elapsed());
    this.#pause = sleep(pauseMs).finally(() => {
      this.#pause = null;
    });
    return true;
  }
}

/**
 * Reads one after another in their order, as many at a time as the pace of a client has it.
 * @param isDone asked before each: then no further one is begun
 * @throws what a visit throws, at once; then no further one is begun either
 */
export async function readEach<Each>(
  client: { readsAtATime(): number },
  all: Iterable<Each>,
  isDone: () => boolean,
  visit: (each: Each) => Promise<void>,
): Promise<void> {
  const coming = all[Symbol.iterator]();
  let underWay = 0;
  let hasFailed = false;
  await new Promise<void>((resolve, reject) => {
    const go = () => {
      while (!hasFailed && underWay < client.readsAtATime()) {
        const next = isDone() ? undefined : coming.next();
        if (next === undefined || next.done === true) {
          if (underWay === 0) resolve();
          return;
        }
        underWay += 1;
        visit(next.value).then(
          () => {
            underWay -= 1;
            go();
          },
          (error: unknown) => {
            hasFailed = true;
            reject(error);
          },
        );
      }
    };
    go();
  });
}
