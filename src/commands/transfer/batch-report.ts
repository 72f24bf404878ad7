/** What is told of a batch: each transfer as it goes out and as it ends, and the sum of them. */

import { conditionWord } from '../../calls/condition.ts';
import { type ExitCode, type KnownError, worstExitCode } from '../../core/errors.ts';
import { formatDuration } from '../../core/text.ts';
import type { Destination } from '../../destinations/destination.ts';
import { escapeText } from '../../terminal/style.ts';
import type { NotTried } from '../../transfer/batch.ts';
import * as sentences from '../../transfer/explain/errors.ts';
import { headlineOfLost } from '../../transfer/explain/explain.ts';
import { nameCaller } from '../../transfer/explain/facts.ts';
import type { Outcome } from '../../transfer/outcome.ts';
import type { Planned, TransferPlan, TransferStep } from '../../transfer/plan.ts';
import type { ChainResult, ShownDestination } from '../../transfer/result.ts';
import { type Context, tellEvent } from '../shared/context.ts';
import { describeAnnouncement } from './announce.ts';
import {
  BATCH_FIELDS,
  type BatchDryRunNotTried,
  type BatchLine,
  type BatchLost,
  type BatchResult,
  DRY_RUN_FIELDS,
  type PassedOver,
  type Untimed,
} from './command.ts';
import {
  describeDryRun,
  describeStep,
  dryRunRecord,
  type SeenPlan,
  warningsOf,
} from './preview.ts';
import {
  type OutcomeRow,
  outcomeRow,
  rowOfLost,
  rowOfNotTried,
  showMessage,
  showOutcomes,
} from './report.ts';

/** The order in which outcomes are counted up: each has its place. */
const OUTCOMES = Object.keys({
  ...{ completed: true, bridged: true, refused: true, 'target-failed': true },
  ...{ 'not-sent': true, ended: true, unconfirmed: true, unknown: true },
} satisfies Record<Outcome, true>) as readonly Outcome[];

/** What holds for many is said once. */
function groupWarnings(planned: readonly Planned[]): string[] {
  const callers = new Map<string, string[]>();
  for (const each of planned) {
    for (const text of warningsOf(each)) {
      callers.set(text, [...(callers.get(text) ?? []), each.plan.call.callId]);
    }
  }
  return [...callers].map(([text, ids]) =>
    ids.length === planned.length ? text : `${ids.join(', ')}: ${text}`,
  );
}

function shownDestination({ input, kind, department, referTo }: Destination): ShownDestination {
  return { input, kind, department, referTo };
}

export class BatchReport {
  readonly #context: Context;
  readonly #callers: number;
  /** Calls whose transfer went out and has not ended yet. */
  readonly #underWay = new Map<string, TransferStep>();
  readonly #sent = new Set<string>();
  readonly #outcomes = new Map<Outcome, number>();
  readonly #notTried: NotTried[] = [];
  /** By call: the targets that its turn came to, and that were left out. */
  readonly #passedOver = new Map<string, PassedOver[]>();
  readonly #exitCodes: ExitCode[] = [];
  readonly #hints = new Set<string>();
  /** A line for each caller, for the table at the end. */
  readonly #rows: OutcomeRow[] = [];
  /** Results are shown one after the other, and before the sum. */
  #shown: Promise<void> = Promise.resolve();

  /** @param callers how many were read */
  constructor(context: Context, callers: number) {
    this.#context = context;
    this.#callers = callers;
  }

  /** Who will go where, on stderr. */
  async preview(planned: readonly Planned[], place: string): Promise<void> {
    const { output } = this.#context;
    const { dim, yellow } = await output.palette('stderr');
    if (!output.json && !output.quiet) {
      for (const { plan } of planned) {
        const then = plan.fallbacks.map((step) => `, else ${describeStep(step)}`).join('');
        const condition = conditionWord(plan.call);
        const text = `${nameCaller(plan.call)}, ${condition}: ${describeStep(plan)}${then}`;
        output.labelled('Caller', text, dim);
      }
      const announced = new Set(planned.flatMap(({ plan }) => describeAnnouncement(plan)));
      for (const text of announced) output.labelled('Announced', text, dim);
      output.labelled('LiveKit', place, dim);
    }
    for (const text of groupWarnings(planned)) {
      if (output.json) output.warn(text);
      else output.labelled('Warning', text, yellow);
    }
  }

