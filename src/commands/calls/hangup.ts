/** `hangup`: end calls, and say what is known of the phones. */
import { type HangUpResult, hangUp, readCompany } from '../../call-control/hang-up.ts';
import * as words from '../../call-control/hang-up-words.ts';
import type { Call } from '../../calls/call.ts';
import {
  type ExitCode,
  InterruptedError,
  isKnownError,
  type KnownError,
  worstExitCode,
} from '../../core/errors.ts';
import { escapeText } from '../../terminal/style.ts';
import type { NotTried } from '../../transfer/batch.ts';
import * as sentences from '../../transfer/explain/errors.ts';
import { scanWithProgress } from '../shared/calls.ts';
import {
  type Context,
  canPrompt,
  confirmOrDecline,
  type DeferredInterrupt,
  deferInterrupt,
  readStdin,
  sameLineFor,
  tellEvent,
  throwIfInterrupted,
} from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import type { CallerList } from '../transfer/batch.ts';
import type { Untimed } from '../transfer/command.ts';
import { checkCallerOptions, checkConfirmation, isBatch } from '../transfer/options.ts';
import { hangUpWarnings, previewHangUp } from '../transfer/preview.ts';
import { showLines, showMessage, showResult } from '../transfer/report.ts';
import {
  HANG_UP_BATCH_FIELDS,
  HANG_UP_DRY_RUN_FIELDS,
  HANG_UP_FIELDS,
  type HangUpCommandOptions,
  type HangUpDryRun,
  type HangUpEnded,
  type HangUpLine,
} from './command.ts';

/** @param cutsOffFrom null where nobody looked, or could */
function dryRunRecord(call: Call, cutsOffFrom: HangUpDryRun['cutsOffFrom']): HangUpDryRun {
  return { dryRun: true, wouldSend: true, call, cutsOffFrom };
}

async function hangUpOnOne(options: HangUpCommandOptions, context: Context): Promise<ExitCode> {
  const { host, interruption, output } = context;
  let sent = false;
  try {
    const open = openSession(options, context, { mutates: true, flags: { rooms: options.rooms } });
    return await withSession(open, async (session) => {
      const { meantCall } = await import('../transfer/pick.ts');
      const sameLine = sameLineFor(context);
      const asks = canPrompt(context, options);
      const choosable = { fits: () => true, what: 'that is on the line' };
      const call = await meantCall(options, session, context, asks, sameLine, choosable);
      const company = await readCompany(session.client, call, session.isAgent);
      throwIfInterrupted(context);
      const lines = previewHangUp(call, company, session.place);
      await showLines(lines, context, options.yes !== true && options.dryRun !== true);
      if (options.dryRun === true) {
        await output.record(dryRunRecord(call, company), HANG_UP_DRY_RUN_FIELDS, () => {
          output.line(escapeText(`Would hang up on ${words.nameParty(call)}. Nothing was sent.`));
        });
        return 0;
      }
      if (options.yes !== true) {
        const question = `Hang up on this ${words.roleOf(call)}?`;
        await confirmOrDecline(context, question, words.HANG_UP_DECLINED);
      }
      const result = await hangUp(session.client, call, {
        clock: { ...host, sleep: (ms) => host.sleep(ms, interruption.abort) },
        ...{ isAgent: session.isAgent, interruption },
        onSent: () => {
          sent = true;
          output.progress('Hanging up');
        },
      });
      output.close();
      context.noteDone(result.message);
      await showResult(result, context, HANG_UP_FIELDS);
      return result.exitCode;
    });
  } catch (error) {
    // Whatever Ctrl-C cut off before the request went out: it never did.
    if (interruption.signal === null || sent) throw error;
    throw new InterruptedError(interruption.signal, sentences.NOTHING_SENT);
  } finally {
    output.close();
  }
}

// Callers from standard input.

/** What is told of a batch: each as it ends, and the sum of them. */
class Report {
  readonly #context: Context;
  readonly #callers: number;
  readonly #exitCodes: ExitCode[] = [];
  readonly #outcomes = new Map<string, number>();
  readonly #notTried: NotTried[] = [];
  readonly #underWay = new Set<string>();
  #shown: Promise<void> = Promise.resolve();

