/** The transfer of a test's leg: by the engine that every transfer goes by, once, without fallback. */
import type { Call } from '../calls/call.ts';
import { agentsAmong } from '../calls/condition.ts';
import { formatDuration, SHORTEST_CONCLUSIVE_WAIT_MS } from '../core/text.ts';
import type { Participant } from '../livekit/messages.ts';
import { attemptTransfer } from '../transfer/attempt.ts';
import { answerInBrief } from '../transfer/explain/explain.ts';
import type { TransferPlan } from '../transfer/plan.ts';
import type { TransferRecord, TransferResult } from '../transfer/result.ts';
import { type ArrivalWatch, POLL_INTERVAL_MS } from './arrivals.ts';
import { pause, type SmokeContext, unlessUnreadable } from './context.ts';
import { nameRooms } from './failure-words.ts';
import { legAmong, type SmokeLeg, type WhichLeg } from './leg.ts';
import type { SmokeTest } from './plan.ts';
import type { BridgeSight, CallFailure, TargetArrival } from './result.ts';

/** After this long somebody wonders; a REFER that is never answered takes longer. In ms. */
const WONDERS_AFTER_MS = 8_000;

interface Referred {
  result: TransferResult;
  /** An agent that was in the room at the end. */
  agent: string | null;
}

/** Says, while nothing comes from LiveKit, what that means by then. */
function sayWhileWaiting({ clock, tell }: SmokeContext): () => void {
  const over = new AbortController();
  const say = async () => {
    await clock.sleep(WONDERS_AFTER_MS, over.signal);
    if (over.signal.aborted) return;
    tell({
      step: 'still-waiting',
      message:
        'No answer yet. Please wait: only after 32 s is it known whether the trunk ignores the REFER.',
    });
    await clock.sleep(SHORTEST_CONCLUSIVE_WAIT_MS - WONDERS_AFTER_MS, over.signal);
    if (over.signal.aborted) return;
    tell({
      step: 'still-waiting',
      message: 'The trunk has accepted the REFER, and has not yet reported how the transfer ended.',
    });
  };
  void say();
  return () => over.abort();
}

/**
 * Sends the REFER.
 * @param joined told when it is on its way, and what it came to as soon as LiveKit has answered
 * @throws CallerAwayError when the leg is not where it was, before anything was sent; InterruptedError
 */
export async function referLeg(
  context: SmokeContext,
  plan: TransferPlan,
  record: TransferRecord,
  joined: { onSent(): void; onOutcome(outcome: string): void },
): Promise<Referred> {
  const { client, clock, interruption, isAgent, speed, tell } = context;
  let stop = () => {};
  const { referTo } = plan.destination;
  try {
    const { result, observation } = await attemptTransfer(client, plan, {
      clock: { ...clock, sleep: (ms) => clock.sleep(ms, interruption.abort) },
      isAgent,
      interruption,
      record,
      speed,
      onSent: () => {
        joined.onSent();
        const { callId } = plan.call;
        const longest = formatDuration(plan.request.waitMs);
        const message = `REFER sent: to ${referTo}; LiveKit waits up to ${longest}.`;
        tell({ step: 'refer', message, callId, referTo });
        stop = sayWhileWaiting(context);
      },
      onAnswer: (classification) => {
        stop();
        joined.onOutcome(classification.outcome);
        const message = `${answerInBrief(classification)}; looking where the call is.`;
        tell({ step: 'transfer-answered', message });
      },
    });
    return { result, agent: agentsAmong(observation.room ?? [], isAgent)[0]?.identity ?? null };
  } finally {
    stop();
  }
}

// The call at the target, where the target is a number of our own: proof, and ours to end.

/** How long the call may take to arrive where nothing else tells, in ms. */
const PROVES_WITHIN_MS = 10_000;
/** Where the target is known to have answered, its call is there already. */
const LISTED_WITHIN_MS = 2_000;

interface TargetObservation {
  /** null: none was found, and one may be where nobody could look. */
  arrival: TargetArrival | null;
  call: Call | null;
}

