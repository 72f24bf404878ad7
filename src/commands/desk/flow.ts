/** What is done with one call, step by step, while the list goes on: most of all, its transfer. */
import type { Call } from '../../calls/call.ts';
import type { CallWatch } from '../../calls/watched-calls.ts';
import { isKnownError } from '../../core/errors.ts';
import type { Key, Size } from '../../terminal/screen.ts';
import type { Palette } from '../../terminal/style.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { outcomeOf, outcomeOfError, type SessionControls } from './controls.ts';
import {
  ACTIONS,
  type Asked,
  actionsFor,
  type CallAction,
  callOf,
  type Deed,
  type LatestCall,
  latestAmong,
  type Wish,
  wordsOnLeaving,
} from './deeds.ts';
import { drawPanel, StepReading, stepKeys } from './panel.ts';
import type { Step } from './steps.ts';
import * as steps from './steps.ts';
import type { SessionTransfers } from './transfers.ts';

/** Steps at which a key has consequences that must be read first. */
const GUARDED: readonly Step['kind'][] = ['confirm', 'outcome'];
/** Steps that tell something, whether or not the call is still there. */
const TELLING: readonly Step['kind'][] = ['outcome', 'details'];

interface Desk {
  session: Session;
  context: Context;
  watch: CallWatch;
  transfers: SessionTransfers;
  controls: SessionControls;
  refresh(): void;
}

export class Flow {
  readonly #desk: Desk;
  /** Rejected by what ends the desk. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #call: Call | null = null;
  #step: Step | null = null;
  /** The step that was drawn last. */
  #rendered: Step | null = null;
  /** How the transfer is wanted that is spoken of. */
  #wish: Wish = { again: false };
  readonly #reading: StepReading;
  #underWay: Promise<void> | null = null;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#reading = new StepReading(desk.context.host, desk.refresh);
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  get controls(): SessionControls {
    return this.#desk.controls;
  }

  get isOpen(): boolean {
    return this.#step !== null;
  }

  /** The keys that count at this step. */
  get keys(): string {
    return stepKeys(this.#step, this.#latest()?.hasEnded === true);
  }

  open(call: Call): void {
    this.#call = call;
    this.#showActions(null);
  }

  /** What fits the call now: that stands until another step. @param action that is pointed at */
  #showActions(action: CallAction | null): void {
    const latest = this.#latest();
    if (latest === null) return;
    const items = actionsFor(latest.call, latest.other);
    const at = Math.max(
      0,
      items.findIndex(({ value }) => value === action),
    );
    this.#set({ kind: 'actions', items, at, problem: null });
  }

