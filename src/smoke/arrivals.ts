/** Our own number dialled, and the leg found that comes in there while it rings. */
import type { Call } from '../calls/call.ts';
import type { Arrivals, ArrivalWatch } from './arrivals-part.ts';
import type { Dialled } from './dial.ts';
import { type Lab, pause } from './environment.ts';
import type { Trouble } from './finding.ts';

export const LOOK_EVERY_MS = 500;
/** The leg may take 10 s to show after the answer. */
const LOOKS_AFTER_ANSWER = 10_000 / LOOK_EVERY_MS;

export type LoopEnd = { dialled: Dialled } & (
  | { call: Call; trouble: null }
  | { call: null; trouble: Trouble }
);

interface LoopWishes {
  /** Numbers that the arriving call may show; more may be known once it was dialled. */
  callers(): Promise<readonly string[]>;
  /** Told once, when the leg is first seen, ringing or answered. */
  onArrival(call: Call): void;
}

/** How the dial ended, once it has. */
interface DialState {
  end: Dialled | null;
  failure: unknown;
  settled: Promise<void>;
}

function follow(dialling: Promise<Dialled>): DialState {
  const state: DialState = { end: null, failure: undefined, settled: Promise.resolve() };
  state.settled = dialling.then(
    (end) => {
      state.end = end;
    },
    (error: unknown) => {
      state.failure = error;
    },
  );
  return state;
}

/**
 * Waits for the dial to end and the leg to arrive, which go hand in hand: the dial is answered when
 * somebody in the arriving leg's room answers it.
 * @param dialling the dial under way
 * @throws InterruptedError, and whatever looking throws
 */
export async function awaitLoop(
  lab: Lab,
  dialling: Promise<Dialled>,
  watch: ArrivalWatch,
  { callers, onArrival }: LoopWishes,
): Promise<LoopEnd> {
  const dial = follow(dialling);
  let seen: Call | null = null;
  for (let looksAfterAnswer = 0; ; ) {
    const wasSettled = dial.end !== null;
    const arrivals = await watch.look(await callers());
    const [call, second] = arrivals.ours;
    const only = second === undefined ? call : undefined;
    if (only !== undefined && seen === null) onArrival(only);
    seen = only ?? seen;

    if (dial.failure !== undefined) throw dial.failure;
    const { end } = dial;
    if (end !== null && !end.outcome.ok) {
      return { dialled: end, call: null, trouble: whyUnanswered(end.outcome, seen) };
    }
    if (end !== null && only?.transferable) return { dialled: end, call: only, trouble: null };
    if (wasSettled) looksAfterAnswer += 1;
    if (end !== null && looksAfterAnswer >= LOOKS_AFTER_ANSWER) {
      return { dialled: end, call: null, trouble: whyNone(arrivals, seen) };
    }
    const interval = pause(lab, LOOK_EVERY_MS);
    await (end === null ? Promise.race([interval, dial.settled]) : interval);
    // Left behind by the race, it may still be cut off by a signal.
    interval.catch(() => {});
  }
}

/** Our own number was not answered: by nobody in LiveKit, or on the way there. */
function whyUnanswered(
  dial: Extract<Dialled['outcome'], { ok: false }>,
  seen: Call | null,
): Trouble {
  const rang = seen !== null && (dial.cause === 'no-answer' || dial.cause === 'unavailable');
  return rang ? { kind: 'arrival-unanswered' } : { kind: 'dial', dial };
}

function whyNone({ ours, foreign, unread }: Arrivals, seen: Call | null): Trouble {
  if (ours.length > 1) return { kind: 'several-arrivals', count: ours.length };
  if (ours.length === 1) return { kind: 'arrival-unanswered' };
  if (seen !== null) return { kind: 'leg-dropped' };
  // Ours may be where nobody could look, whoever else came in.
  if (unread.length > 0) return { kind: 'arrival-unread', rooms: unread };
  const [stranger] = foreign;
  if (stranger === undefined) return { kind: 'no-arrival' };
  return { kind: 'foreign-arrival', from: stranger.phoneNumberRaw ?? 'a hidden number' };
}
