/** `smoke`: does this trunk honour REFER? Places a call, transfers it, and gives a verdict. */
import { type ExitCode, InterruptedError, isKnownError, KnownError } from '../errors.ts';
import { concludeSmoke } from '../smoke/conclude.ts';
import { isInDoubt, judgeSmoke } from '../smoke/judge.ts';
import type { SmokeTest } from '../smoke/plan.ts';
import { checkReportFile } from '../smoke/reports/output-file.ts';
import type { SmokeResult } from '../smoke/result.ts';
import { runSmokeTest, type SmokeRun } from '../smoke/run.ts';
import { runSideBySide } from '../smoke/side-by-side.ts';
import { escapeText } from '../terminal/escape.ts';
import { choose, confirm, PromptAborted } from '../terminal/prompts.ts';
import { type Context, canPrompt } from './context.ts';
import { openSession, type Session, withSession } from './session.ts';
import { equip } from './smoke-lab.ts';
import { cleanLeftovers, offerCleanUp } from './smoke-leftovers.ts';
import { checkConsent, checkOptions, type SmokeOptions, type SmokeWay } from './smoke-options.ts';
import { describeDryRunOf, dryRunTest, previewTest, previewTests } from './smoke-preview.ts';
import {
  RESULT_FIELDS,
  type ReportWish,
  resultOfFailed,
  resultOfUnrun,
  SmokeReport,
} from './smoke-report.ts';
import { planTests, type SmokeTests } from './smoke-tests.ts';
import { listKnownTrunks } from './smoke-trunks.ts';

export type { SmokeOptions } from './smoke-options.ts';

/** How many tests run side by side. */
const AT_A_TIME = 4;
const BETWEEN_REPEATS_MS = 10_000;

/** The sandbox's own tests move nobody and cost nothing: there is nothing to agree to. */
function needsConsent(way: SmokeWay, session: Session): boolean {
  return !(way === 'all' && session.sandbox && (session.loaded.bundled || !session.config.smoke));
}

async function showPreview(
  { tests, unrunnable }: SmokeTests,
  { place }: Session,
  { output }: Context,
  asks: boolean,
): Promise<void> {
  const [test, second] = tests;
  const lines =
    test !== undefined && second === undefined && unrunnable.length === 0
      ? previewTest(test, place)
      : previewTests(tests, place);
  const { dim, yellow } = await output.palette('stderr');
  for (const { label, text } of lines) {
    if (output.json && label === 'Warning') output.warn(text);
    else if (!output.json && (asks || !output.quiet)) {
      output.labelled(label, text, label === 'Warning' ? yellow : dim);
    }
  }
}

function showDryRun({ tests, unrunnable }: SmokeTests, { output }: Context): ExitCode {
  for (const test of tests) {
    if (output.json) output.event(dryRunTest(test));
    else output.line(escapeText(describeDryRunOf(test)));
  }
  for (const { entry, error } of unrunnable) {
    output.warn(`${entry.trunk} cannot be tested: ${error.message}`);
  }
  if (!output.json) output.line('Nothing was sent.');
  return unrunnable[0]?.error.exitCode ?? 0;
}

/** @throws KnownError `declined`, or InterruptedError; in both cases nothing was sent */
async function askConfirmation(
  tests: readonly SmokeTest[],
  { host, interruption }: Context,
): Promise<void> {
  const [test] = tests;
  const question =
    tests.length > 1
      ? `Place these ${tests.length} test calls and transfer them?`
      : test?.method !== 'live'
        ? 'Place this test call and transfer it?'
        : test.call === null
          ? 'Wait for this call and transfer it?'
          : 'Transfer this caller?';
  try {
    if (await confirm(host, question, interruption.abort)) return;
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(interruption.signal ?? 'SIGINT', 'Interrupted. Nothing was sent.');
  }
  throw new KnownError('declined', 'Not tested, as you wish. Nothing was sent.');
}

/** What whoever watched the target says. @throws InterruptedError on Ctrl-C */
async function askWhetherAnswered(
  { test }: SmokeRun,
  { host, interruption }: Context,
): Promise<boolean | null> {
  const { number, input } = test.foreseen.destination;
  const choices = [
    { name: 'I don’t know', value: null },
    { name: 'Yes, it answered', value: true },
    { name: 'No, it did not', value: false },
  ];
  const question = `Did the target answer (${escapeText(number ?? input)})?`;
  try {
    return await choose<boolean | null>(host, question, choices, interruption.abort);
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(
      interruption.signal ?? 'SIGINT',
      'Interrupted. The test is over, and what it had made is removed.',
    );
  }
}

