/**
 * Many callers moved at a steady rate. Providers cap calls per second, so they are not started all
 * at once; and one may ring for a minute and a half, so none waits for the one before it. What would
 * fail anyway is not sent: see CircuitBreakers.
 */
import type { Call } from '../calls/call.ts';
import { type ExitCode, InterruptedError, isKnownError, type KnownError } from '../core/errors.ts';
import type { Signal } from '../core/host.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Announcement } from './announce.ts';
import { LeftRingingError } from './attempt.ts';
import * as reasons from './explain/errors.ts';
import type { BridgeCause, Cause, Classification } from './outcome.ts';
import type { TransferPlan, TransferStep } from './plan.ts';
import type { ChainResult } from './result.ts';
import {
  InterruptedBetweenError,
  leftOf,
  type SendTransferOptions,
  type Shown,
  sendTransfer,
} from './send.ts';

/** Why a caller was not tried, as a word for programs. */
export type NotTriedCode = 'stopped' | 'stuck-unknown' | 'no-call-id' | KnownError['code'];

/** A caller for whom no request went out. */
export interface NotTried {
  /** LiveKit’s call id, as it was read. */
  callId: string;
  /** Why, as a word for programs. */
  code: NotTriedCode;
  /** The same for people: a clause. */
  reason: string;
  /** What it counts as. */
  exitCode: ExitCode;
  /** What became of the announcement by then; absent: none was tried. */
  announcement?: Announcement;
}

interface BatchOptions
  extends Omit<SendTransferOptions, 'onSent' | 'onAnswer' | 'onFallback' | 'onPassedOver'> {
  /** How many transfers are started a second. */
  rate: number;
  /** Waits between two starts, in ms; ends early when no more are to be started. */
  pause(ms: number): Promise<void>;
  /** The signal to start no more of them, if one has come. */
  stoppingSignal(): Signal | null;
  /** Before the first target: has the caller told. @throws KnownError where nothing is to be sent */
  announce?(plan: TransferPlan): Promise<Announcement | null>;
  onSent(plan: TransferPlan, step: TransferStep): void;
  onResult(plan: TransferPlan, result: ChainResult): void;
  /** A target is passed over: for what became of other callers, or what could not be read. */
  onPassedOver(plan: TransferPlan, step: TransferStep, reason: string): void;
  onNotTried(notTried: NotTried): void;
  /** The request had gone out, and then something of ours failed. */
  onLost(plan: TransferPlan, error: KnownError): void;
}

/**
 * Transfers every call of the plans, each once at most. Resolves when the last one has ended.
 * @throws whatever is a bug, once everything else has ended
 */
export async function runBatch(
  client: LiveKitClient,
  plans: readonly TransferPlan[],
  options: BatchOptions,
): Promise<void> {
  const breakers = new CircuitBreakers();
  await startAtRate(plans, {
    ...options,
    blockReason: (plan) => leftOf(plan, breakers).reason,
    start: (plan) => moveOne(client, plan, breakers, options),
  });
}

interface Pace<Item>
  extends Pick<BatchOptions, 'rate' | 'pause' | 'stoppingSignal' | 'onNotTried'> {
  clock: { elapsed(): number };
  /** Why one is not to be started now; null when it may. */
  blockReason(item: Item): string | null;
  /** Whatever it throws is a bug. */
  start(item: Item): Promise<void>;
}

/**
 * Starts one after the other at a steady rate. Resolves when the last one has ended.
 * @throws whatever is a bug, once everything else has ended
 */
