/** The steps of what is done with a call, what can come next, and what is known of its trunk. */
import type { Call } from '../../calls/call.ts';
import type { TransferConfig } from '../../config/types.ts';
import type { Host } from '../../core/host.ts';
import { type TrunkFacts, trunkConfigFor } from '../../destinations/destination.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { knownRefer } from '../../history/trunk-verdicts.ts';
import { readConsent } from '../../terminal/prompts.ts';
import type { Key } from '../../terminal/screen.ts';
import { search } from '../../terminal/search.ts';
import { escapeText } from '../../terminal/style.ts';
import { describeKnownRefer, nameDestination } from '../../transfer/explain/facts.ts';
import { isOpen } from '../../transfer/outcome.ts';
import type { Planned, TransferPlan } from '../../transfer/plan.ts';
import type { ChainResult, TransferResult } from '../../transfer/result.ts';
import { destinationChoices } from '../shared/choices.ts';
import type { Session } from '../shared/session.ts';
import { readSessionMemory } from '../shared/session-history.ts';
import { shortly } from './board-view.ts';

/** How far a transfer is once its request is out, and nothing has come back. */
export const REFER_SENT = 'REFER sent';

/** One of a list to choose from. */
export interface Item<Value> {
  /** Safe to print, as the next. */
  name: string;
  description: string;
  value: Value;
}

/** What can be done next with a call whose transfer has ended, or could not be sent. */
export type NextStep =
  | { kind: 'back' }
  | { kind: 'destination'; again: boolean }
  | { kind: 'plan'; to: string; again: boolean; fallback: readonly string[] | undefined };

/** How far it is. Each is one object for as long as it stands on the screen. */
export type Step =
  | { kind: 'actions'; at: number; problem: string | null }
  | { kind: 'details'; scroll: number }
  | {
      kind: 'destination';
      typed: string;
      at: number;
      problem: string | null;
      /** null while it is looked for. */
      trunk: TrunkFacts | null;
      /** What is known of transfers on it. */
      verdict: string;
      again: boolean;
    }
  | { kind: 'planning'; to: string }
  | { kind: 'confirm'; planned: Planned; typed: string; problem: string | null; scroll: number }
  | {
      kind: 'sending';
      plan: TransferPlan;
      /** Moments of a clock that only goes forward, in ms. */
      sentMs: number | null;
      waitMs: number;
      stage: string;
      failed: string[];
    }
  | {
      kind: 'outcome';
      /** Safe to print: what happened, in a line, and what else there is to say. */
      headline: string;
      tone: 'green' | 'yellow' | 'red';
      texts: string[];
      next: Item<NextStep>[];
      at: number;
      scroll: number;
    };

export const BACK: Item<NextStep> = {
  name: 'Back to the list',
  description: '',
  value: { kind: 'back' },
};
const OTHER: Item<NextStep> = {
  name: 'Another destination',
  description: '',
  value: { kind: 'destination', again: false },
};
export const ALL_THE_SAME: Item<NextStep> = {
  name: 'Transfer all the same',
  description: 'an earlier transfer may still come about: ask at its target first',
  value: { kind: 'destination', again: true },
};

/** After a failure before anything was sent. */
export const AFTER_ERROR: readonly Item<NextStep>[] = [OTHER, BACK];

/** What a target says that did not take this call, and may take the next: no answer, away, busy. */
const FREE_SOON: readonly number[] = [408, 480, 486, 600];

