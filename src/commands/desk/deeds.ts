/** What can be done with a call: what fits its condition, and what is said of it before and meanwhile. */
import { interruptedHangUp, roleOf } from '../../call-control/hang-up-words.ts';
import { leavingRescue, type RescuePlan } from '../../call-control/rescue-words.ts';
import { type Call, hasCallId, isBridgeLeg } from '../../calls/call.ts';
import type { WatchedCall } from '../../calls/watched-calls.ts';
import type { MoveMethod } from '../../config/types.ts';
import { formatDuration } from '../../core/text.ts';
import type { BridgeEnd, LegsSeen } from '../../transfer/bridge/watch.ts';
import {
  interruptedDial,
  interruptedWhileSending,
  type Trace,
} from '../../transfer/explain/errors.ts';
import { BRIDGE_IN_DOUBT, BRIDGE_UNREAD, bridgeEndWords } from '../../transfer/explain/explain.ts';
import { nameDestination } from '../../transfer/explain/facts.ts';
import type { Bridge } from '../../transfer/outcome.ts';
import { methodOf, type Planned } from '../../transfer/plan.ts';
import { type PreviewLine, previewTransfer, questionAbout } from '../transfer/preview.ts';
import { keyOf } from './board.ts';

/** Something that is done once somebody has said yes to it. */
export type Deed =
  | { kind: 'transfer'; planned: Planned }
  | { kind: 'rescue'; plan: RescuePlan; preview: readonly PreviewLine[] }
  | { kind: 'hangup'; call: Call; preview: readonly PreviewLine[] };

/** The call that it is done with. */
export function callOf(deed: Deed): Call {
  if (deed.kind === 'hangup') return deed.call;
  return deed.kind === 'rescue' ? deed.plan.call : deed.planned.plan.call;
}

/** What must be said where somebody leaves at once while this is under way. */
export function wordsOnLeaving(deed: Deed, trace: Trace): string {
  if (deed.kind === 'rescue') return leavingRescue(deed.plan);
  const { message, hint } =
    deed.kind === 'hangup' ? interruptedHangUp(deed.call) : leaving(deed, trace);
  return `${message} ${hint}`;
}

function leaving({ planned: { plan } }: TransferDeed, trace: Trace) {
  return plan.bridge === null ? interruptedWhileSending(plan, trace) : interruptedDial(plan);
}

export type TransferDeed = Extract<Deed, { kind: 'transfer' }>;

export function previewOf(deed: Deed, place: string): readonly PreviewLine[] {
  return deed.kind === 'transfer' ? previewTransfer(deed.planned, place) : deed.preview;
}

interface DeedWords {
  /** Before the name of the caller: before it is done, and meanwhile. */
  title: string;
  doing: string;
  question: string;
  /** Behind “y and Enter”. */
  does: string;
  /** What it is to come to. */
  goal: string;
  /** What Ctrl-C would do meanwhile, a sentence. */
  onLeaving: string;
}

export function wordsOf(deed: Deed): DeedWords {
  switch (deed.kind) {
    case 'transfer': {
      const { plan } = deed.planned;
      const refers = methodOf(plan) === 'refer';
      return {
        ...(refers
          ? { title: 'Transfer', doing: 'Transferring', does: 'transfers' }
          : { title: 'Bridge', doing: 'Bridging', does: 'bridges' }),
        question: questionAbout(plan),
        goal: `To ${nameDestination(plan.destination)}`,
        onLeaving: refers
          ? 'Ctrl-C leaves the desk; the transfer continues.'
          : 'Ctrl-C stops the ringing and leaves the desk.',
      };
    }
    case 'rescue':
      return {
        ...{ title: 'Rescue', doing: 'Rescuing', does: 'requests the agent' },
        question: 'Request this agent?',
        goal: `By “${deed.plan.agentName}”`,
        onLeaving: 'Ctrl-C cancels the request and leaves the desk.',
      };
    case 'hangup':
      return {
        ...{ title: 'Hang up on', doing: 'Hanging up on', does: 'hangs up' },
        question: `Hang up on this ${roleOf(deed.call)}?`,
        goal: '',
        onLeaving: 'Ctrl-C leaves the desk; what was sent is still done.',
      };
  }
}

