/** What is shown of a single transfer: the plan, how far it is, and what became of it. */

import type { Call } from '../../calls/call.ts';
import { formatDuration, SHORTEST_CONCLUSIVE_WAIT_MS } from '../../core/text.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { TransferRequest } from '../../livekit/messages.ts';
import { escapeText } from '../../terminal/style.ts';
import type { Column } from '../../terminal/table.ts';
import type { NotTried } from '../../transfer/batch.ts';
import { targetInRoom } from '../../transfer/before-sending.ts';
import type { Action } from '../../transfer/explain/advice.ts';
import { answerInBrief } from '../../transfer/explain/explain.ts';
import { nameDestination } from '../../transfer/explain/facts.ts';
import type { CallerLocation, StepMethod } from '../../transfer/outcome.ts';
import type { Planned, TransferPlan } from '../../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import type { SendTransferOptions } from '../../transfer/send.ts';
import { transferLine } from '../shared/calls.ts';
import { type Context, tellEvent } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import {
  type CallMoment,
  DRY_RUN_FIELDS,
  RESULT_FIELDS,
  type RequestSent,
  type TransferEnded,
  type Untimed,
} from './command.ts';
import {
  describeDryRun,
  dryRunRecord,
  type PreviewLine,
  previewTransfer,
  type SeenPlan,
} from './preview.ts';

/** Whether a plan may dial: then a run tells of more than one thing. */
export function mayDial(plan: TransferPlan): boolean {
  return [plan, ...plan.fallbacks].some(({ bridge }) => bridge !== null);
}

/** The trunk moved nobody, the caller is there, and a bridge is what works on it. */
export function wantsBridge({ advice, caller, transferMethod }: TransferResult): boolean {
  return transferMethod === 'refer' && caller === 'on-the-line' && advice.command !== null;
}

/** Whoever is asked sees what about, even where they want no chatter. */
export async function showPreview(
  planned: Planned,
  { place }: Session,
  context: Context,
  asks: boolean,
): Promise<void> {
  await showLines(previewTransfer(planned, place), context, asks);
}

/** The lines of a preview; of those, programs are told the warnings. */
export async function showLines(
  lines: readonly PreviewLine[],
  { output }: Context,
  asks: boolean,
): Promise<void> {
  if (!output.json && output.quiet && !asks) return;
  const { dim, yellow } = await output.palette('stderr');
  for (const { label, text } of lines) {
    const isWarning = label === 'Warning';
    if (!output.json) output.labelled(label, text, isWarning ? yellow : dim);
    else if (isWarning) output.warn(text);
  }
}

/** Looks at what a dry run has to reckon with. @throws KnownError where the room cannot be read */
export async function lookAround(plan: TransferPlan, { client }: Session): Promise<SeenPlan> {
  return { plan, hasTarget: (await targetInRoom(client, plan, plan.call)) !== null };
}

export async function showDryRun(
  plan: TransferPlan,
  session: Session,
  { output }: Context,
): Promise<void> {
  const seen = await lookAround(plan, session);
  await output.record(dryRunRecord(seen), DRY_RUN_FIELDS, () => {
    output.line(`${escapeText(describeDryRun(seen))} Nothing was sent.`);
  });
}

/** Tells what is known while LiveKit is waited for: it reports nothing before the end. */
export function reportProgress({ output }: Context): Pick<
  SendTransferOptions,
  'onSent' | 'onAnswer'
> & {
  wasSent(): boolean;
  stop(): void;
} {
  let sent = false;
  let later: ReturnType<typeof setTimeout> | undefined;
  return {
    wasSent: () => sent,
    onSent: ({ waitMs }, method) => {
      sent = true;
      if (method === 'bridge') {
        output.progress(
          `Calling the target, up to ${formatDuration(waitMs)}. Ctrl-C stops the ringing`,
        );
        return;
      }
      // Short enough for 80 columns, with the seconds behind it.
      const rest = `waiting up to ${formatDuration(waitMs)}. Ctrl-C exits; the transfer continues`;
      const progress = output.progress(`REFER sent, ${rest}`);
      later = setTimeout(
        () => progress.update(`REFER taken, ${rest}`),
        // By then an unanswered REFER would have failed.
        SHORTEST_CONCLUSIVE_WAIT_MS,
      );
    },
    onAnswer: (classification) => {
      clearTimeout(later);
      output.progress(`${answerInBrief(classification)}, looking where the caller is`);
    },
    stop: () => {
      clearTimeout(later);
      output.close();
    },
  };
}

/** What is said of anything that was done to a caller. */
export type Told = Pick<TransferResult, 'headline' | 'message' | 'hint' | 'exitCode'>;

/** One attempt: the line that says it all, in the colour of its outcome, and what explains it. */
export async function showMessage(result: Told, context: Context): Promise<void> {
  await showHeadline(result, context);
  context.output.sentence(withoutRepetition(result));
}

/** The message without the sentence that closes the headline as well. */
export function withoutRepetition({
  headline,
  message,
}: Pick<Told, 'headline' | 'message'>): string {
  const last = headline.slice(headline.lastIndexOf('. ') + 1);
  return message.endsWith(last) ? message.slice(0, -last.length) : message;
}

