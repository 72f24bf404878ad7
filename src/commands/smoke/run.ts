/** `smoke`: does this trunk honour REFER, does it dial? Places a call, transfers it, gives a verdict. */

import { type ExitCode, isKnownError, type KnownError, worstExitCode } from '../../core/errors.ts';
import type { SmokeTest } from '../../smoke/plan.ts';
import { checkReportFile } from '../../smoke/reports/index.ts';
import { renderNagiosError } from '../../smoke/reports/nagios.ts';
import type { Output } from '../../terminal/output.ts';
import { escapeText } from '../../terminal/style.ts';
import { type Context, confirmOrDecline } from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import type { SmokeOptions } from './command.ts';
import { DRY_RUN_TEST_FIELDS, LEFTOVER_FIELDS, SMOKE_FIELDS } from './command.ts';
import { runTests } from './execute.ts';
import { cleanLeftovers, offerCleanUp } from './leftovers.ts';
import {
  checkConsent,
  checkSmokeOptions,
  listKnownTrunks,
  SANDBOX_SPEED,
  type SmokeWay,
} from './options.ts';
import { planTests, type SmokeTests } from './plan.ts';
import {
  describeDryRunOf,
  dryRunTest,
  previewRepeat,
  previewTest,
  previewTests,
} from './preview.ts';
import { type ReportOptions, reportEarlyEnd, SmokeReport } from './report.ts';

/** The sandbox's own tests move nobody and cost nothing: there is nothing to agree to. */
function needsConsent(way: SmokeWay, session: Session): boolean {
  return !(way === 'all' && session.sandbox && (session.loaded.bundled || !session.config.smoke));
}

async function showPreview(
  { tests, unrunnable }: SmokeTests,
  { repeat, interval }: SmokeOptions,
  { place }: Session,
  { output }: Context,
  asks: boolean,
): Promise<void> {
  const [test, second] = tests;
  const preview =
    test !== undefined && second === undefined && unrunnable.length === 0
      ? previewTest(test, place)
      : previewTests(tests, place);
  const lines = [...preview, ...previewRepeat(tests.length, repeat, interval)];
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
    if (output.json) output.event(output.select(dryRunTest(test), DRY_RUN_TEST_FIELDS));
    else if (output.selects) output.fieldLine(dryRunTest(test), DRY_RUN_TEST_FIELDS);
    else output.line(escapeText(describeDryRunOf(test)));
  }
  for (const { entry, error } of unrunnable) {
    output.warn(`${entry.trunk} cannot be tested: ${error.message} ${error.hint ?? ''}`.trimEnd());
  }
  if (output.selects) output.notice('Nothing was sent.');
  else if (!output.json) output.line('Nothing was sent.');
  return worstExitCode(unrunnable.map(({ error }) => error.exitCode));
}

function confirmationOf(tests: readonly SmokeTest[], repeat: number): string {
  const [test] = tests;
  const count = tests.length * repeat;
  const moved = tests.filter(({ transferMethod }) => transferMethod === 'refer').length * repeat;
  if (moved === 0) {
    return count > 1 ? `Place these ${count} test calls?` : 'Place this test call?';
  }
  if (test?.method === 'live') {
    if (test.call !== null) return 'Transfer this caller?';
    return count > 1
      ? `Wait for ${count} calls and transfer them?`
      : 'Wait for this call and transfer it?';
  }
  if (moved < count) return `Place these ${count} test calls and transfer ${moved} of them?`;
  return count > 1
    ? `Place these ${count} test calls and transfer them?`
    : 'Place this test call and transfer it?';
}

/** @throws KnownError `declined`, or InterruptedError; in both cases nothing was sent */
async function askConfirmation(
  tests: readonly SmokeTest[],
  { repeat = 1 }: SmokeOptions,
  context: Context,
): Promise<void> {
  const declined = 'Not tested: you did not confirm. Nothing was sent.';
  await confirmOrDecline(context, confirmationOf(tests, repeat), declined);
}

/** @throws UsageError when the report could not be written */
function reportOptions({ format, output }: SmokeOptions, { host }: Context): ReportOptions | null {
  if (format === undefined) return null;
  return { format, file: output === undefined ? null : checkReportFile(output, host.cwd) };
}

async function testTrunks(
  way: Exclude<SmokeWay, 'clean'>,
  options: SmokeOptions,
  session: Session,
  context: Context,
  onBegin: () => void,
): Promise<ExitCode> {
  const { output } = context;
  const consent = needsConsent(way, session);
  if (consent) checkConsent(options, context);
  if (!session.sandbox) await offerCleanUp(options, session, context);
  const trunks = await listKnownTrunks(session.client);
  const planned = await planTests(way, options, session, trunks, context);
  const asks = consent && options.yes !== true && options.dryRun !== true;
  if (!consent)
    output.notice(`The sandbox’s own tests, ${SANDBOX_SPEED} times as fast as real time:`);
  if (consent || options.dryRun === true)
    await showPreview(planned, options, session, context, asks);
  if (options.dryRun === true) return showDryRun(planned, context);
  if (asks && planned.tests.length > 0) await askConfirmation(planned.tests, options, context);

  onBegin();
  return runTests(planned, way, options, session, context, reportOptions(options, context));
}

/** What the records of a run have. */
function fieldsOf(way: SmokeWay, { dryRun }: SmokeOptions): readonly string[] {
  if (way === 'clean') return LEFTOVER_FIELDS;
  return dryRun === true ? DRY_RUN_TEST_FIELDS : SMOKE_FIELDS;
}

/**
 * @returns the worst exit code of all tests
 * @throws KnownError for whatever stops it before anything is sent; InterruptedError after clean-up
 */
export async function run(options: SmokeOptions, context: Context): Promise<ExitCode> {
  const way = checkSmokeOptions(options);
  context.output.checkFields(fieldsOf(way, options));
  // A place that cannot be written to is no news for after the test.
  const forProgram = reportOptions(options, context);
  const flags = { wait: options.wait };
  const sandboxSpeed = way === 'all' ? SANDBOX_SPEED : 1;
  let began = false;
  const onBegin = () => {
    began = true;
  };
  try {
    // Whether the sandbox has tests of its own shows only with the config.
    if (!(way === 'all' && options.sandbox)) checkConsent(options, context);
    const open = openSession(options, context, { mutates: true, flags, sandboxSpeed });
    return await withSession(open, (session) =>
      way === 'clean'
        ? cleanLeftovers(options, session, context)
        : testTrunks(way, options, session, context, onBegin),
    );
  } catch (error) {
    const isDeclined = isKnownError(error) && error.code === 'declined';
    if (!began && !isDeclined) {
      const report = new SmokeReport(context, 0, forProgram);
      await reportEarlyEnd(report, error, context, forProgram);
    }
    throw error;
  }
}

// A run that failed before it had a result, told the way its monitoring reads it.

/** Prints the plugin line. @returns the exit code that Nagios takes for the state */
export function printNagiosError(error: KnownError, output: Output): ExitCode {
  const { text, exitCode } = renderNagiosError(error);
  output.line(text.replace(/\n$/, ''));
  return exitCode;
}
