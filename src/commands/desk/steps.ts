/** The steps of what is done with a call, the keys at them, and what can come next. */
import type { Call } from '../../calls/call.ts';
import { isStuckCondition } from '../../calls/condition.ts';
import type { MoveMethod, TransferConfig } from '../../config/types.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { readConsent } from '../../terminal/prompts.ts';
import type { Key } from '../../terminal/screen.ts';
import { search } from '../../terminal/search.ts';
import { escapeText } from '../../terminal/style.ts';
import { nameDestination } from '../../transfer/explain/facts.ts';
import { isOpen } from '../../transfer/outcome.ts';
import type { TransferPlan } from '../../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import { destinationChoices } from '../shared/choices.ts';
import { isAnsweredByBridge } from '../transfer/preview.ts';
import { wantsBridge } from '../transfer/report.ts';
import {
  ACTIONS,
  actionsFor,
  type CallAction,
  type Deed,
  type Item,
  itemOf,
  type OwnBridge,
  type TransferDeed,
  type Wish,
} from './deeds.ts';

/** How far a transfer is once its request is out, and nothing has come back. */
export const REFER_SENT = 'REFER sent';
export const CALLING = 'Calling the target';

/** What can be done next with a call whose deed has ended, or could not be done. */
export type NextStep =
  | { kind: 'back' }
  | { kind: 'destination'; wish: Wish }
  | { kind: 'plan'; to: string; wish: Wish }
  | { kind: 'action'; action: CallAction };

export type Next = readonly Item<NextStep>[];

/** How far it is. Each is one object for as long as it stands on the screen. */
export type Step =
  | { kind: 'actions'; items: Item<CallAction>[]; at: number; problem: string | null }
  | {
      kind: 'details';
      scroll: number;
      /** What there is to tell, each with its label; null: what is known of the call. */
      rows: readonly (readonly [label: string, text: string])[] | null;
    }
  | {
      kind: 'destination';
      typed: string;
      at: number;
      problem: string | null;
      /** null while it is looked for. */
      trunk: TrunkFacts | null;
      /** What is known of transfers on it. */
      verdict: string;
      wish: Wish;
    }
  | {
      kind: 'planning';
      /** Before the name of the caller. */
      title: string;
      /** It is a transfer. */
      moves: boolean;
    }
  | { kind: 'confirm'; deed: Deed; typed: string; problem: string | null; scroll: number }
  | SendingStep
  | OutcomeStep;

export interface OutcomeStep {
  kind: 'outcome';
  /** Safe to print: what happened, in a line, and what else there is to say. */
  headline: string;
  tone: 'green' | 'yellow' | 'red';
  texts: string[];
  /** The bridge that it made, which goes on. */
  bridge: OwnBridge | null;
  next: Next;
  at: number;
  scroll: number;
}

interface SendingOf<D extends Deed> {
  kind: 'sending';
  deed: D;
  /** Moments of a clock that only goes forward, in ms. */
  sentMs: number | null;
  /** How long it may take, in ms; null: nobody knows, and not long. */
  waitMs: number | null;
  stage: string;
  failed: string[];
  /** It came to nothing: all that is left is to look where the caller is. */
  isOver?: boolean;
}

export type SendingTransfer = SendingOf<TransferDeed>;
export type SendingControl = SendingOf<Exclude<Deed, TransferDeed>>;
export type SendingStep = SendingTransfer | SendingControl;

export function isTransferring(step: SendingStep): step is SendingTransfer {
  return step.deed.kind === 'transfer';
}

export function firstSending(deed: Deed): SendingStep {
  const stage = 'Reading the caller once more';
  const waitMs = deed.kind === 'transfer' ? deed.planned.plan.request.waitMs : null;
  const before = { kind: 'sending' as const, sentMs: null, waitMs, stage, failed: [] };
  return deed.kind === 'transfer' ? { ...before, deed } : { ...before, deed };
}

export function confirming(deed: Deed): Step {
  return { kind: 'confirm', deed, typed: '', problem: null, scroll: 0 };
}

// What can come next, once it has ended.

export const BACK: Item<NextStep> = {
  name: 'Back to the list',
  description: '',
  value: { kind: 'back' },
};

function otherDestination(method?: MoveMethod): Item<NextStep> {
  const value: NextStep = { kind: 'destination', wish: { again: false, method } };
  return { name: 'Another destination', description: '', value };
}

export function allTheSame(method?: MoveMethod): Item<NextStep> {
  return {
    name: `${method === 'bridge' ? 'Bridge' : 'Transfer'} anyway`,
    description: 'an earlier transfer may still succeed: ask at its target first',
    value: { kind: 'destination', wish: { again: true, method } },
  };
}

/** After a failure before anything was sent. */
export function afterError(method?: MoveMethod): Item<NextStep>[] {
  return [otherDestination(method), BACK];
}

/** What a target says that did not take this call, and may take the next: no answer, away, busy. */
const FREE_SOON: readonly number[] = [408, 480, 486, 600];

