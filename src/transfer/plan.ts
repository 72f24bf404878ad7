/**
 * From a call and what was typed to a plan: what a transfer would do, complete and printable, before
 * anybody is asked to confirm it. In the terms of RFC 5589 the caller is the transferee, LiveKit the
 * transferor, and a destination the transfer target.
 */
import type { Call } from '../calls/call.ts';
import { resolveDepartmentSettings, type Settings } from '../config/settings.ts';
import type { MoveMethod, TransferConfig, TrunkConfig } from '../config/types.ts';
import { isKnownError, KnownError } from '../core/errors.ts';
import { formatDuration, LONGEST_WAIT_MS, SHORTEST_WAIT_MS } from '../core/text.ts';
import { mergeHeaders } from '../destinations/address/uri.ts';
import type { Destination, TrunkFacts } from '../destinations/destination.ts';
import { type ProviderName, providerPresets } from '../destinations/providers.ts';
import { findDepartment, readVia } from '../destinations/reading.ts';
import { lacksRefer, resolveDestination, trunkMatchFor } from '../destinations/resolve.ts';
import type { TransferRequest, Trunk } from '../livekit/messages.ts';
import type { AnnouncementPlan } from './announce.ts';
import { type BridgePlan, methodOn, planBridge } from './bridge/dial-plan.ts';
import type { OpenTransfer, StepMethod } from './outcome.ts';

/** One destination of the caller, and the request that would send them there. */
export interface TransferStep {
  destination: Destination;
  request: TransferRequest;
  /** How the target is dialled into the caller's room; null: the trunk gets a REFER. */
  bridge: BridgePlan | null;
}

export function methodOf({ bridge }: Pick<TransferStep, 'bridge'>): StepMethod {
  return bridge === null ? 'refer' : 'bridge';
}

export interface TransferPlan extends TransferStep {
  call: Call;
  /** The further targets to try, in this order, if the destination does not take the call. */
  fallbacks: readonly TransferStep[];
  /** Whose trunk the call is on, where the config says so. */
  provider: ProviderName | null;
  /** The trunk is known to hang up by itself after a successful transfer. */
  hangsUpFirst: boolean;
  /** Earlier transfers of this call of which nobody knows how they ended. */
  openTransfers: readonly OpenTransfer[];
  /** `--again`: another transfer is wanted although those are open. */
  again: boolean;
  /** What is said to the caller before; absent: nothing is to be. */
  announcement?: AnnouncementPlan;
}

/** The config and settings that a plan goes by. */
export interface Rules {
  config: TransferConfig;
  settings: Settings;
}

/** How a transfer is wanted, beside who and where to. */
export interface PlanRequest {
  via: string | undefined;
  headers: Record<string, string>;
  /** Destinations as typed; undefined leaves them to the department, an empty list is none. */
  fallback: readonly string[] | undefined;
  again: boolean;
  /** undefined leaves it to what the config says of the trunk. */
  method?: MoveMethod | undefined;
  /** Of a bridge: the agents stay in the room. */
  keepAgent?: boolean | undefined;
  /** Of a bridge: a caller whom nobody has answered may be answered by the dial. */
  answerCaller?: boolean | undefined;
}

/** A plan, with warnings about it. */
export interface Planned {
  plan: TransferPlan;
  /** Why a fallback of the config is left out, one sentence each. */
  leftOut: string[];
}

/**
 * Plans one transfer with its fallbacks.
 * @param to the destination as typed
 * @param openTransfers transfers of this call of which nobody knows how they ended
 * @param outbound the outbound trunks, where `mayBridge` says that one may be dialled over
 * @throws KnownError when the destination, or a fallback that was asked for, leads nowhere or may
 *   not be called. A fallback of the config is left out instead: the caller's way to the department
 *   itself must not hang on it
 */
export function planFor(
  call: Call,
  to: string,
  trunk: TrunkFacts,
  rules: Rules,
  request: PlanRequest,
  openTransfers: readonly OpenTransfer[],
  outbound: readonly Trunk[] = [],
): Planned {
  const { config } = rules;
  const match = trunkMatchFor(config, trunk, readVia(request.via, config));
  const { trunk: known } = match;
  const method = methodOn(match, request.method);
  const leftOut: string[] = [];
  const byRefer = (text: string) => {
    const destination = resolveDestination(text, config, trunk, { via: request.via });
    return stepTo(call, destination, rules, request.headers, null);
  };
  const byBridge = (text: string) => {
    const { keepAgent: keepsAgent = false, answerCaller: answersCaller = false } = request;
    const asked = { to: text, call, config, match, facts: trunk, outbound };
    const { destination, bridge } = planBridge({ ...asked, keepsAgent, answersCaller });
    return stepTo(call, destination, rules, request.headers, bridge);
  };
  const stepsTo = (text: string): [TransferStep, ...TransferStep[]] => {
    if (method === 'bridge') return [byBridge(text)];
    if (method === 'refer') return [byRefer(text)];
    if (lacksRefer(match) !== null) return [byBridge(text)];
    const refer = byRefer(text);
    try {
      return [refer, byBridge(text)];
    } catch (error) {
      if (!isKnownError(error)) throw error;
      leftOut.push(`the bridge to ${text} is left out: ${clause(error.message)}`);
      return [refer];
    }
  };

  const [first, ...itsBridge] = stepsTo(to);
  const steps: TransferStep[] = [first, ...itsBridge];
  const names = request.fallback ?? first.destination.fallback.map((name) => `department:${name}`);
  for (const name of names) {
    try {
      for (const next of stepsTo(name)) {
        const twin = steps.find((each) => isTwin(each, next));
        if (twin === undefined) steps.push(next);
        else if (methodOf(next) === methodOf(first)) {
          leftOut.push(
            `the fallback ${name} is left out: its address is that of ${twin.destination.input}`,
          );
        }
      }
    } catch (error) {
      if (!isKnownError(error) || request.fallback !== undefined) throw error;
      leftOut.push(`the fallback ${name} is left out: ${clause(error.message)}`);
    }
  }
  const plan = planTransfer(call, first, {
    fallbacks: steps.slice(1),
    provider: known.provider ?? null,
    hangsUpFirst: hangsUpFirst(known, trunk),
    openTransfers,
    again: request.again,
  });
  return { plan, leftOut };
}

