/** The transfers of one session at the desk: planned, sent, and remembered until it is left. */
import type { Call } from '../../calls/call.ts';
import { asSentence, type KnownError } from '../../core/errors.ts';
import { shellWord } from '../../core/text.ts';
import { escapeText } from '../../terminal/style.ts';
import { preflight } from '../../transfer/before-sending.ts';
import { fallbackPassedOver, type Trace } from '../../transfer/explain/errors.ts';
import { answerInBrief } from '../../transfer/explain/explain.ts';
import { describeOpenTransfer, nameDestination } from '../../transfer/explain/facts.ts';
import { isOpen, type OpenTransfer, type StepMethod } from '../../transfer/outcome.ts';
import { methodOf, type Planned, type TransferPlan } from '../../transfer/plan.ts';
import { type ChainResult, credibleOutcome, type TransferResult } from '../../transfer/result.ts';
import { type SendTransferOptions, sendTransfer } from '../../transfer/send.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { describeTrunkVerdict, openSessionHistory } from '../shared/session-history.ts';
import { Announcements } from '../transfer/announce.ts';
import { mayDial } from '../transfer/report.ts';
import type { Wish } from './deeds.ts';
import { CALLING, type DestinationStep, REFER_SENT, type SendingTransfer } from './steps.ts';

/** Two moments no further apart than this are those of one request, in ms. */
const SAME_WITHIN_MS = 10_000;