  /** What would be done: nothing is. */
  dryRun(planned: readonly SeenPlan[], notTried: readonly NotTried[]): ExitCode {
    const { output } = this.#context;
    for (const seen of planned) {
      if (output.json) output.event(output.select(dryRunRecord(seen), DRY_RUN_FIELDS));
      else if (output.selects) output.fieldLine(dryRunRecord(seen), DRY_RUN_FIELDS);
      else output.line(escapeText(describeDryRun(seen)));
    }
    for (const each of notTried) this.#tellNotTried(each);
    this.#sentence('Nothing was sent.');
    return worstExitCode(notTried.map(({ exitCode }) => exitCode));
  }

  /** Has it said what goes on when somebody presses Ctrl-C, and what was sent when they leave. */
  watchInterruption(): void {
    const { interruption, output } = this.#context;
    void interruption.happened.then((signal) => {
      this.#exitCodes.push(signal === 'SIGTERM' ? 143 : 130);
      const dials = [...this.#underWay.values()].filter(({ bridge }) => bridge !== null).length;
      output.warn(sentences.stoppingBatch(this.#underWay.size - dials, dials));
    });
    interruption.onLeaving(() => {
      const ids = [...this.#underWay.keys()].map(escapeText);
      output.warn(sentences.leavingBatch(ids, this.#count()));
    });
  }

  /** A request has gone out. */
  sent({ call: { callId } }: TransferPlan, step: TransferStep): void {
    const { destination } = step;
    this.#underWay.set(callId, step);
    this.#sent.add(callId);
    this.#event({ type: 'attempt', callId, destination: shownDestination(destination) });
    this.#showProgress();
  }

  /** A caller's last attempt has ended. */
  result({ call }: TransferPlan, result: ChainResult): void {
    this.#underWay.delete(call.callId);
    this.#outcomes.set(result.outcome, (this.#outcomes.get(result.outcome) ?? 0) + 1);
    this.#exitCodes.push(result.exitCode);
    const passedOver = this.#passedOver.get(call.callId) ?? [];
    this.#rows.push(outcomeRow(result));
    this.#tellResult({ type: 'result', callId: call.callId, ...result, passedOver });
    this.#shown = this.#shown.then(() => this.#showResult(result));
  }

  /** A target was left out, for what became of others. */
  passedOver({ call }: TransferPlan, { destination }: TransferStep, reason: string): void {
    const known = this.#passedOver.get(call.callId) ?? [];
    const entry = { destination: shownDestination(destination), reason };
    this.#passedOver.set(call.callId, [...known, entry]);
    const isFallback = this.#sent.has(call.callId);
    const say = isFallback ? sentences.fallbackPassedOver : sentences.targetPassedOver;
    this.#context.output.warn(say({ call, destination }, reason));
  }

  /** A request went out, and nobody will know how it ended. */
  lost(plan: TransferPlan, { code, message, hint, exitCode }: KnownError): void {
    const { call } = plan;
    this.#underWay.delete(call.callId);
    this.#outcomes.set('unknown', (this.#outcomes.get('unknown') ?? 0) + 1);
    this.#exitCodes.push(exitCode);
    const headline = headlineOfLost(plan);
    const unknown = { type: 'result', outcome: 'unknown', caller: 'unknown' } as const;
    this.#rows.push(rowOfLost(plan));
    this.#tellResult({
      ...{ ...unknown, callId: call.callId, call, error: { code }, headline },
      ...{ message, hint: hint ?? null, exitCode },
    });
    this.#context.output.warn(message);
  }

  /** A caller was not moved; told at once, since the sum may never come. */
  notTried(notTried: NotTried): void {
    this.#notTried.push(notTried);
    this.#underWay.delete(notTried.callId);
    this.#exitCodes.push(notTried.exitCode);
    if (this.#context.output.json) this.#event({ type: 'not-tried', ...notTried });
    else this.#tellNotTried(notTried);
  }

  /** The sum of it. @returns the worst exit code */
  async summary(): Promise<ExitCode> {
    await this.#shown;
    const exitCode = worstExitCode(this.#exitCodes);
    this.#event({
      type: 'summary',
      callers: this.#callers,
      sent: this.#sent.size,
      outcomes: Object.fromEntries(this.#ended()),
      notTried: this.#notTried,
      exitCode,
    });
    await this.#table();
    this.#sentence(this.#count());
    return exitCode;
  }

  /** One line a caller, for people: what was told of each stands far above by now. */
  async #table(): Promise<void> {
    const { output } = this.#context;
    if (!output.forPeople || output.selects) return;
    await showOutcomes([...this.#rows, ...this.#notTried.map(rowOfNotTried)], this.#context);
  }

  #count(): string {
    return sentences.batchSum({
      callers: this.#callers,
      outcomes: this.#ended(),
      underWay: this.#underWay.size,
      notTried: this.#notTried.length,
    });
  }

  #ended(): [Outcome, number][] {
    return OUTCOMES.flatMap((outcome) => {
      const count = this.#outcomes.get(outcome);
      return count === undefined ? [] : [[outcome, count] as [Outcome, number]];
    });
  }

  async #showResult(result: ChainResult): Promise<void> {
    const { output } = this.#context;
    if (output.json) return;
    if (output.selects) {
      if (result.exitCode !== 0) output.warn(`${nameCaller(result.call)}: ${result.message}`);
    } else await this.#showMessages(result);
    // The same advice for the tenth time helps nobody.
    if (result.hint !== null && result.exitCode !== 0 && !this.#hints.has(result.hint)) {
      this.#hints.add(result.hint);
      output.warn(result.hint);
    }
    this.#showProgress();
  }

  async #showMessages(result: ChainResult): Promise<void> {
    // On a terminal a table says it of all of them in the end.
    if (result.outcome === 'completed' && this.#context.output.forPeople) return;
    for (const attempt of result.attempts.slice(0, -1)) {
      await showMessage({ ...result, ...attempt }, this.#context);
    }
    await showMessage(result, this.#context);
  }

  #tellNotTried(each: NotTried): void {
    const { output } = this.#context;
    const notTried = [each];
    if (output.json) output.event({ dryRun: true, notTried } satisfies BatchDryRunNotTried);
    else this.#sentence(sentences.notTried(each.callId, each.reason, each.announcement));
  }

  /** Part of the result, unless fields are: then it stands beside them. */
  #sentence(text: string): void {
    const { output } = this.#context;
    if (output.selects && !output.json) output.warn(text);
    else if (!output.json) output.sentence(text);
  }

  /** What became of a caller, as programs are told. */
  #tellResult(result: Untimed<BatchResult | BatchLost>): void {
    const { output } = this.#context;
    const { type } = result;
    if (output.json) tellEvent({ type, ...output.select(result, BATCH_FIELDS) }, this.#context);
    else if (output.selects) output.fieldLine(result, BATCH_FIELDS);
  }

  #event(event: Untimed<BatchLine>): void {
    if (this.#context.output.json) tellEvent(event, this.#context);
  }

  #showProgress(): void {
    const { output, interruption } = this.#context;
    const underWay = this.#underWay.size;
    if (underWay === 0) return;
    const left = this.#callers - this.#sent.size - this.#notTried.length;
    const waits = [...this.#underWay.values()].map(({ request }) => request.waitMs);
    const key =
      interruption.signal === null ? 'Ctrl-C starts no more' : 'Ctrl-C leaves them to LiveKit';
    output.progress(
      `${underWay} under way, up to ${formatDuration(Math.max(...waits))} each; ${Math.max(0, left)} to go. ${key}`,
    );
  }
}
