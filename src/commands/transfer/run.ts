/** `transfer`: transfer a caller to another destination, and say what became of it. */

import type { Call } from '../../calls/call.ts';
import { asSentence, type ExitCode, InterruptedError, isKnownError } from '../../core/errors.ts';
import type { History } from '../../history/record.ts';
import { confirm } from '../../terminal/prompts.ts';
import { preflight } from '../../transfer/before-sending.ts';
import { LEFTOVER_ENDED, NOT_DIALLED, SANDBOX_ENDS } from '../../transfer/explain/advice.ts';
import {
  DECLINED,
  fallbackPassedOver,
  leavingDial,
  NOT_SENT,
  NOTHING_SENT,
  ONLY_REFUSED,
} from '../../transfer/explain/errors.ts';
import type { PlanRequest } from '../../transfer/plan.ts';
import type { ChainResult } from '../../transfer/result.ts';
import { type SendTransferOptions, sendTransfer } from '../../transfer/send.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import {
  awaitAnswer,
  type Context,
  canPrompt,
  confirmOrDecline,
  sameLineFor,
  throwIfInterrupted,
} from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { openSessionHistory, warnOfKnownRefer } from '../shared/session-history.ts';
import { Announcements, tellAnnouncing } from './announce.ts';
import type { TransferOptions } from './command.ts';
import { BATCH_FIELDS, DRY_RUN_FIELDS, RESULT_FIELDS } from './command.ts';
import { checkTransferOptions, isBatch, planRequest, settingFlags } from './options.ts';
import type { Choosable, Instead } from './pick.ts';
import { questionAbout } from './preview.ts';
import {
  mayDial,
  reportProgress,
  showDryRun,
  showFallback,
  showLines,
  showNextCommand,
  showPreview,
  showResult,
  showResultEvent,
  showSent,
  wantsBridge,
} from './report.ts';

/** Nothing can be transferred while they ring: an agent, or a bridge, answers them. */
const rings = ({ status, direction }: Call) => status === 'ringing' && direction === 'inbound';

const MOVABLE: Choosable = {
  fits: (call) => call.transferable || rings(call),
  what: 'that could be transferred',
};

/** Nobody is named: whoever it is was chosen from a list. */
const wasPicked = ({ caller, room }: TransferOptions) => caller === undefined && room === undefined;

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
  return meantCall(options, session, context, asks, sameLineFor(context), MOVABLE);
}

/** What holds for all that one line does: the record, and who hears how far it is. */
interface Telling extends History {
  progress: Pick<SendTransferOptions, 'onSent' | 'onAnswer'>;
  announcements: Announcements;
  /** Does what was chosen in place of a transfer. */
  doInstead(what: Instead): Promise<ExitCode>;
  /** Something was done that is no transfer. */
  noteDone(): void;
}