/**
 * Looks for the call at the target. Of several that it may be, none is taken for it: another test of
 * the same target, or somebody who rings it from the same number, brings in one that looks like ours.
 * @param callers numbers that it may show: the transferred party's, or ours
 * @param isInDoubt nothing else tells whether the target answered
 */
export async function observeTarget(
  context: SmokeContext,
  watch: ArrivalWatch,
  callers: readonly string[],
  isInDoubt: boolean,
): Promise<TargetObservation> {
  const looks = (isInDoubt ? PROVES_WITHIN_MS : LISTED_WITHIN_MS) / POLL_INTERVAL_MS;
  let seen: Call | null = null;
  for (let look = 1; ; look += 1) {
    const { ours, unread } = await watch.look(callers);
    if (ours.length > 1) return { arrival: 'several', call: null };
    // Beside rooms that were not read, the one that was seen may be somebody else's.
    seen = unread.length === 0 ? (ours[0] ?? seen) : null;
    if (seen?.transferable) return { arrival: 'answered', call: seen };
    if (look >= looks && seen !== null) return { arrival: 'ringing', call: seen };
    if (look >= looks) return { arrival: noneUnlessHidden(context, unread, isInDoubt), call: null };
    await pause(context, POLL_INTERVAL_MS);
  }
}

/** That none was found proves something only where everything could be read. */
function noneUnlessHidden(
  { tell }: SmokeContext,
  unread: readonly string[],
  isInDoubt: boolean,
): TargetArrival | null {
  if (unread.length === 0) return 'none';
  if (isInDoubt) {
    tell({
      step: 'looking-at-target',
      message: `No call was found there, which proves nothing: LiveKit does not show who is in ${nameRooms(unread)}.`,
    });
  }
  return null;
}

// What no clean-up reaches: after a success the two far ends talk at the provider.

/** Outcomes after which somebody may be talking to the target. */
const MAY_BE_JOINED: readonly string[] = [
  ...['accepted', 'completed', 'ended', 'unconfirmed', 'unknown'],
];

export class BridgedLegs {
  readonly #test: SmokeTest;
  /** null: no REFER was sent, and nothing can be joined. */
  #leg: SmokeLeg | null = null;
  #outcome: string | null = null;
  #isTargetEnded = false;

  constructor(test: SmokeTest) {
    this.#test = test;
  }

  /** The REFER of this leg is on its way. */
  sent(leg: SmokeLeg): void {
    this.#leg = leg;
  }

  /** It has come to an end; where nobody waited for it, it may come to any. */
  ended(outcome: string): void {
    this.#outcome = outcome;
  }

  /** The call at the target was found in LiveKit: it is ended, and the other end with it. */
  targetFound(): void {
    this.#isTargetEnded = true;
  }

