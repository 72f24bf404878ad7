/**
 * One test from the dial to the clean-up. Whatever happens in between, what it made in LiveKit is
 * removed before anybody hears of it.
 */
import { readCallerNumbers } from '../calls/call.ts';
import { InterruptedError, isKnownError } from '../core/errors.ts';
import { CallerAwayError } from '../transfer/before-sending.ts';
import type { TransferPlan } from '../transfer/plan.ts';
import { NO_RECORD } from '../transfer/result.ts';
import { type ArrivalWatch, watchArrivals } from './arrivals.ts';
import { CleanUp } from './clean-up.ts';
import { pause, type SmokeContext, stopTestIfInterrupted, unlessUnreadable } from './context.ts';
import { isInDoubt, judgeSmoke } from './judge.ts';
import { establishLeg, readLeg, type SmokeLeg, type WhichLeg } from './leg.ts';
import { planLeg, type SmokeTest } from './plan.ts';
import { BridgedLegs, observeBridge, observeTarget, referLeg, sightOf } from './refer.ts';
import type { CallFailure, SmokeFinding } from './result.ts';

/** Everything that is known of a test at its end. */
export interface SmokeRun {
  test: SmokeTest;
  finding: SmokeFinding;
  leg: SmokeLeg | null;
  /** The transfer as it was asked for; null when it did not come to one. */
  plan: TransferPlan | null;
  dial: { ok: boolean; durationMs: number } | null;
  agent: string | null;
  leftBehind: readonly string[];
  /** Moments, ISO 8601, UTC. */
  startedAt: string;
  dialledAt: string | null;
  answeredAt: string | null;
  durationMs: number;
}

/** What is known of a test that could not be finished. */
export type Unfinished = Pick<SmokeRun, 'dial' | 'leftBehind' | 'durationMs'>;

/** A call needs a moment after its answer before it can be referred, in ms. */
const SETTLES_MS = 1_500;

type Performed = Omit<SmokeRun, 'leftBehind' | 'durationMs'>;

/**
 * Runs a test.
 * @param onUnfinished told what was made and is left, before anything is thrown
 * @throws InterruptedError after a signal; KnownError when LiveKit cannot be read or does not let us.
 *   Both, and any other error, only after the clean-up
 */
export async function runSmokeTest(
  test: SmokeTest,
  context: SmokeContext,
  onUnfinished: (unfinished: Unfinished) => void = () => {},
): Promise<SmokeRun> {
  const { clock, interruption } = context;
  const start = clock.elapsed();
  const cleanUp = new CleanUp(context);
  const farEnds = new BridgedLegs(test);
  const traces: Traces = { cleanUp, farEnds, dial: null };
  let done: Performed | undefined;
  let failure: unknown;
  try {
    done = await perform(test, context, traces);
  } catch (error) {
    failure = error;
  }
  const leftBehind = await clearAway(context, cleanUp);
  farEnds.tell(context);
  const durationMs = Math.round(clock.elapsed() - start);
  if (done === undefined) {
    onUnfinished({ dial: traces.dial, leftBehind, durationMs });
    const { signal } = interruption;
    if (signal === null) throw failure;
    // Whatever a Ctrl-C cut off: what matters is what it was, and that nothing of it is left.
    const isClean = leftBehind.length === 0;
    // Both ends of a loop are ours: with the dialled leg a transfer has ended, and nobody need ask about it.
    const isOver = isClean && test.method === 'loop';
    const told = isKnownError(failure) && failure.code === 'interrupted' ? failure : null;
    // Only where a request is out is there anything to advise.
    const wasSent = told?.hint !== undefined;
    const message = isOver && wasSent ? LOOP_OVER : (told?.message ?? 'Interrupted.');
    throw new InterruptedError(
      signal,
      `${message}${isClean ? ' Nothing of the test is left in LiveKit.' : ''}`,
      { hint: isOver ? undefined : told?.hint, cause: failure },
    );
  }
  return { ...done, leftBehind, durationMs };
}

const LOOP_OVER =
  'Interrupted. A transfer of the test call was already sent, and the call was ended.';

async function clearAway(
  { tell, onMade }: SmokeContext,
  cleanUp: CleanUp,
): Promise<readonly string[]> {
  if (cleanUp.rooms().length === 0) return [];
  const leftBehind = await cleanUp.run();
  onMade([]);
  tell({
    step: 'cleaned-up',
    leftBehind,
    message:
      leftBehind.length === 0
        ? 'Cleaned up: nothing of the test is left in LiveKit.'
        : `Could not be removed: ${leftBehind.join('; ')}.`,
  });
  return leftBehind;
}

/** What a test leaves behind, noted as it comes about. */
interface Traces {
  cleanUp: CleanUp;
  farEnds: BridgedLegs;
  /** Once it has ended. */
  dial: SmokeRun['dial'];
}

async function perform(test: SmokeTest, context: SmokeContext, traces: Traces): Promise<Performed> {
  const startedAt = new Date(context.clock.now()).toISOString();
  const waitMs = test.foreseen?.request.waitMs ?? 0;
  const { dial, dialledAt, answeredAt, wanted, failure } = await establishLeg(
    test,
    context,
    traces.cleanUp,
  );
  traces.dial = dial;
  const known = { test, dial, startedAt, dialledAt, answeredAt };
  const bridge = test.transferMethod === 'bridge' ? sightOf(failure) : null;
  const nothing = { transfer: null, bridge, waitMs, arrival: null, operator: null };
  const without = (why: CallFailure, leg: SmokeLeg | null): Performed => {
    const agent = leg?.call.agent?.identity ?? null;
    return { ...known, finding: { ...nothing, failure: why }, leg, plan: null, agent };
  };
  if (wanted === null) return without(failure, null);

  if (test.transferMethod === 'bridge') {
    const onAgent = (identity: string) => warnOfAgent(context, test, identity);
    const { leg, agent, ...seen } = await observeBridge(context, wanted, onAgent);
    return { ...known, finding: { ...nothing, ...seen }, leg, plan: null, agent };
  }
  if (test.method !== 'live') await pause(context, SETTLES_MS);
  const leg = await readLegOnceActive(context, wanted);
  if (leg === null) return without({ kind: 'leg-dropped' }, null);
  return { ...known, ...(await referAndObserve(test, context, traces, leg)) };
}