export async function startAtRate<Item extends { call: Call }>(
  items: readonly Item[],
  { rate, pause, stoppingSignal, onNotTried, clock, blockReason, start }: Pace<Item>,
): Promise<void> {
  const bugs: unknown[] = [];
  const underWay: Promise<void>[] = [];
  const intervalMs = 1000 / rate;
  let nextMs = clock.elapsed();
  for (const item of items) {
    const { callId } = item.call;
    if (stoppingSignal() === null && blockReason(item) === null) {
      await pause(Math.max(0, nextMs - clock.elapsed()));
    }
    const signal = stoppingSignal();
    if (signal !== null) {
      const stopped = new InterruptedError(signal, reasons.BEFORE_ITS_TURN);
      const { code, message, exitCode } = stopped;
      onNotTried({ callId, code, reason: message, exitCode });
      continue;
    }
    // Checked again after the pause: some of those under way may have been answered meanwhile.
    const reason = blockReason(item);
    if (reason !== null) {
      onNotTried({ callId, code: 'stopped', reason, exitCode: 1 });
      continue;
    }
    nextMs = Math.max(nextMs, clock.elapsed()) + intervalMs;
    underWay.push(start(item).catch((error) => void bugs.push(error)));
  }
  await Promise.all(underWay);
  if (bugs.length > 0) throw bugs[0];
}

async function moveOne(
  client: LiveKitClient,
  planned: TransferPlan,
  breakers: CircuitBreakers,
  options: BatchOptions,
): Promise<void> {
  const { onSent, onResult, onPassedOver, onLost, stoppingSignal, interruption } = options;
  let plan = planned;
  let step: TransferStep = plan;
  let sentAny = false;
  let sentStep = false;
  let announcement: Announcement | null = null;
  const endUntried = (why: Pick<NotTried, 'code' | 'reason' | 'exitCode'>) =>
    options.onNotTried({ callId: plan.call.callId, ...why, ...(announcement && { announcement }) });
  const leaveOut = () => {
    const left = leftOf(plan, breakers);
    for (const [each, why] of left.passed) onPassedOver(planned, each, why);
    step = plan = left.plan;
    return left.reason;
  };
  try {
    let reason = leaveOut();
    if (reason === null && plan.announcement !== undefined) {
      announcement = (await options.announce?.(plan)) ?? null;
      // Meanwhile others may have been answered.
      reason = leaveOut();
    }
    if (reason !== null) return endUntried({ code: 'stopped', reason, exitCode: 1 });
    const result = await sendTransfer(client, plan, {
      ...options,
      // While no request of this caller is out, nor that of the next fallback, the signal to start
      // no more holds for them as well. A target that rings is hung up on: nobody would watch later.
      interruption: {
        get signal() {
          const goesOn = sentStep && step.bridge === null;
          return goesOn ? interruption.signal : (interruption.signal ?? stoppingSignal());
        },
      },
      onSent: () => {
        sentAny = true;
        sentStep = true;
        onSent(plan, step);
      },
      // At once: by the time it is clear where the caller is, three more would have been sent.
      onAnswer: (classification) => breakers.record(plan.call, step, classification),
      mayTry: (next) => {
        if (stoppingSignal() !== null) return false;
        const reason = breakers.blockReason(plan.call, next);
        if (reason !== null) onPassedOver(plan, next, reason);
        return reason === null;
      },
      onFallback: (_failed, next) => {
        step = next;
        sentStep = false;
      },
      onPassedOver: (next, reason) => onPassedOver(plan, next, reason),
    });
    onResult(plan, { ...result, announcement });
  } catch (error) {
    if (!isKnownError(error)) throw error;
    if (error instanceof InterruptedBetweenError) {
      onResult(plan, { ...error.result, announcement });
      return;
    }
    const isOver = error instanceof LeftRingingError && error.isOver;
    if (sentAny && !isOver) {
      onLost(plan, error);
      return;
    }
    const { code, message, hint, exitCode, data } = error;
    if (isAnnouncement(data.announcement)) announcement = data.announcement;
    // What the dial has changed for the caller stands in the hint.
    const reason = isOver && hint !== undefined ? `${message} ${hint}` : message;
    endUntried({ code, reason, exitCode });
  }
}

/** What an error of the announcement itself says of it. */
function isAnnouncement(told: object | undefined): told is Announcement {
  return told !== undefined && 'outcome' in told;
}