async function showHeadline({ headline, exitCode }: Told, { output }: Context): Promise<void> {
  const { green, red, yellow } = await output.palette('stdout');
  const paint = exitCode === 0 ? green : exitCode === 7 ? yellow : red;
  output.sentence(headline, paint);
}

/** Between two targets: what became of the first, and where the caller goes now. */
export async function showFallback(
  failed: TransferResult,
  { destination }: Pick<TransferPlan, 'destination'>,
  context: Context,
): Promise<void> {
  if (context.output.json) return;
  if (context.output.selects) context.output.warn(failed.message);
  else await showHeadline(failed, context);
  context.output.notice(`Trying the next: ${nameDestination(destination)}.`);
}

/** A request went out, of a run that tells of more than its result. */
export function showSent(
  { callId }: Call,
  { transferTo, waitMs }: TransferRequest,
  method: StepMethod,
  context: Context,
): void {
  const type = method === 'bridge' ? 'dialling' : 'refer-sent';
  tellEvent<Untimed<RequestSent>>({ type, callId, transferTo, waitMs }, context);
}

/** The result as one event among others, on a line of its own. */
export function showResultEvent(result: ChainResult, context: Context): void {
  const moment: Untimed<CallMoment<TransferEnded['type']>> = {
    type: result.outcome === 'bridged' ? 'bridged' : 'result',
    callId: result.call.callId,
  };
  tellEvent({ ...moment, ...context.output.select(result, RESULT_FIELDS) }, context);
}

/** @param known every field there may be, for `--fields` */
export async function showResult(
  result: Told,
  context: Context,
  known: readonly string[] = RESULT_FIELDS,
): Promise<void> {
  const { output } = context;
  await output.record(result, known, () => showMessage(result, context));
  if (output.json) return;
  // Whoever reads fields alone has to know as well what must not be done now.
  if (output.selects && result.exitCode !== 0) output.warn(result.message);
  if (result.hint === null) return;
  // After a success the hint is chatter; after anything else it is what to do next.
  if (result.exitCode === 0) output.notice(result.hint);
  else output.warn(result.hint);
}

/** What leaves the caller to somebody else, now or in a while. */
const TRY_ANOTHER: readonly Action[] = ['other-destination', 'retry-soon', 'retry-later'];

/** After a transfer that failed, for people: the line for another destination, to be copied. */
export function showNextCommand(
  { advice, attempts, call, caller, exitCode }: ChainResult,
  { config }: Session,
  { output }: Context,
): void {
  if (!output.forPeople || output.selects || exitCode !== 1 || caller !== 'on-the-line') return;
  if (!TRY_ANOTHER.includes(advice.action) || advice.command !== null) return;
  const tried = attempts.map(({ destination }) => destination.department);
  const others = Object.keys(config.departments ?? {}).filter((name) => !tried.includes(name));
  const command = transferLine(call.callId, others[0] ?? 'DESTINATION');
  output.notice(`Another destination: \`${command}\``);
}

// A line for each caller, at the end of a batch.

/** What became of one caller, in a line. */
export interface OutcomeRow {
  callId: string;
  caller: string;
  to: string;
  outcome: string;
  where: string;
}

const ROW_COLUMNS: readonly Column<OutcomeRow>[] = [
  { field: 'callId', heading: 'Call', value: ({ callId }) => callId },
  { field: 'phoneNumber', heading: 'Caller', value: ({ caller }) => caller, shrinks: true },
  { field: 'destination', heading: 'To', value: ({ to }) => to, shrinks: true, optional: true },
  { field: 'outcome', heading: 'Outcome', value: ({ outcome }) => outcome },
  { field: 'caller', heading: 'Caller is', value: ({ where }) => where },
];

const WHERE: Readonly<Record<CallerLocation, string>> = {
  left: 'gone',
  'on-the-line': 'on the line',
  'with-target': 'with target',
  unknown: 'not known',
};

function nameTarget({ department, input }: Pick<Destination, 'department' | 'input'>): string {
  return department ?? input;
}

export function outcomeRow({ call, destination, outcome, caller }: ChainResult): OutcomeRow {
  return {
    callId: call.callId,
    caller: call.phoneNumberRaw ?? call.name,
    to: nameTarget(destination),
    outcome,
    where: WHERE[caller],
  };
}

/** A request went out, and nobody will know how it ended. */
export function rowOfLost({ call, destination }: TransferPlan): OutcomeRow {
  const caller = call.phoneNumberRaw ?? call.name;
  const what = { outcome: 'unknown', where: WHERE.unknown };
  return { callId: call.callId, caller, to: nameTarget(destination), ...what };
}

export function rowOfNotTried({ callId }: NotTried): OutcomeRow {
  return { callId, caller: '', to: '', outcome: 'not tried', where: 'not sent' };
}

/** The table at the end of a batch. */
export async function showOutcomes(
  rows: readonly OutcomeRow[],
  { output }: Context,
): Promise<void> {
  await output.list(rows, ROW_COLUMNS, []);
}
