/** Tests carried out: a few at a time, so many times, and their results told. */
import { randomBytes } from 'node:crypto';
import { type ExitCode, InterruptedError, isKnownError } from '../../core/errors.ts';
import { historyFolder } from '../../history/files.ts';
import { keepTrunkVerdict, type TrunkVerdict } from '../../history/trunk-verdicts.ts';
import { smokeRoomName } from '../../smoke/clean-up.ts';
import {
  concludeSmoke,
  resultOfFailed,
  resultOfNotStarted,
  verdictToRemember,
} from '../../smoke/conclude.ts';
import type { SmokeContext, SmokeStep } from '../../smoke/context.ts';
import { isInDoubt, judgeSmoke } from '../../smoke/judge.ts';
import { rulesForTests, type SmokeTest } from '../../smoke/plan.ts';
import type { SmokeResult } from '../../smoke/result.ts';
import { runSmokeTest, type SmokeRun, type Unfinished } from '../../smoke/run.ts';
import { choose } from '../../terminal/prompts.ts';
import { escapeText } from '../../terminal/style.ts';
import { awaitAnswer, type Context, canPrompt } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openSessionHistory } from '../shared/session-history.ts';
import type { SmokeOptions } from './command.ts';
import { roomMaker } from './leftovers.ts';
import { nameTest, type SmokeWay } from './options.ts';
import type { SmokeTests } from './plan.ts';
import { BETWEEN_REPEATS_MS } from './preview.ts';
import { type ReportOptions, reportEarlyEnd, SmokeReport } from './report.ts';

// A few tests at a time, and never two that would see each other's calls.

interface Sharing {
  /** What a test has for itself while it runs: its trunk, the numbers that it watches. */
  keys: readonly string[];
}

/**
 * Runs pieces of work side by side, begun in their order as far as what they share allows.
 * @param most how many at a time
 * @param stopped asked before each one: then no more are begun
 * @throws what the first piece that failed has thrown: no more are begun after it, and whatever was
 *   under way has come to its end by then, so that nobody takes away what it cleans up with
 */
export async function runConcurrently<Work extends Sharing>(
  works: readonly Work[],
  most: number,
  stopped: () => boolean,
  run: (work: Work) => Promise<void>,
): Promise<void> {
  const waiting = [...works];
  const taken = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const begin = (work: Work) => {
    for (const key of work.keys) taken.add(key);
    const running = run(work)
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => {
        for (const key of work.keys) taken.delete(key);
        underWay.delete(running);
      });
    underWay.add(running);
  };
  const mayBegin = () => underWay.size < most && failures.length === 0 && !stopped();
  while (waiting.length > 0 || underWay.size > 0) {
    while (mayBegin()) {
      const next = waiting.findIndex(({ keys }) => !keys.some((key) => taken.has(key)));
      const [work] = next === -1 ? [] : waiting.splice(next, 1);
      if (work === undefined) break;
      begin(work);
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay);
  }
  if (failures.length > 0) throw failures[0];
}

// What the tests of one run work with.

/** How long a test number may ring, in ms. */
const RINGS_MS = 45_000;
const CALL_WITHIN_MS = 120_000;

/**
 * Makes the function that equips one test.
 * @param within how long somebody may take to call in, in ms
 */
async function createSmokeContext(
  session: Session,
  context: Context,
  within: number | undefined,
  tell: (test: SmokeTest, step: SmokeStep) => void,
): Promise<(test: SmokeTest) => SmokeContext> {
  const { host, output, interruption } = context;
  const { client, isAgent } = session;
  const steady = await session.steadyClient();
  const { record, earlierOf } = openSessionHistory(session, context, {
    offersAgain: false,
  });
  const rules = rulesForTests(session);
  const made = new Map<SmokeTest, readonly string[]>();
  interruption.onLeaving(() => {
    const rooms = [...made.values()].flat();
    output.warn(
      rooms.length === 0
        ? 'Stopped.'
        : `Stopped before the clean-up was done: ${rooms.join(', ')}. Remove these rooms with \`lk-transfer smoke --clean\`. The calls end by themselves in some minutes.`,
    );
  });
  return (test) => ({
    client,
    steady,
    isAgent,
    rules,
    clock: host,
    speed: session.speed,
    interruption,
    record,
    earlierOf,
    newRoomName: () => smokeRoomName(roomMaker(host), host.now(), randomBytes(4).toString('hex')),
    ringingMs: RINGS_MS,
    callWithinMs: within ?? CALL_WITHIN_MS,
    tell: (step) => tell(test, step),
    onMade: (rooms) => {
      made.set(test, rooms);
    },
  });
}

/** How many tests run side by side; nobody minds a few more in the sandbox. */
const AT_A_TIME = 4;
const AT_A_TIME_IN_SANDBOX = 8;

const TEST_IS_OVER = 'The test is over.';

/** What whoever watched the target says. @throws InterruptedError on Ctrl-C */
async function askWhetherAnswered({ test }: SmokeRun, context: Context): Promise<boolean | null> {
  const { host, interruption } = context;
  const target = test.foreseen?.destination;
  const choices = [
    { name: 'I don’t know', value: null },
    { name: 'Yes, it answered', value: true },
    { name: 'No, it did not', value: false },
  ];
  const message = `Did the target answer (${escapeText(target?.number ?? target?.input ?? '')})?`;
  const asked = choose<boolean | null>(host, { message, choices }, interruption.abort);
  return awaitAnswer(asked, context, TEST_IS_OVER);
}

