/**
 * An agent sent for into the room of a caller whose own never came, or has gone silent. Whether one
 * came is judged by who is heard in the room: LiveKit takes a dispatch whether or not anybody serves
 * that name, and its list of jobs lags (seen with server 1.13).
 */
import { randomBytes } from 'node:crypto';
import { type Call, isTransferable, readAgain, readCall, roomOf } from '../calls/call.ts';
import { agentsAmong, type IsAgentIdentity } from '../calls/condition.ts';
import { type ExitCode, InterruptedError, isKnownError, KnownError } from '../core/errors.ts';
import type { HostClock, Interruption } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { readDispatchAnswer } from '../livekit/twirp.ts';
import { NOTHING_SENT } from '../transfer/explain/errors.ts';
import { callerLocation } from '../transfer/outcome.ts';
import { type LegObservation, observeRoom, observeRoomTwice } from '../transfer/verify.ts';
import type { ControlResult } from './hang-up.ts';
import { isLegOf } from './hang-up-words.ts';
import {
  type DispatchState,
  explainRescue,
  interruptedRescue,
  isRescued,
  type Newcomer,
  newcomersAmong,
  type RescueFacts,
  type RescueOutcome,
  type RescuePlan,
  rescueLost,
} from './rescue-words.ts';

/** In the field names of the JSON output. These names stay. */
export interface RescueResult extends ControlResult {
  /** How it ended. */
  outcome: RescueOutcome;
  /** The name of the agent that was requested. */
  agentName: string;
  /** Whether the request still stands. */
  dispatch: DispatchState;
  /** The agents that came. */
  newcomers: readonly Newcomer[];
  /** Whether the call is up, as LiveKit shows it; null where it could not be read. */
  answered: boolean | null;
  /** Identities of the agents that were removed. */
  removed: readonly string[];
}

export interface RescueOptions {
  clock: HostClock;
  isAgent: IsAgentIdentity;
  /** When a signal comes, the client gives up what is under way. */
  interruption: Pick<Interruption, 'signal'>;
  /** A client that no signal cuts off: to take the dispatch back with. */
  steady(): Promise<LiveKitClient>;
  /** The dispatch is on its way. */
  onSent?: () => void;
}

/** How often the room is looked at. */
const LOOK_EVERY_MS = 700;
/** How long a call may take to be answered by the agent's audio; 0.3 s were seen. In ms. */
const ANSWERS_WITHIN_MS = 3000;

/**
 * Sends for an agent, once, and waits until one is heard.
 * @throws InterruptedError, which says what will happen now; KnownError `outcome-lost` for a bug of
 *   ours after the dispatch went out
 */
export async function rescueCall(
  client: LiveKitClient,
  plan: RescuePlan,
  options: RescueOptions,
): Promise<RescueResult> {
  const { clock } = options;
  const start = clock.elapsed();
  const startedAt = new Date(clock.now()).toISOString();
  const facts = await carryOut(client, plan, options);
  const durationMs = Math.round(clock.elapsed() - start);
  const result = concludeRescue(facts, startedAt, durationMs);
  const { signal } = options.interruption;
  if (signal === null) return result;
  const { message, hint } = interruptedRescue(facts, result);
  throw new InterruptedError(signal, message, { hint });
}

