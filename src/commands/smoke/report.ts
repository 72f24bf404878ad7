/** What is told of tests: the steps as they happen, a line a trunk, and the sum. */

import { type ExitCode, isKnownError } from '../../core/errors.ts';
import type { SmokeStep } from '../../smoke/context.ts';
import { nameTrunk, type SmokeTest, trunkRecord } from '../../smoke/plan.ts';
import {
  type ReportFormat,
  renderReport,
  worstOfTests,
  writeReportFile,
} from '../../smoke/reports/index.ts';
import {
  type CondensedResult,
  condenseResult,
  facts,
  isMet,
  type SmokeMethod,
  type SmokeResult,
  type SmokeVerdict,
  testTitle,
  trunkTitle,
} from '../../smoke/result.ts';
import { escapeText } from '../../terminal/style.ts';
import { type Context, tellEvent } from '../shared/context.ts';
import type { Untimed } from '../transfer/command.ts';
import { SMOKE_FIELDS, type SmokeEnded, type SmokeLine } from './command.ts';
import { COLUMNS, columnsFor, label } from './preview.ts';

/** A report for another program, and where it goes. */
export interface ReportOptions {
  format: ReportFormat;
  /** Absolute; null: standard output. */
  file: string | null;
}

export class SmokeReport {
  readonly #context: Context;
  readonly #isOne: boolean;
  readonly #forProgram: ReportOptions | null;
  /** What the end of the run shows, as the tests end; then in their order, whichever ended first. */
  readonly #results: CondensedResult[] = [];
  /** By verdict: how many, and the place of the first of them. */
  readonly #verdicts = new Map<SmokeVerdict, { count: number; place: number }>();
  readonly #exitCodes = new Set<ExitCode>();
  #ended = 0;
  readonly #places = new Map<CondensedResult, number>();
  #toGo: number;

  /**
   * @param tests how many there will be
   * @param forProgram the report that another program reads, if one does
   */
  constructor(context: Context, tests: number, forProgram: ReportOptions | null = null) {
    this.#context = context;
    this.#forProgram = forProgram;
    this.#isOne = tests === 1;
    this.#toGo = tests;
  }

  /** How many tests are over. */
  get ended(): number {
    return this.#ended;
  }

  /** What is held until the end; a run of days has as many results as it takes tests. */
  get held(): readonly CondensedResult[] {
    return this.#results;
  }

  /** Something happened in a test. */
  step(test: SmokeTest, step: SmokeStep): void {
    const { output } = this.#context;
    if (output.json) {
      const trunk = trunkRecord(test.trunk);
      const { method, transferMethod } = test;
      this.#event({ type: 'step', trunk, method, transferMethod, ...step });
      return;
    }
    const text = this.#isOne
      ? step.message
      : `${nameTrunk(test.tested ?? test.trunk)}: ${step.message}`;
    // What is left must be known, even where no chatter is wanted.
    const matters =
      (step.leftBehind?.length ?? 0) > 0 ||
      step.step === 'far-ends' ||
      step.step === 'waiting-for-call';
    if (matters) output.warn(text);
    else output.notice(text);
    this.#showProgress(test.method);
  }