/** How a transfer is wanted, beside who and where to. */
export interface Wish {
  /** Although an earlier one may still come about. */
  again: boolean;
  /** undefined leaves it to what the config says of the trunk. */
  method?: MoveMethod | undefined;
  /** undefined leaves the fallbacks to the department. */
  fallback?: readonly string[] | undefined;
  /** What was to be announced was said before. */
  announced?: boolean;
}

/** One of a list to choose from. */
export interface Item<Value> {
  /** Safe to print, as the next. */
  name: string;
  description: string;
  value: Value;
}

// What can be done with a call, by its condition.

/** What is read before it is asked, or told: who is there, or the transfers that may still come about. */
export type Asked = 'rescue' | 'hangup' | 'open';

/** What an action begins with. */
interface ActionSteps {
  askDestination(wish: Wish): void;
  showDetails(): void;
  ask(what: Asked, call: Call): void;
}

/** Something that can be done with a call. Others are added here. */
export interface CallAction {
  name(call: Call): string;
  description(call: Call): string;
  /** Why it cannot be done with this call, a sentence; null when it can. */
  obstacle(call: Call, other: Call | null): string | null;
  /** @param other the other end of a bridge */
  begin(flow: ActionSteps, call: Call, other: Call | null): void;
}

const rings = ({ status, direction }: Call) => status === 'ringing' && direction === 'inbound';
const notNow = ({ status }: Call, what: string) =>
  `The call is ${status ?? 'in no known state'}. It cannot be ${what} now.`;

export const ACTIONS = {
  transfer: {
    name: () => 'Transfer',
    description: ({ condition }) =>
      condition === 'bridged'
        ? 'which would end their conversation'
        : 'to a department, number, extension or address',
    obstacle: (call) => (call.transferable ? null : notNow(call, 'transferred')),
    begin: (flow) => flow.askDestination({ again: false }),
  },
  bridge: {
    name: () => 'Bridge',
    description: (call) =>
      rings(call)
        ? 'the dial answers the caller at once, before the target answers'
        : 'dials the target into the room; needs no REFER',
    obstacle: (call) =>
      hasCallId(call) && (call.transferable || rings(call)) ? null : notNow(call, 'bridged'),
    begin: (flow) => flow.askDestination({ again: false, method: 'bridge' }),
  },
  rescue: {
    name: () => 'Rescue',
    description: (call) =>
      rings(call)
        ? 'requests an agent, whose audio answers the call'
        : 'requests an agent; the old ones go once it is heard',
    obstacle: (call) => (hasCallId(call) ? null : notNow(call, 'rescued')),
    begin: (flow, call) => flow.ask('rescue', call),
  },
  hangUp: {
    name: (call) =>
      call.condition !== 'bridged'
        ? 'Hang up'
        : `Hang up on the ${isBridgeLeg(call) ? 'target' : 'caller'}`,
    description: () => 'ends this call',
    obstacle: () => null,
    begin: (flow, call) => flow.ask('hangup', call),
  },
  hangUpOther: {
    name: (call) => `Hang up on the ${isBridgeLeg(call) ? 'caller' : 'target'}`,
    description: () => 'ends the call of the other one',
    obstacle: (_, other) => (other === null ? 'The other one is no longer there.' : null),
    begin: (flow, _, other) => {
      if (other !== null) flow.ask('hangup', other);
    },
  },
  askTarget: {
    name: () => 'Ask at the target',
    description: () => 'who may have the caller, since when, and how to record it',
    obstacle: () => null,
    begin: (flow, call) => flow.ask('open', call),
  },
  show: {
    name: () => 'Show',
    description: () => 'what is known of the call',
    obstacle: () => null,
    begin: (flow) => flow.showDetails(),
  },
} as const satisfies Record<string, CallAction>;

