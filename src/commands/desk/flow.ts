/** What is done with one call, step by step, while the list goes on: most of all, its transfer. */
import type { Call } from '../../calls/call.ts';
import type { CallWatch } from '../../calls/watched-calls.ts';
import { SHORTEST_CONCLUSIVE_WAIT_MS } from '../../core/duration.ts';
import { asSentence, isKnownError } from '../../core/errors.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { readConsent } from '../../terminal/prompts.ts';
import type { Key, Size } from '../../terminal/screen.ts';
import { search } from '../../terminal/search.ts';
import { escapeText, type Palette } from '../../terminal/style.ts';
import { preflight } from '../../transfer/before-sending.ts';
import { fallbackPassedOver } from '../../transfer/explain/errors.ts';
import { answerInBrief, nameCaller, nameDestination } from '../../transfer/explain/explain.ts';
import { isOpen, type OpenTransfer } from '../../transfer/outcome.ts';
import { type Planned, planFor, type TransferPlan, targetsOf } from '../../transfer/plan.ts';
import { UnreadableRecordError } from '../../transfer/record.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import { type SendTransferOptions, sendTransfer } from '../../transfer/send.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import { destinationChoices } from '../shared/choices.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openSessionHistory } from '../shared/session-history.ts';
import { keyOf } from './board.ts';
import {
  AFTER_ERROR,
  ALL_THE_SAME,
  drawPanel,
  type Item,
  type NextStep,
  nextSteps,
  type Step,
} from './panel.ts';
import { describeVerdict } from './verdict.ts';

/** What came before a question could be read is no answer to it, in ms. */
const READ_FIRST_MS = 300;
/** Steps at which a key has consequences that must be read first. */
const GUARDED: readonly Step['kind'][] = ['confirm', 'outcome'];

/** Something that can be done with a call. Others are added here. */
interface CallAction {
  name: string;
  description: string;
  /** Why it cannot be done with this call, a sentence; null when it can. */
  obstacle(call: Call): string | null;
  begin(flow: Flow): void;
}

const ACTIONS: readonly CallAction[] = [
  {
    name: 'Transfer',
    description: 'to a department, number, extension or address',
    obstacle: ({ transferable, status }) =>
      transferable
        ? null
        : `The call is ${status ?? 'in no known state'}: it cannot be transferred now.`,
    begin: (flow) => flow.askDestination(false),
  },
  {
    name: 'Show',
    description: 'what is known of the call',
    obstacle: () => null,
    begin: (flow) => flow.showDetails(),
  },
];

/** A transfer of this session. */
interface Done {
  callId: string;
  trunkId: string | null;
  result: TransferResult | null;
  headline: string;
  hint: string | null;
  open: OpenTransfer | null;
}

export class Flow {
  readonly #session: Session;
  readonly #context: Context;
  readonly #watch: CallWatch;
  readonly #refresh: () => void;
  readonly #done: Done[] = [];
  /** Rejected by what ends the desk. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #call: Call | null = null;
  #step: Step | null = null;
  /** The step that was drawn last, and since when it stands on the screen. */
  #rendered: Step | null = null;
  #shownMs: number | null = null;
  #underWay: Promise<void> = Promise.resolve();

  constructor(session: Session, context: Context, watch: CallWatch, refresh: () => void) {
    this.#session = session;
    this.#context = context;
    this.#watch = watch;
    this.#refresh = refresh;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  get isOpen(): boolean {
    return this.#step !== null;
  }

  /** The keys that count at this step. */
  get keys(): string {
    switch (this.#step?.kind) {
      case 'confirm':
        return 'y and Enter transfers · Esc goes back';
      case 'sending':
        return 'Ctrl-C leaves';
      case 'details':
        return '↑↓ scroll · Esc goes back';
      default:
        return '↑↓ choose · Enter · Esc goes back';
    }
  }

  open(call: Call): void {
    this.#call = call;
    this.#set({ kind: 'actions', at: 0, problem: null });
  }