  #set(step: Step | null): void {
    this.#step = step;
    this.#reading.begin();
    this.#desk.refresh();
  }

  /** The call as it was seen last; what was picked, once it is not seen any more. */
  #latest(): LatestCall | null {
    if (this.#call === null) return null;
    const latest = latestAmong(this.#desk.watch.state.calls, this.#call);
    this.#call = latest.call;
    return latest;
  }

  lines(size: Size, palette: Palette): string[] {
    const latest = this.#latest();
    this.#rendered = this.#step;
    if (this.#step === null || latest === null) return [];
    const facts = {
      ...latest,
      place: this.#desk.session.place,
      items: steps.itemsOf(this.#step, this.#desk.session.config),
      elapsedMs: this.#desk.context.host.elapsed(),
      takesKeys: this.#reading.show(),
      commands: this.#desk.context.output.commands,
    };
    const drawn = drawPanel(this.#step, facts, size, palette);
    if ('scroll' in this.#step) this.#step.scroll = drawn.from;
    this.#reading.note(drawn, size);
    return drawn.lines;
  }

  onDrawn(): void {
    if (this.#rendered === this.#step) this.#reading.shown();
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
    if (GUARDED.includes(step.kind) && !this.#reading.hadTime()) return;
    if (step.kind === 'sending') return;
    const scrolls = ['up', 'down', 'escape'].includes(key.name);
    if (step.kind === 'confirm' && !this.#reading.isWhole && !scrolls) {
      step.problem = 'Scroll to the end first: ↓';
      // There is nothing left to do, and nothing that could hit another call.
    } else if (!latest.hasEnded || TELLING.includes(step.kind)) {
      if (key.name === 'escape') this.#goBack(step);
      else this.#keyAt(step, key, latest);
    } else if (key.name === 'return' || key.name === 'escape') this.#set(null);
    this.#desk.refresh();
  }

  #keyAt(step: Exclude<Step, { kind: 'sending' }>, key: Key, { call, other }: LatestCall): void {
    const by = key.name === 'up' ? -1 : key.name === 'down' ? 1 : 0;
    switch (step.kind) {
      case 'actions': {
        step.at = Math.max(0, Math.min(step.at + by, step.items.length - 1));
        const action = step.items[step.at]?.value;
        if (key.name !== 'return' || action === undefined) return;
        step.problem = action.obstacle(call, other);
        if (step.problem === null) action.begin(this, call, other);
        return;
      }
      case 'details':
        step.scroll = Math.max(0, step.scroll + by);
        if (key.name === 'return') this.#goBack(step);
        return;
      case 'destination': {
        const to = steps.keyAtDestination(step, key, by, this.#desk.session.config);
        if (to !== null) this.#planTransfer(to, step.wish);
        return;
      }
      case 'planning':
        return;
      case 'confirm': {
        const consent = steps.keyAtConfirm(step, key, by);
        if (consent === true) this.#send(step.deed);
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

  #goBack(step: Step): void {
    if (step.kind === 'destination') {
      this.#showActions(step.wish.method === 'bridge' ? ACTIONS.bridge : ACTIONS.transfer);
    } else if (step.kind === 'details') {
      this.#showActions(step.rows === null ? ACTIONS.show : ACTIONS.askTarget);
    } else if (step.kind === 'planning' || step.kind === 'confirm') {
      const moves = step.kind === 'planning' ? step.moves : step.deed.kind === 'transfer';
      if (moves) this.askDestination({ ...this.#wish, again: false });
      else this.#showActions(null);
    } else this.#set(null);
  }

  #goOn(next: steps.NextStep): void {
    const latest = this.#latest();
    if (next.kind === 'back' || latest === null) this.#set(null);
    else if (next.kind === 'destination') this.askDestination(next.wish);
    else if (next.kind === 'plan') this.#planTransfer(next.to, next.wish);
    else next.action.begin(this, latest.call, latest.other);
  }

  showDetails(): void {
    this.#set({ kind: 'details', scroll: 0, rows: null });
  }

  ask(what: Asked, call: Call): void {
    const title = { rescue: 'Rescue', hangup: 'Hang up on', open: 'Ask about' }[what];
    this.#prepare(title, false, () => this.#desk.controls.first(what, call));
  }

  askDestination(wish: Wish): void {
    const call = this.#latest()?.call;
    if (call === undefined) return;
    this.#wish = wish;
    const step = steps.askingWhere(wish);
    this.#set(step);
    this.#desk.transfers.readTrunk(call, step, this.#desk.refresh).catch(this.#fail);
  }

  /** Works out what a transfer would do, and asks. */
  #planTransfer(to: string, wish: Wish): void {
    const call = this.#latest()?.call;
    if (call === undefined) return;
    this.#wish = wish;
    this.#prepare(wish.method === 'bridge' ? 'Bridge' : 'Transfer', true, async () => {
      const { planned, refusal } = await this.#desk.transfers.plan(call, to, wish);
      if (refusal !== null) return outcomeOf(planned.plan, refusal, null);
      return steps.confirming({ kind: 'transfer', planned });
    });
  }

  /** Shows a step that takes a moment to be known. @param moves it is a transfer */
  #prepare(title: string, moves: boolean, work: () => Promise<Step>): void {
    const waiting: Step = { kind: 'planning', title, moves };
    this.#set(waiting);
    work().then(
      (step) => {
        if (this.#step === waiting) this.#set(step);
      },
      (error: unknown) => {
        if (this.#step !== waiting) return;
        this.#tell(error, moves ? steps.afterError(this.#wish.method) : [steps.BACK]);
      },
    );
  }

  #send(deed: Deed): void {
    const step = steps.firstSending(deed);
    this.#set(step);
    const { watch, controls, refresh } = this.#desk;
    const look = () => {
      watch.look(callOf(deed).room);
      refresh();
    };
    this.#underWay = controls
      .carryOut(step, refresh, look, this.#fail)
      .then((next) => this.#set(next))
      .finally(look);
    this.#underWay.catch(this.#fail);
  }

  /** Resolves when nothing is under way. @throws what it ended with */
  settled = async (): Promise<void> => this.#underWay ?? undefined;

  /** Something is being done with a call, and this session has sent nothing yet. */
  get hasSentNothing(): boolean {
    return this.isOpen && this.#underWay === null;
  }

  /** Whether Ctrl-C leaves at once: with nothing but bridges going on it is asked for twice. */
  get mayLeave(): boolean {
    return this.#step?.kind === 'sending' || this.#desk.controls.mayLeave();
  }

  /** What must be said where somebody leaves at once; null when nothing is out. */
  get lastWords(): string | null {
    const step = this.#step;
    const isOut = step?.kind === 'sending' && step.sentMs !== null && step.isOver !== true;
    const { wordsOnLeaving: ofBridges, trace } = this.#desk.controls;
    return [...ofBridges, ...(isOut ? [wordsOnLeaving(step.deed, trace)] : [])].join(' ') || null;
  }

  /** Nothing was sent. */
  #tell(error: unknown, next: steps.Next): void {
    if (this.#desk.context.interruption.signal !== null) return;
    if (isKnownError(error)) this.#set(outcomeOfError(error, next, true));
    else this.#fail(error);
  }
}