type ActionName = keyof typeof ACTIONS;

const MOVES: readonly ActionName[] = ['transfer', 'rescue', 'bridge', 'hangUp', 'show'];

/** What fits, what helps the caller first. */
function fitting({ condition, status }: Call): readonly ActionName[] {
  switch (condition) {
    case 'unanswered':
      return ['rescue', 'bridge', 'hangUp', 'show'];
    case 'connecting':
      return status === 'ringing' ? ['rescue', 'bridge', 'hangUp', 'show'] : ['hangUp', 'show'];
    case 'transfer-open':
      return ['askTarget', 'hangUp', 'show', 'transfer'];
    case 'bridged':
      return ['hangUpOther', 'hangUp', 'show', 'transfer'];
    case 'status-unknown':
    case 'no-call-id':
    case 'hanging-up':
      return ['show', 'hangUp'];
    case 'with-person':
    case 'with-sip-party':
      return ['transfer', 'bridge', 'hangUp', 'show'];
    case 'unremarkable':
      return ['transfer', 'bridge', 'rescue', 'hangUp', 'show'];
    default:
      return MOVES;
  }
}

/** @param other the other end of a bridge */
export function actionsFor(call: Call, other: Call | null): Item<CallAction>[] {
  const all: readonly CallAction[] = fitting(call)
    .filter((name) => !(isBridgeLeg(call) && ['transfer', 'bridge', 'rescue'].includes(name)))
    .map((name) => ACTIONS[name]);
  // Nobody moves a call that rings, or that has no id; what stands there when the list is made stays.
  return all
    .filter((action) => action.obstacle(call, other) === null)
    .map((value) => itemOf(value, call));
}

export function itemOf(value: CallAction, call: Call): Item<CallAction> {
  return { name: value.name(call), description: value.description(call), value };
}

/** A call as it was seen last. */
export interface LatestCall {
  call: Call;
  /** The other end of its bridge, where it has one. */
  other: Call | null;
  hasEnded: boolean;
}

/** The call as it is among these; as it was picked, once it is not. */
export function latestAmong(calls: readonly WatchedCall[], picked: Call): LatestCall {
  const seen = calls.find(({ call }) => keyOf(call) === keyOf(picked));
  const call = seen?.call ?? picked;
  const hasEnded = seen === undefined || seen.endedAtMs !== null;
  return { call, other: otherEnd(call, calls), hasEnded };
}

/** The call at the other end of a bridge; null where that is nobody, or may be one of several. */
function otherEnd(call: Call, calls: readonly WatchedCall[]): Call | null {
  if (call.condition !== 'bridged') return null;
  const others = calls.filter(
    ({ call: each, endedAtMs }) =>
      endedAtMs === null &&
      each.room === call.room &&
      each.identity !== call.identity &&
      isBridgeLeg(each) !== isBridgeLeg(call),
  );
  return others.length === 1 ? (others[0]?.call ?? null) : null;
}

// Bridges that this desk made.

/** A bridge that this desk made. */
export interface OwnBridge {
  call: Call;
  bridge: Bridge;
  /** Moment of a clock that only goes forward, in ms. */
  sinceMs: number;
  /** What the last look at them has shown. */
  sight: LegsSeen;
  /** null while it goes on. */
  end: BridgeEnd | null;
}

/** How a bridge of this desk is. @param nowMs of the clock that only goes forward */
export function describeOwnBridge({ end, sight, sinceMs }: OwnBridge, nowMs: number): string {
  if (end !== null) return bridgeEndWords(end);
  if (sight === 'unread') return BRIDGE_UNREAD;
  if (sight === 'missing') return BRIDGE_IN_DOUBT;
  const talked = formatDuration(nowMs - sinceMs);
  return `The two are talking: ${talked}. When one hangs up, this desk hangs up on the other.`;
}
