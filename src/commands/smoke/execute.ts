/** Tests carried out: a few at a time, so many times, and their results told. */
import { type ExitCode, InterruptedError, isKnownError } from '../../core/errors.ts';
import { concludeSmoke } from '../../smoke/conclude.ts';
import { isInDoubt, judgeSmoke } from '../../smoke/judge.ts';
import type { SmokeTest } from '../../smoke/plan.ts';
import type { SmokeResult } from '../../smoke/result.ts';
import { runSmokeTest, type SmokeRun, type Unfinished } from '../../smoke/run.ts';
import { escapeText } from '../../terminal/escape.ts';
import { choose } from '../../terminal/prompts.ts';
import { answerTo } from '../shared/asked.ts';
import { type Context, canPrompt } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import type { SmokeOptions, SmokeWay } from './options.ts';
import type { SmokeTests } from './plan.ts';
import { BETWEEN_REPEATS_MS } from './preview.ts';
import { type ReportWish, SmokeReport } from './report.ts';
import { runSideBySide } from './side-by-side.ts';
import { equip } from './smoke-lab.ts';
import { resultOfFailed, resultOfUnrun } from './smoke-unrun.ts';

/** How many tests run side by side; nobody minds a few more in the sandbox. */
const AT_A_TIME = 4;
const AT_A_TIME_IN_SANDBOX = 8;

const TEST_IS_OVER = 'The test is over.';

/** What whoever watched the target says. @throws InterruptedError on Ctrl-C */
async function askWhetherAnswered({ test }: SmokeRun, context: Context): Promise<boolean | null> {
  const { host, interruption } = context;
  const { number, input } = test.foreseen.destination;
  const choices = [
    { name: 'I don’t know', value: null },
    { name: 'Yes, it answered', value: true },
    { name: 'No, it did not', value: false },
  ];
  const message = `Did the target answer (${escapeText(number ?? input)})?`;
  const asked = choose<boolean | null>(host, { message, choices }, interruption.abort);
  return answerTo(asked, context, TEST_IS_OVER);
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
  await runSideBySide(
    works,
    atATime,
    () => interruption.signal !== null,
    async ({ planned, place }) => {
      const startedAt = now();
      if ('unrunnable' in planned) {
        report.result(resultOfUnrun(planned.unrunnable, startedAt), place);
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
  forProgram: ReportWish | null,
): Promise<ExitCode> {
  const { host, interruption, output } = context;
  const { repeat = 1, interval = BETWEEN_REPEATS_MS, within } = options;
  const count = tests.all.length;
  const report = new SmokeReport(context, count * repeat, forProgram);
  const labFor = await equip(session, context, within, (test, step) => report.step(test, step));
  const asksOperator = count * repeat === 1 && canPrompt(context, options);

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
      report.result(conclude(answered), place);
    }
    const { signal } = interruption;
    if (signal !== null) throw new InterruptedError(signal, `Interrupted. ${TEST_IS_OVER}`);
  };
  const atATime = session.sandbox ? AT_A_TIME_IN_SANDBOX : AT_A_TIME;
  // A report that is missing, or the one of yesterday, says less than a test that failed; Nagios has
  // a line of its own for that.
  const writesReport = forProgram !== null && forProgram.format !== 'nagios';
  // And once there are results, a run has one report: what failed afterwards stands in it.
  const reportsFailures = () => way === 'all' || writesReport || report.results.length > 0;
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
    await tellFound(report, error, context, forProgram);
    throw error;
  }
  return report.summary();
}

/** What was found before a run came to an early end is not lost; nor is the reason for its end. */
async function tellFound(
  report: SmokeReport,
  error: unknown,
  { output, interruption }: Context,
  forProgram: ReportWish | null,
): Promise<void> {
  // Nagios reads the first line of a plugin, and a failure has one of its own.
  const hasOwnLine = forProgram?.format === 'nagios' && interruption.signal === null;
  if (report.results.length === 0 || hasOwnLine) return;
  try {
    await report.summary(error);
  } catch (unwritten) {
    if (!isKnownError(unwritten)) throw error;
    output.warn(unwritten.message);
  }
}
