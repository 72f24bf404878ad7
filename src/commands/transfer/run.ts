/** `transfer`: send a caller to another place, and say what became of it. */

import type { Call } from '../../calls/call.ts';
import { type ExitCode, InterruptedError } from '../../core/errors.ts';
import type { History } from '../../history/record.ts';
import { preflight } from '../../transfer/before-sending.ts';
import { DECLINED, fallbackPassedOver, NOTHING_SENT } from '../../transfer/explain/errors.ts';
import { type PlanRequest, planFor, targetsOf } from '../../transfer/plan.ts';
import { type SendTransferOptions, sendTransfer } from '../../transfer/send.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import { commandWithId } from '../shared/calls.ts';
import {
  type Context,
  canPrompt,
  confirmOrDecline,
  throwIfInterrupted,
} from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { openSessionHistory } from '../shared/session-history.ts';
import type { TransferOptions } from './command.ts';
import { BATCH_FIELDS, DRY_RUN_FIELDS, RESULT_FIELDS } from './command.ts';
import { checkTransferOptions, isBatch, planRequest, settingFlags } from './options.ts';
import type { Choosable } from './pick.ts';
import { reportProgress, showDryRun, showFallback, showPreview, showResult } from './report.ts';

const MOVABLE: Choosable = {
  fits: ({ transferable }) => transferable,
  what: 'that could be transferred',
};

/** The call that is meant, from the command line or from a list to pick from. */
async function callToMove(
  options: TransferOptions,
  session: Session,
  context: Context,
): Promise<Call> {
  const { to, via } = options;
  const { checkDestination, meantCall } = await import('./pick.ts');
  const asks = canPrompt(context, options);
  // What is wrong with it whoever is chosen is told before anybody is asked to choose.
  if (to !== undefined && asks) checkDestination(to, session, via);
  return meantCall(options, session, context, asks, commandWithId('transfer', to), MOVABLE);
}

/** Finds the caller and the destination, asks, sends, and tells what became of it. */
async function transferCaller(
  options: TransferOptions,
  request: PlanRequest,
  session: Session,
  context: Context,
  { record, earlierOf }: History,
  telling: Pick<SendTransferOptions, 'onSent' | 'onAnswer'>,
): Promise<ExitCode> {
  const { client } = session;
  const call = await callToMove(options, session, context);
  const finder = trunkFinder(client, session.config, context.host.sleep);
  const trunk = await finder.factsOf(call);
  const missing = finder.warnOfMissingTrunks();
  const to =
    options.to ??
    (await (await import('./pick.ts')).pickDestination(session, context, trunk, request.via));
  const earlier = await earlierOf(call.callId, options.again === true);
  const planned = await finder.resolveWith(
    trunk,
    (facts) => planFor(call, to, facts, session, request, earlier),
    targetsOf,
  );
  throwIfInterrupted(context);
  const { plan } = planned;

  const asks = options.yes !== true && options.dryRun !== true;
  const leftOut = [...planned.leftOut, ...(await missing)];
  await showPreview({ plan, leftOut }, session, context, asks);
  if (options.dryRun === true) {
    await showDryRun(plan, context);
    return 0;
  }
  const { host, interruption } = context;
  const send: SendTransferOptions = {
    clock: { ...host, sleep: (ms) => host.sleep(ms, interruption.abort) },
    isAgent: session.isAgent,
    interruption,
    record,
    onFallback: (failed, next) => showFallback(failed, next, context),
    onPassedOver: ({ destination }, reason) =>
      context.output.warn(fallbackPassedOver({ call, destination }, reason)),
    ...telling,
  };
  const refusal = await preflight(client, plan, send);
  if (refusal === null && options.yes !== true) {
    await confirmOrDecline(context, 'Transfer this caller?', DECLINED);
  }
  const result =
    refusal === null ? await sendTransfer(client, plan, send) : { ...refusal, attempts: [] };
  context.output.close();
  await showResult(result, context);
  return result.exitCode;
}

async function transferOne(options: TransferOptions, context: Context): Promise<ExitCode> {
  const { interruption } = context;
  const request = planRequest(options);
  const open = openSession(options, context, { mutates: true, flags: settingFlags(options) });
  const progress = reportProgress(context);
  try {
    return await withSession(open, (session) => {
      const record = openSessionHistory(session, context, { offersAgain: true });
      return transferCaller(options, request, session, context, record, progress);
    });
  } catch (error) {
    // Whatever Ctrl-C cut off before the request went out: it never did.
    const { signal } = interruption;
    if (signal === null || progress.wasSent()) throw error;
    throw new InterruptedError(signal, NOTHING_SENT);
  } finally {
    progress.stop();
  }
}

/**
 * @returns the exit code of the outcome, of a batch the worst
 * @throws KnownError for whatever stops it before anything is sent
 */
export async function run(options: TransferOptions, context: Context): Promise<ExitCode> {
  checkTransferOptions(options, context);
  const known = isBatch(options) ? BATCH_FIELDS : RESULT_FIELDS;
  context.output.checkFields(options.dryRun === true ? DRY_RUN_FIELDS : known);
  if (!isBatch(options)) return transferOne(options, context);
  return (await import('./batch.ts')).transferBatch(options, context);
}