/** Tests that would see each other's calls run one after the other. */
function keysOf({ trunk, number, method, ourTarget }: SmokeTest): string[] {
  const watched = [method === 'outbound' ? null : number, ourTarget];
  return [trunk?.id ?? null, ...watched].filter((key) => key !== null);
}

/** @param onUnfinished told what is left of a test that fails, before it does */
type RunTest = (
  test: SmokeTest,
  place: number,
  onUnfinished: (unfinished: Unfinished) => void,
) => Promise<void>;

/**
 * Runs every test once.
 * @param reportsFailures whether a test that could not be finished is a result like another; asked
 *   when one could not
 * @param first the place of the first result among all
 * @param atATime how many run side by side
 * @throws InterruptedError once all that were under way have cleaned up
 */
async function runAll(
  { all }: SmokeTests,
  reportsFailures: () => boolean,
  context: Context,
  report: SmokeReport,
  { first, atATime }: { first: number; atATime: number },
  run: RunTest,
): Promise<void> {
  const { host, interruption } = context;
  const now = () => new Date(host.now()).toISOString();
  let interrupted: InterruptedError | null = null;
  const works = all.map((planned, index) => ({
    planned,
    place: first + index,
    keys: 'test' in planned ? keysOf(planned.test) : [],
  }));
  await runConcurrently(
    works,
    atATime,
    () => interruption.signal !== null,
    async ({ planned, place }) => {
      const startedAt = now();
      if ('unrunnable' in planned) {
        const { entry, error } = planned.unrunnable;
        report.result(resultOfNotStarted(entry, nameTest(entry), error, startedAt), place);
        return;
      }
      let unfinished: Unfinished | undefined;
      try {
        await run(planned.test, place, (known) => {
          unfinished = known;
        });
      } catch (error) {
        if (error instanceof InterruptedError) interrupted = error;
        else if (reportsFailures() && isKnownError(error)) {
          report.result(resultOfFailed(planned.test, error, startedAt, unfinished), place);
        } else throw error;
      }
    },
  );
  if (interrupted !== null) throw interrupted;
}

/**
 * Runs all tests, as often as asked for.
 * @returns the worst exit code, or what the report's reader takes for the state
 * @throws InterruptedError after clean-up; KnownError when a single test could not be finished, and
 *   nothing was found before
 */
export async function runTests(
  tests: SmokeTests,
  way: SmokeWay,
  options: SmokeOptions,
  session: Session,
  context: Context,
  forProgram: ReportOptions | null,
): Promise<ExitCode> {
  const { host, interruption, output } = context;
  const { repeat = 1, interval = BETWEEN_REPEATS_MS, within } = options;
  const count = tests.all.length;
  const report = new SmokeReport(context, count * repeat, forProgram);
  const labFor = await createSmokeContext(session, context, within, (test, step) =>
    report.step(test, step),
  );
  const asksOperator = count * repeat === 1 && canPrompt(context, options);

  // One after the other: each writes what stands there anew.
  let remembering = Promise.resolve(true);
  const remember = (found: TrunkVerdict) => {
    remembering = remembering.then(async (all) => {
      const kept = await keepTrunkVerdict(session.client.host, found, host);
      if (!kept && all) output.warn(`Not remembered: ${historyFolder(host)} cannot be written to.`);
      return kept && all;
    });
    return remembering;
  };
  const run: RunTest = async (test, place, onUnfinished) => {
    const ran = await runSmokeTest(test, labFor(test), onUnfinished);
    const conclude = (operator: boolean | null): SmokeResult =>
      concludeSmoke(ran, session.config, operator);
    const doubt = ran.finding.arrival === null && isInDoubt(judgeSmoke(ran.finding));
    let answered: boolean | null = null;
    try {
      output.close();
      if (doubt && asksOperator) answered = await askWhetherAnswered(ran, context);
    } finally {
      // Whoever leaves at the question has learnt the rest.
      const result = conclude(answered);
      report.result(result, place);
      const found = session.sandbox ? null : verdictToRemember(result);
      if (found !== null) await remember(found);
    }
    const { signal } = interruption;
    if (signal !== null) throw new InterruptedError(signal, `Interrupted. ${TEST_IS_OVER}`);
  };
  const atATime = session.sandbox ? AT_A_TIME_IN_SANDBOX : AT_A_TIME;
  // A report that is missing, or the one of yesterday, says less than a test that failed; Nagios has
  // a line of its own for that.
  const writesReport = forProgram !== null && forProgram.format !== 'nagios';
  // And once there are results, a run has one report: what failed afterwards stands in it.
  const reportsFailures = () => way === 'all' || writesReport || report.ended > 0;
  try {
    for (let round = 0; round < repeat; round += 1) {
      if (round > 0) await host.sleep(interval, interruption.abort);
      if (interruption.signal !== null) {
        throw new InterruptedError(interruption.signal, 'Interrupted between two repetitions.');
      }
      const from = { first: count * round, atATime };
      await runAll(tests, reportsFailures, context, report, from, run);
    }
  } catch (error) {
    await reportEarlyEnd(report, error, context, forProgram);
    throw error;
  }
  return report.summary();
}