async function carryOut(
  client: LiveKitClient,
  plan: RescuePlan,
  options: RescueOptions,
): Promise<RescueFacts> {
  const { clock, isAgent, interruption } = options;
  // A room that is not there would be made: its caller is seen in it just before.
  const first = await observeRoomTwice(client, plan.call, () => clock.sleep(LOOK_EVERY_MS));
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, NOTHING_SENT);
  }
  const call = callIn(first, plan.call, clock.now());
  const before: RescueFacts = {
    plan,
    call,
    wasAnswered: isTransferable(call.status),
    trouble: null,
    dispatch: 'none',
    leftStanding: null,
    heardAfterMs: null,
    newcomers: newcomersAmong(first.room, plan.seen, isAgent),
    removed: [],
    notRemoved: [],
    observation: first,
    isAgent,
    nowMs: clock.now(),
  };
  const isLeaving = before.call.status === 'hangup';
  if (isRescued(before)) return replaceAgents(client, before);
  if (first.leg !== 'listed' || isLeaving) return before;

  const note = JSON.stringify({
    purpose: 'rescue',
    call: plan.call.callId,
    id: randomBytes(8).toString('hex'),
  });
  // First of all what it takes to take it back.
  const steady = await options.steady();
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, NOTHING_SENT);
  }
  options.onSent?.();
  const answer = await client.createDispatch({
    room: plan.call.room,
    agentName: plan.agentName,
    metadata: note,
  });
  const made = readDispatchAnswer(answer);
  if (answer.kind === 'failure' && answer.code === 'ABORTED' && made.kind === 'refused') {
    throw new InterruptedError(interruption.signal ?? 'SIGINT', NOTHING_SENT);
  }
  const trouble = made.kind === 'made' ? null : made;
  if (made.kind === 'refused') return { ...before, trouble };
  const dispatch = trouble === null ? 'stands' : 'unknown';
  const sent: RescueFacts = { ...before, trouble, dispatch, newcomers: [] };
  const id = made.kind === 'made' ? made.id : null;
  const takeBack = async () => takeDispatchBack(steady, plan.call.room, id, note);
  try {
    return await awaitAgent(client, steady, sent, takeBack, options);
  } catch (error) {
    if (isKnownError(error)) throw error;
    const { dispatch } = await takeBack();
    const { message, hint } = rescueLost({ ...sent, dispatch }, error);
    throw new KnownError('outcome-lost', message, { hint, cause: error });
  }
}

type TakenBack = Pick<RescueFacts, 'dispatch' | 'leftStanding'>;

async function awaitAgent(
  client: LiveKitClient,
  steady: LiveKitClient,
  sent: RescueFacts,
  takeBack: () => Promise<TakenBack>,
  options: RescueOptions,
): Promise<RescueFacts> {
  const { clock, isAgent, interruption } = options;
  const { waitMs } = sent.plan;
  const seen = (facts: RescueFacts, observation: LegObservation): RescueFacts => {
    const call = callIn(observation, facts.call, clock.now());
    const newcomers = newcomersAmong(observation.room, facts.plan.seen, isAgent);
    return { ...facts, call, newcomers, observation, nowMs: clock.now() };
  };

  const start = clock.elapsed();
  let now = sent;
  for (let gone = 0; gone < 2; ) {
    const isShort = !isRescued(now) && gone === 0;
    const leftMs = isShort ? waitMs - (clock.elapsed() - start) : LOOK_EVERY_MS;
    await clock.sleep(Math.min(LOOK_EVERY_MS, Math.max(0, leftMs)));
    const next =
      interruption.signal === null ? seen(now, await observeRoom(client, sent.call)) : now;
    if (interruption.signal !== null) break;
    // A room that cannot be read takes back nothing of what was seen in it.
    if (next.observation.leg !== 'unread' || !isRescued(now)) now = next;
    const heardAfterMs = isRescued(now) ? (now.heardAfterMs ?? clock.elapsed() - start) : null;
    now = { ...now, heardAfterMs };
    const sinceMs = clock.elapsed() - start - (heardAfterMs ?? 0);
    if (heardAfterMs !== null && (!isRinging(now.call) || sinceMs >= ANSWERS_WITHIN_MS)) break;
    gone = now.observation.leg === 'gone' ? gone + 1 : 0;
    if (heardAfterMs === null && gone === 0 && sinceMs >= waitMs) break;
  }
  if (!isRescued(now)) {
    const back = await takeBack();
    // One that was on its way when the dispatch was taken back stays.
    const pause = () => clock.sleep(LOOK_EVERY_MS);
    now = { ...seen(now, await observeRoomTwice(steady, sent.call, pause)), ...back };
  }
  return isRescued(now) && interruption.signal === null ? replaceAgents(client, now) : now;
}

function isRinging({ status, direction }: Call): boolean {
  return status === 'ringing' && direction === 'inbound';
}