/** @throws UsageError when the report could not be written */
function reportWish({ format, output }: SmokeOptions, { host }: Context): ReportWish | null {
  if (format === undefined) return null;
  return { format, file: output === undefined ? null : checkReportFile(output, host.cwd) };
}

/** Tests that would see each other's calls run one after the other. */
function keysOf({ trunk, number, method, ourTarget }: SmokeTest): string[] {
  const watched = [method === 'outbound' ? null : number, ourTarget];
  return [trunk?.id ?? null, ...watched].filter((key) => key !== null);
}

/**
 * Runs every test once.
 * @param first the place of the first result among all
 * @throws InterruptedError once all that were under way have cleaned up
 */
async function runAll(
  { all }: SmokeTests,
  way: SmokeWay,
  context: Context,
  report: SmokeReport,
  first: number,
  run: (test: SmokeTest) => Promise<SmokeResult>,
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
    AT_A_TIME,
    () => interruption.signal !== null,
    async ({ planned, place }) => {
      const startedAt = now();
      if ('unrunnable' in planned) {
        report.result(resultOfUnrun(planned.unrunnable, startedAt), place);
        return;
      }
      try {
        report.result(await run(planned.test), place);
      } catch (error) {
        if (error instanceof InterruptedError) interrupted = error;
        else if (way === 'all' && isKnownError(error)) {
          report.result(resultOfFailed(planned.test, error, startedAt), place);
        } else throw error;
      }
    },
  );
  if (interrupted !== null) throw interrupted;
}

async function testTrunks(
  way: Exclude<SmokeWay, 'clean'>,
  options: SmokeOptions,
  session: Session,
  context: Context,
): Promise<ExitCode> {
  const { host, interruption, output } = context;
  const consent = needsConsent(way, session);
  if (consent) checkConsent(options, context);
  if (!session.sandbox) await offerCleanUp(options, session, context);
  const trunks = await listKnownTrunks(session.client);
  const planned = await planTests(way, options, session, trunks, context);
  const asks = consent && options.yes !== true && options.dryRun !== true;
  if (consent || options.dryRun === true) await showPreview(planned, session, context, asks);
  if (options.dryRun === true) return showDryRun(planned, context);
  if (asks && planned.tests.length > 0) await askConfirmation(planned.tests, context);

  const { repeat = 1, interval = BETWEEN_REPEATS_MS } = options;
  const total = planned.all.length * repeat;
  const report = new SmokeReport(context, total, reportWish(options, context));
  const labFor = await equip(session, context, options.within, (test, step) =>
    report.step(test, step),
  );
  const asksOperator = total === 1 && canPrompt(context, options);
  const run = async (test: SmokeTest): Promise<SmokeResult> => {
    const ran = await runSmokeTest(test, labFor(test));
    const doubt = ran.finding.arrival === null && isInDoubt(judgeSmoke(ran.finding));
    output.close();
    const answered = doubt && asksOperator ? await askWhetherAnswered(ran, context) : null;
    return concludeSmoke(ran, session.config, answered);
  };
  try {
    for (let round = 1; round <= repeat; round += 1) {
      if (round > 1) await host.sleep(interval, interruption.abort);
      if (interruption.signal !== null) {
        throw new InterruptedError(interruption.signal, 'Interrupted between two repetitions.');
      }
      await runAll(planned, way, context, report, planned.all.length * (round - 1), run);
    }
  } catch (error) {
    // What was found before is not lost.
    if (report.results.length > 0) await report.summary();
    throw error;
  }
  return report.summary();
}

/**
 * @returns the worst exit code of all tests
 * @throws KnownError for whatever stops it before anything is sent; InterruptedError after clean-up
 */
export async function run(options: SmokeOptions, context: Context): Promise<ExitCode> {
  const way = checkOptions(options);
  // Whether the sandbox has tests of its own shows only with the config.
  if (!(way === 'all' && options.sandbox)) checkConsent(options, context);
  context.output.checkFields(RESULT_FIELDS);
  // A place that cannot be written to is no news for after the test.
  reportWish(options, context);
  const flags = { wait: options.wait };
  const open = openSession(options, context, { mutates: true, flags });
  return withSession(open, (session) =>
    way === 'clean'
      ? cleanLeftovers(options, session, context)
      : testTrunks(way, options, session, context),
  );
}