  /** A test is over. @param place among all results */
  result(result: SmokeResult, place: number): void {
    const { output } = this.#context;
    this.#hold(result, place);
    this.#ended += 1;
    this.#exitCodes.add(result.exitCode);
    const { count, place: first } = this.#verdicts.get(result.verdict) ?? { count: 0, place };
    this.#verdicts.set(result.verdict, { count: count + 1, place: Math.min(first, place) });
    this.#toGo -= 1;
    const ended: Untimed<SmokeEnded> = { type: 'result', ...result };
    if (output.json) {
      tellEvent({ type: ended.type, ...output.select(ended, SMOKE_FIELDS) }, this.#context);
    }
    this.#showProgress(result.method);
  }

  /**
   * The table, what to do next, and the sum.
   * @param error what ended the run before all tests were over
   * @returns the worst exit code, that of the error among them
   * @throws KnownError `unwritten-report`
   */
  async summary(error?: unknown): Promise<ExitCode> {
    const { output } = this.#context;
    output.close();
    const placeOf = (each: CondensedResult) => this.#places.get(each) ?? 0;
    this.#results.sort((one, other) => placeOf(one) - placeOf(other));
    const exitCode = worstOfTests([
      ...this.#exitCodes,
      ...(error === undefined ? [] : [isKnownError(error) ? error.exitCode : 1]),
    ]);
    if (output.json) {
      const verdicts = Object.fromEntries(this.#count());
      this.#event({ type: 'summary', tests: this.#ended, verdicts, exitCode });
      return exitCode;
    }
    if (this.#forProgram !== null) {
      return this.#tellProgram(this.#forProgram, error !== undefined);
    }
    await this.#tellPeople();
    return exitCode;
  }

  async #tellPeople(): Promise<void> {
    const { host, output } = this.#context;
    const columns = output.forPeople ? columnsFor(this.#results, host.stdout.columns) : COLUMNS;
    // Beside a report nobody reads columns that have no heads: a log says each test in words.
    if (output.forPeople || this.#forProgram === null) {
      await output.list(this.#results, columns, SMOKE_FIELDS);
    } else for (const result of this.#results) output.line(escapeText(describeResult(result)));
    if (this.#results.length === 1) await this.#tellOne(this.#results[0]);
    else this.#tellSeveral();
  }

  /** As an event a result is out already; the ticket is shown of a single one, and by JUnit. */
  #hold(result: SmokeResult, place: number): void {
    if (this.#context.output.json) return;
    const isFirst = this.#results.length === 0;
    const format = this.#forProgram?.format ?? null;
    const isShown = isFirst && (format === null || this.#forProgram?.file !== null);
    const held = condenseResult(result, format === 'junit' || isShown);
    this.#places.set(held, place);
    this.#results.push(held);
  }

  /**
   * A report in a file leaves the output to people: the log of a job says why its report is red.
   * @throws KnownError `unwritten-report`
   */
  async #tellProgram({ format, file }: ReportOptions, failed: boolean): Promise<ExitCode> {
    const { host, output } = this.#context;
    const run = { failed, at: host.now() };
    const { text, exitCode } = renderReport(format, this.#results, run);
    if (file === null) {
      output.line(text.replace(/\n$/, ''));
      return exitCode;
    }
    try {
      writeReportFile(file, text);
    } finally {
      const isSilent = output.quiet && exitCode === 0;
      if (this.#ended > 0 && !isSilent) await this.#tellPeople();
    }
    output.notice(`The report is in ${file}.`);
    return exitCode;
  }

  async #tellOne(result: CondensedResult | undefined): Promise<void> {
    const { output } = this.#context;
    if (result === undefined) return;
    if (output.forPeople) {
      const { green, red, yellow } = await output.palette('stdout');
      const paint = { 0: green, 7: yellow }[result.exitCode as 0 | 7] ?? red;
      output.sentence(result.message, paint);
    }
    // Somebody real was on that line: where they are now comes before what it says of the trunk.
    if (result.method === 'live' && result.transfer !== null) output.warn(result.transfer.message);
    this.#tellHint(result, result.hint);
    this.#tellMismatch(result);
    const helps = result.verdict !== 'supported' || result.answered !== true;
    if (!helps || output.quiet) return;
    output.notice('For the provider’s support:');
    output.trace(result.ticket.map((line) => `  ${line.replaceAll('\n', ' ')}`).join('\n'));
  }

  #tellSeveral(): void {
    const { output } = this.#context;
    const told = new Set<string>();
    for (const result of this.#results) {
      if (result.exitCode !== 0 && result.hint !== null && !told.has(result.hint)) {
        told.add(result.hint);
        this.#tellHint(result, `${label(result)}: ${result.hint}`);
      }
      this.#tellMismatch(result);
    }
    const sum = this.#count()
      .map(([verdict, count]) => `${count} ${verdict}${this.#sayExpected(verdict, count)}`)
      .join(', ');
    const asExpected = this.#areAsExpected;
    output.notice(
      `Of ${this.#results.length} tests: ${sum || 'none was run'}${asExpected ? '; each as expected' : ''}.`,
    );
    output.notice(
      'For a block to send to a provider’s support, test one trunk alone, or use --json.',
    );
  }

  get #areAsExpected(): boolean {
    return this.#results.every((result) => isMet(result) === true);
  }

  /** What looks like a failure beside an exit code of 0 is told to be none. */
  #sayExpected(verdict: SmokeVerdict, count: number): string {
    if (verdict === 'supported' || this.#areAsExpected) return '';
    const met = this.#results.filter((each) => each.verdict === verdict && isMet(each) === true);
    if (met.length === 0) return '';
    return met.length === count ? ' (as expected)' : ` (${met.length} as expected)`;
  }

  #count(): [SmokeVerdict, number][] {
    return [...this.#verdicts]
      .sort(([, one], [, other]) => one.place - other.place)
      .map(([verdict, { count }]) => [verdict, count]);
  }

  #tellHint({ exitCode }: CondensedResult, hint: string | null): void {
    const { output } = this.#context;
    if (hint === null) return;
    if (exitCode === 0) output.notice(hint);
    else output.warn(hint);
  }

  #tellMismatch({ expected, verdict, ...rest }: CondensedResult): void {
    if (expected === undefined || expected === verdict) return;
    const name = label({ expected, verdict, ...rest });
    this.#context.output.warn(`${name}: ${expected} was expected, and the verdict is ${verdict}.`);
  }

  #event(event: Untimed<SmokeLine>): void {
    tellEvent(event, this.#context);
  }

  #showProgress(method: SmokeMethod): void {
    if (this.#toGo === 0) return;
    const what = this.#isOne ? 'Testing' : `Testing, ${this.#toGo} to go`;
    const ends = method === 'live' ? 'exits; what was sent continues' : 'ends it and cleans up';
    this.#context.output.progress(`${what}. Ctrl-C ${ends}`);
  }
}

const describeResult = (result: CondensedResult): string =>
  `${trunkTitle(result)}, ${testTitle(result)}: ${facts(result)}. ${result.message}`;

/**
 * What was found before a run came to an early end is not lost; nor is the reason for its end. Without
 * results measurements tell the end alone: those of an earlier run must not pass for those of this one.
 */
export async function reportEarlyEnd(
  report: SmokeReport,
  error: unknown,
  { output, interruption }: Context,
  forProgram: ReportOptions | null,
): Promise<void> {
  const format = forProgram?.format;
  // Nagios reads the first line of a plugin, and a failure has one of its own.
  const hasOwnLine = format === 'nagios' && interruption.signal === null;
  if (hasOwnLine || (report.ended === 0 && format !== 'prometheus')) return;
  try {
    await report.summary(error);
  } catch (unwritten) {
    if (!isKnownError(unwritten)) throw error;
    output.warn(unwritten.message);
  }
}