function isTwin(one: TransferStep, other: TransferStep): boolean {
  return methodOf(one) === methodOf(other) && one.request.transferTo === other.request.transferTo;
}

/** For the middle of a sentence: some messages are sentences. */
function clause(message: string): string {
  return message.replace(/\.$/, '');
}

/** Whether a plan may have to dial a target into the room: then it wants the outbound trunks. */
export function mayBridge(
  trunk: TrunkFacts,
  { config }: Pick<Rules, 'config'>,
  request: Pick<PlanRequest, 'via' | 'method'>,
): boolean {
  if (request.method === 'refer') return false;
  const match = trunkMatchFor(config, trunk, readVia(request.via, config));
  return methodOn(match, request.method) !== 'refer';
}

/** Every address that a plan may send the caller to. */
export function targetsOf({ plan }: Planned): Destination[] {
  return [plan, ...plan.fallbacks].map(({ destination }) => destination);
}

function stepTo(
  call: Call,
  destination: Destination,
  { config, settings }: Rules,
  headers: Record<string, string>,
  bridge: BridgePlan | null,
): TransferStep {
  const department =
    destination.department === null ? null : findDepartment(config, destination.department);
  const { wait, dialtone } =
    department === null
      ? settings
      : resolveDepartmentSettings(settings, department.name, department);
  return planStep(call, destination, {
    waitMs: wait.value,
    dialtone: dialtone.value || null,
    headers,
    bridge,
  });
}

/**
 * Whether a leg that leaves at once proves the target's answer on this trunk. The config says so, or the provider's
 * preset; but of an inbound call the provider may be recognised by what the caller's side says of
 * itself, and that must not turn a doubt into a success.
 */
function hangsUpFirst(known: TrunkConfig, trunk: TrunkFacts): boolean {
  const recognised = trunk.direction === 'outbound' ? trunk.provider : null;
  const provider = known.provider ?? recognised;
  return known.hangsUpFirst ?? (provider !== null && providerPresets[provider].hangsUpFirst);
}

// A plan is put together of steps and of what holds for all of them.

interface StepOptions {
  waitMs: number;
  dialtone: TransferRequest['dialtone'];
  /** Headers from the command line; they win over the config's. */
  headers: Record<string, string>;
  bridge?: BridgePlan | null;
}

/**
 * Puts a call and one destination together.
 * @throws KnownError `usage` when the wait is out of bounds
 */
export function planStep(call: Call, destination: Destination, options: StepOptions): TransferStep {
  if (options.waitMs < SHORTEST_WAIT_MS || options.waitMs > LONGEST_WAIT_MS) {
    throw new KnownError('usage', 'The wait must be between 2 and 290 seconds.', {
      hint: 'This is how long to wait for the target’s answer; the default is 90s.',
    });
  }
  const { bridge = null } = options;
  // It counts from the dial: a target that answers late would be cut off, or never ring out.
  if (bridge !== null && bridge.longestMs <= options.waitMs) {
    const [longest, wait] = [bridge.longestMs, options.waitMs].map(formatDuration);
    throw new KnownError('usage', `A bridge of at most ${longest} cannot ring for ${wait}.`, {
      hint: 'Set bridge.maxDuration in the config to more, or wait less (--wait).',
    });
  }
  return {
    destination,
    bridge,
    request: {
      roomName: call.room,
      identity: call.identity,
      transferTo: destination.referTo,
      waitMs: options.waitMs,
      dialtone: options.dialtone,
      headers: mergeHeaders(destination.headers, options.headers),
    },
  };
}

/** What holds for all steps of a plan. */
type TransferTerms = Pick<
  TransferPlan,
  'fallbacks' | 'provider' | 'hangsUpFirst' | 'openTransfers' | 'again'
>;

/** Puts together what a transfer would do: where to first, where to then, and on what terms. */
export function planTransfer(call: Call, step: TransferStep, terms: TransferTerms): TransferPlan {
  return { call, ...step, ...terms };
}
