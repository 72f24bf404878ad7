/** What is done with one call, step by step, while the list goes on: most of all, its transfer. */
import type { Call } from '../../calls/call.ts';
import type { CallWatch } from '../../calls/watched-calls.ts';
import { asSentence, isKnownError } from '../../core/errors.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import type { Key, Size } from '../../terminal/screen.ts';
import { escapeText, type Palette } from '../../terminal/style.ts';
import { NOT_SENT } from '../../transfer/explain/errors.ts';
import type { TransferPlan } from '../../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import { UnreadableRecordError } from '../../transfer/result.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { keyOf } from './board.ts';
import { drawPanel, StepReading, stepKeys } from './panel.ts';
import {
  ACTIONS,
  AFTER_ERROR,
  ALL_THE_SAME,
  BACK,
  type Item,
  itemsOf,
  keyAtConfirm,
  keyAtDestination,
  type NextStep,
  nextSteps,
  type Step,
} from './steps.ts';
import { type SessionTransfers, wordsOnLeaving } from './transfers.ts';

/** Steps at which a key has consequences that must be read first. */
const GUARDED: readonly Step['kind'][] = ['confirm', 'outcome'];

export class Flow {
  readonly #session: Session;
  readonly #context: Context;
  readonly #watch: CallWatch;
  readonly #refresh: () => void;
  readonly #transfers: SessionTransfers;
  /** Rejected by what ends the desk. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #call: Call | null = null;
  #step: Step | null = null;
  /** The step that was drawn last. */
  #rendered: Step | null = null;
  readonly #reading = new StepReading();
  #underWay: Promise<void> | null = null;

  constructor(
    session: Session,
    context: Context,
    watch: CallWatch,
    transfers: SessionTransfers,
    refresh: () => void,
  ) {
    this.#session = session;
    this.#context = context;
    this.#watch = watch;
    this.#transfers = transfers;
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
    return stepKeys(this.#step);
  }

  open(call: Call): void {
    this.#call = call;
    this.#set({ kind: 'actions', at: 0, problem: null });
  }

  #set(step: Step | null): void {
    this.#step = step;
    this.#reading.begin();
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
      items: itemsOf(this.#step, this.#session.config),
      elapsedMs: this.#context.host.elapsed(),
    };
    const drawn = drawPanel(this.#step, facts, size, palette);
    if ('scroll' in this.#step) this.#step.scroll = drawn.from;
    this.#reading.note(drawn, size);
    return drawn.lines;
  }

  onDrawn(): void {
    if (this.#rendered === this.#step) this.#reading.shown(this.#context.host.elapsed());
  }

  /** After a stop, what was typed before it answers nothing. */
  onReturn(): void {
    this.#reading.interrupt();
    if (this.#step?.kind === 'confirm') this.#step.typed = '';
  }

  onKey(key: Key): void {
    const step = this.#step;
    const latest = this.#latest();
    if (step === null || latest === null) return;
    const { host } = this.#context;
    if (GUARDED.includes(step.kind) && !this.#reading.hadTime(host.elapsed())) return;
    if (step.kind === 'sending') return;
    const scrolls = ['up', 'down', 'escape'].includes(key.name);
    if (step.kind === 'confirm' && !this.#reading.isWhole && !scrolls) {
      step.problem = 'Read to its end first: ↓';
      // There is nothing left to do, and nothing that could hit another call.
    } else if (!latest.hasEnded || step.kind === 'outcome' || step.kind === 'details') {
      if (key.name === 'escape') this.#goBack(step);
      else this.#keyAt(step, key, latest.call);
    } else if (key.name === 'return' || key.name === 'escape') this.#set(null);
    this.#refresh();
  }

  #keyAt(step: Exclude<Step, { kind: 'sending' }>, key: Key, call: Call): void {
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
      case 'destination': {
        const to = keyAtDestination(step, key, by, this.#session.config);
        if (to !== null) void this.#plan(to, step.again, undefined);
        return;
      }
      case 'planning':
        return;
      case 'confirm': {
        const consent = keyAtConfirm(step, key, by);
        if (consent === true) this.#send(step.planned.plan);
        else if (consent === false) this.#goBack(step);
        return;
      }
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
    const call = this.#latest()?.call;
    if (call === undefined) return;
    const step: Step = {
      ...{ kind: 'destination', typed: '', at: 0, problem: null, trunk: null },
      ...{ verdict: 'Reading what is known of the trunk …', again },
    };
    this.#set(step);
    const onTrunk = (trunk: TrunkFacts) => {
      step.trunk = trunk;
      this.#refresh();
    };
    void this.#transfers.readTrunk(call, onTrunk).then((verdict) => {
      step.verdict = verdict;
      this.#refresh();
    }, this.#fail);
  }

  /** Works out what a transfer would do, and asks. */
  async #plan(to: string, again: boolean, fallback: readonly string[] | undefined): Promise<void> {
    const latest = this.#latest();
    if (latest === null) return;
    const step: Step = { kind: 'planning', to };
    this.#set(step);
    try {
      const { planned, refusal } = await this.#transfers.plan(latest.call, to, again, fallback);
      if (this.#step !== step) return;
      if (refusal !== null) this.#conclude(planned.plan, refusal);
      else this.#set({ kind: 'confirm', planned, typed: '', problem: null, scroll: 0 });
    } catch (error) {
      if (this.#step === step) this.#tell(error);
    }
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
      const result = await this.#transfers.send(plan, step, this.#refresh);
      this.#conclude(plan, result);
    } catch (error) {
      // What a signal cut off says itself what goes on, once the terminal is given back.
      if (!isKnownError(error) || this.#context.interruption.signal !== null) throw error;
      if (step.sentMs === null) this.#tell(error);
      else {
        this.#transfers.lose(step, error);
        this.#tell(error, [BACK, ALL_THE_SAME], '');
      }
    } finally {
      this.#watch.look(plan.call.room);
    }
  }

  /** Resolves when nothing is under way. @throws what it ended with */
  settled = async (): Promise<void> => this.#underWay ?? undefined;

  /** Something is being done with a call, and this session has sent nothing yet. */
  get hasSentNothing(): boolean {
    return this.isOpen && this.#underWay === null;
  }

  /** What must be said where somebody leaves at once; null when nothing is out. */
  get lastWords(): string | null {
    return this.#step?.kind === 'sending' ? wordsOnLeaving(this.#step) : null;
  }

  #conclude(plan: TransferPlan, result: TransferResult | ChainResult): void {
    const { exitCode, message, hint } = result;
    this.#set({
      ...{ kind: 'outcome', headline: escapeText(result.headline), at: 0, scroll: 0 },
      tone: exitCode === 0 ? 'green' : exitCode === 7 ? 'yellow' : 'red',
      texts: [message, hint ?? ''].filter((text) => text !== '').map(escapeText),
      next: nextSteps(plan, result),
    });
  }

  /** @param sent whether anything was, where the error does not say it */
  #tell(error: unknown, next: readonly Item<NextStep>[] = AFTER_ERROR, sent = NOT_SENT): void {
    if (this.#context.interruption.signal !== null) return;
    if (!isKnownError(error)) {
      this.#fail(error);
      return;
    }
    const unread = error instanceof UnreadableRecordError ? [ALL_THE_SAME] : [];
    this.#set({
      ...{ kind: 'outcome', headline: escapeText(asSentence(error.message)), tone: 'red' },
      texts: [sent, error.hint ?? ''].filter((text) => text !== '').map(escapeText),
      ...{ at: 0, scroll: 0 },
      next: [...next, ...unread],
    });
  }
}