/** Moves a caller: plans, asks, sends, and tells what became of it. */
async function moveCaller(
  call: Call,
  to: string | undefined,
  options: TransferOptions,
  request: PlanRequest,
  session: Session,
  context: Context,
  telling: Telling,
): Promise<ExitCode> {
  const { client } = session;
  const finder = trunkFinder(client, session.config, context.host.sleep);
  const trunk = await finder.factsOf(call);
  const missing = finder.warnOfMissingTrunks();
  const known = warnOfKnownRefer([call], session, context.host);
  const picks = to === undefined ? await import('./pick.ts') : null;
  const destination =
    to ?? (await picks?.pickDestination(call, session, context, trunk, request)) ?? '';
  if (typeof destination !== 'string') return telling.doInstead(destination.instead);
  const earlier = await telling.earlierOf(call.callId, options.again === true);
  const resolved = await finder.planFor(call, destination, trunk, session, request, earlier);
  const planned = await telling.announcements.prepare(resolved);
  throwIfInterrupted(context);
  let { plan } = planned;

  const asks = options.yes !== true && options.dryRun !== true;
  // What is known of REFER on the trunk matters where one is sent.
  const ofRefer = plan.bridge === null ? await known : [];
  const leftOut = [...planned.leftOut, ...(await missing), ...ofRefer];
  await showPreview({ plan, leftOut }, session, context, asks);
  if (options.dryRun === true) {
    await showDryRun(plan, session, context);
    return 0;
  }
  const bridges = mayDial(plan) ? await import('./bridge.ts') : null;
  let hungUp = false;
  // A target that a killed program has left may be all that is open of the call.
  if ((bridges !== null || plan.openTransfers.length > 0) && canPrompt(context, options)) {
    const { askAboutTarget } = bridges ?? (await import('./bridge.ts'));
    plan = await askAboutTarget(plan, session, context, () => {
      hungUp = true;
      telling.noteDone();
    });
  }
  const { host, interruption, output } = context;
  const events = bridges !== null && output.json;
  const send: SendTransferOptions = {
    clock: { ...host, sleep: (ms) => host.sleep(ms, interruption.abort) },
    isAgent: session.isAgent,
    interruption,
    record: telling.record,
    bridging: bridges?.bridgingMeans(session, context, options.detach !== true),
    onFallback: (failed, next) => showFallback(failed, next, context),
    onPassedOver: ({ destination: passed }, reason) =>
      output.warn(fallbackPassedOver({ call, destination: passed }, reason)),
    ...telling.progress,
    onSent: (sent, method) => {
      telling.progress.onSent?.(sent, method);
      const { destination: called } =
        [plan, ...plan.fallbacks].find((each) => each.request.transferTo === sent.transferTo) ??
        plan;
      interruption.onLeaving(() => {
        if (method === 'bridge') output.warn(leavingDial(called));
      });
      if (events) showSent(call, sent, method, context);
    },
  };
  const refusal = await preflight(client, plan, send);
  if (refusal === null && options.yes !== true) {
    const [declined, consequence] = hungUp
      ? [DECLINED.replace(NOT_SENT, LEFTOVER_ENDED), LEFTOVER_ENDED]
      : [DECLINED];
    await confirmOrDecline(context, questionAbout(plan), declined, consequence);
  }
  const announcement =
    refusal === null ? await telling.announcements.carryOut(plan, tellAnnouncing(context)) : null;
  const result: ChainResult = {
    ...(refusal === null ? await sendTransfer(client, plan, send) : { ...refusal, attempts: [] }),
    announcement,
  };
  interruption.onLeaving(() => {});
  output.close();
  if (events) showResultEvent(result, context);
  else await showResult(result, context);
  // Its calls are gone before anything that was advised could be done.
  const isLeft = result.exitCode === 7 || (result.outcome === 'bridged' && options.detach === true);
  if (session.sandbox && isLeft) output.notice(SANDBOX_ENDS);
  showNextCommand(result, session, context);
  if (bridges !== null && result.outcome === 'bridged' && options.detach !== true) {
    const watchers = new bridges.BridgeWatchers(session, context);
    watchers.add(result);
    return watchers.stay();
  }
  if (!wantsBridge(result) || !canPrompt(context, options) || request.method !== undefined) {
    return result.exitCode;
  }
  let isDialled = false;
  try {
    const question = 'Bridge the caller to the same target instead?';
    if (!(await awaitAnswer(confirm(host, question, interruption.abort), context))) {
      return result.exitCode;
    }
    const instead = { ...request, method: 'bridge' as const, fallback: [] };
    const { yes: _, ...unconfirmed } = options;
    // What was announced was said once, for both.
    const announcements = await Announcements.open({ announce: false }, session, context);
    const progress: Telling['progress'] = {
      ...telling.progress,
      onSent: (...sent) => {
        isDialled = true;
        telling.progress.onSent?.(...sent);
      },
    };
    const silent = { ...telling, announcements, progress };
    const { input } = result.destination;
    return await moveCaller(result.call, input, unconfirmed, instead, session, context, silent);
  } catch (error) {
    if (isDialled || !isKnownError(error)) throw error;
    // Of the bridge alone nothing was sent.
    const wasRefused = result.outcome === 'refused' && result.stage === 'refer';
    const message = error.message.replace(NOT_SENT, wasRefused ? ONLY_REFUSED : NOT_DIALLED);
    if (error instanceof InterruptedError) {
      throw new InterruptedError(interruption.signal ?? 'SIGINT', message);
    }
    output.warn(error.hint === undefined ? message : `${asSentence(message)} ${error.hint}`);
    return result.exitCode;
  }
}

/** By the command of its own, which asks once more. */
async function hangUpInstead(
  { callId }: Call,
  { room: _room, identity: _identity, yes: _yes, ...options }: TransferOptions,
  context: Context,
): Promise<ExitCode> {
  const { run: hangUp } = await import('../calls/hangup.ts');
  return hangUp({ ...options, caller: callId }, context);
}

async function transferOne(options: TransferOptions, context: Context): Promise<ExitCode> {
  const { interruption, output } = context;
  const request = planRequest(options);
  let sentFor = false;
  const noteDone = () => {
    sentFor = true;
  };
  const open = openSession(options, context, { mutates: true, flags: settingFlags(options) });
  const progress = reportProgress(context);
  try {
    return await withSession(open, async (session) => {
      const history = openSessionHistory(session, context, { offersAgain: true });
      const announcements = await Announcements.open(options, session, context);
      const call = await callToMove(options, session, context);
      const asksToAnswer = canPrompt(context, options) && options.yes !== true;
      // Whoever is asked is told that the dial answers the caller.
      const wanted = { ...request, answerCaller: request.answerCaller ?? asksToAnswer };
      const doInstead = async (what: Instead): Promise<ExitCode> => {
        const dry = options.dryRun === true ? { dryRun: options.dryRun } : {};
        if (what === 'ask') {
          const { openRows } = await import('../desk/transfers.ts');
          const open = await history.earlierOf(call.callId, true);
          const rows = openRows(call, open, history.record.trace);
          await showLines(
            rows.map(([label, text]) => ({ label, text })),
            context,
            true,
          );
          return 0;
        }
        // What it says when it is left is its own.
        if (what === 'hangup') {
          noteDone();
          return hangUpInstead(call, options, context);
        }
        const { rescueCaller } = await import('../calls/rescue.ts');
        const rescue = rings(call) ? dry : { ...dry, replace: true as const };
        return rescueCaller(call, rescue, session, context, noteDone);
      };
      if (wasPicked(options) && rings(call) && request.method !== 'bridge' && !output.selects) {
        const { pickForRinging } = await import('./pick.ts');
        if ((await pickForRinging(call, context)) === 'rescue') return doInstead('rescue');
        Object.assign(wanted, { method: 'bridge', answerCaller: true });
      }
      const telling = { ...history, progress, announcements, doInstead, noteDone };
      return moveCaller(call, options.to, options, wanted, session, context, telling);
    });
  } catch (error) {
    // Whatever Ctrl-C cut off before the request went out: it never did.
    const { signal } = interruption;
    if (signal === null || progress.wasSent() || sentFor) throw error;
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
