/** The transfers of one session at the desk: planned, sent, and remembered until it is left. */
import type { Call } from '../../calls/call.ts';
import { asSentence, type KnownError } from '../../core/errors.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { escapeText } from '../../terminal/style.ts';
import { preflight } from '../../transfer/before-sending.ts';
import { fallbackPassedOver, interruptedWhileSending } from '../../transfer/explain/errors.ts';
import { answerInBrief, nameDestination } from '../../transfer/explain/explain.ts';
import { isOpen, type OpenTransfer } from '../../transfer/outcome.ts';
import { type Planned, planFor, type TransferPlan, targetsOf } from '../../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import { type SendTransferOptions, sendTransfer } from '../../transfer/send.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openSessionHistory } from '../shared/session-history.ts';
import { describeVerdict, REFER_SENT, type Step } from './steps.ts';

/** Two moments no further apart than this are those of one request, in ms. */
const SAME_WITHIN_MS = 10_000;

type Sending = Step & { kind: 'sending' };

/** A transfer of this session. */
interface Done {
  callId: string;
  trunkId: string | null;
  result: TransferResult | null;
  headline: string;
  hint: string | null;
  open: OpenTransfer | null;
}

export class SessionTransfers {
  readonly #session: Session;
  readonly #context: Context;
  readonly #done: Done[] = [];
  /** What went wrong with the record, told when the desk is left. */
  readonly #trouble: string[] = [];

  constructor(session: Session, context: Context) {
    this.#session = session;
    this.#context = context;
  }

  /**
   * What is known of transfers on the trunk of a call.
   * @param onTrunk called with what is known of the trunk itself, as soon as it is
   * @returns a line, safe to print
   */
  async readTrunk(call: Call, onTrunk: (trunk: TrunkFacts) => void): Promise<string> {
    const { client, config } = this.#session;
    const trunk = await trunkFinder(client, config, this.#context.host.sleep).factsOf(call);
    onTrunk(trunk);
    const own = this.#done.flatMap(({ trunkId, result }) =>
      result !== null && trunkId === call.trunkId ? [result] : [],
    );
    return describeVerdict(call, trunk, own, this.#session, this.#context.host);
  }

  #options(telling: Partial<SendTransferOptions> = {}): SendTransferOptions {
    const { host, interruption } = this.#context;
    const { record } = this.#history();
    return {
      clock: { ...host, sleep: (ms) => host.sleep(ms, interruption.abort) },
      isAgent: this.#session.isAgent,
      interruption,
      record,
      ...telling,
    };
  }

  #history() {
    return openSessionHistory(this.#session, this.#context, {
      offersAgain: true,
      onTrouble: (message) => this.#trouble.push(message),
    });
  }

  /**
   * Works out what a transfer would do.
   * @param again it is wanted although an earlier one may still come about
   * @param fallback undefined leaves the fallbacks to the department
   * @returns with the result where nothing may be sent as it is
   */
  async plan(
    call: Call,
    to: string,
    again: boolean,
    fallback: readonly string[] | undefined,
  ): Promise<{ planned: Planned; refusal: TransferResult | null }> {
    const { client, config } = this.#session;
    const finder = trunkFinder(client, config, this.#context.host.sleep);
    const trunk = await finder.factsOf(call);
    const missing = finder.warnOfMissingTrunks();
    const known = await this.#history().earlierOf(call.callId, again);
    // The record and this session note the same transfer, each at a moment of its own.
    const isKnown = ({ startedAt, referTo }: OpenTransfer) =>
      known.some(
        (each) =>
          each.referTo === referTo &&
          Math.abs(Date.parse(each.startedAt) - Date.parse(startedAt)) < SAME_WITHIN_MS,
      );
    const own = this.#done.flatMap(({ callId, open }) =>
      callId === call.callId && open !== null && !isKnown(open) ? [open] : [],
    );
    const request = { via: undefined, headers: {}, fallback, again };
    const resolved = await finder.resolveWith(
      trunk,
      (facts) => planFor(call, to, facts, this.#session, request, [...known, ...own]),
      targetsOf,
    );
    const { plan } = resolved;
    const planned = { plan, leftOut: [...resolved.leftOut, ...(await missing)] };
    return { planned, refusal: await preflight(client, plan, this.#options()) };
  }

  /** Sends it, once. @throws what `sendTransfer` throws */
  async send(plan: TransferPlan, step: Sending, refresh: () => void): Promise<ChainResult> {
    const telling = tellingOf(step, this.#context.host.elapsed, refresh);
    const result = await sendTransfer(this.#session.client, plan, this.#options(telling));
    this.#note(plan, result);
    return result;
  }

  #note(plan: TransferPlan, result: ChainResult): void {
    const { callId, trunkId } = plan.call;
    const { outcome, startedAt, destination, hint } = result;
    const { referTo, department, input } = destination;
    const open = isOpen(outcome)
      ? { startedAt, to: department ?? input, referTo, outcome, underWay: null }
      : null;
    this.#done.push({ callId, trunkId, result, headline: result.headline, hint, open });
  }

  /** A request went out, and nobody will know how it ended. */
  lose({ plan, sentMs }: Sending, error: KnownError): void {
    const { call, destination, request } = plan;
    const { host } = this.#context;
    const agoMs = sentMs === null ? 0 : host.elapsed() - sentMs;
    const open: OpenTransfer = {
      startedAt: new Date(host.now() - agoMs).toISOString(),
      to: nameDestination(destination),
      referTo: request.transferTo,
      ...{ outcome: null, underWay: null },
    };
    const { callId, trunkId } = call;
    const hint = error.hint ?? null;
    this.#done.push({
      callId,
      trunkId,
      result: null,
      headline: asSentence(error.message),
      hint,
      open,
    });
  }

  /** What was done in this session, where the terminal is its own again. */
  sumUp(): void {
    const { output } = this.#context;
    output.close();
    for (const { headline, hint, open } of this.#done) {
      output.sentence(headline);
      if (open !== null && hint !== null) output.warn(hint);
    }
    for (const message of new Set(this.#trouble)) output.warn(message);
  }
}

/** What must be said where somebody leaves at once; null when nothing is out. */
export function wordsOnLeaving({ plan, sentMs }: Sending): string | null {
  if (sentMs === null) return null;
  const { message, hint } = interruptedWhileSending(plan);
  return `${message} ${hint}`;
}

/** Has a step say how far the transfer is: LiveKit reports nothing before the end. */
function tellingOf(
  step: Sending,
  elapsed: () => number,
  refresh: () => void,
): Partial<SendTransferOptions> {
  const say = (stage: string) => {
    step.stage = stage;
    refresh();
  };
  return {
    onSent: ({ waitMs }) => {
      Object.assign(step, { sentMs: elapsed(), waitMs });
      say(REFER_SENT);
    },
    onAnswer: (classification) =>
      say(`${answerInBrief(classification)}, looking where the caller is`),
    onFallback: (failed, { destination, request }) => {
      step.failed.push(escapeText(failed.message));
      step.plan = { ...step.plan, destination, request };
      Object.assign(step, { sentMs: elapsed(), waitMs: request.waitMs });
      say('Trying the fallback');
    },
    onPassedOver: ({ destination }, reason) => {
      step.failed.push(
        escapeText(fallbackPassedOver({ call: step.plan.call, destination }, reason)),
      );
    },
  };
}
