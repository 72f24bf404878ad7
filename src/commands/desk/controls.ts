/** What the desk does with calls: it moves them, hangs up, sends for agents, and watches its bridges. */
import type { Call } from '../../calls/call.ts';
import { asSentence, type ExitCode, isKnownError, type KnownError } from '../../core/errors.ts';
import { escapeText } from '../../terminal/style.ts';
import { watchBridge } from '../../transfer/bridge/watch.ts';
import { leftBridges, NOT_SENT, type Trace } from '../../transfer/explain/errors.ts';
import { bridgeEndWords } from '../../transfer/explain/explain.ts';
import type { TransferPlan } from '../../transfer/plan.ts';
import {
  type ChainResult,
  type TransferResult,
  UnreadableRecordError,
} from '../../transfer/result.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { previewHangUp } from '../transfer/preview.ts';
import { withoutRepetition } from '../transfer/report.ts';
import { callerOf } from './board-view.ts';
import { type Asked, callOf, type Deed, type OwnBridge } from './deeds.ts';
import {
  afterError,
  allTheSame,
  BACK,
  confirming,
  isTransferring,
  type Next,
  nextAfterControl,
  nextSteps,
  type OutcomeStep,
  type SendingControl,
  type SendingStep,
  type Step,
} from './steps.ts';
import { openRows, type SessionTransfers } from './transfers.ts';

type Failing = (error: unknown) => void;

export class SessionControls {
  readonly #session: Session;
  readonly #context: Context;
  readonly #transfers: SessionTransfers;
  readonly #bridges: OwnBridge[] = [];
  readonly #watches: Promise<void>[] = [];
  readonly #leaving = new AbortController();
  #hasTerminal = true;
  #news: string | null = null;
  #wasAsked = false;

  constructor(session: Session, context: Context, transfers: SessionTransfers) {
    this.#session = session;
    this.#context = context;
    this.#transfers = transfers;
  }