  /** Says what may go on, at whose cost, and what the provider knows it by. */
  tell({ tell }: SmokeContext): void {
    const { method, endsItself, number } = this.#test;
    if (this.#leg === null || method !== 'outbound' || endsItself || this.#isTargetEnded) return;
    if (this.#outcome !== null && !MAY_BE_JOINED.includes(this.#outcome)) return;
    const ids = this.#leg.ids.map(([name, value]) => `${name} ${value}`).join(', ');
    tell({
      step: 'far-ends',
      message: `${number} and the target may still be connected at the provider. lk-transfer cannot end such a call, and you pay for it: hang up there.${ids === '' ? '' : ` The provider knows the call by ${ids}.`}`,
    });
  }
}

// The call of a bridge test: a number dialled as a target would be, looked at for a moment, hung up
// on, and seen to be gone. LiveKit lists the leg and its track; what sound comes over it, it does not.

/** How long the call is kept, and how often it is looked at meanwhile, in ms. */
const STAYS_MS = 4_000;
const LOOK_EVERY_MS = 1_000;
/** What is missing once is looked for again: a list may lag. */
const MISSED_TO_BE_GONE = 2;
/** How often, and how long apart, it is looked whether the leg is gone, in ms. */
const LOOKS_AFTER_HANGUP = 6;
const LOOK_AGAIN_MS = 500;

const UNSEEN: BridgeSight = {
  ...{ invite: null, audio: null, packets: null, seenMs: null, gone: null },
};

/** What is seen where no call stands. */
export function sightOf(failure: CallFailure | null): BridgeSight {
  return { ...UNSEEN, invite: failure?.kind === 'dial' ? failure.dial.sip : null };
}

interface BridgeObservation {
  /** null: the call stood until we hung up, as far as anybody could look. */
  failure: Extract<CallFailure, { kind: 'leg-dropped' }> | null;
  bridge: BridgeSight;
  /** As it was first seen; null: never. */
  leg: SmokeLeg | null;
  /** An agent that was in the room. */
  agent: string | null;
}

/**
 * Looks at a leg that was answered, and hangs up on it.
 * @param onAgent told of an agent in the room, once
 * @throws InterruptedError when a signal comes while it is looked at
 */
export async function observeBridge(
  context: SmokeContext,
  wanted: WhichLeg,
  onAgent: (identity: string) => void,
): Promise<BridgeObservation> {
  const { client, clock, isAgent, tell } = context;
  const start = clock.elapsed();
  const seconds = STAYS_MS / 1000;
  tell({ step: 'on-the-line', message: `Staying on the line for ${seconds} s.` });
  let leg: SmokeLeg | null = null;
  let agent: string | null = null;
  let audio: BridgeSight['audio'] = null;
  let seenMs: number | null = null;
  let missed = 0;
  const most = STAYS_MS / LOOK_EVERY_MS;
  for (let looks = 0; looks < most || missed > 0; looks += 1) {
    await pause(context, LOOK_EVERY_MS);
    const room = await unlessUnreadable(() => client.listParticipants(wanted.room));
    // A room that cannot be read shows neither that it is there nor that it is gone.
    if (room === null && looks < most) continue;
    if (room === null) break;
    const seen = legAmong(room, wanted, { isAgent, now: clock.now });
    if (seen === null) {
      missed += 1;
      if (missed < MISSED_TO_BE_GONE) continue;
      const bridge = { ...UNSEEN, audio, seenMs };
      return { failure: { kind: 'leg-dropped' }, bridge, leg, agent };
    }
    missed = 0;
    leg ??= seen;
    const present = seen.call.agent?.identity ?? null;
    if (agent === null && present !== null) onAgent(present);
    agent ??= present;
    audio = audioOf(room, wanted);
    seenMs = Math.round(clock.elapsed() - start);
  }
  const gone = await hangUp(context, wanted);
  return { failure: null, bridge: { ...UNSEEN, audio, seenMs, gone }, leg, agent };
}

function audioOf(room: readonly Participant[], { identity }: WhichLeg): BridgeSight['audio'] {
  const leg = room.find((each) => each.identity === identity);
  const tracks = leg?.tracks.filter(({ type }) => type === 'AUDIO') ?? [];
  if (tracks.length === 0) return 'none';
  return tracks.every(({ muted }) => muted) ? 'muted' : 'published';
}

/** @returns whether it was seen to be gone; null when nobody could look. Clean-up comes after it */
async function hangUp(
  { steady, clock, tell }: SmokeContext,
  { room, identity }: WhichLeg,
): Promise<boolean | null> {
  let gone: boolean | null = null;
  await unlessUnreadable(() => steady.removeParticipant(room, identity));
  for (let looks = 0; looks < LOOKS_AFTER_HANGUP && gone !== true; looks += 1) {
    if (looks > 0) await clock.sleep(LOOK_AGAIN_MS);
    const present = await unlessUnreadable(() => steady.listParticipants(room));
    if (present !== null) gone = present.every((each) => each.identity !== identity);
  }
  const seen = { true: 'the call is gone', false: 'LiveKit still lists the call' };
  const what = gone === null ? 'LiveKit does not show whether the call is gone' : seen[`${gone}`];
  tell({ step: 'hung-up', message: `Hung up: ${what}.` });
  return gone;
}