/** The call as the room shows it; as it was where it is not there, or cannot be read. */
function callIn({ room }: LegObservation, call: Call, nowMs: number): Call {
  const participant = room?.find((each) => isLegOf(call, each));
  const now = participant === undefined ? null : readCall(participant, roomOf(call), nowMs);
  return now === null ? call : readAgain(now, call);
}

/** Where it is wanted, removes whom the confirmation named, now that another is heard. */
async function replaceAgents(client: LiveKitClient, facts: RescueFacts): Promise<RescueFacts> {
  const { plan, isAgent } = facts;
  const oldAmong = ({ room }: LegObservation) =>
    agentsAmong(room ?? [], isAgent).filter(({ sid }) =>
      plan.seen.some((each) => each.sid === sid),
    );
  if (!plan.replace || oldAmong(facts.observation).length === 0) return facts;
  // Just before: the new one may have gone, and another may be under an old identity.
  const observation = await observeRoom(client, plan.call);
  const newcomers = newcomersAmong(observation.room, plan.seen, isAgent);
  if (!isRescued({ newcomers, observation })) {
    const why = 'the new agent was not seen there on the second look';
    const last = observation.room === null ? facts.observation : observation;
    const stay = oldAmong(last).map(({ identity }) => `${identity} (${why})`);
    return { ...facts, notRemoved: stay };
  }
  const old = oldAmong(observation);
  const removed: string[] = [];
  const notRemoved: string[] = [];
  for (const { identity } of old) {
    try {
      await client.removeParticipant(plan.call.room, identity);
      removed.push(identity);
    } catch (error) {
      if (!isKnownError(error)) throw error;
      notRemoved.push(`${identity} (${error.message.replace(/\.$/, '')})`);
    }
  }
  return { ...facts, removed, notRemoved };
}

/** @param id null where LiveKit did not tell it: then by what was written into it */
async function takeDispatchBack(
  client: LiveKitClient,
  room: string,
  id: string | null,
  note: string,
): Promise<TakenBack> {
  try {
    const ids =
      id === null
        ? (await client.listDispatches(room))
            .filter(({ metadata }) => metadata === note)
            .map((each) => each.id)
        : [id];
    for (const each of ids) await client.deleteDispatch(room, each);
    return { dispatch: ids.length === 0 ? 'none' : 'taken-back', leftStanding: null };
  } catch (error) {
    if (!isKnownError(error)) throw error;
    return { dispatch: 'unknown', leftStanding: error.message.replace(/\.$/, '') };
  }
}

/** Concludes: what became of it, where the caller is, and what is said about it. */
function concludeRescue(facts: RescueFacts, startedAt: string, durationMs: number): RescueResult {
  const { plan, call, dispatch, newcomers, removed, observation } = facts;
  const { leg } = observation;
  const { outcome, exitCode } = judge(facts);
  const isOpen = call.condition === 'transfer-open';
  return {
    outcome,
    caller: callerLocation('not-sent', leg, isOpen),
    ...{ leg, agentName: plan.agentName, dispatch, newcomers },
    answered: leg === 'listed' && call.status !== null ? isTransferable(call.status) : null,
    ...{ removed, call },
    ...explainRescue({ ...facts, outcome }),
    ...{ startedAt, durationMs, exitCode },
  };
}

function judge(facts: RescueFacts): { outcome: RescueOutcome; exitCode: ExitCode } {
  const { trouble, dispatch, observation, call } = facts;
  if (isRescued(facts)) return { outcome: 'rescued', exitCode: 0 };
  // The dispatch of a room that is closing ends with it.
  if (observation.leg === 'gone') return { outcome: 'caller-gone', exitCode: 5 };
  if (trouble?.kind === 'refused') {
    return { outcome: 'not-sent', exitCode: trouble.isDenial ? 4 : 1 };
  }
  const wasSent = trouble !== null || dispatch !== 'none';
  if (!wasSent) {
    return { outcome: 'not-sent', exitCode: call.status === 'hangup' ? 5 : 1 };
  }
  if (observation.leg === 'unread' || trouble !== null || dispatch === 'unknown') {
    return { outcome: 'unknown', exitCode: 7 };
  }
  return { outcome: 'no-agent-came', exitCode: 1 };
}