  #set(step: Step | null): void {
    this.#step = step;
    this.#shownMs = null;
    this.#refresh();
  }

  /** The call as it was seen last; what was picked, once it is not seen any more. */
  #latest(): { call: Call; hasEnded: boolean } | null {
    const picked = this.#call;
    if (picked === null) return null;
    const { calls } = this.#watch.state;
    const seen = calls.find(({ call }) => keyOf(call) === keyOf(picked));
    if (seen !== undefined) this.#call = seen.call;
    return { call: this.#call ?? picked, hasEnded: seen === undefined || seen.endedAtMs !== null };
  }

  lines(size: Size, palette: Palette): string[] {
    const latest = this.#latest();
    this.#rendered = this.#step;
    if (this.#step === null || latest === null) return [];
    const facts = {
      ...latest,
      place: this.#session.place,
      items: this.#items(this.#step),
      elapsedMs: this.#context.host.elapsed(),
    };
    return drawPanel(this.#step, facts, size, palette);
  }

  onDrawn(): void {
    if (this.#rendered === this.#step) this.#shownMs ??= this.#context.host.elapsed();
  }

  /** After a stop, what was typed before it answers nothing. */
  onReturn(): void {
    this.#shownMs = null;
    if (this.#step?.kind === 'confirm') this.#step.typed = '';
  }

  #items(step: Step): readonly Item<unknown>[] {
    if (step.kind === 'destination') return this.#destinations(step.trunk, step.typed);
    return step.kind === 'actions' ? ACTIONS.map((value) => ({ ...value, value })) : [];
  }

  #destinations(trunk: TrunkFacts | null, typed: string): Item<string>[] {
    if (trunk === null) return [];
    const { choices, asChoice, refuse } = destinationChoices(
      this.#session.config,
      trunk,
      undefined,
    );
    return search(choices, typed, asChoice).map(({ name, value, description = '' }) => ({
      name,
      description: refuse(value) ?? description,
      value,
    }));
  }

  onKey(key: Key): void {
    const step = this.#step;
    const latest = this.#latest();
    if (step === null || latest === null) return;
    if (GUARDED.includes(step.kind)) {
      const { host } = this.#context;
      if (this.#shownMs === null) return;
      if (host.elapsed() - this.#shownMs < READ_FIRST_MS) {
        this.#shownMs = host.elapsed();
        return;
      }
    }
    if (step.kind === 'sending') return;
    const ended = latest.hasEnded && step.kind !== 'outcome' && step.kind !== 'details';
    if (ended) {
      if (key.name === 'return' || key.name === 'escape') this.#set(null);
      return;
    }
    this.#keyAt(step, key, latest.call);
    this.#refresh();
  }

  #keyAt(step: Exclude<Step, { kind: 'sending' }>, key: Key, call: Call): void {
    if (key.name === 'escape') {
      this.#goBack(step);
      return;
    }
    const by = key.name === 'up' ? -1 : key.name === 'down' ? 1 : 0;
    switch (step.kind) {
      case 'actions': {
        step.at = Math.max(0, Math.min(step.at + by, ACTIONS.length - 1));
        const action = ACTIONS[step.at];
        if (key.name !== 'return' || action === undefined) return;
        step.problem = action.obstacle(call);
        if (step.problem === null) action.begin(this);
        return;
      }
      case 'details':
        step.scroll = Math.max(0, step.scroll + by);
        if (key.name === 'return') this.#goBack(step);
        return;
      case 'destination':
        this.#keyAtDestination(step, key, by);
        return;
      case 'planning':
        return;
      case 'confirm':
        this.#keyAtConfirm(step, key, by);
        return;
      case 'outcome': {
        step.at = Math.max(0, Math.min(step.at + by, step.next.length - 1));
        if (key.name === 'pagedown') step.scroll += 1;
        if (key.name === 'pageup') step.scroll = Math.max(0, step.scroll - 1);
        const chosen = step.next[step.at];
        if (key.name === 'return' && chosen !== undefined) this.#goOn(chosen.value);
        return;
      }
    }
  }

  #goBack({ kind }: Step): void {
    if (kind === 'confirm' || kind === 'planning') this.askDestination(false);
    else if (kind === 'destination' || kind === 'details') {
      this.#set({ kind: 'actions', at: kind === 'details' ? 1 : 0, problem: null });
    } else this.#set(null);
  }

  #goOn(next: NextStep): void {
    if (next.kind === 'back') this.#set(null);
    else if (next.kind === 'destination') this.askDestination(next.again);
    else void this.#plan(next.to, next.again, next.fallback);
  }

  showDetails(): void {
    this.#set({ kind: 'details', scroll: 0 });
  }

  askDestination(again: boolean): void {
    const latest = this.#latest();
    if (latest === null) return;
    const { call } = latest;
    const step: Step = {
      ...{ kind: 'destination', typed: '', at: 0, problem: null, trunk: null },
      ...{ verdict: 'Reading what is known of the trunk …', again },
    };
    this.#set(step);
    const { client, config } = this.#session;
    void trunkFinder(client, config, this.#context.host.sleep)
      .factsOf(call)
      .then(async (trunk) => {
        step.trunk = trunk;
        this.#refresh();
        const results = this.#done.flatMap(({ trunkId, result }) =>
          result !== null && trunkId === call.trunkId ? [result] : [],
        );
        step.verdict = await describeVerdict(
          call,
          trunk,
          results,
          this.#session,
          this.#context.host,
        );
        this.#refresh();
      })
      .catch(this.#fail);
  }

  #keyAtDestination(step: Step & { kind: 'destination' }, key: Key, by: number): void {
    const items = this.#destinations(step.trunk, step.typed);
    if (by !== 0) {
      step.at = Math.max(0, Math.min(step.at + by, items.length - 1));
      step.problem = null;
    } else if (key.name === 'return') {
      const chosen = items[step.at];
      if (chosen === undefined || step.trunk === null) return;
      const { refuse } = destinationChoices(this.#session.config, step.trunk, undefined);
      step.problem = refuse(chosen.value);
      if (step.problem === null) void this.#plan(chosen.value, step.again, undefined);
    } else {
      const before = step.typed;
      if (key.name === 'backspace') step.typed = [...step.typed].slice(0, -1).join('');
      else if (key.ctrl && key.name === 'u') step.typed = '';
      else step.typed = (step.typed + key.text).slice(0, 200);
      if (step.typed !== before) Object.assign(step, { at: 0, problem: null });
    }
  }

  #keyAtConfirm(step: Step & { kind: 'confirm' }, key: Key, by: number): void {
    step.problem = null;
    step.scroll = Math.max(0, step.scroll + by);
    if (key.name === 'backspace') step.typed = step.typed.slice(0, -1);
    else if (key.name === 'return') {
      const consent = readConsent(step.typed);
      step.typed = '';
      if (consent === null) step.problem = 'Answer y (yes) or n (no).';
      else if (consent) this.#send(step.planned.plan);
      else this.#goBack(step);
    } else if (key.name !== 'paste') step.typed = (step.typed + escapeText(key.text)).slice(0, 8);
  }

  #options(step?: Step & { kind: 'sending' }): SendTransferOptions {
    const { host, interruption } = this.#context;
    const { record } = this.#history();
    return {
      clock: { ...host, sleep: (ms) => host.sleep(ms, interruption.abort) },
      isAgent: this.#session.isAgent,
      interruption,
      record,
      ...(step !== undefined && this.#telling(step)),
    };
  }

  #history() {
    return openSessionHistory(this.#session, this.#context, {
      offersAgain: true,
      onTrouble: (message) => this.#trouble.push(message),
    });
  }

  /** What went wrong with the record, told when the desk is left. */
  readonly #trouble: string[] = [];

  #telling(step: Step & { kind: 'sending' }): Partial<SendTransferOptions> {
    let later: ReturnType<typeof setTimeout> | undefined;
    const say = (stage: string) => {
      step.stage = stage;
      this.#refresh();
    };
    return {
      onSent: ({ waitMs }) => {
        Object.assign(step, { sentMs: this.#context.host.elapsed(), waitMs });
        say('REFER sent');
        // By then an unanswered REFER would have failed.
        later = setTimeout(() => say('REFER taken'), SHORTEST_CONCLUSIVE_WAIT_MS);
      },
      onAnswer: (classification) => {
        clearTimeout(later);
        say(`${answerInBrief(classification)}, looking where the caller is`);
      },
      onFallback: (failed, { destination }) => {
        step.failed.push(escapeText(failed.message));
        step.plan = { ...step.plan, destination };
        Object.assign(step, { sentMs: null });
        say('Trying the fallback');
      },
      onPassedOver: ({ destination }, reason) => {
        step.failed.push(
          escapeText(fallbackPassedOver({ call: step.plan.call, destination }, reason)),
        );
      },
    };
  }

  /** Works out what a transfer would do, and asks. */
  async #plan(to: string, again: boolean, fallback: readonly string[] | undefined): Promise<void> {
    const latest = this.#latest();
    if (latest === null) return;
    const step: Step = { kind: 'planning', to };
    this.#set(step);
    try {
      const planned = await this.#planned(latest.call, to, again, fallback);
      const refusal = await preflight(this.#session.client, planned.plan, this.#options());
      if (this.#step !== step) return;
      if (refusal !== null) this.#conclude(planned.plan, refusal);
      else this.#set({ kind: 'confirm', planned, typed: '', problem: null, scroll: 0 });
    } catch (error) {
      if (this.#step === step) this.#tell(error);
    }
  }

  async #planned(
    call: Call,
    to: string,
    again: boolean,
    fallback: readonly string[] | undefined,
  ): Promise<Planned> {
    const { client, config } = this.#session;
    const finder = trunkFinder(client, config, this.#context.host.sleep);
    const trunk = await finder.factsOf(call);
    const missing = finder.warnOfMissingTrunks();
    const known = await this.#history().earlierOf(call.callId, again);
    const isKnown = ({ startedAt }: OpenTransfer) =>
      known.some((each) => each.startedAt === startedAt);
    const own = this.#done.flatMap(({ callId, open }) =>
      callId === call.callId && open !== null && !isKnown(open) ? [open] : [],
    );
    const request = { via: undefined, headers: {}, fallback, again };
    const planned = await finder.resolveWith(
      trunk,
      (facts) => planFor(call, to, facts, this.#session, request, [...known, ...own]),
      targetsOf,
    );
    return { plan: planned.plan, leftOut: [...planned.leftOut, ...(await missing)] };
  }

  #send(plan: TransferPlan): void {
    const { waitMs } = plan.request;
    const step: Step & { kind: 'sending' } = {
      ...{ kind: 'sending', plan, sentMs: null, waitMs, stage: 'Reading the caller once more' },
      failed: [],
    };
    this.#set(step);
    this.#underWay = this.#carryOut(plan, step);
    this.#underWay.catch(this.#fail);
  }

  async #carryOut(plan: TransferPlan, step: Step & { kind: 'sending' }): Promise<void> {
    try {
      const result = await sendTransfer(this.#session.client, plan, this.#options(step));
      this.#note(plan, result, step.failed);
      this.#conclude(plan, result);
    } catch (error) {
      // What a signal cut off says itself what goes on, once the terminal is given back.
      if (!isKnownError(error) || this.#context.interruption.signal !== null) throw error;
      if (step.sentMs === null) this.#tell(error);
      else this.#lose(plan, error);
    } finally {
      this.#watch.look(plan.call.room);
    }
  }

  /** Resolves when nothing is under way. @throws what it ended with */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  #note(plan: TransferPlan, result: ChainResult, _failed: readonly string[]): void {
    const { callId, trunkId } = plan.call;
    const { outcome, startedAt, destination, hint } = result;
    const { referTo, department, input } = destination;
    const open = isOpen(outcome)
      ? { startedAt, to: department ?? input, referTo, outcome, underWay: null }
      : null;
    this.#done.push({ callId, trunkId, result, headline: headlineOf(result), hint, open });
  }

  /** A request went out, and nobody will know how it ended. */
  #lose(
    { call, destination, request }: TransferPlan,
    error: { message: string; hint?: string | undefined },
  ): void {
    const { host } = this.#context;
    const open: OpenTransfer = {
      startedAt: new Date(host.now()).toISOString(),
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
    this.#tell(error, [{ ...AFTER_ERROR[1] } as Item<NextStep>, ALL_THE_SAME]);
  }

  #conclude(plan: TransferPlan, result: TransferResult | ChainResult): void {
    const { exitCode, message, hint } = result;
    this.#set({
      ...{ kind: 'outcome', headline: escapeText(headlineOf(result)), at: 0, scroll: 0 },
      tone: exitCode === 0 ? 'green' : exitCode === 7 ? 'yellow' : 'red',
      texts: [message, hint ?? ''].filter((text) => text !== '').map(escapeText),
      next: nextSteps(plan, result),
    });
  }

  #tell(error: unknown, next: readonly Item<NextStep>[] = AFTER_ERROR): void {
    if (this.#context.interruption.signal !== null) return;
    if (error instanceof Error === false && !isKnownError(error)) {
      this.#fail(error);
      return;
    }
    if (!isKnownError(error)) {
      this.#fail(error);
      return;
    }
    const unread = error instanceof UnreadableRecordError ? [ALL_THE_SAME] : [];
    this.#set({
      ...{ kind: 'outcome', headline: escapeText(asSentence(error.message)), tone: 'red' },
      ...{ texts: error.hint === undefined ? [] : [escapeText(error.hint)], at: 0, scroll: 0 },
      next: [...next, ...unread],
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

/** Until results bring one of their own. */
function headlineOf({ call, destination, outcome }: TransferResult): string {
  const { department, input } = destination;
  return `${nameCaller(call)} to ${department ?? input}: ${outcome}.`;
}