  /**
   * What is shown of it before anything is done.
   * @throws UsageError where nothing names an agent; KnownError where the room cannot be read
   */
  async first(what: Asked, call: Call): Promise<Step> {
    switch (what) {
      case 'rescue':
        return confirming(await this.#planRescue(call));
      case 'hangup':
        return confirming(await this.#planHangUp(call));
      case 'open': {
        const open = await this.#transfers.openTransfersOf(call, true);
        return { kind: 'details', scroll: 0, rows: openRows(call, open, this.trace) };
      }
    }
  }

  async #planRescue(call: Call): Promise<Deed> {
    const { planRescue, previewRescue } = await import('../calls/rescue.ts');
    // Whoever is silent goes, once another is heard: the preview names them.
    const planned = await planRescue(call, { replace: true }, this.#session);
    return { kind: 'rescue', plan: planned.plan, preview: previewRescue(planned, this.#session) };
  }

  async #planHangUp(call: Call): Promise<Deed> {
    const { client, isAgent, place } = this.#session;
    const { readCompany } = await import('../../call-control/hang-up.ts');
    const preview = previewHangUp(call, await readCompany(client, call, isAgent), place);
    const isWatched = this.going.some(({ call: { callId }, bridge }) =>
      [callId, bridge.callId].includes(call.callId),
    );
    const text = 'this desk watches their bridge, and then hangs up on the other one as well';
    return {
      ...{ kind: 'hangup', call },
      preview: isWatched ? [...preview, { label: 'Warning', text }] : preview,
    };
  }

  /**
   * Carries a deed out, once.
   * @param onChange called at every change of the step
   * @param onEnd called when something has changed of the bridge that it may make
   * @returns what is shown then: how it ended
   * @throws what ends the desk: a signal, which says what goes on, or a bug of ours
   */
  async carryOut(
    step: SendingStep,
    onChange: () => void,
    onEnd: () => void,
    onFailure: Failing,
  ): Promise<Step> {
    try {
      if (!isTransferring(step)) return await this.#control(step, onChange);
      const { plan } = step.deed.planned;
      const result = await this.#transfers.send(step, onChange);
      return outcomeOf(plan, result, this.#watch(result, onEnd, onFailure));
    } catch (error) {
      // What a signal cut off says itself what goes on, once the terminal is given back.
      if (!isKnownError(error) || this.#context.interruption.signal !== null) throw error;
      return outcomeOfError(error, this.#afterFailure(step, error), step.sentMs === null);
    }
  }

  /** What can come next; notes what was sent, and ended nobody knows how. */
  #afterFailure(step: SendingStep, error: KnownError): Next {
    const wasSent = step.sentMs !== null;
    if (isTransferring(step)) {
      const method = step.deed.planned.plan.bridge === null ? undefined : 'bridge';
      if (wasSent) this.#transfers.lose(step, error);
      return wasSent ? [BACK, allTheSame(method)] : afterError(method);
    }
    if (wasSent)
      this.#transfers.tell(callOf(step.deed), asSentence(error.message), error.hint ?? null);
    return [BACK];
  }

  async #control(step: SendingControl, onChange: () => void): Promise<Step> {
    const { deed } = step;
    const { client, isAgent, steadyClient } = this.#session;
    const { host, interruption } = this.#context;
    const clock = { ...host, sleep: (ms: number) => host.sleep(ms, interruption.abort) };
    const onSent = () => {
      const [stage, waitMs] =
        deed.kind === 'rescue' ? ['Agent requested', deed.plan.waitMs] : ['Hanging up', null];
      Object.assign(step, { sentMs: host.elapsed(), stage, waitMs });
      onChange();
    };
    const options = { clock, isAgent, interruption, onSent };
    const result =
      deed.kind === 'hangup'
        ? await (await import('../../call-control/hang-up.ts')).hangUp(client, deed.call, options)
        : await (await import('../../call-control/rescue.ts')).rescueCall(client, deed.plan, {
            ...options,
            steady: steadyClient,
          });
    const { call, exitCode, headline, hint } = result;
    this.#transfers.tell(call, headline, exitCode === 7 ? hint : null);
    const isDone = result.caller === 'left' || exitCode === 0 || exitCode === 7;
    return ended(result, nextAfterControl(call, isDone));
  }

  // Bridges: LiveKit ends none of them, so that somebody has to see when one of the two has left.

  /** Those that go on. */
  get going(): readonly OwnBridge[] {
    return this.#bridges.filter(({ end }) => end === null);
  }

  /**
   * Watches a bridge from here on, until it has ended or the desk is left.
   * @returns null where none came about
   */
  #watch(
    { call, bridge, outcome }: ChainResult,
    onChange: () => void,
    onFailure: Failing,
  ): OwnBridge | null {
    if (bridge === null || outcome !== 'bridged') return null;
    const sinceMs = this.#context.host.elapsed();
    const own: OwnBridge = { call, bridge, sinceMs, sight: 'both', end: null };
    this.#bridges.push(own);
    this.#watches.push(this.#follow(own, onChange).catch(onFailure));
    return own;
  }

  async #follow(own: OwnBridge, onChange: () => void): Promise<void> {
    const { host } = this.#context;
    const { client, steadyClient, isAgent } = this.#session;
    const left = this.#leaving.signal;
    // Its looks are among the requests that the list may make.
    const end = await watchBridge(own.call.callId, own.bridge, {
      client: await steadyClient(),
      looks: client,
      isAgent,
      elapsed: host.elapsed,
      now: host.now,
      pause: (ms) => host.sleep(ms, left),
      rest: (ms) => host.sleep(ms),
      stopped: () => left.aborted,
      onSight: (sight) => {
        own.sight = sight;
        onChange();
      },
    });
    if (end === null) return;
    own.end = end;
    const words = `${callerOf(own.call)}: ${bridgeEndWords(end)}`;
    this.#transfers.tell(
      own.call,
      words,
      end.other === 'unknown' ? leftBridges([own.bridge], this.#session.sandbox).hint : null,
    );
    this.#news = words;
    onChange();
  }

  /** What must be read now, safe to print; null: nothing. */
  get news(): string | null {
    return this.#news;
  }

  /** It has been read. */
  forgetNews(): void {
    this.#news = null;
    this.#wasAsked = false;
  }

  /** Whether the desk may be left: with bridges going on it takes the same key twice. */
  mayLeave(): boolean {
    const { length } = this.going;
    if (length === 0 || this.#wasAsked) return true;
    this.#news = `Only this desk watches ${length === 1 ? 'a bridge' : `${length} bridges`}. Press the key again to leave; then nobody watches.`;
    this.#wasAsked = true;
    return false;
  }

  /** What is left of the transfers of this desk. */
  get trace(): Trace {
    return this.#transfers.trace;
  }

  /** What becomes of each bridge that goes on, once nobody watches it. */
  get wordsOnLeaving(): string[] {
    return this.going.map(({ call, bridge }) => {
      const { message, hint } = leftBridges([bridge], this.#session.sandbox);
      return `${callerOf(call)}: ${message} ${hint}`;
    });
  }

  /** The terminal is gone: nobody has chosen to leave the bridges, so `stop` sees them to their end. */
  terminalGone(): void {
    this.#hasTerminal = false;
  }

  /** Watches no longer; what has begun of hanging up is done to its end. */
  async stop(): Promise<void> {
    const { happened } = this.#context.interruption;
    if (!this.#hasTerminal) await Promise.race([Promise.allSettled(this.#watches), happened]);
    this.#leaving.abort();
    await Promise.all(this.#watches);
  }
}

// How it ended.

/** What is said of everything that was done. */
interface Ended {
  headline: string;
  message: string;
  hint: string | null;
  exitCode: ExitCode;
}

function ended({ headline, message, hint, exitCode }: Ended, next: Next): OutcomeStep {
  return {
    ...{ kind: 'outcome', headline: escapeText(headline), at: 0, scroll: 0, bridge: null },
    tone: exitCode === 0 ? 'green' : exitCode === 7 ? 'yellow' : 'red',
    texts: [withoutRepetition({ headline, message }).trim(), hint ?? '']
      .filter((text) => text !== '')
      .map(escapeText),
    next,
  };
}

/** @param bridge that it made, which this desk watches */
export function outcomeOf(
  plan: TransferPlan,
  result: TransferResult | ChainResult,
  bridge: OwnBridge | null,
): Step {
  return { ...ended(result, nextSteps(plan, result)), bridge };
}

/** @param unsent nothing was sent, which the error does not say */
export function outcomeOfError(error: KnownError, next: Next, unsent: boolean): Step {
  const unread = error instanceof UnreadableRecordError ? [allTheSame()] : [];
  const message = unsent ? NOT_SENT : '';
  const said = { headline: asSentence(error.message), message, hint: error.hint ?? null };
  return ended({ ...said, exitCode: 1 }, [...next, ...unread]);
}