/** A transfer of this session, or what else was done, which has no result of one. */
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
  /** What went wrong with the record, and who was not told first: said when the desk is left. */
  readonly #trouble: string[] = [];

  constructor(session: Session, context: Context) {
    this.#session = session;
    this.#context = context;
  }

  /** Has a step say what is known of the trunk of a call, and of transfers on it. */
  async readTrunk(call: Call, step: DestinationStep, refresh: () => void): Promise<void> {
    const { client, config } = this.#session;
    const trunk = await trunkFinder(client, config, this.#context.host.sleep).factsOf(call);
    step.trunk = trunk;
    refresh();
    const own = this.#done.flatMap(({ trunkId, result }) =>
      result !== null && trunkId === call.trunkId ? [result] : [],
    );
    const { host } = this.#context;
    step.verdict = await describeTrunkVerdict(call, trunk, own, this.#session, host);
    refresh();
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

  /** What is left of the transfers of this session. */
  get trace(): Trace {
    return this.#history().record.trace;
  }

  #history() {
    return openSessionHistory(this.#session, this.#context, {
      offersAgain: true,
      onTrouble: (message) => this.#trouble.push(message),
    });
  }

  /**
   * Works out what a transfer would do.
   * @returns with the result where nothing may be sent as it is
   */
  async plan(
    call: Call,
    to: string,
    { again, method, fallback, announced = false }: Wish,
  ): Promise<{ planned: Planned; refusal: TransferResult | null }> {
    const { client, config } = this.#session;
    const finder = trunkFinder(client, config, this.#context.host.sleep);
    const trunk = await finder.factsOf(call);
    const missing = finder.warnOfMissingTrunks();
    // Whoever is asked is told that the dial answers a caller who rings.
    const wanted = { fallback, again, method, answerCaller: true };
    const request = { via: undefined, headers: {}, ...wanted };
    const open = await this.openTransfersOf(call, again);
    const resolved = await finder.planFor(call, to, trunk, this.#session, request, open);
    const prepared = await (await this.#announcements(announced)).prepare(resolved);
    const { plan } = prepared;
    const planned = { plan, leftOut: [...prepared.leftOut, ...(await missing)] };
    return { planned, refusal: await preflight(client, plan, this.#options()) };
  }

  /**
   * The transfers of a call that may still come about.
   * @param anyway goes by what can be read
   */
  async openTransfersOf(call: Call, anyway: boolean): Promise<OpenTransfer[]> {
    const known = await this.#history().earlierOf(call.callId, anyway);
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
    return [...known, ...own];
  }

  /** As the config has them, or none where the caller was told before. */
  #announcements(announced: boolean): Promise<Announcements> {
    const options = announced ? { announce: false as const } : {};
    return Announcements.open(options, this.#session, this.#context);
  }

  /**
   * Has it announced where the config wants that, and sends it, once.
   * @throws what `carryOut` and `sendTransfer` throw
   */
  async send(step: SendingTransfer, refresh: () => void): Promise<ChainResult> {
    const { plan } = step.deed.planned;
    const telling = tellingOf(step, this.#context.host.elapsed, refresh);
    const announcements = await this.#announcements(plan.announcement === undefined);
    const announcement = await announcements.carryOut(plan, {
      onSaying: (words) => {
        step.stage = escapeText(words);
        refresh();
      },
      onUnsaid: (words) => {
        step.failed.push(escapeText(words));
        this.#trouble.push(words);
      },
    });
    const bridging = mayDial(plan)
      ? (await import('../transfer/bridge.ts')).bridgingMeans(this.#session, this.#context, true)
      : undefined;
    const options = this.#options({ ...telling, bridging });
    const sent = await sendTransfer(this.#session.client, plan, options);
    const result = { ...sent, announcement };
    this.#note(plan, result);
    return result;
  }

  #note(plan: TransferPlan, result: ChainResult): void {
    const { callId, trunkId } = plan.call;
    const { outcome, startedAt, transferMethod, destination, hint } = result;
    const { referTo, department, input } = destination;
    const open = isOpen(outcome)
      ? { startedAt, to: department ?? input, referTo, transferMethod, outcome, underWay: null }
      : null;
    this.#done.push({ callId, trunkId, result, headline: result.headline, hint, open });
  }

  /** Something else that was done, for when the desk is left. @param hint what is still to be done */
  tell({ callId }: Call, headline: string, hint: string | null): void {
    const nothing = { trunkId: null, result: null, open: null };
    this.#done.push({ callId, ...nothing, headline, hint });
  }

  /** A request went out, and nobody will know how it ended. */
  lose({ deed, sentMs }: SendingTransfer, error: KnownError): void {
    const { call, destination, request } = deed.planned.plan;
    const { host } = this.#context;
    const agoMs = sentMs === null ? 0 : host.elapsed() - sentMs;
    const open: OpenTransfer = {
      startedAt: new Date(host.now() - agoMs).toISOString(),
      to: nameDestination(destination),
      referTo: request.transferTo,
      ...{ transferMethod: methodOf(deed.planned.plan), outcome: null, underWay: null },
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
    for (const { headline, hint, open, result } of this.#done) {
      output.sentence(headline);
      if ((open !== null || result === null) && hint !== null) output.warn(hint);
    }
    for (const message of new Set(this.#trouble)) output.warn(message);
  }
}

/** Has a step say how far the transfer is: LiveKit reports nothing before the end. */
function tellingOf(
  step: SendingTransfer,
  elapsed: () => number,
  refresh: () => void,
): Partial<SendTransferOptions> {
  const say = (stage: string) => {
    step.stage = stage;
    refresh();
  };
  let sentBy: StepMethod = 'refer';
  return {
    onSent: ({ waitMs }, method) => {
      Object.assign(step, { sentMs: elapsed(), waitMs });
      sentBy = method;
      say(method === 'bridge' ? CALLING : REFER_SENT);
    },
    onAnswer: (classification) => {
      const { outcome, stage } = classification;
      const { openTransfers } = step.deed.planned.plan;
      const said = sentBy === 'refer' ? credibleOutcome(outcome, stage, openTransfers) : outcome;
      step.isOver = said === 'refused' || said === 'target-failed';
      say(`${answerInBrief(classification)}, looking where the caller is`);
    },
    onFallback: (failed, next) => {
      step.failed.push(escapeText(failed.message));
      const { planned } = step.deed;
      step.deed = { kind: 'transfer', planned: { ...planned, plan: { ...planned.plan, ...next } } };
      Object.assign(step, { sentMs: elapsed(), waitMs: next.request.waitMs, isOver: false });
      say('Trying the fallback');
    },
    onPassedOver: ({ destination }, reason) => {
      step.failed.push(
        escapeText(fallbackPassedOver({ call: step.deed.planned.plan.call, destination }, reason)),
      );
    },
  };
}

/** Who may have the caller, by the transfers that may still come about, and what to do about it. */
export function openRows(
  call: Call,
  open: readonly OpenTransfer[],
  trace: Trace,
): (readonly [string, string])[] {
  const rows = open.map((each) => ['Open', describeOpenTransfer(each)] as const);
  const targets = [...new Set(open.map(({ to }) => to))].join(' and ');
  const close = ['Then record', `\`lk-transfer history close ${shellWord(call.callId)}\``] as const;
  const none = ['Open', 'none is recorded on this machine'] as const;
  return [
    ...(rows.length === 0 ? [none] : rows),
    ['Ask', `${targets || 'the target'}: do they have the caller, or did they have the caller?`],
    ['If so', 'the call that is left here can be hung up'],
    // Of the sandbox nothing is recorded.
    ...(trace === 'sandbox' ? [] : [close]),
  ];
}