  constructor(context: Context, callers: number) {
    this.#context = context;
    this.#callers = callers;
  }

  watchInterruption(): void {
    const { interruption, output } = this.#context;
    void interruption.happened.then((signal) => {
      this.#exitCodes.push(signal === 'SIGTERM' ? 143 : 130);
      output.warn(words.STOPPING_HANG_UPS);
    });
    interruption.onLeaving(() => output.warn(words.leavingHangUps([...this.#underWay])));
  }

  sent({ callId }: Call): void {
    this.#underWay.add(callId);
    this.#event({ type: 'attempt', callId });
  }

  ended(result: HangUpResult): void {
    const { output } = this.#context;
    const { callId } = result.call;
    this.#underWay.delete(callId);
    this.#count(result.outcome, result.exitCode);
    const record: Untimed<HangUpEnded> = { type: 'result', callId, ...result };
    if (output.json) {
      tellEvent({ type: 'result', ...output.select(record, HANG_UP_BATCH_FIELDS) }, this.#context);
    } else if (output.selects) output.fieldLine(record, HANG_UP_BATCH_FIELDS);
    if (output.selects && result.exitCode !== 0) output.warn(result.message);
    if (output.json || output.selects) return;
    this.#shown = this.#shown.then(() => showMessage(result, this.#context));
  }

  /** Something of ours failed once it was under way. */
  lost(callId: string, { code, message, hint, exitCode }: KnownError): void {
    this.#underWay.delete(callId);
    this.#count('unknown', exitCode);
    const unknown = { type: 'result', outcome: 'unknown', caller: 'unknown' } as const;
    const told = { callId, error: { code }, message, exitCode, hint: hint ?? null };
    this.#event({ ...unknown, ...told });
    this.#context.output.warn(`${callId}: ${message}`);
  }

  notTried(notTried: NotTried): void {
    this.#exitCodes.push(notTried.exitCode);
    this.#notTried.push(notTried);
    const { callId, reason } = notTried;
    this.#event({ type: 'not-tried', ...notTried });
    this.#say(sentences.notTried(callId, reason));
  }

  async dryRun(calls: readonly Call[]): Promise<ExitCode> {
    const { output } = this.#context;
    for (const call of calls) {
      const record = dryRunRecord(call, null);
      if (output.json) output.event(output.select(record, HANG_UP_DRY_RUN_FIELDS));
      else if (output.selects) output.fieldLine(record, HANG_UP_DRY_RUN_FIELDS);
      else this.#say(`Would hang up on ${words.nameParty(call)}.`);
    }
    this.#say('Nothing was sent.');
    await this.#shown;
    return worstExitCode(this.#exitCodes);
  }

  async summary(): Promise<ExitCode> {
    const exitCode = worstExitCode(this.#exitCodes);
    const [outcomes, callers] = [Object.fromEntries(this.#outcomes), this.#callers];
    this.#event({ type: 'summary', callers, outcomes, notTried: this.#notTried, exitCode });
    const counts = { callers, underWay: this.#underWay.size, notTried: this.#notTried.length };
    const sum = sentences.batchSum({ ...counts, outcomes: [...this.#outcomes] });
    this.#say(sum);
    if (this.#outcomes.size > 0) this.#context.noteDone(sum);
    await this.#shown;
    return exitCode;
  }

  #count(outcome: string, exitCode: ExitCode): void {
    this.#exitCodes.push(exitCode);
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  #say(text: string): void {
    const { output } = this.#context;
    if (output.json) return;
    if (output.selects) output.warn(text);
    else this.#shown = this.#shown.then(() => output.sentence(text));
  }

  #event(event: Untimed<HangUpLine>): void {
    if (this.#context.output.json) tellEvent(event, this.#context);
  }
}

/** How many are hung up on a second. */
const DEFAULT_RATE = 1;

/** One of many. @param context one whose signals wait: what has begun is looked after to its end */
async function hangUpInTurn(
  call: Call,
  report: Report,
  { client, isAgent }: Session,
  { host: clock, interruption }: Context,
): Promise<void> {
  let sent = false;
  const onSent = () => {
    sent = true;
    report.sent(call);
  };
  try {
    report.ended(await hangUp(client, call, { clock, isAgent, interruption, onSent }));
  } catch (error) {
    if (!isKnownError(error)) throw error;
    const { code, message: reason, exitCode } = error;
    if (sent) report.lost(call.callId, error);
    else report.notTried({ callId: call.callId, code, reason, exitCode });
  }
}

async function hangUpOnAll(
  { callIds, undecided }: CallerList,
  options: HangUpCommandOptions,
  session: Session,
  context: Context,
  deferred: DeferredInterrupt,
): Promise<ExitCode> {
  const { host, interruption } = context;
  const [{ noSuchCaller, undecidedCaller }, { startAtRate }] = await Promise.all([
    import('../transfer/batch.ts'),
    import('../../transfer/batch.ts'),
  ]);
  const scan = await scanWithProgress(session, deferred.context, { wanted: new Set(callIds) });
  const byId = new Map(scan.calls.map((call) => [call.callId, call]));
  const report = new Report(context, callIds.length);
  const meant = callIds.flatMap((callId) => {
    const call = byId.get(callId);
    if (call !== undefined && !undecided.has(callId)) return [{ call }];
    report.notTried(
      undecided.has(callId)
        ? undecidedCaller(callId)
        : noSuchCaller(callId, scan.unreadable.length, session),
    );
    return [];
  });
  const lines = meant.flatMap(({ call }) => [
    { label: 'Hangs up', text: `${words.nameParty(call)}, ${call.condition}` },
    ...hangUpWarnings(call).map(({ label, text }) => ({ label, text: `${call.callId}: ${text}` })),
  ]);
  await showLines([...lines, { label: 'LiveKit', text: session.place }], context, false);
  if (options.dryRun === true) return report.dryRun(meant.map(({ call }) => call));
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, sentences.NOTHING_SENT);
  }
  deferred.begin();
  report.watchInterruption();
  await startAtRate(meant, {
    ...{ clock: host, rate: options.rate ?? DEFAULT_RATE },
    pause: (ms) => host.sleep(ms, interruption.abort),
    stoppingSignal: () => interruption.signal,
    blockReason: () => null,
    onNotTried: (notTried) => report.notTried(notTried),
    start: ({ call }) => hangUpInTurn(call, report, session, deferred.context),
  });
  return report.summary();
}

async function hangUpBatch(options: HangUpCommandOptions, context: Context): Promise<ExitCode> {
  const { readCallerList } = await import('../transfer/batch.ts');
  const callers = readCallerList(await readStdin(context));
  checkConfirmation(options, callers.callIds.length);
  if (callers.callIds.length === 0) return new Report(context, 0).summary();
  const deferred = deferInterrupt(context);
  const flags = { rooms: options.rooms };
  const open = openSession(options, deferred.context, { mutates: true, flags });
  const all = (session: Session) => hangUpOnAll(callers, options, session, context, deferred);
  try {
    return await withSession(open, all);
  } catch (error) {
    const { signal } = context.interruption;
    if (signal === null || deferred.begun) throw error;
    throw new InterruptedError(signal, sentences.NOTHING_SENT);
  }
}

/**
 * @returns the exit code of the outcome, of several the worst
 * @throws KnownError for whatever stops it before anything is sent
 */
export async function run(options: HangUpCommandOptions, context: Context): Promise<ExitCode> {
  checkCallerOptions(options, context, { what: 'hang-up', batch: 'hangup - --confirm 3' });
  const known = isBatch(options) ? HANG_UP_BATCH_FIELDS : HANG_UP_FIELDS;
  context.output.checkFields(options.dryRun === true ? HANG_UP_DRY_RUN_FIELDS : known);
  return isBatch(options) ? hangUpBatch(options, context) : hangUpOnOne(options, context);
}