/** Never the same again without a word where the caller may be moved already. */
export function nextSteps(
  plan: TransferPlan,
  result: TransferResult | ChainResult,
): Item<NextStep>[] {
  const { outcome, caller, advice, sip } = result;
  if (outcome === 'completed' || outcome === 'ended' || caller === 'left') return [BACK];
  if (isOpen(outcome)) return [BACK, ALL_THE_SAME];
  const waits = plan.openTransfers.length > 0;
  if (outcome === 'not-sent' && waits && !plan.again) return [BACK, ALL_THE_SAME];
  if (waits || caller !== 'on-the-line') return [BACK, ALL_THE_SAME];
  const tried = new Set(
    'attempts' in result ? result.attempts.map((a) => a.destination.referTo) : [],
  );
  const fallbacks = plan.fallbacks
    .filter(({ destination }) => !tried.has(destination.referTo))
    .map(
      ({ destination }): Item<NextStep> => ({
        name: `The fallback: ${escapeText(nameDestination(destination))}`,
        description: '',
        value: { kind: 'plan', to: inputOf(destination), again: false, fallback: [] },
      }),
    );
  const { destination } = plan;
  const mayBeFree = outcome === 'target-failed' && FREE_SOON.includes(sip?.code ?? 0);
  const retries = mayBeFree || ['retry-soon', 'retry-later', 'wait'].includes(advice.action);
  const same: Item<NextStep> = {
    name: `The same again: ${escapeText(nameDestination(destination))}`,
    description: advice.action === 'retry-later' ? 'in some minutes' : 'in some seconds',
    value: { kind: 'plan', to: inputOf(destination), again: false, fallback: undefined },
  };
  return [OTHER, ...fallbacks, ...(retries ? [same] : []), BACK];
}

function inputOf({ department, input }: Pick<TransferPlan['destination'], 'department' | 'input'>) {
  return department === null ? input : `department:${department}`;
}

// What can be done with a call.

/** What an action begins with. */
interface ActionSteps {
  askDestination(again: boolean): void;
  showDetails(): void;
}

/** Something that can be done with a call. Others are added here. */
interface CallAction {
  name: string;
  description: string;
  /** Why it cannot be done with this call, a sentence; null when it can. */
  obstacle(call: Call): string | null;
  begin(flow: ActionSteps): void;
}

export const ACTIONS: readonly CallAction[] = [
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

// Where to: the departments, and whatever is typed.

type DestinationStep = Step & { kind: 'destination' };

/** What fits the text that is typed, with the reason where this trunk cannot be sent there. */
function destinationsFor(
  { trunk, typed }: DestinationStep,
  config: TransferConfig,
): Item<string>[] {
  if (trunk === null) return [];
  const { choices, asChoice, refuse } = destinationChoices(config, trunk, undefined);
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
    step.problem = destinationChoices(config, step.trunk, undefined).refuse(chosen.value);
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

// What is known of transfers on a trunk before one is tried: from its config, and from the record.

/**
 * The last known verdict of a call's trunk on a REFER, in a line. Safe to print.
 * @param own the results of this session on that trunk
 */
export async function describeVerdict(
  call: Call,
  trunk: TrunkFacts,
  own: readonly TransferResult[],
  session: Session,
  host: Host,
): Promise<string> {
  const { key, trunk: known } = trunkConfigFor(session.config, trunk);
  if (known.refer === false || known.method === 'bridge') {
    return `Trunk ${shortly(key ?? '')}: the config says that it has no REFER.`;
  }
  const provider = known.provider ?? call.provider;
  const name = `Trunk ${shortly(call.trunkId ?? call.host ?? 'unknown', 60)}`;
  const id = call.trunkId ?? '';
  const memory = await readSessionMemory(session, host, [id]);
  const done = own.map(({ transferMethod, outcome, stage, sip, startedAt }) => ({
    ...{ trunkId: id, transferMethod, outcome, stage, sip, startedAt, endedAt: null },
  }));
  const seen = { ...memory, attempts: [...memory.attempts, ...done] };
  const last = knownRefer({ id, direction: call.direction }, seen);
  const unread = memory.recordUnread === null ? '' : ' The record could not be read.';
  if (last === null) {
    if (provider !== null && !providerPresets[provider].refer && known.refer === undefined) {
      return `${name}: ${providerPresets[provider].title} is known to have no REFER.${unread}`;
    }
    return unread === '' ? `${name}: no transfer on it is recorded here yet.` : `${name}:${unread}`;
  }
  return `${name}: ${describeKnownRefer(last, host.now())}`;
}

/** What can be chosen at a step. */
export function itemsOf(step: Step, config: TransferConfig): readonly Item<unknown>[] {
  if (step.kind === 'destination') return destinationsFor(step, config);
  return step.kind === 'actions' ? ACTIONS.map((value) => ({ ...value, value })) : [];
}