/** The provider's policy, or no REFER at all: the next call on the trunk would fare no better. */
const REFUSES_ALL: readonly number[] = [403, 405, 501, 603];
/** Busy, or not available (RFC 3261 §21.4.18, §21.4.24, §21.6.1). */
const BUSY: readonly number[] = [480, 486, 600];
const BUSY_IN_A_ROW = 2;
const ANSWERED: readonly Classification['outcome'][] = ['completed', 'bridged', 'accepted'];
/** LiveKit does not take the key, or something in its place answers: for every caller alike. */
const TURNS_ALL_AWAY: readonly Cause[] = ['credentials', 'permission', 'redirected', 'intercepted'];
const DIALS_NOBODY: readonly BridgeCause[] = ['credentials', 'permission', 'intercepted'];
/** So does a dial over this outbound trunk; a caller who rings would be answered by it for nothing. */
const TRUNK_DIALS_NOBODY: readonly BridgeCause[] = [
  'password-missing',
  'password-refused',
  'trunk-missing',
  'no-numbers',
  'no-connection',
  'address-unknown',
  'address-silent',
];

/**
 * Stops what would fail anyway: a trunk that refuses transfers refuses them all, and a target that
 * was busy twice in a row will be so for the next caller.
 */
class CircuitBreakers implements Shown {
  /** By trunk: the SIP code with which it refused a transfer. */
  readonly #refusals = new Map<string, number>();
  /** By target: how many times in a row it was busy. */
  readonly #busy = new Map<string, number>();
  /** By outbound trunk: why nobody can be dialled over it. */
  readonly #deadTrunks = new Map<string, string>();
  /** LiveKit, or what stands in front of it, turned a request away: the reason to send no more. */
  #rejection: string | null = null;

  /** Takes note of LiveKit's answer to one attempt. */
  record(
    call: Call,
    { request, bridge }: TransferStep,
    { outcome, stage, sip, cause, livekit, dial = 'none' }: Classification,
  ): void {
    const trunk = trunkOf(call);
    const code = sip?.code ?? 0;
    if (
      outcome === 'refused' &&
      stage === 'refer' &&
      trunk !== null &&
      REFUSES_ALL.includes(code)
    ) {
      this.#refusals.set(trunk, code);
    }
    if (ANSWERED.includes(outcome) || outcome === 'target-failed') {
      const busy = outcome === 'target-failed' && BUSY.includes(code);
      this.#busy.set(request.transferTo, busy ? this.#busyOf(request.transferTo) + 1 : 0);
    }
    if (bridge !== null && TRUNK_DIALS_NOBODY.includes(dial)) {
      const { trunkId, trunkName } = bridge;
      this.#deadTrunks.set(trunkId, reasons.dialledInVain(trunkName ?? trunkId, livekit));
    }
    const turnsAway = TURNS_ALL_AWAY.includes(cause) || DIALS_NOBODY.includes(dial);
    if (outcome === 'not-sent' && turnsAway) {
      this.#rejection = reasons.turnedAwayBefore(livekit);
    }
  }

  blockReason(call: Call, step: TransferStep): string | null {
    const { request, bridge } = step;
    const dead = this.endReason(step);
    if (dead !== null) return dead;
    const trunk = trunkOf(call);
    // A target that is dialled into the room needs no REFER.
    const refusal = trunk === null || bridge !== null ? undefined : this.#refusals.get(trunk);
    if (trunk !== null && refusal !== undefined) return reasons.refusedBefore(trunk, refusal);
    return this.#busyOf(request.transferTo) >= BUSY_IN_A_ROW
      ? reasons.busyBefore(request.transferTo, BUSY_IN_A_ROW)
      : null;
  }

  endReason({ bridge }: TransferStep): string | null {
    const dead = bridge === null ? undefined : this.#deadTrunks.get(bridge.trunkId);
    return this.#rejection ?? dead ?? null;
  }

  refusesRefer(call: Call): boolean {
    return this.#refusals.has(trunkOf(call) ?? '');
  }

  #busyOf(referTo: string): number {
    return this.#busy.get(referTo) ?? 0;
  }
}

/** Null where the trunk of a call is not known: then it says nothing about other calls. */
function trunkOf({ trunkId, host }: Call): string | null {
  return trunkId ?? host;
}