/** Never the same again without a word where the caller may be moved already. */
export function nextSteps(
  plan: TransferPlan,
  result: TransferResult | ChainResult,
): Item<NextStep>[] {
  const { outcome, caller, advice, sip, transferMethod, exitCode } = result;
  const method = transferMethod === 'bridge' ? 'bridge' : undefined;
  const isOver = outcome === 'completed' || outcome === 'ended' || outcome === 'bridged';
  if (isOver || caller === 'left') return [BACK];
  const waits = plan.openTransfers.length > 0;
  if (isOpen(outcome) || waits || caller !== 'on-the-line') return [BACK, allTheSame(method)];
  const isBeside = outcome === 'not-sent' && exitCode === 2 && advice.action === 'look';
  if (isBeside) return [BACK, { ...allTheSame(method), description: 'dials a second target' }];
  const tried = new Set(
    'attempts' in result ? result.attempts.map((a) => a.destination.referTo) : [],
  );
  const fallbacks = plan.fallbacks
    .filter(({ destination }) => !tried.has(destination.referTo))
    .map(
      ({ destination }): Item<NextStep> => ({
        name: `The fallback: ${escapeText(nameDestination(destination))}`,
        description: '',
        value: {
          kind: 'plan',
          to: inputOf(destination),
          wish: { again: false, method, fallback: [] },
        },
      }),
    );
  const { destination, call } = plan;
  const mayBeFree = outcome === 'target-failed' && FREE_SOON.includes(sip?.code ?? 0);
  const retries = mayBeFree || ['retry-soon', 'retry-later', 'wait'].includes(advice.action);
  const soon = mayBeFree ? 'in a minute' : 'in a few seconds';
  const same: Item<NextStep> = {
    name: `The same again: ${escapeText(nameDestination(destination))}`,
    description: advice.action === 'retry-later' ? 'in a few minutes' : soon,
    value: { kind: 'plan', to: inputOf(destination), wish: { again: false, method } },
  };
  const announced = 'announcement' in result && (result.announcement ?? null) !== null;
  const bridge: Item<NextStep> = {
    name: `Bridge to ${escapeText(destination.department ?? destination.input)}`,
    description: 'dials the target into the room; needs no REFER',
    value: {
      kind: 'plan',
      to: inputOf(destination),
      wish: { again: false, method: 'bridge', fallback: [], announced },
    },
  };
  // The dial has answered those who rang before, or sent the agents away before the target left.
  const sentAway = (result.bridge?.removedAgents ?? []).length > 0;
  const isAlone = sentAway || isStuckCondition(call.condition) || isAnsweredByBridge(plan);
  return [
    ...(wantsBridge(result) ? [bridge] : []),
    otherDestination(method),
    ...fallbacks,
    ...(retries ? [same] : []),
    ...(isAlone ? [nextAction(ACTIONS.rescue, call)] : []),
    BACK,
  ];
}

function nextAction(action: CallAction, call: Call): Item<NextStep> {
  return { ...itemOf(action, call), value: { kind: 'action', action } };
}

/** After a rescue or a hang-up: what fits the call as it is, where something is left to do. */
export function nextAfterControl(call: Call, isDone: boolean): Item<NextStep>[] {
  if (isDone) return [BACK];
  const actions = actionsFor(call, null).filter(({ value }) => value !== ACTIONS.show);
  return [...actions.map(({ value }) => nextAction(value, call)), BACK];
}

function inputOf({ department, input }: Pick<TransferPlan['destination'], 'department' | 'input'>) {
  return department === null ? input : `department:${department}`;
}

// Where to: the departments, and whatever is typed.

export type DestinationStep = Step & { kind: 'destination' };

export function askingWhere(wish: Wish): DestinationStep {
  const verdict = 'Reading what is known of the trunk …';
  const before = { typed: '', at: 0, problem: null, trunk: null };
  return { kind: 'destination', ...before, verdict, wish };
}

function choicesOn(trunk: TrunkFacts, { method }: Wish, config: TransferConfig) {
  return destinationChoices(config, trunk, { via: undefined, method });
}

/** What fits the text that is typed, with the reason where this trunk cannot be sent there. */
function destinationsFor(
  { trunk, typed, wish }: DestinationStep,
  config: TransferConfig,
): Item<string>[] {
  if (trunk === null) return [];
  const { choices, asChoice, refuse } = choicesOn(trunk, wish, config);
  return search(choices, typed, asChoice).map(({ name, value, description = '' }) => ({
    name,
    description: refuse(value) ?? description,
    value,
  }));
}

/** @returns the destination that was chosen with this key, if one was */
export function keyAtDestination(
  step: DestinationStep,
  key: Key,
  by: number,
  config: TransferConfig,
): string | null {
  const items = destinationsFor(step, config);
  if (by !== 0) {
    step.at = Math.max(0, Math.min(step.at + by, items.length - 1));
    step.problem = null;
  } else if (key.name === 'return') {
    const chosen = items[step.at];
    if (chosen === undefined || step.trunk === null) return null;
    step.problem = choicesOn(step.trunk, step.wish, config).refuse(chosen.value);
    return step.problem === null ? chosen.value : null;
  } else {
    const before = step.typed;
    if (key.name === 'backspace') step.typed = [...step.typed].slice(0, -1).join('');
    else if (key.ctrl && key.name === 'u') step.typed = '';
    else step.typed = (step.typed + key.text).slice(0, 200);
    if (step.typed !== before) Object.assign(step, { at: 0, problem: null });
  }
  return null;
}

/** @returns the answer that was given with this key, if one was: yes or no, in so many words */
export function keyAtConfirm(
  step: Step & { kind: 'confirm' },
  key: Key,
  by: number,
): boolean | null {
  step.problem = null;
  step.scroll = Math.max(0, step.scroll + by);
  if (key.name === 'backspace') step.typed = step.typed.slice(0, -1);
  else if (key.name === 'return') {
    const consent = readConsent(step.typed);
    step.typed = '';
    if (consent === null) step.problem = 'Answer y (yes) or n (no).';
    return consent;
  } else if (key.name !== 'paste') step.typed = (step.typed + escapeText(key.text)).slice(0, 8);
  return null;
}

/** What can be chosen at a step. */
export function itemsOf(step: Step, config: TransferConfig): readonly Item<unknown>[] {
  if (step.kind === 'destination') return destinationsFor(step, config);
  return step.kind === 'actions' ? step.items : [];
}
