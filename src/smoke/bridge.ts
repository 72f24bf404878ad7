/**
 * The call of a bridge test: a number dialled as a target would be, looked at for a moment, hung up
 * on, and seen to be gone. LiveKit lists the leg and its track; what sound comes over it, it does not.
 */
import type { Participant } from '../livekit/messages.ts';
import { pause, type SmokeContext, unlessUnreadable } from './context.ts';
import { legAmong, type SmokeLeg, type WhichLeg } from './leg.ts';
import type { BridgeSight, CallFailure } from './result.ts';

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