/** LiveKit may show the status of a leg a moment late. */
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 500;

/** The ids of a leg are read while it is there: afterwards nobody has them. */
async function readLegOnceActive(
  context: SmokeContext,
  wanted: WhichLeg,
): Promise<SmokeLeg | null> {
  for (let look = 1; ; look += 1) {
    const leg = await readLeg(context.client, wanted, {
      isAgent: context.isAgent,
      now: context.clock.now,
    });
    if (leg === null || leg.call.transferable || look >= LOOKS) return leg;
    await pause(context, BETWEEN_LOOKS_MS);
  }
}

async function referAndObserve(
  test: SmokeTest,
  context: SmokeContext,
  traces: Traces,
  leg: SmokeLeg,
): Promise<Pick<SmokeRun, 'finding' | 'leg' | 'plan' | 'agent'>> {
  const { call } = leg;
  await readCallerNumbers([call], context.rules.config.defaultCountry ?? null);
  const isLive = test.method === 'live';
  const earlier = isLive ? await context.earlierOf(call.callId) : [];
  // Test calls are nobody's history; a caller's transfer is recorded whoever asks for it.
  const record = isLive ? context.record : NO_RECORD;
  const plan = planLeg(call, test.tested, { ...test, to: test.to ?? '' }, context.rules, earlier);
  const { waitMs } = plan.request;
  if (call.agent !== null) warnOfAgent(context, test, call.agent.identity);
  const watch = await watchTarget(test, context);

  const nothing = { bridge: null, waitMs, arrival: null, operator: null };
  const agentBefore = call.agent?.identity ?? null;
  stopTestIfInterrupted(context);
  let referred: Awaited<ReturnType<typeof referLeg>>;
  try {
    referred = await referLeg(context, plan, record, {
      onSent: () => traces.farEnds.sent(leg),
      onOutcome: (outcome) => traces.farEnds.ended(outcome),
    });
  } catch (error) {
    if (!(error instanceof CallerAwayError) || error.observation.leg !== 'gone') throw error;
    const finding = { ...nothing, transfer: null, failure: { kind: 'leg-dropped' } } as const;
    return { finding, leg, plan: null, agent: agentBefore };
  }
  const agent = agentBefore ?? referred.agent;
  if (agentBefore === null && agent !== null) warnOfAgent(context, test, agent);
  traces.farEnds.ended(referred.result.outcome);
  const finding: SmokeFinding = {
    ...nothing,
    failure: null,
    transfer: referred.result,
    // What was asked for proves nothing, if something on the way gave up before.
    waitMs: Math.min(waitMs, referred.result.durationMs * context.speed),
  };
  const arrival = watch === null ? null : await findTarget(test, context, traces, watch, finding);
  return { finding: { ...finding, arrival }, leg, plan, agent };
}

function warnOfAgent({ tell }: SmokeContext, { method }: SmokeTest, identity: string): void {
  const room = method === 'live' ? 'the caller’s room' : 'the test room';
  const message = `An agent is in ${room} and may talk: ${identity}.`;
  tell({ step: 'agent', message, identity });
}

async function watchTarget(
  { ourTarget }: SmokeTest,
  context: SmokeContext,
): Promise<ArrivalWatch | null> {
  if (ourTarget === null) return null;
  const { client, isAgent, clock } = context;
  return unlessUnreadable(() =>
    watchArrivals(client, { number: ourTarget, isAgent, now: clock.now }),
  );
}

/** By now the trunk has answered: a Ctrl-C ends the look, and what was found before is told. */
async function unlessCutOff<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (isKnownError(error)) return null;
    throw error;
  }
}

/** Looks for the call at our own number: to have it proven, and to end it. */
async function findTarget(
  test: SmokeTest,
  context: SmokeContext,
  { cleanUp, farEnds }: Traces,
  watch: ArrivalWatch,
  finding: SmokeFinding,
): Promise<SmokeFinding['arrival']> {
  const judged = judgeSmoke(finding);
  // What a trunk is known to do is no proof of what it did.
  const doubt = isInDoubt(judged) || judged.proof === 'trunk';
  if (!doubt && judged.answered !== true) return null;
  const { call } = finding.transfer ?? {};
  const callers = [call?.phoneNumberRaw, call?.calledNumber].filter((number) => number != null);
  if (doubt) {
    context.tell({
      step: 'looking-at-target',
      message: `Looking for the call at ${test.ourTarget}, a number of ours.`,
    });
  }
  const seen = await unlessCutOff(() => observeTarget(context, watch, callers, doubt));
  if (seen === null) return null;
  if (seen.call !== null) {
    const { callId, room, identity, status } = seen.call;
    const isNewRoom = watch.isNewRoom(room);
    // Of a loop it ends with the leg that was dialled: by its number alone nobody is hung up on.
    if (test.method === 'loop') cleanUp.addSeen({ callId, room, isNewRoom, isThere: true });
    if (test.method === 'outbound') {
      cleanUp.addArrived({ callId, room, identity, isNewRoom });
      farEnds.targetFound();
    }
    const message = `The call has arrived at the target, ${test.ourTarget}.`;
    context.tell({ step: 'target-arrived', message, callId, room, status });
  }
  return doubt ? seen.arrival : null;
}
